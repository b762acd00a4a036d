/* SPDX-License-Identifier: GPL-2.0-only */
/* What landed's BPF and user parts share. */
#ifndef LANDED_H
#define LANDED_H

#define LANDED_MAX_CPUS		64
#define LANDED_MAX_CGROUPS	16

/* What happened to the tasks of one cgroup on one CPU. */
struct landed_counts {
	unsigned long long wakeups;	/* of tasks that did not run, put there */
	unsigned long long starts;	/* new tasks that began there */
	unsigned long long moved_in;	/* tasks moved there other than by a wakeup */
	unsigned long long runtime_ns;	/* CPU time */
};

struct landed_key {
	unsigned long long cgroup;	/* id: its directory's inode number */
	unsigned int cpu;
	unsigned int pad;
};

#endif /* LANDED_H */
