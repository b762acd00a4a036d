/* SPDX-License-Identifier: GPL-2.0-only */
/* What kfunc_topology.bpf.c tells kfunc_topology.c. */
#ifndef KFUNC_TOPOLOGY_H
#define KFUNC_TOPOLOGY_H

#define MAX_CPUS	8
#define MAX_NODES	4
#define NO_MASK		0xdeaddeaddeaddeadULL	/* the kfunc said NULL */

/* struct place - of one CPU: what the kfuncs said, and the snapshot */
struct place {
	__u64 smt;
	__u64 llc;
	__u64 package_cpus;
	__s32 core;
	__s32 die;
	__s32 package;
	__s32 node;
	__s32 cache;
	__s32 snapshot;		/* what it returned */
	__s32 snap_core;
	__s32 snap_die;
	__s32 snap_package;
	__s32 snap_node;
	__s32 snap_cache;
	__s32 share[MAX_CPUS];
};

/*
 * struct node_sum - of one node, how often the kfuncs said what the sum over its
 * CPUs was right before and after, of the times that these two were the same
 */
struct node_sum {
	__u64 cpus;
	__s64 capacity;
	__s64 util;
	__s64 nr_running;
	__s32 distance[MAX_NODES];
	__u32 stable[3];
	__u32 agreed[3];
};

#endif /* KFUNC_TOPOLOGY_H */
