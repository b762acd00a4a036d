// SPDX-License-Identifier: GPL-2.0-only
/* A policy with a program at each hook, and no opinion. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <tagsched.bpf.h>

SEC("sched/cfs_select_rq")
int BPF_PROG(select_rq, struct sched_migrate_ctx *mig)
{
	return BPF_SCHED_NO_OPINION;
}

SEC("sched/cfs_select_rq_exit")
int BPF_PROG(select_rq_exit, struct sched_migrate_ctx *mig)
{
	return BPF_SCHED_NO_OPINION;
}

SEC("sched/cfs_wake_affine")
int BPF_PROG(wake_affine, struct sched_affine_ctx *aff)
{
	return BPF_SCHED_NO_OPINION;
}

SEC("sched/cfs_check_preempt_tick")
int BPF_PROG(tick, struct sched_entity *curr, unsigned long delta_exec)
{
	return BPF_SCHED_NO_OPINION;
}

SEC("sched/cfs_check_preempt_wakeup")
int BPF_PROG(wakeup, struct task_struct *curr, struct task_struct *p)
{
	return BPF_SCHED_NO_OPINION;
}

SEC("sched/cfs_wakeup_preempt_entity")
int BPF_PROG(entity, struct sched_entity *curr, struct sched_entity *se)
{
	return BPF_SCHED_NO_OPINION;
}

char LICENSE[] SEC("license") = "GPL";
