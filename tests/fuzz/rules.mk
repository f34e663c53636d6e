# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# rules.mk - libFuzzer targets; needs clang.  Corpora stay in build/tests/fuzz.

FUZZ_DIR     := $(B)/tests/fuzz
FUZZ_SECONDS ?= 60
FUZZ_CFLAGS  := -O1 -g -std=gnu11 -D_GNU_SOURCE -Iblob-format -Itests/unit \
		-fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ_SRC     := tests/unit/sample.c tests/unit/sample_check.c $(BLOB_SRC)

$(FUZZ_DIR)/fuzz_blob: tests/fuzz/fuzz_blob.c $(FUZZ_SRC) \
		$(wildcard blob-format/*.h tests/unit/*.h)
	@mkdir -p $(@D)
	$(call say,FUZZCC,$@)
	$(Q)$(CLANG) $(FUZZ_CFLAGS) -fsanitize=fuzzer -o $@ $(filter %.c,$^)

$(FUZZ_DIR)/seeds: tests/fuzz/seeds.c $(FUZZ_SRC) \
		$(wildcard blob-format/*.h tests/unit/*.h)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CLANG) $(FUZZ_CFLAGS) -o $@ $(filter %.c,$^)

# The checker of the signer's requests, with all that it calls.
FUZZ_LIB_OBJ := $(HOST_LIB_SRC:%.c=$(FUZZ_DIR)/obj/%.o)

$(FUZZ_DIR)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,FUZZCC,$<)
	$(Q)$(CLANG) $(FUZZ_CFLAGS) -Iverifier-host -Ikmod/uapi -I. \
		-fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<

$(FUZZ_DIR)/libvorw.a: $(FUZZ_LIB_OBJ)
	$(Q)rm -f $@ && ar rcs $@ $^

$(FUZZ_DIR)/fuzz_request: $(FUZZ_DIR)/obj/tests/fuzz/fuzz_request.o \
		$(FUZZ_DIR)/libvorw.a
	$(call say,FUZZLD,$@)
	$(Q)$(CLANG) $(FUZZ_CFLAGS) -fsanitize=fuzzer -o $@ $^ $(HOST_LIBS)

-include $(FUZZ_LIB_OBJ:.o=.d)

## fuzz-request   the same of the signer's requests (one verification first)
.PHONY: fuzz-request
fuzz-request: $(FUZZ_DIR)/fuzz_request $(B)/tests/signer/forge
	$(Q)mkdir -p $(FUZZ_DIR)/corpus/request $(FUZZ_DIR)/crashes
	$(Q)[ -e $(FUZZ_DIR)/corpus/request/seed ] || \
		VORW_TARGETS=$(B) $(B)/tests/signer/forge record \
		$(TB)/examples/02-xdp-deny.o $(T) \
		$(FUZZ_DIR)/corpus/request/seed
	$(Q)$(FUZZ_DIR)/fuzz_request -max_total_time=$(FUZZ_SECONDS) \
		-timeout=10 -max_len=65536 -print_final_stats=1 \
		-artifact_prefix=$(FUZZ_DIR)/crashes/ $(FUZZ_DIR)/corpus/request

# What the service parses, its client, and the log.
FUZZ_SERVICE_OBJ := $(patsubst %.c,$(FUZZ_DIR)/obj/%.o,\
	$(filter-out verifier-host/service/main.c,$(SERVICE_SRC)))
FUZZ_SERVICE := http remote log
FUZZ_MAIN := $(FUZZ_SERVICE:%=$(FUZZ_DIR)/obj/tests/fuzz/fuzz_%.o)

$(FUZZ_SERVICE_OBJ) $(FUZZ_MAIN): FUZZ_CFLAGS += $(SERVICE_CFLAGS)
# between tries it waits for a second
$(FUZZ_DIR)/obj/verifier-host/remote.o: FUZZ_CFLAGS += -Dsleep=fuzz_sleep
$(FUZZ_DIR)/obj/verifier-host/service/http_more.o: docs/openapi.yaml
$(FUZZ_DIR)/fuzz_http: $(FUZZ_SERVICE_OBJ)
$(FUZZ_DIR)/fuzz_remote: $(FUZZ_DIR)/obj/verifier-host/remote.o
$(FUZZ_SERVICE:%=$(FUZZ_DIR)/fuzz_%): $(FUZZ_DIR)/fuzz_%: \
		$(FUZZ_DIR)/obj/tests/fuzz/fuzz_%.o $(FUZZ_DIR)/libvorw.a
	$(call say,FUZZLD,$@)
	$(Q)$(CLANG) $(FUZZ_CFLAGS) -fsanitize=fuzzer -o $@ \
		$(filter %.o,$^) $(filter %.a,$^) $(SERVICE_LIBS) -lcurl

-include $(FUZZ_SERVICE_OBJ:.o=.d) $(FUZZ_MAIN:.o=.d)

## fuzz-service   the same of requests to the service, of its answers to
##                vorw verify --remote, of the signing log
.PHONY: fuzz-service
fuzz-service: $(FUZZ_SERVICE:%=$(FUZZ_DIR)/fuzz_%)
	$(Q)python3 tests/fuzz/service_seeds.py $(FUZZ_DIR)/corpus
	$(Q)mkdir -p $(FUZZ_DIR)/crashes
	$(Q)set -e; for f in $(FUZZ_SERVICE); do \
		echo "== $$f"; \
		$(FUZZ_DIR)/fuzz_$$f -max_total_time=$(FUZZ_SECONDS) \
		-timeout=10 -max_len=16384 -print_final_stats=1 -close_fd_mask=2 \
		-artifact_prefix=$(FUZZ_DIR)/crashes/ $(FUZZ_DIR)/corpus/$$f; done

## fuzz           fuzz the blob parser for FUZZ_SECONDS (60)
fuzz: $(FUZZ_DIR)/fuzz_blob $(FUZZ_DIR)/seeds
	$(Q)mkdir -p $(FUZZ_DIR)/corpus/blob $(FUZZ_DIR)/crashes
	$(Q)$(FUZZ_DIR)/seeds $(FUZZ_DIR)/corpus/blob
	$(Q)$(FUZZ_DIR)/fuzz_blob -max_total_time=$(FUZZ_SECONDS) \
		-timeout=10 -max_len=8192 -print_final_stats=1 \
		-artifact_prefix=$(FUZZ_DIR)/crashes/ $(FUZZ_DIR)/corpus/blob
