// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* cmd_token.c - `vorw token`: who may ask the service for what. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "cmd.h"
#include "digest.h"
#include "json.h"
#include "service.h"
#include "store.h"

static const char usage_text[] =
"usage: vorw token add --name NAME [--scope SCOPE]... [OPTION]...\n"
"       vorw token list [--json] [OPTION]...\n"
"       vorw token revoke ID [OPTION]...\n"
"\n"
"Tokens of a verification service.  The service keeps a digest only: what\n"
"`add` prints is not shown again.\n"
"\n"
"      --name NAME        what it is for\n"
"      --scope SCOPE      submit, read or admin; default: submit\n"
"      --per-minute N     new jobs in a minute; default: no limit\n"
"      --max-queued N     jobs that wait or run at a time\n"
"      --max-bytes N      size of an object\n"
"      --state DIR        the service's directory (`vorw serve`)\n"
"      --store STORE      its database, if that is elsewhere\n"
"  -j, --json             answer in JSON\n"
"\n"
"Exit status: 0 done, 1 failed, 2 usage.\n";

struct args {
	const char *name, *minute, *queued, *bytes, *state, *store;
	const char *scope[4];
	struct cmd_texts scopes;
	bool json;
};

/* 0: no such scope */
static unsigned scope_bits(const struct args *a)
{
	unsigned bits = 0, bit;
	size_t i;

	for (i = 0; i < a->scopes.n; i++) {
		for (bit = 1; scope_name(bit); bit <<= 1)
			if (!strcmp(a->scope[i], scope_name(bit)))
				break;
		if (!scope_name(bit))
			return 0;
		bits |= bit;
	}
	return bits ? bits : SCOPE_SUBMIT;
}

static bool number(const char *text, int64_t *n)
{
	char *end;

	if (!text)
		return true;
	errno = 0;
	*n = strtoll(text, &end, 10);
	return *text && !*end && !errno && *n > 0;
}

static void random_hex(char *to, size_t bytes, struct vorw_err *e)
{
	u8 raw[32];
	size_t i;

	if (getrandom(raw, bytes, 0) != (ssize_t)bytes)
		vorw_fail(e, VORW_R_IO, "no random numbers: %s",
			  strerror(errno));
	for (i = 0; i < bytes; i++)
		snprintf(to + 2 * i, 3, "%02x", raw[i]);
}

static bool add(struct store *s, const struct args *a, struct store_token *t,
		struct vorw_err *e)
{
	char secret[80] = "vorw_", hash[DIGEST_HEX];
	struct json j;

	snprintf(t->name, sizeof(t->name), "%s", a->name);
	random_hex(t->id, 4, e);
	random_hex(secret + 5, 32, e);
	if (e->reason != VORW_R_OK)
		return false;
	digest_hex(secret, strlen(secret), hash);
	if (!store_token_add(s, t, hash, e))
		return false;
	if (a->json) {
		json_start(&j, stdout);
		json_str(&j, "id", t->id);
		json_str(&j, "token", secret);
		json_finish(&j);
	} else {
		puts(secret);
		fprintf(stderr, "vorw: token %s; it is not shown again\n",
			t->id);
	}
	return true;
}

static void show_time(char to[24], int64_t ms)
{
	time_t t = ms / 1000;
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(to, 24, "%Y-%m-%d %H:%M", &tm);
}

/* A line of those that it has. */
static void show_quotas(const struct store_token *t)
{
	const struct { const char *what; int64_t n; } quotas[] = {
		{ "jobs a minute", t->per_minute },
		{ "jobs at a time", t->max_queued },
		{ "bytes an object", t->max_bytes },
	};
	const char *sep = "          at most ";
	size_t i;

	for (i = 0; i < sizeof(quotas) / sizeof(quotas[0]); i++) {
		if (!quotas[i].n)
			continue;
		printf("%s%lld %s", sep, (long long)quotas[i].n,
		       quotas[i].what);
		sep = ", ";
	}
	if (*sep == ',')
		putchar('\n');
}

static bool list(struct store *s, const struct args *a, struct vorw_err *e)
{
	struct store_token *t;
	char when[24], name[32];
	struct json j;
	unsigned bit;
	size_t n, i;

	if (!store_token_list(s, &t, &n, e))
		return false;
	if (a->json) {
		json_start(&j, stdout);
		json_array(&j, "tokens");
	}
	for (i = 0; i < n; i++) {
		if (a->json) {
			json_object(&j, NULL);
			json_str(&j, "id", t[i].id);
			json_str(&j, "name", t[i].name);
			json_array(&j, "scopes");
			for (bit = 1; scope_name(bit); bit <<= 1)
				if (t[i].scopes & bit)
					json_str(&j, NULL, scope_name(bit));
			json_end(&j);
			json_u64(&j, "per_minute", t[i].per_minute);
			json_u64(&j, "max_queued", t[i].max_queued);
			json_u64(&j, "max_bytes", t[i].max_bytes);
			json_bool(&j, "revoked", t[i].revoked != 0);
			json_end(&j);
			continue;
		}
		show_time(when, t[i].created);
		printf("%-8s  %s  %-7s ", t[i].id, when,
		       t[i].revoked ? "revoked" : "valid");
		for (bit = 1; scope_name(bit); bit <<= 1)
			if (t[i].scopes & bit)
				printf(" %s", scope_name(bit));
		printf("  %s\n", text_fit(name, sizeof(name), t[i].name));
		show_quotas(&t[i]);
	}
	if (a->json)
		json_finish(&j);
	free(t);
	return true;
}

/* Its file is not there, or has been made for it (deploy/systemd/vorw.tmpfiles)
 * and is empty: perhaps the service's store is another. */
static bool is_unused(const char *where)
{
	struct stat st;

	if (strstr(where, "://"))
		return false;
	if (stat(where, &st))
		return true;
	errno = ENODATA;
	return !st.st_size;
}

static int run(const char *verb, const char *id, const struct args *a,
	       struct store_token *t)
{
	struct vorw_err e = { 0 };
	struct store *s = NULL;
	char *where = store_where(a->store, a->state, &e);
	bool is_new = where && is_unused(where);

	/* `add` may come before the service */
	if (is_new && strcmp(verb, "add"))
		vorw_fail(&e, VORW_R_STORE, "%s: %s", where, strerror(errno));
	if (where && e.reason == VORW_R_OK && store_open(&s, where, &e)) {
		if (!strcmp(verb, "add")) {
			if (add(s, a, t, &e) && is_new)
				fprintf(stderr, "vorw: note: %s is new: no service has used it\n",
					where);
		} else if (!strcmp(verb, "list")) {
			list(s, a, &e);
		} else {
			store_token_revoke(s, id, &e);
		}
	}
	store_close(s);
	free(where);
	return cmd_end(&e);
}

int cmd_token(int argc, char **argv)
{
	struct args a = { 0 };
	const struct cmd_option options[] = {
		{ "name", .text = &a.name },
		{ "scope", .texts = &a.scopes },
		{ "per-minute", .text = &a.minute },
		{ "max-queued", .text = &a.queued },
		{ "max-bytes", .text = &a.bytes },
		{ "state", .text = &a.state },
		{ "store", .text = &a.store },
		{ "json", 'j', .flag = &a.json },
	};
	struct cmd_syntax syntax = {
		"token", usage_text, NULL, options,
		sizeof(options) / sizeof(options[0])
	};
	const char *verb = argc > 1 ? argv[1] : "", *id = NULL;
	struct store_token t = { 0 };
	int rc;

	a.scopes = (struct cmd_texts){ a.scope, 0, 4 };
	if (!strcmp(verb, "revoke"))
		syntax.operand = "token id";
	else if (strcmp(verb, "add") && strcmp(verb, "list") &&
		 strcmp(verb, "--help") && strcmp(verb, "-h"))
		return cmd_usage_error("token", "add, list or revoke is needed");
	if (verb[0] != '-') {
		argc--;
		argv++;
	}
	rc = cmd_parse(argc, argv, &syntax, &id);
	if (rc >= 0)
		return rc;
	t.scopes = scope_bits(&a);
	if (!strcmp(verb, "add") && (!a.name || strlen(a.name) >= sizeof(t.name)))
		return cmd_usage_error("token", "--name is needed, of at most %zu bytes",
				       sizeof(t.name) - 1);
	if (!t.scopes)
		return cmd_usage_error("token", "--scope is submit, read or admin");
	if (!number(a.minute, &t.per_minute) ||
	    !number(a.queued, &t.max_queued) || !number(a.bytes, &t.max_bytes))
		return cmd_usage_error("token", "a quota is a number above 0");
	return run(verb, id, &a, &t);
}
