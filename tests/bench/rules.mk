# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# make bench: measurements on one emulated device, native against vorw.

BENCH_LOG2	?= $(shell seq 0 15)
BENCH_OBJ	:= $(BENCH_LOG2:%=$(B)/bench/paths-%.o)

## bench          measure loads, write docs/bench.md and docs/bench.svg
.PHONY: bench
bench: all $(BENCH_OBJ) $(TB)/bench/pages.o $(TB)/tests/b_load
	@tests/bench/run $(T) $(B) $(BENCH_LOG2)

$(B)/bench/paths-%.o: tests/bench/paths.bpf.c docs/examples/vorw_example.h \
		tests/bench/rules.mk docs/examples/rules.mk
	@mkdir -p $(@D)
	$(call say,BPF,$@)
	$(Q)$(CLANG) $(BPF_CFLAGS) -Idocs/examples -DPATHS_LOG2=$* -c -o $@ $<

$(TB)/bench/pages.o: tests/bench/pages.bpf.c docs/examples/vorw_example.h \
		tests/bench/rules.mk docs/examples/rules.mk $(TB)/target.mk
	@mkdir -p $(@D)
	$(call say,BPF,$@)
	$(Q)$(CLANG) $(BPF_CFLAGS) -D__TARGET_ARCH_$(ARCH) -Idocs/examples -c -o $@ $<

$(TB)/tests/obj/b_load.o: tests/bench/b_load.c $(TB)/target.mk
	@mkdir -p $(@D)
	$(call say,CROSSCC,$@)
	$(Q)$(CROSS)gcc $(DT_CFLAGS) -MMD -MP -c -o $@ $<

$(TB)/tests/b_load: $(TB)/tests/obj/b_load.o $(TB)/tests/obj/vt_obj.o \
		$(TB)/tests/obj/vt_ioctl.o $(TB)/tests/obj/vt_net.o \
		$(TB)/tests/obj/vt_slow.o | $(G)/obj/libelf.o
	$(call say,CROSSLD,$@)
	$(Q)$(SYS_LINK) -o $@ $^ $(DT_LIBS) $(SYS_END)

-include $(TB)/tests/obj/b_load.d
