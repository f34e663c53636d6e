# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Programs for tests/suites/20-sign, with sanitizers.

SIGN_TEST_SRC := $(addprefix verifier-host/,err.c file_io.c json.c cert.c \
		   cms_write.c sign.c) $(BLOB_SRC)
SIGN_TEST_OBJ := $(SIGN_TEST_SRC:%.c=$(B)/tests/san/%.o)
SIGN_TESTS := $(addprefix $(B)/tests/sign/,mkblob t_sign t_cert)

TEST_DEPS += $(SIGN_TESTS)

$(SIGN_TESTS): $(B)/tests/sign/%: $(B)/tests/san/tests/sign/%.o $(SIGN_TEST_OBJ)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_HOST) $(CFLAGS_SAN) -o $@ $^ -lmbedx509 -lmbedcrypto

-include $(SIGN_TEST_OBJ:.o=.d) $(SIGN_TESTS:$(B)/tests/sign/%=$(B)/tests/san/tests/sign/%.d)
