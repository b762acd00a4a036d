// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* A FIFO of tasks, and which CPUs a task may run on. */
#include <sched.h>

#include "agent_internal.h"

bool tagsched_task__allows(struct tagsched_task *task, int cpu)
{
	if (!task->allowed_known) {
		/* a task that has gone is allowed everywhere: its last message is on its way */
		if (sched_getaffinity(task->tid, sizeof(task->allowed), &task->allowed))
			memset(&task->allowed, 0xff, sizeof(task->allowed));
		task->allowed_known = true;
	}
	return cpu >= 0 && cpu < CPU_SETSIZE && CPU_ISSET(cpu, &task->allowed);
}

/* Puts @task behind @prev, first if that is NULL. */
static void insert(struct tagsched_runq *rq, struct tagsched_task *prev, struct tagsched_task *task)
{
	struct tagsched_task *next = prev ? prev->next : rq->first;

	task->prev = prev;
	task->next = next;
	if (prev)
		prev->next = task;
	else
		rq->first = task;
	if (next)
		next->prev = task;
	else
		rq->last = task;
	task->runq = rq;
	rq->len++;
}

void tagsched_runq__push(struct tagsched_runq *rq, struct tagsched_task *task)
{
	tagsched_runq__remove(task);
	insert(rq, rq->last, task);
}

void tagsched_runq__push_front(struct tagsched_runq *rq, struct tagsched_task *task)
{
	tagsched_runq__remove(task);
	insert(rq, NULL, task);
}

void tagsched_runq__remove(struct tagsched_task *task)
{
	struct tagsched_runq *rq = task->runq;

	if (!rq)
		return;
	if (task->prev)
		task->prev->next = task->next;
	else
		rq->first = task->next;
	if (task->next)
		task->next->prev = task->prev;
	else
		rq->last = task->prev;
	task->next = NULL;
	task->prev = NULL;
	task->runq = NULL;
	rq->len--;
}

struct tagsched_task *tagsched_runq__pop(struct tagsched_runq *rq, int cpu)
{
	struct tagsched_task *task = rq->first;

	while (task && !tagsched_task__allows(task, cpu))
		task = task->next;
	if (task)
		tagsched_runq__remove(task);
	return task;
}
