/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * agent.h - the parts of the guest's agent.
 *
 * The agent is PID 1 of the verification guest.  One object, up to PG_SLOTS
 * loads of it, all with libbpf; what it knows about the kernel's insides it
 * gets from vorw_capture.ko.  It answers requests in the order they come.
 */
#ifndef VORW_AGENT_H
#define VORW_AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <bpf/libbpf.h>
#include "capture/capture.h"
#include "proto.h"

/* A reply under construction.  Running out of memory sticks. */
struct buf {
	uint8_t *p;
	size_t len, cap;
	bool failed;
};
/* Append n bytes (zeros when from is NULL); the place they went to, or NULL.
 * Valid until the next append. */
void *buf_add(struct buf *b, const void *from, size_t n);
void buf_free(struct buf *b);
/* Text into a NUL-padded field, cut to fit. */
void put_text(char *to, size_t size, const char *from);

/* A handler appends its answer to out and returns 0 or a positive errno.
 * On failure out holds a text (say()) instead, unless it is LOAD's. */
typedef int (*handler)(const uint8_t *payload, size_t len, struct buf *out);
/* Replace out by a message, return err. */
int say(struct buf *out, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* boot.c: mounts, limits, modules.  Returns the open port, or -errno with the
 * reason on the console. */
int boot(void);
int write_file(const char *path, const char *text);
void power_off(void) __attribute__((noreturn));

/* crash.c: a crash answers the request that is being served, then powers off */
void crash_setup(int port);
void crash_request(uint32_t type, uint32_t seq);

/* capture.c: the capture module's ioctls; 0 or -errno.  load_error: how
 * loading the module went, the reason when its device is not there. */
void capture_open(int load_error);
int capture_error(void);
int capture(unsigned long cmd, void *arg);

/* object.c */
struct template {
	uint32_t outer;			/* index of the map-in-map */
	struct pg_omap decl;		/* libbpf frees its own at loading */
	uint32_t btf_key_type_id, btf_value_type_id;	/* as declared */
};
struct load {
	struct bpf_object *obj;		/* NULL: slot is free */
	struct bpf_program **progs;	/* in PG_OPEN's order */
	struct bpf_map **maps;		/* the declared ones */
	struct template *templates;	/* numbered after the declared ones */
	uint32_t nprogs, ndeclared, ntemplates;
};
int object_btf(const uint8_t *payload, size_t len, struct buf *out);
int object_open(const uint8_t *payload, size_t len, struct buf *out);
int object_load(const uint8_t *payload, size_t len, struct buf *out);
int object_unload(const uint8_t *payload, size_t len, struct buf *out);
int object_forget(const uint8_t *payload, size_t len, struct buf *out);
/* The load in this slot, or NULL after say(). */
struct load *object_slot(uint32_t slot, struct buf *out);
/* libbpf's messages since the last call of log_start() */
void log_start(void);
const char *log_text(void);

/* keep.c: programs whose descriptors are closed stay as they are, within limits.
 * This load is to come; none is left. */
void keep_maps(const struct load *l);
void keep_end(void);

/* elf.c */
/* The object's licence string, "" if it has none. */
void elf_license(const uint8_t *obj, size_t size, char *to, size_t room);
/* Make libbpf leave out the program array slots that name one of these
 * functions: it cannot fill a slot with a program that is not loaded.
 * Changes the object in place. */
bool elf_drop_slots(uint8_t *obj, size_t size, const char *const *names,
		    size_t nnames);

/* attach.c: what SEC() names, as libbpf's section definitions read it */
void attach_info(const struct bpf_program *prog, struct pg_oprog *to);
/* attach_found of n programs: looked up in kallsyms and tracefs. */
void attach_find(struct pg_oprog *progs, uint32_t n);
/* For copies of this guest: the symbols, read once. */
void attach_remember(void);

/* dump.c */
int dump_maps(const uint8_t *payload, size_t len, struct buf *out);
int dump_prog(const uint8_t *payload, size_t len, struct buf *out);
int dump_compile(const uint8_t *payload, size_t len, struct buf *out);
int dump_helpers(const uint8_t *payload, size_t len, struct buf *out);
int dump_pokes(const uint8_t *payload, size_t len, struct buf *out);
int dump_syms(const uint8_t *payload, size_t len, struct buf *out);

#endif /* VORW_AGENT_H */
