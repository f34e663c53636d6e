/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* guest_int.h - shared by guest.c (life and loading) and guest_capture.c. */
#ifndef VORW_GUEST_INT_H
#define VORW_GUEST_INT_H

#include <endian.h>
#include "guest.h"
#include "guest_fd.h"
#include "wire.h"

struct guest {
	struct wire wire;
	unsigned boot_seconds;
	char release[64];	/* what has to have booted; "": anything */
	u32 nprogs, nmaps;	/* of the object, as OPEN said */
	struct vorw_err dead;	/* first failure of VM or protocol */
};

/* One request and its reply; false: the guest is dead, *e says why. */
bool guest_ask(struct guest *g, enum pg_type type, const void *a, size_t na,
	       const void *b, size_t nb, struct wire_reply *reply,
	       struct vorw_err *e);
/* The reply breaks the protocol: that guest is finished.  False. */
bool guest_broken(struct guest *g, const char *what, struct vorw_err *e);
/* The guest answered with an error: make it this reason.  False. */
bool guest_refused(struct wire_reply *reply, enum vorw_reason reason,
		   const char *what, struct vorw_err *e);

/* A map's name, with '_' for what the kernel does not take in names
 * (bpf_obj_name_cpy()).  libbpf does the same to the names of data sections,
 * and tells programs the section's own. */
void read_map_name(struct wire_reader *r, char name[65]);

#endif /* VORW_GUEST_INT_H */
