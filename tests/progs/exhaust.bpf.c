// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * exhaust - the guest has not the memory to verify this: at two jumps in eight
 * instructions the verifier keeps a state (kernel/bpf/verifier.c,
 * is_state_visited()), each with all of a full stack.
 */
#include "vorw_example.h"

#define WORDS	56
#define STATES	"50000"

SEC("xdp")
int exhaust(struct xdp_md *ctx)
{
	__u64 words[WORDS], some = bpf_get_prandom_u32();

#pragma unroll
	for (int k = 0; k < WORDS; k++)
		words[k] = some + k;
	/* words are read, as far as the compiler knows */
	asm volatile(".rept " STATES "\n"
		     "goto +0\n" "goto +0\n"
		     "r0 = 0\n" "r0 = 1\n" "r0 = 2\n" "r0 = 3\n" "r0 = 4\n"
		     "r0 = 5\n"
		     ".endr\n" : : "r"(words) : "r0", "memory");
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
