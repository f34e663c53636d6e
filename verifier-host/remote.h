/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * remote.h - a verification done by a service (docs/openapi.yaml).
 *
 * What the service answers is as little trusted as any server's: texts are
 * made printable, the blob has to have the digest that was promised; whose
 * signature it has is for the device, or `vorw check`, to say.
 */
#ifndef VORW_REMOTE_H
#define VORW_REMOTE_H

#include "err.h"
#include "vorw_types.h"

struct remote_job {
	const char *url;	/* http://… or https://…, without /v1 */
	const char *token;	/* or NULL */
	/* PEM files, or NULL: whose certificates the service may have (default:
	 * the system's CAs), what we show it */
	const char *ca, *client_cert, *client_key;
	const char *target, *name;
	const char *object;	/* its path, for messages and its name */
	const u8 *bytes;
	size_t size;
	const u8 *btf;		/* or NULL */
	size_t btf_size;
	bool require_native, xlated, full_log;
};

struct remote_result {
	u8 *blob;
	size_t size;
	char *log;
	char *report;		/* JSON, one object (report_json(), no log) */
	char *text;		/* report_programs() */
	char target[64], release[65], cpu[64];
};

/*
 * Submit, show the progress, wait, fetch.  The reasons are the service's own;
 * VORW_R_REMOTE when it cannot be reached or answers what it should not.
 * remote_free() is due in any case.
 */
bool remote_verify(const struct remote_job *job, struct remote_result *r,
		   struct vorw_err *e);
void remote_free(struct remote_result *r);

/* The report with "blob" being this path, and the log; malloc'd, or NULL. */
char *remote_report(const struct remote_result *r, const char *blob);

#endif /* VORW_REMOTE_H */
