/* SPDX-License-Identifier: GPL-2.0-only */
/* What cpu_isolate's BPF and user parts share: the counters. */
#ifndef CPU_ISOLATE_H
#define CPU_ISOLATE_H

enum cpu_isolate_count {
	PLACED_IN,		/* the tag's task, on the tag's CPUs */
	PLACED_OUT,		/* another's, on the other CPUs */
	PLACED_BARRED,		/* may not run where it should: left to CFS */
	BALANCE_DENIED,		/* balancing left a task on its side */
	BALANCE_ALLOWED,	/* balancing takes a task back to its side */
	NR_CPU_ISOLATE_COUNTS
};

#endif /* CPU_ISOLATE_H */
