/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* object.h - first look at a BPF object, before a VM is started for it. */
#ifndef VORW_OBJECT_H
#define VORW_OBJECT_H

#include <stddef.h>
#include "vorw_types.h"
#include "err.h"

#define OBJECT_MAX_SIZE	(16u << 20)

/*
 * Refuse (VORW_R_BAD_OBJECT) what libbpf in the guest could only refuse with
 * a worse message, or what a blob cannot express: not ELF, not for BPF, big
 * endian, without programs, with extern symbols of the kernel (their address
 * would be a constant in the code), with two sections of a kind of which
 * libbpf takes one.  name is for the message.
 */
bool object_check(const u8 *obj, size_t size, const char *name,
		  struct vorw_err *e);

#endif /* VORW_OBJECT_H */
