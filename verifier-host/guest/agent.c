// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* agent.c - PID 1 of the verification guest: serves proto.h on its port. */
#include <errno.h>
#include <link.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "agent.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "proto.h structs are written as they lie in memory: little-endian"
#endif

void *buf_add(struct buf *b, const void *from, size_t n)
{
	size_t cap = b->cap ? b->cap : 4096;
	void *p;

	if (b->failed || n > PG_MAX_FRAME || b->len + n > PG_MAX_FRAME) {
		b->failed = true;
		return NULL;
	}
	while (cap < b->len + n)
		cap *= 2;
	if (cap != b->cap) {
		p = realloc(b->p, cap);
		if (!p) {
			b->failed = true;
			return NULL;
		}
		b->p = p;
		b->cap = cap;
	}
	p = b->p + b->len;
	if (from)
		memcpy(p, from, n);
	else
		memset(p, 0, n);
	b->len += n;
	return p;
}

void buf_free(struct buf *b)
{
	free(b->p);
	memset(b, 0, sizeof(*b));
}

void put_text(char *to, size_t size, const char *from)
{
	size_t n = strnlen(from, size);

	memcpy(to, from, n);
	memset(to + n, 0, size - n);
}

int say(struct buf *out, int err, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	out->len = 0;
	out->failed = false;
	buf_add(out, text, strlen(text));
	return err;
}

/* e_machine of the running program: that of the kernel's own word size, as
 * the guest has no other programs. */
static uint16_t own_machine(void)
{
	/* the linker's symbol for the ELF header of this image */
	extern const ElfW(Ehdr) __ehdr_start;

	return __ehdr_start.e_machine;
}

static int hello(const uint8_t *payload, size_t len, struct buf *out)
{
	struct pg_hello_r r = { .version = PG_VERSION };
	struct cap_hello h = {};
	struct utsname u;
	int err;

	err = capture_error();
	if (err)
		return say(out, -err, "vorw_capture.ko does not load: %s",
			   strerror(-err));
	err = capture(CAP_HELLO, &h);
	if (err)
		return say(out, -err, "reading kernel facts: %s",
			   strerror(-err));
	if (uname(&u))
		return say(out, errno, "uname: %s", strerror(errno));
	r.machine = own_machine();
	r.word = sizeof(void *);
	r.page_size = h.page_size;
	r.hz = h.hz;
	r.cpu_features = h.cpu_features;
	r.build_id_len = h.build_id_len;
	memcpy(r.build_id, h.build_id, sizeof(r.build_id));
	r.call_base = h.call_base;
	r.call_base_args = h.call_base_args;
	r.image_start = h.image_start;
	r.image_end = h.image_end;
	r.return_thunk = h.return_thunk;
	put_text(r.release, sizeof(r.release), u.release);
	put_text(r.libbpf, sizeof(r.libbpf), libbpf_version_string());
	buf_add(out, &r, sizeof(r));
	return 0;
}

static int bye(const uint8_t *payload, size_t len, struct buf *out)
{
	return 0;
}

static const handler handlers[] = {
	[PG_HELLO]	= hello,
	[PG_OPEN]	= object_open,
	[PG_BTF]	= object_btf,
	[PG_LOAD]	= object_load,
	[PG_MAPS]	= dump_maps,
	[PG_PROG]	= dump_prog,
	[PG_COMPILE]	= dump_compile,
	[PG_HELPERS]	= dump_helpers,
	[PG_POKES]	= dump_pokes,
	[PG_SYMS]	= dump_syms,
	[PG_UNLOAD]	= object_unload,
	[PG_BYE]	= bye,
	[PG_FORGET]	= object_forget,
};

static bool read_all(int fd, void *to, size_t n)
{
	uint8_t *p = to;
	ssize_t got;

	while (n) {
		got = read(fd, p, n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		p += got;
		n -= got;
	}
	return true;
}

static bool write_all(int fd, const void *from, size_t n)
{
	const uint8_t *p = from;
	ssize_t put;

	while (n) {
		put = write(fd, p, n);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return false;
		p += put;
		n -= put;
	}
	return true;
}

/* One request, one reply.  False: the host is gone or speaks another
 * language; there is nobody left to serve. */
static bool serve(int port)
{
	struct pg_frame f, r = { .magic = PG_MAGIC };
	struct buf out = {};
	uint8_t *payload;
	bool ok;

	if (!read_all(port, &f, sizeof(f)))
		return false;
	if (f.magic != PG_MAGIC || f.len > PG_MAX_FRAME) {
		fprintf(stderr, "vorw agent: bad frame\n");
		return false;
	}
	/* one more, so that a text can be terminated */
	payload = calloc(1, (size_t)f.len + 1);
	if (!payload) {
		fprintf(stderr, "vorw agent: no memory for a request\n");
		return false;
	}
	if (!read_all(port, payload, f.len)) {
		free(payload);
		return false;
	}
	crash_request(f.type, f.seq);
	r.type = f.type | PG_REPLY;
	r.seq = f.seq;
	if (f.type < sizeof(handlers) / sizeof(handlers[0]) &&
	    handlers[f.type])
		r.status = handlers[f.type](payload, f.len, &out);
	else
		r.status = say(&out, ENOSYS, "unknown request %u", f.type);
	free(payload);
	if (out.failed)
		r.status = say(&out, ENOMEM, "guest is out of memory");
	r.len = out.len;
	ok = write_all(port, &r, sizeof(r)) &&
	     write_all(port, out.p, out.len) && f.type != PG_BYE;
	buf_free(&out);
	return ok;
}

int main(void)
{
	int port;

	port = boot();
	if (port >= 0) {
		crash_setup(port);
		while (serve(port))
			;
	}
	power_off();
}
