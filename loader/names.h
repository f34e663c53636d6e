/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* names.h - the kernel's names of program and map types. */
#ifndef LOADER_NAMES_H
#define LOADER_NAMES_H

#include "vorw_types.h"

/* As bpftool has them; "type N" for one that is not known here. */
const char *prog_type_name(u32 type);
const char *map_type_name(u32 type);

#endif
