// SPDX-License-Identifier: GPL-2.0-only
/* tag enclave ls: all enclaves of the system. */
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

static const char *state_of(const struct tagsched_ghostfs_entry *e)
{
	if (e->dying)
		return "dying";
	return e->online ? "online" : "offline";
}

static void print_text(struct listing *l, const struct tagsched_ghostfs_entry *e)
{
	char tag[32], lost[32] = "-";

	if (!l->headed)
		printf("%7s  %-7s  %20s  %8s  %6s  %8s  %3s  %s\n", "ENCLAVE", "STATE", "TAG", "TASKS",
		       "AGENTS", "LOST", "ABI", "CPUS");
	l->headed = true;
	if (e->lost >= 0)
		snprintf(lost, sizeof(lost), "%lld", (long long)e->lost);
	printf("%7lu  %-7s  %20s  %8llu  %6zu  %8s  %3u  %s\n", e->id, state_of(e),
	       tag_text(tag, sizeof(tag), e->bound, e->tag), (unsigned long long)e->nr_tasks,
	       e->nr_agents, lost, e->abi, *e->cpus ? e->cpus : "-");
}

static void add_agents(cJSON *item, const struct tagsched_ghostfs_entry *e)
{
	cJSON *array = cJSON_AddArrayToObject(item, "agents");
	size_t i;

	for (i = 0; i < e->nr_agents; i++) {
		const struct tagsched_ghostfs_agent *a = &e->agents[i];
		cJSON *agent = cJSON_CreateObject();

		json_add_s64(agent, "cpu", a->cpu);
		json_add_s64(agent, "tid", a->tid);
		json_add_s64(agent, "pid", a->pid);
		cJSON_AddStringToObject(agent, "comm", a->comm);
		cJSON_AddItemToArray(array, agent);
	}
}

static void add_json(cJSON *array, const struct tagsched_ghostfs_entry *e)
{
	cJSON *item = cJSON_CreateObject();

	json_add_u64(item, "enclave", e->id);
	cJSON_AddStringToObject(item, "path", e->path);
	json_add_u64(item, "abi", e->abi);
	cJSON_AddStringToObject(item, "state", state_of(e));
	json_add_tag(item, "tag", e->bound, e->tag);
	cJSON_AddStringToObject(item, "cpus", e->cpus);
	json_add_u64(item, "tasks", e->nr_tasks);
	json_add_tag(item, "lost", e->lost >= 0, e->lost);
	cJSON_AddBoolToObject(item, "persist", e->persist);
	json_add_s64(item, "ephemeral", e->ephemeral);
	json_add_u64(item, "runnable_timeout_ms", e->timeout_ms);
	json_add_u64(item, "grace_period_ms", e->grace_ms);
	json_add_u64(item, "dispatch_boost_us", e->boost_us);
	add_agents(item, e);
	cJSON_AddItemToArray(array, item);
}

static int visit(const struct tagsched_ghostfs_entry *e, void *arg)
{
	struct listing *l = arg;

	if (l->array)
		add_json(l->array, e);
	else
		print_text(l, e);
	return 0;
}

int cmd_enclave_ls(int argc, char **argv)
{
	const struct argp argp = {
		.parser = parse,
		.doc = "List all enclaves.\v"
		       "STATE is 'online' when the agents are ready, 'offline' before that and after they have gone, 'dying' while it is being destroyed. TASKS: delegated now; LOST: messages to agents that found their queue full. 'tag agent' lists the agents.",
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
	return l.array ? json_print_array("enclaves", l.array) : EXIT_SUCCESS;
}
