// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * object.c - the guest's one object: describe it, load it, unload it.
 *
 * Each load opens the object anew with libbpf, so that an object means here
 * what it means natively.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "agent.h"

/* Room for what the verifier says of a program: statistics only, a full log;
 * and all full logs together, which have to fit into the guest's memory.
 * Pages that are not written to cost nothing. */
#define LOG_STATS	(64u << 10)
#define LOG_MAX		(16u << 20)
#define LOGS_ROOM	(96u << 20)
#define LOGS_MAX	(48u << 20)	/* in one reply; PG_MAX_FRAME */
/* include/linux/bpf_verifier.h: BPF_LOG_LEVEL, BPF_LOG_STATS */
#define LEVEL_FULL	3u
#define LEVEL_STATS	4u

static uint8_t *object;
static size_t object_size;
static char object_name[BPF_OBJ_NAME_LEN];
static struct load slots[PG_SLOTS];
static bool has_btf;

/* Given by the host; on the root file system, which is memory. */
#define BTF_FILE	"/btf"
#define KERNEL_BTF	"/sys/kernel/btf/vmlinux"

static char messages[32 << 10];
static size_t messages_len;

void log_start(void)
{
	messages_len = 0;
	messages[0] = 0;
}

const char *log_text(void)
{
	return messages;
}

static int on_print(enum libbpf_print_level level, const char *fmt,
		    va_list args)
{
	size_t room = sizeof(messages) - messages_len;
	int n;

	/* libbpf repeats the verifier's log, which goes out by itself */
	if (level == LIBBPF_DEBUG || strstr(fmt, "PROG LOAD LOG"))
		return 0;
	n = vsnprintf(messages + messages_len, room, fmt, args);
	if (n > 0)
		messages_len += (size_t)n < room ? (size_t)n : room - 1;
	return 0;
}

static void describe_map(struct bpf_map *map, struct pg_omap *o)
{
	memset(o, 0, sizeof(*o));
	put_text(o->name, sizeof(o->name), bpf_map__name(map));
	o->type = bpf_map__type(map);
	o->key_size = bpf_map__key_size(map);
	o->value_size = bpf_map__value_size(map);
	o->max_entries = bpf_map__max_entries(map);
	o->map_flags = bpf_map__map_flags(map);
	o->inner = !!bpf_map__inner_map(map);
	o->map_extra = bpf_map__map_extra(map);
	o->internal = bpf_map__is_internal(map);
	o->pinning = !!bpf_map__pin_path(map);	/* LIBBPF_PIN_BY_NAME */
}

static void load_close(struct load *l)
{
	bpf_object__close(l->obj);
	free(l->progs);
	free(l->maps);
	free(l->templates);
	memset(l, 0, sizeof(*l));
}

/* libbpf.c bpf_object__new() names an object that it opens from a file so. */
static void name_object(const char *file)
{
	snprintf(object_name, sizeof(object_name), "%.*s",
		 (int)sizeof(object_name) - 1, file);
	object_name[strcspn(object_name, ".")] = 0;
}

/* Open the object as libbpf would from its file. */
static int load_open(struct load *l, uint8_t *obj)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = object_name,
		    .btf_custom_path = has_btf ? BTF_FILE : NULL);
	struct bpf_program *prog;
	struct bpf_map *map;
	struct template *t;
	uint32_t i = 0;

	libbpf_set_print(on_print);
	memset(l, 0, sizeof(*l));
	l->obj = bpf_object__open_mem(obj, object_size, &opts);
	if (!l->obj)
		return -errno;
	bpf_object__for_each_program(prog, l->obj)
		l->nprogs++;
	bpf_object__for_each_map(map, l->obj)
		l->ndeclared++;
	l->progs = calloc(l->nprogs + 1, sizeof(*l->progs));
	l->maps = calloc(l->ndeclared + 1, sizeof(*l->maps));
	l->templates = calloc(l->ndeclared + 1, sizeof(*l->templates));
	if (!l->progs || !l->maps || !l->templates) {
		load_close(l);
		return -ENOMEM;
	}
	bpf_object__for_each_program(prog, l->obj)
		l->progs[i++] = prog;
	i = 0;
	bpf_object__for_each_map(map, l->obj) {
		if (bpf_map__inner_map(map)) {
			struct bpf_map *inner;

			t = &l->templates[l->ntemplates++];
			t->outer = i;
			inner = bpf_map__inner_map(map);
			describe_map(inner, &t->decl);
			t->btf_key_type_id = bpf_map__btf_key_type_id(inner);
			t->btf_value_type_id =
				bpf_map__btf_value_type_id(inner);
		}
		l->maps[i++] = map;
	}
	return 0;
}

static bool needs_btf(enum bpf_prog_type type)
{
	return type == BPF_PROG_TYPE_TRACING || type == BPF_PROG_TYPE_LSM ||
	       type == BPF_PROG_TYPE_EXT || type == BPF_PROG_TYPE_STRUCT_OPS;
}

static void describe_prog(const struct bpf_program *prog, struct buf *out)
{
	struct pg_oprog o = {
		.type = bpf_program__type(prog),
		.expected_attach_type =
			bpf_program__expected_attach_type(prog),
		.prog_flags = bpf_program__flags(prog),
		.insn_cnt = bpf_program__insn_cnt(prog),
		.attach_btf_id = needs_btf(bpf_program__type(prog)),
		.autoload = bpf_program__autoload(prog),
	};

	put_text(o.name, sizeof(o.name), bpf_program__name(prog));
	put_text(o.section, sizeof(o.section),
		 bpf_program__section_name(prog));
	attach_info(prog, &o);
	buf_add(out, &o, sizeof(o));
}

int object_btf(const uint8_t *payload, size_t len, struct buf *out)
{
	FILE *f;
	bool ok;

	if (object || has_btf)
		return say(out, EBUSY, "BTF comes first, and once");
	if (!access(KERNEL_BTF, F_OK))
		return say(out, EEXIST, "the target's kernel has BTF itself");
	f = fopen(BTF_FILE, "we");
	if (!f)
		return say(out, errno, BTF_FILE ": %s", strerror(errno));
	ok = fwrite(payload, 1, len, f) == len;
	if (fclose(f) || !ok)
		return say(out, ENOSPC, "no room for the BTF");
	has_btf = true;
	return 0;
}

int object_open(const uint8_t *payload, size_t len, struct buf *out)
{
	struct pg_open_r r = {};
	struct pg_open_q q;
	struct pg_omap m;
	struct load l;
	uint32_t i;
	int err;

	/* one object per guest: a second one could be judged by a kernel that
	 * the first one has taken over */
	if (object)
		return say(out, EBUSY, "this guest already has its object");
	if (len < sizeof(q))
		return say(out, EINVAL, "bad OPEN request");
	memcpy(&q, payload, sizeof(q));
	q.file[sizeof(q.file) - 1] = 0;
	name_object(q.file);
	object_size = len - sizeof(q);
	object = malloc(object_size + 1);
	if (!object)
		return say(out, ENOMEM, "no memory for the object");
	memcpy(object, payload + sizeof(q), object_size);

	log_start();
	err = load_open(&l, object);
	if (err)
		return say(out, -err, "%s", *log_text() ? log_text() :
			   strerror(-err));
	r.nprogs = l.nprogs;
	r.nmaps = l.ndeclared + l.ntemplates;
	elf_license(object, object_size, r.license, sizeof(r.license));
	buf_add(out, &r, sizeof(r));
	for (i = 0; i < l.nprogs; i++)
		describe_prog(l.progs[i], out);
	if (!out->failed)
		attach_find((struct pg_oprog *)(out->p + sizeof(r)), l.nprogs);
	for (i = 0; i < l.ndeclared; i++) {
		describe_map(l.maps[i], &m);
		buf_add(out, &m, sizeof(m));
	}
	for (i = 0; i < l.ntemplates; i++)
		buf_add(out, &l.templates[i].decl, sizeof(m));
	load_close(&l);
	return 0;
}

/* The verifier's logs, one mapping per program. */
struct logs {
	char **text;
	uint32_t n;
	size_t size;		/* of each */
};

static void logs_free(struct logs *g)
{
	uint32_t i;

	for (i = 0; i < g->n; i++)
		if (g->text[i])
			munmap(g->text[i], g->size);
	free(g->text);
	memset(g, 0, sizeof(*g));
}

static int logs_alloc(struct logs *g, uint32_t n, size_t size)
{
	uint32_t i;
	void *p;

	g->text = calloc(n + 1, sizeof(*g->text));
	if (!g->text)
		return -ENOMEM;
	g->n = n;
	g->size = size;
	for (i = 0; i < n; i++) {
		p = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (p == MAP_FAILED) {
			logs_free(g);
			return -ENOMEM;
		}
		g->text[i] = p;
	}
	return 0;
}

/* Programs that are not wanted now, though libbpf would load them: their
 * slots in program arrays have to stay empty. */
static int drop_unwanted(uint8_t *obj, const struct load *l,
			 const uint8_t *autoload)
{
	const char **names;
	size_t n = 0;
	uint32_t i;
	bool ok;

	names = calloc(l->nprogs + 1, sizeof(*names));
	if (!names)
		return -ENOMEM;
	for (i = 0; i < l->nprogs; i++)
		if (!autoload[i] && bpf_program__autoload(l->progs[i]))
			names[n++] = bpf_program__name(l->progs[i]);
	ok = !n || elf_drop_slots(obj, object_size, names, n);
	free(names);
	return ok ? 0 : -EINVAL;
}

/* One try.  On success *l is loaded; logs are filled either way. */
static int load_once(struct load *l, const uint8_t *autoload, uint32_t level,
		     size_t log_size, struct logs *g)
{
	uint8_t *copy;
	uint32_t i;
	int err;

	copy = malloc(object_size + 1);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, object, object_size);
	log_start();
	err = load_open(l, copy);
	if (err)
		goto out_copy;
	err = drop_unwanted(copy, l, autoload);
	load_close(l);
	if (!err)
		err = load_open(l, copy);
	if (err)
		goto out_copy;

	err = logs_alloc(g, l->nprogs, log_size);
	if (err)
		goto out_close;
	for (i = 0; i < l->nprogs; i++) {
		bpf_program__set_autoload(l->progs[i], autoload[i]);
		bpf_program__set_log_level(l->progs[i], level);
		bpf_program__set_log_buf(l->progs[i], g->text[i], g->size);
	}
	/* never touches a bpffs: there is none, and maps are the load's own */
	for (i = 0; i < l->ndeclared; i++)
		bpf_map__set_pin_path(l->maps[i], NULL);
	keep_maps(l);
	err = bpf_object__load(l->obj);
	if (!err)
		goto out_copy;
out_close:
	load_close(l);
out_copy:
	/* libbpf keeps its own copy of what it needs after opening */
	free(copy);
	return err;
}

/* libbpf names the culprit in its messages only:
 * "libbpf: prog 'NAME': failed to load: …", "libbpf: map 'NAME': failed to
 * create: …" (libbpf.c, bpf_object_load_prog() and
 * bpf_object__create_maps()). */
static bool blamed(const char *what, const char *name, const char *did)
{
	char line[300];

	snprintf(line, sizeof(line), "libbpf: %s '%.128s': %s", what, name,
		 did);
	return strstr(log_text(), line);
}

static void find_culprit(struct pg_load_r *r)
{
	struct load l;
	uint32_t i;
	char *keep;

	keep = strdup(log_text());
	if (!keep || load_open(&l, object))
		goto out;
	snprintf(messages, sizeof(messages), "%s", keep);
	for (i = 0; i < l.nprogs; i++)
		if (blamed("prog", bpf_program__name(l.progs[i]),
			   "failed to load"))
			r->failed_prog = i;
	for (i = 0; i < l.ndeclared; i++)
		if (blamed("map", bpf_map__name(l.maps[i]), "failed to create"))
			r->failed_map = i;
	load_close(&l);
out:
	free(keep);
}

static void put_logs(const struct logs *g, struct buf *out, uint32_t n)
{
	size_t left = LOGS_MAX, len;
	uint32_t i, l;

	for (i = 0; i < n; i++) {
		len = i < g->n ? strnlen(g->text[i], g->size) : 0;
		if (len > left)
			len = left;
		left -= len;
		l = len;
		buf_add(out, &l, sizeof(l));
		if (len)
			buf_add(out, g->text[i], len);
	}
}

/*
 * Room for each program's log: the kernel fails a load whose log does not fit
 * its buffer (ENOSPC), after all of the verifier's work.  Statistics always
 * fit.  A full log may not; then ENOSPC is the answer, and what there is of
 * the log goes along.
 */
static size_t log_room(uint32_t level, uint32_t nprogs)
{
	size_t each = LOGS_ROOM / (nprogs ? nprogs : 1) & ~0xfffu;

	if (!(level & LEVEL_FULL))
		return LOG_STATS;
	return each > LOG_MAX ? LOG_MAX : each < LOG_STATS ? LOG_STATS : each;
}

int object_load(const uint8_t *payload, size_t len, struct buf *out)
{
	struct pg_load_r r = { .failed_prog = ~0u,
			       .failed_map = ~0u };
	const uint8_t *autoload = payload + sizeof(struct pg_load_q);
	struct pg_load_q q;
	struct logs g = {};
	struct load l = {};
	int err;

	log_start();
	if (len < sizeof(q)) {
		err = -EINVAL;
		goto reply;
	}
	memcpy(&q, payload, sizeof(q));
	if (q.nprogs != len - sizeof(q) || q.slot >= PG_SLOTS || !object) {
		err = -EINVAL;
		goto reply;
	}
	if (slots[q.slot].obj) {
		err = -EBUSY;
		goto reply;
	}
	/* also tells the number of programs before autoload[] is used */
	err = load_open(&l, object);
	if (err)
		goto reply;
	r.nlogs = l.nprogs;
	load_close(&l);
	if (r.nlogs != q.nprogs) {
		r.nlogs = 0;
		err = -EINVAL;
		goto reply;
	}
	err = write_file("/proc/sys/net/core/bpf_jit_enable",
			 q.jit ? "1" : "0");
	if (!err)
		err = load_once(&l, autoload, (q.log_level & LEVEL_FULL) |
				LEVEL_STATS, log_room(q.log_level, q.nprogs),
				&g);
	if (!err)
		slots[q.slot] = l;
	else
		find_culprit(&r);
reply:
	buf_add(out, &r, sizeof(r));
	put_logs(&g, out, r.nlogs);
	buf_add(out, log_text(), strlen(log_text()));
	logs_free(&g);
	return -err;
}

struct load *object_slot(uint32_t slot, struct buf *out)
{
	if (slot < PG_SLOTS && slots[slot].obj)
		return &slots[slot];
	say(out, ENOENT, "nothing is loaded in slot %u", slot);
	return NULL;
}

int object_unload(const uint8_t *payload, size_t len, struct buf *out)
{
	struct pg_slot_q q;
	struct load *l;

	if (len != sizeof(q))
		return say(out, EINVAL, "bad UNLOAD request");
	memcpy(&q, payload, sizeof(q));
	l = object_slot(q.slot, out);
	if (!l)
		return ENOENT;
	load_close(l);
	return 0;
}

/* libbpf keeps what it found out about the kernel, and attach.c the symbols:
 * later loads need not. */
int object_forget(const uint8_t *payload, size_t len, struct buf *out)
{
	uint32_t i;

	for (i = 0; i < PG_SLOTS; i++)
		load_close(&slots[i]);
	keep_end();
	free(object);
	object = NULL;
	attach_remember();
	return 0;
}
