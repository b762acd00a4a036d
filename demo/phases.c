// SPDX-License-Identifier: GPL-2.0-only
/* Act three's record: what it promises, its table and its JSON. */
#include <cjson/cJSON.h>
#include <errno.h>
#include <stdlib.h>

#include "phases.h"

static const struct {
	const char *name;
	const char *text;
	int policy;
} expected[NR_PHASES] = {
	[PHASE_BEFORE] = { "before", "before: CFS", POLICY_NORMAL },
	[PHASE_DELEGATED] = { "delegated", "delegated to fifo-central", POLICY_DELEGATED },
	[PHASE_AFTER] = { "after", "after kill -9 of the agent", POLICY_NORMAL },
};

const char *phases_verdict(const struct phases *p)
{
	int i;

	for (i = 0; i < NR_PHASES; i++) {
		if (p->phase[i].policy != expected[i].policy)
			return i == PHASE_DELEGATED ? "all threads have policy 18 while delegated" :
			       i == PHASE_BEFORE ? "all threads have policy 0 before" :
						   "all threads have policy 0 afterwards";
		if (!p->phase[i].least)
			return "each thread serves requests in each phase";
	}
	if (p->phase[PHASE_DELEGATED].enclaves != p->phase[PHASE_BEFORE].enclaves + 1)
		return "there is an enclave while delegated";
	if (p->phase[PHASE_AFTER].enclaves != p->phase[PHASE_BEFORE].enclaves)
		return "the enclave is gone afterwards";
	return NULL;
}

static const char *policy_name(int policy)
{
	switch (policy) {
	case POLICY_NORMAL:
		return "SCHED_OTHER";
	case POLICY_DELEGATED:
		return "SCHED_GHOST";
	case POLICY_MIXED:
		return "mixed";
	default:
		return "another";
	}
}

void phases_table(FILE *out, const struct phases *p)
{
	int i;

	fprintf(out, "\nAct three: a server of %d threads, %g s in each phase; its cgroup gets a tag, an agent\n"
		"schedules it, and is killed\n\n", p->threads, p->seconds);
	fprintf(out, "  %-28s %12s %10s %10s  %-12s %8s\n", "", "served", "of due", "by least",
		"policy", "enclaves");
	for (i = 0; i < NR_PHASES; i++) {
		const struct phase *phase = &p->phase[i];

		fprintf(out, "  %-28s %12llu %8.1f %% %10llu  %-12s %8d\n", expected[i].text,
			(unsigned long long)phase->served,
			p->due ? 100.0 * phase->served / p->due : 0,
			(unsigned long long)phase->least, policy_name(phase->policy),
			phase->enclaves);
	}
}

int phases_write(FILE *out, const struct phases *p)
{
	cJSON *json = cJSON_CreateObject(), *array;
	const char *broken = phases_verdict(p);
	char *text;
	int i;

	cJSON_AddNumberToObject(json, "threads", p->threads);
	cJSON_AddNumberToObject(json, "seconds", p->seconds);
	cJSON_AddNumberToObject(json, "due", p->due);
	array = cJSON_AddArrayToObject(json, "phases");
	for (i = 0; i < NR_PHASES; i++) {
		cJSON *item = cJSON_CreateObject();

		cJSON_AddStringToObject(item, "name", expected[i].name);
		cJSON_AddNumberToObject(item, "served", p->phase[i].served);
		cJSON_AddNumberToObject(item, "served_by_least", p->phase[i].least);
		cJSON_AddNumberToObject(item, "policy", p->phase[i].policy);
		cJSON_AddNumberToObject(item, "enclaves", p->phase[i].enclaves);
		cJSON_AddItemToArray(array, item);
	}
	if (broken)
		cJSON_AddStringToObject(json, "broken", broken);
	cJSON_AddBoolToObject(json, "met", !broken);

	text = cJSON_Print(json);
	cJSON_Delete(json);
	if (!text)
		return -ENOMEM;
	fprintf(out, "%s\n", text);
	free(text);
	return fflush(out) ? -errno : 0;
}
