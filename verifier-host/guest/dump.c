// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* dump.c - what a load left behind: maps with their contents, programs. */
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include "agent.h"
#include "vorw_format.h"

#define MAX_USED_MAPS	VORW_MAX_USED_MAPS
#define MAX_SLOTS	VORW_MAX_INITS
#define MAX_HELPERS	1024
#define MAX_POKES	1024	/* MAX_POKE_DESC_SIZE, kernel/bpf/core.c */
#define MAX_SYMS	65536

/* PG_MAPS, under construction */
struct maps {
	struct load *l;
	struct cap_map *caps;	/* per declared map */
	struct buf maps, inits, data, btf;
	uint32_t ninits;
};

static void add_init(struct maps *m, uint32_t map, uint32_t kind,
		     const void *key, uint32_t value)
{
	struct pg_init in = { .map = map, .kind = kind, .value = value,
			      .key_off = m->data.len };

	buf_add(&m->data, key, m->caps[map].key_size);
	buf_add(&m->inits, &in, sizeof(in));
	m->ninits++;
}

static bool all_zero(const uint8_t *p, size_t n)
{
	return !n || (!p[0] && !memcmp(p, p + 1, n - 1));
}

/* Global data: one value, as it is in the kernel after the load. */
static int add_globals(struct maps *m, uint32_t map)
{
	const struct cap_map *c = &m->caps[map];
	int fd = bpf_map__fd(m->l->maps[map]);
	uint32_t zero = 0, off;
	uint8_t *value;
	int err = 0;

	value = calloc(1, c->value_size + 8);
	if (!value)
		return -ENOMEM;
	if (bpf_map_lookup_elem(fd, &zero, value))
		err = -errno;
	/* a new map is zero already; a frozen one is filled all the same */
	else if (c->frozen || !all_zero(value, c->value_size)) {
		off = m->data.len;
		buf_add(&m->data, value, c->value_size);
		add_init(m, map, VORW_INIT_BYTES, &zero, off);
	}
	free(value);
	return err;
}

static bool find_map(const struct maps *m, uint64_t kaddr, uint32_t id,
		     uint32_t *index)
{
	uint32_t i;

	for (i = 0; i < m->l->ndeclared; i++)
		if (kaddr ? m->caps[i].kaddr == kaddr : m->caps[i].id == id) {
			*index = i;
			return true;
		}
	return false;
}

static bool find_prog(const struct load *l, uint64_t kaddr, uint32_t *index)
{
	struct cap_prog p;
	uint32_t i;
	int err;

	for (i = 0; i < l->nprogs; i++) {
		memset(&p, 0, sizeof(p));
		p.fd = bpf_program__fd(l->progs[i]);
		if (p.fd < 0)
			continue;
		err = capture(CAP_PROG, &p);
		if ((!err || err == -ENOSPC) && p.kaddr == kaddr) {
			*index = i;
			return true;
		}
	}
	return false;
}

/* Static initialisers, seen from the kernel: filled slots of an array. */
static int add_slots(struct maps *m, uint32_t map)
{
	bool progs = m->caps[map].type == BPF_MAP_TYPE_PROG_ARRAY;
	struct cap_slots q = { .fd = bpf_map__fd(m->l->maps[map]),
			       .cnt = MAX_SLOTS };
	struct cap_slot *s;
	uint32_t i, index;
	bool found;
	int err;

	s = calloc(MAX_SLOTS, sizeof(*s));
	if (!s)
		return -ENOMEM;
	q.slots = (uintptr_t)s;
	err = capture(CAP_SLOTS, &q);
	for (i = 0; !err && i < q.cnt; i++) {
		found = progs ? find_prog(m->l, s[i].kaddr, &index) :
				find_map(m, s[i].kaddr, 0, &index);
		if (!found)
			err = -ENOENT;
		else
			add_init(m, map, progs ? VORW_INIT_PROG : VORW_INIT_MAP,
				 &s[i].index, index);
	}
	free(s);
	return err;
}

/* The same for a hash: a look-up from user space tells the inner map's id. */
static int add_hash_slots(struct maps *m, uint32_t map)
{
	int fd = bpf_map__fd(m->l->maps[map]), err = 0;
	uint32_t size = m->caps[map].key_size, id, index, n = 0;
	uint8_t *key, *next;
	void *prev = NULL;

	key = calloc(2, size + 8);
	if (!key)
		return -ENOMEM;
	next = key + size + 8;
	while (!err && !bpf_map_get_next_key(fd, prev, next)) {
		memcpy(key, next, size);
		prev = key;
		if (n++ >= MAX_SLOTS)
			err = -E2BIG;
		else if (bpf_map_lookup_elem(fd, key, &id))
			err = -errno;
		else if (!find_map(m, 0, id, &index))
			err = -ENOENT;
		else
			add_init(m, map, VORW_INIT_MAP, key, index);
	}
	free(key);
	return err;
}

static int add_contents(struct maps *m, uint32_t map)
{
	if (bpf_map__is_internal(m->l->maps[map]))
		return add_globals(m, map);
	switch (m->caps[map].type) {
	case BPF_MAP_TYPE_PROG_ARRAY:
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
		return add_slots(m, map);
	case BPF_MAP_TYPE_HASH_OF_MAPS:
		return add_hash_slots(m, map);
	default:
		return 0;
	}
}

static const struct template *template_of(const struct load *l, uint32_t map)
{
	uint32_t t;

	for (t = 0; t < l->ntemplates; t++)
		if (l->templates[t].outer == map)
			return &l->templates[t];
	return NULL;
}

static int add_declared(struct maps *m, uint32_t i, bool with_btf)
{
	const struct cap_map *c = &m->caps[i];
	struct pg_map p = {
		.type = c->type,
		.key_size = c->key_size,
		.value_size = c->value_size,
		.max_entries = c->max_entries,
		/* As passed to BPF_MAP_CREATE: the kernel drops those of the
		 * descriptor and adds one to device maps. */
		.map_flags = bpf_map__map_flags(m->l->maps[i]),
		.map_extra = c->map_extra,
		.frozen = c->frozen,
		.id = c->id,
		.kaddr = c->kaddr,
		.value_addr = c->value_addr,
		.value_len = c->value_len,
		.btf_key_type_id = with_btf ? c->btf_key_type_id : 0,
		.btf_value_type_id = with_btf ? c->btf_value_type_id : 0,
	};
	const struct template *t = template_of(m->l, i);
	uint32_t op;

	for (op = 0; op < VORW_OP_MAX; op++)
		p.ops[op] = c->ops[op];
	if (t)
		p.inner = m->l->ndeclared + (t - m->l->templates) + 1;
	put_text(p.name, sizeof(p.name), bpf_map__name(m->l->maps[i]));
	buf_add(&m->maps, &p, sizeof(p));
	return add_contents(m, i);
}

/* Attributes as the kernel keeps them in the outer map; what it does not keep
 * there or changes, as declared. */
static void add_template(struct maps *m, const struct template *t,
			 bool with_btf)
{
	const struct cap_map *outer = &m->caps[t->outer];
	struct pg_map p = {
		.type = outer->inner_type,
		.key_size = outer->inner_key_size,
		.value_size = outer->inner_value_size,
		.max_entries = outer->inner_max_entries,
		.map_flags = t->decl.map_flags,
		.map_extra = t->decl.map_extra,
		.template_only = 1,
	};

	/* libbpf leaves BTF away where the kernel does not take it */
	if (with_btf && outer->inner_has_btf) {
		p.btf_key_type_id = t->btf_key_type_id;
		p.btf_value_type_id = t->btf_value_type_id;
	}
	memcpy(p.name, t->decl.name, sizeof(p.name));
	buf_add(&m->maps, &p, sizeof(p));
}

/* The BTF that the kernel has for this object. */
static int add_btf(struct maps *m)
{
	struct bpf_btf_info info = {};
	uint32_t len = sizeof(info);
	int fd = bpf_object__btf_fd(m->l->obj);
	void *p;

	if (fd < 0)
		return -ENOENT;
	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	p = buf_add(&m->btf, NULL, info.btf_size);
	if (!p)
		return -ENOMEM;
	len = info.btf_size;
	memset(&info, 0, sizeof(info));
	info.btf = (uintptr_t)p;
	info.btf_size = len;
	len = sizeof(info);
	return bpf_obj_get_info_by_fd(fd, &info, &len) ? -errno : 0;
}

/*
 * Does the device need the BTF of this map or of its template, to make the
 * same map?  -EINVAL if it does and there is none: special fields that no BTF
 * places could not be told to the device.
 */
static int needs_btf(const struct cap_map *c, const struct template *t)
{
	bool inner = t && c->inner_special;

	if ((c->special && !c->btf_value_type_id) ||
	    (inner && (!c->inner_has_btf || !t->btf_value_type_id)))
		return -EINVAL;
	return c->special || inner;
}

static int collect_maps(struct maps *m, uint32_t *failed)
{
	struct load *l = m->l;
	bool btf = false;
	uint32_t i;
	int err;

	for (i = 0; i < l->ndeclared; i++) {
		*failed = i;
		m->caps[i].fd = bpf_map__fd(l->maps[i]);
		err = capture(CAP_MAP, &m->caps[i]);
		if (err)
			return err;
		err = needs_btf(&m->caps[i], template_of(l, i));
		if (err < 0)
			return err;
		btf |= err;
	}
	err = btf ? add_btf(m) : 0;
	if (err)
		return err;
	for (i = 0; i < l->ndeclared; i++) {
		*failed = i;
		err = add_declared(m, i, btf);
		if (err)
			return err;
	}
	for (i = 0; i < l->ntemplates; i++)
		add_template(m, &l->templates[i], btf);
	return 0;
}

int dump_maps(const uint8_t *payload, size_t len, struct buf *out)
{
	struct pg_maps_r r = {};
	struct maps m = {};
	struct pg_slot_q q;
	uint32_t failed = 0;
	int err;

	if (len != sizeof(q))
		return say(out, EINVAL, "bad MAPS request");
	memcpy(&q, payload, sizeof(q));
	m.l = object_slot(q.slot, out);
	if (!m.l)
		return ENOENT;
	m.caps = calloc(m.l->ndeclared + 1, sizeof(*m.caps));
	if (!m.caps)
		return say(out, ENOMEM, "no memory");
	err = collect_maps(&m, &failed);
	if (!err && (m.maps.failed || m.inits.failed || m.data.failed ||
		     m.btf.failed))
		err = -ENOMEM;
	if (err) {
		say(out, -err, "reading map %s: %s", m.l->ndeclared ?
		    bpf_map__name(m.l->maps[failed]) : "?", strerror(-err));
		goto out;
	}
	r.nmaps = m.l->ndeclared + m.l->ntemplates;
	r.ninits = m.ninits;
	r.data_len = m.data.len;
	r.btf_len = m.btf.len;
	buf_add(out, &r, sizeof(r));
	buf_add(out, m.maps.p, m.maps.len);
	buf_add(out, m.inits.p, m.inits.len);
	buf_add(out, m.data.p, m.data.len);
	buf_add(out, m.btf.p, m.btf.len);
out:
	buf_free(&m.maps);
	buf_free(&m.inits);
	buf_free(&m.data);
	buf_free(&m.btf);
	free(m.caps);
	return -err;
}

/* The program a request names, and its fd; NULL after say(). */
static struct load *find_fd(const uint8_t *payload, size_t len, int *fd,
			    uint32_t *prog, struct buf *out)
{
	struct pg_prog_q q;
	struct load *l;

	if (len < sizeof(q)) {
		say(out, EINVAL, "bad request");
		return NULL;
	}
	memcpy(&q, payload, sizeof(q));
	l = object_slot(q.slot, out);
	if (!l)
		return NULL;
	*fd = q.prog < l->nprogs ? bpf_program__fd(l->progs[q.prog]) : -1;
	if (*fd < 0) {
		say(out, ENOENT, "program %u is not loaded in slot %u", q.prog,
		    q.slot);
		return NULL;
	}
	*prog = q.prog;
	return l;
}

static bool map_index(const struct load *l, uint64_t kaddr, uint32_t *index)
{
	struct cap_map c;
	uint32_t i;

	for (i = 0; i < l->ndeclared; i++) {
		memset(&c, 0, sizeof(c));
		c.fd = bpf_map__fd(l->maps[i]);
		if (!capture(CAP_MAP, &c) && c.kaddr == kaddr) {
			*index = i;
			return true;
		}
	}
	return false;
}

static void put_prog(const struct cap_prog *p, uint32_t orig_insn_cnt,
		     struct buf *out)
{
	struct pg_prog_r r = {
		.facts = p->facts,
		.type = p->type,
		.expected_attach_type = p->expected_attach_type,
		.jited = p->jited,
		.jit_requested = p->jit_requested,
		.stack_depth = p->stack_depth,
		.max_ctx_offset = p->max_ctx_offset,
		.max_pkt_offset = p->max_pkt_offset,
		.max_tp_access = p->max_tp_access,
		.max_rdonly_access = p->max_rdonly_access,
		.max_rdwr_access = p->max_rdwr_access,
		.verified_insns = p->verified_insns,
		.func_cnt = p->func_cnt,
		.num_exentries = p->num_exentries,
		.size_poke_tab = p->size_poke_tab,
		.used_btf_cnt = p->used_btf_cnt,
		.attach_btf_id = p->attach_btf_id,
		.nused_maps = p->maps_cnt,
		.insn_cnt = p->insns_cnt,
		.nparts = p->parts_cnt,
		.orig_insn_cnt = orig_insn_cnt,
		.not_carried = p->not_carried,
		.prog_flags = p->prog_flags,
	};

	memcpy(r.tag, p->tag, sizeof(r.tag));
	buf_add(out, &r, sizeof(r));
}

static int add_part(int fd, uint32_t index, struct buf *out)
{
	struct cap_part p = { .fd = fd, .index = index };
	struct cap_fault *faults;
	struct bpf_insn *insns;
	struct pg_part_r r;
	uint8_t *image;
	int err;

	/* first the sizes, then the contents */
	err = capture(CAP_PART, &p);
	if (err && err != -ENOSPC)
		return err;
	insns = calloc(p.insns_cnt + 1, sizeof(*insns));
	image = calloc(1, p.image_len + 1);
	faults = calloc(p.faults_cnt + 1, sizeof(*faults));
	if (!insns || !image || !faults) {
		err = -ENOMEM;
		goto out;
	}
	p.insns = (uintptr_t)insns;
	p.image = (uintptr_t)image;
	p.faults = (uintptr_t)faults;
	err = capture(CAP_PART, &p);
	if (err)
		goto out;
	r = (struct pg_part_r){
		.stack_depth = p.stack_depth,
		.facts = p.facts,
		.num_exentries = p.num_exentries,
		.size_poke_tab = p.size_poke_tab,
		.insn_cnt = p.insns_cnt,
		.image_len = p.image_len,
		.addr = p.bpf_func,
		.priv_stack = p.priv_stack,
		.nfaults = p.faults_cnt,
	};
	memcpy(r.tag, p.tag, sizeof(r.tag));
	buf_add(out, &r, sizeof(r));
	buf_add(out, insns, p.insns_cnt * sizeof(*insns));
	buf_add(out, image, p.image_len);
	buf_add(out, faults, p.faults_cnt * sizeof(*faults));
out:
	free(faults);
	free(insns);
	free(image);
	return err;
}

int dump_prog(const uint8_t *payload, size_t len, struct buf *out)
{
	uint64_t maps[MAX_USED_MAPS];
	uint32_t used[MAX_USED_MAPS], i, prog;
	struct bpf_insn *insns = NULL;
	struct cap_prog p = {};
	struct load *l;
	int err, fd;

	l = find_fd(payload, len, &fd, &prog, out);
	if (!l)
		return ENOENT;
	/* first the sizes, then the contents */
	p.fd = fd;
	err = capture(CAP_PROG, &p);
	if (err && err != -ENOSPC)
		return say(out, -err, "reading program: %s", strerror(-err));
	insns = calloc(p.insns_cnt + 1, sizeof(*insns));
	if (!insns) {
		err = -ENOMEM;
		goto out;
	}
	p.maps_cnt = MAX_USED_MAPS;
	p.maps = (uintptr_t)maps;
	p.insns = (uintptr_t)insns;
	err = capture(CAP_PROG, &p);
	for (i = 0; !err && i < p.maps_cnt; i++)
		if (!map_index(l, maps[i], &used[i]))
			err = -ENOENT;
	if (err)
		goto out;
	put_prog(&p, bpf_program__insn_cnt(l->progs[prog]), out);
	buf_add(out, used, p.maps_cnt * sizeof(*used));
	buf_add(out, insns, p.insns_cnt * sizeof(*insns));
	for (i = 0; !err && i < p.parts_cnt; i++)
		err = add_part(fd, i, out);
out:
	if (err)
		say(out, -err, "reading program %u: %s", prog, strerror(-err));
	free(insns);
	return -err;
}

/* The request's parts, each with a guess of room for its image; NULL after
 * say(). */
static struct cap_code *read_codes(const uint8_t *payload, size_t len,
				   uint32_t nparts, struct buf *out)
{
	const uint8_t *p = payload + nparts * sizeof(struct pg_code);
	struct cap_code *c;
	struct pg_code q;
	uint32_t i;

	c = calloc(nparts + 1, sizeof(*c));
	if (!c || nparts > len / sizeof(q))
		goto bad;
	len -= nparts * sizeof(q);
	for (i = 0; i < nparts; i++) {
		memcpy(&q, payload + i * sizeof(q), sizeof(q));
		c[i].addr = q.addr;
		c[i].priv_stack = q.priv_stack;
		c[i].insns_cnt = q.insn_cnt;
		c[i].insns = (uintptr_t)p;
		if (!q.insn_cnt || q.insn_cnt > len / sizeof(struct bpf_insn))
			goto bad;
		p += q.insn_cnt * sizeof(struct bpf_insn);
		len -= q.insn_cnt * sizeof(struct bpf_insn);
		/* enough for most; the kernel tells when it is not */
		c[i].image_len = q.insn_cnt * 64 + 4096;
	}
	if (!len)
		return c;
bad:
	free(c);
	say(out, EINVAL, "bad COMPILE request");
	return NULL;
}

/* Room for the images, whose sizes are in c[]. */
static bool make_room(struct cap_code *c, uint32_t nparts, uint8_t **images)
{
	size_t room = 0;
	uint8_t *p;
	uint32_t i;

	for (i = 0; i < nparts; i++)
		room += c[i].image_len;
	free(*images);
	p = *images = malloc(room + 1);
	for (i = 0; p && i < nparts; i++) {
		c[i].image = (uintptr_t)p;
		p += c[i].image_len;
	}
	return p;
}

int dump_compile(const uint8_t *payload, size_t len, struct buf *out)
{
	struct cap_compile q = {};
	uint8_t *images = NULL;
	struct pg_compile_q h;
	struct cap_code *c;
	uint64_t *addrs;
	uint32_t prog, i;
	int err, tries;

	if (len < sizeof(h) || !find_fd(payload, len, &q.fd, &prog, out))
		return say(out, EINVAL, "bad COMPILE request");
	memcpy(&h, payload, sizeof(h));
	if (!h.nparts || h.nparts > VORW_MAX_PARTS)
		return say(out, EINVAL, "bad COMPILE request");
	c = read_codes(payload + sizeof(h), len - sizeof(h), h.nparts, out);
	if (!c)
		return EINVAL;
	addrs = calloc(h.nparts, sizeof(*addrs));
	for (i = 0; addrs && i < h.nparts; i++)
		addrs[i] = c[i].addr;
	q.parts_cnt = h.nparts;
	q.parts = (uintptr_t)c;
	for (err = -ENOSPC, tries = 0; err == -ENOSPC && tries < 2; tries++) {
		if (!addrs || !make_room(c, h.nparts, &images)) {
			err = -ENOMEM;
			break;
		}
		for (i = 0; i < h.nparts; i++)
			c[i].addr = addrs[i];
		err = capture(CAP_COMPILE, &q);
	}
	for (i = 0; !err && i < h.nparts; i++) {
		struct pg_clone r = { .addr = c[i].addr,
				      .image_len = c[i].image_len };

		buf_add(out, &r, sizeof(r));
	}
	for (i = 0; !err && i < h.nparts; i++)
		buf_add(out, (void *)(uintptr_t)c[i].image, c[i].image_len);
	if (err)
		say(out, -err, "compiling program %u: %d", prog, -err);
	free(images);
	free(addrs);
	free(c);
	return -err;
}

int dump_pokes(const uint8_t *payload, size_t len, struct buf *out)
{
	struct cap_poke *p = calloc(MAX_POKES, sizeof(*p));
	struct cap_pokes q = { .cnt = MAX_POKES, .pokes = (uintptr_t)p };
	struct pg_poke r;
	struct load *l;
	uint32_t prog, i;
	int err = -ENOMEM;

	l = find_fd(payload, len, &q.fd, &prog, out);
	if (!l) {
		free(p);
		return ENOENT;
	}
	if (p)
		err = capture(CAP_POKES, &q);
	for (i = 0; !err && i < q.cnt; i++) {
		r.key = p[i].key;
		if (map_index(l, p[i].map, &r.map))
			buf_add(out, &r, sizeof(r));
		else
			err = -ENOENT;
	}
	if (err)
		say(out, -err, "tail calls of program %u: %s", prog,
		    strerror(-err));
	free(p);
	return -err;
}

int dump_helpers(const uint8_t *payload, size_t len, struct buf *out)
{
	struct cap_helper h[MAX_HELPERS];
	struct cap_helpers q = { .cnt = MAX_HELPERS,
				 .helpers = (uintptr_t)h };
	uint32_t prog, i;
	int err;

	if (!find_fd(payload, len, &q.fd, &prog, out))
		return ENOENT;
	err = capture(CAP_HELPERS, &q);
	if (err)
		return say(out, -err, "helpers of program %u: %s", prog,
			   strerror(-err));
	for (i = 0; i < q.cnt; i++) {
		struct pg_helper r = { .id = h[i].id, .addr = h[i].addr };

		buf_add(out, &r, sizeof(r));
	}
	return 0;
}

int dump_syms(const uint8_t *payload, size_t len, struct buf *out)
{
	size_t n = len / sizeof(uint64_t), i;
	struct cap_syms q = { .cnt = n };
	struct cap_sym *s;
	int err;

	if (len % sizeof(uint64_t) || n > MAX_SYMS)
		return say(out, EINVAL, "bad SYMS request");
	s = calloc(n + 1, sizeof(*s));
	if (!s)
		return say(out, ENOMEM, "no memory");
	for (i = 0; i < n; i++)
		memcpy(&s[i].query, payload + i * sizeof(uint64_t),
		       sizeof(uint64_t));
	q.syms = (uintptr_t)s;
	err = capture(CAP_SYMS, &q);
	if (err)
		say(out, -err, "symbols: %s", strerror(-err));
	for (i = 0; !err && i < n; i++) {
		struct pg_sym r = { .addr = s[i].addr,
				    .same_name = s[i].same_name,
				    .module = s[i].module };

		memcpy(r.name, s[i].name, sizeof(r.name));
		buf_add(out, &r, sizeof(r));
	}
	free(s);
	return -err;
}
