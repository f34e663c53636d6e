// SPDX-License-Identifier: GPL-2.0-only
/*
 * capture.c - vorw_capture.ko: what a program load left in the kernel, for
 * the agent of the verification guest.
 *
 * It only reads, and compiles clones: a loaded program is never changed.  It
 * runs in a throw-away guest whose every byte of output the host mistrusts.
 */
#include <linux/bpf.h>
#include <linux/ctype.h>
#include <linux/elf.h>
#include <linux/filter.h>
#include <linux/io.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/param.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include "capture.h"
#include "capture_int.h"
#include "compat.h"
#include "cpu.h"
#include "vorw_format.h"

#define to_user(p)	((void __user *)(unsigned long)(p))

/*
 * The build-id from the kernel's own crash note, as the device reads it: what
 * is under /sys can be mounted over.  "BUILD-ID=<hex>\n" inside the text.
 */
static int read_build_id(struct cap_hello *h)
{
	static const char key[] = "BUILD-ID=";
	const struct elf_note *note;
	const char *text, *p;
	char hex[2 * sizeof(h->build_id) + 1] = "";
	size_t size, n;

	note = phys_to_virt(paddr_vmcoreinfo_note());
	size = note->n_descsz;
	if (!size || size > VMCOREINFO_NOTE_SIZE)
		return -EINVAL;
	text = (const char *)(note + 1) + ALIGN(note->n_namesz, 4);
	p = strnstr(text, key, size);
	if (!p)
		return -ENOENT;
	p += strlen(key);
	for (n = 0; n < sizeof(hex) - 1 && p + n < text + size &&
		    isxdigit(p[n]); n++)
		hex[n] = p[n];
	if (n < 2 || n % 2 || hex2bin(h->build_id, hex, n / 2))
		return -EINVAL;
	h->build_id_len = n / 2;
	return 0;
}

static int cap_hello(void __user *arg)
{
	struct cap_hello h = {
		.page_size = PAGE_SIZE,
		.hz = HZ,
		.cpu_features = capture_cpu_features(),
		.call_base = (unsigned long)__bpf_call_base,
		.call_base_args = COMPAT_CALL_BASE_ARGS,
		.image_start = compat_image_start(),
		.image_end = compat_image_end(),
		.return_thunk = compat_return_thunk(),
	};
	int err;

	err = read_build_id(&h);
	if (err)
		return err;
	return copy_to_user(arg, &h, sizeof(h)) ? -EFAULT : 0;
}

/* bpf_prog_load()'s flags that stay with the program; the others are for the
 * verifier alone. */
static u32 flags_kept(const struct bpf_prog *prog)
{
	return (vorw_gen_sleepable(prog) ? BPF_F_SLEEPABLE : 0) |
	       (prog->aux->xdp_has_frags ? BPF_F_XDP_HAS_FRAGS : 0);
}

/* Copy cnt records if they fit in cap; *cap becomes cnt either way. */
static int put_array(u64 user, u32 *cap, const void *from, u32 cnt, u32 size)
{
	u32 room = *cap;

	*cap = cnt;
	if (cnt > room)
		return -ENOSPC;
	return copy_to_user(to_user(user), from, (size_t)cnt * size) ?
	       -EFAULT : 0;
}

static int put_used_maps(struct cap_prog *q, struct bpf_prog_aux *aux)
{
	u64 addr[VORW_MAX_USED_MAPS];
	u32 i, cnt;
	int err = 0;

	/* bpf_prog_bind_map() can change the list */
	mutex_lock(&aux->used_maps_mutex);
	cnt = aux->used_map_cnt;
	if (cnt > ARRAY_SIZE(addr))
		err = -E2BIG;
	for (i = 0; !err && i < cnt; i++)
		addr[i] = (unsigned long)aux->used_maps[i];
	mutex_unlock(&aux->used_maps_mutex);
	return err ?: put_array(q->maps, &q->maps_cnt, addr, cnt, sizeof(u64));
}

/* Natively compiled functions: prog itself, or those of a program that has
 * more than one. */
static u32 parts_of(const struct bpf_prog *prog)
{
	if (!prog->jited)
		return 0;
	return prog->aux->func_cnt ?: 1;
}

static struct bpf_prog *part_of(struct bpf_prog *prog, u32 i)
{
	return prog->aux->func_cnt ? prog->aux->func[i] : prog;
}

static int cap_prog(void __user *arg)
{
	struct bpf_prog_aux *aux;
	struct bpf_prog *prog;
	struct cap_prog q;
	int err, err2;

	if (copy_from_user(&q, arg, sizeof(q)))
		return -EFAULT;
	prog = ksym(bpf_prog_get)(q.fd);
	if (IS_ERR(prog))
		return PTR_ERR(prog);
	aux = prog->aux;

	q.facts = vorw_gen_get_facts(prog);
	q.not_carried = vorw_gen_not_carried(prog);
	q.prog_flags = flags_kept(prog);
	memcpy(q.tag, prog->tag, sizeof(q.tag));
	q.type = prog->type;
	q.expected_attach_type = prog->expected_attach_type;
	q.jited = prog->jited;
	q.jit_requested = prog->jit_requested;
	q.stack_depth = aux->stack_depth;
	q.max_ctx_offset = aux->max_ctx_offset;
	q.max_pkt_offset = aux->max_pkt_offset;
	q.max_tp_access = aux->max_tp_access;
	q.max_rdonly_access = aux->max_rdonly_access;
	q.max_rdwr_access = aux->max_rdwr_access;
	q.verified_insns = aux->verified_insns;
	q.func_cnt = aux->func_cnt;
	q.num_exentries = aux->num_exentries;
	q.size_poke_tab = aux->size_poke_tab;
	q.used_btf_cnt = aux->used_btf_cnt;
	q.attach_btf_id = aux->attach_btf_id;
	q.kaddr = (unsigned long)prog;
	q.bpf_func = (unsigned long)prog->bpf_func;
	q.parts_cnt = parts_of(prog);

	err = put_used_maps(&q, aux);
	err2 = put_array(q.insns, &q.insns_cnt, prog->insnsi, prog->len,
			 sizeof(struct bpf_insn));
	bpf_prog_put(prog);
	if (copy_to_user(arg, &q, sizeof(q)))
		return -EFAULT;
	return err ?: err2;
}

/* Loads that may fault, as the code's exception table has them. */
static int put_faults(struct cap_part *q, const struct bpf_prog *part)
{
	u32 i, n = CAPTURE_FAULTS ? part->aux->num_exentries : 0;
	struct cap_fault *f;
	int err = 0;

	f = kvcalloc(n + 1, sizeof(*f), GFP_KERNEL);
	if (!f)
		return -ENOMEM;
	for (i = 0; i < n && !err; i++)
		if (!capture_fault(&part->aux->extable[i], part->bpf_func,
				   &f[i]))
			err = -EOPNOTSUPP;
	err = err ?: put_array(q->faults, &q->faults_cnt, f, n, sizeof(*f));
	kvfree(f);
	return err;
}

static int cap_part(void __user *arg)
{
	struct bpf_prog *prog, *part;
	struct cap_part q;
	int err, err2, err3;

	if (copy_from_user(&q, arg, sizeof(q)))
		return -EFAULT;
	prog = ksym(bpf_prog_get)(q.fd);
	if (IS_ERR(prog))
		return PTR_ERR(prog);
	if (q.index >= parts_of(prog)) {
		bpf_prog_put(prog);
		return -ENOENT;
	}
	part = part_of(prog, q.index);
	memcpy(q.tag, part->tag, sizeof(q.tag));
	q.stack_depth = part->aux->stack_depth;
	q.facts = (part->aux->tail_call_reachable ?
		   VORW_PF_TAIL_CALL_REACHABLE : 0) |
		  (vorw_gen_priv_stack(part->aux) ? VORW_PF_PRIV_STACK : 0);
	q.priv_stack = vorw_gen_priv_stack(part->aux);
	q.num_exentries = part->aux->num_exentries;
	q.size_poke_tab = part->aux->size_poke_tab;
	q.bpf_func = (unsigned long)part->bpf_func;
	err = put_array(q.insns, &q.insns_cnt, part->insnsi, part->len,
			sizeof(struct bpf_insn));
	err2 = put_array(q.image, &q.image_len, part->bpf_func,
			 part->jited_len + CAPTURE_CODE_TAIL, 1);
	err3 = put_faults(&q, part);
	bpf_prog_put(prog);
	if (copy_to_user(arg, &q, sizeof(q)))
		return -EFAULT;
	return err3 && err3 != -ENOSPC ? err3 : err ?: err2 ?: err3;
}

/* map_direct_value_addr() of offset 0, for maps that allow it. */
static void direct_value(struct cap_map *q, const struct bpf_map *map)
{
	u64 addr;

	q->value_addr = 0;
	q->value_len = 0;
	if (!map->ops->map_direct_value_addr ||
	    map->ops->map_direct_value_addr(map, &addr, 0))
		return;
	q->value_addr = addr;
	q->value_len = map->value_size;
}

static int cap_map(void __user *arg)
{
	const struct bpf_map *inner;
	struct bpf_map *map;
	struct cap_map q;

	if (copy_from_user(&q, arg, sizeof(q)))
		return -EFAULT;
	map = bpf_map_get(q.fd);
	if (IS_ERR(map))
		return PTR_ERR(map);
	q.type = map->map_type;
	q.key_size = map->key_size;
	q.value_size = map->value_size;
	q.max_entries = map->max_entries;
	q.map_flags = map->map_flags;
	q.map_extra = map->map_extra;
	q.frozen = READ_ONCE(map->frozen);
	q.id = map->id;
	q.kaddr = (unsigned long)map;
	q.btf_key_type_id = map->btf_key_type_id;
	q.btf_value_type_id = map->btf_value_type_id;
	q.special = compat_map_special(map);
	direct_value(&q, map);
	compat_map_ops(map->ops, q.ops);
	inner = map->inner_map_meta;
	q.has_inner = !!inner;
	q.inner_type = inner ? inner->map_type : 0;
	q.inner_key_size = inner ? inner->key_size : 0;
	q.inner_value_size = inner ? inner->value_size : 0;
	q.inner_max_entries = inner ? inner->max_entries : 0;
	q.inner_map_flags = inner ? inner->map_flags : 0;
	q.inner_has_btf = inner && inner->btf;
	q.inner_special = inner && compat_map_special(inner);
	bpf_map_put(map);
	return copy_to_user(arg, &q, sizeof(q)) ? -EFAULT : 0;
}

static int cap_slots(void __user *arg)
{
	struct cap_slot __user *to;
	struct cap_slot slot = {};
	struct bpf_array *array;
	struct cap_slots q;
	struct bpf_map *map;
	u32 i, n = 0;
	int err = 0;

	if (copy_from_user(&q, arg, sizeof(q)))
		return -EFAULT;
	map = bpf_map_get(q.fd);
	if (IS_ERR(map))
		return PTR_ERR(map);
	if (map->map_type != BPF_MAP_TYPE_PROG_ARRAY &&
	    map->map_type != BPF_MAP_TYPE_ARRAY_OF_MAPS) {
		err = -EINVAL;
		goto out;
	}
	to = to_user(q.slots);
	array = container_of(map, struct bpf_array, map);
	for (i = 0; i < map->max_entries && !err; i++) {
		slot.index = i;
		slot.kaddr = (unsigned long)READ_ONCE(array->ptrs[i]);
		if (!slot.kaddr)
			continue;
		if (n < q.cnt && copy_to_user(&to[n], &slot, sizeof(slot)))
			err = -EFAULT;
		n++;
		cond_resched();
	}
	if (!err && n > q.cnt)
		err = -ENOSPC;
	q.cnt = n;
	if (copy_to_user(arg, &q, sizeof(q)))
		err = -EFAULT;
out:
	bpf_map_put(map);
	return err;
}

/*
 * Every helper this program could call, by the type's own get_func_proto(),
 * with the two conditions that the verifier's check_helper_call() adds.  A tail
 * call is none: its prototype has no function, or (later) one that is poison.
 */
static int cap_helpers(void __user *arg)
{
	const struct bpf_func_proto *proto;
	struct cap_helper __user *to;
	struct cap_helper h = {};
	struct cap_helpers q;
	struct bpf_prog *prog;
	func_proto_fn get;
	u32 id, n = 0;
	int err = 0;

	if (copy_from_user(&q, arg, sizeof(q)))
		return -EFAULT;
	prog = ksym(bpf_prog_get)(q.fd);
	if (IS_ERR(prog))
		return PTR_ERR(prog);
	get = compat_func_proto(prog->type);
	if (!get) {
		err = -EOPNOTSUPP;
		goto out;
	}
	to = to_user(q.helpers);
	for (id = 1; id < COMPAT_NHELPERS && !err; id++) {
		proto = get(id, prog);
		if (!proto || !proto->func || id == BPF_FUNC_tail_call ||
		    (proto->gpl_only && !prog->gpl_compatible) ||
		    (proto->allowed && !proto->allowed(prog)))
			continue;
		h.id = id;
		h.addr = (unsigned long)proto->func;
		if (n < q.cnt && copy_to_user(&to[n], &h, sizeof(h)))
			err = -EFAULT;
		n++;
	}
	if (!err && n > q.cnt)
		err = -ENOSPC;
	q.cnt = n;
	if (copy_to_user(arg, &q, sizeof(q)))
		err = -EFAULT;
out:
	bpf_prog_put(prog);
	return err;
}

/* The vmlinux symbols of one name. */
struct same_name {
	unsigned long addr;
	u32 cnt;
	bool found;		/* one of them is at addr */
};

static int count_symbol(void *data, unsigned long addr)
{
	struct same_name *same = data;

	same->cnt++;
	same->found |= addr == same->addr;
	return 0;
}

/* Give it this name.  False: no vmlinux symbol of that name is there. */
static bool name_symbol(struct cap_sym *s, const char *name)
{
	struct same_name same = { .addr = s->addr };

	strscpy(s->name, name, sizeof(s->name));
	ksym(kallsyms_on_each_match_symbol)(count_symbol, s->name, &same);
	s->same_name = same.cnt;
	return same.found;
}

/* Some routines have a second name, for the code that runs before the kernel is
 * where it was linked to: SYM_PIC_ALIAS(), arch/x86/include/asm/linkage.h */
#define ALIAS_PREFIX	"__pi_"

static void find_symbol(struct cap_sym *s, char *buf)
{
	unsigned long size, offset;
	const char *name;
	char *module;

	s->addr = 0;
	s->same_name = 0;
	s->module = 0;
	memset(s->name, 0, sizeof(s->name));
	if ((unsigned long)s->query != s->query)
		return;
	name = compat_variable(s->query);
	if (name) {
		strscpy(s->name, name, sizeof(s->name));
		s->addr = s->query;
		s->same_name = 1;
		return;
	}
	name = ksym(kallsyms_lookup)(s->query, &size, &offset, &module, buf);
	/* a name that does not fit is no name: half of one would be another */
	if (!name || strlen(name) >= sizeof(s->name))
		return;
	s->addr = s->query - offset;
	if (!strncmp(name, ALIAS_PREFIX, strlen(ALIAS_PREFIX)) &&
	    name_symbol(s, name + strlen(ALIAS_PREFIX)))
		return;
	/* modules, BPF images and ftrace trampolines have names, too */
	s->module = !name_symbol(s, name);
}

static int cap_syms(void __user *arg)
{
	struct cap_sym __user *to;
	struct cap_syms q;
	struct cap_sym *s;
	int err = 0;
	char *buf;
	u32 i;

	if (copy_from_user(&q, arg, sizeof(q)))
		return -EFAULT;
	s = kmalloc(sizeof(*s), GFP_KERNEL);
	buf = kmalloc(KSYM_NAME_LEN, GFP_KERNEL);
	if (!s || !buf)
		err = -ENOMEM;
	to = to_user(q.syms);
	for (i = 0; i < q.cnt && !err; i++) {
		if (copy_from_user(s, &to[i], sizeof(*s))) {
			err = -EFAULT;
			break;
		}
		find_symbol(s, buf);
		if (copy_to_user(&to[i], s, sizeof(*s)))
			err = -EFAULT;
		cond_resched();
	}
	kfree(buf);
	kfree(s);
	return err;
}

static long capture_ioctl(struct file *file, unsigned int cmd,
			  unsigned long arg)
{
	void __user *p = (void __user *)arg;

	switch (cmd) {
	case CAP_HELLO:		return cap_hello(p);
	case CAP_PROG:		return cap_prog(p);
	case CAP_PART:		return cap_part(p);
	case CAP_COMPILE:	return cap_compile(p);
	case CAP_MAP:		return cap_map(p);
	case CAP_SLOTS:		return cap_slots(p);
	case CAP_HELPERS:	return cap_helpers(p);
	case CAP_POKES:		return cap_pokes(p);
	case CAP_SYMS:		return cap_syms(p);
	default:		return -ENOTTY;
	}
}

static const struct file_operations capture_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = capture_ioctl,
};

static struct miscdevice capture_dev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = CAP_DEVICE,
	.fops = &capture_fops,
	.mode = 0600,
};

static int __init capture_init(void)
{
	int err;

	err = compat_init();
	if (err)
		return err;
	return misc_register(&capture_dev);
}

static void __exit capture_exit(void)
{
	misc_deregister(&capture_dev);
}

module_init(capture_init);
module_exit(capture_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("vorw: read back what a BPF program load left behind");
