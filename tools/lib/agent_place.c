// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Which CPU a task is at home on: its messages go to the queue of that CPU's
 * agent. And what becomes of tasks that no CPU of the enclave may run.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent_internal.h"

/* The allowed CPU that waits for work or, if there is none, has the fewest tasks. */
static struct tagsched_agent *choose(struct tagsched_agents *as, struct tagsched_task *task)
{
	struct tagsched_agent *best = NULL;
	int i;

	for (i = 0; i < as->nr_agents; i++) {
		struct tagsched_agent *a = &as->agents[i];
		bool better = !best || (a->idle && !best->idle) ||
			      (a->idle == best->idle && a->nr_homed < best->nr_homed);

		if (better && tagsched_task__allows(task, a->cpu))
			best = a;
	}
	return best;
}

int ts_rehome(struct tagsched_agent *a, struct tagsched_task *task, struct tagsched_agent *to)
{
	struct tagsched_agents *as = a->as;
	int ret;

	if (task->queue != to->queue) {
		/* fails if there are messages in the old queue: they come first */
		ret = tagsched_queue__associate(to->queue, task->gtid, task->seqnum);
		if (ret < 0)
			return ret;
		task->queue = to->queue;
	}
	if (task->cpu == to->cpu)
		return 0;
	if (task->cpu >= 0) {
		as->by_cpu[task->cpu]->nr_homed--;
		ts_count(&a->stats.moves, 1);
	}
	to->nr_homed++;
	task->cpu = to->cpu;
	return 0;
}

struct tagsched_agent *ts_reader(struct tagsched_agents *as, const struct tagsched_task *task)
{
	int i;

	for (i = 0; i < as->nr_agents; i++) {
		if (as->agents[i].queue == task->queue)
			return &as->agents[i];
	}
	return &as->agents[0];
}

bool ts_place(struct tagsched_agent *a, struct tagsched_task *task)
{
	struct tagsched_agent *to = choose(a->as, task);

	if (!to)
		return false;
	if (a->as->opts.model == TAGSCHED_MODEL_CENTRAL) {
		task->cpu = to->cpu;
		return true;
	}
	/*
	 * If it cannot move now it stays with the reader of its messages, who is about
	 * to find another one; a commit there fails harmlessly if it is not allowed.
	 */
	if (ts_rehome(a, task, to))
		ts_rehome(a, task, ts_reader(a->as, task));
	return true;
}

bool ts_strand(struct tagsched_agents *as, __s64 gtid)
{
	int i;

	for (i = 0; i < TS_MAX_STRANDED; i++) {
		__s64 none = 0;

		if (__atomic_compare_exchange_n(&as->stranded[i], &none, gtid, false,
						__ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
			return true;
	}
	return false;
}

/* Not a later task with the same thread id. */
static bool still_there(__s64 gtid)
{
	char file[64], text[32];

	snprintf(file, sizeof(file), "/proc/%d/ghost/gtid", (int)(gtid >> GHOST_TID_SHIFT));
	return ts_file_read(AT_FDCWD, file, text, sizeof(text)) > 0 && atoll(text) == gtid;
}

/*
 * An agent must not do this itself: the system call may sleep on a lock that a
 * delegated task holds.
 */
void ts_release_stranded(struct tagsched_agents *as)
{
	static const struct sched_param none;
	int i;

	for (i = 0; i < TS_MAX_STRANDED; i++) {
		__s64 gtid = __atomic_exchange_n(&as->stranded[i], 0, __ATOMIC_ACQ_REL);

		if (gtid && still_there(gtid) &&
		    !sched_setscheduler(gtid >> GHOST_TID_SHIFT, SCHED_OTHER, &none))
			as->released++;
	}
}
