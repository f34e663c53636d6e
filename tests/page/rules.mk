# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Objects that suite 82-web-page submits: build/tests/page/NAME.o

PAGE_PROGS	:= $(patsubst tests/page/%.bpf.c,$(B)/tests/page/%.o,\
		     $(wildcard tests/page/*.bpf.c))
TEST_DEPS	+= $(PAGE_PROGS)

# The page's picture in docs/service.md.
.PHONY: docs/web.png
docs/web.png: all $(PAGE_PROGS)
	$(Q)verifier-host/install-deps --page
	$(Q)T=$(T) python3 -B tests/page/picture.py $@

$(B)/tests/page/%.o: tests/page/%.bpf.c docs/examples/vorw_example.h \
		tests/page/rules.mk docs/examples/rules.mk | $(B)/.deps
	@mkdir -p $(@D)
	$(call say,BPF,$@)
	$(Q)$(CLANG) $(BPF_CFLAGS) -Idocs/examples -c -o $@ $<
