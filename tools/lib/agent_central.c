// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * One agent looks for messages all the time and schedules the CPUs of all
 * others, which sleep. If another class wants its CPU, the next one takes over.
 */
#include <sched.h>

#include "agent_internal.h"

/* How often to let the kernel notice that another class wants the CPU. */
#define RESCHEDULE_NS	1000000

static bool available(const struct tagsched_agent *a)
{
	return tagsched_sw__flags(a->sw) & TAGSCHED_SW_CPU_AVAIL;
}

/* One transaction for each CPU that has nothing to run, all in one system call. */
static int schedule(struct tagsched_agent *a)
{
	struct tagsched_agents *as = a->as;
	struct tagsched_task *task;
	cpu_set_t cpus;
	int i, err = 0, n = 0;

	CPU_ZERO(&cpus);
	for (i = 0; i < as->nr_agents && as->nr_queued; i++) {
		struct tagsched_agent *other = &as->agents[i];

		if (other == a || other->current || !available(other))
			continue;
		task = ts_pick(a, other->cpu);
		if (!task)
			continue;
		ts_committing(as, task, other->cpu);
		err = tagsched_txn__prepare(as->e, other->cpu, task->gtid, task->seqnum, 0, NULL);
		if (err)
			break;
		other->since = ts_now();
		CPU_SET(other->cpu, &cpus);
		n++;
	}
	if (n && !err)
		err = tagsched_txn__commit(as->e, &cpus);
	if (err) {
		ts_die(as, err);
		return 0;
	}
	for (i = 0; n && i < as->nr_agents; i++) {
		int cpu = as->agents[i].cpu;

		if (CPU_ISSET(cpu, &cpus))
			ts_committed(a, as->agents[i].current, cpu,
				     tagsched_txn__state(as->e, cpu));
	}
	return n;
}

/* Nobody has a CPU to spare and somebody waits: who has had his slice makes way. */
static void end_slices(struct tagsched_agent *a)
{
	struct tagsched_agents *as = a->as;
	__u64 now = ts_now(), slice = ts_slice_us(as) * 1000ULL;
	cpu_set_t cpus;
	int i, err = 0;

	CPU_ZERO(&cpus);
	for (i = 0; i < as->nr_agents && !err; i++) {
		struct tagsched_agent *other = &as->agents[i];
		struct tagsched_task *task = other->current;

		if (!task || task->used + now - other->since < slice)
			continue;
		/* the message that it has been preempted frees the CPU */
		other->since = now;
		task->used = 0;
		task->slice_over = true;
		CPU_SET(other->cpu, &cpus);
		err = tagsched_txn__prepare(as->e, other->cpu, 0, 0, 0, NULL);
	}
	if (!err && CPU_COUNT(&cpus))
		err = tagsched_txn__commit(as->e, &cpus);
	if (err)
		ts_die(as, err);
}

/* The CPU to take over: free if there is one, else one that only runs a delegated task. */
static struct tagsched_agent *heir(struct tagsched_agent *a)
{
	struct tagsched_agents *as = a->as;
	struct tagsched_agent *best = NULL;
	int i;

	for (i = 0; i < as->nr_agents; i++) {
		struct tagsched_agent *other = &as->agents[i];

		if (other == a || !available(other))
			continue;
		if (!other->current)
			return other;
		if (!best)
			best = other;
	}
	return best;
}

/* With the lock held. The queue wakes the heir: the kernel does so for a start. */
static bool hand_over(struct tagsched_agent *a)
{
	struct tagsched_agent *to = heir(a);

	if (!to)
		return false;
	ts_store(&a->as->central_cpu, to->cpu);
	if (tagsched_queue__set_wakeup(a->queue, to->cpu))
		ts_ping(a->as->e, to->cpu);
	ts_count(&a->stats.handovers, 1);
	return true;
}

struct stuck {
	struct tagsched_agent *a;
	bool found;
};

/* Waits for the one CPU that is not scheduled: the agent's own. */
static void look_stuck(struct tagsched_task *task, void *arg)
{
	struct stuck *stuck = arg;
	struct tagsched_agents *as = stuck->a->as;
	int i;

	if (stuck->found || task->state != TAGSCHED_TASK_QUEUED ||
	    !tagsched_task__allows(task, stuck->a->cpu))
		return;
	for (i = 0; i < as->nr_agents; i++) {
		if (&as->agents[i] != stuck->a && tagsched_task__allows(task, as->agents[i].cpu))
			return;
	}
	stuck->found = true;
}

/* Now and then: a task that may run on the agent's own CPU only gets it. */
static bool make_way(struct tagsched_agent *a)
{
	struct tagsched_agents *as = a->as;
	struct stuck stuck = { .a = a };
	bool moved = false;

	ts_lock(&as->lock);
	if (as->nr_queued)
		ts_table_walk(&as->table, look_stuck, &stuck);
	if (stuck.found)
		moved = hand_over(a);
	ts_unlock(&as->lock);
	return moved;
}

static void rest(struct tagsched_agent *a, __u32 barrier, int flags)
{
	if (!ts_yield(a, barrier, flags))
		ts_count(&a->stats.yields, 1);
}

/* One look around. True if there was something to do. */
static bool pass(struct tagsched_agent *a, __u32 barrier)
{
	struct tagsched_agents *as = a->as;
	bool heir_found = false;
	int n, committed = 0;

	a->boosted = tagsched_sw__flags(a->sw) & TAGSCHED_SW_BOOST_PRIO;
	ts_lock(&as->lock);
	n = ts_drain(a);
	committed = schedule(a);
	if (as->nr_queued)
		end_slices(a);
	if (a->boosted)
		heir_found = hand_over(a);
	ts_unlock(&as->lock);
	if (n || committed)
		ts_count(&a->stats.passes, 1);
	/* without an heir it stays the one, and is back when the CPU is idle or messages come */
	if (a->boosted)
		rest(a, barrier, heir_found ? 0 : RTLA_ON_IDLE);
	return n || committed || a->boosted;
}

void ts_central_loop(struct tagsched_agent *a)
{
	struct tagsched_agents *as = a->as;
	__u64 now, busy = 0, noticed = 0;

	while (!ts_stopped(as)) {
		__u32 barrier = tagsched_sw__barrier(a->sw);

		if (ts_load(&as->central_cpu) != a->cpu) {
			rest(a, barrier, 0);
			busy = 0;
			continue;
		}
		now = ts_now();
		if (now - noticed > RESCHEDULE_NS) {
			noticed = now;
			if (make_way(a))
				continue;
			sched_yield();
		}
		if (pass(a, barrier) || !busy) {
			busy = now;
			continue;
		}
		/* what waits may only wait for a CPU, of which no message tells */
		if (as->opts.spin_us && !as->nr_queued &&
		    now - busy > as->opts.spin_us * 1000ULL) {
			rest(a, barrier, 0);
			busy = 0;
		} else {
			ts_pause();
		}
	}
}
