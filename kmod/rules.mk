# SPDX-License-Identifier: GPL-2.0-only
# kmod/ - the device module.  kbuild writes beside the sources, so they are
# linked into the build folder first.

KMOD_DIR  := $(TB)/kmod
KMOD_SRC  := $(wildcard kmod/*.[ch]) kmod/Kbuild \
	     $(filter-out blob-format/vorw_writer%, \
		$(wildcard blob-format/*.[ch])) \
	     keys/vorw_certs.h $(B)/keys/certs.c
ALL	  += $(if $(NO_KMOD),,$(TB)/vorw.ko)

# The indirect calls that check-calls allows: operations of maps and helpers'
# prototypes, which the kernel calls by pointer too; and the module's own
# encoders, which keep their landing pads because their addresses are taken.
INDIRECT := maps.o=2 link.o=3 poke.o=1 vorw_reloc.o=6

# The Arm compiler makes a section for exception data beside each section of
# code; this prints -R and the name of those that nothing is in.
EMPTY_EXTAB := sed -nE 's/.* (\.ARM\.extab[^ ]*) +PROGBITS +0+ [0-9a-f]+ 0+ .*/-R \1/p'

# The seam that was asked for, as a file.
$(KMOD_DIR)/.seam: always
	@mkdir -p $(@D)
	@echo '$(SEAM)' | cmp -s - $@ || echo '$(SEAM)' > $@
.PHONY: always

# A twin's module is for the kernel that it is the twin of.
$(TB)/vorw.ko: KDIR := $(or $(DEVICE_KDIR),$(KDIR))

# What goes to a device keeps the names of the functions that files share, for
# stack traces, and no symbol else that is not needed to load it: an address in
# a static function shows as its neighbour plus an offset, which the module in
# $(KMOD_DIR) resolves (addr2line).  The Arm ABI's mapping symbols ($a: here
# begin instructions, $d: data), which GNU objcopy always keeps, are for
# disassemblers: give those the module in $(KMOD_DIR).
$(TB)/vorw.ko: $(KMOD_SRC) kmod/uapi/vorw.h $(TB)/target.mk kmod/rules.mk \
		kmod/check-calls $(KMOD_DIR)/.seam
	$(call say,KMOD,$@)
	$(Q)mkdir -p $(KMOD_DIR)/uapi
	$(Q)find $(KMOD_DIR) -type l -delete
	$(Q)ln -s $(abspath $(KMOD_SRC)) $(KMOD_DIR)/
	$(Q)ln -s $(abspath kmod/uapi/vorw.h) $(KMOD_DIR)/uapi/
	+$(Q)$(KMAKE) M=$(abspath $(KMOD_DIR)) $(SEAM:%=VORW_SEAM=%) modules
	$(Q)! grep -q '^CONFIG_X86_KERNEL_IBT=y' $(CONFIG) || \
		kmod/check-calls $(CROSS)objdump $(KMOD_DIR) $(INDIRECT)
	$(Q)$(CROSS)objcopy --strip-unneeded -R .comment -R .note.GNU-stack \
		-R .ARM.attributes \
		$$($(CROSS)readelf -SW $(KMOD_DIR)/vorw.ko | $(EMPTY_EXTAB)) \
		$(KMOD_DIR)/vorw.ko $@
	$(Q)llvm-objcopy -w -N '$$[adtx]' -N '$$[adtx].*' $@
