// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* pin.c - the file with a token's PIN. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <mbedtls/platform_util.h>
#include "file_io.h"
#include "pin.h"
#include "private_file.h"

/* A file that is changed or replaced has another one. */
static void identify(const struct stat *st, char id[PIN_ID])
{
	snprintf(id, PIN_ID, "%llu %lld.%09ld\n", (unsigned long long)st->st_ino,
		 (long long)st->st_ctim.tv_sec, st->st_ctim.tv_nsec);
}

bool pin_open(struct pin *p, const char *source, const char *log,
	      struct vorw_err *e)
{
	size_t n;
	u8 *was;

	*p = (struct pin){ 0 };
	if (!source)
		return true;
	if (*source == '|')
		return vorw_fail(e, VORW_R_KEY,
				 "pin-source=%s: the signer starts no programs; name a file",
				 source);
	if (!strncmp(source, "file:", 5))
		source += 5;
	p->path = strdup(source);
	if (!p->path || asprintf(&p->refused_path, "%s.pin-refused", log) < 0) {
		p->refused_path = NULL;
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	}
	if (access(p->refused_path, F_OK) && errno == ENOENT)
		return true;
	if (!file_read(p->refused_path, PIN_ID - 1, &was, &n, e))
		return false;
	memcpy(p->refused, was, n);
	free(was);
	return true;
}

void pin_close(struct pin *p)
{
	free(p->path);
	free(p->refused_path);
	*p = (struct pin){ 0 };
}

bool pin_read(struct pin *p, u8 pin[PIN_MAX], size_t *n, struct vorw_err *e)
{
	struct stat st;
	char id[PIN_ID];
	u8 *buf;

	if (!private_file(p->path, &st, e))
		return false;
	identify(&st, id);
	if (!strcmp(id, p->refused))
		return vorw_fail(e, VORW_R_KEY,
				 "%s: this PIN was wrong, and is not tried again before the file changes (%s)",
				 p->path, p->refused_path);
	if (!file_read(p->path, PIN_MAX, &buf, n, e))
		return false;
	if (*n && buf[*n - 1] == '\n')
		--*n;
	if (*n && *n < PIN_MAX)
		memcpy(pin, buf, *n);
	else
		vorw_fail(e, VORW_R_KEY, "%s: a PIN has 1 to %d characters",
			  p->path, PIN_MAX - 1);
	mbedtls_platform_zeroize(buf, *n);
	free(buf);
	strcpy(p->read, id);
	return e->reason == VORW_R_OK;
}

void pin_was_wrong(struct pin *p, struct vorw_err *e)
{
	struct vorw_err why = { 0 };

	vorw_fail(e, VORW_R_KEY, "%s: the PIN is wrong", p->path);
	/* in memory first: a full disk must not lead to another try */
	strcpy(p->refused, p->read);
	if (!file_write(p->refused_path, p->refused, strlen(p->refused), &why))
		fprintf(stderr, "vorw-signer: %s\n", why.msg);
	vorw_err_free(&why);
}
