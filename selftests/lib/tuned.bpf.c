// SPDX-License-Identifier: GPL-2.0-only
/* A policy with a name and a tag of its own, and tunables: it answers what it is told to. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <tagsched.bpf.h>

TAGSCHED_POLICY("in-tune");
TAGSCHED_TAGS(61);

enum tuned_mode { TUNED_OFF, TUNED_CPU, TUNED_PREV };

enum tuned_mode mode TAGSCHED_TUNABLE = TUNED_OFF;
s32 target_cpu TAGSCHED_TUNABLE = 1;
u8 small TAGSCHED_TUNABLE = 200;
s64 large TAGSCHED_TUNABLE = -5000000000;
bool flag TAGSCHED_TUNABLE;
/* cannot be set by name */
u32 list[4] TAGSCHED_TUNABLE;

SEC("sched/cfs_select_rq")
int BPF_PROG(where, struct sched_migrate_ctx *mig)
{
	if (mode == TUNED_CPU)
		return target_cpu;
	if (mode == TUNED_PREV)
		return mig->prev_cpu;
	return BPF_SCHED_NO_OPINION;
}

char LICENSE[] SEC("license") = "GPL";
