// SPDX-License-Identifier: GPL-2.0-only
/*
 * trace_tags - who ran where, by tag
 *
 * Idea: decide nothing and count. Each time that a task comes into the queue of a
 * CPU the time is noted, and how long it has run in its life; when it leaves, what
 * has been added to both belongs to its tag on that CPU. Ran is what the tag got of
 * the CPU, runnable less ran is how long its tasks waited for it. What else looks at
 * sched_switch, and guesses, is told here: of all tasks of CFS, and of no others.
 *
 * A stay counts for the tag with which it began. A change of tags is counted too:
 * many of them, and the rest of the table means less.
 *
 * Knobs: --tag, again and again: of which tags (without one: of all, 0 included).
 *
 * Measured, a task of 200 rounds on one CPU: it is said to have run 3037 ms, of 3228 that
 * the kernel knows (make test T='normal-v2 samples/trace_tags').
 *
 * Bad at:
 *  - Stays that have not ended. Who never leaves its queue, a task that computes and
 *    is alone on its CPU, is seen when the load balancer moves it, or it sleeps.
 *  - Precision. The time that a task has run is as old as the last tick, so a stay
 *    can be off by one; over many stays that evens out.
 *  - Other classes: real-time tasks and delegated ones are not CFS's.
 *  - More than 16384 threads in queues at once, or 8192 pairs of tag and CPU: what
 *    does not fit is counted as lost, and said.
 *
 * Production ready? Yes, it changes nothing; it costs two map operations each time
 * that a task is queued or leaves.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <tagsched.bpf.h>

#include "trace_tags.h"

char LICENSE[] SEC("license") = "GPL";

#define ENQUEUE_WAKEUP	0x01	/* a macro in the kernel */

/* struct stay - a thread in a queue */
struct stay {
	u64 since_ns;
	u64 ran_ns;		/* in its life, when it came */
	s64 tag;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_STAYS);
	__type(key, pid_t);
	__type(value, struct stay);
} stays SEC(".maps");

/* An element is of one CPU: whoever changes it has the lock of that runqueue. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_PLACES);
	__type(key, struct place);
	__type(value, struct visits);
} places SEC(".maps");

__u64 lost;		/* stays that did not fit */
__u64 changes;		/* of tags */

static struct visits *visits_of(s64 tag, int cpu)
{
	struct place place = { .tag = tag, .cpu = cpu };
	const struct visits none = {};
	struct visits *v = bpf_map_lookup_elem(&places, &place);

	if (v)
		return v;
	bpf_map_update_elem(&places, &place, &none, BPF_NOEXIST);
	return bpf_map_lookup_elem(&places, &place);
}

SEC("sched/cfs_enqueue_task")
int BPF_PROG(enqueue, struct task_struct *p, int cpu, int flags)
{
	struct stay stay = {
		.since_ns = bpf_ktime_get_ns(),
		.ran_ns = p->se.sum_exec_runtime,
		.tag = bpf_sched_task_tag(p),
	};
	struct visits *v = visits_of(stay.tag, cpu);
	pid_t pid = p->pid;

	if (!v || bpf_map_update_elem(&stays, &pid, &stay, BPF_ANY)) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	v->queued++;
	v->woken += flags & ENQUEUE_WAKEUP;
	return 0;
}

SEC("sched/cfs_dequeue_task")
int BPF_PROG(dequeue, struct task_struct *p, int cpu, int flags)
{
	pid_t pid = p->pid;
	struct stay *stay = bpf_map_lookup_elem(&stays, &pid);
	struct visits *v;

	if (!stay)
		return 0;
	v = visits_of(stay->tag, cpu);
	if (v) {
		v->runnable_ns += bpf_ktime_get_ns() - stay->since_ns;
		v->ran_ns += p->se.sum_exec_runtime - stay->ran_ns;
	}
	bpf_map_delete_elem(&stays, &pid);
	return 0;
}

SEC("sched/tag_changed")
int BPF_PROG(changed, struct task_group *tg, int pid, s64 old_tag, s64 new_tag)
{
	__sync_fetch_and_add(&changes, 1);
	return 0;
}
