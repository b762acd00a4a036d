/* SPDX-License-Identifier: GPL-2.0-only */
/* Processes that look where they are, again and again. */
#ifndef LOOKER_H
#define LOOKER_H

#include <stdbool.h>
#include <sys/types.h>

#define LOOKER_CPUS	32	/* more are not told apart */

/* Memory that it shares with the test. */
struct looker {
	pid_t pid;
	struct looks {
		unsigned int n;
		unsigned int on[LOOKER_CPUS];	/* of these, on each CPU */
	} *shared;
};

/**
 * looker_start() - start one
 * @l: to be ended with looker_stop()
 * @group: its cgroup, NULL for the caller's
 * @sleeps: a moment after each look; else it never does
 * @cpu: it starts there, and may then go where it likes; -1: anywhere
 *
 * Return: 0, -1.
 */
int looker_start(struct looker *l, const char *group, bool sleeps, int cpu);
void looker_stop(struct looker *l);

/* Look back at nothing, then wait until each of @nr has looked @looks times. */
void lookers_watch(struct looker *l, int nr, unsigned int looks);

/* Looks of all of them on some CPUs, and on any. */
unsigned int lookers_on(const struct looker *l, int nr, unsigned int cpus);
unsigned int lookers_seen(const struct looker *l, int nr);	/* CPUs */

#endif /* LOOKER_H */
