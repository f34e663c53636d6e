# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Tests of the signer: its log and requests with sanitizers, programs for
# tests/suites/22-signer and 24-pkcs11.

TS_LIB := $(HOST_LIB_SRC:%.c=$(B)/tests/san/%.o) \
	  $(B)/tests/san/verifier-host/signer/sign_log.o \
	  $(B)/tests/san/verifier-host/signer/signing.o \
	  $(B)/tests/san/tests/unit/tap.o
TS_PROGS := $(addprefix $(B)/tests/signer/,t_log t_signing forge storm)
TS_MAIN := $(TS_PROGS:$(B)/tests/signer/%=$(B)/tests/san/tests/signer/%.o)

TS_TOKEN := $(B)/tests/signer/odd_token.so

TEST_DEPS += $(TS_PROGS) $(TS_TOKEN)

$(B)/tests/signer/libvorw-san.a: $(TS_LIB)
	@mkdir -p $(@D)
	$(Q)rm -f $@ && ar rcs $@ $^

$(TS_PROGS): $(B)/tests/signer/%: $(B)/tests/san/tests/signer/%.o \
		$(B)/tests/signer/libvorw-san.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_HOST) $(CFLAGS_SAN) -o $@ $^ $(HOST_LIBS)

# Loaded into the signer as it is, so without sanitizers.
$(TS_TOKEN): tests/signer/odd_token.c tests/signer/rules.mk | $(B)/.deps
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_HOST) $(SIGNER_CFLAGS) -fPIC -shared -o $@ $<

-include $(TS_LIB:.o=.d) $(TS_MAIN:.o=.d)
