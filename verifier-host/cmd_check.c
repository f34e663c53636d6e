// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * cmd_check.c - `vorw check`: would a device take this blob?
 *
 * The device's parser, in the device's order: locate, signature, whole
 * content.  What depends on the device itself is named, not judged.
 */
#include <stdio.h>
#include <stdlib.h>
#include "blob_file.h"
#include "cmd.h"
#include "cosign.h"
#include "file_io.h"
#include "json.h"
#include "names.h"
#include "sign.h"
#include "signer/log_line.h"
#include "vorw_certs.h"

#define MAX_CERTS	64

static const char usage_text[] =
"usage: vorw check BLOB [--cert CERT]... [--json]\n"
"                  [--cosigned K --signatures FILE]\n"
"\n"
"Check a blob's signature and contents as a device does, on this machine.\n"
"Exit status 0: accepted; 1: refused, with the reason.\n"
"\n"
"  --cert CERT   believe this X.509 certificate (may be given again); without\n"
"                it, the certificates that were built into this program and\n"
"                into the vorw.ko of the same build\n"
"  --cosigned K  that many of the certificates' keys have to have signed it,\n"
"                its own signature and those of --signatures together\n"
"  --signatures FILE\n"
"                what `vorw cosign` has written\n"
"  --json        answer as JSON\n";

struct args {
	const char *blob;
	const char *cert[MAX_CERTS];
	struct cmd_texts certs;		/* in cert[] */
	const char *cosigned, *signatures;
	u32 k;				/* of cosigned, 0: not asked for */
	bool json;
};

struct trusted {
	struct cert *loaded;		/* NULL: this build's */
	struct vorw_cert *table;
	const struct vorw_cert *certs;
	u32 n;
};

struct verdict {
	struct vorw_err e;
	struct sign_claim claim;
	bool claimed;		/* signature has our form: claim is filled */
	bool believed;		/* signature is right: the three below, too */
	char subject[512], from[16], to[16];
	bool expired, not_yet_valid;
	u32 cosigned;		/* by how many keys, if that was asked for */
	bool parsed;
};

static void trusted_free(struct trusted *t)
{
	u32 i;

	for (i = 0; t->loaded && i < t->n; i++)
		cert_free(&t->loaded[i]);
	free(t->loaded);
	free(t->table);
}

static bool trusted_load(struct trusted *t, const struct args *a,
			 struct vorw_err *e)
{
	memset(t, 0, sizeof(*t));
	if (!a->certs.n) {
		t->certs = vorw_certs;
		t->n = vorw_ncerts;
		return true;
	}
	t->loaded = calloc(a->certs.n, sizeof(*t->loaded));
	t->table = calloc(a->certs.n, sizeof(*t->table));
	if (!t->loaded || !t->table)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	for (; t->n < a->certs.n; t->n++) {
		if (!sign_load_cert(a->cert[t->n], &t->loaded[t->n], e))
			return false;
		t->table[t->n] = t->loaded[t->n].v;
	}
	t->certs = t->table;
	return true;
}

static void date(char out[16], const mbedtls_x509_time *t)
{
	/* unsigned and reduced: the compiler sees that it fits */
	snprintf(out, 16, "%04u-%02u-%02u", t->year % 10000u, t->mon % 100u,
		 t->day % 100u);
}

/* Who it was, and the one thing that the device does not look at. */
static void note_signer(struct verdict *v, const struct vorw_cert *by)
{
	struct cert c;

	snprintf(v->subject, sizeof(v->subject), "%s", by->subject);
	if (cert_parse(&c, by->der, by->der_size)) {
		date(v->from, &c.crt.valid_from);
		date(v->to, &c.crt.valid_to);
		v->expired = c.expired;
		v->not_yet_valid = c.not_yet_valid;
	}
	cert_free(&c);
	v->believed = true;
}

static bool check_signature(const struct blob_file *b, const struct trusted *t,
			    struct verdict *v)
{
	const struct vorw_parts *p = &b->parts;
	enum vorw_reason r;
	u32 idx = 0;

	if (p->sig)
		v->claimed = sign_claim(p->sig, p->sig_size, &v->claim);
	r = sign_check(p, t->certs, t->n, &idx);
	if (r == VORW_R_OK) {
		note_signer(v, &t->certs[idx]);
		return true;
	}
	if (r == VORW_R_SIG_UNKNOWN_KEY && v->claimed)
		return vorw_fail(&v->e, r, "%s: %s: it says %s, serial number %s",
				 b->path, vorw_reason_text(r), v->claim.issuer,
				 v->claim.serial);
	if (r == VORW_R_SIG_BAD)
		return vorw_fail(&v->e, r, "%s: %s: it says %s", b->path,
				 vorw_reason_text(r), t->certs[idx].subject);
	return vorw_fail(&v->e, r, "%s: %s", b->path, vorw_reason_text(r));
}

/* By how many of the trusted keys? */
static bool check_cosigned(const struct args *a, const struct blob_file *b,
			   const struct trusted *t, struct verdict *v)
{
	const struct vorw_parts *p = &b->parts;
	struct cosign c = { .n = 0 };
	char content[65];
	size_t n;
	u8 *text;
	bool ok;

	if (!a->k)
		return true;
	if (!file_read(a->signatures, COSIGN_MAX_FILE, &text, &n, &v->e))
		return false;
	log_hash(p->content, p->content_size, content);
	ok = cosign_read(&c, (const char *)text, n, a->signatures, &v->e) &&
	     (!strcmp(c.content, content) ||
	      vorw_fail(&v->e, VORW_R_EVIDENCE,
			"%s: signatures of another content than that of %s",
			a->signatures, b->path)) &&
	     cosign_add(&c, p->sig, p->sig_size, &v->e);
	if (ok)
		v->cosigned = cosign_count(&c, p->content, p->content_size,
					   t->certs, t->n);
	if (ok && v->cosigned < a->k)
		ok = vorw_fail(&v->e, VORW_R_SIG_UNKNOWN_KEY,
			       "%s: signed by %u of the trusted keys, %u are wanted",
			       b->path, v->cosigned, a->k);
	cosign_free(&c);
	free(text);
	return ok;
}

/* The premises that stay open here, with what the blob asks for. */
static void print_open(const struct vorw_binding_h *n, u16 machine)
{
	char buf[80];

	printf("the device still checks\n");
	printf("  kernel build-id   ");
	for (u32 i = 0; i < n->build_id_len; i++)
		printf("%02x", n->build_id[i]);
	printf("\n  kernel release    %s (for people only)\n",
	       text_fit(buf, 56, n->release));
	printf("  architecture      %s, CPU with%s\n", machine_name(machine),
	       cpu_feature_names(buf, sizeof(buf), machine, n->cpu_features));
	printf("  settings          page size %u, HZ %u\n", n->page_size, n->hz);
	printf("  caller may use   %s\n",
	       cap_names(buf, sizeof(buf), n->caps));
	printf("  and               helpers, kernel routines, maps, memory\n");
}

static void print_text(const struct blob_file *b, const struct verdict *v)
{
	struct vorw_binding_h n;
	char buf[1024];

	printf("%s: accepted\n", text_fit(buf, sizeof(buf), b->path));
	printf("signed by           %s\n", text_fit(buf, 59, v->subject));
	printf("certificate         valid %s to %s\n", v->from, v->to);
	if (v->cosigned)
		printf("cosigned            by %u keys\n", v->cosigned);
	if (v->expired || v->not_yet_valid)
		printf("note                the certificate %s; devices do not look\n",
		       v->expired ? "has expired" : "is not valid yet");
	vorw_get_binding(&b->view, &n);
	print_open(&n, b->view.machine);
}

static void print_json(const struct args *a, const struct blob_file *b,
		       const struct verdict *v)
{
	struct vorw_binding_h n;
	char buf[80];
	struct json j;

	json_start(&j, stdout);
	json_str(&j, "blob", a->blob);
	json_bool(&j, "accepted", v->e.reason == VORW_R_OK);
	json_str(&j, "reason", vorw_reason_name(v->e.reason));
	json_str(&j, "message", v->e.reason == VORW_R_OK ?
		 vorw_reason_text(VORW_R_OK) : v->e.msg);
	if (b->parts.content) {
		json_u64(&j, "content_size", b->parts.content_size);
		json_bool(&j, "signed", b->parts.sig != NULL);
	}
	if (v->claimed) {
		json_object(&j, "signature");
		json_str(&j, "issuer", v->claim.issuer);
		json_str(&j, "serial", v->claim.serial);
		json_u64(&j, "rsa_bits", v->claim.sig_octets * 8);
		json_bool(&j, "valid", v->believed);
		if (v->believed) {
			json_str(&j, "subject", v->subject);
			json_str(&j, "not_before", v->from);
			json_str(&j, "not_after", v->to);
			json_bool(&j, "expired", v->expired);
			json_bool(&j, "not_yet_valid", v->not_yet_valid);
		}
		json_end(&j);
	}
	if (v->cosigned)
		json_u64(&j, "cosigned", v->cosigned);
	if (v->parsed) {
		vorw_get_binding(&b->view, &n);
		json_object(&j, "device_checks");
		json_hex(&j, "build_id", n.build_id, n.build_id_len);
		json_str(&j, "release", n.release);
		json_u64(&j, "machine", b->view.machine);
		json_u64(&j, "page_size", n.page_size);
		json_u64(&j, "hz", n.hz);
		json_words(&j, "cpu_features",
			   cpu_feature_names(buf, sizeof(buf), b->view.machine,
					     n.cpu_features));
		json_words(&j, "privileges",
			   cap_names(buf, sizeof(buf), n.caps));
		json_end(&j);
	}
	json_finish(&j);
}

static void check(const struct args *a, struct blob_file *b, struct verdict *v)
{
	struct trusted t;

	memset(b, 0, sizeof(*b));
	if (trusted_load(&t, a, &v->e) && blob_read(b, a->blob, &v->e) &&
	    check_signature(b, &t, v) && check_cosigned(a, b, &t, v))
		v->parsed = blob_parse(b, &v->e);
	trusted_free(&t);
}

int cmd_check(int argc, char **argv)
{
	struct args a = { .certs = { a.cert, 0, MAX_CERTS } };
	const struct cmd_option options[] = {
		{ "cert", .texts = &a.certs },
		{ "cosigned", .text = &a.cosigned },
		{ "signatures", .text = &a.signatures },
		{ "json", .flag = &a.json },
	};
	const struct cmd_syntax syntax = {
		"check", usage_text, "blob", options,
		sizeof(options) / sizeof(options[0])
	};
	struct verdict v = { 0 };
	struct blob_file b;
	int rc = cmd_parse(argc, argv, &syntax, &a.blob);

	if (rc >= 0)
		return rc;
	if (!a.cosigned != !a.signatures)
		return cmd_usage_error("check", "--cosigned and --signatures go together");
	if (a.cosigned) {
		a.k = strspn(a.cosigned, "0123456789") == strlen(a.cosigned) ?
		      strtoul(a.cosigned, NULL, 10) : 0;
		if (!a.k || a.k > COSIGN_MAX)
			return cmd_usage_error("check", "--cosigned '%s': 1 to %u",
					       a.cosigned, COSIGN_MAX);
	}
	check(&a, &b, &v);
	if (a.json)
		print_json(&a, &b, &v);
	else if (v.e.reason == VORW_R_OK)
		print_text(&b, &v);
	blob_free(&b);
	return cmd_end(&v.e);
}
