// SPDX-License-Identifier: GPL-2.0-only
/*
 * Has an opinion everywhere and does not care which CPUs are there: names CPUs
 * at random, restricts to masks at random, preempts at random.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <tagsched.bpf.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bpf_sched_cpumask);
} masks SEC(".maps");

static __always_inline int some_cpu(void)
{
	__u32 cpus = bpf_sched_nr_cpus();

	return cpus ? bpf_get_prandom_u32() % cpus : 0;
}

static __always_inline int some_verdict(void)
{
	__u32 dice = bpf_get_prandom_u32() & 3;

	if (dice == 0)
		return BPF_SCHED_KEEP;
	if (dice == 1)
		return BPF_SCHED_PREEMPT;
	return BPF_SCHED_NO_OPINION;
}

SEC("sched/cfs_select_rq")
int BPF_PROG(select_rq, struct sched_migrate_ctx *mig)
{
	struct bpf_sched_cpumask *mask;
	__u32 zero = 0;

	mask = bpf_map_lookup_elem(&masks, &zero);
	if (!mask)
		return BPF_SCHED_NO_OPINION;
	bpf_sched_cpumask_clear(mask);
	bpf_sched_cpumask_set_cpu(mask, some_cpu());
	bpf_sched_cpumask_set_cpu(mask, some_cpu());
	switch (bpf_get_prandom_u32() & 3) {
	case 0:
		return some_cpu();
	case 1:
		return bpf_sched_pick_idle_cpu(mig->task, bpf_sched_mask(mask), mig->prev_cpu);
	case 2:
		bpf_sched_restrict_cpus(mig, bpf_sched_mask(mask));
		return BPF_SCHED_NO_OPINION;
	default:
		return BPF_SCHED_NO_OPINION;
	}
}

SEC("sched/cfs_select_rq_exit")
int BPF_PROG(select_rq_exit, struct sched_migrate_ctx *mig)
{
	return bpf_get_prandom_u32() & 3 ? BPF_SCHED_NO_OPINION : some_cpu();
}

SEC("sched/cfs_wake_affine")
int BPF_PROG(wake_affine, struct sched_affine_ctx *aff)
{
	return some_verdict();
}

SEC("sched/cfs_check_preempt_tick")
int BPF_PROG(tick, struct sched_entity *curr, unsigned long delta_exec)
{
	return some_verdict();
}

SEC("sched/cfs_check_preempt_wakeup")
int BPF_PROG(preempt_wakeup, struct task_struct *curr, struct task_struct *p)
{
	return some_verdict();
}

SEC("sched/cfs_wakeup_preempt_entity")
int BPF_PROG(preempt_entity, struct sched_entity *curr, struct sched_entity *se)
{
	return some_verdict();
}
