// SPDX-License-Identifier: GPL-2.0-only
/* A task that wakes goes back to the CPU where it ran last, if that is idle. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <tagsched.bpf.h>

SEC("sched/cfs_select_rq")
int BPF_PROG(stay, struct sched_migrate_ctx *mig)
{
	if ((mig->wake_flags & WF_TTWU) && bpf_sched_cpu_idle(mig->prev_cpu) == 1)
		return mig->prev_cpu;
	return BPF_SCHED_NO_OPINION;
}

char LICENSE[] SEC("license") = "GPL";
