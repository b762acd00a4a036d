/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What scheduler hooks keep in a runqueue of the fair class: included by
 * kernel/sched/sched.h.
 */
#ifndef _KERNEL_SCHED_BPF_RQ_H
#define _KERNEL_SCHED_BPF_RQ_H

/**
 * struct bpf_sched_cfs_rq - one level of a CPU's fair runqueue
 * @own:	queued entities with a tag of their own, by tag, then vruntime
 * @inherited:	those that have the tag of the level's group, by vruntime
 * @passed:	since when @own or @inherited has been preferred to the entity
 *		that has waited longest: rq_clock_task(), 0 if it has not
 * @turn:	that entity while it has its turn for having been passed over;
 *		only compared, never followed
 * @turn_start:	its sum_exec_runtime when the turn began
 * @watched:	the entity that is watched, leftmost when that began; only compared
 * @watched_exec: its sum_exec_runtime then
 * @watched_ticks: bpf_sched_rq.ticks when it began to wait
 * @watched_jiffies: the same in jiffies
 *
 * Protected by the lock of the runqueue.
 */
struct bpf_sched_cfs_rq {
	struct rb_root_cached	own;
	struct rb_root_cached	inherited;

	u64			passed;
	struct sched_entity	*turn;
	u64			turn_start;

	struct sched_entity	*watched;
	u64			watched_exec;
	u64			watched_ticks;
	unsigned long		watched_jiffies;
};

/**
 * struct bpf_sched_rq - a CPU's clock of the fair class
 * @ticks: ticks that found a fair task running while programs were attached
 */
struct bpf_sched_rq {
	u64			ticks;
};

#endif /* _KERNEL_SCHED_BPF_RQ_H */
