// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel functions for BPF_PROG_TYPE_SCHED programs: writing tags.
 *
 * A program runs with scheduler locks held, and a tag is written with others
 * that come before them. So a write is put on a list and done a little later by
 * a worker, as if somebody had written to /proc or to cpu.tag. The list takes no
 * lock and no memory: its entries come from a pool that can be empty.
 *
 * A write makes tag_changed programs run, which may ask for another write, and
 * so on: each knows how many stand behind it, and there is a last one.
 */
#include <linux/bitmap.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/irq_work.h>
#include <linux/llist.h>
#include <linux/sched/cputime.h>
#include <linux/sched/task.h>
#include <linux/workqueue.h>

#include "sched.h"
#include "tag.h"

/* As Documentation/scheduler/bpf-sched.rst says. */
#define POOL_SIZE	512
#define MAX_DEPTH	8

/**
 * struct tag_write - a write of a tag that is to be done
 * @node:  in @pending
 * @task:  whose, with a reference; or NULL
 * @group: whose, with a reference; or NULL
 * @tag:   what to write
 * @depth: how many deferred writes led to this one
 *
 * Owned by whoever has set its bit in @used: the caller until it is in
 * @pending, then the worker.
 */
struct tag_write {
	struct llist_node	node;
	struct task_struct	*task;
	struct task_group	*group;
	struct sched_tag	tag;
	unsigned int		depth;
};

static struct tag_write pool[POOL_SIZE];
static DECLARE_BITMAP(used, POOL_SIZE);
static LLIST_HEAD(pending);

/* Who does the writes at the moment, and the depth of the one being done. */
static struct task_struct *writer;
static unsigned int writer_depth;

static struct tag_write *get_entry(void)
{
	unsigned int i;

	for_each_clear_bit(i, used, POOL_SIZE)
		if (!test_and_set_bit_lock(i, used))
			return &pool[i];
	return NULL;
}

static void put_entry(struct tag_write *w)
{
	clear_bit_unlock(w - pool, used);
}

/* --- the worker */

/*
 * What can go wrong has nobody to be told to: the task has been reaped since, or
 * a security module forbids it; the group has been removed, and leaves no trace.
 */
static void do_write(const struct tag_write *w)
{
	if (w->task) {
		sched_tag_write_task(w->task, &w->tag);
		put_task_struct(w->task);
	} else {
		if (READ_ONCE(w->group->css.flags) & CSS_ONLINE)
			sched_tag_write_group(w->group, &w->tag);
		css_put(&w->group->css);
	}
}

static void write_fn(struct work_struct *work)
{
	struct llist_node *list = llist_reverse_order(llist_del_all(&pending));
	struct tag_write *w, *next;

	WRITE_ONCE(writer, current);
	llist_for_each_entry_safe(w, next, list, node) {
		WRITE_ONCE(writer_depth, w->depth);
		do_write(w);
		put_entry(w);
		cond_resched();
	}
	WRITE_ONCE(writer, NULL);
}

static DECLARE_WORK(write_work, write_fn);

/* To queue work is to wake a worker, which takes the locks of the scheduler. */
static void write_irq_fn(struct irq_work *work)
{
	queue_work(system_unbound_wq, &write_work);
}

static struct irq_work write_irq = IRQ_WORK_INIT_HARD(write_irq_fn);

/* --- what programs call */

/* Is this asked for by a program that a deferred write has called? */
static unsigned int depth_here(void)
{
	if (in_task() && READ_ONCE(writer) == current)
		return READ_ONCE(writer_depth) + 1;
	return 0;
}

/*
 * Is there nothing to write? A program may say the same at every wakeup. While a
 * write is on its way, the tag there is may not be the tag there will be.
 */
static bool already(const struct sched_tag *now, const struct sched_tag *tag)
{
	if (!bitmap_empty(used, POOL_SIZE))
		return false;
	/* Pairs with clear_bit_unlock() in put_entry(): the tag it has written. */
	smp_rmb();
	if (!tag->set)
		return !READ_ONCE(now->set);
	/* Pairs with the release in sched_tag_store(). */
	return smp_load_acquire(&now->set) && READ_ONCE(now->value) == tag->value;
}

static struct tag_write *new_write(const struct sched_tag *tag, int *err)
{
	unsigned int depth = depth_here();
	struct tag_write *w;

	if (depth > MAX_DEPTH) {
		*err = -ELOOP;
		return NULL;
	}
	w = get_entry();
	if (!w) {
		*err = -ENOSPC;
		return NULL;
	}
	*w = (struct tag_write) { .tag = *tag, .depth = depth };
	return w;
}

static int defer(struct tag_write *w)
{
	llist_add(&w->node, &pending);
	irq_work_queue(&write_irq);
	return 0;
}

static int write_task_tag(struct task_struct *p, const struct sched_tag *tag)
{
	struct tag_write *w;
	int err;

	/* The idle tasks: /proc does not have them either. */
	if (!p->pid || !READ_ONCE(p->sighand))
		return -ESRCH;
	if (already(&p->tag, tag))
		return 0;

	w = new_write(tag, &err);
	if (!w)
		return err;
	if (!refcount_inc_not_zero(&p->usage)) {
		put_entry(w);
		return -ESRCH;
	}
	w->task = p;
	return defer(w);
}

static int write_group_tag(struct task_group *tg, const struct sched_tag *tag)
{
	struct tag_write *w;
	int err;

	/* An autogroup has no cgroup, and so no file for its tag. */
	if (tg == &root_task_group || !tg->css.cgroup)
		return -EINVAL;
	if (already(&tg->tag, tag))
		return 0;

	w = new_write(tag, &err);
	if (!w)
		return err;
	if (!css_tryget_online(&tg->css)) {
		put_entry(w);
		return -ENODEV;
	}
	w->group = tg;
	return defer(w);
}

__diag_push();
__diag_ignore_all("-Wmissing-prototypes",
		  "Kernel functions whose definitions will be in vmlinux BTF");

/**
 * bpf_sched_set_task_tag - give a task a tag of its own, soon
 * @p:	 the task: that thread, not its process
 * @tag: the tag; any is valid
 *
 * The same as a write to /proc/PID/task/TID/tag, which happens after the program
 * has returned. Writes happen in the order in which they were asked for.
 *
 * Return: 0 if it will be done, or if there is nothing to do; -ESRCH if the task
 * has exited; -ENOSPC if too many writes are waiting already; -ELOOP if this is
 * asked for by a tag_changed program that a write called that another asked for,
 * and so on, too many times.
 */
int bpf_sched_set_task_tag(struct task_struct *p, s64 tag)
{
	return write_task_tag(p, &(struct sched_tag) { .value = tag, .set = true });
}

/**
 * bpf_sched_clear_task_tag - take away the tag that a task has of its own, soon
 * @p: the task: that thread, not its process
 *
 * Its tag is then that of its group. See bpf_sched_set_task_tag().
 *
 * Return: as bpf_sched_set_task_tag().
 */
int bpf_sched_clear_task_tag(struct task_struct *p)
{
	return write_task_tag(p, &(struct sched_tag) { .set = false });
}

/**
 * bpf_sched_set_group_tag - give a group a tag of its own, soon
 * @tg:	 the group
 * @tag: the tag; any is valid
 *
 * The same as a write to its cpu.tag. See bpf_sched_set_task_tag().
 *
 * Return: 0 if it will be done, or if there is nothing to do; -EINVAL for the
 * root group, whose tag is fixed, and for one that is no cgroup (an autogroup);
 * -ENODEV if the group has been removed; -ENOSPC and -ELOOP as
 * bpf_sched_set_task_tag().
 */
int bpf_sched_set_group_tag(struct task_group *tg, s64 tag)
{
	return write_group_tag(tg, &(struct sched_tag) { .value = tag, .set = true });
}

/**
 * bpf_sched_clear_group_tag - take away the tag that a group has of its own, soon
 * @tg: the group
 *
 * Its tag is then that of the nearest ancestor that has one.
 *
 * Return: as bpf_sched_set_group_tag().
 */
int bpf_sched_clear_group_tag(struct task_group *tg)
{
	return write_group_tag(tg, &(struct sched_tag) { .set = false });
}

__diag_pop();

BTF_SET8_START(bpf_sched_tag_kfunc_ids)
BTF_ID_FLAGS(func, bpf_sched_set_task_tag)
BTF_ID_FLAGS(func, bpf_sched_clear_task_tag)
BTF_ID_FLAGS(func, bpf_sched_set_group_tag)
BTF_ID_FLAGS(func, bpf_sched_clear_group_tag)
BTF_SET8_END(bpf_sched_tag_kfunc_ids)

static const struct btf_kfunc_id_set bpf_sched_tag_kfunc_set = {
	.owner	= THIS_MODULE,
	.set	= &bpf_sched_tag_kfunc_ids,
};

static int __init bpf_sched_tag_init(void)
{
	return register_btf_kfunc_id_set(BPF_PROG_TYPE_SCHED, &bpf_sched_tag_kfunc_set);
}
late_initcall(bpf_sched_tag_init);
