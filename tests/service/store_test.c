// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* store_test.c - jobs for the tests of the store. */
#include <stdio.h>
#include <string.h>
#include "store_test.h"
#include "unit/tap.h"

const char *where;
struct store *s;

const char *hex_id(unsigned n)
{
	static char id[4][STORE_ID_LEN + 1];
	static unsigned k;

	k = (k + 1) % 4;
	snprintf(id[k], sizeof(id[k]), "%064x", n);
	return id[k];
}

bool submit(unsigned id, const char *token,
		   const struct store_limits *lim, struct job *j, bool *is_new,
		   struct vorw_err *e)
{
	static const struct store_limits none = { 0 };
	const struct store_new n = {
		.id = hex_id(id), .target = "armv7", .identity = "i",
		.options = "{}", .token = token, .object = hex_id(id % 7),
		.bytes = (const u8 *)"a\0b", .size = 3,
	};

	memset(e, 0, sizeof(*e));
	return store_submit(s, &n, lim ? lim : &none, j, is_new, e);
}

bool claim(const char *worker, struct job *j, bool *any)
{
	struct vorw_err e = { 0 };

	if (store_claim(s, worker, LEASE, NULL, j, any, &e))
		return true;
	diag("%s", e.msg);
	return false;
}

bool finish(const char *id, int64_t fence, enum vorw_reason reason,
		   bool again, bool *mine)
{
	const struct store_result r = {
		.reason = reason, .again = again, .message = "m", .log = "l",
		.report = "{}", .text = "t\n", .blob = hex_id(77),
		.content = hex_id(78), .bytes = (const u8 *)"\0blob", .size = 5,
	};
	struct vorw_err e = { 0 };

	if (store_finish(s, id, fence, &r, mine, &e))
		return true;
	diag("%s", e.msg);
	return false;
}

bool state_is(const char *id, const char *state)
{
	struct vorw_err e = { 0 };
	struct job j;
	bool yes;

	if (!store_job(s, id, &j, &e)) {
		diag("%s", e.msg);
		return false;
	}
	yes = !strcmp(j.state, state);
	if (!yes)
		diag("state %s, wanted %s", j.state, state);
	job_free(&j);
	return yes;
}

struct store_new new_job(unsigned id)
{
	static char ids[4][STORE_ID_LEN + 1];
	char *to = ids[id % 4];

	strcpy(to, hex_id(id));
	return (struct store_new){
		.id = to, .target = "armv7", .identity = "i",
		.options = "{}", .token = "together", .object = to,
		.bytes = (const u8 *)"xyz", .size = 3,
	};
}
