// SPDX-License-Identifier: GPL-2.0-only
/* Reads members of structures that lie elsewhere in a kernel with another configuration. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <tagsched.bpf.h>

TAGSCHED_POLICY("relocated");
TAGSCHED_TAGS(62);

/* Of the task that was placed last. */
s32 pid TAGSCHED_TUNABLE;
s32 tgid TAGSCHED_TUNABLE;
s32 prio TAGSCHED_TUNABLE;
s32 policy TAGSCHED_TUNABLE;

SEC("sched/cfs_select_rq")
int BPF_PROG(look, struct sched_migrate_ctx *mig)
{
	const struct task_struct *p = mig->task;

	pid = p->pid;
	tgid = p->tgid;
	prio = p->static_prio;
	policy = p->policy;
	return BPF_SCHED_NO_OPINION;
}

char LICENSE[] SEC("license") = "GPL";
