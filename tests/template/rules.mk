# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/template - the program of suite 33-template.

TT_PROG := $(B)/tests/template/template
TEST_DEPS += $(TT_PROG)

$(TT_PROG): $(B)/obj/tests/template/t_template.o $(B)/obj/tests/unit/tap.o \
		$(HOST_LIB)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_HOST) $(LDFLAGS) -o $@ $^ $(HOST_LIBS)

-include $(B)/obj/tests/template/t_template.d
