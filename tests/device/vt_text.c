// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * vt_text.c - what a program did, as text: two runs are equal when their
 * texts are.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "vt.h"

void vt_hex(FILE *out, const void *p, size_t n)
{
	const u8 *b = p;

	while (n--)
		fprintf(out, "%02x", *b++);
}

static bool is_percpu(u32 type)
{
	return type == BPF_MAP_TYPE_PERCPU_ARRAY ||
	       type == BPF_MAP_TYPE_PERCPU_HASH ||
	       type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* One entry as a malloc'd line. */
static char *entry(const char *name, const struct bpf_map_info *info,
		   const void *key, const u8 *value, int ncpus)
{
	u32 stride = (info->value_size + 7) & ~7u;
	size_t size;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	fprintf(out, "%s[", name);
	vt_hex(out, key, info->key_size);
	fputs("]=", out);
	if (is_percpu(info->type)) {
		for (u32 off = 0; off + 8 <= info->value_size; off += 8) {
			u64 sum = 0, one;

			for (int cpu = 0; cpu < ncpus; cpu++) {
				memcpy(&one, value + cpu * stride + off, 8);
				sum += one;
			}
			fprintf(out, "%s%llu", off ? "," : "",
				(unsigned long long)sum);
		}
	} else {
		vt_hex(out, value, info->value_size);
	}
	fputc('\n', out);
	return fclose(out) ? NULL : text;
}

int vt_dump_map(FILE *out, const struct vt_obj *o, const char *name)
{
	int ncpus = libbpf_num_possible_cpus(), fd = vt_map(o, name);
	struct bpf_map_info info = {};
	u32 len = sizeof(info), n = 0;
	char *line[512];
	void *key = NULL, *value, *keys;
	int err = 0;

	if (fd < 0)
		return fd;
	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	keys = malloc(info.key_size);
	value = malloc((info.value_size + 8) *
		       (is_percpu(info.type) ? ncpus : 1));
	if (!keys || !value) {
		err = -ENOMEM;
		goto out;
	}
	while (n < 512 && !bpf_map_get_next_key(fd, key, keys)) {
		key = keys;
		/* Slots without a value (map-in-map, program array). */
		if (bpf_map_lookup_elem(fd, key, value))
			continue;
		line[n] = entry(name, &info, key, value, ncpus);
		if (!line[n]) {
			err = -ENOMEM;
			goto out;
		}
		n++;
	}
	qsort(line, n, sizeof(line[0]), by_text);
	for (u32 i = 0; i < n; i++)
		/* Zero entries of arrays say nothing. */
		if (info.type != BPF_MAP_TYPE_ARRAY ||
		    strspn(strchr(line[i], '=') + 1, "0\n") !=
		    strlen(strchr(line[i], '=') + 1))
			fputs(line[i], out);
out:
	while (n)
		free(line[--n]);
	free(keys);
	free(value);
	return err;
}

/* FNV-1a, 32 bits: enough to see a difference in the packet. */
static u32 hash(const u8 *p, u32 n)
{
	u32 h = 0x811c9dc5;

	while (n--)
		h = (h ^ *p++) * 0x01000193;
	return h;
}

void vt_test_run(FILE *out, const struct vt_obj *o, const char *prog,
		 const void *data, u32 size)
{
	u8 buf[2048];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = data,
		    .data_size_in = size, .data_out = buf,
		    .data_size_out = sizeof(buf), .repeat = 1);
	int err = bpf_prog_test_run_opts(vt_prog(o, prog), &opts);

	if (err)
		fprintf(out, "%s: error %d\n", prog, err);
	else
		fprintf(out, "%s: ret %d, %u bytes %08x\n", prog,
			(int)opts.retval, opts.data_size_out,
			hash(buf, opts.data_size_out));
}

bool vt_same_text(const char *what, const char *native, const char *blob)
{
	u32 line = 1, shown = 0;

	if (!strcmp(native, blob))
		return true;
	while ((*native || *blob) && shown < 10) {
		size_t a = strcspn(native, "\n"), b = strcspn(blob, "\n");

		if (a != b || memcmp(native, blob, a)) {
			vt_say("%s, line %u: native \"%.*s\", blob \"%.*s\"",
			       what, line, (int)a, native, (int)b, blob);
			shown++;
		}
		native += a + (native[a] == '\n');
		blob += b + (blob[b] == '\n');
		line++;
	}
	return false;
}

const char *vt_ksym(u64 addr)
{
	static struct { u64 addr; char name[64]; } *sym;
	static u32 nsyms;
	u32 best = ~0u;

	if (!sym) {
		FILE *f = fopen("/proc/kallsyms", "r");
		char line[256], type;
		unsigned long long at;
		u32 room = 0;

		while (f && fgets(line, sizeof(line), f)) {
			char name[64];

			if (sscanf(line, "%llx %c %63s", &at, &type, name) != 3
			    || strchr("tTwW", type) == NULL || name[0] == '$')
				continue;
			if (nsyms == room) {
				room = room ? room * 2 : 65536;
				sym = realloc(sym, room * sizeof(*sym));
				if (!sym)
					return "?";
			}
			sym[nsyms].addr = at;
			strcpy(sym[nsyms++].name, name);
		}
		if (f)
			fclose(f);
	}
	for (u32 i = 0; i < nsyms; i++)
		if (sym[i].addr <= addr &&
		    (best == ~0u || sym[i].addr > sym[best].addr))
			best = i;
	return best == ~0u ? "?" : sym[best].name;
}
