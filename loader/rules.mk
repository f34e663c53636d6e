# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# loader/ - the device program vorw: static, with the musl of the sysroot.

LOADER		:= $(TB)/vorw
LOADER_SRC	:= $(wildcard loader/*.c) $(BLOB_CORE)
LOADER_OBJ	= $(LOADER_SRC:%.c=$(TB)/obj/%.o)
ALL		+= $(LOADER)

MUSL_LIB	= $(firstword $(wildcard $(SYSROOT)/usr/lib/*-linux-musl*))
MUSL_INC	= $(firstword $(wildcard $(SYSROOT)/usr/include/*-linux-musl*))
# The kernel's headers for this architecture's asm/
KERNEL_INC	= $(firstword $(filter-out %-musl%,$(patsubst %/asm,%,\
			$(wildcard $(SYSROOT)/usr/include/*/asm))))
LIBGCC		= $(shell $(CROSS)gcc -print-libgcc-file-name)

LOADER_CFLAGS	= -Os $(WARN) -std=gnu11 -D_GNU_SOURCE -nostdinc \
		  -isystem $(MUSL_INC) \
		  -isystem $(shell $(CROSS)gcc -print-file-name=include) \
		  -isystem $(SYSROOT)/usr/include -isystem $(KERNEL_INC) \
		  -Iblob-format -Ikmod/uapi -Iloader -DVORW_LOADER \
		  -fno-asynchronous-unwind-tables -fno-unwind-tables \
		  -fno-stack-protector -fno-section-anchors -fno-pie -flto
# common-page-size: ld rounds the data's place in the file up to it when that
# saves a page of memory (DATA_SEGMENT_ALIGN in its manual); here bytes count.
LOADER_LDFLAGS	= -static -nostdlib -Wl,--gc-sections -Wl,--build-id=none \
		  -Wl,-z,norelro -Wl,-z,common-page-size=64 $(SYS_SCRIPT)

$(TB)/obj/%.o: %.c $(TB)/target.mk loader/rules.mk
	@mkdir -p $(@D)
	$(call say,CC-DEV,$<)
	$(Q)$(CROSS)gcc $(LOADER_CFLAGS) -MMD -MP -c -o $@ $<

$(TB)/obj/loader/string.o: LOADER_CFLAGS += -fno-lto \
	-fno-tree-loop-distribute-patterns

# A program runs by its segments; sections are for tools.
$(LOADER): $(LOADER_OBJ)
	$(call say,LD-DEV,$@)
	$(Q)$(CROSS)gcc $(LOADER_CFLAGS) $(LOADER_LDFLAGS) -o $@ $(MUSL_LIB)/crt1.o \
		$(MUSL_LIB)/crti.o $^ -Wl,--start-group $(MUSL_LIB)/libc.a \
		$(LIBGCC) -Wl,--end-group $(MUSL_LIB)/crtn.o
	$(Q)llvm-strip --strip-sections $@

# Beside the loader: what tells the host about the device.
ALL += $(TB)/vorw-probe
$(TB)/vorw-probe: loader/vorw-probe
	@mkdir -p $(@D)
	$(Q)cp $< $@

-include $(LOADER_OBJ:.o=.d)
