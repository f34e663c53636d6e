# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# rules.mk - build/vorw-signer: the process with the key, started by
# `vorw signer`.

SIGNER_SRC := $(filter-out $(addprefix verifier-host/signer/,$(SIGNER_LIB)),\
	$(wildcard verifier-host/signer/*.c))
SIGNER_OBJ := $(SIGNER_SRC:%.c=$(B)/obj/%.o)

SIGNER_CFLAGS := -I/usr/include/p11-kit-1
SIGNER_LIBS := $(HOST_LIBS) -lp11-kit

ALL += $(B)/vorw-signer

$(SIGNER_OBJ): private CFLAGS_HOST += $(SIGNER_CFLAGS)
$(B)/vorw-signer: $(SIGNER_OBJ) $(HOST_LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_HOST) $(LDFLAGS) -o $@ $^ $(SIGNER_LIBS)

-include $(SIGNER_OBJ:.o=.d)
