# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Memory that runs out during a load: a module that makes it so, and its test.

NM_DIR		:= $(TB)/tests/nomem
TEST_DEPS	+= $(NM_DIR)/vorw_nomem.ko $(NM_DIR)/t_nomem

# kbuild writes beside the sources.
$(NM_DIR)/vorw_nomem.ko: tests/nomem/vorw_nomem.c tests/nomem/Kbuild \
		tests/nomem/rules.mk $(TB)/target.mk
	$(call say,KMOD,$@)
	$(Q)mkdir -p $(@D)/kmod
	$(Q)ln -sf $(abspath tests/nomem/vorw_nomem.c tests/nomem/Kbuild) \
		$(@D)/kmod/
	+$(Q)$(KMAKE) M=$(abspath $(@D)/kmod) modules
	$(Q)$(CROSS)strip -g -o $@ $(@D)/kmod/vorw_nomem.ko

$(NM_DIR)/t_nomem: tests/nomem/t_nomem.c $(DT_LIB_OBJ) tests/nomem/rules.mk \
		| $(G)/obj/libelf.o
	$(call say,CROSSCC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(SYS_LINK) $(DT_CFLAGS) -o $@ $< $(DT_LIB_OBJ) $(DT_LIBS) $(SYS_END)
