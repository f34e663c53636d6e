// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * inspect_code.c - the programs of a blob, disassembled.
 *
 * Bytecode by our own disassembler, native code by binutils' objdump when one
 * for the architecture is installed, as bytes otherwise.
 */
#include <elf.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "bpf_disasm.h"
#include "inspect.h"
#include "json.h"
#include "names.h"

extern char **environ;

const char *reloc_kind_name(u32 kind)
{
	switch (kind) {
	case VORW_REL_HELPER:		return "helper";
	case VORW_REL_MAP:		return "map";
	case VORW_REL_MAP_VALUE:	return "map_value";
	case VORW_REL_KSYM:		return "ksym";
	case VORW_REL_INTERP:		return "interp";
	case VORW_REL_PART:		return "part";
	case VORW_REL_MAP_OP:		return "map_op";
	case VORW_REL_KVAR:		return "kvar";
	case VORW_REL_KPTR:		return "kptr";
	case VORW_REL_PRIV_STACK:	return "priv_stack";
	default:			return "?";
	}
}

const char *reloc_form_name(u32 form)
{
	switch (form) {
	case VORW_ENC_ARM_MOVW_MOVT:	return "arm_movw_movt";
	case VORW_ENC_BPF_LD64:		return "bpf_ld64";
	case VORW_ENC_BPF_CALL:		return "bpf_call";
	case VORW_ENC_BPF_CALL_ARGS:	return "bpf_call_args";
	case VORW_ENC_BPF_MOVS32:	return "bpf_movs32";
	case VORW_ENC_A64_MOVZ:		return "a64_movz";
	case VORW_ENC_A64_MOVN:		return "a64_movn";
	case VORW_ENC_A64_LITERAL:	return "a64_literal";
	case VORW_ENC_X86_MOVABS:	return "x86_movabs";
	case VORW_ENC_X86_MOVS32:	return "x86_movs32";
	case VORW_ENC_X86_CALL:		return "x86_call";
	case VORW_ENC_X86_JMP:		return "x86_jmp";
	case VORW_ENC_X86_PERCPU:	return "x86_percpu";
	case VORW_ENC_RISCV_LI:		return "riscv_li";
	case VORW_ENC_RISCV_LI_C:	return "riscv_li_c";
	case VORW_ENC_RISCV_CALL:	return "riscv_call";
	case VORW_ENC_RISCV_ADDR:	return "riscv_addr";
	default:			return "?";
	}
}

static const char *map_op_name(u32 op)
{
	static const char *const names[VORW_OP_MAX] = {
		[VORW_OP_LOOKUP_ELEM] = "lookup_elem",
		[VORW_OP_UPDATE_ELEM] = "update_elem",
		[VORW_OP_DELETE_ELEM] = "delete_elem",
		[VORW_OP_PUSH_ELEM] = "push_elem",
		[VORW_OP_POP_ELEM] = "pop_elem",
		[VORW_OP_PEEK_ELEM] = "peek_elem",
		[VORW_OP_REDIRECT] = "redirect",
		[VORW_OP_FOR_EACH] = "for_each_callback",
		[VORW_OP_LOOKUP_PERCPU] = "lookup_percpu_elem",
	};

	return op < VORW_OP_MAX ? names[op] : "?";
}

const char *reloc_text(const struct vorw_view *v, const struct vorw_reloc_h *r,
		       char *buf, size_t cap)
{
	struct vorw_map_h m;
	const char *name;

	switch (r->kind) {
	case VORW_REL_HELPER:
		name = helper_name(r->sym);
		if (name)
			snprintf(buf, cap, "bpf_%s", name);
		else
			snprintf(buf, cap, "helper #%u", r->sym);
		break;
	case VORW_REL_MAP:
		vorw_get_map(v, r->sym, &m);
		snprintf(buf, cap, "map[%u] %s", r->sym, m.name);
		break;
	case VORW_REL_MAP_VALUE:
		vorw_get_map(v, r->sym, &m);
		snprintf(buf, cap, "map[%u]+%u %s", r->sym, r->addend, m.name);
		break;
	case VORW_REL_MAP_OP:
		vorw_get_map(v, r->sym, &m);
		snprintf(buf, cap, "map[%u] %s->%s", r->sym, m.name,
			 map_op_name(r->addend));
		break;
	case VORW_REL_PART:
		snprintf(buf, cap, "part %u", r->sym);
		break;
	case VORW_REL_KVAR:
		snprintf(buf, cap, "&%s", vorw_get_string(v, r->sym));
		break;
	case VORW_REL_KPTR:
		snprintf(buf, cap, "*%s", vorw_get_string(v, r->sym));
		break;
	case VORW_REL_KSYM:
		snprintf(buf, cap, "%s", vorw_get_string(v, r->sym));
		break;
	case VORW_REL_INTERP:
		snprintf(buf, cap, "__bpf_prog_run_args%u", r->sym);
		break;
	default:
		snprintf(buf, cap, "kind %u, symbol %u", r->kind, r->sym);
	}
	return buf;
}

bool reloc_at(const struct vorw_view *v, u32 first, u32 n, u32 off, u32 *next,
	      struct vorw_reloc_h *r)
{
	for (; *next < first + n; ++*next) {
		vorw_get_reloc(v, *next, r);
		if (r->off >= off)
			return r->off == off;
	}
	return false;
}

u32 inspect_insn(const struct inspect *in, const struct vorw_prog_h *p, u32 i,
		 u32 *next_reloc, char *buf, size_t cap)
{
	const u8 *insns = in->v->sec[VORW_SEC_INSNS].p + 8 * p->insn_first;
	struct vorw_reloc_h r;
	char raw[1200], sym[128];
	bool is_reloc;

	is_reloc = reloc_at(in->v, p->insn_reloc_first, p->insn_reloc_cnt,
			    8 * i, next_reloc, &r);
	if (is_reloc)
		text_fit(sym, 45, reloc_text(in->v, &r, raw, sizeof(raw)));
	return bpf_disasm(buf, cap, insns + 8 * i, p->insn_cnt - i,
			  is_reloc ? sym : NULL);
}

void inspect_bytecode(const struct inspect *in, const struct vorw_prog_h *p)
{
	u32 i, next = p->insn_reloc_first;
	char line[128];

	printf("    bytecode, as rewritten by the verifier\n");
	for (i = 0; i < p->insn_cnt;) {
		u32 n = inspect_insn(in, p, i, &next, line, sizeof(line));

		printf("    %5u: %s\n", i, line);
		i += n;
	}
}

/* objdump's name, its -m argument, and what other packages call it */
static const struct {
	u32 machine;
	const char *programs[3], *mach;
} disassemblers[] = {
	{ EM_ARM, { "arm-linux-gnueabihf-objdump", "arm-none-eabi-objdump",
		    "objdump" }, "-marm" },
	{ EM_AARCH64, { "aarch64-linux-gnu-objdump", "objdump" }, "-maarch64" },
	{ EM_X86_64, { "x86_64-linux-gnu-objdump", "objdump" },
	  "-mi386:x86-64" },
	{ EM_RISCV, { "riscv64-linux-gnu-objdump", "objdump" },
	  "-mriscv:rv64" },
};

/* Run prog on file with its output going to the returned stream. */
static FILE *run(const char *prog, const char *mach, const char *file,
		 pid_t *pid)
{
	char *argv[] = { (char *)prog, "-D", "-bbinary", (char *)mach, "-z",
			 (char *)file, NULL };
	posix_spawn_file_actions_t fa;
	int fd[2], err;
	FILE *f;

	if (pipe(fd))
		return NULL;
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addclose(&fa, fd[0]);
	posix_spawn_file_actions_adddup2(&fa, fd[1], 1);
	posix_spawn_file_actions_addclose(&fa, fd[1]);
	posix_spawn_file_actions_addopen(&fa, 2, "/dev/null", 1, 0);
	err = posix_spawnp(pid, prog, &fa, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&fa);
	close(fd[1]);
	f = err ? NULL : fdopen(fd[0], "r");
	if (!f)
		close(fd[0]);
	return f;
}

/* A relocation gets a line of its own below the instruction it begins at. */
static void print_reloc(const struct inspect *in, const struct vorw_part_h *p,
			u32 off, u32 *next)
{
	struct vorw_reloc_h r;
	char raw[1200], buf[56];

	if (reloc_at(in->v, p->reloc_first, p->reloc_cnt, off, next,
		     &r))
		printf("            -> %-9s %s\n", reloc_kind_name(r.kind),
		       text_fit(buf, sizeof(buf),
				reloc_text(in->v, &r, raw, sizeof(raw))));
}

/* Lines of the form "   1c:\te3a00000 \tmov\tr0, #0"; the rest is heading. */
static u32 print_objdump(FILE *f, const struct inspect *in,
			 const struct vorw_part_h *p)
{
	u32 next = p->reloc_first, lines = 0;
	unsigned long off;
	char *line = NULL, *end, *c, buf[68];
	size_t cap = 0;

	while (getline(&line, &cap, f) > 0) {
		off = strtoul(line, &end, 16);
		if (end == line || end[0] != ':' || end[1] != '\t')
			continue;
		for (c = end; *c; c++)
			if (*c == '\t')
				*c = ' ';
		while (c > end && (c[-1] == '\n' || c[-1] == ' '))
			*--c = 0;
		printf("    %5lx: %s\n", off,
		       text_fit(buf, sizeof(buf), end + 2));
		print_reloc(in, p, off, &next);
		lines++;
	}
	free(line);
	return lines;
}

static bool objdump(const struct inspect *in, const struct vorw_part_h *p,
		    const char *file)
{
	u32 i, k, lines;
	pid_t pid;
	FILE *f;

	for (i = 0; i < sizeof(disassemblers) / sizeof(disassemblers[0]); i++) {
		if (disassemblers[i].machine != in->v->machine)
			continue;
		for (k = 0; k < 3 && disassemblers[i].programs[k]; k++) {
			f = run(disassemblers[i].programs[k],
				disassemblers[i].mach, file, &pid);
			if (!f)
				continue;
			lines = print_objdump(f, in, p);
			fclose(f);
			waitpid(pid, NULL, 0);
			/* none: an objdump for other architectures only */
			if (lines)
				return true;
		}
	}
	return false;
}

static void print_bytes(const struct inspect *in, const struct vorw_part_h *p)
{
	const u8 *code = in->v->sec[VORW_SEC_CODE].p + p->code_off;
	u32 off, next = p->reloc_first;

	for (off = 0; off + 4 <= p->code_size; off += 4) {
		printf("    %5x: %02x %02x %02x %02x\n", off, code[off],
		       code[off + 1], code[off + 2], code[off + 3]);
		print_reloc(in, p, off, &next);
	}
	for (; off < p->code_size; off++)
		printf("    %5x: %02x\n", off, code[off]);
}

/* Code as a file that objdump can open and that is gone with us. */
static int code_fd(const u8 *code, u32 size)
{
	int fd = memfd_create("code", 0);

	if (fd >= 0 && write(fd, code, size) != (ssize_t)size) {
		close(fd);
		fd = -1;
	}
	return fd;
}

void inspect_native(const struct inspect *in, const struct vorw_part_h *p)
{
	int fd = code_fd(in->v->sec[VORW_SEC_CODE].p + p->code_off,
			 p->code_size);
	char file[32];

	snprintf(file, sizeof(file), "/proc/self/fd/%d", fd);
	printf("    native code\n");
	if (fd < 0 || !objdump(in, p, file)) {
		printf("    (no objdump for this architecture is installed)\n");
		print_bytes(in, p);
	}
	if (fd >= 0)
		close(fd);
}
