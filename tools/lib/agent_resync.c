// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * The picture of the tasks, built anew from the status words: after messages
 * were lost, and when an enclave is taken over. Callers hold the agents' lock.
 *
 * A status word is ahead of the queue: messages that follow and are not newer
 * than the barrier read here are ignored by ts_handle().
 */
#include <sys/resource.h>

#include "agent_internal.h"

/* Barrier and flags of one moment, as far as that goes: the barrier does not move meanwhile. */
static __u32 read_word(const struct tagsched_sw *sw, __u32 *barrier)
{
	__u32 flags, again = tagsched_sw__barrier(sw);

	do {
		*barrier = again;
		flags = tagsched_sw__flags(sw);
		again = tagsched_sw__barrier(sw);
	} while (again != *barrier);
	return flags;
}

static bool is_task(__u32 flags)
{
	return (flags & TAGSCHED_SW_INUSE) && !(flags & TAGSCHED_SW_IS_AGENT);
}

static struct tagsched_msg as_new(const struct tagsched_enclave *e, const struct tagsched_sw *sw,
				  __u32 flags, __u32 barrier)
{
	return (struct tagsched_msg){
		.type = MSG_TASK_NEW,
		.seqnum = barrier,
		.gtid = sw->gtid,
		.cpu = -1,
		.runtime = __atomic_load_n(&sw->runtime, __ATOMIC_RELAXED),
		.sw_region = e->sw->id,
		.sw_index = sw - tagsched_sw__at(e, e->sw->id, 0),
		.nice = getpriority(PRIO_PROCESS, sw->gtid >> GHOST_TID_SHIFT),
		.runnable = !!(flags & TAGSCHED_SW_RUNNABLE),
	};
}

static void refresh(struct tagsched_agent *a, struct tagsched_task *task, __u32 flags,
		    __u32 barrier)
{
	struct tagsched_msg gone = {
		.type = MSG_TASK_DEAD, .gtid = task->gtid, .seqnum = barrier, .cpu = -1,
	};

	/* an equal barrier is no news, but a task that is gone has to be buried */
	task->seqnum = barrier;
	task->allowed_known = false;
	if (flags & TAGSCHED_SW_CANFREE) {
		task->seqnum = barrier - 1;
		ts_handle(a, &gone);
	} else if (!(flags & TAGSCHED_SW_RUNNABLE)) {
		ts_off_cpu(a->as, task);
		ts_dequeue(a, task);
	} else if (!(flags & TAGSCHED_SW_ONCPU)) {
		/* committed but not there yet: to commit it again does no harm */
		ts_enqueue(a, task, TAGSCHED_ENQUEUE_RESYNC);
	}
}

/* Words whose owner the queue does not tell of: those that are in no table. */
static void adopt(struct tagsched_agent *a, const struct tagsched_sw *sw, __u32 flags,
		  __u32 barrier)
{
	struct tagsched_msg msg = as_new(a->as->e, sw, flags, barrier);

	if (flags & TAGSCHED_SW_CANFREE)
		tagsched_sw__free(a->as->e, sw);
	else if (barrier)	/* zero: its first message is still to come */
		ts_handle(a, &msg);
}

void ts_resync(struct tagsched_agent *a, const struct tagsched_msg *msg)
{
	struct tagsched_agents *as = a->as;
	__u32 i, flags, barrier, n = tagsched_sw__count(as->e);

	ts_count(&a->stats.resyncs, 1);
	ts_count(&a->stats.lost, msg->lost);
	for (i = 0; i < n; i++) {
		const struct tagsched_sw *sw = tagsched_sw__at(as->e, as->e->sw->id, i);
		struct tagsched_task *task;

		flags = read_word(sw, &barrier);
		if (!is_task(flags))
			continue;
		task = ts_table_find(&as->table, sw->gtid);
		/* the owner may have re-entered while its old word waits to be freed */
		if (task && task->sw != sw)
			task = NULL;
		/* other queues have lost nothing, and new tasks come through the default one */
		if (task && task->queue == a->queue)
			refresh(a, task, flags, barrier);
		else if (!task && a->queue == as->default_queue)
			adopt(a, sw, flags, barrier);
	}
}

/* One word of an enclave that is taken over. */
static int discover(struct tagsched_agent *a, const struct tagsched_sw *sw)
{
	struct tagsched_msg msg;
	__u32 flags, barrier;
	int tries, ret = -ESTALE;

	for (tries = 0; ret == -ESTALE && tries < 3; tries++) {
		flags = read_word(sw, &barrier);
		if (!is_task(flags))
			return 0;
		ret = flags & TAGSCHED_SW_CANFREE ? -ENOENT :
		      tagsched_queue__associate(a->queue, sw->gtid, barrier);
	}
	if (ret == -ENOENT) {
		/* a word that cannot be freed yet has its last message to come */
		tagsched_sw__free(a->as->e, sw);
		return 0;
	}
	if (ret < 0)
		return ret;
	/* a TASK_NEW is, or will be, in the queue */
	if (ret & (TAGSCHED_ASSOC_ALREADY | TAGSCHED_ASSOC_BRAND_NEW))
		return 0;
	msg = as_new(a->as->e, sw, flags, barrier);
	ts_handle(a, &msg);
	return 0;
}

int ts_discover(struct tagsched_agent *a)
{
	__u32 i, n = tagsched_sw__count(a->as->e);
	int err;

	for (i = 0; i < n; i++) {
		err = discover(a, tagsched_sw__at(a->as->e, a->as->e->sw->id, i));
		if (err)
			return err;
	}
	return 0;
}
