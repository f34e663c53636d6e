/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vorw_reason.c - names and texts of refusals.
 */
#include "vorw_types.h"
#include "vorw_reason.h"

const char *vorw_reason_name(enum vorw_reason r)
{
	switch ((u32)r) {
#define X(num, id, name, text) case num: return name;
	VORW_REASONS(X)
#undef X
	}
	return "unknown";
}

#ifndef __KERNEL__	/* the kernel log names, programs explain */
const char *vorw_reason_text(enum vorw_reason r)
{
	switch ((u32)r) {
#define X(num, id, name, text) case num: return text;
	VORW_REASONS(X)
#undef X
	}
	return "unknown";
}
#endif
