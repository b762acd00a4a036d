// SPDX-License-Identifier: GPL-2.0-only
/* A tunable that no program looks at, in a policy for all tags. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <tagsched.bpf.h>

u32 nobody_reads TAGSCHED_TUNABLE = 5;

SEC("sched/cfs_select_rq_exit")
int BPF_PROG(nothing, struct sched_migrate_ctx *mig)
{
	return BPF_SCHED_NO_OPINION;
}

char LICENSE[] SEC("license") = "GPL";
