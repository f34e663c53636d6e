// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* ld-abs - LD_ABS and LD_IND of every width, which become calls of kernel
 * routines that are no helpers, in a program that the JIT takes. */
#include "vorw_example.h"

unsigned long long load_byte(void *skb, unsigned long long off)
	asm("llvm.bpf.load.byte");
unsigned long long load_half(void *skb, unsigned long long off)
	asm("llvm.bpf.load.half");
unsigned long long load_word(void *skb, unsigned long long off)
	asm("llvm.bpf.load.word");

SEC("socket")
int ld_abs(struct __sk_buff *skb)
{
	__u32 ihl = (load_byte(skb, 14) & 15) * 4;
	__u32 sum = load_half(skb, 12) + load_word(skb, 26);

	sum += load_half(skb, 14 + ihl) ^ load_byte(skb, ihl);
	return sum + load_word(skb, ihl + 4);
}

char _license[] SEC("license") = "GPL";
