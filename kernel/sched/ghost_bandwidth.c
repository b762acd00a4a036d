// SPDX-License-Identifier: GPL-2.0-only
/*
 * Delegation of scheduling to userspace: cpu.max. The runtime of a delegated
 * task is taken from the quota of its group and of those above, as that of a
 * fair one is. When a quota has been used up its task looks blocked to the
 * agent, and woken when there is runtime again.
 *
 * A throttled task is on the list of the group whose quota is used up, under
 * the lock of that group's cfs_bandwidth, which nests in the runqueue's. It is
 * queued in the ghost class: whatever takes it from there ends that.
 *
 * For cpu.stat the group is throttled as long as at least one of its delegated
 * tasks waits, however many do and wherever they are.
 *
 * A task runs to the next tick or switch before its runtime is known: what it
 * has run too long for is a debt that is paid from the next period's quota.
 */
#include "ghost_internal.h"

/* The group itself, and those above it, that have a quota. */
#define for_each_limited_group(tg, p)					\
	for (tg = task_group(p); tg; tg = tg->parent)			\
		if (READ_ONCE(tg->cfs_bandwidth.quota) == RUNTIME_INF)	\
			continue;					\
		else

static void charge(struct cfs_bandwidth *cfs_b, u64 delta)
{
	u64 paid;

	raw_spin_lock(&cfs_b->lock);
	paid = min(cfs_b->runtime, delta);
	cfs_b->runtime -= paid;
	cfs_b->ghost_debt += delta - paid;
	cfs_b->idle = 0;
	start_cfs_bandwidth(cfs_b);
	raw_spin_unlock(&cfs_b->lock);
}

void ghost_bandwidth_charge(struct rq *rq, struct task_struct *p, u64 delta)
{
	struct task_group *tg;

	for_each_limited_group(tg, p)
		charge(&tg->cfs_bandwidth, delta);
}

static struct cfs_bandwidth *exceeded(struct task_struct *p)
{
	struct task_group *tg;

	for_each_limited_group(tg, p)
		if (!READ_ONCE(tg->cfs_bandwidth.runtime))
			return &tg->cfs_bandwidth;
	return NULL;
}

bool ghost_bandwidth_exceeded(struct task_struct *p)
{
	return exceeded(p);
}

/* false: there is runtime again. */
static bool wait_for_runtime(struct cfs_bandwidth *cfs_b, struct task_struct *p)
{
	bool waits;

	raw_spin_lock(&cfs_b->lock);
	waits = cfs_b->quota != RUNTIME_INF && !cfs_b->runtime;
	if (waits) {
		if (list_empty(&cfs_b->ghost_throttled))
			cfs_b->ghost_throttled_since = sched_clock();
		p->ghost.throttled = 1;
		p->ghost.throttled_by = cfs_b;
		list_add_tail(&p->ghost.throttled_list, &cfs_b->ghost_throttled);
		start_cfs_bandwidth(cfs_b);
	}
	raw_spin_unlock(&cfs_b->lock);
	return waits;
}

/**
 * ghost_bandwidth_throttle - let a task wait for runtime, if it has to
 * @rq: its runqueue, locked
 * @p:	a task that is queued in the ghost class
 *
 * Its agent sees it block, unless it has seen that already.
 *
 * Return: whether it waits.
 */
bool ghost_bandwidth_throttle(struct rq *rq, struct task_struct *p)
{
	struct cfs_bandwidth *cfs_b = exceeded(p);

	if (!cfs_b || !wait_for_runtime(cfs_b, p))
		return false;
	if (READ_ONCE(p->ghost.sw->flags) & GHOST_SW_TASK_RUNNABLE) {
		ghost_sw_flags(p->ghost.sw, 0, GHOST_SW_TASK_RUNNABLE);
		ghost_msg_blocked(rq, p);
	}
	return true;
}

static void wake(struct rq *rq, struct task_struct *p)
{
	p->ghost.throttled = 0;
	p->ghost.throttled_by = NULL;
	p->ghost.last_runnable = sched_clock();
	ghost_sw_flags(p->ghost.sw, GHOST_SW_TASK_RUNNABLE, 0);
	ghost_msg_wakeup(rq, p);
}

/**
 * ghost_bandwidth_release - a task does not wait for runtime any more
 * @rq: its runqueue, locked
 * @p:	the task; if it is not throttled nothing happens
 *
 * It leaves the ghost class, its group or its CPU; if it comes back with its
 * quota used up, it is throttled again.
 */
void ghost_bandwidth_release(struct rq *rq, struct task_struct *p)
{
	struct cfs_bandwidth *cfs_b = p->ghost.throttled_by;

	if (!p->ghost.throttled)
		return;
	raw_spin_lock(&cfs_b->lock);
	list_del_init(&p->ghost.throttled_list);
	/* The clocks of CPUs may differ a little. */
	if (list_empty(&cfs_b->ghost_throttled))
		cfs_b->throttled_time +=
			max_t(s64, sched_clock() - cfs_b->ghost_throttled_since, 0);
	raw_spin_unlock(&cfs_b->lock);
	wake(rq, p);
}

/* The first that waits, if there is runtime for it. RCU keeps it. */
static struct task_struct *first_waiter(struct cfs_bandwidth *cfs_b)
{
	struct task_struct *p = NULL;
	unsigned long flags;

	raw_spin_lock_irqsave(&cfs_b->lock, flags);
	if (cfs_b->quota == RUNTIME_INF || cfs_b->runtime)
		p = list_first_entry_or_null(&cfs_b->ghost_throttled, struct task_struct,
					     ghost.throttled_list);
	raw_spin_unlock_irqrestore(&cfs_b->lock, flags);
	return p;
}

/**
 * __ghost_bandwidth_unthrottle - there may be runtime for those who wait
 * @cfs_b: of which group
 *
 * Context: No runqueue's lock, nor that of @cfs_b, held.
 */
void __ghost_bandwidth_unthrottle(struct cfs_bandwidth *cfs_b)
{
	struct task_struct *p;
	struct rq_flags rf;
	struct rq *rq;

	rcu_read_lock();
	while ((p = first_waiter(cfs_b))) {
		rq = task_rq_lock(p, &rf);
		update_rq_clock(rq);
		if (p->ghost.throttled_by == cfs_b) {
			ghost_bandwidth_release(rq, p);
			/* A group above may have used up its own. */
			ghost_bandwidth_throttle(rq, p);
		}
		task_rq_unlock(rq, p, &rf);
	}
	rcu_read_unlock();
}
