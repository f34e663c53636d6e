// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* json.c - writing JSON to stdout. */
#include "json.h"
#include "out.h"

/* Was something written at this depth already?  Depth needs no tracking: after
 * an opening bracket nothing was, after a closing one something was. */
static bool any;

static void quoted(const char *s)
{
	out_char('"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			out_char('\\');
		if (*s >= ' ' && *s <= '~')
			out_char(*s);
		else
			out("\\u%04x", (unsigned int)(unsigned char)*s);
	}
	out_char('"');
}

static void start(const char *key)
{
	if (any)
		out(", ");
	any = true;
	if (key) {
		quoted(key);
		out(": ");
	}
}

void json_open(const char *key, char bracket)
{
	start(key);
	out_char(bracket);
	any = false;
}

void json_close(char bracket)
{
	out_char(bracket);
	any = true;
}

void json_str(const char *key, const char *s)
{
	start(key);
	quoted(s);
}

void json_u64(const char *key, u64 v)
{
	start(key);
	out("%llu", (unsigned long long)v);
}

void json_bool(const char *key, bool v)
{
	start(key);
	out(v ? "true" : "false");
}

void json_hex(const char *key, const u8 *p, size_t n)
{
	start(key);
	out_char('"');
	for (; n; n--)
		out("%02x", *p++);
	out_char('"');
}

void json_end(void)
{
	out_char('\n');
	any = false;
}
