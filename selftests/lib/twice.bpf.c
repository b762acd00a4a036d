// SPDX-License-Identifier: GPL-2.0-only
/* Two programs at one hook: links each for itself, but no policy. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <tagsched.bpf.h>

SEC("sched/cfs_select_rq")
int BPF_PROG(first, struct sched_migrate_ctx *mig)
{
	return BPF_SCHED_NO_OPINION;
}

SEC("sched/cfs_select_rq")
int BPF_PROG(second, struct sched_migrate_ctx *mig)
{
	return mig->prev_cpu;
}

char LICENSE[] SEC("license") = "GPL";
