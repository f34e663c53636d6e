# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The maker of bad blobs, from the code of the host program.

BADBLOB_OBJ := $(B)/obj/tests/badblob/badblob.o \
	       $(addprefix $(B)/obj/verifier-host/,err.o file_io.o cert.o \
		 cms_write.o sign.o) \
	       $(patsubst %.c,$(B)/obj/%.o,$(wildcard blob-format/*.c)) \
	       $(B)/obj/keys/certs.o
TEST_DEPS   += $(B)/tests/badblob

$(B)/tests/badblob: $(BADBLOB_OBJ)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_HOST) -o $@ $^ -lmbedx509 -lmbedcrypto

-include $(B)/obj/tests/badblob/badblob.d
