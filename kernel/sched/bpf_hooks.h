/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What fair.c calls where a BPF program may decide. With CONFIG_BPF_SCHED off
 * everything here is a constant; with it on and no program attached, each call
 * is one no-op instruction. See include/linux/sched_hook_defs.h for the hooks.
 */
#ifndef _KERNEL_SCHED_BPF_HOOKS_H
#define _KERNEL_SCHED_BPF_HOOKS_H

#include <linux/bpf_sched.h>

#include "tag.h"

#ifdef CONFIG_BPF_SCHED

int __bpf_sched_select_rq(struct task_struct *p, int prev_cpu, int wake_flags);
int __bpf_sched_select_rq_exit(struct task_struct *p, int prev_cpu, int wake_flags,
			       int new_cpu);
const struct cpumask *__bpf_sched_select_cpus(struct task_struct *p);
int __bpf_sched_wake_affine(struct task_struct *p, int this_cpu, int prev_cpu, int sync);
int __bpf_sched_check_preempt_tick(struct sched_entity *curr, unsigned long delta_exec);
int __bpf_sched_check_preempt_wakeup(struct task_struct *curr, struct task_struct *p);
int __bpf_sched_wakeup_preempt_entity(struct sched_entity *curr, struct sched_entity *se);

/*
 * The CPU that a program has chosen for @p, or BPF_SCHED_NO_OPINION. Then one
 * may have restricted the CPUs: see bpf_sched_select_cpus().
 */
static __always_inline int
bpf_sched_select_rq(struct task_struct *p, int prev_cpu, int wake_flags)
{
	if (!bpf_sched_enabled(cfs_select_rq))
		return BPF_SCHED_NO_OPINION;
	return __bpf_sched_select_rq(p, prev_cpu, wake_flags);
}

/*
 * The last word on the CPU for @p, after the stock choice or a program's.
 * Every return of select_task_rq_fair() goes through here: it ends a
 * restriction of the CPUs.
 */
static __always_inline int
bpf_sched_select_rq_exit(struct task_struct *p, int prev_cpu, int wake_flags, int new_cpu)
{
	if (!bpf_sched_enabled(cfs_select_rq_exit) && !bpf_sched_enabled(cfs_select_rq))
		return new_cpu;
	return __bpf_sched_select_rq_exit(p, prev_cpu, wake_flags, new_cpu);
}

/* The CPUs that select_task_rq_fair() may choose from for @p. */
static __always_inline const struct cpumask *bpf_sched_select_cpus(struct task_struct *p)
{
	if (!bpf_sched_enabled(cfs_select_rq))
		return p->cpus_ptr;
	return __bpf_sched_select_cpus(p);
}

static __always_inline int
bpf_sched_wake_affine(struct task_struct *p, int this_cpu, int prev_cpu, int sync)
{
	if (!bpf_sched_enabled(cfs_wake_affine))
		return BPF_SCHED_NO_OPINION;
	return __bpf_sched_wake_affine(p, this_cpu, prev_cpu, sync);
}

static __always_inline int
bpf_sched_check_preempt_tick(struct sched_entity *curr, unsigned long delta_exec)
{
	if (!bpf_sched_enabled(cfs_check_preempt_tick))
		return BPF_SCHED_NO_OPINION;
	return __bpf_sched_check_preempt_tick(curr, delta_exec);
}

static __always_inline int
bpf_sched_check_preempt_wakeup(struct task_struct *curr, struct task_struct *p)
{
	if (!bpf_sched_enabled(cfs_check_preempt_wakeup))
		return BPF_SCHED_NO_OPINION;
	return __bpf_sched_check_preempt_wakeup(curr, p);
}

static __always_inline int
bpf_sched_wakeup_preempt_entity(struct sched_entity *curr, struct sched_entity *se)
{
	if (!bpf_sched_enabled(cfs_wakeup_preempt_entity))
		return BPF_SCHED_NO_OPINION;
	return __bpf_sched_wakeup_preempt_entity(curr, se);
}

#else

static __always_inline int
bpf_sched_select_rq(struct task_struct *p, int prev_cpu, int wake_flags)
{
	return BPF_SCHED_NO_OPINION;
}

static __always_inline int
bpf_sched_select_rq_exit(struct task_struct *p, int prev_cpu, int wake_flags, int new_cpu)
{
	return new_cpu;
}

#define bpf_sched_select_cpus(p)		((p)->cpus_ptr)

static __always_inline int
bpf_sched_wake_affine(struct task_struct *p, int this_cpu, int prev_cpu, int sync)
{
	return BPF_SCHED_NO_OPINION;
}

static __always_inline int
bpf_sched_check_preempt_tick(struct sched_entity *curr, unsigned long delta_exec)
{
	return BPF_SCHED_NO_OPINION;
}

static __always_inline int
bpf_sched_check_preempt_wakeup(struct task_struct *curr, struct task_struct *p)
{
	return BPF_SCHED_NO_OPINION;
}

static __always_inline int
bpf_sched_wakeup_preempt_entity(struct sched_entity *curr, struct sched_entity *se)
{
	return BPF_SCHED_NO_OPINION;
}

#endif /* CONFIG_BPF_SCHED */

#endif /* _KERNEL_SCHED_BPF_HOOKS_H */
