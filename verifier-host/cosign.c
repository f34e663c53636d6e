// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* cosign.c - several signatures of one content: gathered, counted. */
#include <stdlib.h>
#include <string.h>
#include <mbedtls/base64.h>
#include "cosign.h"
#include "sign.h"
#include "signer/log_line.h"

#define HEAD	"vorw-cosign 1\ncontent "
#define BEGIN	"-----BEGIN CMS-----\n"
#define END	"-----END CMS-----\n"
#define LINE	64		/* RFC 7468 */

bool cosign_add(struct cosign *c, const u8 *der, u32 size, struct vorw_err *e)
{
	u32 i;

	for (i = 0; i < c->n; i++)
		if (c->size[i] == size && !memcmp(c->der[i], der, size))
			return true;
	if (c->n == COSIGN_MAX)
		return vorw_fail(e, VORW_R_LIMIT, "more than %u signatures",
				 COSIGN_MAX);
	c->der[c->n] = malloc(size);
	if (!c->der[c->n])
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	memcpy(c->der[c->n], der, size);
	c->size[c->n++] = size;
	return true;
}

void cosign_free(struct cosign *c)
{
	while (c->n)
		free(c->der[--c->n]);
}

static void write_pem(FILE *f, const u8 *der, u32 size)
{
	unsigned char text[2 * VORW_MAX_SIG];
	size_t n = 0, i;

	mbedtls_base64_encode(text, sizeof(text), &n, der, size);
	fputs(BEGIN, f);
	for (i = 0; i < n; i += LINE)
		fprintf(f, "%.*s\n", n - i < LINE ? (int)(n - i) : LINE,
			text + i);
	fputs(END, f);
}

char *cosign_write(const struct cosign *c, size_t *n)
{
	char *out = NULL;
	FILE *f = open_memstream(&out, n);
	u32 i;

	if (!f)
		return NULL;
	fprintf(f, HEAD "%s\n", c->content);
	for (i = 0; i < c->n; i++)
		write_pem(f, c->der[i], c->size[i]);
	if (fclose(f)) {
		free(out);
		return NULL;
	}
	return out;
}

/* Text that is left; take() steps behind a word that has to come next. */
struct text {
	const char *p;
	size_t n;
};

static bool take(struct text *t, const char *word)
{
	size_t n = strlen(word);

	if (n > t->n || memcmp(t->p, word, n))
		return false;
	t->p += n;
	t->n -= n;
	return true;
}

static bool read_pem(struct text *t, struct cosign *c, struct vorw_err *e)
{
	u8 der[VORW_MAX_SIG];
	const char *end;
	size_t size = 0;

	if (!take(t, BEGIN))
		return false;
	end = memmem(t->p, t->n, END, strlen(END));
	if (!end || mbedtls_base64_decode(der, sizeof(der), &size,
					  (const unsigned char *)t->p,
					  end - t->p) || !size)
		return false;
	t->n -= end - t->p;
	t->p = end;
	return take(t, END) && cosign_add(c, der, size, e);
}

bool cosign_read(struct cosign *c, const char *text, size_t n,
		 const char *name, struct vorw_err *e)
{
	struct text t = { text, n };
	bool ok;

	memset(c, 0, sizeof(*c));
	ok = take(&t, HEAD) && t.n > 64;
	if (ok) {
		memcpy(c->content, t.p, 64);
		t.p += 64;
		t.n -= 64;
		ok = strspn(c->content, "0123456789abcdef") == 64 &&
		     take(&t, "\n");
	}
	while (ok && t.n)
		ok = read_pem(&t, c, e);
	return ok || vorw_fail(e, VORW_R_MALFORMED,
			       "%s: not signatures that vorw cosign has written",
			       name);
}

/* Two certificates of one key are one signer. */
static bool same_key(const struct vorw_cert *a, const struct vorw_cert *b)
{
	mbedtls_x509_crt x, y;
	bool same;

	mbedtls_x509_crt_init(&x);
	mbedtls_x509_crt_init(&y);
	same = !mbedtls_x509_crt_parse_der(&x, a->der, a->der_size) &&
	       !mbedtls_x509_crt_parse_der(&y, b->der, b->der_size) &&
	       x.pk_raw.len == y.pk_raw.len &&
	       !memcmp(x.pk_raw.p, y.pk_raw.p, x.pk_raw.len);
	mbedtls_x509_crt_free(&x);
	mbedtls_x509_crt_free(&y);
	return same;
}

u32 cosign_count(const struct cosign *c, const u8 *content, u32 content_size,
		 const struct vorw_cert *certs, u32 ncerts)
{
	const struct vorw_cert *by[COSIGN_MAX];
	struct vorw_parts p = { .content = content,
				.content_size = content_size };
	u32 i, k, idx, n = 0;

	for (i = 0; i < c->n; i++) {
		p.sig = c->der[i];
		p.sig_size = c->size[i];
		if (sign_check(&p, certs, ncerts, &idx) != VORW_R_OK)
			continue;
		for (k = 0; k < n; k++)
			if (same_key(by[k], &certs[idx]))
				break;
		if (k == n)
			by[n++] = &certs[idx];
	}
	return n;
}

static const char *const sections[VORW_SEC_MAX] = {
	[VORW_SEC_STRINGS] = "strings", [VORW_SEC_BINDING] = "binding",
	[VORW_SEC_OBJECT] = "object", [VORW_SEC_MAPS] = "maps",
	[VORW_SEC_PROGS] = "programs", [VORW_SEC_USED_MAPS] = "used maps",
	[VORW_SEC_INITS] = "map contents", [VORW_SEC_RELOCS] = "relocations",
	[VORW_SEC_INSNS] = "instructions", [VORW_SEC_CODE] = "machine code",
	[VORW_SEC_DATA] = "data", [VORW_SEC_BTF] = "BTF",
	[VORW_SEC_PARTS] = "functions", [VORW_SEC_POKES] = "tail calls",
	[VORW_SEC_FAULTS] = "exception table",
};

static bool differ_text(const char *what, const char *a, const char *b,
			char *to, size_t size)
{
	if (!strcmp(a, b))
		return false;
	snprintf(to, size, "%s: '%s' and '%s'", what, a, b);
	return true;
}

/* What people most likely have done differently. */
static bool differ_facts(const struct vorw_view *a, const struct vorw_view *b,
			 char *to, size_t size)
{
	struct vorw_binding_h x, y;
	struct vorw_object_h p, q;

	vorw_get_binding(a, &x);
	vorw_get_binding(b, &y);
	vorw_get_object(a, &p);
	vorw_get_object(b, &q);
	if (memcmp(p.object_sha256, q.object_sha256, 32)) {
		snprintf(to, size, "made from different objects");
		return true;
	}
	if (differ_text("target", x.target, y.target, to, size) ||
	    differ_text("kernel release", x.release, y.release, to, size) ||
	    differ_text("name", p.name, q.name, to, size) ||
	    differ_text("made by", p.tool, q.tool, to, size) ||
	    differ_text("BTF for CO-RE", p.core_btf, q.core_btf, to, size))
		return true;
	if (memcmp(x.build_id, y.build_id, sizeof(x.build_id))) {
		snprintf(to, size, "different kernel build-ids");
		return true;
	}
	return false;
}

/* "section, record, byte in it", or a count. */
static bool differ_section(const struct vorw_view *a,
			   const struct vorw_view *b, u32 t, char *to,
			   size_t size)
{
	const struct vorw_range *x = &a->sec[t], *y = &b->sec[t];
	size_t i, n;

	if (x->cnt != y->cnt) {
		snprintf(to, size, "section %s: %u and %u records",
			 sections[t], x->cnt, y->cnt);
		return true;
	}
	n = (size_t)x->cnt * x->entsize;
	for (i = 0; i < n && x->p[i] == y->p[i]; i++)
		;
	if (i == n)
		return false;
	snprintf(to, size, "section %s, record %zu, byte %zu: %02x and %02x",
		 sections[t], i / x->entsize, i % x->entsize, x->p[i],
		 y->p[i]);
	return true;
}

void cosign_difference(const struct blob_file *a, const struct blob_file *b,
		       char *to, size_t size)
{
	u32 t;

	if (a->view.machine != b->view.machine) {
		snprintf(to, size, "for different architectures");
		return;
	}
	if (differ_facts(&a->view, &b->view, to, size))
		return;
	for (t = 1; t < VORW_SEC_MAX; t++)
		if (differ_section(&a->view, &b->view, t, to, size))
			return;
	snprintf(to, size, "in the header");
}
