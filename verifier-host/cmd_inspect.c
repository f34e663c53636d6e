// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * cmd_inspect.c - `vorw inspect`: what is in a blob.
 *
 * The signature is shown, not required: an unsigned blob, or one by a
 * stranger, can be looked at.  Its contents have to parse.
 */
#include <getopt.h>
#include <stdlib.h>
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

static bool inspect(const struct args *a, struct vorw_err *e)
{
	struct blob_file b;
	struct inspect in = { .b = &b, .v = &b.view, .disasm = a->disasm };
	bool ok = blob_read(&b, a->blob, e) && blob_parse(&b, e) &&
		  write_parts(a, &b, e);

	if (ok && (a->json || a->disasm || (!a->content && !a->signature))) {
		look_at_signature(&in);
		if (a->json)
			inspect_json(&in);
		else
			inspect_text(&in);
	}
	blob_free(&b);
	return ok;
}

/* -1: go on; else the command's exit status. */
static int parse_args(int argc, char **argv, struct args *a)
{
	static const struct option opts[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "disasm", no_argument, NULL, 'd' },
		{ "content", required_argument, NULL, 'c' },
		{ "signature", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	int c;

	optind = 0;
	while ((c = getopt_long(argc, argv, "h", opts, NULL)) != -1) {
		switch (c) {
		case 'j': a->json = true; break;
		case 'd': a->disasm = true; break;
		case 'c': a->content = optarg; break;
		case 's': a->signature = optarg; break;
		case 'h':
			fputs(usage_text, stdout);
			return CMD_OK;
		default:
			goto usage;
		}
	}
	if (optind != argc - 1)
		goto usage;
	a->blob = argv[optind];
	return -1;
usage:
	fputs(usage_text, stderr);
	return CMD_USAGE;
}

int cmd_inspect(int argc, char **argv)
{
	struct vorw_err e = { 0 };
	struct args a = { 0 };
	int rc = parse_args(argc, argv, &a);

	if (rc >= 0)
		return rc;
	if (inspect(&a, &e))
		return CMD_OK;
	vorw_err_print(&e);
	vorw_err_free(&e);
	return CMD_FAILED;
}
