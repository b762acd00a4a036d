// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel functions for BPF_PROG_TYPE_SCHED programs: sums over a NUMA node's
 * CPUs, of those that tasks can be put on. Each call looks at all of them.
 */
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/sched/cputime.h>
#include <linux/topology.h>

#include "sched.h"
#include "bpf_kfuncs.h"

#define for_each_active_cpu_of(cpu, node) \
	for_each_cpu_and(cpu, cpumask_of_node(node), cpu_active_mask)

__diag_push();
__diag_ignore_all("-Wmissing-prototypes",
		  "Kernel functions whose definitions will be in vmlinux BTF");

/**
 * bpf_sched_nr_nodes - the upper bound of node numbers
 *
 * Return: one more than the largest number that a node can have (nr_node_ids).
 */
u32 bpf_sched_nr_nodes(void)
{
	return nr_node_ids;
}

/**
 * bpf_sched_node_capacity - what the CPUs of a node have to give to fair tasks
 * @node: its number
 *
 * Return: the sum of their bpf_sched_cpu_capacity(); 0 for a node without CPUs;
 * -EINVAL if there is no such node.
 */
s64 bpf_sched_node_capacity(s32 node)
{
	s64 sum = 0;
	int cpu;

	if (!bpf_sched_node_valid(node))
		return -EINVAL;
	for_each_active_cpu_of(cpu, node)
		sum += READ_ONCE(cpu_rq(cpu)->cpu_capacity);
	return sum;
}

/**
 * bpf_sched_node_util - how much of a node's CPUs their fair tasks use
 * @node: its number
 *
 * Return: the sum of their bpf_sched_cpu_util(); -EINVAL if there is no such node.
 */
s64 bpf_sched_node_util(s32 node)
{
	s64 sum = 0;
	int cpu;

	if (!bpf_sched_node_valid(node))
		return -EINVAL;
	for_each_active_cpu_of(cpu, node)
		sum += cpu_util_cfs(cpu);
	return sum;
}

/**
 * bpf_sched_node_nr_running - how many tasks are runnable on a node's CPUs
 * @node: its number
 *
 * Return: the sum of their bpf_sched_cpu_nr_running(); -EINVAL if there is no such
 * node.
 */
s64 bpf_sched_node_nr_running(s32 node)
{
	s64 sum = 0;
	int cpu;

	if (!bpf_sched_node_valid(node))
		return -EINVAL;
	for_each_active_cpu_of(cpu, node)
		sum += READ_ONCE(cpu_rq(cpu)->nr_running);
	return sum;
}

__diag_pop();

BTF_SET8_START(bpf_sched_node_kfunc_ids)
BTF_ID_FLAGS(func, bpf_sched_nr_nodes)
BTF_ID_FLAGS(func, bpf_sched_node_capacity)
BTF_ID_FLAGS(func, bpf_sched_node_util)
BTF_ID_FLAGS(func, bpf_sched_node_nr_running)
BTF_SET8_END(bpf_sched_node_kfunc_ids)

static const struct btf_kfunc_id_set bpf_sched_node_kfunc_set = {
	.owner	= THIS_MODULE,
	.set	= &bpf_sched_node_kfunc_ids,
};

static int __init bpf_sched_node_init(void)
{
	return register_btf_kfunc_id_set(BPF_PROG_TYPE_SCHED, &bpf_sched_node_kfunc_set);
}
late_initcall(bpf_sched_node_init);
