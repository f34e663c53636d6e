// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * t_cert.c - what we take as a certificate, the kernel has to take, too.
 *
 *   t_cert FIRST CERT.der…
 *
 * Each certificate, with every bit flipped and cut at every length, goes
 * through cert_parse(); what that accepts is given to the running kernel's
 * X.509 parser as a key (add_key(2), process keyring).  Prints TAP results
 * numbered from FIRST on, without a plan.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/keyctl.h>
#include "cert.h"
#include "file_io.h"

static unsigned number;
static bool failed;

static void result(bool ok, const char *path, const char *what)
{
	const char *base = strrchr(path, '/');

	printf("%sok %u - %s: %s\n", ok ? "" : "not ", number++,
	       base ? base + 1 : path, what);
	failed |= !ok;
}

/* 1 taken, 0 refused, -1 cannot be asked here */
static int kernel_takes(const u8 *der, size_t n)
{
	long key = syscall(SYS_add_key, "asymmetric", "vorw-test", der, n,
			   KEY_SPEC_PROCESS_KEYRING);

	if (key >= 0) {
		syscall(SYS_keyctl, KEYCTL_UNLINK, key,
			KEY_SPEC_PROCESS_KEYRING);
		return 1;
	}
	switch (errno) {
	case ENOSYS:
	case EPERM:
	case EACCES:
	case ENODEV:	/* no such key type */
	case EDQUOT:
		return -1;
	}
	return 0;
}

struct counts {
	u32 tried, taken, taken_self, kernel_refused, silent;
};

static bool self_issued(const struct cert *c)
{
	const mbedtls_x509_buf *i = &c->crt.issuer_raw, *s = &c->crt.subject_raw;

	return i->len == s->len && !memcmp(i->p, s->p, i->len);
}

static void one(struct counts *n, const u8 *der, size_t size, u32 where)
{
	/* An exact allocation, so that reading on is seen. */
	u8 *copy = malloc(size ? size : 1);
	struct cert c;

	memcpy(copy, der, size);
	n->tried++;
	if (!cert_parse(&c, copy, size)) {
		n->silent += !c.why[0];
	} else {
		n->taken++;
		n->taken_self += self_issued(&c);
		/* the kernel gets the bytes that certs2c would write */
		if (kernel_takes(c.v.der, c.v.der_size) != 1) {
			printf("# the kernel refuses the one changed at %u: %s\n",
			       where, strerror(errno));
			n->kernel_refused++;
		}
	}
	cert_free(&c);
	free(copy);
}

static void certificate(const char *path)
{
	struct vorw_err e = { 0 };
	struct counts n = { 0 };
	struct cert c;
	size_t size;
	u32 i;
	u8 *der;

	if (!file_read(path, CERT_MAX_FILE, &der, &size, &e)) {
		vorw_err_print(&e);
		result(false, path, "is there");
		return;
	}
	result(cert_parse(&c, der, size) &&
	       kernel_takes(c.v.der, c.v.der_size) == 1, path,
	       "we take it, and so does the kernel");
	cert_free(&c);
	for (i = 0; i < 8 * size; i++) {
		der[i / 8] ^= 1 << i % 8;
		one(&n, der, size, i / 8);
		der[i / 8] ^= 1 << i % 8;
	}
	printf("# %u bits flipped, %u of them taken\n", n.tried, n.taken);
	result(!n.kernel_refused, path,
	       "of all bits flipped, what we take the kernel takes");
	result(!n.silent, path, "a refusal says why");
	/* A self-signed certificate holds its own proof. */
	result(!n.taken_self, path, "no self-signed one among them");
	memset(&n, 0, sizeof(n));
	for (i = 0; i < size; i++)
		one(&n, der, i, i);
	result(!n.taken && !n.silent, path, "cut at every length is refused");
	free(der);
}

int main(int argc, char **argv)
{
	int i;

	if (argc < 3) {
		fprintf(stderr, "usage: t_cert FIRST CERT.der...\n");
		return 2;
	}
	number = strtoul(argv[1], NULL, 10);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (kernel_takes((const u8 *)"\x30", 1) < 0) {
		printf("ok %u - certificates and the running kernel # SKIP it takes no keys here: %s\n",
		       number, strerror(errno));
		return 0;
	}
	for (i = 2; i < argc; i++)
		certificate(argv[i]);
	return failed;
}
