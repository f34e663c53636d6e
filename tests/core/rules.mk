# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A CO-RE object, and BTF for it where the target's kernel has none: what the
# capture module's debug information tells of the kernel's types.

CORE_OBJ	:= $(B)/tests/core/core-read.o
TEST_DEPS	+= $(CORE_OBJ)

$(B)/tests/core/%.o: tests/core/%.bpf.c docs/examples/vorw_example.h \
		tests/core/rules.mk docs/examples/rules.mk | $(B)/.deps
	@mkdir -p $(@D)
	$(call say,BPF,$@)
	$(Q)$(CLANG) $(BPF_CFLAGS) -Idocs/examples -c -o $@ $<

ifeq ($(shell grep -sx CONFIG_DEBUG_INFO_BTF=y $(CONFIG))$(NO_KMOD),)
TEST_DEPS	+= $(TB)/tests/core.btf
endif
$(TB)/tests/core.btf: $(G)/vorw_capture.ko
	@mkdir -p $(@D)
	$(call say,BTF,$@)
	$(Q)pahole --btf_encode_detached=$@ $(G)/capture/vorw_capture.ko
