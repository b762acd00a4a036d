/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What scheduler hooks keep in a task and in an entity: included by
 * linux/sched.h. See linux/bpf_sched.h.
 */
#ifndef _LINUX_BPF_SCHED_TYPES_H
#define _LINUX_BPF_SCHED_TYPES_H

#include <linux/rbtree_types.h>
#include <linux/types.h>

/* Hooks whose answers a task keeps, see bpf_sched_note(). */
#define BPF_SCHED_NR_NOTES	8

/**
 * struct bpf_sched_note - the last decision that programs took about a task
 * @when:	local_clock() of the CPU, in ns; 0: there was none
 * @link_id:	the link whose program decided
 * @generation:	of the table of programs that was asked
 * @in:		what the hook was about: see bpf_sched_show_task()
 * @answer:	what the program said
 * @cpu:	where it was asked
 */
struct bpf_sched_note {
	u64	when;
	u32	link_id;
	u32	generation;
	s64	in[2];
	s32	answer;
	s32	cpu;
};

/**
 * struct bpf_sched_task - what a task keeps of decisions about it
 * @decisions:	how many there were
 * @notes:	the last of each hook
 *
 * Written with the task's pi_lock or the lock of its runqueue held.
 */
struct bpf_sched_task {
	u64			decisions;
	struct bpf_sched_note	notes[BPF_SCHED_NR_NOTES];
};

enum bpf_sched_order {
	BPF_SCHED_ORDER_NONE,		/* not in order of tags */
	BPF_SCHED_ORDER_OWN,		/* among those with a tag of their own */
	BPF_SCHED_ORDER_INHERITED,	/* among those with their group's */
};

/**
 * struct bpf_sched_entity - the place of a queued entity in the order of tags
 * @node:	in one of the trees of struct bpf_sched_cfs_rq
 * @tag:	the tag by which it was put there
 * @order:	in which tree
 *
 * Protected by the lock of the runqueue.
 */
struct bpf_sched_entity {
	struct rb_node		node;
	s64			tag;
	enum bpf_sched_order	order;
};

#endif /* _LINUX_BPF_SCHED_TYPES_H */
