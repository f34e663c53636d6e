// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * t_signing.c - sign_request() with a check's result that is a lie, as from a
 * checking process that was taken over.
 *
 *	t_signing REQUEST KEY CERT LOG
 *
 * REQUEST: of `forge record`, good evidence.  LOG is made.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "file_io.h"
#include "signer/serve_int.h"
#include "tests/unit/tap.h"

static struct serve s;
static struct client c;
static struct check_result honest;

/* A client's request, and what an honest check says of it. */
static void begin(const char *file)
{
	const int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW |
			  F_SEAL_WRITE;
	struct sign_request all;
	struct vorw_err e = { 0 };
	size_t n;
	u8 *p;

	c.request = memfd_create("request", MFD_ALLOW_SEALING);
	if (!file_read(file, 64u << 20, &p, &n, &e) ||
	    fd_write(c.request, p, n) ||
	    fcntl(c.request, F_ADD_SEALS, seals) ||
	    !sign_request_parse(&all, (struct bytes){ p, n }, n, &e))
		exit(2);
	log_hash(all.job.content, all.job.content_size, honest.content);
	log_hash(all.job.object, all.job.object_size, honest.object);
	log_hash(all.job.transcript, all.job.transcript_size,
		 honest.transcript);
	free(p);
}

static enum vorw_reason try(const struct check_result *r)
{
	struct signed_content out;
	struct vorw_err e = { 0 };
	bool done = sign_request(&s, &c, r, &out, &e);

	/* nothing that a client could be given */
	if (!done && out.entry.seq)
		e.reason = VORW_R_OK;
	free(out.der);
	return e.reason;
}

static void lies(void)
{
	static const struct {
		const char *what;
		size_t at;
		char c;
	} changes[] = {
		{ "another content", offsetof(struct check_result, content), 0 },
		{ "another object", offsetof(struct check_result, object) + 63, 0 },
		{ "another transcript",
			offsetof(struct check_result, transcript) + 5, 0 },
		{ "a quote", offsetof(struct check_result, transcript), '"' },
		{ "a newline",
			offsetof(struct check_result, transcript) + 63, '\n' },
		{ "no end", offsetof(struct check_result, transcript) + 64,
			'0' },
	};
	const struct check_result nothing = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_LEN(changes); i++) {
		struct check_result r = honest;
		char *p = (char *)&r + changes[i].at;

		*p = changes[i].c ? changes[i].c : *p ^ 1;
		is(try(&r), VORW_R_INTERNAL, "a check of %s: refused",
		   changes[i].what);
	}
	is(try(&nothing), VORW_R_INTERNAL, "a check of nothing: refused");
	is(s.log.s.lines, 0, "none left a line");
}

int main(int argc, char **argv)
{
	const struct check_result nothing = { 0 };
	struct vorw_err e = { 0 };

	if (argc != 5 || !sign_key_load(&s.key, argv[2], argv[3], &e))
		return 2;
	log_hash(s.key.cert.v.der, s.key.cert.v.der_size, s.cert);
	if (!sign_log_open(&s.log, argv[4], s.cert, &e))
		return 2;
	begin(argv[1]);
	if (!ok(sign_prepare(&c, &e), "the request is one: %s", e.msg))
		return tap_done();
	ok(!sign_is_known(&s, &c), "its content is not known");
	lies();
	is(try(&honest), VORW_R_OK, "an honest check: signed");
	ok(sign_is_known(&s, &c), "now it is known");
	is(try(&nothing), VORW_R_OK, "and signed again without a check");
	is(s.log.s.lines, 1, "with the one line");

	/* the target's kernel was replaced meanwhile */
	c.build_id[0] ^= 1;
	ok(!sign_is_known(&s, &c), "for another kernel it is not known");
	is(try(&nothing), VORW_R_INTERNAL, "and not signed without a check");

	/* what a log alone says */
	sign_log_close(&s.log);
	if (!sign_log_open(&s.log, argv[4], s.cert, &e))
		return 2;
	c.build_id[0] ^= 1;
	ok(sign_log_find(&s.log, c.content), "the log is opened anew");
	is(try(&nothing), VORW_R_INTERNAL, "what it has is not signed for that");
	is(try(&honest), VORW_R_OK, "but after a check");
	is(s.log.s.lines, 1, "which adds no line");
	sign_log_close(&s.log);
	sign_key_free(&s.key);
	close(c.request);
	return tap_done();
}
