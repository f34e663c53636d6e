// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* token_key.c - the key in a token: which one, and is it one that signs? */
#include <mbedtls/bignum.h>
#include <mbedtls/rsa.h>
#include "token_int.h"

#define MODULUS_MAX	1024	/* bytes */

static bool attribute(struct token *t, CK_ATTRIBUTE_TYPE type, void *value,
		      CK_ULONG *size)
{
	CK_ATTRIBUTE a = { type, value, *size };
	CK_RV rv = t->f->C_GetAttributeValue(t->session, t->object, &a, 1);

	*size = a.ulValueLen;
	return rv == CKR_OK && *size != CK_UNAVAILABLE_INFORMATION;
}

/* A modulus that can be read is the certificate's; for one that cannot, the
 * first signature shows it. */
static bool check_modulus(struct token *t, struct vorw_err *e)
{
	const mbedtls_pk_context *pk = &t->key->cert.crt.pk;
	u8 buf[MODULUS_MAX];
	CK_ULONG n = sizeof(buf);
	mbedtls_mpi m;
	bool same;

	if (!attribute(t, CKA_MODULUS, buf, &n) || !n)
		return true;
	mbedtls_mpi_init(&m);
	same = !mbedtls_mpi_read_binary(&m, buf, n) &&
	       !mbedtls_mpi_cmp_mpi(&m, &mbedtls_pk_rsa(*pk)->N);
	mbedtls_mpi_free(&m);
	return same || vorw_fail(e, VORW_R_KEY,
				 "%s: not the key of certificate %s", t->name,
				 t->cert_path);
}

static bool check_key(struct token *t, struct vorw_err *e)
{
	CK_ULONG n = sizeof(CK_KEY_TYPE);
	CK_BBOOL yes = CK_FALSE;
	CK_KEY_TYPE type = CKK_VENDOR_DEFINED;

	if (!attribute(t, CKA_KEY_TYPE, &type, &n) || type != CKK_RSA)
		return token_fail(t, "key is not RSA", e);
	n = sizeof(yes);
	if (!attribute(t, CKA_SIGN, &yes, &n) || !yes)
		return token_fail(t, "key may not sign (CKA_SIGN)", e);
	yes = CK_FALSE;
	n = sizeof(yes);
	t->always_authenticate = attribute(t, CKA_ALWAYS_AUTHENTICATE, &yes,
					   &n) && yes;
	/* a token that does not say promises nothing */
	yes = CK_TRUE;
	n = sizeof(yes);
	t->extractable = !attribute(t, CKA_EXTRACTABLE, &yes, &n) || yes;
	return check_modulus(t, e);
}

bool token_find_key(struct token *t, struct vorw_err *e)
{
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE a[4] = { { CKA_CLASS, &class, sizeof(class) } }, *named;
	const CK_ATTRIBUTE_TYPE names[] = { CKA_LABEL, CKA_ID };
	CK_OBJECT_HANDLE found[2];
	CK_ULONG n = 1, i;
	CK_RV rv;

	for (i = 0; i < 2; i++) {
		named = p11_kit_uri_get_attribute(t->uri, names[i]);
		if (named)
			a[n++] = *named;
	}
	rv = t->f->C_FindObjectsInit(t->session, a, n);
	if (rv == CKR_OK) {
		rv = t->f->C_FindObjects(t->session, found, 2, &n);
		t->f->C_FindObjectsFinal(t->session);
	}
	if (rv != CKR_OK)
		return token_fail_rv(t, "looking for the key", rv, e);
	if (n != 1)
		return token_fail(t, n ? "several private keys fit; add object= or id=" :
				   "there is no such private key in the token", e);
	t->object = found[0];
	return check_key(t, e);
}
