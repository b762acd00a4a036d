/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KERNEL_SCHED_BPF_RESTRICT_H
#define _KERNEL_SCHED_BPF_RESTRICT_H

struct cpumask;
struct sched_migrate_ctx;

/*
 * Let the stock choice that follows @ctx's cfs_select_rq hook consider only the
 * CPUs in @mask that the task is allowed on and that are active.
 *
 * Returns 0, -EINVAL if that leaves none (and the choice unrestricted), or
 * -EPERM if @ctx is not that of a cfs_select_rq hook that is running.
 */
int bpf_sched_restrict(struct sched_migrate_ctx *ctx, const struct cpumask *mask);

#endif /* _KERNEL_SCHED_BPF_RESTRICT_H */
