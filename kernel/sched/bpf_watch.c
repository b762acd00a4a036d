// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does a runnable task wait for too long while programs decide who runs?
 *
 * CFS chooses the leftmost entity of a level sooner or later, whatever their
 * number. If the same one stays leftmost and does not run while the fair class
 * has the CPU and runs who is behind it, it is being passed over. That is a few
 * comparisons a level, now and then in the tick, and nothing at each wakeup.
 * Others that come to be left of it do not end the wait of one that is watched.
 *
 * Time is counted in ticks that found a fair task running: what other classes
 * take, and what the machine's host takes, does not count. Nor does the time
 * for which CFS itself lets an entity of little weight wait: a tick of its own
 * has to be made good by the others, times the ratio of their weights.
 */
#include <linux/sched/cputime.h>

#include "sched.h"
#include "bpf_hooks.h"

/* In ticks. */
#define WATCH_PERIOD	max(HZ / 8, 1)
/* So many entities may come between the leftmost one and the one that is watched. */
#define WATCH_DEPTH	32

static bool throttled(const struct cfs_rq *cfs_rq)
{
#ifdef CONFIG_CFS_BANDWIDTH
	return cfs_rq->throttle_count;
#else
	return false;
#endif
}

static u64 ticks_to_ms(u64 ticks)
{
	return div_u64(ticks * TICK_NSEC, NSEC_PER_MSEC);
}

/* Does who runs come after @se, or after the group that it is in? */
static bool passed_over(struct sched_entity *se)
{
	while (se && !cfs_rq_of(se)->curr)
		se = se->parent;
	return se && (s64)(se->vruntime - cfs_rq_of(se)->curr->vruntime) < 0;
}

/* The entity of the last look, if it waits and has not run since. It may have gone. */
static struct sched_entity *watched(struct cfs_rq *cfs_rq)
{
	struct rb_node *node = rb_first_cached(&cfs_rq->tasks_timeline);
	int i;

	for (i = 0; node && i < WATCH_DEPTH; i++, node = rb_next(node)) {
		struct sched_entity *se = rb_entry(node, struct sched_entity, run_node);

		if (se == cfs_rq->bpf.watched)
			return se->sum_exec_runtime == cfs_rq->bpf.watched_exec ? se : NULL;
	}
	return NULL;
}

/* The entity that is watched, if it goes on waiting; otherwise the leftmost one is now. */
static struct sched_entity *still_waiting(struct rq *rq, struct cfs_rq *cfs_rq)
{
	struct bpf_sched_cfs_rq *bpf = &cfs_rq->bpf;
	struct sched_entity *se = throttled(cfs_rq) ? NULL : watched(cfs_rq);

	if (se) {
		if (passed_over(se))
			return se;
		/* It is not its turn: this look does not count. */
		bpf->watched_ticks += WATCH_PERIOD;
		return NULL;
	}

	se = __pick_first_entity(cfs_rq);
	bpf->watched = se;
	bpf->watched_exec = se ? se->sum_exec_runtime : 0;
	bpf->watched_ticks = rq->bpf.ticks;
	bpf->watched_jiffies = jiffies;
	return NULL;
}

static void describe(struct bpf_sched_stall *stall, struct rq *rq, struct sched_entity *se)
{
	const struct cfs_rq *cfs_rq = cfs_rq_of(se);

	*stall = (struct bpf_sched_stall) {
		.cpu		= cpu_of(rq),
		.since		= cfs_rq->bpf.watched_jiffies,
		.ms		= ticks_to_ms(rq->bpf.ticks - cfs_rq->bpf.watched_ticks),
		.tag		= sched_entity_tag(se),
		.curr_tag	= __sched_task_tag(rq->curr),
	};
	if (entity_is_task(se)) {
		struct task_struct *p = container_of(se, struct task_struct, se);

		stall->pid = p->pid;
		memcpy(stall->comm, p->comm, sizeof(stall->comm));
	}
}

static void watch_level(struct rq *rq, struct cfs_rq *cfs_rq, unsigned int timeout_ms)
{
	struct sched_entity *se = still_waiting(rq, cfs_rq);
	struct bpf_sched_stall stall;

	if (!se || ticks_to_ms(rq->bpf.ticks - cfs_rq->bpf.watched_ticks) < timeout_ms)
		return;

	describe(&stall, rq, se);
	if (bpf_sched_eject_stalled(&stall))
		resched_curr(rq);
	/* If it was nobody's fault, look again after as long. */
	cfs_rq->bpf.watched = NULL;
}

/* In the tick of a fair task, the runqueue is locked. */
void __bpf_sched_tick(struct rq *rq)
{
	unsigned int timeout_ms = READ_ONCE(sysctl_sched_bpf_timeout_ms);
	struct cfs_rq *cfs_rq;

	if (++rq->bpf.ticks % WATCH_PERIOD || !timeout_ms)
		return;

	list_for_each_entry(cfs_rq, &rq->leaf_cfs_rq_list, leaf_cfs_rq_list)
		watch_level(rq, cfs_rq, timeout_ms);
}
