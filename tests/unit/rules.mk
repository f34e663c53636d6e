# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# rules.mk - unit tests: one program per t_*.c, with sanitizers.

UNIT_DIR  := $(B)/tests/unit
UNIT	  := $(patsubst tests/unit/%.c,$(UNIT_DIR)/%,$(wildcard tests/unit/t_*.c))
UNIT_LIB  := $(B)/tests/san/tests/unit/tap.o \
	     $(B)/tests/san/tests/unit/sample.o \
	     $(B)/tests/san/tests/unit/sample_check.o $(BLOB_SAN_OBJ)
TEST_DEPS += $(UNIT)

$(B)/tests/san/certs.o: $(B)/keys/certs.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_HOST) $(CFLAGS_SAN) -c -o $@ $<

# The parser as a device of one machine has it, beside the host's that knows all:
# arm_vorw_parse() and so on.
ARM_PARSER := $(BLOB_CORE:%.c=$(B)/tests/san/arm/%.o)
$(ARM_PARSER): $(B)/tests/san/arm/%.o: %.c tests/unit/as_arm.h
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_HOST) $(CFLAGS_SAN) -include tests/unit/as_arm.h \
		-MMD -MP -c -o $@ $<
$(B)/tests/san/arm_parser.o: $(ARM_PARSER)
	$(Q)ld -r -o $@.all $^
	$(Q)nm -g --defined-only $@.all | awk '{ print $$3, "arm_" $$3 }' > $@.names
	$(Q)objcopy --redefine-syms=$@.names $@.all $@
-include $(ARM_PARSER:.o=.d)

# Flags or objects that only one test wants.
$(UNIT_DIR)/t_cms: UNIT_MORE := $(B)/tests/san/certs.o
$(UNIT_DIR)/t_cms: $(B)/tests/san/certs.o
$(UNIT_DIR)/t_flip: UNIT_MORE := $(B)/tests/san/arm_parser.o
$(UNIT_DIR)/t_flip: $(B)/tests/san/arm_parser.o
$(UNIT_DIR)/t_memory: UNIT_MORE := \
	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup

$(UNIT_DIR)/t_%: $(B)/tests/san/tests/unit/t_%.o $(UNIT_LIB)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_SAN) -o $@ $< $(UNIT_LIB) $(UNIT_MORE)

.SECONDARY: $(UNIT_LIB) $(UNIT:$(UNIT_DIR)/%=$(B)/tests/san/tests/unit/%.o)
-include $(wildcard $(B)/tests/san/*/*.d $(B)/tests/san/*/*/*.d)
