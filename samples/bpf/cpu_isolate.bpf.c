// SPDX-License-Identifier: GPL-2.0-only
/*
 * cpu_isolate - some CPUs are a tag's own
 *
 * Idea: --cpus belong to --tag. Each of its tasks runs there and nowhere else, and
 * nobody else runs there:
 *
 *  - at a wakeup, a fork and an exec, CFS chooses among the CPUs of the task's side;
 *  - load balancing takes no task to the other side, and any task back to its own;
 *  - who runs on the wrong side when the policy starts, or is tagged while it runs, is
 *    sent over by the user part, which looks once a second (--push).
 *
 * It is what isolcpus= or a cpuset partition does, for a tag, and it goes without a
 * trace: affinities and cpusets are left as they are.
 *
 * Knobs: --tag, --cpus, --push.
 *
 * Measured, six tasks of a tag that owns 2 of 4 CPUs and six of nobody, half of them
 * hogs: each side is seen on its own CPUs only, in 40 looks of each task, and on all
 * four without (make test T='normal-v2 samples/cpu_isolate').
 *
 * Bad at:
 *  - Who is bound. Kernel threads of a CPU stay on it, and so does a task that its own
 *    affinity allows on the other side only. They are counted as barred.
 *  - Ticks, interrupts, RCU callbacks: these are isolcpus= and nohz_full= affairs.
 *  - Moments. A task that is tagged while it runs stays until it sleeps, is balanced, or
 *    is found by the user part. That changes its affinity and restores it: who sets
 *    the affinity of the same task in between has it overwritten.
 *  - Waste. The tag's CPUs idle while the others are crowded, and the reverse.
 *
 * Production ready? To keep batch work off a service's cores, or noise out of a
 * measurement: yes. As a wall against somebody hostile: no, use cpusets.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <tagsched.bpf.h>

#include "cpu_isolate.h"

char LICENSE[] SEC("license") = "GPL";

const volatile __s64 owner_tag;

/* The tag's CPUs, and all others. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, u32);
	__type(value, struct bpf_sched_cpumask);
} sides SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, NR_CPU_ISOLATE_COUNTS);
	__type(key, u32);
	__type(value, u64);
} counts SEC(".maps");

static void count(enum cpu_isolate_count what)
{
	u32 key = what;
	u64 *n = bpf_map_lookup_elem(&counts, &key);

	if (n)
		(*n)++;
}

static struct bpf_sched_cpumask *side_of(const struct task_struct *p)
{
	u32 key = bpf_sched_task_tag((struct task_struct *)p) != owner_tag;

	return bpf_map_lookup_elem(&sides, &key);
}

SEC("sched/cfs_select_rq")
int BPF_PROG(place, struct sched_migrate_ctx *mig)
{
	struct bpf_sched_cpumask *mask = side_of(mig->task);

	if (!mask)
		return BPF_SCHED_NO_OPINION;
	if (bpf_sched_restrict_cpus(mig, bpf_sched_mask(mask)))
		count(PLACED_BARRED);
	else
		count(bpf_sched_task_tag(mig->task) == owner_tag ? PLACED_IN : PLACED_OUT);
	return BPF_SCHED_NO_OPINION;	/* CFS's choice, among these */
}

SEC("sched/cfs_can_migrate_task")
int BPF_PROG(balance, struct task_struct *p, int src_cpu, int dst_cpu)
{
	struct bpf_sched_cpumask *mask = side_of(p);
	bool from, to;

	if (!mask)
		return BPF_SCHED_NO_OPINION;
	from = bpf_sched_cpumask_test_cpu(bpf_sched_mask(mask), src_cpu) == 1;
	to = bpf_sched_cpumask_test_cpu(bpf_sched_mask(mask), dst_cpu) == 1;
	if (from && !to) {
		count(BALANCE_DENIED);
		return BPF_SCHED_DENY;
	}
	if (!from && to) {
		count(BALANCE_ALLOWED);
		return BPF_SCHED_ALLOW;
	}
	return BPF_SCHED_NO_OPINION;
}
