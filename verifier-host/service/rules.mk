# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# rules.mk - build/vorw-service: HTTP, databases and workers, started by
# `vorw serve`, `vorw worker` and `vorw token`.

SERVICE_SRC := $(wildcard verifier-host/service/*.c)
SERVICE_OBJ := $(SERVICE_SRC:%.c=$(B)/obj/%.o)
SERVICE_CFLAGS := -I/usr/include/postgresql
SERVICE_LIBS := -lmicrohttpd -lgnutls -lsqlite3 -lpq -ljansson -lmbedx509 -lmbedcrypto \
		-lpthread

ALL += $(B)/vorw-service

$(SERVICE_OBJ): CFLAGS_HOST += $(SERVICE_CFLAGS)
$(B)/obj/verifier-host/service/http_more.o: docs/openapi.yaml
$(B)/obj/verifier-host/service/http_page.o: $(wildcard verifier-host/service/page/*)

$(B)/vorw-service: $(SERVICE_OBJ) $(B)/obj/verifier-host/cmd.o $(HOST_LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_HOST) $(LDFLAGS) -o $@ $^ $(SERVICE_LIBS)

-include $(SERVICE_OBJ:.o=.d)
