// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * cmd_inspect.c - `vorw inspect`: what is in a blob.
 *
 * The signature is shown, not required: an unsigned blob, or one by a
 * stranger, can be looked at.  Its contents have to parse.
 */
#include <stdlib.h>
#include <string.h>
#include <mbedtls/sha256.h>
#include "cmd.h"
#include "file_io.h"
#include "inspect.h"
#include "vorw_certs.h"

static const char usage_text[] =
"usage: vorw inspect BLOB [--json] [--disasm] [--content FILE]\n"
"                    [--signature FILE]\n"
"\n"
"Show what a blob holds: signer, binding, origin, maps, programs,\n"
"relocations.\n"
"\n"
"  --json             as JSON\n"
"  --disasm           with the instructions; native code is disassembled by\n"
"                     binutils' objdump, if there is one for it\n"
"  --content FILE     write the content, which is the unsigned blob, to FILE\n"
"  --signature FILE   write the signature, DER CMS, to FILE\n"
"                     (with either of these two nothing is shown, unless\n"
"                     --json or --disasm is there as well)\n";

struct args {
	const char *blob, *content, *signature;
	bool json, disasm;
};

static void look_at_signature(struct inspect *in)
{
	const struct vorw_parts *p = &in->b->parts;
	u32 idx = 0;

	if (p->sig)
		in->claimed = sign_claim(p->sig, p->sig_size, &in->claim);
	in->sig = sign_check(p, vorw_certs, vorw_ncerts, &idx);
	if (in->sig == VORW_R_OK)
		in->signer = vorw_certs[idx].subject;
	mbedtls_sha256_ret(p->content, p->content_size, in->sha256, 0);
}

/* A blob is not replaced by a part of it, nor one part by the other. */
static bool check_overwrite(const struct args *a, struct vorw_err *e)
{
	if (file_same(a->content, a->blob) || file_same(a->signature, a->blob))
		return vorw_fail(e, VORW_R_USAGE,
				 "%s: the output would overwrite it", a->blob);
	if (a->content && a->signature &&
	    (!strcmp(a->content, a->signature) ||
	     file_same(a->content, a->signature)))
		return vorw_fail(e, VORW_R_USAGE,
				 "%s: content and signature are one file",
				 a->content);
	return true;
}

static bool write_parts(const struct args *a, const struct blob_file *b,
			struct vorw_err *e)
{
	const struct vorw_parts *p = &b->parts;

	if (a->signature && !p->sig)
		return vorw_fail(e, VORW_R_UNSIGNED, "%s: %s", b->path,
				 vorw_reason_text(VORW_R_UNSIGNED));
	return (!a->content ||
		file_write(a->content, p->content, p->content_size, e)) &&
	       (!a->signature ||
		file_write(a->signature, p->sig, p->sig_size, e));
}

static void inspect(const struct args *a, struct vorw_err *e)
{
	struct blob_file b = { 0 };
	struct inspect in = { .b = &b, .v = &b.view, .disasm = a->disasm };
	bool ok = check_overwrite(a, e) && blob_read(&b, a->blob, e) &&
		  blob_parse(&b, e) && write_parts(a, &b, e);

	if (ok && (a->json || a->disasm || (!a->content && !a->signature))) {
		look_at_signature(&in);
		if (a->json)
			inspect_json(&in);
		else
			inspect_text(&in);
	}
	blob_free(&b);
}

int cmd_inspect(int argc, char **argv)
{
	struct args a = { 0 };
	const struct cmd_option options[] = {
		{ "json", .flag = &a.json },
		{ "disasm", .flag = &a.disasm },
		{ "content", .text = &a.content },
		{ "signature", .text = &a.signature },
	};
	const struct cmd_syntax syntax = {
		"inspect", usage_text, "blob", options,
		sizeof(options) / sizeof(options[0])
	};
	struct vorw_err e = { 0 };
	int rc = cmd_parse(argc, argv, &syntax, &a.blob);

	if (rc >= 0)
		return rc;
	inspect(&a, &e);
	return a.json ? cmd_end_json(&e) : cmd_end(&e);
}
