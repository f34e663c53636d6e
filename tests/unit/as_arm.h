/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * as_arm.h - included before a source of blob-format/: compile it as a 32-bit
 * Arm device does, that is, without what other machines need.
 */
#include <stdint.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <errno.h>
#include <linux/types.h>
#include <linux/bpf.h>
#undef __x86_64__
#define __arm__
#define VORW_NATIVE_ONLY
