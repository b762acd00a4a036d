/* SPDX-License-Identifier: GPL-2.0-only */
/* What a policy counts, and how it is said: once a second, and in the end. */
#ifndef REPORT_H
#define REPORT_H

#include "sample.h"

#define REPORT_MAX	16

/* One counter: its name in JSON and in a line a second, and what it means. */
struct report_label {
	const char *name;
	const char *text;
};

/**
 * struct report - the counters of one run
 * @name:   of the sample
 * @labels: of its counters, @n of them
 * @n:	    at most REPORT_MAX
 * @counts: per-CPU array of @n elements, a u64 each
 * @links:  its programs
 * @json:   print JSON
 * @seen:   what was printed so far
 */
struct report {
	const char *name;
	const struct report_label *labels;
	int n;
	const struct bpf_map *counts;
	const struct sample_links *links;
	bool json;
	uint64_t seen[REPORT_MAX];
};

/* For sample_wait(): a line of what was counted since the last. @arg: the report */
void report_second(void *arg);

/* All of it, and of the links. @head: what else is said of the run, {} if nothing; it is freed. */
int report_summary(const struct report *r, cJSON *head);

#endif /* REPORT_H */
