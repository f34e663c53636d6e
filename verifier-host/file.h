/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* file.h - the same functions under their other name: see file_io.h. */
#include "file_io.h"
