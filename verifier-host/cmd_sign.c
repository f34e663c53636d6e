// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* cmd_sign.c - `vorw sign`: put a signature behind a blob's content. */
#include <stdio.h>
#include <stdlib.h>
#include "blob_file.h"
#include "cmd.h"
#include "file_io.h"
#include "sign.h"
#include "vorw_certs.h"

static const char usage_text[] =
"usage: vorw sign BLOB --key KEY --cert CERT -o OUT\n"
"       vorw sign BLOB --attach SIGNATURE [--cert CERT] -o OUT\n"
"\n"
"Sign a blob.  A signature that it has is replaced; the content stays the\n"
"same bytes.  OUT may be BLOB itself.\n"
"\n"
"  --key KEY         RSA private key, PEM or DER, without passphrase\n"
"  --cert CERT       X.509 certificate of that key; with --attach: of the\n"
"                    signer, to check the signature with\n"
"  --attach FILE     take a signature that was made elsewhere over the\n"
"                    unsigned blob, by\n"
"                      openssl cms -sign -binary -noattr -nosmimecap \\\n"
"                        -nocerts -md sha256 -outform DER\n"
"  -o, --output OUT  file to write\n";

struct args {
	const char *blob, *key, *cert, *attach, *out;
};

/*
 * An outside signature must be in the one accepted form, and right if its
 * signer's certificate is at hand.
 */
static bool take_signature(const struct args *a, const struct vorw_parts *p,
			   u8 **der, u32 *der_size, struct vorw_err *e)
{
	struct vorw_parts signed_parts = *p;
	struct sign_claim claim;
	enum vorw_reason r;
	struct cert cert;
	size_t size;
	u32 idx;

	if (!file_read(a->attach, VORW_MAX_SIG, der, &size, e))
		return false;
	*der_size = size;
	if (!sign_claim(*der, size, &claim))
		return vorw_fail(e, VORW_R_SIG_FORMAT,
				 "%s: %s; see `vorw sign --help` for openssl's options",
				 a->attach,
				 vorw_reason_text(VORW_R_SIG_FORMAT));
	signed_parts.sig = *der;
	signed_parts.sig_size = size;
	if (a->cert) {
		if (!sign_load_cert(a->cert, &cert, e))
			return false;
		r = sign_check(&signed_parts, &cert.v, 1, &idx);
		cert_free(&cert);
	} else {
		r = sign_check(&signed_parts, vorw_certs, vorw_ncerts, &idx);
		if (r == VORW_R_SIG_UNKNOWN_KEY) {
			fprintf(stderr, "vorw: note: not checked: this build has no certificate of\n"
				"  %s, serial number %s\n",
				claim.issuer, claim.serial);
			return true;
		}
	}
	return r == VORW_R_OK ||
	       vorw_fail(e, r, "%s: %s", a->attach, vorw_reason_text(r));
}

static bool make_signature(const struct args *a, const struct vorw_parts *p,
			   u8 **der, u32 *der_size, struct vorw_err *e)
{
	struct cert cert;

	if (!sign_load_cert(a->cert, &cert, e))
		return false;
	if (cert.expired || cert.not_yet_valid)
		fprintf(stderr, "vorw: note: %s %s\n", a->cert,
			cert.expired ? "has expired" : "is not valid yet");
	cert_free(&cert);
	return vorw_sign(p->content, p->content_size, a->key, a->cert, der,
			 der_size, e);
}

static bool sign(const struct args *a, struct vorw_err *e)
{
	struct blob_file b;
	u8 *der = NULL, *out = NULL;
	u32 der_size = 0, out_size = 0;
	bool ok;

	if (file_same(a->out, a->key) || file_same(a->out, a->cert) ||
	    file_same(a->out, a->attach))
		return vorw_fail(e, VORW_R_USAGE,
				 "%s: the output would overwrite a key, certificate or signature",
				 a->out);
	/* Never put a signature on what no device would parse. */
	ok = blob_read(&b, a->blob, e) && blob_parse(&b, e) &&
	     (a->attach ? take_signature : make_signature)(a, &b.parts, &der,
							   &der_size, e) &&
	     sign_attach(b.parts.content, b.parts.content_size, der, der_size,
			 &out, &out_size, e) &&
	     file_write(a->out, out, out_size, e);
	free(out);
	free(der);
	blob_free(&b);
	return ok;
}

int cmd_sign(int argc, char **argv)
{
	struct args a = { 0 };
	const struct cmd_option options[] = {
		{ "key", .text = &a.key },
		{ "cert", .text = &a.cert },
		{ "attach", .text = &a.attach },
		{ "output", 'o', .text = &a.out },
	};
	const struct cmd_syntax syntax = {
		"sign", usage_text, "blob", options,
		sizeof(options) / sizeof(options[0])
	};
	struct vorw_err e = { 0 };
	int rc = cmd_parse(argc, argv, &syntax, &a.blob);

	if (rc >= 0)
		return rc;
	if (!a.out)
		return cmd_usage_error("sign", "-o is needed");
	if (a.attach && a.key)
		return cmd_usage_error("sign", "--attach and --key exclude each other");
	if (!a.attach && (!a.key || !a.cert))
		return cmd_usage_error("sign", "--key and --cert are needed, or --attach");
	sign(&a, &e);
	return cmd_end(&e);
}
