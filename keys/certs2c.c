// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * certs2c.c - X.509 certificates in, C table of trusted signers out.
 *
 *   certs2c -o certs.c CERT.pem…
 *
 * Each certificate comes with the CMS bytes that go before a signature by it
 * (blob-format/vorw_cms.h).  A certificate that the device's kernel would not
 * take is refused here, by name.
 */
#include <stdio.h>
#include <stdlib.h>
#include "cert.h"

static bool read_file(const char *path, u8 *buf, size_t *size)
{
	FILE *f = fopen(path, "rb");
	bool ok;

	if (!f)
		return false;
	*size = fread(buf, 1, CERT_MAX_FILE + 1, f);
	ok = !ferror(f);
	fclose(f);
	return ok;
}

static void bytes(FILE *f, const char *name, unsigned i, const u8 *p, u32 n)
{
	u32 k;

	fprintf(f, "static const u8 %s_%u[] = {", name, i);
	for (k = 0; k < n; k++)
		fprintf(f, "%s0x%02x,", k % 12 ? " " : "\n\t", p[k]);
	fprintf(f, "\n};\n");
}

/* subject is printable ASCII already */
static void string(FILE *f, const char *s)
{
	fputc('"', f);
	for (; *s; s++) {
		/* '?' too: two of them begin a trigraph */
		if (*s == '"' || *s == '\\' || *s == '?')
			fputc('\\', f);
		fputc(*s, f);
	}
	fputc('"', f);
}

static void table(FILE *f, const struct cert *c, unsigned n)
{
	unsigned i;

	fprintf(f, "/* written by keys/certs2c: certificates this build trusts */\n"
		   "#include \"vorw_certs.h\"\n\n");
	for (i = 0; i < n; i++) {
		bytes(f, "der", i, c[i].v.der, c[i].v.der_size);
		bytes(f, "prefix", i, c[i].v.prefix, c[i].v.prefix_size);
	}
	fprintf(f, "\nconst struct vorw_cert vorw_certs[] = {\n");
	for (i = 0; i < n; i++) {
		fprintf(f, "\t{ .subject = ");
		string(f, c[i].v.subject);
		fprintf(f, ",\n\t  .der = der_%u, .der_size = sizeof(der_%u),\n"
			   "\t  .prefix = prefix_%u, .prefix_size = sizeof(prefix_%u),\n"
			   "\t  .sig_octets = %u },\n",
			i, i, i, i, c[i].v.sig_octets);
	}
	fprintf(f, "};\nconst u32 vorw_ncerts = %u;\n", n);
}

/* The prefix holds issuer and serial number: what a signature is matched by.
 * Equal ones would leave the second certificate without a use. */
static bool same_signer(const struct cert *a, const struct cert *b)
{
	return a->v.prefix_size == b->v.prefix_size &&
	       !memcmp(a->v.prefix, b->v.prefix, a->v.prefix_size);
}

int main(int argc, char **argv)
{
	static u8 buf[CERT_MAX_FILE + 1];
	struct cert *certs = NULL;
	unsigned n = 0, i, want;
	int ret = 1;
	size_t size;
	FILE *f;

	if (argc < 4 || strcmp(argv[1], "-o")) {
		fprintf(stderr, "usage: certs2c -o FILE.c CERT…\n");
		return 2;
	}
	want = argc - 3;
	certs = calloc(want, sizeof(*certs));
	if (!certs) {
		fprintf(stderr, "certs2c: out of memory\n");
		return 1;
	}
	for (; n < want; n++) {
		const char *path = argv[3 + n];

		if (!read_file(path, buf, &size)) {
			perror(path);
			goto out;
		}
		if (!cert_parse(&certs[n], buf, size)) {
			fprintf(stderr, "certs2c: %s: %s\n", path,
				certs[n].why);
			cert_free(&certs[n]);
			goto out;
		}
		for (i = 0; i < n; i++)
			if (same_signer(&certs[i], &certs[n])) {
				fprintf(stderr, "certs2c: %s: same issuer and serial number as %s\n",
					path, argv[3 + i]);
				n++;
				goto out;
			}
		if (certs[n].expired)
			fprintf(stderr, "certs2c: note: %s has expired\n", path);
	}
	f = fopen(argv[2], "w");
	if (!f) {
		perror(argv[2]);
		goto out;
	}
	table(f, certs, n);
	i = ferror(f);
	if (fclose(f) || i) {
		perror(argv[2]);
		remove(argv[2]);
		goto out;
	}
	ret = 0;
out:
	while (n)
		cert_free(&certs[--n]);
	free(certs);
	return ret;
}
