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

SEC("sched/cfs_tag_pick_next_entity")
int BPF_PROG(pick, struct sched_entity *stock, struct sched_entity *tagged)
{
	return BPF_SCHED_NO_OPINION;
}

SEC("sched/cfs_can_migrate_task")
int BPF_PROG(can_migrate, struct task_struct *p, int src_cpu, int dst_cpu)
{
	return BPF_SCHED_NO_OPINION;
}

SEC("sched/cfs_enqueue_task")
int BPF_PROG(enqueue, struct task_struct *p, int cpu, int flags)
{
	return BPF_SCHED_NO_OPINION;
}

SEC("sched/cfs_dequeue_task")
int BPF_PROG(dequeue, struct task_struct *p, int cpu, int flags)
{
	return BPF_SCHED_NO_OPINION;
}

SEC("sched/tag_changed")
int BPF_PROG(changed, struct task_group *tg, int pid, s64 old_tag, s64 new_tag)
{
	return BPF_SCHED_NO_OPINION;
}

char LICENSE[] SEC("license") = "GPL";
