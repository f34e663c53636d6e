// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* loaded.c - what is loaded, as text or JSON. */
#include <unistd.h>
#include "attach.h"
#include "bpf.h"
#include "json.h"
#include "loaded.h"
#include "names.h"
#include "out.h"

#define TEXT	(RECORD_VALUE + 1)

struct prog {
	char pin[NAME_MAX + 1];
	char name[TEXT], section[TEXT], form[16], why[TEXT];
	struct bpf_prog_info info;
	u32 map_ids[VORW_MAX_USED_MAPS];
	u32 nmaps;
};

/* Every program in order of its pin; start with pin "". */
static bool next_prog(const struct place *pl, int dir, struct prog *p)
{
	struct record r;
	int fd;

	do {
		if (dir < 0 || !place_next(dir, "", p->pin, p->pin))
			return false;
		fd = place_get(pl, "progs", p->pin);
	} while (fd < 0);

	memset(&p->info, 0, sizeof(p->info));
	p->info.nr_map_ids = VORW_MAX_USED_MAPS;
	p->info.map_ids = (uintptr_t)p->map_ids;
	if (bpf_obj_info(fd, &p->info, sizeof(p->info)))
		memset(&p->info, 0, sizeof(p->info));
	close(fd);
	p->nmaps = p->info.nr_map_ids < VORW_MAX_USED_MAPS ?
		   p->info.nr_map_ids : VORW_MAX_USED_MAPS;

	record_init(&r);
	place_recall(pl, "prog", p->pin, &r);
	if (!record_get(&r, "name", p->name, sizeof(p->name)))
		fmt_str(p->name, sizeof(p->name), "%s", p->pin);
	record_get(&r, "section", p->section, sizeof(p->section));
	record_get(&r, "form", p->form, sizeof(p->form));
	record_get(&r, "why", p->why, sizeof(p->why));
	return true;
}

struct map {
	char pin[NAME_MAX + 1], name[TEXT];
	struct bpf_map_info info;
};

static bool next_map(const struct place *pl, int dir, struct map *m)
{
	struct record r;
	int fd;

	do {
		if (dir < 0 || !place_next(dir, "", m->pin, m->pin))
			return false;
		fd = place_get(pl, "maps", m->pin);
	} while (fd < 0);
	memset(&m->info, 0, sizeof(m->info));
	bpf_obj_info(fd, &m->info, sizeof(m->info));
	close(fd);
	record_init(&r);
	place_recall(pl, "map", m->pin, &r);
	if (!record_get(&r, "name", m->name, sizeof(m->name)))
		fmt_str(m->name, sizeof(m->name), "%s", m->pin);
	return true;
}

/* A pinned link or a recorded tc filter. */
struct attached {
	char pin[NAME_MAX + 1];	/* under links/, or of the record */
	char prog[PIN_NAME], kind[32], target[TEXT];
	bool tc;
	bool gone;		/* its interface or cgroup, or the filter */
	u32 id;			/* of the link; 0 for tc */
};

static void read_attached(struct attached *a, const struct record *r)
{
	record_get(r, "prog", a->prog, sizeof(a->prog));
	record_get(r, "kind", a->kind, sizeof(a->kind));
	record_get(r, "target", a->target, sizeof(a->target));
}

/* Is what a link hung on still there?  Only some kinds know. */
static bool link_gone(const struct bpf_link_info *info)
{
	switch (info->type) {
	case BPF_LINK_TYPE_XDP:
		return !info->xdp.ifindex;
	case BPF_LINK_TYPE_CGROUP:
		return !info->cgroup.cgroup_id;
	default:
		return false;
	}
}

/* The links first, then the filters; start with pin "" and tc false. */
static bool next_attached(const struct place *pl, int links,
			  struct attached *a)
{
	struct bpf_link_info info = { };
	struct record r;
	int fd;

	record_init(&r);
	a->id = 0;
	a->gone = false;
	if (!a->tc && links >= 0 && place_next(links, "", a->pin, a->pin)) {
		fd = place_get(pl, "links", a->pin);
		if (fd >= 0) {
			bpf_obj_info(fd, &info, sizeof(info));
			close(fd);
		}
		a->id = info.id;
		a->gone = fd < 0 || link_gone(&info);
		place_recall(pl, "link", a->pin, &r);
		read_attached(a, &r);
		return true;
	}
	if (!a->tc)
		a->pin[0] = '\0';
	a->tc = true;
	do {
		if (pl->info_fd < 0 ||
		    !place_next(pl->info_fd, TC_RECORDS, a->pin, a->pin))
			return false;
	} while (record_read(pl->info_fd, a->pin, &r));
	a->gone = !tc_present(&r);
	read_attached(a, &r);
	return true;
}

/* A program that is attached goes on when its pin is taken away. */
static bool complete(const struct place *pl)
{
	char pin[NAME_MAX + 1] = "";
	struct record r;
	bool all = place_recall(pl, "load", NULL, &r);
	int fd;

	while (all && place_next(pl->info_fd, "prog_", pin, pin)) {
		fd = place_get(pl, "progs", pin + strlen("prog_"));
		all = fd >= 0;
		close(fd);
	}
	return all;
}

static const char incomplete[] =
	"incomplete: load under way or cut off, or a pin taken away";

/* "xdp eth0", "perf_event cpu-clock:99 +3", "-" */
static void attached_summary(const struct place *pl, const char *prog,
			     char *buf, size_t size)
{
	struct attached a = { };
	int links = place_sub(pl, "links");
	unsigned int n = 0;
	size_t len;

	fmt_str(buf, size, "-");
	while (next_attached(pl, links, &a)) {
		if (strcmp(a.prog, prog))
			continue;
		if (!n++)
			fmt_str(buf, size, "%s %s%s", a.kind,
				clean(a.target, 120), a.gone ? " (gone)" : "");
	}
	if (links >= 0)
		close(links);
	len = strlen(buf);
	if (n > 1)
		fmt_str(buf + len, size - len, " +%u", n - 1);
}

static void out_why(const struct prog *p)
{
	if (p->why[0])
		out("      why bytecode: %s\n", clean(p->why, 59));
}

void loaded_brief(const struct place *pl)
{
	int dir = place_sub(pl, "progs");
	struct prog p = { };
	char attached[256];

	out("%s\n", pl->name);
	if (!complete(pl))
		out("  %s\n", incomplete);
	while (next_prog(pl, dir, &p)) {
		attached_summary(pl, p.pin, attached, sizeof(attached));
		out("  %-22s %5u  %-14s %-8s  %s\n", clean(p.name, 22),
		    p.info.id, clean(prog_type_name(p.info.type), 14), p.form,
		    clean(attached, 23));
		out_why(&p);
	}
	if (dir >= 0)
		close(dir);
}

static void text_attached(const struct place *pl, const char *prog)
{
	int links = place_sub(pl, "links");
	struct attached a = { };

	while (next_attached(pl, links, &a)) {
		if (strcmp(a.prog, prog))
			continue;
		out("      attached: %s %s", a.kind, clean(a.target, 60));
		if (a.id)
			out(", link %u", a.id);
		out("%s\n", a.gone ? " (gone)" : "");
	}
	if (links >= 0)
		close(links);
}

static void text_prog(const struct place *pl, const struct prog *p)
{
	const u8 *t = p->info.tag;
	u32 i;

	out("  program %s\n", clean(p->name, 70));
	out("      id %u, %s, tag %02x%02x%02x%02x%02x%02x%02x%02x\n",
	    p->info.id, prog_type_name(p->info.type), t[0], t[1], t[2], t[3],
	    t[4], t[5], t[6], t[7]);
	out("      section %s\n", clean(p->section, 60));
	if (p->info.jited_prog_len)
		out("      %s, %u bytes of machine code\n", p->form,
		    p->info.jited_prog_len);
	else
		out("      %s, %u bytes of instructions\n", p->form,
		    p->info.xlated_prog_len);
	out_why(p);
	if (p->nmaps) {
		out("      maps");
		for (i = 0; i < p->nmaps; i++)
			out(" %u", p->map_ids[i]);
		out_char('\n');
	}
	if (p->info.run_cnt)
		out("      ran %llu times, %llu ns\n",
		    (unsigned long long)p->info.run_cnt,
		    (unsigned long long)p->info.run_time_ns);
	text_attached(pl, p->pin);
}

static void text_load(const struct place *pl)
{
	char text[TEXT];
	struct record r;

	if (!complete(pl))
		out("  %s\n", incomplete);
	if (!place_recall(pl, "load", NULL, &r))
		return;
	record_get(&r, "object", text, sizeof(text));
	out("  object %s\n", clean(text, 60));
	record_get(&r, "sha256", text, sizeof(text));
	out("      sha256 %s\n", clean(text, 64));
	record_get(&r, "tool", text, sizeof(text));
	out("      verified by %s\n", clean(text, 60));
}

void loaded_text(const struct place *pl)
{
	int progs = place_sub(pl, "progs"), maps = place_sub(pl, "maps");
	struct prog p = { };
	struct map m = { };

	out("%s in %s\n", pl->name, clean(pl->dir, 200));
	text_load(pl);
	while (next_prog(pl, progs, &p))
		text_prog(pl, &p);
	while (next_map(pl, maps, &m))
		out("  map %s\n      id %u, %s, key %u, value %u, "
		    "%u entries, flags 0x%x\n", clean(m.name, 70), m.info.id,
		    map_type_name(m.info.type), m.info.key_size,
		    m.info.value_size, m.info.max_entries, m.info.map_flags);
	if (progs >= 0)
		close(progs);
	if (maps >= 0)
		close(maps);
}

static void json_attached(const struct place *pl, const char *prog)
{
	int links = place_sub(pl, "links");
	struct attached a = { };

	json_open("attached", '[');
	while (next_attached(pl, links, &a)) {
		if (strcmp(a.prog, prog))
			continue;
		json_open(NULL, '{');
		json_str("kind", a.kind);
		json_str("target", a.target);
		if (!a.tc) {
			json_u64("link_id", a.id);
			json_str("pin", a.pin);
		}
		json_bool("gone", a.gone);
		json_close('}');
	}
	json_close(']');
	if (links >= 0)
		close(links);
}

static void json_prog(const struct place *pl, const struct prog *p)
{
	u32 i;

	json_open(NULL, '{');
	json_str("name", p->name);
	json_str("pin", p->pin);
	json_u64("id", p->info.id);
	json_str("type", prog_type_name(p->info.type));
	json_hex("tag", p->info.tag, BPF_TAG_SIZE);
	json_str("section", p->section);
	json_str("form", p->form);
	json_str("why", p->why);
	json_u64("xlated_size", p->info.xlated_prog_len);
	json_u64("jited_size", p->info.jited_prog_len);
	json_u64("verified_insns", p->info.verified_insns);
	json_u64("run_cnt", p->info.run_cnt);
	json_u64("run_time_ns", p->info.run_time_ns);
	json_open("map_ids", '[');
	for (i = 0; i < p->nmaps; i++)
		json_u64(NULL, p->map_ids[i]);
	json_close(']');
	json_attached(pl, p->pin);
	json_close('}');
}

static void json_map(const struct map *m)
{
	json_open(NULL, '{');
	json_str("name", m->name);
	json_str("pin", m->pin);
	json_u64("id", m->info.id);
	json_str("type", map_type_name(m->info.type));
	json_u64("key_size", m->info.key_size);
	json_u64("value_size", m->info.value_size);
	json_u64("max_entries", m->info.max_entries);
	json_u64("map_flags", m->info.map_flags);
	json_close('}');
}

static void json_load(const struct place *pl)
{
	static const char *const keys[] = { "object", "sha256", "tool" };
	char text[TEXT];
	struct record r;
	size_t i;
	bool good = place_recall(pl, "load", NULL, &r);

	json_str("name", pl->name);
	json_str("directory", pl->dir);
	json_bool("complete", complete(pl));
	for (i = 0; good && i < 3; i++) {
		record_get(&r, keys[i], text, sizeof(text));
		json_str(keys[i], text);
	}
}

void loaded_json(const struct place *pl)
{
	int progs = place_sub(pl, "progs"), maps = place_sub(pl, "maps");
	struct prog p = { };
	struct map m = { };

	json_load(pl);
	json_open("programs", '[');
	while (next_prog(pl, progs, &p))
		json_prog(pl, &p);
	json_close(']');
	json_open("maps", '[');
	while (next_map(pl, maps, &m))
		json_map(&m);
	json_close(']');
	if (progs >= 0)
		close(progs);
	if (maps >= 0)
		close(maps);
}
