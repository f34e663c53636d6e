# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# rules.mk - the host program build/vorw.

HOST_SRC := $(wildcard verifier-host/*.c)
HOST_BLOB_SRC := $(wildcard blob-format/*.c)
HOST_OBJ := $(HOST_SRC:%.c=$(B)/obj/%.o) $(HOST_BLOB_SRC:%.c=$(B)/obj/%.o) \
	    $(B)/obj/keys/certs.o
HOST_LIBS := -lmbedx509 -lmbedcrypto -ljansson

ALL += $(B)/vorw

# Everything depends on the flags, so that a change of them rebuilds.
$(B)/obj/host.flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(CFLAGS_HOST)' | cmp -s - $@ || \
		echo '$(CC) $(CFLAGS_HOST)' > $@

$(B)/obj/%.o: %.c $(B)/obj/host.flags
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS_HOST) -MMD -MP -c -o $@ $<

$(B)/obj/keys/certs.o: $(B)/keys/certs.c $(B)/obj/host.flags
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS_HOST) -MMD -MP -c -o $@ $<

$(B)/vorw: $(HOST_OBJ)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_HOST) $(LDFLAGS) -o $@ $^ $(HOST_LIBS)

.PHONY: FORCE
FORCE:

-include $(HOST_OBJ:.o=.d)

include verifier-host/guest/rules.mk verifier-host/service/rules.mk
