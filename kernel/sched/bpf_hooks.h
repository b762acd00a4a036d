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
int __bpf_sched_can_migrate(struct task_struct *p, int src_cpu, int dst_cpu);
void __bpf_sched_queued(enum bpf_sched_hook_id hook, struct rq *rq, struct task_struct *p,
			int flags);
void __bpf_sched_notify_tag(struct task_struct *p, struct task_group *tg, s64 old_tag,
			    s64 new_tag);
void __bpf_sched_tick(struct rq *rq);

/* The task of an entity; NULL if it is a group's. */
static inline struct task_struct *bpf_sched_se_task(struct sched_entity *se)
{
	return entity_is_task(se) ? container_of(se, struct task_struct, se) : NULL;
}

/* Its pid; 0 if it is a group's. */
static inline pid_t bpf_sched_se_pid(struct sched_entity *se)
{
	struct task_struct *p = bpf_sched_se_task(se);

	return p ? p->pid : 0;
}

/*
 * The CPU that a program has chosen for @p, or BPF_SCHED_NO_OPINION. Then one
 * may have restricted the CPUs: see bpf_sched_select_cpus().
 */
static __always_inline int
bpf_sched_select_rq(struct task_struct *p, int prev_cpu, int wake_flags)
{
	if (!bpf_sched_enabled(cfs_select_rq) && !bpf_sched_enabled(cfs_select_rq_exit))
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

/* May load balancing take @p from one CPU to another? The first's runqueue is locked. */
static __always_inline int
bpf_sched_can_migrate(struct task_struct *p, int src_cpu, int dst_cpu)
{
	if (!bpf_sched_enabled(cfs_can_migrate_task))
		return BPF_SCHED_NO_OPINION;
	return __bpf_sched_can_migrate(p, src_cpu, dst_cpu);
}

static __always_inline void
bpf_sched_enqueue(struct rq *rq, struct task_struct *p, int flags)
{
	if (bpf_sched_enabled(cfs_enqueue_task))
		__bpf_sched_queued(BPF_SCHED_HOOK_cfs_enqueue_task, rq, p, flags);
}

static __always_inline void
bpf_sched_dequeue(struct rq *rq, struct task_struct *p, int flags)
{
	if (bpf_sched_enabled(cfs_dequeue_task))
		__bpf_sched_queued(BPF_SCHED_HOOK_cfs_dequeue_task, rq, p, flags);
}

/*
 * An effective tag has changed: of @p, in @tg, or of the group @tg if @p is
 * NULL. What keeps @tg from going away is up to the caller.
 */
static __always_inline void
bpf_sched_notify_tag(struct task_struct *p, struct task_group *tg, s64 old_tag, s64 new_tag)
{
	if (bpf_sched_enabled(tag_changed))
		__bpf_sched_notify_tag(p, tg, old_tag, new_tag);
}

/* The tick of a fair task. */
static __always_inline void bpf_sched_tick(struct rq *rq)
{
	if (static_branch_unlikely(&bpf_sched_active))
		__bpf_sched_tick(rq);
}

/* A new task has no history. */
static inline void bpf_sched_fork(struct task_struct *p)
{
	memset(&p->bpf_sched, 0, sizeof(p->bpf_sched));
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

static __always_inline int
bpf_sched_can_migrate(struct task_struct *p, int src_cpu, int dst_cpu)
{
	return BPF_SCHED_NO_OPINION;
}

static inline void bpf_sched_enqueue(struct rq *rq, struct task_struct *p, int flags) { }
static inline void bpf_sched_dequeue(struct rq *rq, struct task_struct *p, int flags) { }
static inline void bpf_sched_notify_tag(struct task_struct *p, struct task_group *tg,
					s64 old_tag, s64 new_tag) { }
static inline void bpf_sched_tick(struct rq *rq) { }
static inline void bpf_sched_fork(struct task_struct *p) { }

#endif /* CONFIG_BPF_SCHED */

#include "bpf_order.h"

#endif /* _KERNEL_SCHED_BPF_HOOKS_H */
