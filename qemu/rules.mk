# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The emulated device's initramfs, and an overlay of tools to look at it.

DEVICE_BASE	:= $(TB)/device/initramfs.cpio.gz
DEVICE_TOOLS	:= $(TB)/device/tools.cpio.gz
DEVICE_KO	:= $(if $(NO_KMOD),,$(TB)/vorw.ko)
ALL		+= $(DEVICE_BASE) $(DEVICE_TOOLS)

$(DEVICE_BASE): qemu/mkinitramfs qemu/init qemu/modules $(TB)/target.mk \
		verifier-host/module-files $(TB)/vorw $(DEVICE_KO)
	$(call say,CPIO,$@)
	@mkdir -p $(@D)
	$(Q)qemu/mkinitramfs base $(TB)/target.facts $@ $(TB)/vorw $(DEVICE_KO)

$(DEVICE_TOOLS): qemu/mkinitramfs qemu/tools $(TB)/target.mk
	$(call say,CPIO,$@)
	@mkdir -p $(@D)
	$(Q)qemu/mkinitramfs tools $(TB)/target.facts $@
