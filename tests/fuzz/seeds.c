/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * seeds.c - first inputs for the fuzzers: `seeds DIR` writes good blobs.
 */
#include <stdio.h>
#include <stdlib.h>
#include "sample.h"

static int save(const char *dir, const char *name, const u8 *p, size_t n)
{
	char path[4096];
	FILE *f;
	int ok;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "wb");
	if (!f) {
		perror(path);
		return 1;
	}
	ok = fwrite(p, 1, n, f) == n;
	ok &= fclose(f) == 0;
	return !ok;
}

int main(int argc, char **argv)
{
	struct sample s;
	size_t size;
	int bad = 0;
	u8 *buf;

	if (argc != 2) {
		fprintf(stderr, "usage: seeds DIR\n");
		return 2;
	}
	buf = sample_blob(&size);
	bad |= save(argv[1], "full", buf, size);
	free(buf);
	buf = sample_signed(&size, 64);
	bad |= save(argv[1], "signed", buf, size);
	free(buf);

	/* without what makes the blob large: one native program */
	sample_init(&s);
	s.nrelocs = s.nused = s.ninits = s.btf_size = 0;
	s.map[M_COUNTERS].btf_value_type_id = 0;
	s.insn_cnt[P_NATIVE] = 0;
	s.insn_cnt[P_BYTECODE] = 2;
	s.insns[P_BYTECODE][0] = s.insns[P_BYTECODE][9];
	s.insns[P_BYTECODE][1] = s.insns[P_BYTECODE][10];
	if (sample_build(&s, &buf, &size, NULL)) {
		fprintf(stderr, "seeds: small sample refused\n");
		return 1;
	}
	bad |= save(argv[1], "plain", buf, size);
	free(buf);
	return bad;
}
