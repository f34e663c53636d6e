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

# Flags or objects that only one test wants.
$(UNIT_DIR)/t_cms: UNIT_MORE := $(B)/tests/san/certs.o
$(UNIT_DIR)/t_cms: $(B)/tests/san/certs.o
$(UNIT_DIR)/t_memory: UNIT_MORE := \
	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup

$(UNIT_DIR)/t_%: $(B)/tests/san/tests/unit/t_%.o $(UNIT_LIB)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_SAN) -o $@ $< $(UNIT_LIB) $(UNIT_MORE)

.SECONDARY: $(UNIT_LIB) $(UNIT:$(UNIT_DIR)/%=$(B)/tests/san/tests/unit/%.o)
-include $(wildcard $(B)/tests/san/*/*.d $(B)/tests/san/*/*/*.d)
