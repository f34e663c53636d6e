/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * json.h - writing JSON (RFC 8259) and making strings fit to be printed.
 *
 *	struct json j;
 *
 *	json_start(&j, stdout);			{
 *	json_str(&j, "name", name);		  "name": "…",
 *	json_array(&j, "maps");			  "maps": [
 *	json_u64(&j, NULL, 7);			    7
 *	json_end(&j);				  ]
 *	json_finish(&j);			}
 *
 * key is NULL inside an array.  Strings may be hostile: control characters,
 * characters that change the direction of text and broken UTF-8 never come
 * out as themselves.  Keys are ours and written as they are.  Whether all of
 * it reached the file is ferror()'s to say.
 */
#ifndef VORW_JSON_H
#define VORW_JSON_H

#include <stdio.h>
#include "vorw_types.h"

#define JSON_MAX_DEPTH	16

/* libjansson, which the service links beside this, has these names, too, and
 * would call ours. */
#define json_object	vorw_json_object
#define json_array	vorw_json_array

struct json {
	FILE *f;
	unsigned depth;
	char close[JSON_MAX_DEPTH];	/* ']' or '}' */
	bool any[JSON_MAX_DEPTH];	/* something written at this depth */
};

/* Begin and end the outermost object; json_finish() closes all that is open
 * and ends the line. */
void json_start(struct json *j, FILE *f);
void json_finish(struct json *j);

void json_object(struct json *j, const char *key);
void json_array(struct json *j, const char *key);
void json_end(struct json *j);

void json_str(struct json *j, const char *key, const char *s);	/* NULL: null */
void json_strn(struct json *j, const char *key, const void *s, size_t n);
void json_strf(struct json *j, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));		/* below 1024 bytes */
void json_u64(struct json *j, const char *key, u64 v);
void json_i64(struct json *j, const char *key, int64_t v);
void json_bool(struct json *j, const char *key, bool v);
/* " a b" (as names.h writes bits; " -" is none) as ["a", "b"] */
void json_words(struct json *j, const char *key, const char *s);
void json_hex(struct json *j, const char *key, const u8 *p, size_t n);

/*
 * Fit s into cap - 1 columns of buf for people's eyes: printable ASCII stays,
 * every other byte becomes \xNN, what is too long ends in "..".  The backslash
 * stays, too: names of signers come with escapes of their own.  Returns buf.
 */
const char *text_fit(char *buf, size_t cap, const char *s);

#endif
