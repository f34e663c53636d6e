/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * job_key.h - what a job's result depends on, and the id that is made of it:
 * the object, the target, the options.
 *
 * A target is more than its name: the kernel's build-id, the digests of kernel
 * image, guest and this program's file, and the certificate that results are
 * signed for are its identity.  Whoever updates one of them gets new jobs, not
 * old answers.
 */
#ifndef VORW_JOB_KEY_H
#define VORW_JOB_KEY_H

#include "digest.h"
#include "err.h"
#include "target.h"

#define JOB_FILE_MAX	128

struct job_options {
	char file[JOB_FILE_MAX];	/* the object's name: libbpf makes
					 * names of maps from it */
	char name[64];			/* blob_name_ok() */
	char btf[DIGEST_HEX];		/* of BTF that came along, or "" */
	bool require_native, xlated, full_log;
};

/* Defaults for an object of this file name, of which the last part counts;
 * what is not printable becomes '_'. */
bool job_options_init(struct job_options *o, const char *file,
		      struct vorw_err *e);

/* The one way to write them: JSON, members sorted.  Malloc'd, or NULL. */
char *job_options_write(const struct job_options *o);
/* VORW_R_INTERNAL: job_options_write() did not write this. */
bool job_options_read(struct job_options *o, const char *json,
		      struct vorw_err *e);

/* t is ready; cert: SHA-256 of the signer's certificate (DER).  Reads kernel and
 * guest when they are not those of the last time.  Not for several threads at
 * once. */
bool target_identity(const struct vorw_target *t, const char *cert,
		     char to[DIGEST_HEX], struct vorw_err *e);

void job_key(const char *object, const char *target, const char *identity,
	     const char *options, char to[DIGEST_HEX]);

#endif /* VORW_JOB_KEY_H */
