// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * t_log.c - the signing log: what is no line, what is no chain, and every
 * place at which a crash or a full disk can cut a line.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "signer/sign_log.h"
#include "tests/unit/tap.h"

#define CERT "ce" "00000000000000000000000000000000000000000000000000000000000000"
#define LINES	5

static char dir[] = "/tmp/vorw-log.XXXXXX";
static char path[64], other[64];

/* A signature of content number i. */
static struct log_line sample(unsigned i)
{
	struct log_line l = { .what = LOG_SIGN, .uid = 1000 };

	snprintf(l.content, sizeof(l.content), "%016llx%048x",
		 i * 0x9e3779b97f4a7c15ull, i);
	log_hash("blob", 4, l.blob);
	log_hash("object", 6, l.object);
	log_hash("transcript", 10, l.transcript);
	strcpy(l.target, "armv7");
	strcpy(l.build_id, "0123456789abcdef0123456789abcdef01234567");
	strcpy(l.name, "deny");
	snprintf(l.job, sizeof(l.job), "job-%u", i);
	return l;
}

static enum vorw_reason open_log(struct sign_log *l)
{
	struct vorw_err e = { 0 };

	sign_log_open(l, path, CERT, &e);
	return e.reason;
}

static enum vorw_reason add(struct sign_log *l, unsigned i)
{
	struct log_line line = sample(i);
	struct vorw_err e = { 0 };

	sign_log_add(l, &line, &e);
	return e.reason;
}

static enum vorw_reason verify(const char *file, struct log_state *s)
{
	struct vorw_err e = { 0 };
	int fd = open(file, O_RDONLY);

	log_read(fd, file, NULL, NULL, s, &e);
	close(fd);
	return e.reason;
}

static size_t read_all(const char *file, char *buf, size_t size)
{
	int fd = open(file, O_RDONLY);
	ssize_t n = read(fd, buf, size);

	close(fd);
	return n < 0 ? 0 : n;
}

static void write_all(const char *file, const char *buf, size_t n)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0640);

	if (write(fd, buf, n) != (ssize_t)n)
		abort();
	close(fd);
}

static void fresh(unsigned lines)
{
	struct sign_log l;
	unsigned i;

	unlink(path);
	open_log(&l);
	for (i = 0; i < lines; i++)
		add(&l, i);
	sign_log_close(&l);
}

static void t_lines(void)
{
	struct log_line l = sample(1), back;
	char buf[LOG_LINE_MAX], bad[LOG_LINE_MAX];
	unsigned flips = 0, cuts = 0;
	size_t n, i;

	strcpy(l.time, "2026-11-21T16:32:40Z");
	strcpy(l.cert, CERT);
	memset(l.prev, '0', 64);
	n = log_line_format(&l, buf);
	ok(log_line_parse(&back, buf, n) && !memcmp(&l, &back, sizeof(l)),
	   "a line comes back as it was written");
	for (i = 0; i < n; i++) {
		memcpy(bad, buf, n);
		bad[i] = '"';
		flips += buf[i] != '"' && log_line_parse(&back, bad, n);
		bad[i] = 0;
		flips += log_line_parse(&back, bad, n);
		cuts += log_line_parse(&back, buf, i);
	}
	is(flips, 0, "a quote or NUL in any place is no line");
	is(cuts, 0, "nor is any start of a line");
	memset(l.target, 'x', SIGN_TEXT_MAX);
	memset(l.name, 'x', SIGN_TEXT_MAX);
	memset(l.job, 'x', SIGN_TEXT_MAX);
	memset(l.token, 'x', SIGN_TEXT_MAX);
	l.seq = l.uid = ~0ull - 9;
	n = log_line_format(&l, buf);
	ok(n < LOG_LINE_MAX - 1, "the longest line fits (%zu)", n);
	l = (struct log_line){ .what = LOG_REPAIR, .dropped = 7 };
	strcpy(l.time, "2026-11-21T16:32:40Z");
	memset(l.sha256, 'a', 64);
	memset(l.prev, '0', 64);
	n = log_line_format(&l, buf);
	ok(log_line_parse(&back, buf, n) && back.dropped == 7,
	   "so does a repair");
}

static void t_use(void)
{
	struct log_line line = sample(2);
	struct sign_log l, second;
	struct log_state s;
	unsigned i, missing = 0;

	unlink(path);
	is(open_log(&l), VORW_R_OK, "a new log");
	is(open_log(&second), VORW_R_SIGNER, "nobody else opens it");
	sign_log_close(&second);
	for (i = 0; i < 3000; i++)
		if (add(&l, i) != VORW_R_OK)
			missing++;
	is(missing, 0, "3000 lines");
	for (i = 0; i < 3000; i++) {
		line = sample(i);
		missing += !sign_log_find(&l, line.content) ||
			   sign_log_find(&l, line.content)->seq != i + 1;
	}
	is(missing, 0, "each is found");
	line = sample(3000);
	ok(!sign_log_find(&l, line.content), "and no other");
	sign_log_close(&l);
	is(open_log(&l), VORW_R_OK, "opened again");
	line = sample(2999);
	ok(sign_log_find(&l, line.content) && l.s.lines == 3000 &&
	   !strcmp(sign_log_find(&l, line.content)->line, l.s.head),
	   "with the same in it");
	rename(path, other);
	is(add(&l, 3000), VORW_R_SIGNER, "moved away: no line is added");
	ok(l.dead, "and it is dead");
	sign_log_close(&l);
	is(verify(other, &s), VORW_R_OK, "what was moved is whole");
	is(s.lines, 3000, "with all its lines");
	fresh(1);
	chmod(path, 0666);
	is(open_log(&l), VORW_R_LOG, "a log that all may write");
	sign_log_close(&l);
	chmod(path, 0640);
	unlink(other);
	symlink(path, other);
	strcpy(path, other);
	is(open_log(&l), VORW_R_IO, "a symbolic link");
	sign_log_close(&l);
	unlink(other);
	snprintf(path, sizeof(path), "%s/log", dir);
}

/* Start of each line, and the end. */
static void find_lines(const char *buf, size_t n, size_t at[LINES + 1])
{
	size_t i, k = 0;

	at[k++] = 0;
	for (i = 0; i < n; i++)
		if (buf[i] == '\n' && k <= LINES)
			at[k++] = i + 1;
}

static void expect_broken(const char *buf, size_t n, const char *what)
{
	struct sign_log l;
	struct log_state s;

	write_all(other, buf, n);
	is(verify(other, &s), VORW_R_LOG, "%s", what);
	write_all(path, buf, n);
	is(open_log(&l), VORW_R_LOG, "%s: not opened, either", what);
	sign_log_close(&l);
}

static void t_tampered(void)
{
	static char buf[LINES * LOG_LINE_MAX], bad[2 * sizeof(buf)];
	unsigned accepted = 0;
	struct log_state s;
	size_t n, at[LINES + 1], i, len;

	fresh(LINES);
	n = read_all(path, buf, sizeof(buf));
	find_lines(buf, n, at);

	for (i = 0; i < at[LINES - 1]; i++) {
		memcpy(bad, buf, n);
		bad[i] ^= 1;
		write_all(other, bad, n);
		accepted += verify(other, &s) != VORW_R_LOG;
	}
	is(accepted, 0, "a bit changed before the last line");
	for (accepted = 0; i < n; i++) {
		/* the last line has no witness but its form: its texts may
		 * change, which is what --head is for */
		memcpy(bad, buf, n);
		bad[i] ^= 1;
		write_all(other, bad, n);
		accepted += verify(other, &s) == VORW_R_OK && !s.torn &&
			    s.lines != LINES;
	}
	is(accepted, 0, "or in it: never another number of lines");

	len = at[2] - at[1];
	memcpy(bad, buf, at[1]);
	memcpy(bad + at[1], buf + at[2], n - at[2]);
	expect_broken(bad, n - len, "a line removed");
	memcpy(bad, buf + at[1], n - at[1]);
	expect_broken(bad, n - at[1], "the first line removed");
	memcpy(bad, buf, at[1]);
	memcpy(bad + at[1], buf + at[2], at[3] - at[2]);
	memcpy(bad + at[1] + at[3] - at[2], buf + at[1], len);
	memcpy(bad + at[3], buf + at[3], n - at[3]);
	expect_broken(bad, n, "two lines swapped");
	memcpy(bad, buf, n);
	memcpy(bad + n, buf + at[4], n - at[4]);
	expect_broken(bad, 2 * n - at[4], "the last line twice");
	memcpy(bad, buf, n);
	bad[n] = '\n';
	expect_broken(bad, n + 1, "an empty line");
	memset(bad, 'x', sizeof(bad));
	memcpy(bad, buf, n);
	expect_broken(bad, n + LOG_LINE_MAX + 1, "too much without an end");
}

/* At every byte of the last line: what a crash leaves. */
static void t_torn(void)
{
	static char buf[LINES * LOG_LINE_MAX], zero[LOG_LINE_MAX];
	unsigned bad = 0, unnoticed = 0;
	size_t n, at[LINES + 1], i;
	struct log_line last = sample(LINES - 1);
	struct sign_log l;
	struct log_state s;

	fresh(LINES);
	n = read_all(path, buf, sizeof(buf));
	find_lines(buf, n, at);
	for (i = at[LINES - 1] + 1; i < n; i++) {
		write_all(path, buf, i);
		bad += open_log(&l) != VORW_R_OK || l.s.lines != LINES ||
		       sign_log_find(&l, last.content) ||
		       add(&l, LINES - 1) != VORW_R_OK;
		sign_log_close(&l);
		bad += verify(path, &s) != VORW_R_OK || s.lines != LINES + 1 ||
		       s.torn;
		write_all(path, buf, i);
		unnoticed += verify(path, &s) != VORW_R_OK ||
			     s.lines != LINES - 1 ||
			     s.torn != i - at[LINES - 1];
	}
	is(bad, 0, "cut anywhere: repaired, said so, and used again");
	is(unnoticed, 0, "a reader sees where the whole lines end");
	memcpy(zero, buf + at[LINES - 1], n - at[LINES - 1]);
	memset(zero + 100, 0, 50);
	memcpy(buf + at[LINES - 1], zero, n - at[LINES - 1]);
	write_all(path, buf, n);
	is(open_log(&l), VORW_R_OK, "NULs in the last line are a lost block");
	is(l.s.lines, LINES, "which is repaired");
	sign_log_close(&l);
}

/* Every place at which the disk can be full: nothing half-written stays. */
static void t_full(void)
{
	unsigned bad = 0, refused = 0;
	struct log_state s;
	struct stat st;
	u64 size, room;

	signal(SIGXFSZ, SIG_IGN);
	fresh(2);
	stat(path, &st);
	size = st.st_size;
	for (room = 0; room < 1024; room += 13) {
		const struct rlimit lim = { size + room, RLIM_INFINITY };
		const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };
		struct sign_log l;

		fresh(2);
		if (open_log(&l) != VORW_R_OK)
			bad++;
		setrlimit(RLIMIT_FSIZE, &lim);
		if (add(&l, 7) == VORW_R_SIGNER) {
			refused++;
			bad += l.dead || l.s.lines != 2;
			stat(path, &st);
			bad += (u64)st.st_size != size;
			setrlimit(RLIMIT_FSIZE, &none);
			/* there is room again */
			bad += add(&l, 7) != VORW_R_OK;
		}
		setrlimit(RLIMIT_FSIZE, &none);
		sign_log_close(&l);
		bad += verify(path, &s) != VORW_R_OK || s.lines != 3;
	}
	ok(refused > 10, "the disk was full in %u places", refused);
	is(bad, 0, "each time nothing was left, and it went on afterwards");
}

int main(void)
{
	char *rm;

	if (!mkdtemp(dir))
		return 2;
	snprintf(path, sizeof(path), "%s/log", dir);
	snprintf(other, sizeof(other), "%s/other", dir);
	t_lines();
	t_use();
	t_tampered();
	t_torn();
	t_full();
	if (asprintf(&rm, "rm -rf %s", dir) < 0 || system(rm))
		return 2;
	free(rm);
	return tap_done();
}
