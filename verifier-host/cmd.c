// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* cmd.c - what the commands share: reading a command line, ending. */
#include <ctype.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "cmd.h"
#include "json.h"

int cmd_usage_error(const char *command, const char *fmt, ...)
{
	char why[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	vorw_plain(why);
	fprintf(stderr, "vorw %s: %s; see vorw %s --help\n", command, why,
		command);
	return CMD_USAGE;
}

bool cmd_made_of(const char *text, const char *more, size_t max)
{
	size_t i;

	for (i = 0; text[i]; i++)
		if (!isalnum((unsigned char)text[i]) && !strchr(more, text[i]))
			return false;
	return i && i <= max;
}

char *cmd_file_beside(const char *leaf)
{
	char exe[4096], *slash, *out;
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	if (n < 0)
		return NULL;
	exe[n] = 0;
	slash = strrchr(exe, '/');
	if (slash)
		*slash = 0;
	return asprintf(&out, "%s/%s", exe, leaf) < 0 ? NULL : out;
}

int cmd_end(struct vorw_err *e)
{
	if (e->reason == VORW_R_OK)
		return CMD_OK;
	vorw_err_print(e);
	vorw_err_free(e);
	return CMD_FAILED;
}

int cmd_end_json(struct vorw_err *e)
{
	struct json j;

	if (e->reason != VORW_R_OK) {
		json_start(&j, stdout);
		json_bool(&j, "ok", false);
		json_str(&j, "reason", vorw_reason_name(e->reason));
		json_str(&j, "message", e->msg);
		json_finish(&j);
	}
	return cmd_end(e);
}

/* Values that getopt gives back: the options' places in their table. */
#define VAL(i)		((int)(i) + 256)
#define VAL_HELP	255

struct getopt_tables {
	struct option longs[CMD_OPTIONS_MAX + 2];
	char shorts[2 * CMD_OPTIONS_MAX + 3];
};

static void make_tables(const struct cmd_syntax *s, struct getopt_tables *t)
{
	char *p = t->shorts;
	size_t i;

	memset(t, 0, sizeof(*t));
	*p++ = ':';		/* a missing argument is told from the rest */
	*p++ = 'h';
	for (i = 0; i < s->noptions; i++) {
		const struct cmd_option *o = &s->options[i];

		t->longs[i] = (struct option){
			o->name, o->flag ? no_argument : required_argument,
			NULL, VAL(i)
		};
		if (o->letter)
			*p++ = o->letter;
		if (o->letter && !o->flag)
			*p++ = ':';
	}
	t->longs[i] = (struct option){ "help", no_argument, NULL, VAL_HELP };
}

/* The option that getopt means: by its place, or by its letter. */
static const struct cmd_option *find(const struct cmd_syntax *s, int c)
{
	size_t i;

	for (i = 0; i < s->noptions; i++)
		if (c == VAL(i) || (c && c == s->options[i].letter))
			return &s->options[i];
	return NULL;
}

/* getopt said no (c: '?' or ':'). */
static int bad_option(const struct cmd_syntax *s, int c, char **argv)
{
	const struct cmd_option *o = find(s, optopt);

	if (o && c == ':')
		return cmd_usage_error(s->command,
				       "option '--%s' needs an argument",
				       o->name);
	if (o || optopt == VAL_HELP)
		return cmd_usage_error(s->command,
				       "option '--%s' takes no argument",
				       o ? o->name : "help");
	if (optopt)
		return cmd_usage_error(s->command, "no option '-%c'", optopt);
	return cmd_usage_error(s->command, "no option '%s'",
			       argv[optind - 1]);
}

/* -1, or CMD_USAGE: there are too many of it */
static int take(const struct cmd_syntax *s, const struct cmd_option *o)
{
	if (o->flag) {
		*o->flag = true;
	} else if (o->text) {
		*o->text = optarg;
	} else {
		if (o->texts->n == o->texts->max && o->texts->n == 1)
			return cmd_usage_error(s->command,
					       "only one '--%s' is taken",
					       o->name);
		if (o->texts->n == o->texts->max)
			return cmd_usage_error(s->command,
					       "more than %zu times '--%s'",
					       o->texts->max, o->name);
		o->texts->text[o->texts->n++] = optarg;
	}
	return -1;
}

int cmd_parse(int argc, char **argv, const struct cmd_syntax *s,
	      const char **operand)
{
	struct getopt_tables t;
	int c, rc;

	make_tables(s, &t);
	opterr = 0;
	optind = 0;	/* glibc: start anew */
	while ((c = getopt_long(argc, argv, t.shorts, t.longs, NULL)) != -1) {
		if (c == 'h' || c == VAL_HELP) {
			fputs(s->usage, stdout);
			return CMD_OK;
		}
		if (c == '?' || c == ':')
			return bad_option(s, c, argv);
		rc = take(s, find(s, c));
		if (rc >= 0)
			return rc;
	}
	*operand = optind < argc ? argv[optind] : NULL;
	if (!s->operand)
		return !*operand ? -1 :
		       cmd_usage_error(s->command, "it takes no '%s'",
				       *operand);
	if (!*operand)
		return cmd_usage_error(s->command, "one %s is needed",
				       s->operand);
	if (optind < argc - 1)
		return cmd_usage_error(s->command, "one %s only, not also '%s'",
				       s->operand, argv[optind + 1]);
	return -1;
}
