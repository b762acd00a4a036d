// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel functions for BPF_PROG_TYPE_SCHED programs: how CPUs lie to each other.
 *
 * What shares a cache is what CFS takes for it: the domain of the last level
 * cache, which ends where a cpuset's partition ends. The rest is the hardware's,
 * as in /sys/devices/system/cpu/cpuN/topology.
 */
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/sched/cputime.h>
#include <linux/sched/isolation.h>
#include <linux/topology.h>

#include "sched.h"
#include "bpf_kfuncs.h"

/* They are what the command line says, until the next boot. */
static struct cpumask isolated_cpus __ro_after_init;

/* sd_llc_id of a CPU that has never been online is 0, which is another's. */
static int llc_of(int cpu)
{
	return rcu_access_pointer(per_cpu(sd_llc, cpu)) ? READ_ONCE(per_cpu(sd_llc_id, cpu)) : cpu;
}

__diag_push();
__diag_ignore_all("-Wmissing-prototypes",
		  "Kernel functions whose definitions will be in vmlinux BTF");

/**
 * bpf_sched_possible_cpus - the CPUs that can ever come
 *
 * Return: the mask; its numbers are those that the functions about a CPU take.
 */
const struct cpumask *bpf_sched_possible_cpus(void)
{
	return cpu_possible_mask;
}

/**
 * bpf_sched_isolated_cpus - the CPUs that isolcpus= keeps from load balancing
 *
 * Return: the mask; mostly it is empty.
 */
const struct cpumask *bpf_sched_isolated_cpus(void)
{
	return &isolated_cpus;
}

/**
 * bpf_sched_smt_cpus - the threads of a CPU's core
 * @cpu: the CPU's number
 *
 * Return: the mask of those online, @cpu among them; empty if it is offline; NULL
 * if there is no such CPU.
 */
const struct cpumask *bpf_sched_smt_cpus(s32 cpu)
{
	return bpf_sched_cpu_valid(cpu) ? topology_sibling_cpumask(cpu) : NULL;
}

/**
 * bpf_sched_llc_cpus - the CPUs that share a last level cache with a CPU
 * @cpu: the CPU's number
 *
 * Return: the mask, @cpu among them; NULL if there is no such CPU.
 */
const struct cpumask *bpf_sched_llc_cpus(s32 cpu)
{
	struct sched_domain *sd;

	if (!bpf_sched_cpu_valid(cpu))
		return NULL;
	/* The caller's program runs with rcu_read_lock() held. */
	sd = rcu_dereference(per_cpu(sd_llc, cpu));
	return sd ? sched_domain_span(sd) : cpumask_of(cpu);
}

/**
 * bpf_sched_package_cpus - the CPUs of a CPU's package
 * @cpu: the CPU's number
 *
 * Return: the mask of those online, @cpu among them; empty if it is offline; NULL
 * if there is no such CPU.
 */
const struct cpumask *bpf_sched_package_cpus(s32 cpu)
{
	return bpf_sched_cpu_valid(cpu) ? topology_core_cpumask(cpu) : NULL;
}

/**
 * bpf_sched_node_cpus - the CPUs of a NUMA node
 * @node: its number
 *
 * Return: the mask of those online; NULL if there is no such node.
 */
const struct cpumask *bpf_sched_node_cpus(s32 node)
{
	return bpf_sched_node_valid(node) ? cpumask_of_node(node) : NULL;
}

/**
 * bpf_sched_cpu_core - the core of a CPU
 * @cpu: its number
 *
 * Return: the core's number, which counts within the package; nothing useful for
 * a CPU that is offline; -EINVAL if there is no such CPU.
 */
s32 bpf_sched_cpu_core(s32 cpu)
{
	return bpf_sched_cpu_valid(cpu) ? topology_core_id(cpu) : -EINVAL;
}

/**
 * bpf_sched_cpu_die - the die of a CPU
 * @cpu: its number
 *
 * Return: the die's number, which counts within the package; nothing useful for a
 * CPU that is offline, -1 where the hardware does not say; -EINVAL if there is no
 * such CPU.
 */
s32 bpf_sched_cpu_die(s32 cpu)
{
	return bpf_sched_cpu_valid(cpu) ? topology_die_id(cpu) : -EINVAL;
}

/**
 * bpf_sched_cpu_package - the package of a CPU
 * @cpu: its number
 *
 * Return: the package's number; nothing useful for a CPU that is offline, -1
 * where the hardware does not say; -EINVAL if there is no such CPU.
 */
s32 bpf_sched_cpu_package(s32 cpu)
{
	return bpf_sched_cpu_valid(cpu) ? topology_physical_package_id(cpu) : -EINVAL;
}

/**
 * bpf_sched_cpu_node - the NUMA node of a CPU
 * @cpu: its number
 *
 * Return: the node's number, -1 if it is not known; -EINVAL if there is no such
 * CPU.
 */
s32 bpf_sched_cpu_node(s32 cpu)
{
	return bpf_sched_cpu_valid(cpu) ? cpu_to_node(cpu) : -EINVAL;
}

/**
 * bpf_sched_cpu_llc - the last level cache of a CPU
 * @cpu: its number
 *
 * Return: the lowest number of those CPUs that share it; -EINVAL if there is no
 * such CPU.
 */
s32 bpf_sched_cpu_llc(s32 cpu)
{
	return bpf_sched_cpu_valid(cpu) ? llc_of(cpu) : -EINVAL;
}

/**
 * bpf_sched_node_distance - how far a NUMA node is from another
 * @a: the number of a node
 * @b: the number of a node
 *
 * Return: the distance as the firmware tells it, 10 for a node to itself; -EINVAL
 * if there is no such node.
 */
int bpf_sched_node_distance(s32 a, s32 b)
{
	if (!bpf_sched_node_valid(a) || !bpf_sched_node_valid(b))
		return -EINVAL;
	return node_distance(a, b);
}

/**
 * bpf_sched_cpus_share_cache - do two CPUs share a last level cache?
 * @a: a CPU's number
 * @b: a CPU's number
 *
 * Return: 1 or 0; -EINVAL if there is no such CPU.
 */
int bpf_sched_cpus_share_cache(s32 a, s32 b)
{
	if (!bpf_sched_cpu_valid(a) || !bpf_sched_cpu_valid(b))
		return -EINVAL;
	return llc_of(a) == llc_of(b);
}

__diag_pop();

BTF_SET8_START(bpf_sched_topology_kfunc_ids)
BTF_ID_FLAGS(func, bpf_sched_possible_cpus, KF_RET_NULL)
BTF_ID_FLAGS(func, bpf_sched_isolated_cpus, KF_RET_NULL)
BTF_ID_FLAGS(func, bpf_sched_smt_cpus, KF_RET_NULL)
BTF_ID_FLAGS(func, bpf_sched_llc_cpus, KF_RET_NULL)
BTF_ID_FLAGS(func, bpf_sched_package_cpus, KF_RET_NULL)
BTF_ID_FLAGS(func, bpf_sched_node_cpus, KF_RET_NULL)
BTF_ID_FLAGS(func, bpf_sched_cpu_core)
BTF_ID_FLAGS(func, bpf_sched_cpu_die)
BTF_ID_FLAGS(func, bpf_sched_cpu_package)
BTF_ID_FLAGS(func, bpf_sched_cpu_node)
BTF_ID_FLAGS(func, bpf_sched_cpu_llc)
BTF_ID_FLAGS(func, bpf_sched_node_distance)
BTF_ID_FLAGS(func, bpf_sched_cpus_share_cache)
BTF_SET8_END(bpf_sched_topology_kfunc_ids)

static const struct btf_kfunc_id_set bpf_sched_topology_kfunc_set = {
	.owner	= THIS_MODULE,
	.set	= &bpf_sched_topology_kfunc_ids,
};

static int __init bpf_sched_topology_init(void)
{
	cpumask_andnot(&isolated_cpus, cpu_possible_mask, housekeeping_cpumask(HK_TYPE_DOMAIN));
	return register_btf_kfunc_id_set(BPF_PROG_TYPE_SCHED, &bpf_sched_topology_kfunc_set);
}
late_initcall(bpf_sched_topology_init);
