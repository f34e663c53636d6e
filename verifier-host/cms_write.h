/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * cms_write.h - writing the one accepted encoding of a signature.
 *
 * blob-format/vorw_cms.h says what that encoding is.  For a given certificate
 * everything before the signature octets is constant and they are the last
 * bytes, so "the CMS" is a prefix followed by the RSA signature.
 */
#ifndef VORW_CMS_WRITE_H
#define VORW_CMS_WRITE_H

#include "vorw_types.h"

struct cms_signer {
	const u8 *issuer;	/* Name, DER with its header, as in the cert */
	u32 issuer_size;
	const u8 *serial;	/* contents of the serial number's INTEGER */
	u32 serial_size;
	u32 sig_octets;		/* RSA modulus size in bytes */
};

/* No prefix is longer: VORW_MAX_SIG less the smallest signature. */
#define CMS_MAX_PREFIX	3840u

/*
 * Write the bytes that come before the signature octets to buf, which has
 * room for CMS_MAX_PREFIX.  Returns their number, 0 when they do not fit.
 * Byte for byte what `openssl cms -sign -binary -noattr -nosmimecap -nocerts
 * -md sha256 -outform DER` writes.
 */
u32 cms_write_prefix(u8 *buf, const struct cms_signer *s);

#endif
