// SPDX-License-Identifier: GPL-2.0-only
/* A task stays where it ran. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <tagsched.bpf.h>

SEC("sched/cfs_select_rq")
int BPF_PROG(stay, struct sched_migrate_ctx *mig)
{
	return mig->prev_cpu;
}

char LICENSE[] SEC("license") = "GPL";
