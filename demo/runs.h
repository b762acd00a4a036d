/* SPDX-License-Identifier: GPL-2.0-only */
/* The records of the demo's runs, as load and landed wrote them. */
#ifndef DEMO_RUNS_H
#define DEMO_RUNS_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_CPUS	64

/* Act one: what one configuration did. Samples are sorted. */
struct latency_run {
	char *name;
	char *kernel;
	size_t n;			/* requests */
	uint64_t *wake;			/* ns */
	uint64_t *response;		/* ns */
	uint64_t batch;			/* units of batch work */
	int cpus;
	int online_threads;
	int offline_threads;
	uint64_t period_ns;
	uint64_t stagger_ns;
	uint64_t work_ns;
	uint64_t work_loops;
	uint64_t unit_ns;
	uint64_t duration_ns;
};

/* Act two: where the tasks of one cgroup landed in one run. */
struct placement {
	char *run;			/* before, after */
	char *cgroup;
	int cpus;
	bool asked[MAX_CPUS];
	uint64_t wakeups[MAX_CPUS];
	uint64_t starts[MAX_CPUS];
	uint64_t moved_in[MAX_CPUS];
	uint64_t runtime_ns[MAX_CPUS];
};

struct placements {
	int n;
	struct placement p[16];
};

/**
 * latency_run_read() - read a record of load
 * @path: the file
 * @run: result, to be freed with latency_run_free()
 *
 * Return: 0; -errno (file); -EINVAL (not such a record, or without a request).
 */
int latency_run_read(const char *path, struct latency_run *run);
void latency_run_free(struct latency_run *run);

/* Append what a record of landed holds. Return: as latency_run_read(), -E2BIG. */
int placements_read(const char *path, struct placements *all);
void placements_free(struct placements *all);

/* Sum over all CPUs, or over those asked for. */
uint64_t placement_sum(const struct placement *p, const uint64_t *counts, bool asked_only);

/* A whole JSON file; NULL with errno. */
cJSON *json_read(const char *path);

#endif /* DEMO_RUNS_H */
