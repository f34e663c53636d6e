/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * fuzz_blob.c - libFuzzer target: any bytes as a blob.
 *
 * Refused with a diagnosis, or accepted and then consistent: every getter
 * stays inside, every relocation applies, and what was read gives the same
 * bytes when written again (tests/unit/sample_check.c).
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include "sample.h"
#include "vorw_cms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void die(const char *what)
{
	fprintf(stderr, "fuzz_blob: %s\n", what);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vorw_diag d = { NULL, 0, 0, 0 };
	struct vorw_parts parts;
	struct vorw_view v;
	enum vorw_reason r;
	const char *why;
	u32 idx;

	r = sample_parse(data, size, &parts, &v, &d);
	if (r && !d.what)
		die("refused without a diagnosis");
	if (r)
		return 0;
	if (parts.sig)
		vorw_cms_match(parts.sig, parts.sig_size, NULL, 0, &idx);
	why = sample_broken(data, size);
	if (why)
		die(why);
	return 0;
}
