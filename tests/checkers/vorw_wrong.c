// SPDX-License-Identifier: GPL-2.0-only
/*
 * vorw_wrong.c - for tests: does on purpose what the checkers of a debug kernel
 * are there to find.  The parameter "what" names the mistake.  A barrier at the
 * end of a function keeps it in the backtrace: no tail call.
 */

#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

static char *what = "nothing";
module_param(what, charp, 0400);

static DEFINE_MUTEX(first);
static DEFINE_MUTEX(second);
static DEFINE_SPINLOCK(lock);
static int __rcu *guarded;
static u8 sink;

static noinline void wrong_nothing(void)
{
}

static noinline void wrong_free(void)
{
	u8 *p = kmalloc(100, GFP_KERNEL);

	kfree(p);
	WRITE_ONCE(sink, READ_ONCE(p[10]));
}

static noinline void wrong_bounds(void)
{
	u8 *p = kmalloc(100, GFP_KERNEL);

	WRITE_ONCE(sink, READ_ONCE(p[100]));
	kfree(p);
	barrier();
}

static noinline void wrong_leak(void)
{
	u8 *p = kmalloc(100, GFP_KERNEL);

	barrier_data(p);
}

static noinline void wrong_sleep(void)
{
	spin_lock(&lock);
	might_sleep();
	spin_unlock(&lock);
	barrier();
}

static noinline void wrong_order(void)
{
	mutex_lock(&first);
	mutex_lock(&second);
	mutex_unlock(&second);
	mutex_unlock(&first);
	mutex_lock(&second);
	mutex_lock(&first);
	mutex_unlock(&first);
	mutex_unlock(&second);
	barrier();
}

static noinline void wrong_rcu(void)
{
	WRITE_ONCE(sink, rcu_dereference(guarded) != NULL);
	barrier();
}

static const struct {
	const char *what;
	void (*f)(void);
} mistakes[] = {
	{ "nothing", wrong_nothing },
	{ "free", wrong_free },
	{ "bounds", wrong_bounds },
	{ "leak", wrong_leak },
	{ "sleep", wrong_sleep },
	{ "order", wrong_order },
	{ "rcu", wrong_rcu },
};

static int __init wrong_init(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(mistakes); i++) {
		if (!strcmp(what, mistakes[i].what)) {
			mistakes[i].f();
			return 0;
		}
	}
	return -EINVAL;
}

static void __exit wrong_exit(void)
{
}

module_init(wrong_init);
module_exit(wrong_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Makes a mistake on purpose, for vorw's tests");
