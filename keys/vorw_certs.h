/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vorw_certs.h - the certificates this build trusts.
 *
 * build/keys/certs.c holds them, written by keys/certs2c from CERTS=…, and is
 * compiled into both the device module and the host program.
 */
#ifndef VORW_CERTS_H
#define VORW_CERTS_H

#include "vorw_cms.h"

extern const struct vorw_cert vorw_certs[];
extern const u32 vorw_ncerts;

#endif /* VORW_CERTS_H */
