# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# rules.mk - the verification guest: agent, capture module, initramfs.

G := $(TB)/guest
comma := ,
GUEST_DIR := verifier-host/guest
GUEST_SRC := $(filter-out %.bpf.c,$(wildcard $(GUEST_DIR)/*.c))
GUEST_OBJ := $(GUEST_SRC:$(GUEST_DIR)/%.c=$(G)/obj/%.o)
GUEST_CAPTURE := $(wildcard $(GUEST_DIR)/capture/*)
# libbpf, libelf and zlib come from the target's own suite.  The C library is the
# cross compiler's, or, where the sysroot brings one because those need a newer
# one, the sysroot's.
SYS_LIBC = $(wildcard $(SYSROOT)/usr/lib/*-linux-gnu*/libc.a)
SYS_LIB	 = $(patsubst %/libc.a,%,$(SYS_LIBC))
SYS_INC	 = $(patsubst $(SYSROOT)/usr/lib/%,$(SYSROOT)/usr/include/%,$(SYS_LIB))
sys-file = $(shell $(CROSS)gcc -print-file-name=$(1))

# How static programs for the target are compiled and linked; loader/ takes only
# the script.
SYS_SCRIPT = $(if $(SYS_LIBC),-Wl$(comma)-T$(comma)$(GUEST_DIR)/static.ld)
SYS_CFLAGS = $(if $(SYS_LIBC),-nostdinc -isystem $(call sys-file,include) \
		-isystem $(SYS_INC) -isystem,-idirafter) $(SYSROOT)/usr/include
SYS_LINK   = $(CROSS)gcc -static -s $(if $(SYS_LIBC),-nostdlib $(SYS_SCRIPT) \
		$(SYS_LIB)/crt1.o $(SYS_LIB)/crti.o $(call sys-file,crtbeginT.o))
SYS_END	   = $(if $(SYS_LIBC),-Wl$(comma)--start-group $(SYS_LIBC) -lgcc -lgcc_eh \
		-Wl$(comma)--end-group $(call sys-file,crtend.o) $(SYS_LIB)/crtn.o)

GUEST_CFLAGS := -Os -g $(WARN) -std=gnu11 -D_GNU_SOURCE -Iblob-format \
		-I$(GUEST_DIR) $(SYS_CFLAGS)
# What links these depends on the first.
GUEST_LIBS = $(G)/obj/libelf.o $(wildcard \
		$(foreach l,libbpf libelf libz libzstd,$(SYSROOT)/usr/lib/*/$(l).a))
GUEST_KO := $(if $(NO_KMOD),,$(G)/vorw_capture.ko)

ALL += $(G)/agent $(GUEST_KO) $(G)/initramfs.cpio $(G)/kernel $(G)/build-id \
       $(G)/warm.o

$(G)/obj/%.o: $(GUEST_DIR)/%.c $(TB)/target.mk $(GUEST_DIR)/rules.mk
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CROSS)gcc $(GUEST_CFLAGS) -MMD -MP -c -o $@ $<

$(G)/agent: $(GUEST_OBJ) $(GUEST_DIR)/static.ld
	$(call say,LD,$@)
	$(Q)$(SYS_LINK) -Wl,--wrap=close -o $@ \
		$(filter-out %/libelf.o,$(GUEST_OBJ)) \
		$(GUEST_LIBS) $(SYS_END)

# Kbuild writes beside its sources: it gets a copy.
$(G)/vorw_capture.ko: $(GUEST_CAPTURE) blob-format/vorw_format.h \
		blob-format/vorw_types.h \
		$(wildcard blob-format/vorw_gen*.h) \
		blob-format/vorw_not_carried.h $(TB)/target.mk
	@rm -rf $(G)/capture && mkdir -p $(G)/capture
	$(call say,KMOD,$@)
	$(Q)cp $(GUEST_CAPTURE) $(G)/capture/
	+$(Q)$(KMAKE) M=$(abspath $(G)/capture) VORW_TOP=$(CURDIR) modules
	$(Q)! grep -q '^CONFIG_X86_KERNEL_IBT=y' $(CONFIG) || \
		kmod/check-calls $(CROSS)objdump $(G)/capture capture.o=3
	$(Q)$(CROSS)strip --strip-debug -o $@ $(G)/capture/vorw_capture.ko

# Only the modules that the port needs.  Same contents, same bytes: fixed
# order, owner, times and inode numbers.  Not compressed: unpacking would cost
# boot time.
$(G)/initramfs.cpio: $(G)/agent $(GUEST_KO) $(TB)/target.mk \
		verifier-host/module-files
	@rm -rf $(G)/root && mkdir -p $(G)/root/lib $(G)/root/boot
	$(call say,CPIO,$@)
	$(Q)cp $(G)/agent $(G)/root/init
	$(Q)$(if $(GUEST_KO),cp $(GUEST_KO) $(G)/root/lib/ && rm -f,touch) \
		$(G)/no-kmod
	$(Q)set -e; mods=$$(verifier-host/module-files $(MODDIR) \
		virtio_$(VIRTIO) virtio_console); \
	for f in $$mods; do \
		k=lib/$$(basename $${f%.xz}); \
		case $$f in \
		*.xz)	xz -dc $(MODDIR)/$$f > $(G)/root/$$k ;; \
		*)	cp $(MODDIR)/$$f $(G)/root/$$k ;; \
		esac; \
		echo /$$k; \
	done > $(G)/root/lib/modules.load
	$(Q)cp $(CONFIG) $(G)/root/boot/config-$(RELEASE)
	$(Q)chmod -R u=rwX,go=rX $(G)/root && chmod 755 $(G)/root/init
	$(Q)find $(G)/root -exec touch -h -d @0 {} +
	$(Q)(cd $(G)/root && find . -mindepth 1 | LC_ALL=C sort | \
		cpio --quiet -o -H newc --reproducible -R 0:0) > $@.tmp
	$(Q)mv $@.tmp $@

$(B)/obj/zimage: $(GUEST_DIR)/tools/zimage.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS) $(WARN) -std=gnu11 -o $@ $<

$(B)/obj/build-id: $(GUEST_DIR)/tools/build-id.c $(HOST_LIB)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS_HOST) $(LDFLAGS) -o $@ $^ $(HOST_LIBS)

# The kernel without its decompressor, where that is understood.  Its build-id
# is there before it is; an image that has none, or is packed in a way that is
# not understood, still boots.
$(G)/kernel $(G)/build-id &: $(B)/obj/zimage $(TB)/target.mk | $(B)/obj/build-id
	@mkdir -p $(@D)
	$(call say,KERNEL,$(G)/kernel)
	$(Q)$(B)/obj/zimage $(KERNEL) $(or $(RAM_BASE),0) $(G)/kernel.tmp \
		2> $(G)/zimage.log || cp $(KERNEL) $(G)/kernel.tmp
	$(Q)$(B)/obj/build-id $(KERNEL) > $(G)/build-id || :
	$(Q)mv $(G)/kernel.tmp $(G)/kernel

# What VMs that are copied have seen before (template.h).
$(G)/warm.o: $(GUEST_DIR)/warm.bpf.c docs/examples/vorw_example.h \
		docs/examples/rules.mk $(TB)/target.mk
	@mkdir -p $(@D)
	$(call say,BPF,$@)
	$(Q)$(CLANG) $(BPF_CFLAGS) -Idocs/examples -D__TARGET_ARCH_$(ARCH) \
		-c -o $@ $<

# Suites verify from a snapshot; those that are about a boot say --cold.
TEST_DEPS += $(G)/snapshot

$(G)/snapshot: $(G)/initramfs.cpio $(G)/kernel verifier-host/qemu.c \
		verifier-host/snapshot.c | $(B)/vorw
	$(call say,BOOT,$@)
	$(Q)VORW_TARGETS=$(B) $(B)/vorw target snapshot $(T) > $@.log 2>&1 || \
		{ cat $@.log; exit 1; }

-include $(GUEST_OBJ:.o=.d)
