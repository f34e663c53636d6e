# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# keys/ - the certificates this build trusts, and a throw-away key to try with.
#
## CERTS="a.pem …" trust these, not the throw-away one, from now on:
#                  build/keys/certs.list keeps it

DEV_CERT := $(B)/keys/dev.cert.pem
ifeq ($(origin CERTS),undefined)
CERTS	:= $(or $(shell cat $(B)/keys/certs.list 2>/dev/null),$(DEV_CERT))
endif

# Tests and demo load what they sign with the throw-away key.  Said before
# anything is built, and not decided here: these certificates go into a module.
SIGNING_GOALS := check check-debug-here demo bench soak
ifneq ($(filter $(SIGNING_GOALS),$(MAKECMDGOALS)),)
ifeq ($(filter $(abspath $(DEV_CERT)),$(abspath $(CERTS))),)
GOAL := $(firstword $(filter $(SIGNING_GOALS),$(MAKECMDGOALS)))
define not_trusted
make $(GOAL) signs with the throw-away key,
which this build is not to trust.  CERTS is:
  $(CERTS)
Use another clone, or switch this one over:
  make $(GOAL) CERTS=$(DEV_CERT)
and back again:
  make CERTS="$(CERTS)"
endef
$(error $(not_trusted))
endif
endif
$(foreach c,$(CERTS),$(if $(or $(wildcard $c),$(filter $(abspath $(DEV_CERT)),$(abspath $c))),,\
	$(error CERTS: there is no file $c. To trust the throw-away one: make CERTS=$(DEV_CERT))))

ALL	+= $(B)/keys/certs.c $(B)/keys/dev.key.pem

# Made once.  Whoever has build/ has this key: it is for trying things out.
$(B)/keys/dev.key.pem $(B)/keys/dev.cert.pem &: | keys/make-key $(B)/.deps
	$(call say,KEY,$(B)/keys/dev.key.pem)
	$(Q)mkdir -p $(B)/keys
	$(Q)rm -f $(B)/keys/dev.key.pem $(B)/keys/dev.cert.pem
	$(Q)keys/make-key -n "vorw throw-away test key" \
		$(B)/keys/dev.key.pem $(B)/keys/dev.cert.pem

$(B)/keys/certs2c: keys/certs2c.c verifier-host/cert.c verifier-host/cert.h \
		verifier-host/cms_write.c verifier-host/cms_write.h \
		blob-format/vorw_cms.h blob-format/vorw_types.h \
		blob-format/vorw_reason.h | $(B)/.deps
	$(call say,HOSTCC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_HOST) -o $@ $(filter %.c,$^) \
		-lmbedx509 -lmbedcrypto

# Changes only when CERTS does, so that another choice rebuilds the table; and
# only to what makes a table: a choice that is refused is not remembered.
$(B)/keys/certs.list: keys-force $(B)/keys/certs2c | $(CERTS)
	$(Q)mkdir -p $(@D)
	$(Q)printf '%s\n' '$(CERTS)' | cmp -s - $@ || { \
		$(B)/keys/certs2c -o $@.c $(CERTS) && rm -f $@.c && \
		printf '%s\n' '$(CERTS)' > $@; }
.PHONY: keys-force

$(B)/keys/certs.c: $(CERTS) $(B)/keys/certs2c $(B)/keys/certs.list
	$(call say,CERTS,$@)
	$(Q)$(B)/keys/certs2c -o $@ $(CERTS)
	@echo "  trusted certificates: $(CERTS)"
	$(if $(filter $(DEV_CERT),$(CERTS)),@echo "  warning: $(DEV_CERT) is a throw-away key's: for trying out only")
