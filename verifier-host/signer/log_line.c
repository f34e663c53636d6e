// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* log_line.c - a line of the signing log: written, read. */
#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <mbedtls/sha256.h>
#include "log_line.h"

enum kind { NUMBER, TEXT, HASH, HEX };

#define IN_SIGN		(1 << LOG_SIGN)
#define IN_REPAIR	(1 << LOG_REPAIR)
#define IN_ALL		(IN_SIGN | IN_REPAIR)

#define F(field) #field, offsetof(struct log_line, field), \
		 sizeof(((struct log_line *)0)->field)

/* All but "what", which stands behind "time". */
static const struct field {
	const char *key;
	size_t at, size;
	enum kind kind;
	int in;
} fields[] = {
	{ F(seq), NUMBER, IN_ALL },
	{ F(time), TEXT, IN_ALL },
	{ F(content), HASH, IN_SIGN },
	{ F(blob), HASH, IN_SIGN },
	{ F(object), HASH, IN_SIGN },
	{ F(transcript), HASH, IN_SIGN },
	{ F(target), TEXT, IN_SIGN },
	{ F(build_id), HEX, IN_SIGN },
	{ F(name), TEXT, IN_SIGN },
	{ F(job), TEXT, IN_SIGN },
	{ F(token), TEXT, IN_SIGN },
	{ F(uid), NUMBER, IN_SIGN },
	{ F(cert), HASH, IN_SIGN },
	{ F(dropped), NUMBER, IN_REPAIR },
	{ F(sha256), HASH, IN_REPAIR },
	{ F(prev), HASH, IN_ALL },
};
#define NFIELDS	(sizeof(fields) / sizeof(fields[0]))
#define WHAT_AT	2

static const char *const what_names[] = {
	[LOG_SIGN] = "sign", [LOG_REPAIR] = "repair",
};

void log_hex(const u8 digest[32], char to[65])
{
	int i;

	for (i = 0; i < 32; i++)
		sprintf(to + 2 * i, "%02x", digest[i]);
}

void log_hash(const void *p, size_t n, char to[65])
{
	u8 digest[32];

	memset(digest, 0, sizeof(digest));
	mbedtls_sha256_ret(p, n, digest, 0);
	log_hex(digest, to);
}

size_t log_line_format(const struct log_line *l, char buf[LOG_LINE_MAX])
{
	size_t n = 0, i;

	for (i = 0; i < NFIELDS; i++) {
		const struct field *f = &fields[i];
		const char *p = (const char *)l + f->at;

		if (i == WHAT_AT)
			n += sprintf(buf + n, ",\"what\":\"%s\"",
				     what_names[l->what]);
		if (!(f->in & 1 << l->what))
			continue;
		n += sprintf(buf + n, "%c\"%s\":", n ? ',' : '{', f->key);
		if (f->kind == NUMBER)
			n += sprintf(buf + n, "%llu",
				     (unsigned long long)*(const u64 *)p);
		else
			n += sprintf(buf + n, "\"%s\"", p);
	}
	buf[n++] = '}';
	return n;
}

/* the longest line fits: keys, quotes and numbers take less than 400 */
static_assert(sizeof(struct log_line) + 400 < LOG_LINE_MAX, "line too long");

static bool skip(const char **p, const char *end, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(end - *p) < n || memcmp(*p, word, n))
		return false;
	*p += n;
	return true;
}

static bool read_number(const char **p, const char *end, u64 *to)
{
	const char *start = *p;

	for (*to = 0; *p < end && **p >= '0' && **p <= '9'; ++*p) {
		if (*to > (~0ull - 9) / 10)
			return false;
		*to = *to * 10 + (**p - '0');
	}
	return *p > start;
}

static bool read_text(const char **p, const char *end, char *to, size_t size)
{
	const char *quote = *p < end ? memchr(*p + 1, '"', end - *p - 1) : NULL;
	size_t n;

	if (!quote || **p != '"')
		return false;
	n = quote - *p - 1;
	if (n >= size)
		return false;
	memcpy(to, *p + 1, n);
	to[n] = 0;
	*p = quote + 1;
	return strlen(to) == n;
}

static bool is_hex(const char *s)
{
	return !s[strspn(s, "0123456789abcdef")];
}

static bool is_time(const char *s)
{
	static const char form[] = "dddd-dd-ddTdd:dd:ddZ";
	size_t i;

	for (i = 0; form[i]; i++)
		if (form[i] == 'd' ? s[i] < '0' || s[i] > '9' :
		    s[i] != form[i])
			return false;
	return !s[i];
}

static bool text_fits(const struct field *f, const char *s)
{
	switch (f->kind) {
	case HASH:
		return strlen(s) == 64 && is_hex(s);
	case HEX:
		return is_hex(s);
	default:
		return !strcmp(f->key, "time") ? is_time(s) :
		       !s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz"
				    "0123456789._:-")];
	}
}

static bool read_what(const char **p, const char *end, enum log_what *what)
{
	char name[16];
	size_t i;

	if (!skip(p, end, ",\"what\":") ||
	    !read_text(p, end, name, sizeof(name)))
		return false;
	for (i = 0; i < sizeof(what_names) / sizeof(what_names[0]); i++)
		if (!strcmp(name, what_names[i])) {
			*what = i;
			return true;
		}
	return false;
}

static bool read_field(const struct field *f, const char **p, const char *end,
		       struct log_line *l)
{
	char *to = (char *)l + f->at;

	if (!skip(p, end, f == fields ? "{\"" : ",\"") ||
	    !skip(p, end, f->key) || !skip(p, end, "\":"))
		return false;
	if (f->kind == NUMBER)
		return read_number(p, end, (u64 *)to);
	return read_text(p, end, to, f->size) && text_fits(f, to);
}

bool log_line_parse(struct log_line *l, const char *text, size_t n)
{
	const char *p = text, *end = text + n;
	char again[LOG_LINE_MAX];
	size_t i;

	memset(l, 0, sizeof(*l));
	for (i = 0; i < NFIELDS; i++) {
		if (i == WHAT_AT && !read_what(&p, end, &l->what))
			return false;
		/* seq and time come in all, before what is known */
		if (fields[i].in & 1 << l->what &&
		    !read_field(&fields[i], &p, end, l))
			return false;
	}
	/* "007" is a number, too: one line has one way to be written */
	return log_line_format(l, again) == n && !memcmp(again, text, n);
}
