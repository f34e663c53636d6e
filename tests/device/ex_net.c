// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ex_net.c - the networking examples: how each is attached, what traffic it
 * gets, and what it must have seen.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <netinet/ip.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "examples.h"

/* Give up a run with the place of its first failure. */
#define TRY(call) do {							\
	int try_ret = (call);						\
	if (try_ret < 0) {						\
		vt_say("%s:%d: %s: %s", __FILE__, __LINE__, #call,	\
		       strerror(-try_ret));				\
		return try_ret;						\
	}								\
} while (0)

/* The same packets for every packet program: known and unknown protocols,
 * fragments of a header, odd sizes. */
void ex_packets(struct vt_obj *o, const char *prog, FILE *out)
{
	static const struct { u8 proto; u16 port; u32 payload; } udp[] = {
		{ IPPROTO_UDP, 53, 1 }, { IPPROTO_UDP, 9001, 100 },
		{ IPPROTO_UDP, 9002, 0 }, { IPPROTO_TCP, 80, 64 },
		{ IPPROTO_ICMP, 0, 8 }, { 0, 0, 0 }, { 255, 7, 333 },
	};
	u8 buf[2048];
	u32 len;

	for (u32 i = 0; i < sizeof(udp) / sizeof(udp[0]); i++) {
		len = vt_frame(buf, "10.0.0.7", "10.0.0.1", udp[i].proto,
			       1000 + i, udp[i].port, udp[i].payload);
		vt_test_run(out, o, prog, buf, len);
		/* Socket filters see the packet from the IP header on; give
		 * them an Ethernet header there. */
		memmove(buf + ETH_HLEN, buf, len);
		vt_test_run(out, o, prog, buf, len + ETH_HLEN);
	}
	len = vt_frame(buf, "1.2.3.4", "4.3.2.1", IPPROTO_UDP, 1, 2, 0);
	for (u32 n = ETH_HLEN; n < len; n += 7)
		vt_test_run(out, o, prog, buf, n);
	buf[12] = 0x86;		/* IPv6 by its EtherType */
	buf[13] = 0xdd;
	vt_test_run(out, o, prog, buf, len);
}

static int filter(struct vt_obj *o, const char *prog)
{
	int s = vt_packet_socket("lo"), fd = vt_prog(o, prog);

	if (s >= 0 && setsockopt(s, SOL_SOCKET, SO_ATTACH_BPF, &fd,
				 sizeof(fd)))
		return -errno;
	return s;
}

/* ---- 01 ---- */

static int sockcount_test(struct vt_obj *o, FILE *out)
{
	ex_packets(o, "sockcount", out);
	return vt_dump_map(out, o, "bytes_by_proto");
}

static int sockcount_run(struct vt_obj *o, FILE *out)
{
	int s = filter(o, "sockcount"), sink = vt_udp("127.0.0.1", 9000);

	TRY(s);
	TRY(sink);
	for (u32 size = 10; size <= 50; size += 10)
		TRY(vt_udp_send(sink, "127.0.0.1", 9000, size));
	for (int i = 0; i < 3; i++)
		TRY(vt_ping());
	TRY(vt_tcp_refused(81));
	TRY(vt_dump_map(out, o, "bytes_by_proto"));
	close(sink);
	close(s);
	return 0;
}

const struct example ex_sockcount = {
	.name = "01-sockcount",
	.test_run = sockcount_test,
	.run = sockcount_run,
	/* 150 bytes of payload and 42 of headers each, in five packets */
	.must = { "bytes_by_proto[11000000]=6801000000000000",
		  "bytes_by_proto[01000000]=", "bytes_by_proto[06000000]=" },
};

/* ---- 02 ---- */

static int xdp_deny_native(struct vt_obj *o)
{
	return vt_attach_link(o, bpf_program__attach_xdp(
			vt_program(o, "xdp_deny"), vt_ifindex("vb")));
}

/* Send one packet from each of four addresses; how many come through? */
static int burst(int va, int vb, FILE *out, const char *when)
{
	static const char *const from[] = {
		"10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4",
	};
	u8 buf[256];
	int n = 0;

	for (u32 i = 0; i < 4; i++) {
		u32 len = vt_frame(buf, from[i], "10.0.0.9", IPPROTO_UDP, 1,
				   100 + i, i * 10);

		if (send(va, buf, len, 0) != len)
			return -errno;
	}
	/* The one of an address that is never denied comes last. */
	while (recv(vb, buf, sizeof(buf), 0) > 0) {
		n++;
		fprintf(out, "%s: passed 10.0.0.%u\n", when, buf[29]);
		if (buf[29] == 4)
			return 0;
	}
	return -ETIMEDOUT;
}

static int deny(struct vt_obj *o, const char *addr, bool add)
{
	u32 key = inet_addr(addr);
	u64 zero = 0;
	int fd = vt_map(o, "denied");

	return add ? bpf_map_update_elem(fd, &key, &zero, BPF_NOEXIST) :
		     bpf_map_delete_elem(fd, &key);
}

static int xdp_deny_test(struct vt_obj *o, FILE *out)
{
	TRY(deny(o, "10.0.0.7", true));
	ex_packets(o, "xdp_deny", out);
	TRY(vt_dump_map(out, o, "denied"));
	TRY(vt_dump_map(out, o, "verdicts"));
	return deny(o, "10.0.0.7", false);
}

static int xdp_deny_run(struct vt_obj *o, FILE *out)
{
	int va = vt_packet_socket("va"), vb = vt_packet_socket("vb");

	TRY(va);
	TRY(vb);
	TRY(burst(va, vb, out, "nothing denied"));
	TRY(deny(o, "10.0.0.1", true));
	TRY(deny(o, "10.0.0.3", true));
	TRY(burst(va, vb, out, "1 and 3 denied"));
	TRY(burst(va, vb, out, "again"));
	TRY(vt_dump_map(out, o, "denied"));
	TRY(deny(o, "10.0.0.3", false));
	TRY(burst(va, vb, out, "1 denied"));
	TRY(vt_dump_map(out, o, "denied"));
	TRY(vt_dump_map(out, o, "verdicts"));
	close(va);
	close(vb);
	return 0;
}

const struct example ex_xdp_deny = {
	.name = "02-xdp-deny",
	.veth = true,
	.attach = { "xdp_deny=vb" },
	.attach_native = xdp_deny_native,
	.test_run = xdp_deny_test,
	.run = xdp_deny_run,
	.must = { "nothing denied: passed 10.0.0.3",
		  "1 and 3 denied: passed 10.0.0.2",
		  "1 denied: passed 10.0.0.3",
		  "denied[0a000001]=0300000000000000" },
};

/* ---- 03 ---- */

static int tc_mark_native(struct vt_obj *o)
{
	return vt_attach_tc(o, "tc_mark", "lo", false);
}

static int set_rule(struct vt_obj *o, u32 port, u8 tos, u8 drop)
{
	struct { u8 tos, drop; u16 reserved; u32 hits; } rule = {
		.tos = tos, .drop = drop,
	};

	return bpf_map_update_elem(vt_map(o, "rules"), &port, &rule, 0);
}

static int tc_mark_test(struct vt_obj *o, FILE *out)
{
	TRY(set_rule(o, 9001, 0xb8, 0));
	TRY(set_rule(o, 9002, 0, 1));
	ex_packets(o, "tc_mark", out);
	return vt_dump_map(out, o, "rules");
}

/* Receive one datagram and say with which TOS it came. */
static int recv_tos(int fd, FILE *out, u16 port)
{
	char data[256], ctl[64];
	struct iovec iov = { data, sizeof(data) };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = ctl, .msg_controllen = sizeof(ctl),
	};
	ssize_t n = recvmsg(fd, &m, 0);

	if (n < 0)
		return -errno;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TOS)
			fprintf(out, "port %u: %zd bytes, tos %02x\n", port, n,
				*CMSG_DATA(c));
	return 0;
}

static int tc_mark_run(struct vt_obj *o, FILE *out)
{
	int s[3], on = 1;

	for (int i = 0; i < 3; i++) {
		s[i] = vt_udp("127.0.0.1", 9001 + i);
		TRY(s[i]);
		setsockopt(s[i], IPPROTO_IP, IP_RECVTOS, &on, sizeof(on));
	}
	TRY(set_rule(o, 9001, 0xb8, 0));
	TRY(set_rule(o, 9002, 0, 1));
	for (int i = 0; i < 12; i++)
		TRY(vt_udp_send(s[0], "127.0.0.1", 9001 + i % 3, 20 + i));
	for (int i = 0; i < 4; i++) {
		TRY(recv_tos(s[0], out, 9001));
		TRY(recv_tos(s[2], out, 9003));
	}
	if (recv(s[1], &on, 1, MSG_DONTWAIT) >= 0)
		fprintf(out, "a packet to the blocked port came through\n");
	TRY(vt_dump_map(out, o, "rules"));
	for (int i = 0; i < 3; i++)
		close(s[i]);
	return 0;
}

const struct example ex_tc_mark = {
	.name = "03-tc-mark",
	.attach = { "tc_mark=lo:ingress" },
	.attach_native = tc_mark_native,
	.test_run = tc_mark_test,
	.run = tc_mark_run,
	.must = { "port 9001: 20 bytes, tos b8", "port 9003: 22 bytes, tos 00",
		  "rules[29230000]=b800000004000000",
		  "rules[2a230000]=0001000004000000" },
};

/* ---- 04 ---- */

static int cgroup_count_native(struct vt_obj *o)
{
	int cg = open(VT_CGROUP, O_RDONLY), err;

	TRY(cg < 0 ? -errno : 0);
	err = vt_attach_link(o, bpf_program__attach_cgroup(
			vt_program(o, "count_ingress"), cg)) ?:
	      vt_attach_link(o, bpf_program__attach_cgroup(
			vt_program(o, "count_egress"), cg));
	close(cg);
	return err;
}

static int cgroup_count_test(struct vt_obj *o, FILE *out)
{
	ex_packets(o, "count_ingress", out);
	ex_packets(o, "count_egress", out);
	return vt_dump_map(out, o, "traffic");
}

/* In the group: five datagrams to itself.  Those that were let out are waited
 * for: ingress is not counted where the socket is closed by then. */
static int in_group(void)
{
	int fd = open(VT_CGROUP "/cgroup.procs", O_WRONLY), s, refused = 0;
	char buf[200];

	if (fd < 0 || write(fd, "0", 1) != 1)
		return 100;
	s = vt_udp("127.0.0.1", 9100);
	for (u32 i = 0; i < 5; i++)
		if (vt_udp_send(s, "127.0.0.1", 9100, 100 + i) == -EPERM)
			refused++;
	for (int i = refused; i < 5; i++)
		if (recv(s, buf, sizeof(buf), 0) < 0)
			return 101;
	return refused;
}

static int cgroup_count_run(struct vt_obj *o, FILE *out)
{
	static const u64 quota[] = { 0, 1000, 1 }, none[3];
	u32 zero = 0;

	for (u32 dir = 0; dir < 2; dir++)
		TRY(bpf_map_update_elem(vt_map(o, "traffic"), &dir, none, 0));
	for (u32 i = 0; i < 3; i++) {
		int status;
		pid_t pid;

		TRY(bpf_map_update_elem(vt_map(o, "quota"), &zero, &quota[i],
					0));
		pid = fork();
		if (!pid)
			_exit(in_group());
		waitpid(pid, &status, 0);
		fprintf(out, "quota %llu: %d refused\n",
			(unsigned long long)quota[i], WEXITSTATUS(status));
		TRY(vt_dump_map(out, o, "traffic"));
	}
	return 0;
}

const struct example ex_cgroup_count = {
	.name = "04-cgroup-count",
	.attach = { "count_ingress=" VT_CGROUP, "count_egress=" VT_CGROUP },
	.attach_native = cgroup_count_native,
	.test_run = cgroup_count_test,
	.run = cgroup_count_run,
	/* 5 packets, 650 bytes; then two more fit into 1000 */
	.must = { "quota 0: 0 refused", "quota 1000: 3 refused",
		  "quota 1: 5 refused" },
};

/* ---- 09 ---- */

static int tailcall_test(struct vt_obj *o, FILE *out)
{
	TRY(vt_set_u32(o, "extra", 1, vt_prog(o, "extra_udp")));
	ex_packets(o, "dispatch", out);
	TRY(vt_dump_map(out, o, "counters"));
	return bpf_map_delete_elem(vt_map(o, "extra"), &(u32){ 1 });
}

static int tailcall_run(struct vt_obj *o, FILE *out)
{
	int s = filter(o, "dispatch"), sink = vt_udp("127.0.0.1", 9201);
	char buf[2048];
	int n = 0;

	TRY(s);
	TRY(sink);
	for (int i = 0; i < 3; i++) {
		TRY(vt_udp_send(sink, "127.0.0.1", 9201, 30));
		TRY(vt_udp_send(sink, "127.0.0.1", 9202, 30));
		TRY(vt_ping());
		TRY(vt_tcp_refused(81));
		TRY(vt_dump_map(out, o, "counters"));
		/* 9201 & 3 is 1: empty, filled, emptied again */
		if (i == 0)
			TRY(vt_set_u32(o, "extra", 1,
				       vt_prog(o, "extra_udp")));
		else if (i == 1)
			TRY(bpf_map_delete_elem(vt_map(o, "extra"),
						&(u32){ 1 }));
	}
	while (recv(s, buf, sizeof(buf), MSG_DONTWAIT) > 0)
		n++;
	fprintf(out, "socket received %d\n", n);
	close(sink);
	close(s);
	return 0;
}

const struct example ex_tailcall = {
	.name = "09-tailcall",
	.test_run = tailcall_test,
	.run = tailcall_run,
	.must = { "counters[00000000]=", "counters[01000000]=",
		  "counters[02000000]=", "counters[04000000]=",
		  "counters[05000000]=" },
};

/* ---- 11 ---- */

static int maps_native(struct vt_obj *o)
{
	return vt_attach_tc(o, "maps", "lo", false);
}

static int set_class(struct vt_obj *o, const char *addr, u32 bits, u32 class)
{
	struct { u32 bits, addr; } prefix = { bits, inet_addr(addr) };

	return bpf_map_update_elem(vt_map(o, "classes"), &prefix, &class, 0);
}

static int set_classes(struct vt_obj *o)
{
	return set_class(o, "127.1.0.0", 16, 0) ?:
	       set_class(o, "127.0.0.0", 8, 1) ?:
	       set_class(o, "127.1.2.0", 24, 2) ?:
	       set_class(o, "10.0.0.0", 8, 0);
}

static int maps_dump(struct vt_obj *o, FILE *out)
{
	static const char *const map[] = {
		"classes", "flows", "totals", "sizes_first", "sizes_next",
	};

	for (u32 i = 0; i < 5; i++)
		TRY(vt_dump_map(out, o, map[i]));
	return 0;
}

static int maps_test(struct vt_obj *o, FILE *out)
{
	TRY(set_classes(o));
	ex_packets(o, "maps", out);
	return maps_dump(o, out);
}

/* Four senders, 10 datagrams of growing size.  What has arrived has been through
 * the filter: on a busy device that is later than it was sent (ksoftirqd). */
static int maps_traffic(void)
{
	char buf[512];
	static const char *const from[] = {
		"127.0.0.1", "127.1.0.1", "127.1.2.3", "127.9.9.9",
	};
	int sink = vt_udp("127.0.0.1", 9300);

	TRY(sink);
	for (u32 i = 0; i < 4; i++) {
		int s = vt_udp(from[i], 9400);

		TRY(s);
		for (u32 n = 0; n <= i; n++)
			TRY(vt_udp_send(s, "127.0.0.1", 9300, 10 + 64 * n));
		close(s);
	}
	for (u32 n = 0; n < 10; n++)
		if (recv(sink, buf, sizeof(buf), 0) < 0)
			return -errno;
	close(sink);
	return 0;
}

static int maps_run(struct vt_obj *o, FILE *out)
{
	TRY(set_classes(o));
	TRY(maps_traffic());
	TRY(maps_dump(o, out));
	/* A new period: other inner map, the old one stays as it was. */
	TRY(vt_set_u32(o, "sizes", 0, vt_map(o, "sizes_next")));
	TRY(maps_traffic());
	TRY(maps_dump(o, out));
	/* None at all. */
	TRY(bpf_map_delete_elem(vt_map(o, "sizes"), &(u32){ 0 }));
	TRY(maps_traffic());
	return maps_dump(o, out);
}

const struct example ex_maps = {
	.name = "11-maps",
	.attach = { "maps=lo:ingress" },
	.attach_native = maps_native,
	.test_run = maps_test,
	.run = maps_run,
	/* three times: 127.0.0.1 and 127.9.9.9 5 packets, 127.1.2.3 3 */
	.must = { "flows[7f01020324b82454]=0900000000000000",
		  "totals[01000000]=15", "totals[02000000]=9",
		  "sizes_first[03000000]=0100000000000000",
		  "sizes_next[00000000]=0400000000000000" },
};

/* ---- 12 ---- */

struct wide_packet {
	struct ethhdr eth;
	u64 a, b, quotient, remainder, swap64;
	u32 swap32;
	u16 swap16, calls;
} __attribute__((packed));

static const struct { u64 a, b; } wide_numbers[] = {
	{ 1000000007, 97 }, { ~0ull, 3 }, { 1ull << 63, 10 },
	{ 5, 1ull << 40 }, { 0x0123456789abcdef, 0xfedcba98 }, { 42, 0 },
};

static struct wide_packet wide_packet(u32 i)
{
	struct wide_packet p = {
		.a = __builtin_bswap64(wide_numbers[i].a),
		.b = __builtin_bswap64(wide_numbers[i].b),
		.eth.h_proto = htons(0x88b5),
	};

	memset(p.eth.h_dest, 0xff, ETH_ALEN);
	return p;
}

/* The interpreter's answer against this processor's. */
static int wide_check(const struct wide_packet *p, u32 i, FILE *out)
{
	u64 a = wide_numbers[i].a, b = wide_numbers[i].b;
	/* BPF: division by zero gives 0, modulo leaves the dividend */
	u64 quot = b ? a / b : 0, rem = b ? a % b : a;

	vt_hex(out, p, sizeof(*p));
	fputc('\n', out);
	if (p->quotient != __builtin_bswap64(quot) ||
	    p->remainder != __builtin_bswap64(rem) ||
	    p->swap64 != __builtin_bswap64(a) ||
	    p->swap32 != __builtin_bswap32(a) ||
	    p->swap16 != __builtin_bswap16(a)) {
		vt_say("wrong arithmetic on %llx and %llx",
		       (unsigned long long)a, (unsigned long long)b);
		return -EDOM;
	}
	return 0;
}

static int wide_test(struct vt_obj *o, FILE *out)
{
	for (u32 i = 0; i < 6; i++) {
		struct wide_packet p = wide_packet(i), r;
		LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = &p,
			    .data_size_in = sizeof(p), .data_out = &r,
			    .data_size_out = sizeof(r), .repeat = 1);

		TRY(bpf_prog_test_run_opts(vt_prog(o, "wide"), &opts));
		fprintf(out, "wide: ret %u\n", opts.retval);
		TRY(wide_check(&r, i, out));
	}
	ex_packets(o, "wide", out);
	return vt_dump_map(out, o, "sums");
}

static int wide_native(struct vt_obj *o)
{
	return vt_attach_link(o, bpf_program__attach_xdp(
			vt_program(o, "wide"), vt_ifindex("vb")));
}

static int wide_run(struct vt_obj *o, FILE *out)
{
	int va = vt_packet_socket("va"), vb = vt_packet_socket("vb");

	TRY(va);
	TRY(vb);
	for (u32 i = 0; i < 6; i++) {
		struct wide_packet p = wide_packet(i), r;

		if (send(va, &p, sizeof(p), 0) != sizeof(p) ||
		    recv(vb, &r, sizeof(r), 0) != sizeof(r))
			return -errno;
		TRY(wide_check(&r, i, out));
	}
	TRY(vt_dump_map(out, o, "sums"));
	close(va);
	close(vb);
	return 0;
}

const struct example ex_wide = {
	.name = "12-wide",
	.veth = true,
	.attach = { "wide=vb" },
	.attach_native = wide_native,
	.test_run = wide_test,
	.run = wide_run,
	.must = { "sums[00000000]=0c00000000000000" },
};

/* ---- 13 ---- */

/* The sum of the table decides: 100 lets packets pass, 101 does not. */
static int callback_fill(struct vt_obj *o, u64 last)
{
	for (u32 i = 0; i < 16; i++) {
		u64 n = i == 15 ? last : i < 10 ? 10 : 0;

		TRY(bpf_map_update_elem(vt_map(o, "table"), &i, &n, 0));
	}
	return 0;
}

static int callback_test(struct vt_obj *o, FILE *out)
{
	for (u64 last = 0; last < 2; last++) {
		TRY(callback_fill(o, last));
		ex_packets(o, "callback", out);
	}
	return vt_dump_map(out, o, "table");
}

static int callback_native(struct vt_obj *o)
{
	return vt_attach_link(o, bpf_program__attach_xdp(
			vt_program(o, "callback"), vt_ifindex("vb")));
}

/* Of two packets the first is dropped. */
static int callback_run(struct vt_obj *o, FILE *out)
{
	int va = vt_packet_socket("va"), vb = vt_packet_socket("vb");
	u8 buf[256];

	TRY(va);
	TRY(vb);
	for (u32 i = 0; i < 2; i++) {
		u32 len = vt_frame(buf, "10.0.0.1", "10.0.0.9", IPPROTO_UDP, 1,
				   2, i * 10);

		TRY(callback_fill(o, !i));
		if (send(va, buf, len, 0) != len)
			return -errno;
	}
	if (recv(vb, buf, sizeof(buf), 0) < 0)
		return -errno;
	fprintf(out, "passed: payload %u\n", buf[17] - 28);
	close(va);
	close(vb);
	return 0;
}

const struct example ex_callback = {
	.name = "13-callback",
	.veth = true,
	.attach = { "callback=vb" },
	.attach_native = callback_native,
	.test_run = callback_test,
	.run = callback_run,
	.must = { "passed: payload 10", "ret 1", "ret 2" },
};
