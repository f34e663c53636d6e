/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * verify_job.h - one job, done: the verification, the signature, the result.
 */
#ifndef VORW_VERIFY_JOB_H
#define VORW_VERIFY_JOB_H

#include "store.h"

/* Where jobs are done. */
struct job_place {
	const char *signer;	/* socket */
	bool shared;		/* there are workers on other machines */
	unsigned seconds;	/* of a VM's life, as often as its target is
				 * slow */
	unsigned template_jobs;	/* templates_get() */
	/* the time in between is the signer's, not the job's */
	void (*asks_signer)(bool begins);
};

struct job_result {
	struct store_result r;	/* points into what follows */
	char *log, *report, *text;
	u8 *blob;
	char blob_digest[65], content_digest[65], message[1024];
};

/*
 * Verify the job's object, btf beside it if it came with one, and have the
 * content signed.  Always gives a result: refusals are among them, and what
 * went wrong here (r.again, r.outage_ms).
 */
void verify_job(const struct job *j, const u8 *object, size_t size,
		const u8 *btf, size_t btf_size, const struct job_place *at,
		struct job_result *res);
/* For a reason that will pass without the job being touched: how long a job may
 * wait for that since it was accepted; else 0. */
int64_t job_outage(enum vorw_reason r, bool shared);
void job_result_free(struct job_result *res);

#endif /* VORW_VERIFY_JOB_H */
