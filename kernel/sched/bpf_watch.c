// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does a runnable task wait for too long while programs decide who runs?
 *
 * CFS chooses the leftmost entity of a level sooner or later, whatever their
 * number. If the same one stays leftmost and does not run while the fair class
 * has the CPU and runs who is behind it, it is being passed over. That is a
 * comparison a level, now and then in the tick, and nothing at each wakeup.
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

/* The leftmost entity, if it is the one of the last look and has not run since. */
static struct sched_entity *still_waiting(struct rq *rq, struct cfs_rq *cfs_rq)
{
	struct bpf_sched_cfs_rq *bpf = &cfs_rq->bpf;
	struct sched_entity *left = __pick_first_entity(cfs_rq);

	if (left && !throttled(cfs_rq) && left == bpf->watched &&
	    left->sum_exec_runtime == bpf->watched_exec) {
		if (passed_over(left))
			return left;
		/* It is not its turn: this look does not count. */
		bpf->watched_ticks += WATCH_PERIOD;
		return NULL;
	}

	bpf->watched = left;
	bpf->watched_exec = left ? left->sum_exec_runtime : 0;
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
