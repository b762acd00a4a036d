// SPDX-License-Identifier: GPL-2.0-only
/* What agents print: see report.h. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#include "report.h"

static const struct {
	const char *name;
	size_t offset;
	bool now;		/* a level, not a count */
} fields[] = {
#define FIELD(NAME, NOW) { #NAME, offsetof(struct tagsched_agents_stats, NAME), NOW }
	FIELD(tasks, true),
	FIELD(queued, true),
	FIELD(messages, false),
	FIELD(commits, false),
	FIELD(failed, false),
	FIELD(passes, false),
	FIELD(yields, false),
	FIELD(pings, false),
	FIELD(moves, false),
	FIELD(handovers, false),
	FIELD(resyncs, false),
	FIELD(lost, false),
	FIELD(released, false),
};

#define NR_FIELDS (sizeof(fields) / sizeof(fields[0]))

struct report {
	bool json;
	struct tagsched_agents_stats seen;
};

static __u64 value(const struct tagsched_agents_stats *s, size_t i)
{
	return *(const __u64 *)((const char *)s + fields[i].offset);
}

static void print_json(cJSON *json)
{
	char *text = cJSON_PrintUnformatted(json);

	cJSON_Delete(json);
	if (text)
		puts(text);
	free(text);
	fflush(stdout);
}

static void ready(struct tagsched_agents *agents, void *arg)
{
	const struct tagsched_enclave *e = tagsched_agents__enclave(agents);
	const struct report *r = arg;
	cJSON *json;

	if (!r->json) {
		printf("ready: enclave %lu, %d CPUs\n", tagsched_enclave__id(e),
		       CPU_COUNT(tagsched_enclave__cpus(e)));
		fflush(stdout);
		return;
	}
	json = cJSON_CreateObject();
	cJSON_AddStringToObject(json, "event", "ready");
	cJSON_AddNumberToObject(json, "enclave", tagsched_enclave__id(e));
	cJSON_AddNumberToObject(json, "cpus", CPU_COUNT(tagsched_enclave__cpus(e)));
	print_json(json);
}

/* Counts of the last second, levels as they are. */
static void second(struct tagsched_agents *agents, void *arg)
{
	struct tagsched_agents_stats now = { .sz = sizeof(now) };
	struct report *r = arg;
	cJSON *json = r->json ? cJSON_CreateObject() : NULL;
	size_t i;

	if (tagsched_agents__stats(agents, &now))
		return;
	if (json)
		cJSON_AddStringToObject(json, "event", "second");
	for (i = 0; i < NR_FIELDS; i++) {
		__u64 n = value(&now, i) - (fields[i].now ? 0 : value(&r->seen, i));

		if (json)
			cJSON_AddNumberToObject(json, fields[i].name, n);
		else if (n || i < 5)
			printf("%s%s %llu", i ? "  " : "", fields[i].name, (unsigned long long)n);
	}
	r->seen = now;
	if (json) {
		print_json(json);
		return;
	}
	putchar('\n');
	fflush(stdout);
}

int report_run(const struct tagsched_agent_ops *ops, struct options *o)
{
	struct report r = { .json = o->json };
	int err;

	o->agents.arg = &r;
	o->agents.ready = ready;
	o->agents.second = o->stats ? second : NULL;
	err = tagsched_agents__run(ops, &o->agents);
	if (!err)
		return EXIT_SUCCESS;
	fprintf(stderr, "tagsched-%s: %s\n", ops->name, tagsched_last_error());
	return EXIT_FAILURE;
}
