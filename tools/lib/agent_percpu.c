// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Each CPU's agent schedules that CPU. One pass takes all messages, picks, and
 * gives the CPU up in the same system call that commits; so a pass costs one.
 */
#include "agent_internal.h"

/* A task that is at home elsewhere moves here first, so that its messages come here. */
static struct tagsched_task *pick_here(struct tagsched_agent *a)
{
	struct tagsched_task *task = ts_pick(a, a->cpu);

	if (!task)
		return NULL;
	if (task->queue == a->queue && task->cpu == a->cpu) {
		ts_committing(a->as, task, a->cpu);
		return task;
	}
	if (ts_rehome(a, task, a)) {
		/* its agent has messages about it, and will see to it */
		ts_committing(a->as, task, a->cpu);
		ts_enqueue(a, task, TAGSCHED_ENQUEUE_RETRY);
		return NULL;
	}
	ts_committing(a->as, task, a->cpu);
	return task;
}

/*
 * The CPU of an agent that waits and could take what has come; -1 if there is
 * none. What came earlier is looked for by each agent before it waits.
 */
static int helper(struct tagsched_agent *a)
{
	struct tagsched_agents *as = a->as;
	int i;

	if (!as->nr_queued)
		return -1;
	for (i = 0; i < as->nr_agents; i++) {
		struct tagsched_agent *other = &as->agents[i];

		if (other != a && other->idle && CPU_ISSET(other->cpu, &a->offer)) {
			other->idle = false;
			return other->cpu;
		}
	}
	return -1;
}

static void commit(struct tagsched_agent *a, struct tagsched_task *task, __s64 gtid, __u32 seqnum,
		   __u32 barrier)
{
	struct tagsched_agents *as = a->as;
	cpu_set_t self;
	int err;

	CPU_ZERO(&self);
	CPU_SET(a->cpu, &self);
	err = tagsched_txn__prepare(as->e, a->cpu, gtid, seqnum, barrier, NULL);
	if (!err)
		err = tagsched_txn__commit(as->e, &self);
	if (err) {
		ts_die(as, err);
		return;
	}
	/* it cannot have gone: what ends it is in this agent's queue, unread */
	ts_lock(&as->lock);
	ts_committed(a, task, a->cpu, tagsched_txn__state(as->e, a->cpu));
	ts_unlock(&as->lock);
}

/*
 * CFS has work for the CPU. Then a dispatch that the kernel boosts is for who has
 * just woken up; the others wait until CFS has had as long.
 */
static bool cfs_goes_first(const struct tagsched_agent *a)
{
	return a->boosted && !(ts_load(&a->as->e->boost_us) && a->woken);
}

/* A timer of the library's own, made when it is first needed. */
static bool arm(struct tagsched_agent *a, struct tagsched_timer **timer, __u64 type, __u32 us)
{
	if (!*timer)
		*timer = tagsched_timer__create(a->as->e, a->cpu, type, 0);
	return *timer && !tagsched_timer__arm(*timer, us * 1000ULL);
}

static void wait_for_turn(struct tagsched_agent *a)
{
	__u32 boost_us = ts_load(&a->as->e->boost_us);

	if (boost_us)
		arm(a, &a->turn, TS_TIMER_TURN, boost_us);
}

/* Nobody runs for ever: others may come to wait while the agent is not looking. */
static void start_slice(struct tagsched_agent *a)
{
	if (!a->slicing)
		a->slicing = arm(a, &a->slice, TS_TIMER_SLICE, ts_slice_us(a->as));
}

void ts_percpu_loop(struct tagsched_agent *a)
{
	struct tagsched_agents *as = a->as;
	struct tagsched_task *task;
	__u32 barrier, seqnum = 0;
	__s64 gtid = 0;
	bool queued;
	int ping, flags, n;

	while (!ts_stopped(as)) {
		/* read before the queue is: what comes later makes commit and yield fail */
		barrier = tagsched_sw__barrier(a->sw);
		a->boosted = tagsched_sw__flags(a->sw) & TAGSCHED_SW_BOOST_PRIO;
		ts_lock(&as->lock);
		a->idle = false;
		a->woken = false;
		n = ts_drain(a);
		/*
		 * A commit that failed though no message tells why would fail again at once
		 * (a target that another class has borrowed): let the CPU go in between.
		 */
		task = cfs_goes_first(a) || (a->failed && !n) ? NULL : pick_here(a);
		if (task) {
			gtid = task->gtid;
			seqnum = task->seqnum;
		}
		/* back when CFS is done: only then is it known to be idle, and can be asked */
		flags = !task && (a->boosted || (a->failed && as->nr_queued)) ? RTLA_ON_IDLE : 0;
		queued = as->nr_queued;
		a->failed = false;
		ping = helper(a);
		CPU_ZERO(&a->offer);
		a->idle = !task && !a->boosted;
		ts_unlock(&as->lock);

		if (n || task)
			ts_count(&a->stats.passes, 1);
		if (ping >= 0) {
			ts_ping(as->e, ping);
			ts_count(&a->stats.pings, 1);
		}
		if (flags && a->boosted && queued)
			wait_for_turn(a);
		if (task)
			start_slice(a);
		if (task)
			commit(a, task, gtid, seqnum, barrier);
		else if (!ts_yield(a, barrier, flags))
			ts_count(&a->stats.yields, 1);
	}
	tagsched_timer__destroy(a->turn);
	tagsched_timer__destroy(a->slice);
}
