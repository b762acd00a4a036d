// SPDX-License-Identifier: GPL-2.0-only
/*
 * fifo-central: first come, first served, one queue for all CPUs.
 *
 * Idea: one agent spins on a CPU of its own, sees every message at once and
 * fills each CPU that becomes free, several in one system call. The agents of
 * the other CPUs sleep. Tasks run until they block or yield; nothing interrupts
 * them but other scheduling classes. When one of those wants the spinning
 * agent's CPU, the agent moves to another.
 *
 * Knobs: --cpus, --queue, --spin (a CPU that is not burnt, for later answers), --boost,
 * --slice.
 *
 * Limits: one CPU of the enclave does no work; with a single CPU it is fifo. A
 * task that is allowed on one CPU only makes the agent move there and back.
 *
 * Production ready? For short requests on machines with CPUs to spare.
 */
#include "report.h"

static struct tagsched_runq queue;

static void enqueue(struct tagsched_agent *agent, struct tagsched_task *task,
		    enum tagsched_enqueue_reason reason)
{
	(void)agent;
	/* what lost its CPU, or did not get there, has not had its turn */
	if (reason == TAGSCHED_ENQUEUE_PREEMPT || reason == TAGSCHED_ENQUEUE_RETRY)
		tagsched_runq__push_front(&queue, task);
	else
		tagsched_runq__push(&queue, task);
}

static void dequeue(struct tagsched_agent *agent, struct tagsched_task *task)
{
	(void)agent;
	tagsched_runq__remove(task);
}

static struct tagsched_task *pick(struct tagsched_agent *agent, int cpu)
{
	(void)agent;
	return tagsched_runq__pop(&queue, cpu);
}

static const struct tagsched_agent_ops ops = {
	.sz = sizeof(ops),
	.name = "fifo-central",
	.enqueue = enqueue,
	.dequeue = dequeue,
	.pick = pick,
};

int main(int argc, char **argv)
{
	struct options o;

	options_init(&o, TAGSCHED_MODEL_CENTRAL);
	options_parse(&o, argc, argv,
		      "Schedule the tasks with a tag first come, first served: one agent spins and "
		      "fills the CPUs of all others. Prints 'ready' when it does; Ctrl-C gives the "
		      "tasks back to CFS.\v"
		      "A second start with the same tag replaces the first one; no task notices.");
	return report_run(&ops, &o);
}
