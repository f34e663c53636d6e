/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vm.h - the QEMU process of one verification guest, as a byte channel.
 *
 * The channel and the console are socket pairs handed to QEMU as descriptors
 * (qemu.h): there is no file, no socket in the file system and no network, so
 * nothing is left behind however this process ends.
 *
 * Every failure is VORW_R_VM.
 */
#ifndef VORW_VM_H
#define VORW_VM_H

#include <stdint.h>
#include "err.h"
#include "qemu.h"
#include "vorw_types.h"

struct vm;

/* State of the devices; some 350 KiB are usual. */
#define VM_STATE_MAX	(64u << 20)

/* o->seconds: wall clock until every call fails.  A copy (QEMU_COPY, _TEMPLATE)
 * continues state, a memfd, and is running when this returns. */
bool vm_start(struct vm **vm, const struct qemu_opts *o, int state,
	      struct vorw_err *e);
/* Of one that was started with QEMU_KEEP: write the state of its devices to
 * the file `to`, within so many seconds.  It does not run any more. */
bool vm_save(struct vm *vm, int to, unsigned seconds, struct vorw_err *e);
/* Wait until it hardly uses its CPU any more, or for so many seconds. */
bool vm_settle(struct vm *vm, unsigned seconds, struct vorw_err *e);
/* A QEMU_TEMPLATE: it does not run any more, and takes orders; its own end
 * (total seconds) concerns it no more. */
bool vm_halt(struct vm *vm, unsigned seconds, struct vorw_err *e);
/* A process of its own that goes on from where the template was halted; lives
 * for so many seconds.  After a failure the template is dead, to be ended. */
bool vm_copy(struct vm **vm, const struct vm *template, unsigned seconds,
	     struct vorw_err *e);
/* A channel without a process, for tests: takes fd, a connected socket. */
bool vm_from_fd(struct vm **vm, int fd, unsigned total_seconds,
		struct vorw_err *e);
/* Kill and reap; also on NULL.  A template's copies have been ended before;
 * what is left of them goes with it. */
void vm_end(struct vm *vm);

/* From now on calls fail after this many seconds (or at the VM's own end, if
 * that comes first); 0: only at the VM's own end. */
void vm_deadline(struct vm *vm, unsigned seconds);

/* All n bytes, or false.  While sending, what the guest sends is left in the
 * socket; while waiting, its console is drained. */
bool vm_send(struct vm *vm, const void *from, size_t n, struct vorw_err *e);
bool vm_recv(struct vm *vm, void *to, size_t n, struct vorw_err *e);

/* Text to something that can be shown: control characters other than newline
 * and tab, and all that is not ASCII, become '?'. */
void vm_printable(char *text, size_t n);

#endif /* VORW_VM_H */
