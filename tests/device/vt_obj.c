// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * vt_obj.c - an object loaded natively with libbpf or from a blob with the
 * device's own vorw command, behind one interface.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>
#include <bpf/btf.h>
#include "vt.h"

void vt_say(const char *fmt, ...)
{
	va_list ap;

	fputs("# ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

bool vt_kernel_from(u32 a, u32 b)
{
	struct utsname u;
	u32 have_a = 0, have_b = 0;

	return !uname(&u) && sscanf(u.release, "%u.%u", &have_a, &have_b) == 2 &&
	       (have_a > a || (have_a == a && have_b >= b));
}

int vt_jit(int mode)
{
	static int fd = -1;
	char c = '0' + mode;

	/* Only there in the first network namespace: kept open. */
	if (fd < 0)
		fd = open("/proc/sys/net/core/bpf_jit_enable",
			  O_WRONLY | O_CLOEXEC);
	if (fd < 0 || pwrite(fd, &c, 1, 0) != 1) {
		int err = -errno;

		vt_say("bpf_jit_enable: %s", strerror(-err));
		return err;
	}
	return 0;
}

static int add_fd(struct vt_fd *tab, u32 *n, const char *name, u32 id, int fd)
{
	if (*n == VT_MAX)
		return -E2BIG;
	snprintf(tab[*n].name, sizeof(tab->name), "%s", name);
	tab[*n].id = id;
	tab[(*n)++].fd = fd;
	return 0;
}

static int add_prog(struct vt_obj *o, int fd)
{
	struct bpf_prog_info info = {};
	u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	return add_fd(o->prog, &o->nprogs, info.name, info.id, fd);
}

static int add_map(struct vt_obj *o, int fd)
{
	struct bpf_map_info info = {};
	u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	return add_fd(o->map, &o->nmaps, info.name, info.id, fd);
}

static int open_elf(struct vt_obj *o, const char *name)
{
	char path[96];

	memset(o, 0, sizeof(*o));
	snprintf(o->name, sizeof(o->name), "%s", name);
	snprintf(path, sizeof(path), "%s.o", name);
	o->elf = bpf_object__open(path);
	if (!o->elf) {
		int err = -errno;

		vt_say("open %s: %s", path, strerror(-err));
		return err;
	}
	return 0;
}

int vt_load_native(struct vt_obj *o, const char *name)
{
	struct bpf_program *p;
	struct bpf_map *m;
	int err = open_elf(o, name);

	if (err)
		return err;
	err = bpf_object__load(o->elf);
	if (err) {
		vt_say("load %s.o: %d", name, err);
		goto fail;
	}
	bpf_object__for_each_program(p, o->elf) {
		err = add_prog(o, bpf_program__fd(p));
		if (err)
			goto fail;
	}
	bpf_object__for_each_map(m, o->elf) {
		err = add_map(o, bpf_map__fd(m));
		if (err)
			goto fail;
	}
	return 0;
fail:
	bpf_object__close(o->elf);
	o->elf = NULL;
	return err;
}

int vt_load_own_form(struct vt_obj *o, const char *name)
{
	int err = vt_jit(1) ?: vt_load_native(o, name);

	if (vt_jit(0))
		return -EIO;
	return err ? vt_load_native(o, name) : 0;
}

bool vt_jited(const struct vt_obj *o, const char *prog)
{
	struct bpf_prog_info info = {};
	u32 len = sizeof(info);

	return !bpf_obj_get_info_by_fd(vt_prog(o, prog), &info, &len) &&
	       info.jited_prog_len;
}

/* Every pin in a directory ("progs" or "maps") of the object. */
static int open_pins(struct vt_obj *o, const char *what,
		     int (*add)(struct vt_obj *o, int fd))
{
	char path[512];
	struct dirent *e;
	int err = 0;
	DIR *dir;

	snprintf(path, sizeof(path), VT_PINS "/%s/%s", o->name, what);
	dir = opendir(path);
	if (!dir)
		return -errno;
	while (!err && (e = readdir(dir))) {
		int fd;

		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), VT_PINS "/%s/%s/%s", o->name, what,
			 e->d_name);
		fd = bpf_obj_get(path);
		err = fd < 0 ? -errno : add(o, fd);
	}
	closedir(dir);
	if (err)
		vt_say("open pin %s: %s", path, strerror(-err));
	return err;
}

int vt_run(const char *const *argv)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return -errno;
	if (!pid) {
		int null = open("/dev/null", O_WRONLY);

		alarm(60);	/* a command that hangs is a failure */
		dup2(null, 1);	/* what it refuses is on stderr */
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) < 0)
		return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}

int vt_load_blob(struct vt_obj *o, const char *name, const char *const *attach)
{
	const char *argv[16] = { "vorw", "load" };
	char blob[96];
	u32 n = 2;
	int err = open_elf(o, name);

	if (err)
		return err;
	o->from_blob = true;
	snprintf(blob, sizeof(blob), "%s.blob", name);
	argv[n++] = blob;
	for (; attach && *attach && n < 14; attach++) {
		argv[n++] = "--attach";
		if (**attach)	/* "": by the section's name */
			argv[n++] = *attach;
	}
	err = vt_run(argv);
	if (err) {
		vt_say("vorw load %s: exit status %d", blob, err);
		bpf_object__close(o->elf);
		o->elf = NULL;
		return err < 0 ? err : -EIO;
	}
	err = open_pins(o, "progs", add_prog) ?:
	      open_pins(o, "maps", add_map);
	if (err)
		vt_unload(o);
	return err;
}

static int tc_detach(struct vt_obj *o)
{
	int err = 0;

	for (u32 i = 0; i < o->ntc; i++) {
		LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = o->tc[i].ifindex,
			    .attach_point = o->tc[i].point);
		LIBBPF_OPTS(bpf_tc_opts, opts, .handle = o->tc[i].handle,
			    .priority = o->tc[i].priority);
		int ret = bpf_tc_detach(&hook, &opts);

		if (!ret) {
			hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS;
			ret = bpf_tc_hook_destroy(&hook);
		}
		err = err ?: ret;
	}
	return err;
}

int vt_unload(struct vt_obj *o)
{
	int err = tc_detach(o);

	for (u32 i = 0; i < o->nlinks; i++)
		bpf_link__destroy(o->link[i]);
	if (o->from_blob) {
		const char *argv[] = { "vorw", "unload", o->name, NULL };

		for (u32 i = 0; i < o->nprogs; i++)
			close(o->prog[i].fd);
		for (u32 i = 0; i < o->nmaps; i++)
			close(o->map[i].fd);
		err = err ?: vt_run(argv);
	}
	bpf_object__close(o->elf);
	memset(o, 0, sizeof(*o));
	return err;
}

bool vt_pinned(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), VT_PINS "/%s", name);
	return !access(path, F_OK);
}

static int find(const struct vt_fd *tab, u32 n, const char *name)
{
	size_t len = strlen(name);

	for (u32 i = 0; i < n; i++) {
		size_t have = strlen(tab[i].name);

		if (name[0] == '.' ? have >= len &&
		    !strcmp(tab[i].name + have - len, name) :
		    !strncmp(tab[i].name, name, BPF_OBJ_NAME_LEN - 1))
			return tab[i].fd;
	}
	vt_say("nothing named %s", name);
	return -ENOENT;
}

int vt_prog(const struct vt_obj *o, const char *name)
{
	return find(o->prog, o->nprogs, name);
}

int vt_map(const struct vt_obj *o, const char *name)
{
	return find(o->map, o->nmaps, name);
}

struct bpf_program *vt_program(const struct vt_obj *o, const char *name)
{
	return bpf_object__find_program_by_name(o->elf, name);
}

/* Where a global variable lies: the section's map and the offset there. */
static int find_global(const struct vt_obj *o, const char *var, u32 *off,
		       u32 *map_size)
{
	const struct btf *btf = bpf_object__btf(o->elf);

	for (u32 i = 1; btf && i < btf__type_cnt(btf); i++) {
		const struct btf_type *t = btf__type_by_id(btf, i);
		const struct btf_var_secinfo *v = btf_var_secinfos(t);
		const char *sec = btf__name_by_offset(btf, t->name_off);

		if (!btf_is_datasec(t) || sec[0] != '.' ||
		    !strcmp(sec, ".maps"))
			continue;
		for (u16 j = 0; j < btf_vlen(t); j++) {
			const struct btf_type *vt =
				btf__type_by_id(btf, v[j].type);

			if (!strcmp(btf__name_by_offset(btf, vt->name_off),
				    var)) {
				*off = v[j].offset;
				*map_size = t->size;
				return vt_map(o, sec);
			}
		}
	}
	vt_say("no variable %s", var);
	return -ENOENT;
}

static int global(const struct vt_obj *o, const char *var, const void *set,
		  void *get, size_t size)
{
	u32 off = 0, map_size = 0, zero = 0;
	int fd = find_global(o, var, &off, &map_size);
	struct bpf_map_info info = {};
	u32 len = sizeof(info);
	u8 *buf;
	int err;

	if (fd < 0)
		return fd;
	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	if (off + size > info.value_size)
		return -ERANGE;
	buf = malloc(info.value_size);
	if (!buf)
		return -ENOMEM;
	err = bpf_map_lookup_elem(fd, &zero, buf);
	if (!err && get)
		memcpy(get, buf + off, size);
	if (!err && set) {
		memcpy(buf + off, set, size);
		err = bpf_map_update_elem(fd, &zero, buf, 0);
	}
	free(buf);
	return err;
}

int vt_set_global(const struct vt_obj *o, const char *var, const void *v,
		  size_t size)
{
	return global(o, var, v, NULL, size);
}

int vt_get_global(const struct vt_obj *o, const char *var, void *v,
		  size_t size)
{
	return global(o, var, NULL, v, size);
}

int vt_set_u32(const struct vt_obj *o, const char *map, u32 key, u32 value)
{
	return bpf_map_update_elem(vt_map(o, map), &key, &value, 0);
}

int vt_attach_link(struct vt_obj *o, struct bpf_link *l)
{
	if (!l) {
		vt_say("attach: %s", strerror(errno));
		return -errno;
	}
	o->link[o->nlinks++] = l;
	return 0;
}

int vt_attach_tc(struct vt_obj *o, const char *prog, const char *ifname,
		 bool egress)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = vt_ifindex(ifname),
		    .attach_point = egress ? BPF_TC_EGRESS : BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = vt_prog(o, prog));
	int err = bpf_tc_hook_create(&hook);

	if (err && err != -EEXIST)
		return err;
	err = bpf_tc_attach(&hook, &opts);
	if (err)
		return err;
	o->tc[o->ntc].ifindex = hook.ifindex;
	o->tc[o->ntc].point = hook.attach_point;
	o->tc[o->ntc].handle = opts.handle;
	o->tc[o->ntc++].priority = opts.priority;
	return 0;
}

void vt_shrink_slabs(void)
{
	DIR *dir = opendir("/sys/kernel/slab");
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		char path[300];
		int fd;

		if (strncmp(e->d_name, "kmalloc-", 8))
			continue;
		snprintf(path, sizeof(path), "/sys/kernel/slab/%s/shrink",
			 e->d_name);
		fd = open(path, O_WRONLY);
		if (fd < 0 || write(fd, "1", 1) != 1)
			vt_say("%s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
	}
	if (dir)
		closedir(dir);
	else
		vt_say("/sys/kernel/slab: %s", strerror(errno));
}
