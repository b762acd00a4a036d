// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * What messages and commits do to the picture of a task: blocked, queued,
 * running. The policy hears of it from here. Callers hold the agents' lock.
 */
#include "agent_internal.h"

#define CALL(A, OP, ...) \
	do { if ((A)->as->ops->OP) (A)->as->ops->OP((A), ##__VA_ARGS__); } while (0)

static void withdraw_offer(struct tagsched_task *task)
{
	if (!task->offer_link)
		return;
	*task->offer_link = task->offer_next;
	if (task->offer_next)
		task->offer_next->offer_link = task->offer_link;
	task->offer_link = NULL;
}

/* @task waits: if it still does at the end of the pass, others are asked to take it. */
static void offer(struct tagsched_agent *a, struct tagsched_task *task)
{
	withdraw_offer(task);
	task->offer_next = a->offers;
	if (a->offers)
		a->offers->offer_link = &task->offer_next;
	a->offers = task;
	task->offer_link = &a->offers;
}

struct tagsched_task *ts_take_offer(struct tagsched_agent *a)
{
	struct tagsched_task *task = a->offers;

	if (task)
		withdraw_offer(task);
	return task;
}

static void set_state(struct tagsched_agents *as, struct tagsched_task *task,
		      enum tagsched_task_state state)
{
	if (task->state == TAGSCHED_TASK_QUEUED) {
		ts_store(&as->nr_queued, as->nr_queued - 1);
		withdraw_offer(task);
	}
	if (state == TAGSCHED_TASK_QUEUED)
		ts_store(&as->nr_queued, as->nr_queued + 1);
	task->state = state;
}

void ts_enqueue(struct tagsched_agent *a, struct tagsched_task *task,
		enum tagsched_enqueue_reason reason)
{
	if (task->state == TAGSCHED_TASK_QUEUED)
		return;
	ts_off_cpu(a->as, task);
	/* where it is at home it may not be allowed any longer */
	if ((task->cpu < 0 || !tagsched_task__allows(task, task->cpu)) && !ts_place(a, task)) {
		set_state(a->as, task, TAGSCHED_TASK_STRANDED);
		ts_strand(a->as, task->gtid);
		return;
	}
	set_state(a->as, task, TAGSCHED_TASK_QUEUED);
	task->since = ts_now();
	if (reason != TAGSCHED_ENQUEUE_PREEMPT && reason != TAGSCHED_ENQUEUE_RETRY) {
		task->used = 0;
		task->slice_over = false;
	}
	if (reason != TAGSCHED_ENQUEUE_RETRY)
		offer(a, task);
	a->as->ops->enqueue(a, task, reason);
}

void ts_dequeue(struct tagsched_agent *a, struct tagsched_task *task)
{
	if (task->state == TAGSCHED_TASK_QUEUED)
		a->as->ops->dequeue(a, task);
	set_state(a->as, task, TAGSCHED_TASK_BLOCKED);
}

struct tagsched_task *ts_pick(struct tagsched_agent *a, int cpu)
{
	return a->as->ops->pick(a, cpu);
}

void ts_off_cpu(struct tagsched_agents *as, struct tagsched_task *task)
{
	if (task->on_cpu >= 0 && as->by_cpu[task->on_cpu]->current == task)
		as->by_cpu[task->on_cpu]->current = NULL;
	task->on_cpu = -1;
}

void ts_committing(struct tagsched_agents *as, struct tagsched_task *task, int cpu)
{
	set_state(as, task, TAGSCHED_TASK_RUNNING);
	task->since = ts_now();
	task->on_cpu = cpu;
	if (as->opts.model == TAGSCHED_MODEL_CENTRAL)
		task->cpu = cpu;
	as->by_cpu[cpu]->current = task;
}

void ts_committed(struct tagsched_agent *a, struct tagsched_task *task, int cpu, int state)
{
	if (state == TAGSCHED_TXN_COMPLETE) {
		ts_count(&a->stats.commits, 1);
		return;
	}
	ts_count(&a->stats.failed, 1);
	if (task->state != TAGSCHED_TASK_RUNNING || task->on_cpu != cpu)
		return;
	switch (state) {
	case TAGSCHED_TXN_TARGET_NOT_FOUND:
	case TAGSCHED_TXN_TARGET_NOT_RUNNABLE:
		/* a message says so too, which may be in the queue still */
		ts_off_cpu(a->as, task);
		set_state(a->as, task, TAGSCHED_TASK_BLOCKED);
		return;
	case TAGSCHED_TXN_AGENT_STALE:
	case TAGSCHED_TXN_POISONED:
		break;
	case TAGSCHED_TXN_CPU_UNAVAIL:
		task->allowed_known = false;
		/* fall through - if the affinity is not the cause, it would fail again */
	default:
		a->failed = true;
	}
	ts_enqueue(a, task, TAGSCHED_ENQUEUE_RETRY);
	/* It may not leave the CPU that it is on: ask others. */
	if (state == TAGSCHED_TXN_CPU_UNAVAIL && task->state == TAGSCHED_TASK_QUEUED)
		offer(a, task);
}

void ts_forget(struct tagsched_agent *a, struct tagsched_task *task)
{
	struct tagsched_agents *as = a->as;

	ts_dequeue(a, task);
	ts_off_cpu(as, task);
	if (as->opts.model == TAGSCHED_MODEL_PER_CPU && task->cpu >= 0)
		as->by_cpu[task->cpu]->nr_homed--;
	if (task->sw)
		tagsched_sw__free(as->e, task->sw);
	ts_table_remove(&as->table, task);
}

/*
 * Who is preempted before its slice is over goes on with the rest of it. A whole
 * one each time would let it keep others waiting for ever if it is preempted often,
 * as it is where an agent comes and goes.
 */
static void preempted(struct tagsched_agent *a, struct tagsched_task *task,
		      const struct tagsched_msg *msg)
{
	bool over = task->slice_over;

	if (task->state == TAGSCHED_TASK_RUNNING) {
		task->used += ts_now() - task->since;
		over |= task->used >= ts_slice_us(a->as) * 1000ULL;
	}
	task->slice_over = false;
	ts_off_cpu(a->as, task);
	CALL(a, task_preempt, task, msg);
	ts_enqueue(a, task, over ? TAGSCHED_ENQUEUE_YIELD : TAGSCHED_ENQUEUE_PREEMPT);
}

static void affinity_changed(struct tagsched_agent *a, struct tagsched_task *task,
			     const struct tagsched_msg *msg)
{
	bool runnable = task->state == TAGSCHED_TASK_QUEUED ||
			task->state == TAGSCHED_TASK_STRANDED;

	task->allowed_known = false;
	if (runnable)
		ts_dequeue(a, task);
	CALL(a, task_affinity_changed, task, msg);
	if (runnable)
		ts_enqueue(a, task, TAGSCHED_ENQUEUE_MOVE);
}

static void handle_new(struct tagsched_agent *a, const struct tagsched_msg *msg)
{
	struct tagsched_agents *as = a->as;
	struct tagsched_task *task = ts_table_find(&as->table, msg->gtid);

	if (task && (__s32)(msg->seqnum - task->seqnum) <= 0)
		return;
	if (!task) {
		task = ts_table_add(&as->table, msg->gtid);
		if (!task) {
			ts_die(as, -ENOMEM);
			return;
		}
		task->queue = a->queue;
	}
	task->seqnum = msg->seqnum;
	task->sw = tagsched_sw__at(as->e, msg->sw_region, msg->sw_index);
	task->runtime = msg->runtime;
	task->nice = msg->nice;
	CALL(a, task_new, task, msg);
	if (msg->runnable) {
		a->woken = true;
		ts_enqueue(a, task, TAGSCHED_ENQUEUE_NEW);
	}
}

static void handle_task(struct tagsched_agent *a, const struct tagsched_msg *msg)
{
	struct tagsched_task *task = ts_table_find(&a->as->table, msg->gtid);

	/* what a resync has told already, or a task that it has buried */
	if (!task || (__s32)(msg->seqnum - task->seqnum) <= 0)
		return;
	task->seqnum = msg->seqnum;
	if (msg->runtime)
		task->runtime = msg->runtime;
	switch (msg->type) {
	case MSG_TASK_WAKEUP:
		CALL(a, task_wakeup, task, msg);
		a->woken = true;
		ts_enqueue(a, task, TAGSCHED_ENQUEUE_WAKEUP);
		break;
	case MSG_TASK_BLOCKED:
		ts_off_cpu(a->as, task);
		ts_dequeue(a, task);
		CALL(a, task_blocked, task, msg);
		break;
	case MSG_TASK_YIELD:
		ts_off_cpu(a->as, task);
		CALL(a, task_yield, task, msg);
		ts_enqueue(a, task, TAGSCHED_ENQUEUE_YIELD);
		break;
	case MSG_TASK_PREEMPT:
		preempted(a, task, msg);
		break;
	case MSG_TASK_DEPARTED:
		ts_dequeue(a, task);
		CALL(a, task_departed, task, msg);
		ts_forget(a, task);
		break;
	case MSG_TASK_DEAD:
		ts_dequeue(a, task);
		CALL(a, task_dead, task, msg);
		ts_forget(a, task);
		break;
	case MSG_TASK_AFFINITY_CHANGED:
		affinity_changed(a, task, msg);
		break;
	case MSG_TASK_PRIORITY_CHANGED:
		task->nice = msg->nice;
		CALL(a, task_priority_changed, task, msg);
		break;
	case MSG_TASK_ON_CPU:
		CALL(a, task_on_cpu, task, msg);
		break;
	}
}

/* The message has made the agent run: that the task is off the CPU comes next. */
static void slice_ends(struct tagsched_agent *a)
{
	a->slicing = false;
	if (a->current)
		a->current->slice_over = true;
}

void ts_handle(struct tagsched_agent *a, const struct tagsched_msg *msg)
{
	switch (msg->type) {
	case MSG_TASK_NEW:
		handle_new(a, msg);
		break;
	case MSG_CPU_TICK:
		CALL(a, cpu_tick, msg);
		break;
	case MSG_CPU_TIMER_EXPIRED:
		if (msg->timer_type == TS_TIMER_TURN)
			a->woken = true;
		else if (msg->timer_type == TS_TIMER_SLICE)
			slice_ends(a);
		else
			CALL(a, cpu_timer, msg);
		break;
	case MSG_CPU_NOT_IDLE:
		CALL(a, cpu_not_idle, msg);
		break;
	case MSG_CPU_AVAILABLE:
		CALL(a, cpu_available, msg);
		break;
	case MSG_CPU_BUSY:
		CALL(a, cpu_busy, msg);
		break;
	case MSG_QUEUE_RESYNC:
		ts_resync(a, msg);
		break;
	default:
		if (msg->type >= MSG_TASK_DEAD && msg->type < MSG_CPU_TICK)
			handle_task(a, msg);
	}
}

int ts_drain(struct tagsched_agent *a)
{
	static const struct tagsched_msg lost = { .type = MSG_QUEUE_RESYNC, .lost = 1 };
	struct tagsched_msg msg;
	int n = 0, ret;

	while ((ret = tagsched_queue__next(a->queue, &msg))) {
		/* a record that cannot be read is as good as lost */
		ts_handle(a, ret < 0 ? &lost : &msg);
		n++;
	}
	ts_count(&a->stats.messages, n);
	return n;
}
