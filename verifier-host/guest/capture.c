// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* capture.c - the agent's side of the capture module. */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include "agent.h"

static int device = -1;
static int error;

void capture_open(int load_error)
{
	device = open("/dev/" CAP_DEVICE, O_RDWR | O_CLOEXEC);
	if (device < 0)
		error = load_error ? load_error : -errno;
}

int capture_error(void)
{
	return error;
}

int capture(unsigned long cmd, void *arg)
{
	return ioctl(device, cmd, arg) ? -errno : 0;
}
