// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * vt_slow.c - the limits of the tests and of the kselftest harness: alarm(2)
 * rings so many times later.  They are there for what hangs, and not for what
 * a slow target or a busy host delays.  Linked in with --wrap=alarm.
 */
#include <unistd.h>

#define BUSY_HOST	5

unsigned int __real_alarm(unsigned int seconds);
unsigned int __wrap_alarm(unsigned int seconds);

unsigned int __wrap_alarm(unsigned int seconds)
{
	return __real_alarm(seconds * VT_SLOW * BUSY_HOST);
}
