# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Tests of the verification VM's host side: a hostile guest (with sanitizers),
# VMs that do not come up or are killed, the real guest.

TG_LIB := $(addprefix $(B)/tests/san/,$(addsuffix .o,\
	verifier-host/err verifier-host/guest verifier-host/guest_capture \
	verifier-host/qemu verifier-host/qmp verifier-host/snapshot \
	verifier-host/target verifier-host/own_dir verifier-host/file_io \
	verifier-host/unpack verifier-host/vm verifier-host/wire \
	verifier-host/transcript \
	tests/guest/fake tests/unit/tap))
TG_TESTS := $(patsubst tests/guest/t_%.c,$(B)/tests/guest/%,\
	$(wildcard tests/guest/t_*.c))
TG_MAIN := $(TG_TESTS:$(B)/tests/guest/%=$(B)/tests/san/tests/guest/t_%.o)
TG_OBJECTS := $(patsubst tests/guest/%.bpf.c,$(B)/tests/guest/%.bpf.o,\
	$(wildcard tests/guest/*.bpf.c))

TEST_DEPS += $(TG_TESTS) $(TG_OBJECTS)

$(TG_TESTS): $(B)/tests/guest/%: $(B)/tests/san/tests/guest/t_%.o \
		$(TG_LIB) $(BLOB_SAN_OBJ)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_HOST) $(CFLAGS_SAN) -pthread -o $@ $^ -ljansson

$(TG_OBJECTS): $(B)/tests/guest/%.bpf.o: tests/guest/%.bpf.c $(TB)/target.mk
	@mkdir -p $(@D)
	$(call say,BPF,$@)
	$(Q)$(CLANG) -O2 -g -target bpf -mcpu=v3 -Wall -Werror \
		-idirafter $(SYSROOT)/usr/include \
		$(addprefix -idirafter ,$(patsubst %/asm,%,\
			$(wildcard $(SYSROOT)/usr/include/*/asm))) \
		-c -o $@ $<

-include $(TG_LIB:.o=.d) $(TG_MAIN:.o=.d)
