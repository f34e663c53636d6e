# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/template - the program of suite 33-template.

TT_PROG := $(B)/tests/template/template
TT_NOTHING := $(B)/tests/template/nothing.so
TEST_DEPS += $(TT_PROG) $(TT_NOTHING)

TT_OBJS := $(addprefix $(B)/obj/tests/template/,t_template.o t_apart.o t_filter.o) \
	$(B)/obj/verifier-host/clone/copy_filter.o $(B)/obj/tests/unit/tap.o

$(TT_PROG): $(TT_OBJS) $(HOST_LIB)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_HOST) $(LDFLAGS) -o $@ $^ $(HOST_LIBS)

# What a library is that nobody preloads for us.
$(TT_NOTHING):
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) -shared -o $@ -x c /dev/null

-include $(TT_OBJS:.o=.d)
