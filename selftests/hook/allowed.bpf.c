// SPDX-License-Identifier: GPL-2.0-only
/* Answers at random: good CPUs, forbidden ones, and rubbish. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <tagsched.bpf.h>

char LICENSE[] SEC("license") = "GPL";

static __always_inline int any_answer(void)
{
	__u32 dice = bpf_get_prandom_u32();
	__u32 cpus = bpf_sched_nr_cpus();

	switch (dice & 7) {
	case 0:
		return BPF_SCHED_NO_OPINION;
	case 1:
		return cpus;
	case 2:
		return bpf_get_prandom_u32();
	default:
		return cpus ? (dice >> 3) % cpus : 0;
	}
}

SEC("sched/cfs_select_rq")
int BPF_PROG(anywhere, struct sched_migrate_ctx *mig)
{
	return any_answer();
}

SEC("sched/cfs_select_rq_exit")
int BPF_PROG(anywhere_exit, struct sched_migrate_ctx *mig)
{
	return any_answer();
}
