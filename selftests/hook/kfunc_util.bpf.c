// SPDX-License-Identifier: GPL-2.0-only
/* The conveniences of tagsched_util.bpf.h. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#define TAGSCHED_MAX_CPUS 64
#include <tagsched.bpf.h>
#include <tagsched_util.bpf.h>

char LICENSE[] SEC("license") = "GPL";

#define MAX_SEEN 16

__s32 victim;
__u64 answers;

/* in */
struct bpf_sched_cpumask mask;
struct bpf_sched_cpumask other;
__s32 start;
__s64 from, to;

/* out: the CPUs in the order in which they came */
__s32 every[MAX_SEEN], both[MAX_SEEN], wrapped[MAX_SEEN];
__u32 nr_every, nr_both, nr_wrapped;
__s32 idlest, least, near;
__s32 switched;

static __always_inline void note(__s32 *seen, __u32 *nr, __s32 cpu)
{
	__u32 i = *nr;

	if (i < MAX_SEEN)
		seen[i] = cpu;
	*nr = i + 1;
}

SEC("sched/cfs_select_rq")
int BPF_PROG(walk, struct sched_migrate_ctx *mig)
{
	const struct cpumask *a = bpf_sched_mask(&mask), *b = bpf_sched_mask(&other);

	if (mig->task->pid != victim)
		return BPF_SCHED_NO_OPINION;
	nr_every = nr_both = nr_wrapped = 0;
	bpf_sched_for_each_cpu(cpu, a)
		note(every, &nr_every, cpu);
	bpf_sched_for_each_cpu_and(cpu, a, b)
		note(both, &nr_both, cpu);
	bpf_sched_for_each_cpu_wrap(cpu, a, start)
		note(wrapped, &nr_wrapped, cpu);
	answers++;
	return BPF_SCHED_NO_OPINION;
}

SEC("sched/cfs_select_rq")
int BPF_PROG(choose, struct sched_migrate_ctx *mig)
{
	struct task_struct *p = mig->task;

	if (p->pid != victim)
		return BPF_SCHED_NO_OPINION;
	idlest = bpf_sched_idlest_cpu(p, bpf_sched_mask(&mask));
	least = bpf_sched_least_loaded_cpu(p, bpf_sched_mask(&mask));
	near = bpf_sched_llc_least_loaded(p, start);
	answers++;
	return BPF_SCHED_NO_OPINION;
}

SEC("sched/cfs_select_rq")
int BPF_PROG(retag, struct sched_migrate_ctx *mig)
{
	if (mig->task->pid != victim)
		return BPF_SCHED_NO_OPINION;
	switched = bpf_sched_switch_tag(mig->task, from, to);
	answers++;
	return BPF_SCHED_NO_OPINION;
}
