// SPDX-License-Identifier: GPL-2.0-only
/* A policy with a global function, and a program that would take that one's place. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

__noinline int choose(int cpu)
{
	return cpu & 1;
}

SEC("sched/cfs_select_rq")
int BPF_PROG(select_rq, struct sched_migrate_ctx *mig)
{
	return choose(mig->prev_cpu);
}

SEC("freplace/choose")
int instead(int cpu)
{
	return 3;
}

char LICENSE[] SEC("license") = "GPL";
