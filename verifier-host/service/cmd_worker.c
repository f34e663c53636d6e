// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* cmd_worker.c - `vorw worker`: verify what the store has waiting. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cmd.h"
#include "service.h"
#include "templates.h"
#include "worker.h"

static const char usage_text[] =
"usage: vorw worker --signer SOCKET [OPTION]...\n"
"\n"
"Take jobs out of a service's store, verify them here, have them signed.\n"
"`vorw serve` starts workers of its own; on other machines start this one.\n"
"\n"
"      --store STORE    postgresql://... or an SQLite file; default: $VORW_STORE\n"
"      --signer SOCKET  where `vorw signer` listens\n"
"      --lease SECONDS  how long a job is held without a sign of life;\n"
"                       default: 15\n"
"      --name NAME      of this process; default: host, process id and time\n"
"      --job-limit SECONDS  of a virtual machine's life; default: 600\n"
"      --template-jobs N  that get copies of one virtual machine, before another\n"
"                       one is started for them; default: 500\n"
"      --bell FD        a pipe that says when there is work (`vorw serve`)\n"
"\n"
"Ends by SIGTERM; the job it had is another's then.\n"
"Exit status: 0 ended so, 1 failed, 2 usage.\n";

int cmd_worker(int argc, char **argv)
{
	const char *store = NULL, *signer = NULL, *lease = NULL, *bell = NULL;
	const char *limit = NULL, *jobs = NULL, *name = NULL, *operand;
	const struct cmd_option options[] = {
		{ "store", .text = &store }, { "signer", .text = &signer },
		{ "lease", .text = &lease }, { "name", .text = &name },
		{ "bell", .text = &bell },
		{ "job-limit", .text = &limit },
		{ "template-jobs", .text = &jobs },
	};
	const struct cmd_syntax syntax = {
		"worker", usage_text, NULL, options,
		sizeof(options) / sizeof(options[0])
	};
	struct worker_opts o = { .bell = -1, .lease_ms = 15000,
				 .job_seconds = JOB_SECONDS,
				 .template_jobs = TEMPLATE_JOBS };
	char own_name[WORKER_NAME_MAX];
	struct vorw_err e = { 0 };
	char *where;
	int rc = cmd_parse(argc, argv, &syntax, &operand);

	if (rc >= 0)
		return rc;
	if (!signer || (!store && !getenv(STORE_ENV)))
		return cmd_usage_error("worker", "--store (or $" STORE_ENV ") and --signer are needed");
	if (lease && (atoi(lease) < 1 || atoi(lease) > 3600))
		return cmd_usage_error("worker", "--lease is 1 to 3600 seconds");
	if (lease)
		o.lease_ms = atoi(lease) * 1000;
	if (limit && (atoi(limit) < 1 || atoi(limit) > JOB_SECONDS_MAX))
		return cmd_usage_error("worker", "--job-limit is 1 to %d seconds",
				       JOB_SECONDS_MAX);
	if (limit)
		o.job_seconds = atoi(limit);
	if (jobs && atoi(jobs) < 1)
		return cmd_usage_error("worker", "--template-jobs is a number above 0");
	if (jobs)
		o.template_jobs = atoi(jobs);
	if (bell)
		o.bell = atoi(bell);
	worker_name(getpid(), own_name);
	where = store_where(store, NULL, &e);
	o.store = where;
	o.signer = signer;
	o.name = name ? name : own_name;
	if (where)
		worker_run(&o, &e);
	free(where);
	return cmd_end(&e);
}
