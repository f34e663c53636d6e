# SPDX-License-Identifier: GPL-2.0-only
# kmod/ - the device module.  kbuild writes beside the sources, so they are
# linked into the build folder first.

KMOD_DIR  := $(TB)/kmod
KMOD_SRC  := $(wildcard kmod/*.[ch]) kmod/Kbuild \
	     $(filter-out blob-format/vorw_writer%, \
		$(wildcard blob-format/*.[ch])) \
	     keys/vorw_certs.h $(B)/keys/certs.c
ALL	  += $(TB)/vorw.ko

$(TB)/vorw.ko: $(KMOD_SRC) kmod/uapi/vorw.h $(TB)/target.mk kmod/rules.mk
	$(call say,KMOD,$@)
	$(Q)mkdir -p $(KMOD_DIR)/uapi
	$(Q)find $(KMOD_DIR) -type l -delete
	$(Q)ln -s $(abspath $(KMOD_SRC)) $(KMOD_DIR)/
	$(Q)ln -s $(abspath kmod/uapi/vorw.h) $(KMOD_DIR)/uapi/
	$(Q)$(MAKE) -s -C $(abspath $(KDIR)) M=$(abspath $(KMOD_DIR)) \
		ARCH=$(ARCH) CROSS_COMPILE=$(CROSS) modules
	$(Q)$(CROSS)strip --strip-unneeded -R .comment -o $@ $(KMOD_DIR)/vorw.ko
