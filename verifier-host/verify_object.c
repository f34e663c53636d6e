// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* verify_object.c - an object, verified: the order of it. */
#include <stdlib.h>
#include <string.h>
#include "blob_build.h"
#include "btf_file.h"
#include "snapshot.h"
#include "verify_object.h"

static bool take_btf(struct verified *v, const struct verify_opts *o,
		     struct vorw_err *e)
{
	v->btf = o->btf;
	v->btf_size = o->btf ? o->btf_size : 0;
	if (o->btf || !o->target->btf[0])
		return true;
	if (!btf_read(o->target->btf, &v->own_btf, &v->btf_size, e))
		return false;
	v->btf = v->own_btf;
	return true;
}

/* NULL: none that is of use; what is wrong with it has been said. */
static struct snapshot *open_snapshot(const struct verify_opts *o)
{
	struct snapshot *s = NULL;
	struct vorw_err e = { 0 };

	if (!o->cold && !o->template && o->target->ready &&
	    !snapshot_open(&s, o->target, &e))
		vorw_progress("booting, its snapshot is of no use: %s", e.msg);
	vorw_err_free(&e);
	return s;
}

bool verify_object(struct verified *v, const struct verify_opts *o,
		   struct vorw_err *e)
{
	struct session_opts so = {
		.require_native = o->require_native, .full_log = o->full_log,
		.template = o->template, .seconds = o->seconds,
	};
	struct blob_opts bo = {
		.object = o->object, .name = o->name, .xlated = o->xlated,
	};

	memset(v, 0, sizeof(*v));
	if (!take_btf(v, o, e))
		return false;
	so.btf = bo.btf = v->btf;
	so.btf_size = bo.btf_size = v->btf_size;
	so.snapshot = v->snapshot = open_snapshot(o);
	if (o->record)
		so.record = &v->replies;
	return session_run(&v->s, o->target, o->object, o->bytes, o->size, &so,
			   e) &&
	       blob_build(&v->s, &bo, o->bytes, o->size, &v->content, &v->size,
			  e);
}

void verified_free(struct verified *v)
{
	session_end(&v->s);
	snapshot_close(v->snapshot);
	transcript_free(&v->replies);
	free(v->own_btf);
	free(v->content);
	memset(v, 0, sizeof(*v));
}

void verified_sign_job(struct sign_job *job, const struct verified *v,
		       const struct verify_opts *o)
{
	*job = (struct sign_job){
		.target = o->target->name, .name = o->name,
		.require_native = o->require_native, .full_log = o->full_log,
		.xlated = o->xlated, .btf = v->btf, .btf_size = v->btf_size,
		.object = o->bytes, .object_size = o->size,
		.transcript = v->replies.p, .transcript_size = v->replies.n,
		.content = v->content, .content_size = v->size,
	};
}
