// SPDX-License-Identifier: GPL-2.0-only
/* Gives wake_affine() a verdict and looks, at the exit hook, where that led. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <tagsched.bpf.h>

char LICENSE[] SEC("license") = "GPL";

__s32 victim;
__s32 verdict = -1;

__u64 verdicts;		/* decisions with a verdict that reached the exit */
__u64 to_this;		/* ... that ended on the waker's CPU */
__u64 to_prev;		/* ... where the task ran last */
__u64 bad_args;
bool pending;

SEC("sched/cfs_wake_affine")
int BPF_PROG(affine, struct sched_affine_ctx *aff)
{
	struct task_struct *p = aff->task;

	if (p->pid != victim)
		return BPF_SCHED_NO_OPINION;
	if (aff->prev_cpu != (__s32)p->thread_info.cpu || aff->prev_cpu == aff->curr_cpu ||
	    aff->curr_cpu != (__s32)bpf_get_smp_processor_id() || (__u32)aff->is_sync > 1)
		__sync_fetch_and_add(&bad_args, 1);
	pending = true;
	if (verdict == BPF_SCHED_PREV_CPU)
		return BPF_SCHED_PREV_CPU;
	if (verdict == BPF_SCHED_THIS_CPU)
		return BPF_SCHED_THIS_CPU;
	return BPF_SCHED_NO_OPINION;
}

SEC("sched/cfs_select_rq_exit")
int BPF_PROG(outcome, struct sched_migrate_ctx *mig)
{
	if (mig->task->pid != victim || !pending)
		return BPF_SCHED_NO_OPINION;
	pending = false;
	verdicts++;
	if (mig->new_cpu == mig->curr_cpu)
		to_this++;
	if (mig->new_cpu == mig->prev_cpu)
		to_prev++;
	return BPF_SCHED_NO_OPINION;
}
