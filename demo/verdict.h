/* SPDX-License-Identifier: GPL-2.0-only */
/* What the demo promises of its figures. */
#ifndef DEMO_VERDICT_H
#define DEMO_VERDICT_H

#include <stdbool.h>

#include "runs.h"

/* One promise: measured against limit. */
struct criterion {
	const char *name;		/* for results.json */
	const char *text;
	const char *unit;
	double measured;
	double limit;
	bool at_least;			/* limit is a floor, else a ceiling */
};

/* The four configurations of act one, NULL where a record is missing. */
struct act_one {
	const struct latency_run *cfs, *weight, *tags, *fifo;
};

#define MAX_CRITERIA	8

/* Fill in the promises; returns their number. All of @one are there. */
int verdict(const struct act_one *one, const struct placements *two, struct criterion *criteria);

bool criterion_met(const struct criterion *c);

/* The run after which tagged wakeups must have landed where they were asked to. */
#define RUN_TAGGED	"after"

#endif /* DEMO_VERDICT_H */
