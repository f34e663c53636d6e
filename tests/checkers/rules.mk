# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A module with mistakes, for the targets whose kernel should notice them.

ifneq ($(CHECKERS),)
CH_DIR		:= $(TB)/tests/checkers
TEST_DEPS	+= $(CH_DIR)/vorw_wrong.ko

# kbuild writes beside the sources.
$(CH_DIR)/vorw_wrong.ko: tests/checkers/vorw_wrong.c tests/checkers/Kbuild \
		tests/checkers/rules.mk $(TB)/target.mk
	$(call say,KMOD,$@)
	$(Q)mkdir -p $(@D)/kmod
	$(Q)ln -sf $(abspath tests/checkers/vorw_wrong.c tests/checkers/Kbuild) \
		$(@D)/kmod/
	+$(Q)$(KMAKE) M=$(abspath $(@D)/kmod) modules
	$(Q)$(CROSS)strip -g -o $@ $(@D)/kmod/vorw_wrong.ko
endif
