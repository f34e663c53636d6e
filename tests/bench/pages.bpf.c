// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * pages - how many pages has one process got from the kernel's page allocator
 * and not given back, now and at most?
 *
 * The contexts are the records of the kmem tracepoints; a page frame number is
 * a 32-bit long on the target.
 */
#include "vorw_example.h"

struct page_record {
	__u64 common;
	__u32 pfn;
	__u32 order;
};

struct count {
	__s64 now;
	__s64 most;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct count);
	__uint(max_entries, 1);
} pages SEC(".maps");

__u32 only_tgid;

static __always_inline int add(__s64 n)
{
	__u32 zero = 0;
	struct count *c = bpf_map_lookup_elem(&pages, &zero);

	if (!c || bpf_get_current_pid_tgid() >> 32 != only_tgid)
		return 0;
	c->now += n;
	if (c->now > c->most)
		c->most = c->now;
	return 0;
}

SEC("tp/kmem/mm_page_alloc")
int page_alloc(struct page_record *ctx)
{
	return add(1 << (ctx->order & 15));
}

SEC("tp/kmem/mm_page_free")
int page_free(struct page_record *ctx)
{
	return add(-(1 << (ctx->order & 15)));
}

SEC("tp/kmem/mm_page_free_batched")
int page_free_batched(void *ctx)
{
	return add(-1);
}

/* vmalloc() takes its pages in bulk, which the tracepoint does not see; one
 * alone takes the ordinary way (mm/page_alloc.c __alloc_pages_bulk()). */
SEC("kretprobe/__alloc_pages_bulk")
int pages_bulk(struct pt_regs *ctx)
{
	__u32 n = FN_RET(ctx);

	return n > 1 ? add(n) : 0;
}

char _license[] SEC("license") = "GPL";
