# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# rules.mk - the blob format's sources, for whoever compiles them.
#
# BLOB_CORE is what kernel module and loader compile too: parser, getters,
# relocation applier, signature shape, reasons.  The writer is for the host.

BLOB_SRC  := $(sort $(wildcard blob-format/*.c))
BLOB_CORE := $(filter-out %/vorw_writer.c,$(filter blob-format/vorw_%,$(BLOB_SRC)))

# With sanitizers, for the unit tests.
BLOB_SAN_OBJ := $(BLOB_SRC:%.c=$(B)/tests/san/%.o)

$(B)/tests/san/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS_HOST) $(CFLAGS_SAN) -MMD -MP -c -o $@ $<

-include $(BLOB_SAN_OBJ:.o=.d)
