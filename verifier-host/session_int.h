/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* session_int.h - between session.c, verdict.c and captures.c. */
#ifndef VORW_SESSION_INT_H
#define VORW_SESSION_INT_H

#include "session.h"

/* kernel/bpf/verifier.c BPF_LOG_STATS, BPF_LOG_LEVEL1 */
#define LOG_STATS	4
#define LOG_FULL	1

/* One byte per program, malloc'd, for guest_load().  (session.c) */
u8 *programs_to_load(const struct session *s, bool native_only,
		     struct vorw_err *e);

/*
 * The load that is the verdict: fills SLOT_REF, s->maps, s->ref, s->log and
 * the statistics.  A refusal is VORW_R_VERIFIER, _MAP_UNSUPPORTED,
 * _UNSUPPORTED or _BAD_OBJECT, and may have e->log.  (verdict.c)
 */
bool load_ref(struct session *s, const char *obj_name, bool full_log,
	      struct vorw_err *e);

/* Indices in initialisers are the guest's word: check them once.
 * (captures.c) */
bool check_inits(const struct session *s, const struct guest_maps *m,
		 struct vorw_err *e);
/* Nothing that a blob does not carry.  (captures.c) */
bool check_capture(const struct session *s, u32 i, const struct guest_prog *p,
		   struct vorw_err *e);
/* Two captures of one program agree on what the verifier found.
 * (captures.c) */
bool same_facts(const struct session *s, u32 i, const struct guest_prog *a,
		const struct guest_prog *b, struct vorw_err *e);

#endif /* VORW_SESSION_INT_H */
