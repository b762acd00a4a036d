/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files with kernel functions for BPF_PROG_TYPE_SCHED programs share.
 * A number from a program is any number: it is checked before it is an index.
 */
#ifndef _KERNEL_SCHED_BPF_KFUNCS_H
#define _KERNEL_SCHED_BPF_KFUNCS_H

#include <linux/cpumask.h>
#include <linux/nodemask.h>

static inline bool bpf_sched_cpu_valid(s32 cpu)
{
	return (u32)cpu < nr_cpu_ids && cpu_possible(cpu);
}

static inline bool bpf_sched_node_valid(s32 node)
{
	return (u32)node < nr_node_ids && node_possible(node);
}

/* Those that bpf_sched_cpu_snapshot() takes its answers from. */
s32 bpf_sched_cpu_core(s32 cpu);
s32 bpf_sched_cpu_die(s32 cpu);
s32 bpf_sched_cpu_package(s32 cpu);
s32 bpf_sched_cpu_node(s32 cpu);
s32 bpf_sched_cpu_llc(s32 cpu);

#endif /* _KERNEL_SCHED_BPF_KFUNCS_H */
