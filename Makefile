# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vorw - verify once, run everywhere.  `make help` lists what there is.

B	:= build
# The targets whose device and guest parts are built; checks use the first.
TARGET	?= armv7
TARGETS	?= $(TARGET)
# A definition that is a link is another name of the same target.
real	= $(or $(basename $(notdir $(realpath verifier-host/targets/$(1).conf))),$(1))
T	:= $(call real,$(firstword $(TARGETS)))
TB	:= $(B)/$(T)

ifeq ($(origin CC),default)
CC		:= gcc
endif
CLANG		?= clang
CFLAGS		?= -O2 -g
WARN		:= -Wall -Wextra -Werror -Wno-unused-parameter \
		   -Wmissing-prototypes -Wstrict-prototypes
CFLAGS_HOST	= $(CFLAGS) $(WARN) -std=gnu11 -D_GNU_SOURCE \
		  -Iblob-format -Iverifier-host -Ikeys -Ikmod/uapi -I.
CFLAGS_SAN	= -O1 -g -fsanitize=address,undefined \
		  -fno-sanitize-recover=all -fno-omit-frame-pointer

comma	:= ,
Q	:= $(if $(V),,@)
say	= $(if $(V),,@printf '  %-8s %s\n' $(1) $(2))

# As many jobs as cores, unless the caller says otherwise.
ifeq ($(MAKELEVEL),0)
ifeq ($(filter -j%,$(MAKEFLAGS)),)
MAKEFLAGS	+= -j$(shell nproc)
endif
endif

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:

# Goals that need neither packages nor a target.
LIGHT := help clean distclean deps check-debug check-targets \
	check-own-kernel

ifneq ($(filter-out $(LIGHT),$(or $(MAKECMDGOALS),all)),)

# More than one target: one after the other.
ifneq ($(word 2,$(TARGETS)),)
SEVERAL := $(filter-out $(LIGHT),$(or $(MAKECMDGOALS),all))
.PHONY: $(SEVERAL) several
$(SEVERAL): several
	@:
several:
	$(Q)set -e; for t in $(TARGETS); do \
		echo "== $$t"; $(MAKE) TARGETS=$$t $(SEVERAL); done
else

# Installed packages and the target's kernel are made like any other file:
# make builds a missing include and starts again with it.
$(B)/.deps: verifier-host/install-deps
	@mkdir -p $(B)
	@echo "== packages"
	$(Q)verifier-host/install-deps
	@touch $@

# A target's definition; `vorw target add` puts those of the user's own there
# (verifier-host/own_dir.c).
OWN	:= $(or $(VORW_OWN_TARGETS),$(or \
	   $(filter /%,$(XDG_DATA_HOME)),$(HOME)/.local/share)/vorw/targets)
CONF	:= $(or $(wildcard verifier-host/targets/$(T).conf),$(wildcard \
	   $(OWN)/$(T)/target.conf))
ifeq ($(CONF),)
$(error there is no target '$(T)': see verifier-host/targets, or build/vorw target list)
endif

$(TB)/.deps: verifier-host/install-deps $(CONF) \
		$(wildcard verifier-host/targets/arch/*.conf) $(B)/.deps
	@mkdir -p $(@D)
	$(Q)verifier-host/install-deps $(T)
	@touch $@

# How the kernel's modules are built, everywhere.  Its headers may name another
# compiler than the one we have.  BTF of a module needs a pahole as new as the
# kernel, and nothing here uses it.
KMAKE	= $(MAKE) --no-print-directory -s -C $(abspath $(KDIR)) ARCH=$(ARCH) \
	  CROSS_COMPILE=$(CROSS) CC=$(CROSS)gcc CONFIG_DEBUG_INFO_BTF_MODULES=

# A target is fetched from the distribution (of the user's own: what is not its
# kernel), or, where its .conf names a BUILDER, built on top of another one.
conf	= $(shell sed -n 's/^$(1)=//p' $(CONF))
ifeq ($(call conf,BUILDER),)
$(TB)/target.mk: $(CONF) verifier-host/fetch-target \
		$(wildcard verifier-host/fetch/*.sh) $(TB)/.deps
	@echo "== target $(T): stock kernel and sysroot"
	$(Q)verifier-host/fetch-target $(T) $(TB)
	@touch $@
else
$(TB)/target.mk: $(CONF) $(call conf,BUILDER) qemu/build-kernel \
		$(subst $(comma), ,$(call conf,KERNEL_CONFIG)) $(TB)/.deps
	$(Q)verifier-host/fetch-target $(call conf,BASE) $(B)/$(call conf,BASE)
	$(Q)$(call conf,BUILDER) $(T) $(TB) $(B)/$(call conf,BASE)
endif

include $(TB)/target.mk
include $(wildcard */rules.mk tests/*/rules.mk docs/*/rules.mk)

endif


.PHONY: all check demo bench fuzz soak

## all            host program, device programs, guest and device images
## TARGET=…       for this one, not armv7; TARGETS="… …": for several
## NO_KMOD=1      without vorw's modules, for a kernel they are not for
all: $(ALL)
	@:

# Complete only here: what rules.mk files have as prerequisites is what the ones
# before them have added.
.PHONY: test-deps
test-deps: $(TEST_DEPS)

## check          what a submission must pass: all suites in tests/suites
## check SUITE=…  only these suites, e.g. SUITE="10-unit 58-verdicts"
check: all test-deps
	@T=$(T) tests/run $(SUITE)

## check TARGET=… all suites, those with a device on this target
## demo           the main job, shown: verify, boot a device, load, run
demo: all $(B)/bench/paths-11.o
	@qemu/demo $(T)

## soak           the leak test for a long time, result in docs/soak.md
soak: all test-deps
	@LEAK_ROUNDS=$(or $(ROUNDS),2000) tests/record -k ' loads: ' \
		docs/soak.md "Load, attach, detach, unload, for a long time" \
		$(T) tests/suites/66-leak

DEBUG_SUITES := $(addprefix tests/suites/,60-programs 62-badblobs 63-policy \
		64-seam 65-nomem 66-leak) tests/checkers/67-checkers
.PHONY: check-debug-here
check-debug-here: all test-deps
	@tests/record $(if $(SUITE),-a) docs/debug-run.md \
		"Device suites on a debug kernel" $(T) $(or $(SUITE),$(DEBUG_SUITES))

endif

## check-debug    device suites on a kernel with KASAN, lockdep, kmemleak
##                (slow), result in docs/debug-run.md; SUITE=… adds a run of
##                only these
.PHONY: check-debug
check-debug:
	$(Q)$(MAKE) TARGETS=armv7-debug check-debug-here

## check-targets  device suites on every target that is complete
##                (tests/targets/open: which are not), one after the other
.PHONY: check-targets
check-targets:
	+@tests/targets/check $(if $(filter command%,$(origin TARGETS) $(origin TARGET)),$(TARGETS))

## check-own-kernel a small kernel from the Debian source package, added as
##                a user's is; its suites (slow)
.PHONY: check-own-kernel
check-own-kernel:
	+@tests/own-kernel/check $(SUITE)

## measure-targets boot, verification, sizes and loads of the same targets,
##                docs/targets.md
.PHONY: measure-targets
measure-targets:
	+@tests/targets/measure $(if $(filter command%,$(origin TARGETS) $(origin TARGET)),$(TARGETS))
	@tests/targets/page

.PHONY: help deps clean distclean
deps:
	@verifier-host/install-deps

## clean          remove what was built; fetched kernels stay
clean:
	rm -rf $(filter-out $(B)/keys,$(wildcard $(B)/obj $(B)/tests $(B)/vorw $(B)/*/examples $(B)/*/tests $(B)/*/guest $(B)/*/device $(B)/*/vorw $(B)/*/vorw.ko $(B)/*/obj))

## distclean      remove build/ altogether, the development key with it
distclean:
	rm -rf $(B)

## help           this list
help:
	@sed -n 's/^## \([^ ]\)/  make \1/p; s/^## /       /p' Makefile */rules.mk tests/*/rules.mk 2>/dev/null
