// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Each CPU's agent schedules that CPU. One pass takes all messages, picks, and
 * gives the CPU up in the same system call that commits; so a pass costs one.
 */
#include "agent_internal.h"

/*
 * A task that is at home elsewhere moves here first, so that its messages come here.
 * It cannot while there are some in its old queue, which may be of a kind that wakes
 * nobody: then who reads that goes into @pings.
 */
static struct tagsched_task *pick_here(struct tagsched_agent *a, cpu_set_t *pings)
{
	struct tagsched_task *task = ts_pick(a, a->cpu);

	if (!task)
		return NULL;
	if (task->queue == a->queue && task->cpu == a->cpu) {
		ts_committing(a->as, task, a->cpu);
		return task;
	}
	if (ts_rehome(a, task, a)) {
		CPU_SET(ts_reader(a->as, task)->cpu, pings);
		ts_committing(a->as, task, a->cpu);
		ts_enqueue(a, task, TAGSCHED_ENQUEUE_RETRY);
		return NULL;
	}
	ts_committing(a->as, task, a->cpu);
	return task;
}

/* An agent that waits for work and may take @task: that of its home, if it does. */
static struct tagsched_agent *helper(struct tagsched_agent *a, struct tagsched_task *task)
{
	struct tagsched_agents *as = a->as;
	struct tagsched_agent *home = as->by_cpu[task->cpu];
	int i;

	if (home != a && home->idle && tagsched_task__allows(task, home->cpu))
		return home;
	for (i = 0; i < as->nr_agents; i++) {
		struct tagsched_agent *other = &as->agents[i];

		if (other != a && other->idle && tagsched_task__allows(task, other->cpu))
			return other;
	}
	return NULL;
}

/*
 * For each task that was enqueued in this pass and still waits, one agent that can
 * take it goes into @pings. What came earlier is looked for by each agent before it
 * waits.
 */
static void find_helpers(struct tagsched_agent *a, cpu_set_t *pings)
{
	struct tagsched_agent *other;
	struct tagsched_task *task;

	while ((task = ts_take_offer(a))) {
		other = helper(a, task);
		if (!other)
			continue;
		other->idle = false;
		CPU_SET(other->cpu, pings);
	}
}

static void ping_all(struct tagsched_agent *a, const cpu_set_t *pings)
{
	struct tagsched_agents *as = a->as;
	int i;

	for (i = 0; i < as->nr_agents; i++) {
		if (!CPU_ISSET(as->agents[i].cpu, pings))
			continue;
		ts_ping(as->e, as->agents[i].cpu);
		ts_count(&a->stats.pings, 1);
	}
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
	cpu_set_t pings;
	bool queued;
	int flags, n;

	while (!ts_stopped(as)) {
		/* read before the queue is: what comes later makes commit and yield fail */
		barrier = tagsched_sw__barrier(a->sw);
		a->boosted = tagsched_sw__flags(a->sw) & TAGSCHED_SW_BOOST_PRIO;
		CPU_ZERO(&pings);
		ts_lock(&as->lock);
		a->idle = false;
		a->woken = false;
		n = ts_drain(a);
		/*
		 * A commit that failed though no message tells why would fail again at once
		 * (a target that another class has borrowed): let the CPU go in between.
		 */
		task = cfs_goes_first(a) || (a->failed && !n) ? NULL : pick_here(a, &pings);
		if (task) {
			gtid = task->gtid;
			seqnum = task->seqnum;
		}
		/* back when CFS is done: only then is it known to be idle, and can be asked */
		flags = !task && (a->boosted || (a->failed && as->nr_queued)) ? RTLA_ON_IDLE : 0;
		queued = as->nr_queued;
		a->failed = false;
		find_helpers(a, &pings);
		a->idle = !task && !a->boosted;
		ts_unlock(&as->lock);

		if (n || task)
			ts_count(&a->stats.passes, 1);
		ping_all(a, &pings);
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
