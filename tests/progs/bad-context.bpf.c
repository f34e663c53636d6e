// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* bad-context - reads behind the registers, as a kprobe for another
 * architecture may: the verifier refuses it, and names a source line last. */
#include "vorw_example.h"

SEC("kprobe/do_sys_openat2")
int bad_context(void *ctx)
{
	bpf_printk("%u", *(__u64 *)(ctx + 1024));
	return 0;
}

char _license[] SEC("license") = "GPL";
