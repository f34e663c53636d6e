# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Objects for refusals and edge cases: build/tests/progs/NAME.o

TEST_PROGS	:= $(patsubst tests/progs/%.bpf.c,$(B)/tests/progs/%.o,\
		     $(wildcard tests/progs/*.bpf.c)) \
		   $(B)/tests/progs/big-endian.o $(B)/tests/progs/not-bpf.o \
		   $(B)/tests/progs/ksym-swapped.o $(B)/tests/progs/ksym-no-btf.o
TEST_DEPS	+= $(TEST_PROGS)

$(B)/tests/progs/%.o: tests/progs/%.bpf.c docs/examples/vorw_example.h \
		tests/progs/rules.mk docs/examples/rules.mk | $(B)/.deps
	@mkdir -p $(@D)
	$(call say,BPF,$@)
	$(Q)$(CLANG) $(BPF_CFLAGS) -Idocs/examples -c -o $@ $<

# 32-bit instructions, as compilers use them by default from LLVM 20 on.
$(B)/tests/progs/divide32.o $(B)/tests/progs/alu.o: BPF_CFLAGS += -mcpu=v3

# For the other byte order, and for another machine.
$(B)/tests/progs/big-endian.o: docs/examples/02-xdp-deny.bpf.c tests/progs/rules.mk
	@mkdir -p $(@D)
	$(call say,BPF,$@)
	$(Q)$(CLANG) $(BPF_CFLAGS) --target=bpfeb -c -o $@ $<

$(B)/tests/progs/not-bpf.o: tests/progs/rules.mk | $(B)/.deps
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)echo 'int main(void) { return 0; }' | $(CC) -xc -c -o $@ -

# BTF that says it is in the other byte order (libbpf would swap it), and
# none: the object's extern symbol is to be seen nevertheless.
$(B)/tests/progs/ksym-swapped.o: $(B)/tests/progs/ksym.o
	$(call say,BTF,$@)
	$(Q)llvm-objcopy --dump-section .BTF=$@.btf $< $@.tmp
	$(Q)printf '\353\237' | dd of=$@.btf conv=notrunc status=none
	$(Q)llvm-objcopy --update-section .BTF=$@.btf $@.tmp $@
	$(Q)rm -f $@.btf $@.tmp

$(B)/tests/progs/ksym-no-btf.o: $(B)/tests/progs/ksym.o
	$(call say,BTF,$@)
	$(Q)llvm-objcopy --remove-section .BTF --remove-section .BTF.ext \
		--remove-section .rel.BTF --remove-section .rel.BTF.ext $< $@
