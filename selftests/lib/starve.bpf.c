// SPDX-License-Identifier: GPL-2.0-only
/* Who runs goes on running, whoever waits. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <tagsched.bpf.h>

SEC("sched/cfs_check_preempt_tick")
int BPF_PROG(tick, struct sched_entity *curr, unsigned long delta_exec)
{
	return BPF_SCHED_KEEP;
}

SEC("sched/cfs_check_preempt_wakeup")
int BPF_PROG(wakeup, struct task_struct *curr, struct task_struct *p)
{
	return BPF_SCHED_KEEP;
}

char LICENSE[] SEC("license") = "GPL";
