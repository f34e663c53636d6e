/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * guest_fd.h - a guest behind a socket, for tests that play a hostile guest.
 */
#ifndef VORW_GUEST_FD_H
#define VORW_GUEST_FD_H

#include "guest.h"

/* Like guest_start(), with the other end of fd in place of a VM; takes fd. */
bool guest_from_fd(struct guest **g, int fd, const struct guest_opts *o,
		   struct vorw_err *e);

#endif /* VORW_GUEST_FD_H */
