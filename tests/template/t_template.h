/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* t_template.h - the parts of suite 33-template. */
#ifndef T_TEMPLATE_H
#define T_TEMPLATE_H

#include <sys/types.h>

void test_filter(void);
/* What the copy has and shares with its template. */
void test_apart(pid_t copy, pid_t template);

#endif /* T_TEMPLATE_H */
