// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* capture.c - the agent's side of the capture module. */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include "agent.h"

static int device = -1;

int capture_open(void)
{
	device = open("/dev/" CAP_DEVICE, O_RDWR | O_CLOEXEC);
	return device < 0 ? -errno : 0;
}

int capture(unsigned long cmd, void *arg)
{
	return ioctl(device, cmd, arg) ? -errno : 0;
}
