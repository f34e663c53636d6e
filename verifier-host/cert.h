/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * cert.h - a signer's X.509 certificate, as host tools use it.
 *
 * A certificate is taken only when the device's kernel will take it too: its
 * X.509 parser (crypto/asymmetric_keys/x509_cert_parser.c) runs when the
 * module is inserted, where a refusal would come too late.
 */
#ifndef VORW_CERT_H
#define VORW_CERT_H

#include <mbedtls/x509_crt.h>
#include "vorw_cms.h"

#define CERT_MAX_FILE	65535u	/* kernel: asn1_ber_decoder()'s limit */

struct cert {
	mbedtls_x509_crt crt;
	struct vorw_cert v;	/* points into this struct */
	char subject[512];	/* printable ASCII */
	char why[256];		/* why it was refused; one line */
	u8 *prefix;
	bool expired, not_yet_valid;	/* by this machine's clock */
};

/*
 * Read one certificate, PEM or DER, from size bytes.  False with c->why set
 * when it is none, when there is more than one, or when the kernel or we would
 * not take it as a signer's.  cert_free() is due in either case.
 * An expired certificate is not refused: devices may have no clock, and the
 * kernel looks at none.
 */
bool cert_parse(struct cert *c, const u8 *buf, size_t size);
void cert_free(struct cert *c);

#endif
