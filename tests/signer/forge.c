// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * forge.c - requests to the signer: recorded, changed, checked, sent.
 *
 *	forge record OBJECT TARGET FILE	verify, write the request
 *	forge rename FILE NAME OUT	the same evidence for another name
 *	forge flip FILE PART AT OUT	a bit of a part (head, object,
 *					transcript, content) changed
 *	forge cut FILE PART N OUT	a part N bytes shorter
 *	forge add FILE PART N OUT	or longer
 *	forge swap FILE FROM OUT	the content of another request
 *	forge check FILE TARGET		what the signer's checker does
 *	forge mutate FILE TARGET N	that of N changed transcripts
 *	forge send FILE SOCKET [DER]	as a client does; prints seq and line
 *	forge raw FILE SOCKET HOW	as a client does not
 *	forge status SOCKET CERT	its certificate (DER), to a file
 *
 * FILE holds a request's bytes.  Exit status 1: refused, with the reason.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "blob_build.h"
#include "file_io.h"
#include "object.h"
#include "signer/evidence.h"
#include "signer/request.h"
#include "transcript.h"

#define REQUEST_MAX	(400u << 20)

static struct vorw_err e;

struct file {
	u8 *p;
	size_t n;
	struct sign_request r;
};

static bool load(const char *path, struct file *f)
{
	return file_read(path, REQUEST_MAX, &f->p, &f->n, &e) &&
	       sign_request_parse(&f->r, (struct bytes){ f->p, f->n }, f->n,
				  &e);
}

static bool save(const char *path, const struct sign_job *j)
{
	int fd = sign_request_make(j, &e), err;
	size_t n;
	bool ok;
	u8 *p;

	if (fd < 0 || lseek(fd, 0, SEEK_SET))
		return false;
	err = fd_read(fd, REQUEST_MAX, 0, &p, &n);
	close(fd);
	if (err)
		return vorw_fail(&e, VORW_R_IO, "reading it again: %s",
				 strerror(err));
	ok = file_write(path, p, n, &e);
	free(p);
	return ok;
}

static bool do_record(char **a)
{
	struct transcript t = { 0 };
	const struct session_opts opts = { .record = &t };
	const struct blob_opts o = { .object = a[0], .name = "recorded" };
	struct vorw_target target;
	struct session s = { 0 };
	struct sign_job j = { .target = a[1], .name = o.name };
	u8 *obj = NULL, *content = NULL;
	size_t n;
	bool ok;

	ok = file_read(a[0], OBJECT_MAX_SIZE, &obj, &n, &e) &&
	     vorw_target_get(a[1], &target, &e) &&
	     session_run(&s, &target, a[0], obj, n, &opts, &e);
	j.object = obj;
	j.object_size = n;
	ok = ok && blob_build(&s, &o, obj, n, &content, &n, &e);
	j.content = content;
	j.content_size = n;
	j.transcript = t.p;
	j.transcript_size = t.n;
	ok = ok && save(a[2], &j);
	session_end(&s);
	transcript_free(&t);
	free(content);
	free(obj);
	return ok;
}

static bool do_rename(char **a)
{
	const struct session_opts opts = { 0 };
	const struct blob_opts o = { .object = a[1], .name = a[1] };
	struct vorw_target target;
	struct session s = { 0 };
	static struct file f;
	struct sign_job j;
	u8 *content = NULL;
	size_t n;
	bool ok;

	if (!load(a[0], &f))
		return false;
	j = f.r.job;
	ok = vorw_target_get(j.target, &target, &e) &&
	     session_replay(&s, &target, o.name, j.object, j.object_size,
			    &opts, j.transcript, j.transcript_size, &e) &&
	     blob_build(&s, &o, j.object, j.object_size, &content, &n, &e);
	j.name = j.job = a[1];
	j.content = content;
	j.content_size = n;
	ok = ok && save(a[2], &j);
	session_end(&s);
	free(content);
	free(f.p);
	return ok;
}

/* Where a part lies in the file, and its size in the head. */
static bool part(const struct file *f, const char *name, size_t *at,
		 size_t *n, size_t *size_at)
{
	const struct sign_job *j = &f->r.job;
	const struct {
		const char *name;
		const u8 *p;
		size_t n, size_at;
	} parts[] = {
		{ "head", f->p, sizeof(struct sign_request_h), 0 },
		{ "object", j->object, j->object_size,
		  offsetof(struct sign_request_h, object_size) },
		{ "transcript", j->transcript, j->transcript_size,
		  offsetof(struct sign_request_h, transcript_size) },
		{ "content", j->content, j->content_size,
		  offsetof(struct sign_request_h, content_size) },
	};
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (!strcmp(name, parts[i].name)) {
			*at = parts[i].p - f->p;
			*n = parts[i].n;
			*size_at = parts[i].size_at;
			return true;
		}
	return vorw_fail(&e, VORW_R_USAGE, "no part '%s'", name);
}

static bool do_flip(char **a)
{
	size_t at, n, size_at, off = strtoul(a[2], NULL, 0);
	struct file f = { 0 };
	bool ok = load(a[0], &f) && part(&f, a[1], &at, &n, &size_at);

	if (ok && off < n)
		f.p[at + off] ^= 1;
	ok = ok && file_write(a[3], f.p, f.n, &e);
	free(f.p);
	return ok;
}

/* more > 0: longer */
static bool resize(char **a, long more)
{
	size_t at, n, size_at;
	struct file f = { 0 };
	__le32 size;
	u8 *out;
	bool ok;

	if (!load(a[0], &f) || !part(&f, a[1], &at, &n, &size_at))
		return false;
	if (more < 0 && (size_t)-more > n)
		more = -(long)n;
	out = calloc(1, f.n + n + labs(more));
	memcpy(out, f.p, at + n);
	memcpy(out + at + n + more, f.p + at + n, f.n - at - n);
	size = htole32(n + more);
	memcpy(out + size_at, &size, sizeof(size));
	ok = file_write(a[3], out, f.n + more, &e);
	free(out);
	free(f.p);
	return ok;
}

static bool do_cut(char **a)
{
	return resize(a, -strtol(a[2], NULL, 0));
}

static bool do_add(char **a)
{
	return resize(a, strtol(a[2], NULL, 0));
}

static bool do_swap(char **a)
{
	struct file f = { 0 }, other = { 0 };
	struct sign_job j;
	bool ok = load(a[0], &f) && load(a[1], &other);

	if (ok) {
		j = f.r.job;
		j.content = other.r.job.content;
		j.content_size = other.r.job.content_size;
		ok = save(a[2], &j);
	}
	free(f.p);
	free(other.p);
	return ok;
}

static bool do_check(char **a)
{
	struct vorw_target target;
	struct file f = { 0 };
	char id[41];
	bool ok = load(a[0], &f) && vorw_target_get(a[1], &target, &e);

	if (ok) {
		target_build_id(&target, id);
		ok = evidence_check(&f.r.job, &target, id, &e);
	}
	free(f.p);
	return ok;
}

/* A change may be of a byte that nothing depends on, so that the same content
 * comes out; nothing else may pass. */
static bool do_mutate(char **a)
{
	unsigned long i, count = strtoul(a[2], NULL, 0), passed = 0;
	u64 x = 88172645463325252ull;
	struct vorw_target target;
	static struct file f;
	size_t n, at;
	u8 *t;

	if (!load(a[0], &f) || !vorw_target_get(a[1], &target, &e))
		return false;
	n = f.r.job.transcript_size;
	t = (u8 *)f.r.job.transcript;
	for (i = 0; i < count; i++) {
		struct vorw_err why = { 0 };
		u8 old;

		/* xorshift64 */
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		at = (x >> 8) % n;
		old = t[at];
		t[at] = i & 1 ? old ^ 1u << (x & 7) : (u8)x;
		passed += evidence_check(&f.r.job, &target, "", &why);
		vorw_err_free(&why);
		t[at] = old;
	}
	printf("%lu of %lu gave the same content\n", passed, count);
	free(f.p);
	return true;
}

static bool do_send(char **a)
{
	struct sign_answer s = { 0 };
	struct file f = { 0 };
	bool ok = load(a[0], &f) &&
		  signer_sign(a[1], &f.r.job, 60, &s, &e);

	if (ok)
		printf("%llu %s\n", (unsigned long long)s.seq, s.line);
	if (ok && a[2])
		ok = file_write(a[2], s.der, s.der_size, &e);
	signer_answer_free(&s);
	free(f.p);
	return ok;
}

static bool do_status(char **a)
{
	struct signer_status s;
	bool ok = signer_status(a[0], 60, &s, &e) &&
		  file_write(a[1], s.cert, s.cert_size, &e);

	signer_status_free(&s);
	return ok;
}

static int dial(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to))) {
		vorw_fail(&e, VORW_R_SIGNER, "%s: %m", path);
		return -1;
	}
	return fd;
}

static int memory(const u8 *p, size_t n, int seals)
{
	int fd = memfd_create("forged", MFD_ALLOW_SEALING);

	if (fd_write(fd, p, n) || (seals && fcntl(fd, F_ADD_SEALS, seals)))
		exit(3);
	return fd;
}

static void put(int sock, const char *text, size_t n, int fd, int nfds)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(4 * sizeof(int))];
	} control = { 0 };
	struct iovec io = { (void *)text, n };
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1 };
	int fds[4] = { fd, fd, fd, fd };
	struct cmsghdr *c;

	if (nfds) {
		m.msg_control = control.buf;
		m.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, nfds * sizeof(int));
	}
	if (sendmsg(sock, &m, MSG_NOSIGNAL) < 0)
		vorw_fail(&e, VORW_R_SIGNER, "%m");
}

static bool hear(int sock)
{
	struct { struct sign_answer_h h; char text[SIGN_ANSWER_MAX]; } a;
	ssize_t n = recv(sock, &a, sizeof(a) - 1, 0);

	if (n <= 0)
		return vorw_fail(&e, VORW_R_SIGNER, "no answer");
	if (n >= (ssize_t)sizeof(a.h) && a.h.reason)
		return vorw_fail(&e, le32toh(a.h.reason), "%.*s",
				 (int)(n - sizeof(a.h)), a.text);
	return true;
}

#define ALL_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static bool do_raw(char **a)
{
	const char *how = a[2];
	char many[4096] = SIGN_ASK;
	int sock = dial(a[1]), i;
	static u8 *p;
	size_t n;

	if (sock < 0 || !file_read(a[0], REQUEST_MAX, &p, &n, &e))
		return false;
	if (!strcmp(how, "unsealed"))
		put(sock, SIGN_ASK, 8, memory(p, n, 0), 1);
	else if (!strcmp(how, "growable"))
		put(sock, SIGN_ASK, 8, memory(p, n, ALL_SEALS & ~F_SEAL_GROW),
		    1);
	else if (!strcmp(how, "file"))
		put(sock, SIGN_ASK, 8, open(a[0], O_RDONLY), 1);
	else if (!strcmp(how, "no-fd"))
		put(sock, SIGN_ASK, 8, -1, 0);
	else if (!strcmp(how, "three-fds"))
		put(sock, SIGN_ASK, 8, memory(p, n, ALL_SEALS), 3);
	else if (!strcmp(how, "status-with-fd"))
		put(sock, SIGN_ASK_STATUS, 8, memory(p, n, ALL_SEALS), 1);
	else if (!strcmp(how, "long"))
		put(sock, many, sizeof(many), memory(p, n, ALL_SEALS), 1);
	else if (!strcmp(how, "short"))
		put(sock, SIGN_ASK, 3, memory(p, n, ALL_SEALS), 1);
	else if (!strcmp(how, "tiny"))
		put(sock, SIGN_ASK, 8, memory(p, 10, ALL_SEALS), 1);
	else if (!strcmp(how, "plain"))
		put(sock, SIGN_ASK, 8, memory(p, n, ALL_SEALS), 1);
	else if (!strcmp(how, "silent"))
		;	/* until it hangs up */
	else if (!strcmp(how, "leave")) {
		put(sock, SIGN_ASK, 8, memory(p, n, ALL_SEALS), 1);
		close(sock);
		return true;
	} else if (!strcmp(how, "crowd")) {
		/* more than it has places for, saying nothing */
		for (i = 0; i < 100; i++)
			if (dial(a[1]) < 0)
				return false;
	} else {
		return vorw_fail(&e, VORW_R_USAGE, "no way '%s'", how);
	}
	return hear(sock);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		bool (*run)(char **a);
		int min;
	} commands[] = {
		{ "record", do_record, 3 }, { "rename", do_rename, 3 },
		{ "flip", do_flip, 4 }, { "cut", do_cut, 4 },
		{ "add", do_add, 4 }, { "swap", do_swap, 3 },
		{ "check", do_check, 2 }, { "mutate", do_mutate, 3 },
		{ "send", do_send, 2 }, { "raw", do_raw, 3 },
		{ "status", do_status, 2 },
	};
	size_t i;

	vorw_quiet = true;
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (argc < 2 || strcmp(argv[1], commands[i].name) ||
		    argc < 2 + commands[i].min)
			continue;
		if (commands[i].run(argv + 2))
			return 0;
		vorw_err_print(&e);
		vorw_err_free(&e);
		return 1;
	}
	fprintf(stderr, "forge: see the comment in forge.c\n");
	return 2;
}
