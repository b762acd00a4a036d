// SPDX-License-Identifier: GPL-2.0-only
/* The records of the demo's runs, as load and landed wrote them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "percentile.h"
#include "runs.h"

static char *read_file(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;
	int err = errno;

	if (!f)
		return NULL;
	if (getdelim(&text, &size, '\0', f) < 0) {
		err = ferror(f) ? errno : EINVAL;	/* an empty file is no record */
		free(text);
		text = NULL;
	}
	fclose(f);
	errno = err;
	return text;
}

cJSON *json_read(const char *path)
{
	char *text = read_file(path);
	cJSON *json;

	if (!text)
		return NULL;
	json = cJSON_Parse(text);
	free(text);
	if (!json)
		errno = EINVAL;
	return json;
}

static int get_number(const cJSON *json, const char *name, double *v)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, name);

	if (!cJSON_IsNumber(item) || item->valuedouble < 0)
		return -EINVAL;
	*v = item->valuedouble;
	return 0;
}

static int get_string(const cJSON *json, const char *name, char **v)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, name);

	if (!cJSON_IsString(item))
		return -EINVAL;
	*v = strdup(item->valuestring);
	return *v ? 0 : -ENOMEM;
}

/* An array of numbers, allocated. */
static int get_array(const cJSON *json, const char *name, uint64_t **v, size_t *n)
{
	const cJSON *array = cJSON_GetObjectItemCaseSensitive(json, name), *item;
	size_t i = 0;

	if (!cJSON_IsArray(array))
		return -EINVAL;
	*n = cJSON_GetArraySize(array);
	*v = calloc(*n ?: 1, sizeof(**v));
	if (!*v)
		return -ENOMEM;
	cJSON_ArrayForEach(item, array) {
		if (!cJSON_IsNumber(item) || item->valuedouble < 0)
			return -EINVAL;
		(*v)[i++] = item->valuedouble;
	}
	return 0;
}

static int latency_run_parse(const cJSON *json, struct latency_run *run)
{
	double cpus, online, offline, period, stagger, work, loops, unit, duration;
	size_t n, nbatch, i;
	uint64_t *batch;
	int err;

	err = get_string(json, "name", &run->name) ?: get_string(json, "kernel", &run->kernel);
	if (!err)
		err = get_number(json, "cpus", &cpus) ?:
		      get_number(json, "online_threads", &online) ?:
		      get_number(json, "offline_threads", &offline) ?:
		      get_number(json, "period_ns", &period) ?:
		      get_number(json, "stagger_ns", &stagger) ?:
		      get_number(json, "work_ns", &work) ?:
		      get_number(json, "work_loops", &loops) ?:
		      get_number(json, "unit_ns", &unit) ?:
		      get_number(json, "duration_ns", &duration);
	if (err)
		return err;
	run->cpus = cpus;
	run->online_threads = online;
	run->offline_threads = offline;
	run->period_ns = period;
	run->stagger_ns = stagger;
	run->work_ns = work;
	run->work_loops = loops;
	run->unit_ns = unit;
	run->duration_ns = duration;

	err = get_array(json, "wake_ns", &run->wake, &n) ?:
	      get_array(json, "response_ns", &run->response, &run->n);
	if (err)
		return err;
	if (!run->n || n != run->n)
		return -EINVAL;
	samples_sort(run->wake, run->n);
	samples_sort(run->response, run->n);

	err = get_array(json, "batch_units", &batch, &nbatch);
	for (i = 0; !err && i < nbatch; i++)
		run->batch += batch[i];
	free(batch);
	return err;
}

int latency_run_read(const char *path, struct latency_run *run)
{
	cJSON *json = json_read(path);
	int err;

	memset(run, 0, sizeof(*run));
	if (!json)
		return -errno;
	err = latency_run_parse(json, run);
	cJSON_Delete(json);
	if (err)
		latency_run_free(run);
	return err;
}

void latency_run_free(struct latency_run *run)
{
	free(run->name);
	free(run->kernel);
	free(run->wake);
	free(run->response);
	memset(run, 0, sizeof(*run));
}

static int get_counts(const cJSON *json, const char *name, uint64_t *counts, int cpus)
{
	uint64_t *v = NULL;
	size_t n;
	int err = get_array(json, name, &v, &n);

	if (!err && n != (size_t)cpus)
		err = -EINVAL;
	if (!err)
		memcpy(counts, v, n * sizeof(*v));
	free(v);
	return err;
}

static int placement_parse(const cJSON *json, struct placement *p)
{
	uint64_t *asked = NULL;
	size_t n, i;
	int err;

	err = get_string(json, "cgroup", &p->cgroup) ?:
	      get_counts(json, "wakeups", p->wakeups, p->cpus) ?:
	      get_counts(json, "starts", p->starts, p->cpus) ?:
	      get_counts(json, "moved_in", p->moved_in, p->cpus) ?:
	      get_counts(json, "runtime_ns", p->runtime_ns, p->cpus);
	if (!err)
		err = get_array(json, "asked_cpus", &asked, &n);
	for (i = 0; !err && i < n; i++) {
		if (asked[i] >= (uint64_t)p->cpus)
			err = -EINVAL;
		else
			p->asked[asked[i]] = true;
	}
	free(asked);
	return err;
}

int placements_read(const char *path, struct placements *all)
{
	cJSON *json = json_read(path);
	const cJSON *group;
	double cpus;
	int err;

	if (!json)
		return -errno;
	err = get_number(json, "cpus", &cpus);
	if (!err && (cpus < 1 || cpus > MAX_CPUS))
		err = -EINVAL;
	if (!err) {
		cJSON_ArrayForEach(group, cJSON_GetObjectItemCaseSensitive(json, "cgroups")) {
			struct placement *p = &all->p[all->n];

			if (all->n == (int)(sizeof(all->p) / sizeof(all->p[0]))) {
				err = -E2BIG;
				break;
			}
			all->n++;
			p->cpus = cpus;
			err = get_string(json, "name", &p->run) ?: placement_parse(group, p);
			if (err)
				break;
		}
	}
	cJSON_Delete(json);
	return err;
}

void placements_free(struct placements *all)
{
	while (all->n > 0) {
		all->n--;
		free(all->p[all->n].run);
		free(all->p[all->n].cgroup);
	}
}

uint64_t placement_sum(const struct placement *p, const uint64_t *counts, bool asked_only)
{
	uint64_t sum = 0;
	int cpu;

	for (cpu = 0; cpu < p->cpus; cpu++)
		if (!asked_only || p->asked[cpu])
			sum += counts[cpu];
	return sum;
}
