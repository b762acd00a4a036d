// SPDX-License-Identifier: GPL-2.0-only
/* What the kfuncs say of the machine's shape. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <tagsched.bpf.h>
#include "kfunc_topology.h"

char LICENSE[] SEC("license") = "GPL";

__s32 victim;
__u64 answers, sums;
struct place places[MAX_CPUS];
struct node_sum nodes[MAX_NODES];
__u64 possible_cpus, isolated_cpus;
__u32 nr_nodes;
struct bpf_sched_cpumask scratch;

static __always_inline __u64 word(const struct cpumask *mask)
{
	if (!mask)
		return NO_MASK;
	bpf_sched_cpumask_copy(&scratch, mask);
	return scratch.bits[0];
}

static __always_inline void look(struct place *p, __s32 cpu)
{
	struct bpf_sched_cpu_info info = {};
	int i;

	p->smt = word(bpf_sched_smt_cpus(cpu));
	p->llc = word(bpf_sched_llc_cpus(cpu));
	p->package_cpus = word(bpf_sched_package_cpus(cpu));
	p->core = bpf_sched_cpu_core(cpu);
	p->die = bpf_sched_cpu_die(cpu);
	p->package = bpf_sched_cpu_package(cpu);
	p->node = bpf_sched_cpu_node(cpu);
	p->cache = bpf_sched_cpu_llc(cpu);
	for (i = 0; i < MAX_CPUS; i++)
		p->share[i] = bpf_sched_cpus_share_cache(cpu, i);

	p->snapshot = bpf_sched_cpu_snapshot(cpu, &info, sizeof(info));
	p->snap_core = info.core;
	p->snap_die = info.die;
	p->snap_package = info.package;
	p->snap_node = info.node;
	p->snap_cache = info.llc;
}

SEC("sched/cfs_select_rq")
int BPF_PROG(shape, struct sched_migrate_ctx *mig)
{
	int i, j;

	if (mig->task->pid != victim)
		return BPF_SCHED_NO_OPINION;
	for (i = 0; i < MAX_CPUS; i++)
		look(&places[i], i);
	for (i = 0; i < MAX_NODES; i++) {
		nodes[i].cpus = word(bpf_sched_node_cpus(i));
		for (j = 0; j < MAX_NODES; j++)
			nodes[i].distance[j] = bpf_sched_node_distance(i, j);
	}
	possible_cpus = word(bpf_sched_possible_cpus());
	isolated_cpus = word(bpf_sched_isolated_cpus());
	nr_nodes = bpf_sched_nr_nodes();
	answers++;
	return BPF_SCHED_NO_OPINION;
}

/* ---- sums over nodes ---- */

enum { CAPACITY, UTIL, NR_RUNNING, NR_SUMS };

static __always_inline __s64 of_cpu(int what, __s32 cpu)
{
	switch (what) {
	case CAPACITY:
		return bpf_sched_cpu_capacity(cpu);
	case UTIL:
		return bpf_sched_cpu_util(cpu);
	default:
		return bpf_sched_cpu_nr_running(cpu);
	}
}

static __always_inline __s64 of_node(int what, __s32 node)
{
	switch (what) {
	case CAPACITY:
		return nodes[node].capacity = bpf_sched_node_capacity(node);
	case UTIL:
		return nodes[node].util = bpf_sched_node_util(node);
	default:
		return nodes[node].nr_running = bpf_sched_node_nr_running(node);
	}
}

static __always_inline __s64 sum(int what, const struct cpumask *cpus)
{
	__s64 ret = 0;
	int i;

	for (i = 0; i < MAX_CPUS; i++)
		if (bpf_sched_cpumask_test_cpu(cpus, i) == 1)
			ret += of_cpu(what, i);
	return ret;
}

static __always_inline void compare(int what, __s32 node)
{
	const struct cpumask *cpus = bpf_sched_node_cpus(node);
	__s64 before, after, said;

	if (!cpus) {
		of_node(what, node);
		return;
	}
	before = sum(what, cpus);
	said = of_node(what, node);
	after = sum(what, cpus);
	if (before != after)
		return;
	nodes[node].stable[what]++;
	if (said == before)
		nodes[node].agreed[what]++;
}

SEC("sched/cfs_select_rq")
int BPF_PROG(add_up, struct sched_migrate_ctx *mig)
{
	int i;

	if (mig->task->pid != victim)
		return BPF_SCHED_NO_OPINION;
	for (i = 0; i < MAX_NODES; i++) {
		compare(CAPACITY, i);
		compare(UTIL, i);
		compare(NR_RUNNING, i);
	}
	sums++;
	return BPF_SCHED_NO_OPINION;
}
