// SPDX-License-Identifier: GPL-2.0-only
/*
 * sig.c - is this blob signed by one of the certificates built in?
 *
 * Two checks.  The shape is compared with the certificate's template, so that
 * the kernel's laxer parser sees only bytes that the template fixes (see
 * vorw_cms.h); then verify_pkcs7_signature() does the arithmetic against a
 * keyring that holds that one certificate and nothing else, because
 * pkcs7_validate_trust() does not say whose signature it accepted.
 */

#include <linux/cred.h>
#include <linux/key.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/verification.h>
#include "load.h"
#include "vorw_certs.h"

static struct key **keyrings;	/* one per vorw_certs[] entry */

/* A keyring that nothing can be added to: no possessor, no USR_WRITE. */
static struct key *keyring_of(const struct vorw_cert *cert)
{
	struct key *ring;
	key_ref_t key;

	ring = keyring_alloc(".vorw", GLOBAL_ROOT_UID, GLOBAL_ROOT_GID,
			     current_cred(),
			     (KEY_POS_ALL & ~KEY_POS_SETATTR) | KEY_USR_VIEW |
			     KEY_USR_READ, KEY_ALLOC_NOT_IN_QUOTA, NULL, NULL);
	if (IS_ERR(ring))
		return ring;
	key = key_create_or_update(make_key_ref(ring, true), "asymmetric",
				   NULL, cert->der, cert->der_size,
				   (KEY_POS_ALL & ~KEY_POS_SETATTR) |
				   KEY_USR_VIEW | KEY_USR_READ,
				   KEY_ALLOC_NOT_IN_QUOTA | KEY_ALLOC_BUILT_IN |
				   KEY_ALLOC_BYPASS_RESTRICTION);
	if (IS_ERR(key)) {
		key_put(ring);
		return ERR_CAST(key);
	}
	key_ref_put(key);
	return ring;
}

int __init vorw_sig_init(void)
{
	u32 i;

	keyrings = kcalloc(vorw_ncerts, sizeof(*keyrings), GFP_KERNEL);
	if (!keyrings)
		return -ENOMEM;
	for (i = 0; i < vorw_ncerts; i++) {
		struct key *ring = keyring_of(&vorw_certs[i]);

		if (IS_ERR(ring)) {
			pr_err("certificate \"%s\" not accepted (%ld)\n",
			       vorw_certs[i].subject, PTR_ERR(ring));
			vorw_sig_exit();
			return PTR_ERR(ring);
		}
		keyrings[i] = ring;
	}
	return 0;
}

void vorw_sig_exit(void)
{
	u32 i;

	for (i = 0; i < vorw_ncerts; i++)
		key_put(keyrings[i]);
	kfree(keyrings);
}

u32 vorw_sig_count(void)
{
	return vorw_ncerts;
}

enum vorw_reason vorw_sig_check(struct vorw_job *job)
{
	const struct vorw_parts *parts = &job->parts;
	enum vorw_reason r;
	u32 idx;
	int err;

	if (!parts->sig)
		return vorw_deny(job, VORW_R_UNSIGNED, 0,
				 "%u bytes of content",
				 parts->content_size);
	r = vorw_cms_match(parts->sig, parts->sig_size, vorw_certs, vorw_ncerts,
			   &idx);
	if (r)
		return vorw_deny(job, r, 0,
				 "%u trusted; whose it is: `vorw check` on a host",
				 vorw_ncerts);

	err = verify_pkcs7_signature(parts->content, parts->content_size,
				     parts->sig, parts->sig_size, keyrings[idx],
				     VERIFYING_UNSPECIFIED_SIGNATURE, NULL,
				     NULL);
	switch (err) {
	case 0:
		return VORW_R_OK;
	case -ENOMEM:
		r = VORW_R_NO_MEMORY;
		break;
	case -ENOKEY:
		r = VORW_R_SIG_UNKNOWN_KEY;
		break;
	default:
		r = VORW_R_SIG_BAD;
		break;
	}
	return vorw_deny(job, r, 0, "signer \"%s\", error %d",
			 vorw_certs[idx].subject, err);
}
