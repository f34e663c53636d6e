/* SPDX-License-Identifier: GPL-2.0-only */
/* print.h - the prefix of every line in the kernel log. */
#ifndef pr_fmt
#define pr_fmt(fmt) "vorw: " fmt
#endif
