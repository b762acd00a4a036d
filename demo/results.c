// SPDX-License-Identifier: GPL-2.0-only
/* results.json: everything that was measured, for programs. */
#include <errno.h>
#include <stdlib.h>

#include "histogram.h"
#include "percentile.h"
#include "results.h"

/* Rows [from, below, count] of the buckets that are not empty, in ns. */
static void add_histogram(cJSON *out, const uint64_t *sorted, size_t n)
{
	cJSON *rows = cJSON_AddArrayToObject(out, "histogram");
	size_t i = 0;

	while (i < n) {
		unsigned int bucket = histogram_bucket(sorted[i]);
		double row[3];
		size_t from = i;

		while (i < n && histogram_bucket(sorted[i]) == bucket)
			i++;
		row[0] = histogram_floor(bucket);
		row[1] = histogram_floor(bucket + 1);
		row[2] = i - from;
		cJSON_AddItemToArray(rows, cJSON_CreateDoubleArray(row, 3));
	}
}

static void add_distribution(cJSON *out, const char *name, const uint64_t *sorted, size_t n)
{
	cJSON *d = cJSON_AddObjectToObject(out, name);

	cJSON_AddNumberToObject(d, "p50", percentile(sorted, n, 500));
	cJSON_AddNumberToObject(d, "p90", percentile(sorted, n, 900));
	cJSON_AddNumberToObject(d, "p99", percentile(sorted, n, 990));
	cJSON_AddNumberToObject(d, "p99.9", percentile(sorted, n, 999));
	cJSON_AddNumberToObject(d, "max", percentile(sorted, n, 1000));
	add_histogram(d, sorted, n);
}

static void add_latency(cJSON *array, const struct latency_run *run)
{
	cJSON *out = cJSON_CreateObject();

	cJSON_AddItemToArray(array, out);
	cJSON_AddStringToObject(out, "configuration", run->name);
	cJSON_AddNumberToObject(out, "requests", run->n);
	add_distribution(out, "wake_to_run_ns", run->wake, run->n);
	add_distribution(out, "response_ns", run->response, run->n);
	cJSON_AddNumberToObject(out, "batch_units", run->batch);
	cJSON_AddNumberToObject(out, "work_loops", run->work_loops);
}

static void add_load(cJSON *out, const struct latency_run *run)
{
	cJSON *load = cJSON_AddObjectToObject(out, "load");

	cJSON_AddNumberToObject(load, "cpus", run->cpus);
	cJSON_AddNumberToObject(load, "online_threads", run->online_threads);
	cJSON_AddNumberToObject(load, "period_ns", run->period_ns);
	cJSON_AddNumberToObject(load, "stagger_ns", run->stagger_ns);
	cJSON_AddNumberToObject(load, "work_ns", run->work_ns);
	cJSON_AddNumberToObject(load, "offline_threads", run->offline_threads);
	cJSON_AddNumberToObject(load, "batch_unit_ns", run->unit_ns);
	cJSON_AddNumberToObject(load, "duration_ns", run->duration_ns);
}

static void add_counts(cJSON *out, const char *name, const uint64_t *counts, int cpus)
{
	cJSON *array = cJSON_AddArrayToObject(out, name);
	int cpu;

	for (cpu = 0; cpu < cpus; cpu++)
		cJSON_AddItemToArray(array, cJSON_CreateNumber(counts[cpu]));
}

static void add_placement(cJSON *array, const struct placement *p)
{
	cJSON *out = cJSON_CreateObject(), *asked;
	int cpu;

	cJSON_AddItemToArray(array, out);
	cJSON_AddStringToObject(out, "run", p->run);
	cJSON_AddStringToObject(out, "cgroup", p->cgroup);
	asked = cJSON_AddArrayToObject(out, "asked_cpus");
	for (cpu = 0; cpu < p->cpus; cpu++)
		if (p->asked[cpu])
			cJSON_AddItemToArray(asked, cJSON_CreateNumber(cpu));
	add_counts(out, "wakeups", p->wakeups, p->cpus);
	add_counts(out, "starts", p->starts, p->cpus);
	add_counts(out, "moved_in", p->moved_in, p->cpus);
	add_counts(out, "runtime_ns", p->runtime_ns, p->cpus);
}

static void add_criterion(cJSON *array, const struct criterion *c)
{
	cJSON *out = cJSON_CreateObject();

	cJSON_AddItemToArray(array, out);
	cJSON_AddStringToObject(out, "name", c->name);
	cJSON_AddStringToObject(out, "text", c->text);
	cJSON_AddStringToObject(out, "unit", c->unit);
	cJSON_AddNumberToObject(out, "measured", c->measured);
	cJSON_AddNumberToObject(out, c->at_least ? "at_least" : "at_most", c->limit);
	cJSON_AddBoolToObject(out, "met", criterion_met(c));
}

int results_write(FILE *out, const struct act_one *one, const struct placements *two,
		  const struct criterion *criteria, int n)
{
	cJSON *json = cJSON_CreateObject(), *array, *act;
	char *text;
	int i;

	cJSON_AddStringToObject(json, "command", "make demo");
	cJSON_AddStringToObject(json, "kernel", one->tags->kernel);

	act = cJSON_AddObjectToObject(json, "act_one");
	cJSON_AddStringToObject(act, "clock", "laboratory: one instruction is one ns");
	add_load(act, one->tags);
	array = cJSON_AddArrayToObject(act, "configurations");
	add_latency(array, one->cfs);
	add_latency(array, one->weight);
	add_latency(array, one->tags);
	add_latency(array, one->fifo);

	act = cJSON_AddObjectToObject(json, "act_two");
	array = cJSON_AddArrayToObject(act, "placements");
	for (i = 0; i < two->n; i++)
		add_placement(array, &two->p[i]);

	array = cJSON_AddArrayToObject(json, "criteria");
	for (i = 0; i < n; i++)
		add_criterion(array, &criteria[i]);

	text = cJSON_Print(json);
	cJSON_Delete(json);
	if (!text)
		return -ENOMEM;
	fprintf(out, "%s\n", text);
	free(text);
	return ferror(out) ? -EIO : 0;
}
