// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* t_messages.c - which of libbpf's lines is shown, and that none harms. */
#include <stdio.h>
#include <string.h>
#include "err.h"
#include "messages.h"
#include "tests/unit/tap.h"

/* As libbpf 1.1 says them: the reason, then what follows from it. */
static const struct {
	const char *name, *text, *prog, *line;
} lines[] = {
	{ "nothing", NULL, NULL, "" },
	{ "an empty text", "", NULL, "" },
	{ "empty lines", "\n\n \nlibbpf: \n", NULL, "" },
	{ "one line, trailing blanks",
	  "libbpf: map 'm': unknown field 'frob'.  \n", NULL,
	  "map 'm': unknown field 'frob'." },
	{ "the first of two that count",
	  "libbpf: extern 'X' (strong): not resolved\n"
	  "libbpf: something else\n", NULL,
	  "extern 'X' (strong): not resolved" },
	{ "consequences first",
	  "libbpf: Kernel doesn't support BTF, skipping uploading it.\n"
	  "libbpf: elf: skipping unrecognized data section(7) .foo\n"
	  "libbpf: prog 'p': failed to load: -22\n"
	  "libbpf: prog 'p': missing BPF prog type\n"
	  "libbpf: failed to load object ''\n", NULL,
	  "prog 'p': missing BPF prog type" },
	{ "the program is named by who asks",
	  "libbpf: prog 'p': missing BPF prog type\n", "p",
	  "missing BPF prog type" },
	{ "another program is named", "libbpf: prog 'q': bad\n", "p",
	  "prog 'q': bad" },
	{ "consequences only",
	  "libbpf: prog 'p': BPF program load failed: Invalid argument\n"
	  "libbpf: prog 'p': failed to load: -22\n", "p", "" },
	{ "no end of line", "libbpf: x", NULL, "x" },
	{ "not libbpf's", "x\n", NULL, "x" },
};

static void test_lines(void)
{
	char buf[200];
	size_t i;

	for (i = 0; i < ARRAY_LEN(lines); i++)
		if (!ok(!strcmp(message_line(lines[i].text, lines[i].prog, buf,
					     sizeof(buf)), lines[i].line),
			"%s", lines[i].name))
			diag("got '%s'", buf);
	message_line("libbpf: 0123456789\n", NULL, buf, 5);
	ok(!strcmp(buf, "0123"), "cut to the room there is");
}

static void repeats(const char *line, const char *msg, bool want,
		    const char *name)
{
	ok(message_repeats(line, strcspn(line, "\n"), msg) == want, "%s",
	   name);
}

/* A message is one line of ASCII, whatever the guest or a name holds. */
static void test_plain(void)
{
	struct vorw_err e = { 0 };
	size_t i;
	bool bad = false;

	vorw_fail(&e, VORW_R_BAD_OBJECT, "a\n\033[31mb\tc\x7f\xc2\x9b\x01%s",
		  "\xe2\x80\xae");
	for (i = 0; e.msg[i]; i++)
		bad |= e.msg[i] < ' ' || e.msg[i] > '~';
	ok(!bad && !strncmp(e.msg, "a ?[31mb c", 10),
	   "control characters of a message");
	vorw_fail(&e, VORW_R_VM, "second");
	ok(e.reason == VORW_R_BAD_OBJECT && e.msg[0] == 'a',
	   "the first failure stays");
	vorw_err_free(&e);
}

int main(void)
{
	test_lines();
	repeats("libbpf: map 'm': unknown field\nmore",
		"o.o: map 'm': unknown field", true, "the message again");
	repeats("libbpf: prog 'p': no type", "program 'p': no type", true,
		"the message, the program named otherwise");
	repeats("libbpf: prog 'p': other", "program 'p': no type", false,
		"another one");
	repeats("", "x", true, "an empty line adds nothing");
	test_plain();
	return tap_done();
}
