// SPDX-License-Identifier: GPL-2.0-only
/*
 * slice - how long a turn of a tag's tasks is
 *
 * Idea: CFS gives all tasks of a CPU one minimal granularity and computes slices
 * from weights: what suits a server that answers within a millisecond makes batch
 * work change caches a thousand times a second. Here a tag has a slice of its own:
 *
 *  - at a tick, a task (or a group with a tag) that has run for less stays, although
 *    its fair share is used up; one that has run for so long makes way for somebody
 *    who waits and is not ahead of it in vruntime;
 *  - at a wakeup, with --whole, who has not run for its slice is not preempted: a
 *    batch that wants its turns whole. Without it a wakeup preempts as in CFS.
 *
 * Shares stay CFS's: a longer turn is paid back by a longer wait. What changes is how
 * often one task takes the place of another.
 *
 * Knobs: --slice TAG=MS, again for more tags; --whole.
 *
 * Measured, two hogs on a CPU: either loses it to the other 126 times a second as CFS
 * has it, 25 times with --slice TAG=20 and 8 to 12 times with 60; their shares stay within
 * 1.2 % of a half (make test T='icount samples/slice').
 *
 * Bad at:
 *  - Latency of others. With --whole, whoever wakes up beside a tag with 20 ms waits
 *    for 20 ms. That is what it is for; keep services off these CPUs.
 *  - Slices below a tick: what is to be over within one is over at the next, 1 ms
 *    later with HZ=1000.
 *  - Slices of groups inside of groups: the slice of a group's turn is counted at its
 *    level, and the tasks inside have turns of their own. Tag one of the two levels.
 *
 * Production ready? For batch work on CPUs of its own: yes. A long slice with --whole
 * beside interactive tasks: no.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <tagsched.bpf.h>

#include "slice.h"

char LICENSE[] SEC("license") = "GPL";

volatile bool whole;

/* Nanoseconds, by tag. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, s64);
	__type(value, u64);
} slices SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, NR_SLICE_COUNTS);
	__type(key, u32);
	__type(value, u64);
} counts SEC(".maps");

static int answer(enum slice_count why, int verdict)
{
	u32 key = why;
	u64 *count = bpf_map_lookup_elem(&counts, &key);

	if (count)
		(*count)++;
	return verdict;
}

static u64 slice_of(s64 tag)
{
	u64 *slice = bpf_map_lookup_elem(&slices, &tag);

	return slice ? *slice : 0;
}

/* @curr has run for @ran ns since it was picked; somebody waits on its level. */
SEC("sched/cfs_check_preempt_tick")
int BPF_PROG(tick, struct sched_entity *curr, unsigned long ran)
{
	struct sched_entity *first = bpf_sched_entity_leftmost(curr);
	u64 slice = slice_of(bpf_sched_entity_tag(curr));

	if (!slice || !first)
		return BPF_SCHED_NO_OPINION;
	/* Who has waited longest is ahead: it is owed nothing. */
	if (ran < slice || (s64)(first->vruntime - curr->vruntime) > 0)
		return answer(TICK_WITHIN, BPF_SCHED_KEEP);
	return answer(TICK_OVER, BPF_SCHED_PREEMPT);
}

/* @p was woken or created on the CPU that runs @curr. */
SEC("sched/cfs_check_preempt_wakeup")
int BPF_PROG(wakeup, struct task_struct *curr, struct task_struct *p)
{
	u64 slice = slice_of(bpf_sched_task_tag(curr));

	if (!whole || !slice)
		return BPF_SCHED_NO_OPINION;
	/* Up to a tick old if the two are in different groups: good enough. */
	if (curr->se.sum_exec_runtime - curr->se.prev_sum_exec_runtime >= slice)
		return BPF_SCHED_NO_OPINION;
	return answer(WAKEUP_WITHIN, BPF_SCHED_KEEP);
}
