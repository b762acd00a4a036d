// SPDX-License-Identifier: GPL-2.0-only
/* A policy with constants, data and a tunable: only the first are signed. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <tagsched.bpf.h>

TAGSCHED_POLICY("constant");
TAGSCHED_TAGS(67);

#ifndef LIMIT
#define LIMIT	10
#endif

const volatile int limit = LIMIT;
u64 asked;
bool on TAGSCHED_TUNABLE = true;

SEC("sched/cfs_select_rq")
int BPF_PROG(where, struct sched_migrate_ctx *mig)
{
	asked++;
	if (!on || mig->prev_cpu > limit)
		return BPF_SCHED_NO_OPINION;
	return mig->prev_cpu;
}

SEC("sched/cfs_check_preempt_tick")
int BPF_PROG(tick, struct sched_entity *curr, unsigned long delta_exec)
{
	return BPF_SCHED_NO_OPINION;
}

char LICENSE[] SEC("license") = "GPL";
