/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * session.h - one verification: an object, a target, what the guest said
 * about it, and what we made of that.
 *
 *   session_run():  boot, open
 *                   load                         -> verdict, slot 0
 *                     (JIT off; on where it compiles everything)
 *                   forms_choose()               -> native or bytecode
 *                   load with the JIT on         -> the kernel's own images
 *                   classify()                   -> relocations of bytecode
 *                   relink_native()              -> canonical images
 *   blob_build():   the content of the blob
 */
#ifndef VORW_SESSION_H
#define VORW_SESSION_H

#include "arch.h"
#include "vorw_parse.h"
#include "guest.h"

/* Slots of the guest, by what they are for. */
enum {
	SLOT_REF	= 0,	/* all programs: the verdict */
	SLOT_JIT	= 1,	/* JIT on, the native ones */
	SLOT_AGAIN	= 2,	/* a second time, with the maps elsewhere */
	SLOT_LOG	= 7,	/* refused program again, with its full log */
};

struct vstats {			/* from the verifier's log; 0: not said */
	u32 insns_processed, total_states, peak_states;
	u32 time_usec;
	char stack[32];		/* "16+0": per subprogram */
};

struct vpart;

struct vprog {
	const struct guest_oprog *decl;
	struct vstats stats;
	bool load;		/* false: SEC("?…"), not part of the blob */
	bool native;
	char why[160];		/* why bytecode */

	/* what the blob takes: from SLOT_JIT if native, else SLOT_REF */
	struct guest_prog cap;
	struct vreloc *rel;	/* bytecode only: of cap.insns, by offset */
	u32 nrel;

	struct vpart *parts;	/* native only: cap.nparts */
	struct vorw_poke_h *pokes;	/* native only: cap.size_poke_tab */
	u32 cpu_features;
};

/* A natively compiled function; what was captured is in cap.parts. */
struct vpart {
	struct vreloc *rel;	/* of its instructions, by offset */
	u32 nrel;
	u8 *image;		/* canonical: address fields zero */
	u32 image_len;
	struct vreloc *crel;
	u32 ncrel;
};

struct session {
	const struct vorw_target *target;
	const struct vorw_arch *arch;
	struct guest *guest;
	struct guest_hello hello;
	u8 build_id[20];	/* what a blob is bound to; a twin's device has
				 * another than the guest said */
	struct guest_open open;
	struct guest_maps maps;		/* SLOT_REF */
	struct guest_prog *ref;		/* SLOT_REF, one per program */
	struct vprog *progs;		/* open.nprogs */
	u32 nnative;
	u32 tail_words[VORW_TAIL_WORDS];	/* struct vcode */
	char *log;			/* verifier's log, all programs */
	u64 t_boot, t_guest;		/* milliseconds spent */
	bool copied;			/* the guest: of a snapshot, not booted */
	bool template_failed;		/* it is to be ended */
	bool copy_broke;		/* so is it: its copy did not end as one
					 * does, and knew its addresses */
};

/* The object has passed object_check(); obj_name is its path, for messages
 * and the names that libbpf makes of its last part.
 * session_end() is due whatever this returns. */
struct session_opts {
	bool require_native, full_log;
	unsigned seconds;	/* a guest's life; 0: guest.h's default */
	const u8 *btf;		/* for CO-RE, or NULL */
	size_t btf_size;
	const struct snapshot *snapshot;	/* to start from, or NULL */
	/* before that, or NULL; its own snapshot stands in for none */
	const struct template *template;
	struct transcript *record;	/* gets the guest's replies, or NULL */
};
bool session_run(struct session *s, const struct vorw_target *t,
		 const char *obj_name, const u8 *obj, size_t size,
		 const struct session_opts *opts, struct vorw_err *e);
/* Have a guest that will be copied do once what a session asks, so that QEMU has
 * translated it.  The object's own result does not matter; false: the guest is
 * of no use. */
bool session_warm(struct guest *g, const struct vorw_target *t,
		  const char *obj_name, const u8 *obj, size_t size,
		  struct vorw_err *e);
/* The same with a transcript in place of a guest: the session that made it,
 * with equal arguments, ends with equal results. */
bool session_replay(struct session *s, const struct vorw_target *t,
		    const char *obj_name, const u8 *obj, size_t size,
		    const struct session_opts *opts, const u8 *transcript,
		    size_t transcript_size, struct vorw_err *e);
void session_end(struct session *s);

/* ---- steps, one file each ---- */

/* Which programs go native?  Sets native, why and nnative.  (forms.c) */
bool forms_choose(struct session *s, bool require_native, struct vorw_err *e);

/*
 * Relocations of a's instructions: those whose address is another one in b,
 * the same program loaded again in the same boot, with its maps am and bm;
 * and calls.  part: of which natively compiled function; WHOLE_PROGRAM: of
 * what the interpreter would run.  VORW_R_RELINK for what is neither.
 * *structural is set when the two are not the same instructions at all.
 * (classify.c)
 */
#define WHOLE_PROGRAM ~0u
bool classify(struct session *s, u32 prog, u32 part,
	      const struct guest_prog *a, const struct guest_maps *am,
	      const struct guest_prog *b, const struct guest_maps *bm,
	      struct vreloc **rel, u32 *nrel, bool *structural,
	      struct vorw_err *e);

/* VORW_R_GUEST if maps of two loads, alive together, share an address.
 * (classify.c) */
bool maps_apart(const struct guest_maps *a, const struct guest_maps *b,
		struct vorw_err *e);

/* Canonical images and their relocations, checked against the guest's clones
 * and the kernel's own images; validated.  cap and each part's rel are set.
 * (relink.c) */
bool relink_native(struct session *s, u32 prog, u32 slot, struct vorw_err *e);

/* "processed N insns …" out of one program's log.  (stats.c) */
void stats_parse(const char *log, struct vstats *st);
/* The line that says why, of a refused program's log; into buf. */
const char *stats_last_line(const char *log, char *buf, size_t size);

const char *session_prog_name(const struct session *s, u32 prog);

#endif /* VORW_SESSION_H */
