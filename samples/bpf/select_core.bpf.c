// SPDX-License-Identifier: GPL-2.0-only
/*
 * select_core - a tag's tasks wake up on the CPUs that the tag prefers
 *
 * Idea: a map from tags to CPU lists. When CFS looks for a CPU for a task, at a
 * wakeup, a fork or an exec, and the task's tag is in the map:
 *
 *  1. an idle CPU of the list: where it ran last, else one that shares a cache
 *     with that, else any;
 *  2. else the CPU of the list with the fewest runnable tasks; of equals, the
 *     one where it ran last, then the one with the lowest load;
 *  3. if all of the list are full, i.e. have --full or more runnable tasks, or
 *     if the task may not run on any of the list: no opinion. CFS then chooses
 *     among the CPUs that the task is allowed, as without this policy.
 *
 * Unlike a cpuset this is a preference: it leaves affinity masks alone, gives
 * way under load, and goes without a trace. It never leads a task to a CPU
 * that its affinity or cpuset forbids.
 *
 * Knobs: --map, once a tag, and --full.
 *
 * Bad at:
 *  - Fencing. It answers where tasks wake, not where they are later moved: the
 *    load balancer still pulls running tasks to idle CPUs. One that sleeps comes
 *    back at its next wakeup, one that never sleeps does not.
 *  - Keeping others out. Untagged tasks and other tags use the CPUs as before.
 *  - Long lists. It compares the first 256 CPUs of a list.
 *  - Bursts. Two wakeups at once may find the same CPU idle.
 *
 * Production ready? As a preference on a machine up to a few hundred CPUs: yes.
 * As isolation: no, use cpusets.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include <tagsched.bpf.h>

#include "select_core.h"

char LICENSE[] SEC("license") = "GPL";

const volatile int full_at;		/* runnable tasks on a CPU */

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SELECT_MAX_TAGS);
	__type(key, s64);
	__type(value, struct bpf_sched_cpumask);
} preferred SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, SELECT_MAX_TAGS);
	__type(key, s64);
	__type(value, struct select_counts);
} counts SEC(".maps");

struct choice {
	int cpu;			/* negative: no CPU is usable */
	int nr;				/* runnable tasks there */
	s64 load;
};

/* Runnable tasks on @cpu, the task to be placed not counted. */
static int others_on(struct sched_migrate_ctx *mig, int cpu)
{
	int nr = bpf_sched_cpu_nr_running(cpu);

	/* At exec it runs, on the CPU that it may leave. */
	if ((mig->wake_flags & WF_EXEC) && cpu == mig->prev_cpu && nr > 0)
		nr--;
	return nr;
}

static void least_loaded(struct sched_migrate_ctx *mig, const struct cpumask *cpus,
			 const struct cpumask *allowed, const struct cpumask *active,
			 struct choice *best)
{
	int prev = mig->prev_cpu;
	int i, cpu = -1;

	best->cpu = -1;
	for (i = 0; i < SELECT_MAX_SCAN; i++) {
		s64 load;
		int nr;

		cpu = bpf_sched_cpumask_next_and(cpus, allowed, cpu);
		if (cpu < 0)
			break;
		if (bpf_sched_cpumask_test_cpu(active, cpu) != 1)
			continue;

		nr = others_on(mig, cpu);
		load = bpf_sched_cpu_load(cpu);
		if (best->cpu < 0 || nr < best->nr ||
		    (nr == best->nr && best->cpu != prev && (cpu == prev || load < best->load))) {
			best->cpu = cpu;
			best->nr = nr;
			best->load = load;
		}
	}
}

SEC("sched/cfs_select_rq")
int BPF_PROG(select_core, struct sched_migrate_ctx *mig)
{
	const struct cpumask *allowed, *active, *cpus;
	struct bpf_sched_cpumask *mask;
	struct select_counts *count;
	struct choice best;
	int prev, cpu;
	s64 tag;

	tag = bpf_sched_task_tag(mig->task);
	mask = bpf_map_lookup_elem(&preferred, &tag);
	count = bpf_map_lookup_elem(&counts, &tag);
	allowed = bpf_sched_task_cpus(mig->task);
	active = bpf_sched_active_cpus();
	if (!mask || !count || !allowed || !active)
		return BPF_SCHED_NO_OPINION;
	cpus = bpf_sched_mask(mask);
	prev = mig->prev_cpu;

	if ((mig->wake_flags & WF_EXEC) && others_on(mig, prev) == 0 &&
	    bpf_sched_cpumask_test_cpu(cpus, prev) == 1 &&
	    bpf_sched_cpumask_test_cpu(allowed, prev) == 1 &&
	    bpf_sched_cpumask_test_cpu(active, prev) == 1) {
		count->stayed++;
		return prev;
	}

	cpu = bpf_sched_pick_idle_cpu(mig->task, cpus, prev);
	if (cpu >= 0) {
		count->idle++;
		return cpu;
	}

	least_loaded(mig, cpus, allowed, active, &best);
	if (best.cpu < 0) {
		count->barred++;
		return BPF_SCHED_NO_OPINION;
	}
	if (best.nr >= full_at) {
		count->full++;
		return BPF_SCHED_NO_OPINION;
	}
	count->busy++;
	return best.cpu;
}
