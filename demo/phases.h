/* SPDX-License-Identifier: GPL-2.0-only */
/* Act three's record: what a server got done before, during and after delegation. */
#ifndef DEMO_PHASES_H
#define DEMO_PHASES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define POLICY_NORMAL		0	/* SCHED_OTHER: CFS */
#define POLICY_DELEGATED	18	/* SCHED_GHOST */
#define POLICY_MIXED		-1	/* not all threads have the same, or not all the time */

enum { PHASE_BEFORE, PHASE_DELEGATED, PHASE_AFTER, NR_PHASES };

struct phase {
	uint64_t served;		/* requests, by all threads */
	uint64_t least;			/* by the thread that served fewest */
	int policy;			/* of all threads, at the beginning and the end */
	int enclaves;			/* at the end */
};

struct phases {
	int threads;
	double seconds;			/* each phase */
	uint64_t due;			/* requests that arrived in a phase */
	struct phase phase[NR_PHASES];
};

/* The first promise that is not kept, in words; NULL if all are. */
const char *phases_verdict(const struct phases *p);

void phases_table(FILE *out, const struct phases *p);

/* Return: 0 or -errno. */
int phases_write(FILE *out, const struct phases *p);

#endif /* DEMO_PHASES_H */
