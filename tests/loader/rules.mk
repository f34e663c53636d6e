# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A command whose system calls fail, for tests/loader/cli.sh.

TEST_DEPS	+= $(TB)/tests/failing

$(TB)/tests/failing: tests/loader/failing.c tests/loader/rules.mk $(TB)/target.mk
	@mkdir -p $(@D)
	$(call say,CROSSCC,$@)
	$(Q)$(SYS_LINK) $(DT_CFLAGS) -o $@ $< $(SYS_END)
