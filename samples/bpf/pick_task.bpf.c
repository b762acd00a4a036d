// SPDX-License-Identifier: GPL-2.0-only
/*
 * pick_task - of those that wait on a CPU, the highest tag runs
 *
 * Idea: a tag is a rank. Whenever CFS has chosen who runs next, and one with a
 * higher tag waits on the same level, that one runs instead: of two tasks in a
 * group, the higher; of two groups, the one with the higher tag of its own, then
 * inside it the same again. Tag 0, what is not tagged, is a rank like others, and
 * a negative tag is below it. Who has the same tag shares as CFS would have it.
 *
 * And a task that wakes up takes the CPU from one with a lower tag at once. At a
 * tick nothing is asked: who runs while somebody higher waits was either there
 * first for less than a slice of CFS, or it is its turn.
 *
 * Nobody starves. Who has been passed over for kernel.sched_bpf_lag_ms, 50 by
 * default, gets a turn whatever the program says: the kernel sees to that. With
 * --lag the program itself lets somebody lower go first who is behind in virtual
 * time by that much, so that a bound of each policy's own can be below the kernel's.
 *
 * Knobs: --tag, again and again: the tags that rank (without one: every tag there
 * is); --lag.
 *
 * Measured, three hogs with tags 1, 2 and 3 on a CPU: the highest gets 92 to 95 % of it,
 * the others 2 to 5 % each, and all a third without (make test T='icount samples/pick_task').
 *
 * Bad at:
 *  - Shares. It is an order, and what is left for the lower is what the kernel's
 *    bound gives: some percent of a CPU that somebody higher wants all the time.
 *  - Several CPUs. It orders each CPU's queue by itself. A low task runs on one CPU
 *    while two high ones share another until the load balancer finds that.
 *  - Locks. A high task that waits for a lock of a low one waits for its turn.
 *
 * Production ready? Where SCHED_FIFO is used for its order and feared for its lack
 * of a bound: yes. For "a bit more for this": no, that is what cpu.weight is for.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <tagsched.bpf.h>

#include "pick_task.h"

char LICENSE[] SEC("license") = "GPL";

/* 0: the kernel's bound only. */
volatile __u64 lag_ns;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, NR_PICK_TASK_COUNTS);
	__type(key, u32);
	__type(value, u64);
} counts SEC(".maps");

static int answer(enum pick_task_count why, int verdict)
{
	u32 key = why;
	u64 *count = bpf_map_lookup_elem(&counts, &key);

	if (count)
		(*count)++;
	return verdict;
}

/* @tagged has the higher tag: the kernel asks only then. */
SEC("sched/cfs_tag_pick_next_entity")
int BPF_PROG(pick, struct sched_entity *stock, struct sched_entity *tagged)
{
	s64 ahead = (s64)(tagged->vruntime - stock->vruntime);

	if (lag_ns && ahead > (s64)lag_ns)
		return answer(PICK_LAGGED, BPF_SCHED_PICK_STOCK);
	return answer(PICK_HIGHER, BPF_SCHED_PICK_TAGGED);
}

/* @p was woken or created on the CPU that runs @curr. */
SEC("sched/cfs_check_preempt_wakeup")
int BPF_PROG(wakeup, struct task_struct *curr, struct task_struct *p)
{
	s64 runs = bpf_sched_task_tag(curr), woken = bpf_sched_task_tag(p);

	if (woken > runs)
		return answer(WAKEUP_HIGHER, BPF_SCHED_PREEMPT);
	if (woken < runs)
		return answer(WAKEUP_LOWER, BPF_SCHED_KEEP);
	return BPF_SCHED_NO_OPINION;
}
