/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * template.h - a verification VM that has been started and warmed up once, and
 * is never given anything else: sessions run in copies of its process.
 *
 * A copy takes milliseconds: QEMU is started, the guest kernel's code is
 * translated, and memory is shared until it is written to.  The template has
 * seen one object, vorw's own (guest/warm.bpf.c), which is gone.  A copy is
 * used for one object, like a guest that booted.
 */
#ifndef VORW_TEMPLATE_H
#define VORW_TEMPLATE_H

#include "err.h"
#include "snapshot.h"
#include "target.h"

struct guest;
struct template;

/*
 * From the target's snapshot, or, where it has none, from a boot.  preload is
 * clone/qemu_clone.c as a shared object.  False (VORW_R_VM, VORW_R_GUEST, …):
 * this machine, QEMU or target has no templates: a copy has been tried.
 */
bool template_start(struct template **tp, const struct vorw_target *t,
		    const struct snapshot *s, const char *preload,
		    struct vorw_err *e);
/* Is it of the QEMU, kernel and initramfs that are here now? */
bool template_fits(const struct template *tp, const struct vorw_target *t);
const struct guest *template_guest(const struct template *tp);
/* What it was started from; costs no memory as long as it lives. */
const struct snapshot *template_snapshot(const struct template *tp);
/* Its copies have been ended before; what is left of them is killed.  Also on
 * NULL. */
void template_end(struct template *tp);

#endif /* VORW_TEMPLATE_H */
