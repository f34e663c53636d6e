// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * cmd_cosign.c - `vorw cosign`: what several services have signed is one
 * content, or here is where it differs.
 */
#include <stdio.h>
#include <stdlib.h>
#include "cmd.h"
#include "cosign.h"
#include "file_io.h"
#include "signer/log_line.h"

static const char usage_text[] =
"usage: vorw cosign BLOB [--with BLOB]... -o SIGNATURES\n"
"\n"
"Gather the signatures of blobs that several services have made of one object.\n"
"All have to have the same content; the first difference is shown if not.\n"
"`vorw check BLOB --cosigned K --signatures SIGNATURES` then wants K of them.\n"
"\n"
"  --with BLOB        another blob (may be given again)\n"
"  -o, --output FILE  the signatures, as text; - is standard output\n"
"\n"
"Exit status: 0 all have the same content, 1 refused or failed, 2 usage.\n";

struct args {
	const char *blob, *output;
	const char *with[COSIGN_MAX];
	struct cmd_texts withs;
};

static bool read_signed(struct blob_file *b, const char *path,
			struct vorw_err *e)
{
	if (!blob_read(b, path, e) || !blob_parse(b, e))
		return false;
	return b->parts.sig || vorw_fail(e, VORW_R_UNSIGNED,
					 "%s: has no signature", path);
}

static bool add(struct cosign *c, const struct blob_file *first,
		const char *path, struct vorw_err *e)
{
	struct blob_file b = { 0 };
	char where[512];
	bool ok = read_signed(&b, path, e);

	if (ok && (b.parts.content_size != first->parts.content_size ||
		   memcmp(b.parts.content, first->parts.content,
			  b.parts.content_size))) {
		cosign_difference(first, &b, where, sizeof(where));
		ok = vorw_fail(e, VORW_R_EVIDENCE, "%s and %s differ: %s",
			       first->path, path, where);
	}
	ok = ok && cosign_add(c, b.parts.sig, b.parts.sig_size, e);
	blob_free(&b);
	return ok;
}

static bool gather(const struct args *a, struct cosign *c, struct vorw_err *e)
{
	struct blob_file first = { 0 };
	bool ok = read_signed(&first, a->blob, e);
	char *text = NULL;
	size_t i, n;

	if (ok)
		log_hash(first.parts.content, first.parts.content_size,
			 c->content);
	ok = ok && cosign_add(c, first.parts.sig, first.parts.sig_size, e);
	for (i = 0; ok && i < a->withs.n; i++)
		ok = add(c, &first, a->with[i], e);
	if (ok) {
		text = cosign_write(c, &n);
		ok = text ? file_write(a->output, text, n, e) :
			    vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	}
	free(text);
	blob_free(&first);
	return ok;
}

int cmd_cosign(int argc, char **argv)
{
	struct args a = { .withs = { a.with, 0, COSIGN_MAX } };
	const struct cmd_option options[] = {
		{ "with", .texts = &a.withs },
		{ "output", 'o', .text = &a.output },
	};
	const struct cmd_syntax syntax = {
		"cosign", usage_text, "blob", options,
		sizeof(options) / sizeof(options[0])
	};
	struct cosign c = { .n = 0 };
	struct vorw_err e = { 0 };
	int rc = cmd_parse(argc, argv, &syntax, &a.blob);

	if (rc >= 0)
		return rc;
	if (!a.output)
		return cmd_usage_error("cosign", "--output is needed");
	if (gather(&a, &c, &e) && strcmp(a.output, "-"))
		printf("%s: %u signature%s of content %s\n", a.output, c.n,
		       c.n == 1 ? "" : "s", c.content);
	cosign_free(&c);
	return cmd_end(&e);
}
