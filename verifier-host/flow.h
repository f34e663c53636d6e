/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * flow.h - control flow and addresses of machine code against the program it
 * came from, for JITs that translate instruction by instruction, in order.
 *
 * Such code has the program's jumps, calls, tail calls and exits one for one
 * and in the program's order: its events.  An architecture first marks its
 * code (struct flow_layout) and has by then refused what its JIT does not
 * emit; then flow_check() compares the events.  Between two events the code
 * must run straight on: what jumps inside a marked sequence has to stay in
 * it, or leave it at its end.
 *
 * Code is counted in units, the smallest length of an instruction: four bytes
 * for Arm, two where there are compressed instructions.
 */
#ifndef VORW_FLOW_H
#define VORW_FLOW_H

#include "arch.h"

/* What begins at a unit. */
enum flow_mark {
	FLOW_INNER,	/* nothing: inside something, prologue; no target */
	FLOW_PLAIN,	/* an instruction, a constant, a sequence: no event */
	FLOW_BRANCH,	/* a jump of the program, or to the epilogue */
	FLOW_CALL,	/* the sequence of a call */
	FLOW_TAIL_CALL,	/* … of a tail call */
	FLOW_EPILOGUE,	/* the epilogue, once */
};

struct flow_layout {
	u8 *mark;	/* of each unit */
	u32 *len;	/* units that an event's code has, where it begins */
	u32 body;	/* first unit behind the prologue */
	u32 epilogue;	/* first unit of the epilogue, behind all events */
};

/* Conditions are numbers of the architecture's own, but for these. */
#define FLOW_ALWAYS	(~0u)	/* no condition */
#define FLOW_NEVER	(~1u)	/* not a jump that the JIT knows */

struct flow_ops {
	u32 unit;		/* bytes */

	/* Has this jump or call no code of its own, or code without jump and
	 * call?  NULL: all have. */
	bool (*no_event)(const struct vcode *c, u32 insn);

	/* The condition under which the code of a conditional jump branches to
	 * where the program jumps to. */
	u32 (*cond_of)(const struct vcode *c, u32 insn);

	/* Condition and target, in units and anywhere, of the code marked
	 * FLOW_BRANCH at unit at.  Never gives FLOW_NEVER. */
	void (*branch_at)(const struct vcode *c, u32 at, u32 *cond,
			  s32 *target);

	/* Is c->rel[rel] one that no instruction of the program asks for, and
	 * did the marking see that it stands where the JIT puts it?  NULL:
	 * there are none. */
	bool (*own_address)(const struct vcode *c, u32 rel);
};

/*
 * Do branches, calls, tail calls and exits come in the program's order, with
 * its conditions, and go where the program goes?  Are the relocations those of
 * the instructions, one for one, in order, each where its instruction is?
 * Needs of the marking: FLOW_CALL has the call's address inside its len units
 * and nothing else calls.
 */
bool flow_check(const struct flow_ops *ops, const struct vcode *c,
		const char *prog, const struct flow_layout *l,
		struct vorw_err *e);

/* All of it: a layout of units, which mark() fills from FLOW_INNER; then
 * flow_check(). */
typedef bool flow_mark_code(const struct vcode *c, const char *prog,
			    struct flow_layout *l, u32 *features,
			    struct vorw_err *e);
bool flow_validate(const struct flow_ops *ops, flow_mark_code *mark,
		   const struct vcode *c, const char *prog, u32 *features,
		   struct vorw_err *e);

#endif /* VORW_FLOW_H */
