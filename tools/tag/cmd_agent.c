// SPDX-License-Identifier: GPL-2.0-only
/* tag agent: the processes that schedule tasks, and how they fare. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#include "tag.h"

struct listing {
	cJSON *array;	/* NULL: text */
	bool headed;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	argp_error(state, "'%s': takes no operand", arg);
	return 0;
}

/* Threads of a process that cannot be seen are taken one by one. */
static bool same_process(const struct tagsched_ghostfs_agent *a,
			 const struct tagsched_ghostfs_agent *b)
{
	return a == b || (a->pid && a->pid == b->pid);
}

static bool is_first(const struct tagsched_ghostfs_entry *e, size_t index)
{
	size_t i;

	for (i = 0; i < index; i++) {
		if (same_process(&e->agents[i], &e->agents[index]))
			return false;
	}
	return true;
}

static void print_text(struct listing *l, const struct tagsched_ghostfs_entry *e, size_t index)
{
	const struct tagsched_ghostfs_agent *first = &e->agents[index];
	char tag[32], lost[32] = "-";
	size_t i;

	if (!l->headed)
		printf("%7s  %7s  %-15s  %-6s  %20s  %8s  %8s  %-12s  %s\n", "ENCLAVE", "PID", "COMMAND",
		       "ONLINE", "TAG", "TASKS", "LOST", "CPUS", "CPU:THREAD");
	l->headed = true;
	if (e->lost >= 0)
		snprintf(lost, sizeof(lost), "%lld", (long long)e->lost);
	printf("%7lu  %7d  %-15s  %-6s  %20s  %8llu  %8s  %-12s ", e->id, first->pid,
	       *first->comm ? first->comm : "?", e->online ? "yes" : "no",
	       tag_text(tag, sizeof(tag), e->bound, e->tag), (unsigned long long)e->nr_tasks, lost,
	       e->cpus);
	for (i = index; i < e->nr_agents; i++) {
		if (same_process(first, &e->agents[i]))
			printf(" %d:%d", e->agents[i].cpu, e->agents[i].tid);
	}
	putchar('\n');
}

static void add_json(cJSON *array, const struct tagsched_ghostfs_entry *e, size_t index)
{
	const struct tagsched_ghostfs_agent *first = &e->agents[index];
	cJSON *item = cJSON_CreateObject(), *threads;
	size_t i;

	json_add_u64(item, "enclave", e->id);
	json_add_s64(item, "pid", first->pid);
	cJSON_AddStringToObject(item, "comm", first->comm);
	cJSON_AddBoolToObject(item, "online", e->online);
	json_add_tag(item, "tag", e->bound, e->tag);
	json_add_u64(item, "tasks", e->nr_tasks);
	json_add_tag(item, "lost", e->lost >= 0, e->lost);
	cJSON_AddStringToObject(item, "cpus", e->cpus);
	threads = cJSON_AddArrayToObject(item, "threads");
	for (i = index; i < e->nr_agents; i++) {
		cJSON *thread;

		if (!same_process(first, &e->agents[i]))
			continue;
		thread = cJSON_CreateObject();
		json_add_s64(thread, "cpu", e->agents[i].cpu);
		json_add_s64(thread, "tid", e->agents[i].tid);
		cJSON_AddItemToArray(threads, thread);
	}
	cJSON_AddItemToArray(array, item);
}

static int visit(const struct tagsched_ghostfs_entry *e, void *arg)
{
	struct listing *l = arg;
	size_t i;

	for (i = 0; i < e->nr_agents; i++) {
		if (!is_first(e, i))
			continue;
		if (l->array)
			add_json(l->array, e, i);
		else
			print_text(l, e, i);
	}
	return 0;
}

int cmd_agent(int argc, char **argv)
{
	const struct argp argp = {
		.parser = parse,
		.doc = "List the processes whose threads are agents, that is schedule the tasks of an enclave.\v"
		       "TASKS and LOST are the enclave's: tasks delegated now, and messages that found their queue full. CPU:THREAD: which thread is the agent of which CPU. 'tag enclave ls' lists enclaves without agents too.",
		.children = global_children,
	};
	struct listing l = { 0 };

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	if (settings.json)
		l.array = cJSON_CreateArray();
	if (tagsched_ghostfs__walk(visit, &l)) {
		cJSON_Delete(l.array);
		return fail_lib();
	}
	return l.array ? json_print_array("agents", l.array) : EXIT_SUCCESS;
}
