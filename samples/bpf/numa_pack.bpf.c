// SPDX-License-Identifier: GPL-2.0-only
/*
 * numa_pack - a tag fills one node before it takes the next
 *
 * Idea: CFS spreads tasks over nodes to use all of the machine. Tasks that share
 * memory, or a service that is small most of the time, are better off on one node, and
 * the others can sleep or do something else. For each tag of --tag:
 *
 *  - at a wakeup, a fork and an exec the nodes are looked at in order, from --first on.
 *    CFS chooses a CPU of the first that has room: fewer runnable tasks, of whatever
 *    tag, than --full percent of its CPUs;
 *  - if none has room, or the task may not run on the one that has, CFS chooses among
 *    all;
 *  - load balancing takes no task to a later node while its own has room for it.
 *
 * Knobs: --tag, again and again; --first; --full.
 *
 * Measured, two tasks that come from two nodes of two CPUs: CFS leaves each where it is,
 * half of all looks find one on the first node; with the policy all do, and none while
 * two hogs fill that node (make test T='topo-numa samples/numa_pack').
 *
 * Bad at:
 *  - Memory. It says where tasks run, not where pages are; automatic NUMA balancing or
 *    numactl does that.
 *  - Bandwidth. Tasks that are limited by memory want to be spread: one node has one
 *    node's bandwidth.
 *  - Bursts. Several wakeups at once may all see the last free place.
 *  - Tasks that never sleep: they are placed once. Balancing brings none back when an
 *    earlier node has room again.
 *
 * Production ready? For services whose working set is one node's, with --full chosen by
 * measurement: yes. As a default for a machine: no.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <tagsched.bpf.h>

#include "numa_pack.h"

char LICENSE[] SEC("license") = "GPL";

volatile __u32 first_node;
volatile __u32 full_percent = 100;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, NR_NUMA_PACK_COUNTS);
	__type(key, u32);
	__type(value, u64);
} counts SEC(".maps");

static int answer(enum numa_pack_count why, int verdict)
{
	u32 key = why;
	u64 *count = bpf_map_lookup_elem(&counts, &key);

	if (count)
		(*count)++;
	return verdict;
}

/* In the order in which nodes are filled; @node is one. */
static u32 rank(u32 node, u32 nr)
{
	u32 first = first_node;

	return node >= first ? node - first : node + nr - first;
}

/* Fewer tasks than --full, @mine of them not counted. */
static bool has_room(s32 node, const struct cpumask *cpus, int mine)
{
	s64 running = bpf_sched_node_nr_running(node) - mine;

	return running * 100 < (s64)bpf_sched_cpumask_weight(cpus) * full_percent;
}

SEC("sched/cfs_select_rq")
int BPF_PROG(place, struct sched_migrate_ctx *mig)
{
	u32 nr = bpf_sched_nr_nodes(), first = first_node, i;
	/* At exec it runs, on a node of which it takes a place. */
	s32 own = mig->wake_flags & WF_EXEC ? bpf_sched_cpu_node(mig->prev_cpu) : -1;

	for (i = 0; i < MAX_NODES && i < nr; i++) {
		s32 node = (first + i) % nr;
		const struct cpumask *cpus = bpf_sched_node_cpus(node);

		if (!cpus || !has_room(node, cpus, node == own))
			continue;
		if (bpf_sched_restrict_cpus(mig, cpus))
			return answer(BARRED, BPF_SCHED_NO_OPINION);
		return answer(i ? SPILLED : PACKED, BPF_SCHED_NO_OPINION);
	}
	return answer(ALL_FULL, BPF_SCHED_NO_OPINION);
}

SEC("sched/cfs_can_migrate_task")
int BPF_PROG(balance, struct task_struct *p, int src_cpu, int dst_cpu)
{
	s32 from = bpf_sched_cpu_node(src_cpu), to = bpf_sched_cpu_node(dst_cpu);
	u32 nr = bpf_sched_nr_nodes();
	const struct cpumask *cpus;

	if (from < 0 || to < 0 || rank(to, nr) <= rank(from, nr))
		return BPF_SCHED_NO_OPINION;
	cpus = bpf_sched_node_cpus(from);
	/* The task is there already: it takes one of the places itself. */
	if (!cpus || !has_room(from, cpus, 1))
		return BPF_SCHED_NO_OPINION;
	return answer(BALANCE_DENIED, BPF_SCHED_DENY);
}
