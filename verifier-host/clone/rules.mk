# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# rules.mk - build/vorw-qemu-clone.so, which template VMs preload.  Not with the
# flags of the rest: no sanitizer may be in it, and longjmp() to another stack is
# what it is for.

ALL += $(B)/vorw-qemu-clone.so

CLONE_SRCS := verifier-host/clone/qemu_clone.c verifier-host/clone/copy_filter.c

$(B)/vorw-qemu-clone.so: $(CLONE_SRCS) verifier-host/clone/qemu_clone.h \
		verifier-host/clone/copy_filter.h verifier-host/clone/rules.mk
	$(call say,LD,$@)
	$(Q)$(CC) -O2 -std=gnu11 $(WARN) -U_FORTIFY_SOURCE -fvisibility=hidden -fPIC \
		-shared -o $@ $(CLONE_SRCS)
