// SPDX-License-Identifier: GPL-2.0-only
/*
 * Gives the verdict it is told, checks the arguments that come with it, and
 * counts what the scheduler then does: how often two hogs take turns, and
 * whether a task that wakes makes the one that runs go.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <tagsched.bpf.h>

char LICENSE[] SEC("license") = "GPL";

#define PF_KTHREAD		0x00200000
#define TIF_NEED_RESCHED	(1 << 3)

extern const struct rq runqueues __ksym;

/* Who is watched: the one that runs, and its rival or the one that wakes. */
__s32 runner;
__s32 other;
__s32 verdict = -1;

/* ticks */
__u64 ticks;		/* of a watched task that has company */
__u64 turns;		/* one watched task made way for the other, still runnable */

/* wakeups */
__u64 wakeups;		/* of other, while runner runs and is to go on */
__u64 preempted;	/* ... that told runner to make way */
__u64 ran_next;	/* ... after which other was the next to run */
__u64 from_afar;		/* ... decided on another CPU than theirs */
__u64 buddies;		/* cfs_wakeup_preempt_entity about other as a buddy */
bool deciding;
bool told;

/* arguments that are not what they should be */
__u64 strangers;
__u64 bad_delta;
__u64 bad_curr;
__u64 bad_tag;
__s64 tag;

static __always_inline int give_verdict(void)
{
	if (verdict == BPF_SCHED_KEEP)
		return BPF_SCHED_KEEP;
	if (verdict == BPF_SCHED_PREEMPT)
		return BPF_SCHED_PREEMPT;
	return BPF_SCHED_NO_OPINION;
}

static __always_inline bool watched(__s32 pid)
{
	return pid == runner || pid == other;
}

static __always_inline void count_tick(struct sched_entity *curr, unsigned long delta_exec)
{
	struct task_struct *task = bpf_sched_entity_task(curr);

	if (!task || !watched(task->pid)) {
		__sync_fetch_and_add(&strangers, 1);
		return;
	}
	__sync_fetch_and_add(&ticks, 1);
	if (delta_exec != curr->sum_exec_runtime - curr->prev_sum_exec_runtime)
		__sync_fetch_and_add(&bad_delta, 1);
	if (task->thread_info.cpu != bpf_get_smp_processor_id() || !task->on_cpu)
		__sync_fetch_and_add(&bad_curr, 1);
	if (bpf_sched_entity_tag(curr) != tag || bpf_sched_task_tag(task) != tag)
		__sync_fetch_and_add(&bad_tag, 1);
}

SEC("sched/cfs_check_preempt_tick")
int BPF_PROG(tick, struct sched_entity *curr, unsigned long delta_exec)
{
	count_tick(curr, delta_exec);
	return give_verdict();
}

static __always_inline bool making_way(const struct task_struct *p)
{
	return p->thread_info.flags & TIF_NEED_RESCHED;
}

static __always_inline void count_wakeup(struct task_struct *curr, struct task_struct *p)
{
	__u32 cpu = bpf_get_smp_processor_id();

	if (p->pid != other)
		return;
	/* A kernel thread may run for a moment; that wakeup is not our subject. */
	if (curr->pid != runner && !(curr->flags & PF_KTHREAD))
		__sync_fetch_and_add(&strangers, 1);
	if (curr->thread_info.cpu != p->thread_info.cpu || !curr->on_cpu)
		__sync_fetch_and_add(&bad_curr, 1);
	if (bpf_sched_task_tag(p) != tag || (curr->pid == runner && bpf_sched_task_tag(curr) != tag))
		__sync_fetch_and_add(&bad_tag, 1);
	if (curr->pid != runner || making_way(curr))
		return;
	if (cpu != p->thread_info.cpu)
		__sync_fetch_and_add(&from_afar, 1);
	__sync_fetch_and_add(&wakeups, 1);
	deciding = true;
}

SEC("sched/cfs_check_preempt_wakeup")
int BPF_PROG(wakeup, struct task_struct *curr, struct task_struct *p)
{
	count_wakeup(curr, p);
	return give_verdict();
}

SEC("sched/cfs_check_preempt_wakeup")
int BPF_PROG(wakeup_watch, struct task_struct *curr, struct task_struct *p)
{
	count_wakeup(curr, p);
	return BPF_SCHED_NO_OPINION;
}

SEC("sched/cfs_wakeup_preempt_entity")
int BPF_PROG(entity, struct sched_entity *curr, struct sched_entity *se)
{
	struct task_struct *a = bpf_sched_entity_task(curr);

	if (a && a->pid == other)
		__sync_fetch_and_add(&buddies, 1);
	if (bpf_sched_entity_tag(curr) != tag && bpf_sched_entity_tag(se) != tag)
		__sync_fetch_and_add(&strangers, 1);
	return give_verdict();
}

SEC("tp_btf/sched_switch")
int BPF_PROG(on_switch, bool preempt, struct task_struct *prev, struct task_struct *next,
	     unsigned int prev_state)
{
	__s32 from = prev->pid, to = next->pid;

	if (!prev_state && from != to && watched(from) && watched(to))
		__sync_fetch_and_add(&turns, 1);
	if (told && from == runner) {
		told = false;
		if (to == other)
			__sync_fetch_and_add(&ran_next, 1);
	}
	return 0;
}

/* The runqueue is still locked after check_preempt_curr(): nobody else has told it. */
SEC("tp_btf/sched_wakeup")
int BPF_PROG(on_wakeup, struct task_struct *p)
{
	const struct rq *rq;

	if (p->pid != other || !deciding)
		return 0;
	deciding = false;
	rq = bpf_per_cpu_ptr(&runqueues, p->thread_info.cpu);
	if (rq && making_way(rq->curr)) {
		told = true;
		__sync_fetch_and_add(&preempted, 1);
	}
	return 0;
}
