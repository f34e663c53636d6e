/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vorw_bytes.h - little-endian values in a byte buffer, by width.
 *
 * Nothing in blob-format casts the buffer to a struct or an integer: alignment
 * and byte order of the machine never matter.  Inlined always, because gcc
 * judges their size before it finds that each is one load or store.
 */
#ifndef VORW_BYTES_H
#define VORW_BYTES_H

#include "vorw_types.h"

#define VORW_BYTES	static inline __attribute__((always_inline))

VORW_BYTES u16 vorw_le16(const u8 *p)
{
	return (u16)(p[0] | p[1] << 8);
}

VORW_BYTES u32 vorw_le32(const u8 *p)
{
	return vorw_le16(p) | (u32)vorw_le16(p + 2) << 16;
}

VORW_BYTES u64 vorw_le64(const u8 *p)
{
	return vorw_le32(p) | (u64)vorw_le32(p + 4) << 32;
}

VORW_BYTES void vorw_put16(u8 *p, u16 v)
{
	p[0] = (u8)v;
	p[1] = (u8)(v >> 8);
}

VORW_BYTES void vorw_put32(u8 *p, u32 v)
{
	vorw_put16(p, (u16)v);
	vorw_put16(p + 2, (u16)(v >> 16));
}

VORW_BYTES void vorw_put64(u8 *p, u64 v)
{
	vorw_put32(p, (u32)v);
	vorw_put32(p + 4, (u32)(v >> 32));
}

/* v rounded up to a multiple of 8; v is far below 2^32 wherever it is used. */
static inline u32 vorw_align8(u32 v)
{
	return (v + 7) & ~7u;
}

#endif /* VORW_BYTES_H */
