// SPDX-License-Identifier: GPL-2.0-only
/*
 * Delegation of scheduling to userspace: gtids, which name a thread for good.
 * A thread id is used again when its thread has gone; a gtid, which has a
 * sequence number beside it, is not.
 */
#include <linux/pid_namespace.h>
#include <linux/sched/task.h>

#include "ghost_internal.h"

#define SEQ_MASK	((1ULL << GHOST_TID_SHIFT) - 1)

static atomic64_t last_seq = ATOMIC64_INIT(0);

/**
 * ghost_fork_id - give a new thread its gtid
 * @p: the thread; its pid is known, nobody else knows it yet
 */
void ghost_fork_id(struct task_struct *p)
{
	u64 seq;

	do {
		seq = atomic64_inc_return(&last_seq) & SEQ_MASK;
	} while (!seq);
	p->gtid = (s64)p->pid << GHOST_TID_SHIFT | seq;
}

/**
 * ghost_gtid - the gtid of a thread
 * @p: the thread
 *
 * It stays the same through exec, even if the thread takes another's id there.
 *
 * Return: positive, 0 for the idle tasks.
 */
s64 ghost_gtid(const struct task_struct *p)
{
	return p->gtid;
}

/* A task that has no id any more, or another one, is still its enclave's. */
static struct task_struct *find_in_enclave(s64 gtid, struct ghost_enclave *e)
{
	struct task_struct *p, *found = NULL;
	unsigned long flags;

	raw_spin_lock_irqsave(&e->lock, flags);
	list_for_each_entry(p, &e->tasks, ghost.task_list) {
		if (p->gtid == gtid) {
			found = p;
			break;
		}
	}
	raw_spin_unlock_irqrestore(&e->lock, flags);
	return found;
}

struct task_struct *ghost_find_task(s64 gtid, struct ghost_enclave *e)
{
	struct task_struct *p;

	if (gtid < 0)
		return NULL;
	if (!gtid)
		return current;
	p = find_task_by_pid_ns(gtid >> GHOST_TID_SHIFT, &init_pid_ns);
	if (p && p->gtid == gtid)
		return p;
	return e ? find_in_enclave(gtid, e) : NULL;
}

struct task_struct *ghost_get_task(s64 gtid, struct ghost_enclave *e)
{
	struct task_struct *p;

	rcu_read_lock();
	p = ghost_find_task(gtid, e);
	if (p)
		get_task_struct(p);
	rcu_read_unlock();
	return p;
}
