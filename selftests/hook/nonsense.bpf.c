// SPDX-License-Identifier: GPL-2.0-only
/* A program for a hook that no kernel has. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <tagsched.bpf.h>

char LICENSE[] SEC("license") = "GPL";

SEC("sched/nonsense")
int BPF_PROG(nonsense, struct sched_migrate_ctx *mig)
{
	return BPF_SCHED_NO_OPINION;
}
