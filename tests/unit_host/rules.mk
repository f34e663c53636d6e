# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Unit tests of the host's verifying side, with sanitizers: code validator,
# relocation finder, relink check, object checks.

UH_LIB := $(addprefix $(B)/tests/san/,$(addsuffix .o,\
	verifier-host/arch verifier-host/walk verifier-host/arch_arm \
	verifier-host/arm_code \
	verifier-host/arch_x86 verifier-host/x86_match verifier-host/x86_alu \
	verifier-host/x86_insn verifier-host/x86_flow verifier-host/x86_walk \
	verifier-host/arm_divide verifier-host/words verifier-host/flow \
	verifier-host/arch_arm64 verifier-host/a64_code verifier-host/a64_insn \
	verifier-host/a64_frame \
	verifier-host/arch_riscv verifier-host/riscv_match \
	verifier-host/riscv_insn verifier-host/riscv_flow \
	verifier-host/classify verifier-host/relink \
	verifier-host/err verifier-host/object verifier-host/object_btf \
	verifier-host/stats verifier-host/forms \
	verifier-host/file_io verifier-host/kernel_image \
	verifier-host/elf_obj \
	verifier-host/messages \
	tests/unit/tap tests/unit_host/mini_jit tests/unit_host/fake_guest))
UH_TESTS := $(patsubst tests/unit_host/t_%.c,$(B)/tests/unit_host/%,\
	$(wildcard tests/unit_host/t_*.c))
UH_MAIN := $(UH_TESTS:$(B)/tests/unit_host/%=$(B)/tests/san/tests/unit_host/t_%.o)

TEST_DEPS += $(UH_TESTS)

$(UH_TESTS): $(B)/tests/unit_host/%: $(B)/tests/san/tests/unit_host/t_%.o \
		$(UH_LIB) $(BLOB_SAN_OBJ)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_HOST) $(CFLAGS_SAN) -o $@ $^

-include $(UH_LIB:.o=.d) $(UH_MAIN:.o=.d)
