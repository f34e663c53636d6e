# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# rules.mk - the host program build/vorw, and the library of all that is not
# a command, which the programs beside it link, too.

# Of signer/, what its clients and `vorw log` use, too.
SIGNER_LIB := client.c request.c evidence.c log_line.c log_chain.c

HOST_CMD_SRC := $(wildcard verifier-host/main.c verifier-host/cmd_*.c)
HOST_LIB_SRC := $(filter-out $(HOST_CMD_SRC) verifier-host/remote.c,\
		$(wildcard verifier-host/*.c)) \
		$(addprefix verifier-host/signer/,$(SIGNER_LIB)) \
		$(wildcard blob-format/*.c)
HOST_LIB := $(B)/obj/libvorw.a
HOST_LIB_OBJ := $(HOST_LIB_SRC:%.c=$(B)/obj/%.o)
HOST_OBJ := $(HOST_CMD_SRC:%.c=$(B)/obj/%.o) $(B)/obj/verifier-host/remote.o \
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

$(HOST_LIB): $(HOST_LIB_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

$(B)/vorw: $(HOST_OBJ) $(HOST_LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_HOST) $(LDFLAGS) -o $@ $^ $(HOST_LIBS) -lcurl

.PHONY: FORCE
FORCE:

-include $(HOST_OBJ:.o=.d) $(HOST_LIB_OBJ:.o=.d)

include verifier-host/guest/rules.mk verifier-host/service/rules.mk
include verifier-host/signer/rules.mk verifier-host/clone/rules.mk
