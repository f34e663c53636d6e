# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# kernel.sh - what differs between targets and decides what a test expects; to
# be sourced.  fact KEY gives the target's facts (verifier-host/fetch/conf.sh).
#
# Nothing here knows a target's name: it is asked what kernel and which CPU
# architecture the target has.

# series_from A.B: is the kernel of this series or a newer one?
series_from()
{
	local have
	have=$(fact SERIES)
	[ "$(printf '%s\n' "$1" "$have" | sort -V | head -n 1)" = "$1" ]
}

# config OPTION: is it built in?
config() { grep -qx "CONFIG_$1=y" "$(fact CONFIG)"; }

# jits WHAT: does the JIT compile it?
#
# arch/arm/net/bpf_jit_32.c build_insn() has "notyet" for BPF_STX | BPF_ATOMIC,
# BPF_PSEUDO_CALL and BPF_PSEUDO_FUNC, in 6.1, 6.12 and 7.2; 64-bit division
# came with 6.7.  The 64-bit architectures' JITs compile all of it.
jits()
{
	case $(fact ARCH)-$1 in
	arm-atomics|arm-calls|arm-callbacks)	return 1 ;;
	arm-div64)				series_from 6.7 ;;
	esac
}

# takes WHAT: does the kernel load such a program, or attach it, at all?  A
# callback is never interpreted: check_cfg() "callbacks are not allowed in
# non-JITed programs".  No kprobe where ftrace has its instructions:
# check_ftrace_location() in kernel/kprobes.c; on riscv64 that is a function's
# first instruction (ftrace_call_adjust(), until 6.16), so no kretprobe either.
# Arenas: bpf_jit_supports_arena(), x86-64 in 6.9, arm64 and riscv64 in 6.10.
takes()
{
	case $1 in
	entry-probes)
		config KPROBE_EVENTS &&
			{ [ "$(fact ARCH)" != riscv ] || series_from 6.16 ||
			  ! config DYNAMIC_FTRACE; } ;;
	kprobe-events)
		# rb_reserve_next_event() of kernel/trace/ring_buffer.c keeps
		# nothing that comes in an NMI, which a breakpoint is on riscv:
		# do_trap_break()
		config KPROBE_EVENTS &&
			{ [ "$(fact ARCH)" != riscv ] ||
			  config ARCH_HAVE_NMI_SAFE_CMPXCHG; } ;;
	callbacks)	jits callbacks ;;
	arenas)
		# riscv64's want cmpxchg128 in 7.2 (bpf_jit_supports_arena()),
		# and no CPU of QEMU 7.2 has ZACAS
		series_from 6.10 && [ "$(fact ARCH)" != arm ] &&
			{ [ "$(fact ARCH)" != riscv ] || ! series_from 7.2; } ;;
	btf)		config DEBUG_INFO_BTF ;;
	esac
}

# carries WHAT: is there a place for it in a blob for this architecture?
# faults: exception tables, for reads along pointers of the kernel's types.
carries()
{
	case $1 in
	faults)		takes btf && [ "$(fact ARCH)" = x86 ] ;;
	esac
}

# form [WHAT]...: of a program that needs this of a JIT
form()
{
	local what

	for what; do
		jits "$what" || { echo bytecode; return; }
	done
	echo native
}

# The examples, and what each needs of a JIT.
examples="
01-sockcount		atomics
02-xdp-deny
03-tc-mark
04-cgroup-count
05-kprobe-open
06-tp-exec
07-rawtp-syscalls
08-perf-stacks
09-tailcall
10-globals
11-maps
12-wide			atomics div64 calls
"
! takes callbacks || examples+="13-callback	callbacks"

# A CPU that the same kernel runs on and that lacks what some code needs: cpu_with
# and cpu_without are objects that need it and do not.  cpu_verify is the CPU
# that they are verified for, cpu_device the one of the device; empty: the
# target's own.  cpu_machine, cpu_virtio, cpu_dtb: where that CPU needs another
# machine, that one's transport, and a device tree of the kernel package.  No
# cpu_why: there is none to try.
cpu_why='' cpu_with='' cpu_without='' cpu_verify='' cpu_device=''
cpu_machine='' cpu_virtio='' cpu_dtb=''
# shellcheck disable=SC2034
case $(fact ARCH) in
arm)
	# QEMU's "virt" machine has no Cortex-A9, and vexpress-a9 no PCI.  All
	# of QEMU's cores that an LPAE kernel runs on have division.
	config ARM_LPAE || cpu_why="no division instruction"
	cpu_with=divide32 cpu_without=tiny
	cpu_device=cortex-a9 cpu_machine=vexpress-a9 cpu_virtio=mmio
	cpu_dtb=vexpress-v2p-ca9.dtb ;;
arm64)
	cpu_why="no LSE atomics"
	cpu_with=01-sockcount cpu_without=tiny
	cpu_verify=neoverse-n1 cpu_device=cortex-a57 ;;
x86)
	# arch/x86/net/bpf_jit_comp.c emit_shiftx()
	! series_from 6.2 || cpu_why="no BMI2"
	cpu_with=alu cpu_without=tiny
	cpu_device=max,-bmi2 ;;
riscv)
	# arch/riscv/net/bpf_jit.h asks for Zba, Zbb and, later, Zacas
	cpu_why="no Zbb"
	cpu_with=alu cpu_without=tiny
	cpu_device=rv64,zbb=off ;;
esac
