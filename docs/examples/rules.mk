# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The example programs as BPF objects, for the target's architecture:
# build/TARGET/examples/NAME.o

EXAMPLES	:= $(patsubst docs/examples/%.bpf.c,$(TB)/examples/%.o,\
		     $(wildcard docs/examples/*.bpf.c))
ALL		+= $(EXAMPLES)

# <linux/types.h> includes <asm/types.h>, which a distribution with several
# architectures keeps in a directory of its own.
BPF_CFLAGS	:= --target=bpf -O2 -g -Wall -Wextra -Werror \
		   -Wno-unused-parameter \
		   -I/usr/include/$(shell $(CC) -print-multiarch 2>/dev/null)

# Atomic operations that fetch need version 3 of the instruction set.
$(TB)/examples/12-wide.o: BPF_CFLAGS += -mcpu=v3

$(TB)/examples/%.o: docs/examples/%.bpf.c docs/examples/vorw_example.h \
		docs/examples/rules.mk $(TB)/target.mk
	@mkdir -p $(@D)
	$(call say,BPF,$@)
	$(Q)$(CLANG) $(BPF_CFLAGS) -D__TARGET_ARCH_$(ARCH) -c -o $@ $<
