/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * t_reason.c - every refusal has a name and a text of its own.
 */
#include <ctype.h>
#include <string.h>
#include "vorw_reason.h"
#include "tap.h"

static const struct { unsigned num; const char *name, *text; } all[] = {
#define X(num, id, name, text) { num, name, text },
	VORW_REASONS(X)
#undef X
};

/* Lower case words joined by '-': fit for logs, JSON and shell scripts. */
static bool well_formed(const char *s)
{
	bool word = false;

	for (; *s; s++) {
		if (*s == '-' && !word)
			return false;
		if (*s != '-' && !islower((unsigned char)*s) &&
		    !isdigit((unsigned char)*s))
			return false;
		word = *s != '-';
	}
	return word;
}

int main(void)
{
	unsigned i, j, twice = 0, bad = 0, order = 0, wrong = 0, empty = 0;
	unsigned listed = 0;

	for (i = 0; i < ARRAY_LEN(all); i++) {
		for (j = 0; j < i; j++) {
			twice += !strcmp(all[i].name, all[j].name);
			twice += !strcmp(all[i].text, all[j].text);
		}
		bad += !well_formed(all[i].name);
		empty += !*all[i].text;
		order += i && all[i].num <= all[i - 1].num;
		wrong += vorw_reason_name(all[i].num) != all[i].name &&
			 strcmp(vorw_reason_name(all[i].num), all[i].name);
		wrong += strcmp(vorw_reason_text(all[i].num), all[i].text) != 0;
	}
	for (i = 0; i < 65536; i++)
		listed += strcmp(vorw_reason_name(i), "unknown") != 0;
	is(twice, 0, "names and texts are unique");
	is(bad, 0, "names are words joined by '-'");
	is(empty, 0, "no text is empty");
	is(order, 0, "numbers ascend");
	is(wrong, 0, "both functions agree with the list");
	is(listed, ARRAY_LEN(all), "a number not in the list is unknown");
	ok(!strcmp(vorw_reason_text(9999), "unknown"), "its text too");
	is(VORW_R_OK, 0, "0 is acceptance");
	return tap_done();
}
