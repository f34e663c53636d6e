// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* btf_file.c - a kernel's BTF in a file: is it what it should be? */
#include <linux/btf.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "btf_file.h"
#include "bytes.h"
#include "file_io.h"


#define HDR(f) offsetof(struct btf_header, f)

static bool check(const char *path, struct bytes b, struct vorw_err *e)
{
	/* a type that every kernel has */
	static const char known[] = "\0task_struct";
	struct bytes types, strings;
	u64 hdr, off, len, soff, slen;
	bool ok = true;

	if (bytes_num(b, HDR(magic), 2, &ok) != BTF_MAGIC || !ok)
		return vorw_fail(e, VORW_R_TARGET,
				 "%s is no BTF: it does not begin with a header of it (docs/own-kernels.md says how to make a file of BTF)",
				 path);
	hdr = bytes_num(b, HDR(hdr_len), 4, &ok);
	off = bytes_num(b, HDR(type_off), 4, &ok);
	len = bytes_num(b, HDR(type_len), 4, &ok);
	soff = bytes_num(b, HDR(str_off), 4, &ok);
	slen = bytes_num(b, HDR(str_len), 4, &ok);
	if (!ok || !bytes_sub(b, hdr + off, len, &types) ||
	    !bytes_sub(b, hdr + soff, slen, &strings))
		return vorw_fail(e, VORW_R_TARGET,
				 "%s: BTF is cut off: its header says more than its %zu bytes",
				 path, b.n);
	return memmem(strings.p, strings.n, known, sizeof(known)) ||
	       vorw_fail(e, VORW_R_TARGET,
			 "%s is BTF, but not of a kernel: no type task_struct in it",
			 path);
}

bool btf_read(const char *path, u8 **btf, size_t *size, struct vorw_err *e)
{
	if (!file_read(path, BTF_MAX_SIZE, btf, size, e))
		return false;
	if (check(path, (struct bytes){ *btf, *size }, e))
		return true;
	free(*btf);
	*btf = NULL;
	return false;
}
