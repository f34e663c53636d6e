/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * worker.h - the process that verifies: takes a job, runs it, writes the
 * result, takes the next.
 *
 * A second thread renews the lease, writes down the progress, and listens for
 * SIGTERM: it gives the job back and ends the process at once, virtual machine
 * and all.  So it does when the lease was lost, and when the job takes longer
 * than all its limits allow.
 */
#ifndef VORW_WORKER_H
#define VORW_WORKER_H

#include "err.h"

#define WORKER_NAME_MAX	128
#define JOB_SECONDS	600	/* unless somebody says otherwise */
#define JOB_SECONDS_MAX	86400

struct worker_opts {
	const char *store;	/* store_open() */
	const char *signer;	/* socket */
	const char *name;	/* of this process, unlike all others' */
	int bell;		/* readable when there may be a job; or -1 */
	unsigned lease_ms;
	unsigned job_seconds, template_jobs;	/* struct job_place */
};

/* "host-pid-time" */
void worker_name(int pid, char to[WORKER_NAME_MAX]);

/* Ends the process by itself; returns when it cannot begin. */
bool worker_run(const struct worker_opts *o, struct vorw_err *e);

#endif /* VORW_WORKER_H */
