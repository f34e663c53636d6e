// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * build-id.c - the build-id of a kernel image, packed or not.
 *
 *	build-id IMAGE
 *
 * Unpacking takes other programs and a good part of a second; done once, when
 * the guest is built, so that who lists targets and the signer, which may start
 * no programs, need not.  An image without one gives an empty line.
 */
#include <stdio.h>
#include "boot_image.h"

int main(int argc, char **argv)
{
	struct boot_image k;
	struct vorw_err e = { 0 };

	if (argc != 2 || !boot_image_read(argv[1], &k, &e)) {
		fprintf(stderr, "build-id: %s\n",
			argc == 2 ? e.msg : "usage: build-id IMAGE");
		return 1;
	}
	puts(k.build_id);
	boot_image_free(&k);
	return 0;
}
