/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vorw_types.h - the one shim that lets blob-format compile in the kernel and
 * in user space: fixed-width types, memory functions, byte order, assertions.
 */
#ifndef VORW_TYPES_H
#define VORW_TYPES_H

/* A kernel series, to be compared */
#define VORW_LINUX(a, b)	((a) << 8 | (b))

#ifdef __KERNEL__
#include <linux/types.h>
#include <linux/string.h>
#include <linux/errno.h>
#include <linux/build_bug.h>
#include <linux/sched.h>
#include <linux/version.h>
#define VORW_STATIC_ASSERT(e, m)	static_assert(e, m)
/* Series whose interpreter instructions are for: the device's own, or on a host
 * any. */
#define VORW_INTERPRETER	(LINUX_VERSION_CODE >> 8)
/* Between steps that together can take long. */
#define vorw_pause()		cond_resched()
#else
#include <stdint.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <errno.h>
#include <linux/types.h>
#define VORW_STATIC_ASSERT(e, m)	_Static_assert(e, m)
#define VORW_INTERPRETER	VORW_LINUX(7, 2)
#define vorw_pause()		((void)0)
typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;
#endif

#endif /* VORW_TYPES_H */
