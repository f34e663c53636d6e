// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* cmd_log.c - `vorw log`: is a signer's log whole, and what stands in it? */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cmd.h"
#include "file_io.h"
#include "json.h"
#include "signer/log_chain.h"
#include "vorw_parse.h"

static const char usage_text[] =
"usage: vorw log verify LOG [--head HASH] [--blob BLOB] [--json]\n"
"\n"
"Check that no line of a signer's log was changed, removed, added or moved: each\n"
"has its number and the hash of the one before.\n"
"\n"
"  --head HASH   this line has to be in it: the last one of an earlier check,\n"
"                or the one that came with a signature.  Without it, lines may\n"
"                have been removed at the end, or all of it written anew\n"
"  --blob BLOB   this blob has to be in it\n"
"  --json        answer as JSON\n"
"\n"
"Exit status: 0 whole, 1 it is not, or something is missing, 2 usage.\n";

struct args {
	const char *log, *head, *blob;
	bool json;
};

struct search {
	const char *head;	/* or NULL */
	char blob[65];		/* SHA-256, or "" */
	u64 head_seq, blob_seq;	/* 0: not found */
	u64 signatures, repairs;
	char last[24];
};

static bool each(const struct log_line *l, const char *hash, void *arg,
		 struct vorw_err *e)
{
	struct search *s = arg;

	if (l->what == LOG_SIGN)
		s->signatures++;
	else
		s->repairs++;
	if (s->head && !strcmp(hash, s->head))
		s->head_seq = l->seq;
	if (l->what == LOG_SIGN && s->blob[0] && !s->blob_seq &&
	    !strcmp(l->blob, s->blob))
		s->blob_seq = l->seq;
	strcpy(s->last, l->time);
	return true;
}

static bool read_blob(const char *path, struct search *s, struct vorw_err *e)
{
	size_t n;
	u8 *p;

	if (!path)
		return true;
	if (!file_read(path, VORW_MAX_BLOB, &p, &n, e))
		return false;
	/* its signature may be older than this program: no more is looked at */
	if (n < VORW_MAGIC_LEN || memcmp(p, VORW_MAGIC, VORW_MAGIC_LEN)) {
		free(p);
		return vorw_fail(e, VORW_R_BAD_MAGIC, "%s: %s", path,
				 vorw_reason_text(VORW_R_BAD_MAGIC));
	}
	log_hash(p, n, s->blob);
	free(p);
	return true;
}

/* The head of a log without a line, log_state.head: each log began so. */
static bool is_start(const char *head)
{
	return !head[strspn(head, "0")];
}

static bool check(const struct args *a, struct search *s, struct log_state *st,
		  struct vorw_err *e)
{
	bool ok;
	int fd;

	if (!read_blob(a->blob, s, e))
		return false;
	fd = open(a->log, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return vorw_fail(e, VORW_R_IO, "%s: %s", a->log,
				 strerror(errno));
	ok = log_read(fd, a->log, each, s, st, e);
	close(fd);
	if (ok && a->head && !s->head_seq && !is_start(a->head))
		ok = vorw_fail(e, VORW_R_LOG,
			       "%s: no line has the hash %s: lines were removed, or this is another log",
			       a->log, a->head);
	if (ok && a->blob && !s->blob_seq)
		ok = vorw_fail(e, VORW_R_NOT_FOUND,
			       "%s: whole, and no line is about %s", a->log,
			       a->blob);
	return ok;
}

static void print_text(const struct args *a, const struct search *s,
		       const struct log_state *st)
{
	char buf[1024];

	printf("%s: whole\n", text_fit(buf, sizeof(buf), a->log));
	printf("lines       %llu: %llu signatures, %llu repairs\n",
	       (unsigned long long)st->lines, (unsigned long long)s->signatures,
	       (unsigned long long)s->repairs);
	if (st->lines)
		printf("last        %s\n", s->last);
	printf("head        %s\n", st->head);
	if (a->head)
		printf("given head  line %llu\n",
		       (unsigned long long)s->head_seq);
	if (s->blob_seq)
		printf("blob        line %llu\n",
		       (unsigned long long)s->blob_seq);
	if (st->torn)
		printf("note        %llu bytes of a line that is not finished\n",
		       (unsigned long long)st->torn);
}

static void print_json(const struct args *a, const struct search *s,
		       const struct log_state *st)
{
	struct json j;

	json_start(&j, stdout);
	json_bool(&j, "ok", true);
	json_str(&j, "log", a->log);
	json_u64(&j, "lines", st->lines);
	json_u64(&j, "signatures", s->signatures);
	json_u64(&j, "repairs", s->repairs);
	json_str(&j, "head", st->head);
	if (a->head)
		json_u64(&j, "given_head_line", s->head_seq);
	if (s->blob_seq)
		json_u64(&j, "blob_line", s->blob_seq);
	json_u64(&j, "unfinished_bytes", st->torn);
	json_finish(&j);
}

static int cmd_log_verify(int argc, char **argv)
{
	struct args a = { 0 };
	const struct cmd_option options[] = {
		{ "head", .text = &a.head },
		{ "blob", .text = &a.blob },
		{ "json", .flag = &a.json },
	};
	const struct cmd_syntax syntax = {
		"log verify", usage_text, "log", options,
		sizeof(options) / sizeof(options[0])
	};
	struct log_state st = { 0 };
	struct search s = { 0 };
	struct vorw_err e = { 0 };
	int rc = cmd_parse(argc, argv, &syntax, &a.log);

	if (rc >= 0)
		return rc;
	s.head = a.head;
	if (a.head && (strlen(a.head) != 64 ||
		       a.head[strspn(a.head, "0123456789abcdef")]))
		return cmd_usage_error("log verify", "--head '%s': 64 digits 0-9a-f",
				       a.head);
	if (!check(&a, &s, &st, &e))
		return a.json ? cmd_end_json(&e) : cmd_end(&e);
	if (a.json)
		print_json(&a, &s, &st);
	else
		print_text(&a, &s, &st);
	return CMD_OK;
}

int cmd_log(int argc, char **argv)
{
	if (argc < 2)
		return cmd_usage_error("log", "a command is needed: verify");
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		fputs(usage_text, stdout);
		return CMD_OK;
	}
	if (strcmp(argv[1], "verify"))
		return cmd_usage_error("log", "no command '%s'", argv[1]);
	return cmd_log_verify(argc - 1, argv + 1);
}
