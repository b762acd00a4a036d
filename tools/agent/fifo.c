// SPDX-License-Identifier: GPL-2.0-only
/*
 * fifo: first come, first served, each CPU for itself.
 *
 * Idea: each CPU has an agent and a queue of tasks. A task runs until it blocks,
 * yields, or something wakes the agent of its CPU: then it goes to the end of
 * the queue, behind the task that woke. So of two tasks that talk, the one that
 * was spoken to answers at once. A CPU without work takes the first task that
 * it may run from the longest queue.
 *
 * Knobs: --cpus, --queue, --boost, --slice.
 *
 * Limits: tasks that never block take turns by long slices. nice is ignored. One lock for all CPUs: measure before using it on many.
 *
 * Production ready? For servers whose tasks block often, on some dozen CPUs.
 */
#include <stdlib.h>

#include "report.h"

static struct tagsched_runq queues[CPU_SETSIZE];

static void enqueue(struct tagsched_agent *agent, struct tagsched_task *task,
		    enum tagsched_enqueue_reason reason)
{
	struct tagsched_runq *rq = &queues[task->cpu];

	/* CFS took the CPU from it, or it did not get there: it has not had its turn */
	if (reason == TAGSCHED_ENQUEUE_RETRY ||
	    (reason == TAGSCHED_ENQUEUE_PREEMPT && tagsched_agent__boosted(agent)))
		tagsched_runq__push_front(rq, task);
	else
		tagsched_runq__push(rq, task);
}

static void dequeue(struct tagsched_agent *agent, struct tagsched_task *task)
{
	(void)agent;
	tagsched_runq__remove(task);
}

static struct tagsched_task *steal(struct tagsched_agent *agent, int cpu)
{
	const cpu_set_t *cpus = tagsched_enclave__cpus(tagsched_agent__enclave(agent));
	struct tagsched_runq *longest = NULL;
	struct tagsched_task *task;
	int i;

	for (i = 0; i < CPU_SETSIZE; i++) {
		if (queues[i].len && (!longest || queues[i].len > longest->len))
			longest = &queues[i];
	}
	task = longest ? tagsched_runq__pop(longest, cpu) : NULL;
	/* none of those may run here: look at all others */
	for (i = 0; longest && !task && i < CPU_SETSIZE; i++) {
		if (CPU_ISSET(i, cpus))
			task = tagsched_runq__pop(&queues[i], cpu);
	}
	return task;
}

static struct tagsched_task *pick(struct tagsched_agent *agent, int cpu)
{
	struct tagsched_task *task = tagsched_runq__pop(&queues[cpu], cpu);

	return task ?: steal(agent, cpu);
}

static const struct tagsched_agent_ops ops = {
	.sz = sizeof(ops),
	.name = "fifo",
	.enqueue = enqueue,
	.dequeue = dequeue,
	.pick = pick,
};

int main(int argc, char **argv)
{
	struct options o;

	options_init(&o, TAGSCHED_MODEL_PER_CPU);
	options_parse(&o, argc, argv,
		      "Schedule the tasks with a tag first come, first served: each CPU has a "
		      "queue, and takes from others when it is empty. Prints 'ready' when it "
		      "does; Ctrl-C gives the tasks back to CFS.\v"
		      "A second start with the same tag replaces the first one; no task notices.");
	return report_run(&ops, &o);
}
