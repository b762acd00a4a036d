// SPDX-License-Identifier: GPL-2.0-only
/* Restricts decisions to a mask, and looks at the exit hook where they went. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <tagsched.bpf.h>

char LICENSE[] SEC("license") = "GPL";

struct bpf_sched_cpumask mask;	/* the restriction */
__s32 restricted;	/* pid to restrict; 0 means every task of the link's tag */
__u32 kind;		/* WF_TTWU, WF_FORK or WF_EXEC */
__u32 every = 1;	/* restrict the first of so many decisions */
__s32 then = -1;	/* what the program answers after a restriction */

__s32 answer;		/* of the last bpf_sched_restrict_cpus() */
__s32 exit_answer;	/* the same in the exit hook */
__u64 decisions;
__u64 failed;		/* ... whose restriction was refused */
__u64 inside;		/* restricted ones that ended in the mask */
__u64 outside;		/* ... or not */
__u64 free_inside;	/* unrestricted ones, the same */
__u64 free_outside;
__u64 bad_mask;		/* the task's own mask was not as before */
bool now_restricted;

SEC("sched/cfs_select_rq")
int BPF_PROG(confine, struct sched_migrate_ctx *mig)
{
	now_restricted = false;
	if (!(mig->wake_flags & kind) || (restricted && mig->task->pid != restricted))
		return kind == WF_EXEC ? mig->prev_cpu : BPF_SCHED_NO_OPINION;
	if (every && decisions++ % every)
		return BPF_SCHED_NO_OPINION;
	answer = bpf_sched_restrict_cpus(mig, bpf_sched_mask(&mask));
	if (answer)
		failed++;
	else
		now_restricted = true;
	return then;
}

SEC("sched/cfs_select_rq_exit")
int BPF_PROG(look, struct sched_migrate_ctx *mig)
{
	struct task_struct *p = mig->task;
	int in = bpf_sched_cpumask_test_cpu(bpf_sched_mask(&mask), mig->new_cpu);

	if (!(mig->wake_flags & kind))
		return BPF_SCHED_NO_OPINION;
	if (p->cpus_ptr != (const cpumask_t *)__builtin_preserve_access_index(&p->cpus_mask))
		bad_mask++;
	if (now_restricted && in)
		inside++;
	else if (now_restricted)
		outside++;
	else if (in)
		free_inside++;
	else
		free_outside++;
	now_restricted = false;
	return BPF_SCHED_NO_OPINION;
}

SEC("sched/cfs_select_rq_exit")
int BPF_PROG(too_late, struct sched_migrate_ctx *mig)
{
	decisions++;
	exit_answer = bpf_sched_restrict_cpus(mig, bpf_sched_mask(&mask));
	return BPF_SCHED_NO_OPINION;
}
