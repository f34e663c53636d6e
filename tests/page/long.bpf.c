// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* long - refused at its end, with a log of some thousand lines in front. */
#define STEPS 1000
#include "../progs/big-log.bpf.c"
