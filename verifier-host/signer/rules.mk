# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# rules.mk - build/vorw-signer: the process with the key, started by
# `vorw signer`.

SIGNER_SRC := $(filter-out $(addprefix verifier-host/signer/,$(SIGNER_LIB)),\
	$(wildcard verifier-host/signer/*.c))
SIGNER_OBJ := $(SIGNER_SRC:%.c=$(B)/obj/%.o)

ALL += $(B)/vorw-signer

$(B)/vorw-signer: $(SIGNER_OBJ) $(HOST_LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_HOST) $(LDFLAGS) -o $@ $^ $(HOST_LIBS)

-include $(SIGNER_OBJ:.o=.d)
