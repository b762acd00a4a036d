// SPDX-License-Identifier: GPL-2.0-only
/*
 * preempt - tasks of one tag go before tasks of another
 *
 * Idea: there are two sides, online and offline, each a tag. Whenever CFS asks
 * who of the two should run, online should:
 *
 *  - at a wakeup: online takes the CPU from offline at once, whatever their
 *    vruntimes; offline never takes it from online;
 *  - at a tick: an offline entity that runs while an online one waits makes
 *    way; an online one stays although its fair share is used up;
 *  - when CFS weighs two entities, as it does for its "next" buddies: the
 *    buddy that a preemption named is not lost to a smaller vruntime.
 *
 * Online tasks share among themselves as CFS would have them, but in turns of a
 * minimal slice: within it no other online task takes the CPU. Short requests
 * are then served in the order they came, instead of all being late together.
 *
 * Everything else (another tag, no tag, one side against a third) is left to CFS.
 *
 * Entities that CFS compares are siblings: two tasks of one group, or two
 * groups. Tags on groups are the natural use: the whole group is one entity, and
 * naming one of its tasks as next names the group at each level above.
 *
 * Knobs: --slice, and --max-wait, with which an offline entity that has not run
 * on its CPU for so long gets to run until the next tick or online wakeup.
 *
 * Bad at:
 *  - Fairness, on purpose. Without --max-wait, online tasks that never sleep
 *    starve offline ones on the same CPU for ever, locks they hold included.
 *  - Debts. CFS remembers that offline got less than its share. When the policy
 *    is detached, offline runs until it is paid back. A high cpu.weight for
 *    online beside the policy keeps the debt small.
 *  - Gaps. CFS asks at wakeups and ticks, not each time it picks. When a third
 *    party (a kernel thread, a real-time task) that took the CPU from online goes
 *    to sleep, or an online task calls sched_yield(), CFS may pick offline by
 *    vruntime; the next tick puts that right, 1 ms later with HZ=1000.
 *  - Third parties that do not sleep. A tick sees, and names, the leftmost
 *    waiting entity only. A task of neither side that keeps the same CPU busy
 *    starves behind online while offline waits; and while it is the leftmost,
 *    online that lost the CPU to it waits behind offline until an online task
 *    wakes up. Tag it, keep it off these CPUs, or set --max-wait.
 *  - Flat use, for the same reason: online among several offline tasks of one
 *    group, or beside several offline groups, may wait until it is the leftmost.
 *    Put each side into one group, with subgroups as you like.
 *  - Several CPUs. Who waits on this CPU while offline runs on another is the
 *    load balancer's business; see select_core.
 *
 * Production ready? For a machine where online leaves some CPU time and offline
 * can wait, and somebody watches the starvation: yes, that is what it is for.
 * As a general answer to priorities: no, SCHED_IDLE and cpu.weight come first.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include <tagsched.bpf.h>

#include "preempt.h"

char LICENSE[] SEC("license") = "GPL";

const volatile __s64 online_tag;
const volatile __s64 offline_tag;
const volatile __u64 slice_ns;
const volatile __u64 max_wait_ns;		/* 0: no bound */

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, NR_PREEMPT_COUNTS);
	__type(key, u32);
	__type(value, u64);
} counts SEC(".maps");

enum side { OTHER, ONLINE, OFFLINE };

static enum side side_of(s64 tag)
{
	if (tag == online_tag)
		return ONLINE;
	if (tag == offline_tag)
		return OFFLINE;
	return OTHER;
}

static int answer(enum preempt_count why, int verdict)
{
	u32 key = why;
	u64 *count = bpf_map_lookup_elem(&counts, &key);

	if (count)
		(*count)++;
	return verdict;
}

/*
 * Has @offline, which waits, not run for --max-wait? exec_start is when an
 * entity's time was last accounted, on the clock of its runqueue, and @online's
 * was just now. 0 is an entity that never ran here: it has waited long enough.
 */
static bool waited_too_long(struct sched_entity *offline, struct sched_entity *online)
{
	return max_wait_ns && (s64)(online->exec_start - offline->exec_start) > (s64)max_wait_ns;
}

/* @p was woken or created on the CPU that runs @curr. */
SEC("sched/cfs_check_preempt_wakeup")
int BPF_PROG(wakeup, struct task_struct *curr, struct task_struct *p)
{
	enum side runs = side_of(bpf_sched_task_tag(curr));
	enum side woken = side_of(bpf_sched_task_tag(p));
	u64 ran;

	if (runs == OFFLINE && woken == ONLINE)
		return answer(WAKEUP_PREEMPT, BPF_SCHED_PREEMPT);
	if (runs == ONLINE && woken == OFFLINE)
		return answer(WAKEUP_KEEP, BPF_SCHED_KEEP);
	if (runs != ONLINE || woken != ONLINE)
		return BPF_SCHED_NO_OPINION;

	/* Up to a tick old if the two are in different groups: good enough. */
	ran = curr->se.sum_exec_runtime - curr->se.prev_sum_exec_runtime;
	if (ran < slice_ns)
		return answer(WAKEUP_SLICE, BPF_SCHED_KEEP);
	return BPF_SCHED_NO_OPINION;
}

/*
 * @curr has run for @ran ns since it was picked. Asked at each level, from the
 * running task's entity up to its topmost group's.
 */
SEC("sched/cfs_check_preempt_tick")
int BPF_PROG(tick, struct sched_entity *curr, unsigned long ran)
{
	struct sched_entity *first = bpf_sched_entity_leftmost(curr);
	enum side runs, waits;

	if (!first)
		return BPF_SCHED_NO_OPINION;
	runs = side_of(bpf_sched_entity_tag(curr));
	waits = side_of(bpf_sched_entity_tag(first));

	if (runs == OFFLINE && waits == ONLINE)
		return answer(TICK_PREEMPT, BPF_SCHED_PREEMPT);
	if (runs == ONLINE && waits == OFFLINE) {
		if (waited_too_long(first, curr))
			return answer(TICK_MAX_WAIT, BPF_SCHED_PREEMPT);
		return answer(TICK_KEEP, BPF_SCHED_KEEP);
	}
	if (runs != ONLINE || waits != ONLINE)
		return BPF_SCHED_NO_OPINION;

	/*
	 * Online tasks among themselves. Not left to CFS: it would only ask for
	 * a new choice, and that choice begins at the top, where an offline
	 * group may have the smaller vruntime. PREEMPT names who is next.
	 */
	if (ran < slice_ns || (s64)(first->vruntime - curr->vruntime) >= 0)
		return answer(TICK_SLICE, BPF_SCHED_KEEP);
	return answer(TICK_SHARE, BPF_SCHED_PREEMPT);
}

/*
 * Should @se go before @curr? When the next entity is picked, @curr is a buddy
 * (woken, or the group of who just went to sleep) and @se the leftmost.
 */
SEC("sched/cfs_wakeup_preempt_entity")
int BPF_PROG(weigh, struct sched_entity *curr, struct sched_entity *se)
{
	enum side a = side_of(bpf_sched_entity_tag(curr));
	enum side b = side_of(bpf_sched_entity_tag(se));

	if (a == ONLINE && b == OFFLINE)
		return answer(PICK_KEEP, BPF_SCHED_KEEP);
	if (a == OFFLINE && b == ONLINE) {
		if (waited_too_long(curr, se))
			return BPF_SCHED_KEEP;	/* the tick named it */
		return answer(PICK_PREEMPT, BPF_SCHED_PREEMPT);
	}
	return BPF_SCHED_NO_OPINION;
}
