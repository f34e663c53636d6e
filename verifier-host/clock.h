/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* clock.h - the clock that time limits go by. */
#ifndef VORW_CLOCK_H
#define VORW_CLOCK_H

#include <time.h>
#include "vorw_types.h"

/* Milliseconds of CLOCK_MONOTONIC. */
static inline u64 now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ull + t.tv_nsec / 1000000;
}

#endif /* VORW_CLOCK_H */
