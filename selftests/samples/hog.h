/* SPDX-License-Identifier: GPL-2.0-only */
/* Processes that use all the CPU they get, and how much that is. */
#ifndef HOG_H
#define HOG_H

#include <stdint.h>
#include <sys/types.h>

struct hog {
	pid_t pid;
	uint64_t seen_ns;
};

/**
 * hog_start() - start a process that never sleeps
 * @hog: to be ended with hog_stop()
 * @group: its cgroup, NULL for the caller's
 * @cpu: the only CPU it may use, -1 for any
 *
 * Return: 0, -errno.
 */
int hog_start(struct hog *hog, const char *group, int cpu);
void hog_stop(struct hog *hog);

/* CPU time since the last call for this hog, in ns. */
uint64_t hog_ran(struct hog *hog);

#endif /* HOG_H */
