# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# rules.mk - the service's program build/vorw-service.

SERVICE_CFLAGS := -I/usr/include/postgresql
SERVICE_LIBS := -lsqlite3 -lpq
