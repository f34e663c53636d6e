// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* guest_capture.c - what a load left behind, asked of the guest. */
#include <stdlib.h>
#include <string.h>
#include "guest_int.h"

/* Requests with many addresses are cut into pieces of this many. */
#define SYMS_AT_ONCE	4096u
#define HELPERS_MAX	1024u	/* Linux 6.1 has 212 */

static void *copy_of(const u8 *p, size_t n)
{
	void *to = malloc(n + 1);

	if (to && n)
		memcpy(to, p, n);
	return to;
}

static void read_map(struct wire_reader *r, struct guest_map *m, u32 nmaps)
{
	u32 op;

	read_map_name(r, m->name);
	m->type = wire_u32(r);
	m->key_size = wire_u32(r);
	m->value_size = wire_u32(r);
	m->max_entries = wire_u32(r);
	m->map_flags = wire_u32(r);
	m->frozen = wire_u32(r);
	m->inner = wire_u32(r);
	wire_u32(r);		/* id: of no use outside the guest */
	m->map_extra = wire_u64(r);
	m->kaddr = wire_u64(r);
	m->value_addr = wire_u64(r);
	m->value_len = wire_u32(r);
	m->btf_key_type_id = wire_u32(r);
	m->btf_value_type_id = wire_u32(r);
	m->template_only = wire_u32(r);
	for (op = 0; op < PG_MAP_OPS; op++) {
		u64 addr = wire_u64(r);

		if (op < VORW_OP_MAX)
			m->ops[op] = addr;
	}
	if (m->inner > nmaps)
		r->bad = true;
}

/* Is [off, off + len) inside data? */
static bool in_data(const struct guest_maps *m, u32 off, u32 len)
{
	return off <= m->data_len && len <= m->data_len - off;
}

static bool init_ok(const struct guest *g, const struct guest_maps *m,
		    const struct guest_init *in)
{
	if (in->map >= m->nmaps ||
	    !in_data(m, in->key_off, m->maps[in->map].key_size))
		return false;
	switch (in->kind) {
	case VORW_INIT_BYTES:
		return in_data(m, in->value, m->maps[in->map].value_size);
	case VORW_INIT_MAP:
		return in->value < m->nmaps;
	case VORW_INIT_PROG:
		return in->value < g->nprogs;
	default:
		return false;
	}
}

static bool read_maps(const struct guest *g, struct wire_reader *r,
		      struct guest_maps *m)
{
	const u8 *data, *btf;
	u32 i;

	m->nmaps = wire_u32(r);
	m->ninits = wire_u32(r);
	m->data_len = wire_u32(r);
	m->btf_len = wire_u32(r);
	if (m->nmaps != g->nmaps ||
	    !wire_has(r, m->nmaps, sizeof(struct pg_map)) ||
	    !wire_has(r, m->ninits, sizeof(struct pg_init)) ||
	    m->ninits > VORW_MAX_INITS)
		return false;
	m->maps = calloc(m->nmaps + 1, sizeof(*m->maps));
	m->inits = calloc(m->ninits + 1, sizeof(*m->inits));
	if (!m->maps || !m->inits)
		return false;
	for (i = 0; i < m->nmaps; i++)
		read_map(r, &m->maps[i], m->nmaps);
	for (i = 0; i < m->ninits; i++) {
		m->inits[i].map = wire_u32(r);
		m->inits[i].kind = wire_u32(r);
		m->inits[i].key_off = wire_u32(r);
		m->inits[i].value = wire_u32(r);
	}
	data = wire_bytes(r, m->data_len);
	btf = wire_bytes(r, m->btf_len);
	if (!wire_done(r))
		return false;
	m->data = copy_of(data, m->data_len);
	m->btf = m->btf_len ? copy_of(btf, m->btf_len) : NULL;
	if (!m->data || (m->btf_len && !m->btf))
		return false;
	for (i = 0; i < m->ninits; i++)
		if (!init_ok(g, m, &m->inits[i]))
			return false;
	return true;
}

bool guest_maps(struct guest *g, u32 slot, struct guest_maps *m,
		struct vorw_err *e)
{
	const __le32 q[2] = { htole32(slot) };
	struct wire_reply reply;
	bool ok;

	memset(m, 0, sizeof(*m));
	ok = guest_ask(g, PG_MAPS, q, sizeof(q), NULL, 0, &reply, e);
	if (ok && reply.status)
		ok = guest_refused(&reply, VORW_R_VM, "maps", e);
	else if (ok)
		ok = read_maps(g, &reply.r, m) || guest_broken(g, "MAPS", e);
	wire_reply_free(&reply);
	if (!ok)
		guest_maps_free(m);
	return ok;
}

/* struct bpf_insn has bit fields, whose order in memory is the host's. */
static void read_insns(struct wire_reader *r, struct bpf_insn *to, u32 n)
{
	u32 i, lo;

	for (i = 0; i < n; i++) {
		lo = wire_u32(r);
		to[i].code = lo;
		to[i].dst_reg = lo >> 8 & 15;
		to[i].src_reg = lo >> 12 & 15;
		to[i].off = (int16_t)(lo >> 16);
		to[i].imm = (s32)wire_u32(r);
	}
}

static u8 *put_insns(u8 *to, const struct bpf_insn *insns, u32 n)
{
	__le32 w[2];
	u32 i;

	for (i = 0; i < n; i++, to += 8) {
		w[0] = htole32(insns[i].code | insns[i].dst_reg << 8 |
			       insns[i].src_reg << 12 |
			       (u32)(uint16_t)insns[i].off << 16);
		w[1] = htole32((u32)insns[i].imm);
		memcpy(to, w, 8);
	}
	return to;
}

static void read_prog_r(struct wire_reader *r, struct guest_prog *p)
{
	const u8 *tag;

	p->facts = wire_u32(r);
	tag = wire_bytes(r, sizeof(p->tag));
	if (tag)
		memcpy(p->tag, tag, sizeof(p->tag));
	p->type = wire_u32(r);
	p->expected_attach_type = wire_u32(r);
	p->jited = wire_u32(r);
	p->jit_requested = wire_u32(r);
	p->stack_depth = wire_u32(r);
	p->max_ctx_offset = wire_u32(r);
	p->max_pkt_offset = wire_u32(r);
	p->max_tp_access = wire_u32(r);
	p->max_rdonly_access = wire_u32(r);
	p->max_rdwr_access = wire_u32(r);
	p->verified_insns = wire_u32(r);
	p->func_cnt = wire_u32(r);
	p->num_exentries = wire_u32(r);
	p->size_poke_tab = wire_u32(r);
	p->used_btf_cnt = wire_u32(r);
	p->attach_btf_id = wire_u32(r);
	p->nused_maps = wire_u32(r);
	p->insn_cnt = wire_u32(r);
	p->nparts = wire_u32(r);
	p->orig_insn_cnt = wire_u32(r);
	p->not_carried = wire_u32(r);
	p->prog_flags = wire_u32(r);
}

/* convert_pseudo_ld_imm64() of kernel/bpf/verifier.c, which comes too late for
 * functions compiled by themselves.  Only a callback's mark means anything to
 * a JIT. */
static void drop_tags(struct bpf_insn *insns, u32 n)
{
	u32 i;

	for (i = 0; i < n; i++) {
		if (insns[i].code != (BPF_LD | BPF_IMM | BPF_DW))
			continue;
		if (insns[i].src_reg != BPF_PSEUDO_FUNC)
			insns[i].src_reg = 0;
		i++;
	}
}

static bool read_faults(struct wire_reader *r, struct guest_part *p)
{
	u32 i, lo;

	if (p->nfaults > p->insn_cnt ||
	    !wire_has(r, p->nfaults, sizeof(struct pg_fault)))
		return false;
	p->faults = calloc(p->nfaults + 1, sizeof(*p->faults));
	if (!p->faults)
		return false;
	for (i = 0; i < p->nfaults; i++) {
		p->faults[i].off = wire_u32(r);
		lo = wire_u32(r);
		p->faults[i].skip = lo;
		p->faults[i].reg = lo >> 16;
	}
	return !r->bad;
}

static bool read_part(struct wire_reader *r, struct guest_part *p)
{
	const u8 *tag = wire_bytes(r, sizeof(p->tag)), *image;

	if (tag)
		memcpy(p->tag, tag, sizeof(p->tag));
	p->stack_depth = wire_u32(r);
	p->facts = wire_u32(r);
	p->num_exentries = wire_u32(r);
	p->size_poke_tab = wire_u32(r);
	p->insn_cnt = wire_u32(r);
	p->image_len = wire_u32(r);
	p->addr = wire_u64(r);
	p->priv_stack = wire_u64(r);
	p->nfaults = wire_u32(r);
	wire_u32(r);
	if (r->bad || p->facts & ~VORW_PF_ALL || !p->image_len ||
	    !(p->facts & VORW_PF_PRIV_STACK) != !p->priv_stack ||
	    !p->insn_cnt || p->insn_cnt > VORW_MAX_INSNS ||
	    !wire_has(r, p->insn_cnt, sizeof(struct bpf_insn)))
		return false;
	p->insns = calloc(p->insn_cnt, sizeof(*p->insns));
	if (!p->insns)
		return false;
	read_insns(r, p->insns, p->insn_cnt);
	drop_tags(p->insns, p->insn_cnt);
	image = wire_bytes(r, p->image_len);
	p->image = image ? copy_of(image, p->image_len) : NULL;
	return p->image && read_faults(r, p);
}

static bool read_prog(struct wire_reader *r, struct guest_prog *p, u32 nmaps)
{
	u32 i;

	read_prog_r(r, p);
	if (r->bad || p->jited > 1 || p->jit_requested > 1 ||
	    p->facts & ~VORW_F_ALL || p->nused_maps > VORW_MAX_USED_MAPS ||
	    !p->insn_cnt || p->insn_cnt > VORW_MAX_INSNS ||
	    !p->nparts != !p->jited || p->nparts > VORW_MAX_PARTS ||
	    !wire_has(r, p->nused_maps, 4) ||
	    !wire_has(r, p->insn_cnt, sizeof(struct bpf_insn)))
		return false;
	p->used_maps = calloc(p->nused_maps + 1, sizeof(*p->used_maps));
	p->insns = calloc(p->insn_cnt, sizeof(*p->insns));
	if (!p->used_maps || !p->insns)
		return false;
	for (i = 0; i < p->nused_maps; i++) {
		p->used_maps[i] = wire_u32(r);
		if (p->used_maps[i] >= nmaps)
			return false;
	}
	read_insns(r, p->insns, p->insn_cnt);
	p->parts = calloc(p->nparts + 1, sizeof(*p->parts));
	if (!p->parts)
		return false;
	for (i = 0; i < p->nparts; i++)
		if (!read_part(r, &p->parts[i]))
			return false;
	return wire_done(r);
}

bool guest_prog(struct guest *g, u32 slot, u32 prog, u32 nmaps,
		struct guest_prog *p, struct vorw_err *e)
{
	const __le32 q[2] = { htole32(slot), htole32(prog) };
	struct wire_reply reply;
	bool ok;

	memset(p, 0, sizeof(*p));
	ok = guest_ask(g, PG_PROG, q, sizeof(q), NULL, 0, &reply, e);
	if (ok && reply.status)
		ok = guest_refused(&reply, VORW_R_VM, "program", e);
	else if (ok)
		ok = read_prog(&reply.r, p, nmaps) ||
		     guest_broken(g, "PROG", e);
	wire_reply_free(&reply);
	if (!ok)
		guest_prog_free(p);
	return ok;
}

#define KERNEL_ENOTSUPP	524	/* include/linux/errno.h, not in libc */

/* pg_code and instructions of all parts; NULL: too many, or no memory. */
static u8 *put_codes(const struct guest_code *code, u32 n, size_t *size)
{
	struct pg_code q;
	u8 *body, *p;
	u64 cnt = 0;
	u32 i;

	for (i = 0; i < n; i++)
		cnt += code[i].n;
	if (cnt > VORW_MAX_INSNS)
		return NULL;
	*size = n * sizeof(q) + cnt * 8;
	body = p = malloc(*size);
	for (i = 0; p && i < n; i++) {
		q = (struct pg_code){
			.addr = htole64(code[i].addr),
			.priv_stack = htole64(code[i].priv_stack),
			.insn_cnt = htole32(code[i].n),
		};
		memcpy(p, &q, sizeof(q));
		p += sizeof(q);
	}
	for (i = 0; p && i < n; i++)
		p = put_insns(p, code[i].insns, code[i].n);
	return body;
}

static bool read_clones(struct wire_reader *r, struct guest_clone *to, u32 n)
{
	const u8 *image;
	u32 i;

	for (i = 0; i < n; i++) {
		to[i].addr = wire_u64(r);
		to[i].len = wire_u32(r);
		wire_u32(r);
	}
	for (i = 0; i < n; i++) {
		image = wire_bytes(r, to[i].len);
		if (!image || !to[i].len)
			return false;
		to[i].image = copy_of(image, to[i].len);
		if (!to[i].image)
			return false;
	}
	return wire_done(r);
}

void guest_clones_free(struct guest_clone *c, u32 n)
{
	u32 i;

	for (i = 0; i < n; i++)
		free(c[i].image);
	memset(c, 0, n * sizeof(*c));
}

bool guest_compile(struct guest *g, u32 slot, u32 prog,
		   const struct guest_code *code, u32 n,
		   struct guest_clone *to, struct vorw_err *e)
{
	const __le32 q[4] = { htole32(slot), htole32(prog), htole32(n) };
	struct wire_reply reply;
	size_t size = 0;
	u8 *body;
	bool ok;

	memset(to, 0, n * sizeof(*to));
	body = put_codes(code, n, &size);
	if (!body)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	ok = guest_ask(g, PG_COMPILE, q, sizeof(q), body, size, &reply, e);
	free(body);
	if (ok && reply.status && reply.status != KERNEL_ENOTSUPP)
		ok = guest_refused(&reply, VORW_R_VM, "compile", e);
	else if (ok && !reply.status)
		ok = read_clones(&reply.r, to, n) ||
		     guest_broken(g, "COMPILE", e);
	wire_reply_free(&reply);
	if (!ok)
		guest_clones_free(to, n);
	return ok;
}

bool guest_pokes(struct guest *g, u32 slot, u32 prog, u32 nmaps,
		 struct guest_poke **p, u32 *n, struct vorw_err *e)
{
	const __le32 q[2] = { htole32(slot), htole32(prog) };
	struct wire_reply reply;
	struct wire_reader *r = &reply.r;
	bool ok;
	u32 i;

	*p = NULL;
	*n = 0;
	ok = guest_ask(g, PG_POKES, q, sizeof(q), NULL, 0, &reply, e);
	if (ok && reply.status)
		ok = guest_refused(&reply, VORW_R_VM, "pokes", e);
	if (!ok)
		goto out;
	*n = r->left / sizeof(struct pg_poke);
	if (*n > VORW_MAX_POKES) {
		ok = guest_broken(g, "POKES", e);
		goto out;
	}
	*p = calloc(*n + 1, sizeof(**p));
	if (!*p) {
		ok = vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
		goto out;
	}
	for (i = 0; i < *n; i++) {
		(*p)[i].map = wire_u32(r);
		(*p)[i].key = wire_u32(r);
		if ((*p)[i].map >= nmaps)
			r->bad = true;
	}
	ok = wire_done(r) || guest_broken(g, "POKES", e);
out:
	wire_reply_free(&reply);
	if (!ok) {
		free(*p);
		*p = NULL;
		*n = 0;
	}
	return ok;
}

bool guest_helpers(struct guest *g, u32 slot, u32 prog,
		   struct guest_helpers *h, struct vorw_err *e)
{
	const __le32 q[2] = { htole32(slot), htole32(prog) };
	struct wire_reply reply;
	struct wire_reader *r = &reply.r;
	bool ok;
	u32 i;

	memset(h, 0, sizeof(*h));
	ok = guest_ask(g, PG_HELPERS, q, sizeof(q), NULL, 0, &reply, e);
	if (!ok)
		goto out;
	if (reply.status) {
		ok = guest_refused(&reply, reply.status == EOPNOTSUPP ?
				   VORW_R_PROG_TYPE : VORW_R_VM, "helpers", e);
		goto out;
	}
	h->n = r->left / sizeof(struct pg_helper);
	if (h->n > HELPERS_MAX) {
		ok = guest_broken(g, "HELPERS", e);
		goto out;
	}
	h->h = calloc(h->n + 1, sizeof(*h->h));
	if (!h->h) {
		ok = vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
		goto out;
	}
	for (i = 0; i < h->n; i++) {
		h->h[i].id = wire_u32(r);
		wire_u32(r);
		h->h[i].addr = wire_u64(r);
		if (!h->h[i].id || !h->h[i].addr)
			r->bad = true;
	}
	ok = wire_done(r) || guest_broken(g, "HELPERS", e);
out:
	wire_reply_free(&reply);
	if (!ok)
		guest_helpers_free(h);
	return ok;
}

static bool some_syms(struct guest *g, const u64 *addrs, u32 n,
		      struct guest_sym *syms, struct vorw_err *e)
{
	struct wire_reply reply;
	struct wire_reader *r = &reply.r;
	__le64 q[SYMS_AT_ONCE];
	bool ok;
	u32 i;

	for (i = 0; i < n; i++)
		q[i] = htole64(addrs[i]);
	ok = guest_ask(g, PG_SYMS, q, n * sizeof(q[0]), NULL, 0, &reply, e);
	if (ok && reply.status)
		ok = guest_refused(&reply, VORW_R_VM, "symbols", e);
	if (!ok)
		goto out;
	for (i = 0; i < n; i++) {
		wire_text(r, syms[i].name, sizeof(syms[i].name) - 1);
		syms[i].addr = wire_u64(r);
		syms[i].same_name = wire_u32(r);
		syms[i].module = wire_u32(r);
	}
	ok = wire_done(r) || guest_broken(g, "SYMS", e);
out:
	wire_reply_free(&reply);
	return ok;
}

bool guest_syms(struct guest *g, const u64 *addrs, u32 n,
		struct guest_sym *syms, struct vorw_err *e)
{
	u32 i, part;

	for (i = 0; i < n; i += part) {
		part = n - i < SYMS_AT_ONCE ? n - i : SYMS_AT_ONCE;
		if (!some_syms(g, addrs + i, part, syms + i, e))
			return false;
	}
	return true;
}

void guest_maps_free(struct guest_maps *m)
{
	free(m->maps);
	free(m->inits);
	free(m->data);
	free(m->btf);
	memset(m, 0, sizeof(*m));
}

void guest_prog_free(struct guest_prog *p)
{
	u32 i;

	free(p->used_maps);
	free(p->insns);
	for (i = 0; p->parts && i < p->nparts; i++) {
		free(p->parts[i].insns);
		free(p->parts[i].image);
		free(p->parts[i].faults);
	}
	free(p->parts);
	memset(p, 0, sizeof(*p));
}

void guest_helpers_free(struct guest_helpers *h)
{
	free(h->h);
	memset(h, 0, sizeof(*h));
}
