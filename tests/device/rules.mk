# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The tests that run on the emulated device: static programs, one per file
# t_*.c, made with the kernel's kselftest harness and libbpf.

DT_SRC		:= $(wildcard tests/device/*.c)
DT_LIB		:= $(filter-out tests/device/t_%,$(DT_SRC))
DT_OBJ		:= $(DT_SRC:tests/device/%.c=$(TB)/tests/obj/%.o)
DT_LIB_OBJ	:= $(DT_LIB:tests/device/%.c=$(TB)/tests/obj/%.o)
DT_BIN		:= $(patsubst tests/device/t_%.c,$(TB)/tests/t_%,\
		     $(wildcard tests/device/t_*.c))
TEST_DEPS	+= $(DT_BIN)

KSELFTEST	:= $(B)/tests/kselftest
# The harness widens pointers to intmax_t.
DT_CFLAGS	:= $(CFLAGS) -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror \
		   -Wno-unused-parameter -Wno-sign-compare -Wno-pointer-to-int-cast \
		   -DVT_SLOW=$(or $(SLOW),1) \
		   -Itests/device -Itests/badblob -Ikmod/uapi -Iblob-format -I$(KSELFTEST) \
		   $(SYS_CFLAGS)
DT_LIBS		= -Wl,--wrap=alarm $(GUEST_LIBS) -lpthread

$(KSELFTEST)/kselftest_harness.h: tests/device/fetch-kselftest
	$(call say,FETCH,$@)
	$(Q)tests/device/fetch-kselftest linux-source-6.1 $(KSELFTEST)
	@touch $@

$(TB)/tests/obj/%.o: tests/device/%.c $(KSELFTEST)/kselftest_harness.h \
		tests/device/rules.mk $(TB)/target.mk
	@mkdir -p $(@D)
	$(call say,CROSSCC,$@)
	$(Q)$(CROSS)gcc $(DT_CFLAGS) -MMD -MP -c -o $@ $<

$(DT_BIN): $(TB)/tests/t_%: $(TB)/tests/obj/t_%.o $(DT_LIB_OBJ) | \
		$(G)/obj/libelf.o
	$(call say,CROSSLD,$@)
	$(Q)$(SYS_LINK) -o $@ $^ $(DT_LIBS) $(SYS_END)

-include $(DT_OBJ:.o=.d)
