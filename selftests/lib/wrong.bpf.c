// SPDX-License-Identifier: GPL-2.0-only
/* Answers a CPU that no machine has. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <tagsched.bpf.h>

SEC("sched/cfs_select_rq")
int BPF_PROG(wrong, struct sched_migrate_ctx *mig)
{
	return 99999;
}

char LICENSE[] SEC("license") = "GPL";
