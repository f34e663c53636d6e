/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * evidence.h - does a content follow from the object and the transcript that
 * came with it?
 */
#ifndef VORW_EVIDENCE_H
#define VORW_EVIDENCE_H

#include "signer_client.h"
#include "target.h"

/*
 * Run the host's side of the verification again, relink check and validator
 * included, and build the content: it has to be j's, byte for byte.
 * build_id: the kernel's, in hex, which has to be the one that the guest had;
 * "": any, which only tests of evidence say.
 *
 * VORW_R_EVIDENCE, or what the session said.
 */
bool evidence_check(const struct sign_job *j, const struct vorw_target *t,
		    const char *build_id, struct vorw_err *e);

#endif /* VORW_EVIDENCE_H */
