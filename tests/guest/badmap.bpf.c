// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* badmap.bpf.c - bad.bpf.c with a map type that no kernel has. */
#define BAD_MAP
#include "bad.bpf.c"
