// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* out.c - output without stdio: formatter, buffered stdout, error messages. */
#include <unistd.h>
#include "err.h"
#include "out.h"

struct sink {
	char *buf;
	size_t size, len;
};

static void put(struct sink *s, char c)
{
	if (s->len + 1 < s->size)
		s->buf[s->len] = c;
	s->len++;
}

static void put_padded(struct sink *s, const char *text, size_t len,
		       size_t width, bool left, char pad)
{
	size_t i;

	for (i = len; !left && i < width; i++)
		put(s, pad);
	for (i = 0; i < len; i++)
		put(s, text[i]);
	for (; left && i < width; i++)
		put(s, ' ');
}

/* Divide *v by base and return the rest, bit by bit: libgcc's 64-bit division
 * would be a thirtieth of the program. */
static unsigned int divide(unsigned long long *v, unsigned int base)
{
	unsigned long long quotient = 0;
	unsigned int bit, rest = 0;

	for (bit = 64; bit--;) {
		rest = rest << 1 | (*v >> bit & 1);
		quotient <<= 1;
		if (rest >= base) {
			rest -= base;
			quotient |= 1;
		}
	}
	*v = quotient;
	return rest;
}

/* Digits of v, backwards from end; returns the first. */
static char *digits(char *end, unsigned long long v, unsigned int base)
{
	do
		*--end = "0123456789abcdef"[divide(&v, base)];
	while (v);
	return end;
}

size_t fmt_args(char *buf, size_t size, const char *fmt, va_list args)
{
	struct sink s = { buf, size, 0 };
	char tmp[24], *end = tmp + sizeof(tmp), *p;
	unsigned long long v;
	unsigned int longs;
	size_t width;
	bool left, neg;
	const char *str;
	char pad;

	for (; *fmt; fmt++) {
		if (*fmt != '%') {
			put(&s, *fmt);
			continue;
		}
		fmt++;
		left = *fmt == '-';
		fmt += left;
		pad = *fmt == '0' ? '0' : ' ';
		width = 0;
		if (*fmt == '*') {
			width = va_arg(args, int);
			fmt++;
		}
		while (*fmt >= '0' && *fmt <= '9')
			width = width * 10 + *fmt++ - '0';
		for (longs = 0; *fmt == 'l'; longs++)
			fmt++;

		switch (*fmt) {
		case 's':
			str = va_arg(args, const char *);
			put_padded(&s, str, strlen(str), width, left, ' ');
			break;
		case 'c':
			tmp[0] = va_arg(args, int);
			put_padded(&s, tmp, 1, width, left, ' ');
			break;
		case 'd':
		case 'u':
		case 'x':
			v = longs > 1 ? va_arg(args, unsigned long long) :
			    longs ? va_arg(args, unsigned long) :
				    va_arg(args, unsigned int);
			if (*fmt == 'd' && longs < 2)
				v = (long long)(int)v;
			neg = *fmt == 'd' && (long long)v < 0;
			p = digits(end, neg ? -v : v, *fmt == 'x' ? 16 : 10);
			if (neg)
				*--p = '-';
			put_padded(&s, p, end - p, width, left, pad);
			break;
		default:
			put(&s, *fmt);
			fmt -= !*fmt;
		}
	}
	buf[s.len < size ? s.len : size - 1] = '\0';
	return s.len;
}

size_t fmt_str(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	size_t len;

	va_start(args, fmt);
	len = fmt_args(buf, size, fmt, args);
	va_end(args);
	return len;
}

static bool write_all(int fd, const char *p, size_t len)
{
	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		len -= n;
	}
	return true;
}

static char out_buf[4096];
static size_t out_len;
static bool out_failed;

bool out_flush(void)
{
	if (out_len && !write_all(STDOUT_FILENO, out_buf, out_len))
		out_failed = true;
	out_len = 0;
	return !out_failed;
}

void out_char(char c)
{
	if (out_len == sizeof(out_buf))
		out_flush();
	out_buf[out_len++] = c;
}

void out_text(const char *s)
{
	while (*s)
		out_char(*s++);
}

void out(const char *fmt, ...)
{
	char buf[1024];
	va_list args;

	va_start(args, fmt);
	fmt_args(buf, sizeof(buf), fmt, args);
	va_end(args);
	out_text(buf);
}

void note(const char *fmt, ...)
{
	char buf[1024] = "vorw: ";
	size_t len = strlen(buf);
	va_list args;

	va_start(args, fmt);
	fmt_args(buf + len, sizeof(buf) - len - 1, fmt, args);
	va_end(args);
	len = strlen(buf);
	buf[len++] = '\n';
	buf[len] = '\0';
	note_text(buf);
}

void note_text(const char *s)
{
	out_flush();
	write_all(STDERR_FILENO, s, strlen(s));
}

const char *clean(const char *s, size_t max)
{
	static char bufs[4][320];
	static unsigned int next;
	char *buf = bufs[next++ % 4];
	size_t i;

	if (max > sizeof(bufs[0]) - 1)
		max = sizeof(bufs[0]) - 1;
	for (i = 0; s[i] && i < max; i++)
		buf[i] = s[i] >= ' ' && s[i] <= '~' ? s[i] : '?';
	if (s[i] && max >= 2)
		buf[max - 2] = buf[max - 1] = '.';
	buf[i] = '\0';
	return buf;
}

bool parse_u32(const char *s, u32 *v)
{
	u32 base = 10, d;
	u64 n = 0;

	if (s[0] == '0' && s[1] == 'x') {
		base = 16;
		s += 2;
	}
	if (!*s)
		return false;
	for (; *s; s++) {
		if (*s >= '0' && *s <= '9')
			d = *s - '0';
		else if (base == 16 && *s >= 'a' && *s <= 'f')
			d = *s - 'a' + 10;
		else
			return false;
		n = n * base + d;
		if (n > UINT32_MAX)
			return false;
	}
	*v = n;
	return true;
}

bool fail(struct err *e, enum vorw_reason r, const char *fmt, ...)
{
	va_list args;
	char *p;

	if (e->reason)
		return false;
	e->reason = r;
	va_start(args, fmt);
	fmt_args(e->msg, sizeof(e->msg), fmt, args);
	va_end(args);
	for (p = e->msg; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	return false;
}

/* The kernel's own "not supported", which user space should never see. */
#define KERNEL_ENOTSUPP	524

/* libc's list is three times as long.  A number, then its text; the order is
 * of no importance. */
static const char errors[] =
	"\001" "Operation not permitted\0"
	"\002" "No such file or directory\0"
	"\004" "Interrupted\0"
	"\005" "I/O error\0"
	"\006" "No such device or address\0"
	"\007" "Argument list too long\0"
	"\011" "Bad file descriptor\0"
	"\013" "Try again\0"
	"\014" "Out of memory\0"
	"\015" "Permission denied\0"
	"\016" "Bad address\0"
	"\020" "Busy\0"
	"\021" "Exists already\0"
	"\023" "No such device\0"
	"\024" "Not a directory\0"
	"\025" "Is a directory\0"
	"\026" "Invalid argument\0"
	"\030" "Too many open files\0"
	"\034" "No space left\0"
	"\036" "Read-only file system\0"
	"\042" "Out of range\0"
	"\044" "Name too long\0"
	"\046" "Not implemented in this kernel\0"
	"\047" "Directory not empty\0"
	"\050" "Too many symbolic links\0"
	"\137" "Operation not supported\0";

const char *err_text(int err)
{
	static char unknown[20];
	const char *p;

	if (err < 0)
		err = -err;
	if (err == KERNEL_ENOTSUPP)
		err = EOPNOTSUPP;
	for (p = errors; *p; p += strlen(p) + 1)
		if (*p == err)
			return p + 1;
	fmt_str(unknown, sizeof(unknown), "error %d", err);
	return unknown;
}

bool fail_sys(struct err *e, int err, const char *what)
{
	if (err < 0)
		err = -err;
	return fail(e, err == EACCES || err == EPERM ? VORW_R_PRIVILEGE :
		    err == ENOMEM ? VORW_R_NO_MEMORY : VORW_R_IO,
		    "%s: %s", what, err_text(err));
}
