/* SPDX-License-Identifier: GPL-2.0-only */
/* What numa_pack's BPF and user parts share: the counters. */
#ifndef NUMA_PACK_H
#define NUMA_PACK_H

#define MAX_NODES	16	/* that are looked at */

enum numa_pack_count {
	PACKED,			/* onto the first node */
	SPILLED,		/* onto a later one: those before were full */
	ALL_FULL,		/* left to CFS */
	BARRED,			/* not allowed on the node that has room */
	BALANCE_DENIED,		/* balancing left it on its node */
	NR_NUMA_PACK_COUNTS
};

#endif /* NUMA_PACK_H */
