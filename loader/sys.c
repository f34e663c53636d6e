// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* sys.c - system calls that libc wraps at a price. */
#include <fcntl.h>
#include <unistd.h>
#include <asm/statfs.h>
#include <linux/if.h>
#include <linux/sockios.h>
#include <linux/stat.h>
#include <linux/time_types.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include "sys.h"

static int result(long ret)
{
	return ret < 0 ? -errno : ret;
}

int sys_ioctl(int fd, unsigned int cmd, void *arg)
{
	return result(syscall(SYS_ioctl, fd, cmd, arg));
}

int sys_stat(int fd, const char *path, struct file_facts *f)
{
	struct statx x;
	int ret;

	ret = result(syscall(SYS_statx, path ? AT_FDCWD : fd, path ?: "",
			     path ? AT_SYMLINK_NOFOLLOW : AT_EMPTY_PATH,
			     STATX_BASIC_STATS, &x));
	if (ret)
		return ret;
	f->size = x.stx_size;
	f->ino = x.stx_ino;
	f->dev = (u64)x.stx_dev_major << 32 | x.stx_dev_minor;
	f->mode = x.stx_mode;
	return 0;
}

int sys_fs_magic(int fd, u32 *magic)
{
	struct statfs64 s;
#ifdef SYS_fstatfs64
	int ret = result(syscall(SYS_fstatfs64, fd, sizeof(s), &s));
#else
	int ret = result(syscall(SYS_fstatfs, fd, &s));
#endif

	if (!ret)
		*magic = s.f_type;
	return ret;
}

/* Any socket will do to ask about interfaces. */
static int ask_interface(unsigned int cmd, struct ifreq *r)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), ret;

	if (fd < 0)
		return -errno;
	ret = sys_ioctl(fd, cmd, r);
	close(fd);
	return ret;
}

int sys_ifindex(const char *name)
{
	struct ifreq r = { };
	int ret;

	if (!*name || strlen(name) >= sizeof(r.ifr_name))
		return -ENODEV;
	strcpy(r.ifr_name, name);
	ret = ask_interface(SIOCGIFINDEX, &r);
	return ret ?: r.ifr_ifindex;
}

int sys_ifname(u32 ifindex, char name[IFACE_NAME])
{
	struct ifreq r = { };
	int ret;

	r.ifr_ifindex = ifindex;
	ret = ask_interface(SIOCGIFNAME, &r);
	if (!ret)
		memcpy(name, r.ifr_name, IFACE_NAME);
	return ret;
}

void sys_sleep_ms(unsigned int ms)
{
#ifdef SYS_clock_nanosleep_time64
	const long nr = SYS_clock_nanosleep_time64;
#else
	const long nr = SYS_clock_nanosleep;
#endif
	struct __kernel_timespec t = { ms / 1000, ms % 1000 * 1000000 };

	syscall(nr, 0 /* CLOCK_REALTIME */, 0, &t, NULL);
}
