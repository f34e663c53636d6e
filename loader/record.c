// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* record.c - facts kept as the text of symbolic links. */
#include <unistd.h>
#include "out.h"
#include "record.h"

void record_init(struct record *r)
{
	r->len = 0;
	r->overflow = false;
	r->text[0] = '\0';
}

static void add_char(struct record *r, char c)
{
	if (r->len + 1 >= sizeof(r->text)) {
		r->overflow = true;
		return;
	}
	r->text[r->len++] = c;
	r->text[r->len] = '\0';
}

static void add_key(struct record *r, const char *key)
{
	if (r->len)
		add_char(r, ';');
	while (*key)
		add_char(r, *key++);
	add_char(r, '=');
}

static char hex_digit(unsigned int v)
{
	return "0123456789abcdef"[v & 15];
}

void record_str(struct record *r, const char *key, const char *value)
{
	size_t i;

	add_key(r, key);
	for (i = 0; value[i] && i < RECORD_VALUE; i++) {
		unsigned char c = value[i];

		if (c > ' ' && c <= '~' && c != '%' && c != ';') {
			add_char(r, c);
			continue;
		}
		add_char(r, '%');
		add_char(r, hex_digit(c >> 4));
		add_char(r, hex_digit(c));
	}
}

void record_u32(struct record *r, const char *key, u32 value)
{
	char buf[16];

	fmt_str(buf, sizeof(buf), "%u", value);
	record_str(r, key, buf);
}

void record_hex(struct record *r, const char *key, const u8 *p, size_t n)
{
	add_key(r, key);
	for (; n; n--, p++) {
		add_char(r, hex_digit(*p >> 4));
		add_char(r, hex_digit(*p));
	}
}

int record_write(int dirfd, const char *name, const struct record *r)
{
	if (r->overflow)
		return -ENAMETOOLONG;
	return symlinkat(r->text, dirfd, name) ? -errno : 0;
}

int record_read(int dirfd, const char *name, struct record *r)
{
	ssize_t n;

	record_init(r);
	n = readlinkat(dirfd, name, r->text, sizeof(r->text) - 1);
	if (n < 0)
		return -errno;
	r->len = n;
	r->text[n] = '\0';
	return 0;
}

static int unhex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* The start of key's value, NULL when there is none. */
static const char *find(const struct record *r, const char *key)
{
	size_t len = strlen(key);
	const char *p = r->text;

	while (p) {
		if (!strncmp(p, key, len) && p[len] == '=')
			return p + len + 1;
		p = strchr(p, ';');
		if (p)
			p++;
	}
	return NULL;
}

bool record_get(const struct record *r, const char *key, char *buf,
		size_t size)
{
	const char *p = find(r, key);
	size_t n = 0;

	buf[0] = '\0';
	if (!p)
		return false;
	while (*p && *p != ';' && n + 1 < size) {
		if (*p == '%' && unhex(p[1]) >= 0 && unhex(p[2]) >= 0) {
			buf[n++] = unhex(p[1]) << 4 | unhex(p[2]);
			p += 3;
		} else {
			buf[n++] = *p++;
		}
	}
	buf[n] = '\0';
	return true;
}

u32 record_get_u32(const struct record *r, const char *key)
{
	char buf[16];
	u32 v = 0;

	record_get(r, key, buf, sizeof(buf));
	return parse_u32(buf, &v) ? v : 0;
}
