# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Tests of the service: its parts, with sanitizers.

SVC_LIB := $(addprefix $(B)/tests/san/,$(addsuffix .o,\
	verifier-host/service/db verifier-host/service/db_sqlite \
	verifier-host/service/db_pq verifier-host/service/store \
	verifier-host/service/store_submit verifier-host/service/store_read \
	verifier-host/service/store_work verifier-host/service/store_token \
	verifier-host/service/digest verifier-host/service/job_key \
	verifier-host/service/memory verifier-host/blob_name verifier-host/file_io \
	verifier-host/err tests/unit/tap))
SVC_TESTS := $(patsubst tests/service/t_%.c,$(B)/tests/service/%,\
	$(wildcard tests/service/t_*.c))
SVC_MAIN := $(SVC_TESTS:$(B)/tests/service/%=$(B)/tests/san/tests/service/t_%.o)

SVC_STORE := $(patsubst %,$(B)/tests/san/tests/service/store_%.o,test many)

TEST_DEPS += $(SVC_TESTS)
$(B)/tests/service/store: $(SVC_STORE)
$(SVC_LIB) $(SVC_MAIN) $(SVC_STORE): CFLAGS_HOST += $(SERVICE_CFLAGS) -Itests

$(SVC_TESTS): $(B)/tests/service/%: $(B)/tests/san/tests/service/t_%.o \
		$(SVC_LIB) $(BLOB_SAN_OBJ)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_HOST) $(CFLAGS_SAN) -o $@ $^ $(SERVICE_LIBS)

-include $(SVC_LIB:.o=.d) $(SVC_MAIN:.o=.d) $(SVC_STORE:.o=.d)

JOBS ?= 2000
MINUTES ?= 60
SEED ?= 1
## check-chaos    kill parts of a service at random (JOBS=2000, MINUTES=60,
##                SEED=1), on PostgreSQL, then on SQLite; docs/chaos.md
## check-image    build the container image and run it as the Kubernetes
##                manifests do (slow, as root); KEEP=1: keep it for later
## bench-service  measure the service, write docs/service-bench.md
.PHONY: check-chaos check-image bench-service
check-chaos: all test-deps
	@python3 -B tests/service/chaos.py $(JOBS) $(MINUTES) $(SEED) postgresql \
		docs/chaos.md
	@python3 -B tests/service/chaos.py $(JOBS) $(MINUTES) $(SEED) sqlite \
		docs/chaos.md

check-image: all test-deps
	@T=$(T) python3 -B tests/service/image.py $(if $(KEEP),--keep)

bench-service: all test-deps
	@python3 -B tests/service/bench.py docs/service-bench.md

# The programs themselves, with sanitizers, in a directory that looks like the
# build's.
SAN_DIR := $(B)/tests/service-san
san = $(patsubst %.c,$(B)/tests/san/%.o,$(1))
SAN_PROGS := $(addprefix $(SAN_DIR)/,vorw vorw-service vorw-signer)
SAN_LINK = $(CC) $(CFLAGS_HOST) $(CFLAGS_SAN) -o $@ $^

$(call san,$(SERVICE_SRC)): CFLAGS_HOST += $(SERVICE_CFLAGS)
$(call san,$(SIGNER_SRC)): private CFLAGS_HOST += $(SIGNER_CFLAGS)
$(B)/tests/san/verifier-host/service/http_more.o: docs/openapi.yaml
$(SAN_DIR)/vorw: $(call san,$(HOST_CMD_SRC) verifier-host/remote.c) \
		$(B)/obj/keys/certs.o $(B)/tests/signer/libvorw-san.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(SAN_LINK) $(HOST_LIBS) -lcurl
$(SAN_DIR)/vorw-service: $(call san,$(SERVICE_SRC) verifier-host/cmd.c) \
		$(B)/tests/signer/libvorw-san.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(SAN_LINK) $(SERVICE_LIBS)
$(SAN_DIR)/vorw-signer: $(call san,$(SIGNER_SRC)) $(B)/tests/signer/libvorw-san.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(SAN_LINK) $(SIGNER_LIBS)

SAN_SUITES ?= 22-signer 24-pkcs11 80-store 81-service 83-service-tls 84-service-slow
## check-service-san suites of service and signer, with ASan and UBSan;
##                SAN_SUITES="…": others
.PHONY: check-service-san
check-service-san: all test-deps $(SAN_PROGS)
	@for f in keys tests $(notdir $(TB)); do \
		ln -sfn "$(abspath $(B))/$$f" $(SAN_DIR)/$$f; done
	@B=$(SAN_DIR) VORW_TARGETS=$(abspath $(B)) T=$(T) \
		ASAN_OPTIONS=detect_leaks=0 tests/run $(SAN_SUITES)

-include $(patsubst %.o,%.d,$(call san,$(HOST_CMD_SRC) $(SERVICE_SRC) $(SIGNER_SRC)))
