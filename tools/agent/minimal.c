// SPDX-License-Identifier: GPL-2.0-only
/*
 * A whole userspace scheduler: tasks with the tag that is given run first come,
 * first served, in one queue. tagsched-minimal TAG; Ctrl-C ends it.
 */
#include <stdio.h>
#include <tagsched_agent.h>

static struct tagsched_runq queue;

static void enqueue(struct tagsched_agent *agent, struct tagsched_task *task,
		    enum tagsched_enqueue_reason reason)
{
	(void)agent;
	(void)reason;
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
	.name = "minimal",
	.enqueue = enqueue,
	.dequeue = dequeue,
	.pick = pick,
};

int main(int argc, char **argv)
{
	TAGSCHED_OPTS(tagsched_agents_opts, opts, .bind = true);

	if (argc != 2 || tagsched_tag__parse(argv[1], &opts.tag)) {
		fprintf(stderr, "usage: tagsched-minimal TAG\n");
		return 2;
	}
	if (tagsched_agents__run(&ops, &opts)) {
		fprintf(stderr, "tagsched-minimal: %s\n", tagsched_last_error());
		return 1;
	}
	return 0;
}
