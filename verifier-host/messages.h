/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * messages.h - what libbpf said in the guest: lines of text, printable, for
 * people only.
 */
#ifndef VORW_MESSAGES_H
#define VORW_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>

/* Does this line say only that something failed which another one explains,
 * or what every load on such a kernel says? */
bool message_is_noise(const char *line, size_t len);

/*
 * The line that tells most, the first that is no noise, into buf; "" if there
 * is none.  Without "libbpf: ", and without "prog 'PROG': " if prog is given.
 * text may be NULL.
 */
const char *message_line(const char *text, const char *prog, char *buf,
			 size_t size);

/* Is this line what msg says already? */
bool message_repeats(const char *line, size_t len, const char *msg);

#endif /* VORW_MESSAGES_H */
