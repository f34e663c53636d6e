/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vorw_cms.h - the one accepted encoding of a signature.
 *
 * A signature is DER CMS SignedData (RFC 5652): version 1, SHA-256, detached
 * (id-data, no content), no certificates, no CRLs, one SignerInfo by issuer
 * and serial number, no signed attributes, RSASSA-PKCS1-v1_5.  That is what
 *   openssl cms -sign -binary -noattr -nosmimecap -nocerts -md sha256
 *           -outform DER
 * writes.  For a given certificate everything but the signature octets is
 * then fixed, so the check is a comparison with a template, not a parser: no
 * second encoding of a signature exists, and the kernel's laxer PKCS#7 parser
 * never sees a byte that the template did not fix (kernel:
 * crypto/asymmetric_keys/pkcs7_parser.c).
 */
#ifndef VORW_CMS_H
#define VORW_CMS_H

#include "vorw_types.h"
#include "vorw_reason.h"

/* One trusted certificate, as keys/ generates it into a C table. */
struct vorw_cert {
	const char *subject;	/* for messages */
	const u8 *der;		/* X.509 certificate */
	u32 der_size;
	const u8 *prefix;	/* CMS bytes before the signature octets */
	u32 prefix_size;
	u32 sig_octets;		/* RSA modulus size in bytes */
};

/*
 * Which of the certificates is this signature by, judged by shape alone?
 * Returns its index in *idx and VORW_R_OK, VORW_R_SIG_UNKNOWN_KEY when it is
 * a CMS in our form by a signer not in the list, VORW_R_SIG_FORMAT otherwise.
 * The RSA check is the caller's (kernel: verify_pkcs7_signature()).
 */
enum vorw_reason vorw_cms_match(const u8 *sig, u32 sig_size,
				const struct vorw_cert *certs, u32 ncerts,
				u32 *idx);

#endif /* VORW_CMS_H */
