// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* json.c - a small JSON writer; strings in it are treated as hostile. */
#include <inttypes.h>
#include <stdarg.h>
#include "json.h"

#define REPLACEMENT	0xfffdu

/*
 * One character of UTF-8 (RFC 3629: shortest form, no surrogates, at most
 * U+10FFFF) from n > 0 bytes.  A byte that begins none gives REPLACEMENT and
 * length 1.
 */
static u32 utf8_next(const u8 *p, size_t n, size_t *len)
{
	static const u32 least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	u32 c = p[0];
	size_t i, want;

	*len = 1;
	if (c < 0x80)
		return c;
	want = c >= 0xf8 ? 0 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 0;
	if (!want || want > n)
		return REPLACEMENT;
	c &= 0x7f >> want;
	for (i = 1; i < want; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return REPLACEMENT;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[want] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return REPLACEMENT;
	*len = want;
	return c;
}

/* Characters a terminal may obey instead of show. */
static bool must_escape(u32 c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) ||	/* C0, DEL, C1 */
	       c == 0x200e || c == 0x200f ||		/* LRM, RLM */
	       (c >= 0x2028 && c <= 0x202e) ||		/* separators, bidi */
	       (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

static void quoted(FILE *f, const u8 *p, size_t n)
{
	size_t len;
	u32 c;

	fputc('"', f);
	for (; n; p += len, n -= len) {
		c = utf8_next(p, n, &len);
		if (c == '"' || c == '\\')
			fprintf(f, "\\%c", (int)c);
		else if (c == '\n')
			fputs("\\n", f);
		else if (c == '\t')
			fputs("\\t", f);
		else if (must_escape(c))
			fprintf(f, "\\u%04" PRIx32, c);
		else if (c == REPLACEMENT)
			fputs("\xef\xbf\xbd", f);
		else
			fwrite(p, 1, len, f);
	}
	fputc('"', f);
}

static void indent(struct json *j)
{
	fprintf(j->f, "\n%*s", (int)j->depth * 2, "");
}

/* Comma, new line and key: what comes before a value. */
static void before(struct json *j, const char *key)
{
	if (j->any[j->depth - 1])
		fputc(',', j->f);
	j->any[j->depth - 1] = true;
	indent(j);
	if (key)
		fprintf(j->f, "\"%s\": ", key);
}

static void open_value(struct json *j, char open, char close)
{
	fputc(open, j->f);
	j->close[j->depth] = close;
	j->any[j->depth] = false;
	j->depth++;
}

void json_start(struct json *j, FILE *f)
{
	memset(j, 0, sizeof(*j));
	j->f = f;
	open_value(j, '{', '}');
}

void json_object(struct json *j, const char *key)
{
	before(j, key);
	open_value(j, '{', '}');
}

void json_array(struct json *j, const char *key)
{
	before(j, key);
	open_value(j, '[', ']');
}

void json_end(struct json *j)
{
	bool any = j->any[--j->depth];

	if (any)
		indent(j);
	fputc(j->close[j->depth], j->f);
}

void json_finish(struct json *j)
{
	while (j->depth)
		json_end(j);
	fputc('\n', j->f);
}

void json_strn(struct json *j, const char *key, const void *s, size_t n)
{
	before(j, key);
	quoted(j->f, s, n);
}

void json_str(struct json *j, const char *key, const char *s)
{
	if (s) {
		json_strn(j, key, s, strlen(s));
	} else {
		before(j, key);
		fputs("null", j->f);
	}
}

void json_strf(struct json *j, const char *key, const char *fmt, ...)
{
	char s[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s, sizeof(s), fmt, ap);
	va_end(ap);
	json_str(j, key, s);
}

void json_u64(struct json *j, const char *key, u64 v)
{
	before(j, key);
	fprintf(j->f, "%" PRIu64, v);
}

void json_i64(struct json *j, const char *key, int64_t v)
{
	before(j, key);
	fprintf(j->f, "%" PRId64, v);
}

void json_bool(struct json *j, const char *key, bool v)
{
	before(j, key);
	fputs(v ? "true" : "false", j->f);
}

void json_hex(struct json *j, const char *key, const u8 *p, size_t n)
{
	before(j, key);
	fputc('"', j->f);
	for (; n; n--)
		fprintf(j->f, "%02x", *p++);
	fputc('"', j->f);
}

void json_words(struct json *j, const char *key, const char *s)
{
	size_t n;

	json_array(j, key);
	while (*s == ' ') {
		n = strcspn(++s, " ");
		if (n != 1 || *s != '-')
			json_strn(j, NULL, s, n);
		s += n;
	}
	json_end(j);
}

const char *text_fit(char *buf, size_t cap, const char *s)
{
	size_t n = 0, keep = 0;
	char one[5];
	int len;

	for (; *s; s++) {
		u8 c = *s;

		len = snprintf(one, sizeof(one),
			       c < 0x20 || c > 0x7e ?
			       "\\x%02x" : "%c", c);
		if (n + len >= cap) {
			/* back to where "..", too, has room */
			snprintf(buf + keep, cap - keep, "..");
			return buf;
		}
		memcpy(buf + n, one, len);
		n += len;
		if (n + 2 < cap)
			keep = n;
	}
	buf[n] = 0;
	return buf;
}
