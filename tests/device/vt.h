/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vt.h - what the tests on the device share: objects loaded natively or from
 * a blob behind one interface, text dumps to compare, a private network.
 *
 * Functions that return int give a descriptor or 0, or -errno, and say on
 * stderr what went wrong ("# …", a TAP comment): a test only checks.
 */
#ifndef VT_H
#define VT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "vorw.h"

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t s64;

#define VT_PINS		"/sys/fs/bpf/vorw"
#define VT_MAX		64	/* programs, maps or links of one object */
#define VT_ENOTSUPP	524	/* kernel-internal ENOTSUPP, seen by user space */

/* Does this architecture's JIT compile the address of a callback?  Without it
 * the verifier takes none ("callbacks are not allowed in non-JITed programs").
 * arch/arm/net/bpf_jit_32.c has "notyet" there, in 6.1, 6.12 and 7.2. */
#if defined(__arm__)
#define VT_CALLBACKS	0
#else
#define VT_CALLBACKS	1
#endif

/* printf to stderr as a TAP comment, with a newline. */
void vt_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* ---- vt_obj.c: an object, from either side ---- */

struct vt_fd {
	char name[BPF_OBJ_NAME_LEN];	/* as the kernel knows it */
	u32 id;
	int fd;
};

struct vt_obj {
	char name[64];			/* examples/NAME.o and NAME.blob */
	bool from_blob;
	struct bpf_object *elf;		/* loaded, or only opened for its BTF */
	struct vt_fd prog[VT_MAX], map[VT_MAX];
	u32 nprogs, nmaps, nlinks;
	struct bpf_link *link[VT_MAX];	/* native attachments */
	struct {			/* native tc attachments */
		int ifindex;
		u32 handle, priority;
		enum bpf_tc_attach_point point;
	} tc[4];
	u32 ntc;
};

/* Is this kernel of a.b or newer? */
bool vt_kernel_from(u32 a, u32 b);

/* Set /proc/sys/net/core/bpf_jit_enable; first called before vt_netns(). */
int vt_jit(int mode);

/* Load NAME.o with libbpf. */
int vt_load_native(struct vt_obj *o, const char *name);
/* The same in the form in which this kernel runs it: compiled where its JIT
 * takes every program, else interpreted.  Leaves the JIT off. */
int vt_load_own_form(struct vt_obj *o, const char *name);
/* Is this program compiled? */
bool vt_jited(const struct vt_obj *o, const char *prog);
/* Run "vorw load NAME.blob", with an --attach for each of the attach words
 * (NULL ends), and open what it pinned. */
int vt_load_blob(struct vt_obj *o, const char *name,
		 const char *const *attach);
/* Undo everything: links, filters, "vorw unload". */
int vt_unload(struct vt_obj *o);

/* Is anything pinned under this name? */
bool vt_pinned(const char *name);

/* ---- vt_request.c: what bpf(2) is asked for ---- */

/* Note every BPF_PROG_LOAD from here on, the module's too. */
int vt_requests_start(void);
/*
 * Then an object was loaded natively and from its blob.  Was the kernel asked
 * for the same each time: type, attach type, flags and number of instructions
 * of each program of o?  Stops noting.
 */
bool vt_requests_same(const struct vt_obj *o);

/* Descriptor by kernel name; a name that starts with '.' is matched at the
 * end (".bss").  -ENOENT when there is none. */
int vt_prog(const struct vt_obj *o, const char *name);
int vt_map(const struct vt_obj *o, const char *name);
/* Set or read a global variable of the object. */
int vt_set_global(const struct vt_obj *o, const char *var, const void *v,
		  size_t size);
int vt_get_global(const struct vt_obj *o, const char *var, void *v,
		  size_t size);
int vt_set_u32(const struct vt_obj *o, const char *map, u32 key, u32 value);

/* Native attachments; each is undone by vt_unload(). */
int vt_attach_link(struct vt_obj *o, struct bpf_link *l);
struct bpf_program *vt_program(const struct vt_obj *o, const char *name);
int vt_attach_tc(struct vt_obj *o, const char *prog, const char *ifname,
		 bool egress);

/* ---- vt_census.c: how many there are in the kernel ---- */

struct vt_census { u32 progs, maps, links, btfs; };
void vt_census(struct vt_census *c);
/*
 * Begin a test: unload what a failed one left under this name, wait until
 * nothing is freed any more, count.
 */
int vt_start(const char *name, struct vt_census *c);
/* Is the census that again?  Freeing is deferred: no is said when the kernel has
 * freed something else meanwhile, several times. */
bool vt_census_back(const struct vt_census *want);

/* Hand free kmalloc objects that CPUs hold back in to the page allocator. */
void vt_shrink_slabs(void);

/* Run a program with arguments; returns its exit status or -errno. */
int vt_run(const char *const *argv);

/* ---- vt_text.c: results as text ---- */

/* All entries of a map, sorted, as "NAME[key]=value" in hex; per-CPU values
 * are summed as 64-bit numbers. */
int vt_dump_map(FILE *out, const struct vt_obj *o, const char *name);
/* BPF_PROG_TEST_RUN once: "NAME: ret R, N bytes HASH". */
void vt_test_run(FILE *out, const struct vt_obj *o, const char *prog,
		 const void *data, u32 size);
void vt_hex(FILE *out, const void *p, size_t n);
/* Print the lines in which two texts differ; true when they are equal. */
bool vt_same_text(const char *what, const char *native, const char *blob);
/* Name of the kernel function at addr, "?" when unknown. */
const char *vt_ksym(u64 addr);

/* ---- vt_net.c: a private network ---- */

/* A new network namespace without IPv6, "lo" up, and with veth true a pair
 * "va", "vb", up.  For the calling process until it ends. */
int vt_netns(bool veth);
int vt_ifindex(const char *ifname);
/* A raw packet socket on an interface, with a receive timeout. */
int vt_packet_socket(const char *ifname);
/* Bound UDP socket with a receive timeout; addr in dotted form. */
int vt_udp(const char *addr, u16 port);
/* One datagram of size bytes; 0 or -errno. */
int vt_udp_send(int fd, const char *to, u16 port, u32 size);
/* Ethernet + IPv4 + UDP or other, checksums right; returns the length. */
u32 vt_frame(u8 *buf, const char *saddr, const char *daddr, u8 proto,
	     u16 sport, u16 dport, u32 payload);
/* ICMP echo to 127.0.0.1, waits for the answer. */
int vt_ping(void);
/* TCP connection that is refused: two segments. */
int vt_tcp_refused(u16 port);

#endif /* VT_H */
