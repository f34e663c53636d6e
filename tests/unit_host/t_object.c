// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* t_object.c - which ELF files are worth starting a VM for; log summaries. */
#include <elf.h>
#include <linux/btf.h>
#include <stdio.h>
#include <stdlib.h>
#include "object.h"
#include "session.h"
#include "tests/unit/tap.h"

/* An ELF file: null, code, names, BTF, symbols, and one more of BTF. */
struct file {
	Elf64_Ehdr eh;
	char names[64];
	u8 code[16];
	struct btf_header bh;
	struct {
		struct btf_type sec;
		struct btf_var_secinfo info;
		struct btf_type var;
		struct btf_var linkage;
	} bt;
	char btf_names[16];
	Elf64_Sym sym[3];
	Elf64_Shdr sh[6];
};

static void make(struct file *f)
{
	memset(f, 0, sizeof(*f));
	memcpy(f->eh.e_ident, ELFMAG, SELFMAG);
	f->eh.e_ident[EI_CLASS] = ELFCLASS64;
	f->eh.e_ident[EI_DATA] = ELFDATA2LSB;
	f->eh.e_ident[EI_VERSION] = EV_CURRENT;
	f->eh.e_type = ET_REL;
	f->eh.e_machine = EM_BPF;
	f->eh.e_shoff = offsetof(struct file, sh);
	f->eh.e_shentsize = sizeof(Elf64_Shdr);
	f->eh.e_shnum = 6;
	f->eh.e_shstrndx = 2;
	memcpy(f->names, "\0xdp\0.strtab\0.BTF\0.text\0license\0.maps\0"
	       ".symtab", 46);
	f->sh[1] = (Elf64_Shdr){ .sh_name = 1, .sh_type = SHT_PROGBITS,
		.sh_flags = SHF_ALLOC | SHF_EXECINSTR,
		.sh_offset = offsetof(struct file, code), .sh_size = 16 };
	f->sh[2] = (Elf64_Shdr){ .sh_name = 5, .sh_type = SHT_STRTAB,
		.sh_offset = offsetof(struct file, names), .sh_size = 64 };
	f->sh[3] = (Elf64_Shdr){ .sh_name = 13, .sh_type = SHT_PROGBITS,
		.sh_offset = offsetof(struct file, bh),
		.sh_size = sizeof(f->bh) + sizeof(f->bt) + 16 };
	f->sh[4] = (Elf64_Shdr){ .sh_name = 38, .sh_type = SHT_SYMTAB,
		.sh_offset = offsetof(struct file, sym), .sh_link = 2,
		.sh_size = sizeof(f->sym), .sh_entsize = sizeof(Elf64_Sym) };
	f->sh[5] = (Elf64_Shdr){ .sh_name = 24, .sh_type = SHT_PROGBITS,
		.sh_offset = offsetof(struct file, code), .sh_size = 4 };
	f->sym[1] = (Elf64_Sym){ .st_name = 1, .st_shndx = 1 };
	f->sym[2] = (Elf64_Sym){ .st_name = 1, .st_shndx = 1 };
	/* one DATASEC with one VAR, "HZ" */
	f->bh = (struct btf_header){ .magic = BTF_MAGIC, .version = 1,
		.hdr_len = sizeof(f->bh), .type_len = sizeof(f->bt),
		.str_off = sizeof(f->bt), .str_len = 16 };
	f->bt.sec = (struct btf_type){ .name_off = 1,
				       .info = BTF_KIND_DATASEC << 24 | 1 };
	f->bt.info.type = 2;
	f->bt.var = (struct btf_type){ .name_off = 12,
				       .info = BTF_KIND_VAR << 24 };
	memcpy(f->btf_names, "\0.maps\0    \0xdp", 16);
}

static void big_endian(struct file *f) { f->eh.e_ident[EI_DATA] = ELFDATA2MSB; }
static void no_magic(struct file *f) { f->eh.e_ident[0] = 'M'; }
static void elf32(struct file *f) { f->eh.e_ident[EI_CLASS] = ELFCLASS32; }
static void x86(struct file *f) { f->eh.e_machine = EM_X86_64; }
static void exec(struct file *f) { f->eh.e_type = ET_EXEC; }
static void only_text(struct file *f) { f->sh[1].sh_name = 18; }
static void empty_code(struct file *f) { f->sh[1].sh_size = 0; }
static void data_only(struct file *f) { f->sh[1].sh_flags = SHF_ALLOC; }
static void far_table(struct file *f) { f->eh.e_shoff = ~0ull - 8; }
static void many(struct file *f) { f->eh.e_shnum = 60000; }
static void no_names(struct file *f) { f->eh.e_shstrndx = 9; }
static void far_names(struct file *f) { f->sh[2].sh_offset = ~0ull; }
static void far_code(struct file *f) { f->sh[1].sh_size = ~0ull - 64; }
static void bad_name(struct file *f) { f->sh[1].sh_name = 1u << 30; }
static void ksyms(struct file *f) { memcpy(f->btf_names, "\0.ksyms", 8); }
static void kconfig(struct file *f)
{
	memcpy(f->btf_names, "\0.kconfig", 10);
	f->sym[2].st_shndx = SHN_UNDEF;
}
static void undefined(struct file *f) { f->sym[2].st_shndx = SHN_UNDEF; }
static void other_name(struct file *f)
{
	kconfig(f);
	f->sym[2].st_name = 5;
}
static void no_btf(struct file *f)
{
	undefined(f);
	f->sh[3].sh_name = 1;
}
static void swapped_btf(struct file *f)
{
	ksyms(f);
	f->bh.magic = __builtin_bswap16(f->bh.magic);
	f->bh.hdr_len = __builtin_bswap32(f->bh.hdr_len);
	f->bh.type_len = __builtin_bswap32(f->bh.type_len);
	f->bh.str_off = __builtin_bswap32(f->bh.str_off);
	f->bh.str_len = __builtin_bswap32(f->bh.str_len);
	f->bt.sec.name_off = __builtin_bswap32(f->bt.sec.name_off);
	f->bt.sec.info = __builtin_bswap32(f->bt.sec.info);
}
static void btf_2(struct file *f) { f->bh.version = 2; }
static void btf_tail(struct file *f) { f->bh.type_len -= 4; }
static void wild_var(struct file *f)
{
	kconfig(f);
	f->bt.info.type = 9;
}
static void two_btf(struct file *f) { f->sh[5].sh_name = 13; }
static void two_symtab(struct file *f) { f->sh[5].sh_type = SHT_SYMTAB; }
static void two_license(struct file *f) { f->sh[3].sh_name = 24; }
static void nobits_license(struct file *f) { f->sh[5].sh_type = SHT_NOBITS; }
static void two_maps(struct file *f) { f->sh[3].sh_name = f->sh[5].sh_name = 32; }
static void half_symbol(struct file *f)
{
	f->sh[4].sh_size -= 23;
	f->sym[2].st_shndx = 1;
}
static void no_sym_names(struct file *f) { f->sh[4].sh_link = 99; }
static void wild_btf(struct file *f) { f->bh.type_len = ~0u; }
static void odd_kind(struct file *f) { f->bt.var.info = 31u << 24; }
static void no_btf_hdr(struct file *f) { f->sh[3].sh_size = 3; }
static void same(struct file *f) { }

static const struct {
	const char *name;
	void (*change)(struct file *f);
	const char *want;	/* in the message; NULL: taken */
} files[] = {
	{ "plain object", same, NULL },
	{ "big-endian", big_endian, "big-endian" },
	{ "not ELF", no_magic, "not an ELF" },
	{ "32-bit", elf32, "not a 64-bit" },
	{ "for another machine", x86, "machine 62" },
	{ "an executable", exec, "relocatable" },
	{ "only subprograms", only_text, "no programs" },
	{ "empty section", empty_code, "no programs" },
	{ "only data", data_only, "no programs" },
	{ "section table outside", far_table, "section table" },
	{ "more sections than bytes", many, "section table" },
	{ "names that do not exist", no_names, "section table" },
	{ "names outside", far_names, "section table" },
	{ "section outside", far_code, "ends behind" },
	{ "section name outside", bad_name, "damaged" },
	{ "extern kernel symbols", ksyms, ".ksyms" },
	{ "extern configuration", kconfig, NULL },
	{ "an undefined symbol of no section", undefined, "'xdp' is defined nowhere" },
	{ "an undefined symbol, no configuration", other_name, "'.strtab' is" },
	{ "an undefined symbol, no BTF", no_btf, "'xdp' is defined nowhere" },
	{ "BTF in the other byte order", swapped_btf, "little-endian" },
	{ "BTF of version 2", btf_2, "version 1" },
	{ "BTF with wild sizes", wild_btf, "damaged" },
	{ "BTF kind of the future", odd_kind, "not known" },
	{ "BTF that ends inside a type", btf_tail, "not known" },
	{ "BTF shorter than its header", no_btf_hdr, "little-endian" },
	{ "BTF section of a type that does not exist", wild_var, "damaged" },
	{ "two .BTF", two_btf, "more than one" },
	{ "two symbol tables", two_symtab, "more than one" },
	{ "two licences", two_license, "more than one section 'license'" },
	{ "two .maps", two_maps, "more than one" },
	{ "licence without bytes", nobits_license, "has type 8" },
	{ "half a symbol", half_symbol, "symbol table is damaged" },
	{ "symbols without names", no_sym_names, "without names" },
};

static void test_files(void)
{
	struct vorw_err e;
	struct file f;
	size_t i, n;
	bool good;
	u8 *cut;

	for (i = 0; i < ARRAY_LEN(files); i++) {
		make(&f);
		files[i].change(&f);
		e = (struct vorw_err){ 0 };
		good = object_check((u8 *)&f, sizeof(f), "x.o", &e);
		if (!ok(files[i].want ? !good && e.reason == VORW_R_BAD_OBJECT &&
			strstr(e.msg, files[i].want) : good,
			"object: %s", files[i].name))
			diag("%s", e.msg);
	}
	/* its own allocation, so that a read behind the end is seen */
	make(&f);
	for (n = 0, i = 0; n < sizeof(f); n++) {
		cut = malloc(n ? n : 1);
		memcpy(cut, &f, n);
		e = (struct vorw_err){ 0 };
		i += object_check(cut, n, "x.o", &e) ||
		     e.reason != VORW_R_BAD_OBJECT;
		free(cut);
	}
	is(i, 0, "cut at each of %zu lengths, taken", sizeof(f));
	for (n = 0; n < sizeof(f) * 8; n++) {
		make(&f);
		((u8 *)&f)[n / 8] ^= 1 << n % 8;
		e = (struct vorw_err){ 0 };
		object_check((u8 *)&f, sizeof(f), "x.o", &e);
	}
	ok(true, "each of %zu bits flipped: looked at", sizeof(f) * 8);
}

static void test_logs(void)
{
	struct vstats st;
	char line[64];

	stats_parse("verification time 123 usec\nstack depth 16+8\n"
		    "processed 12 insns (limit 1000000) max_states_per_insn 0 "
		    "total_states 3 peak_states 2 mark_read 1\n", &st);
	ok(st.time_usec == 123 && st.insns_processed == 12 &&
	   st.total_states == 3 && st.peak_states == 2 &&
	   !strcmp(st.stack, "16+8"), "summary of a log");
	stats_parse("", &st);
	ok(!st.insns_processed && !st.stack[0], "empty log");
	stats_parse("processed x\ntotal_states 99999999999999999999\n"
		    "stack depth 1111111111111111111111111111111111111111", &st);
	ok(!st.insns_processed && strlen(st.stack) < sizeof(st.stack),
	   "hostile log");
	stats_parse(NULL, &st);
	stats_last_line("0: exit\nR0 !read_ok\nstack depth 0\n"
			"insns processed 1\nprocessed 1 insns\n", line,
			sizeof(line));
	ok(!strcmp(line, "R0 !read_ok"), "line that says why");
	stats_last_line("R1 bad\n; return x; @ y.c:1\nprocessed 1 insns\n",
			line, sizeof(line));
	ok(!strcmp(line, "R1 bad"), "a source line says no reason");
	stats_last_line(NULL, line, sizeof(line));
	ok(!line[0], "no log");
}

int main(void)
{
	test_files();
	test_logs();
	return tap_done();
}
