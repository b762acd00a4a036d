// SPDX-License-Identifier: GPL-2.0-only
/*
 * wake_affine - which cache a tag's tasks wake up in
 *
 * Idea: a task that is woken from another CPU can be pulled to its waker, whose data
 * it is about to read, or stay where its own data is. CFS guesses, by load. The one
 * who tags knows. A tag has a wish, near or home:
 *
 *  - near: to the waker's last level cache. For the two ends of a pipe, a client and
 *    its server, an interrupt's thread and who waits for it;
 *  - home: stays in the cache in which it ran last. For workers with a large data set
 *    of their own, which somebody only kicks. If no CPU of that cache is idle and one
 *    of the waker's is, it goes there: cold data is better than none.
 *
 * Where the two share a cache nothing is at stake, and CFS decides. So it does which
 * CPU of the cache it is: idle ones first, as ever.
 *
 * Knobs: --near TAG and --home TAG, again and again.
 *
 * Measured, a task that is woken 300 times from another socket: CFS pulls it at once and
 * it stays in the waker's cache; with home it is found in its own all 300 times. near
 * does there what CFS does: what it adds has not been measured
 * (make test T='topo-asym samples/wake_affine').
 *
 * Bad at:
 *  - Machines with one cache: there is nothing to choose.
 *  - Who is not asked. CFS does not ask about one who wakes many (wake_wide), nor
 *    across NUMA nodes that are far apart (a distance of more than 30); a task stays
 *    at home then.
 *  - What happens later: the load balancer moves who runs.
 *  - Wrong wishes. "near" for many tasks of one waker crowds its cache.
 *
 * Production ready? With a measurement of your own before and after: yes. It cannot be
 * right for a machine, only for a pair of programs.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <tagsched.bpf.h>

#include "wake_affine.h"

char LICENSE[] SEC("license") = "GPL";

/* By tag: enum wake_wish. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_TAGS);
	__type(key, s64);
	__type(value, u32);
} wishes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, NR_WAKE_AFFINE_COUNTS);
	__type(key, u32);
	__type(value, u64);
} counts SEC(".maps");

static int answer(enum wake_affine_count why, int verdict)
{
	u32 key = why;
	u64 *count = bpf_map_lookup_elem(&counts, &key);

	if (count)
		(*count)++;
	return verdict;
}

/* Is there a CPU in the cache of @cpu that @p can have at once? */
static bool has_idle(struct task_struct *p, s32 cpu)
{
	const struct cpumask *llc = bpf_sched_llc_cpus(cpu);

	return llc && bpf_sched_pick_idle_cpu(p, llc, cpu) >= 0;
}

SEC("sched/cfs_wake_affine")
int BPF_PROG(wake, struct sched_affine_ctx *aff)
{
	s64 tag = bpf_sched_task_tag(aff->task);
	u32 *wish = bpf_map_lookup_elem(&wishes, &tag);

	if (!wish)
		return BPF_SCHED_NO_OPINION;
	if (bpf_sched_cpus_share_cache(aff->prev_cpu, aff->curr_cpu) == 1)
		return answer(SAME_CACHE, BPF_SCHED_NO_OPINION);
	if (*wish == WISH_NEAR)
		return answer(NEAR_PULLED, BPF_SCHED_THIS_CPU);
	if (!has_idle(aff->task, aff->prev_cpu) && has_idle(aff->task, aff->curr_cpu))
		return answer(HOME_FULL, BPF_SCHED_THIS_CPU);
	return answer(HOME_STAYED, BPF_SCHED_PREV_CPU);
}
