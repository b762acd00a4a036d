// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who runs first, by tag.
 *
 * No program has a say in the order of a tree. CFS's tree stays as it is;
 * beside it there are two of the kernel's own, whose order depends only on what
 * was read when an entity was put there. After CFS has chosen, a program is
 * asked between that choice and the entity with the highest tag.
 *
 * Entities with a tag of their own are in one tree, by tag. Those that have
 * their group's tag are in the other: all of a level have the same, so that a
 * write to the group moves none of them. An entity whose own tag is written
 * while it is queued is put anew.
 *
 * Who has waited longest, by vruntime, is passed over for sched_bpf_lag_ms at
 * most; then it has a turn, of the length of CFS's minimal granularity, which
 * no program can take away.
 */
#include <linux/sched/cputime.h>

#include "sched.h"
#include "bpf_hooks.h"
#include "bpf_order.h"

DEFINE_STATIC_KEY_FALSE(bpf_sched_order_key);

static struct sched_entity *node_entity(const struct rb_node *node)
{
	return container_of(node, struct sched_entity, bpf.node);
}

static bool runs_before(const struct sched_entity *a, const struct sched_entity *b)
{
	return (s64)(a->vruntime - b->vruntime) < 0;
}

static bool less_inherited(struct rb_node *a, const struct rb_node *b)
{
	return runs_before(node_entity(a), node_entity(b));
}

static bool less_own(struct rb_node *a, const struct rb_node *b)
{
	const struct sched_entity *ea = node_entity(a), *eb = node_entity(b);

	if (ea->bpf.tag != eb->bpf.tag)
		return ea->bpf.tag > eb->bpf.tag;
	return runs_before(ea, eb);
}

/* The tag that @se has of its own, if it has one. */
static bool own_tag(struct sched_entity *se, s64 *tag)
{
	const struct sched_tag *own;

	own = entity_is_task(se) ? &container_of(se, struct task_struct, se)->tag :
				   &group_cfs_rq(se)->tg->tag;
	/* Pairs with the release in sched_tag_store(). */
	if (!smp_load_acquire(&own->set))
		return false;
	*tag = READ_ONCE(own->value);
	return true;
}

void __bpf_sched_order_add(struct cfs_rq *cfs_rq, struct sched_entity *se)
{
	if (own_tag(se, &se->bpf.tag)) {
		se->bpf.order = BPF_SCHED_ORDER_OWN;
		rb_add_cached(&se->bpf.node, &cfs_rq->bpf.own, less_own);
	} else {
		se->bpf.order = BPF_SCHED_ORDER_INHERITED;
		rb_add_cached(&se->bpf.node, &cfs_rq->bpf.inherited, less_inherited);
	}
}

void __bpf_sched_order_remove(struct cfs_rq *cfs_rq, struct sched_entity *se)
{
	switch (se->bpf.order) {
	case BPF_SCHED_ORDER_NONE:
		return;
	case BPF_SCHED_ORDER_OWN:
		rb_erase_cached(&se->bpf.node, &cfs_rq->bpf.own);
		break;
	case BPF_SCHED_ORDER_INHERITED:
		rb_erase_cached(&se->bpf.node, &cfs_rq->bpf.inherited);
		break;
	}
	se->bpf.order = BPF_SCHED_ORDER_NONE;
}

/* Runqueue locked. Who runs is in no tree, nor is who was queued before. */
static void put_anew(struct sched_entity *se)
{
	struct cfs_rq *cfs_rq = cfs_rq_of(se);

	if (se->bpf.order == BPF_SCHED_ORDER_NONE)
		return;
	__bpf_sched_order_remove(cfs_rq, se);
	__bpf_sched_order_add(cfs_rq, se);
}

void __bpf_sched_order_task(struct task_struct *p)
{
	struct rq_flags rf;
	struct rq *rq;

	rq = task_rq_lock(p, &rf);
	put_anew(&p->se);
	task_rq_unlock(rq, p, &rf);
}

void __bpf_sched_order_group(struct task_group *tg)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct rq *rq = cpu_rq(cpu);
		struct rq_flags rf;

		rq_lock_irqsave(rq, &rf);
		if (tg->se[cpu])
			put_anew(tg->se[cpu]);
		rq_unlock_irqrestore(rq, &rf);
	}
}

/* --- on and off, with bpf_sched_mutex held */

#define EMPTY_BATCH	64

static bool empty_tree(struct cfs_rq *cfs_rq, struct rb_root_cached *root, int *batch)
{
	struct rb_node *node;

	while ((node = rb_first_cached(root))) {
		if (!(*batch)--)
			return false;
		__bpf_sched_order_remove(cfs_rq, node_entity(node));
	}
	return true;
}

static bool empty_some(struct rq *rq, struct task_group *tg)
{
	struct cfs_rq *cfs_rq = tg->cfs_rq[cpu_of(rq)];
	int batch = EMPTY_BATCH;
	struct rq_flags rf;
	bool empty;

	rq_lock_irqsave(rq, &rf);
	empty = empty_tree(cfs_rq, &cfs_rq->bpf.own, &batch) &&
		empty_tree(cfs_rq, &cfs_rq->bpf.inherited, &batch);
	cfs_rq->bpf.passed = 0;
	cfs_rq->bpf.turn = NULL;
	rq_unlock_irqrestore(rq, &rf);
	return empty;
}

/**
 * bpf_sched_order_begin - keep the order of tags from now on
 *
 * Who is queued already joins when it is queued the next time.
 *
 * Context: Process context, before the hook's key is enabled.
 */
void bpf_sched_order_begin(void)
{
	static_branch_enable(&bpf_sched_order_key);
}

/**
 * bpf_sched_order_end - keep the order of tags no more
 *
 * Context: Process context, after the hook's key has been disabled.
 */
void bpf_sched_order_end(void)
{
	struct task_group *tg;
	int cpu;

	if (!static_key_enabled(&bpf_sched_order_key))
		return;

	for_each_possible_cpu(cpu) {
		rcu_read_lock();
		list_for_each_entry_rcu(tg, &task_groups, list)
			while (!empty_some(cpu_rq(cpu), tg))
				;
		rcu_read_unlock();
		cond_resched();
	}
	static_branch_disable(&bpf_sched_order_key);
}

/* --- the order itself */

#ifdef CONFIG_BPF_SCHED_DEBUG
static struct sched_entity *timeline_entity(struct rb_node *node)
{
	return container_of(node, struct sched_entity, run_node);
}

/* No neighbours in the wrong order: none at all. */
static void check_order(struct cfs_rq *cfs_rq)
{
	struct rb_node *node, *next;

	for (node = rb_first_cached(&cfs_rq->tasks_timeline); node; node = next) {
		next = rb_next(node);
		WARN_ON_ONCE(next && runs_before(timeline_entity(next), timeline_entity(node)));
	}
	for (node = rb_first_cached(&cfs_rq->bpf.own); node; node = next) {
		next = rb_next(node);
		WARN_ON_ONCE(next && less_own(next, node));
	}
	for (node = rb_first_cached(&cfs_rq->bpf.inherited); node; node = next) {
		next = rb_next(node);
		WARN_ON_ONCE(next && less_inherited(next, node));
	}
}
#else
static inline void check_order(struct cfs_rq *cfs_rq) { }
#endif

/* --- the pick */

/* Of those that can run, who has the highest tag; of equals who has waited longest. */
static struct sched_entity *highest(struct cfs_rq *cfs_rq, struct sched_entity *curr)
{
	struct rb_node *own = rb_first_cached(&cfs_rq->bpf.own);
	struct rb_node *inherited = rb_first_cached(&cfs_rq->bpf.inherited);
	struct sched_entity *best = own ? node_entity(own) : NULL;
	s64 tag = best ? best->bpf.tag : 0;

	if (inherited) {
		struct sched_entity *se = node_entity(inherited);
		s64 group_tag = sched_group_tag(cfs_rq->tg);

		if (!best || group_tag > tag || (group_tag == tag && runs_before(se, best))) {
			best = se;
			tag = group_tag;
		}
	}

	if (curr) {
		s64 curr_tag = sched_entity_tag(curr);

		if (!best || curr_tag > tag || (curr_tag == tag && runs_before(curr, best)))
			best = curr;
	}
	return best;
}

static bool turn_left(const struct cfs_rq *cfs_rq, const struct sched_entity *se)
{
	const struct bpf_sched_cfs_rq *bpf = &cfs_rq->bpf;

	return bpf->turn == se &&
	       se->sum_exec_runtime - bpf->turn_start < sysctl_sched_min_granularity;
}

bool __bpf_sched_has_turn(struct sched_entity *se)
{
	for (; se; se = se->parent)
		if (turn_left(cfs_rq_of(se), se))
			return true;
	return false;
}

static bool passed_for_too_long(struct cfs_rq *cfs_rq)
{
	u64 lag = (u64)READ_ONCE(sysctl_sched_bpf_lag_ms) * NSEC_PER_MSEC;
	u64 passed = cfs_rq->bpf.passed;

	return passed && rq_clock_task(rq_of(cfs_rq)) - passed >= lag;
}

static bool prefers_tagged(struct sched_entity *stock, s64 stock_tag,
			   struct sched_entity *tagged, s64 tag)
{
	const struct bpf_sched_subject subject = {
		.tag	= stock_tag,
		.tag2	= tag,
		.task	= bpf_sched_se_task(tagged),
		.in	= { bpf_sched_se_pid(stock), stock_tag },
	};
	const u64 args[] = { (unsigned long)stock, (unsigned long)tagged };

	return bpf_sched_run(BPF_SCHED_HOOK_cfs_tag_pick_next_entity, args, &subject) ==
	       BPF_SCHED_PICK_TAGGED;
}

struct sched_entity *__bpf_sched_pick(struct cfs_rq *cfs_rq, struct sched_entity *curr,
				      struct sched_entity *left, struct sched_entity *stock)
{
	struct bpf_sched_cfs_rq *bpf = &cfs_rq->bpf;
	struct sched_entity *tagged;
	s64 stock_tag, tag;

	check_order(cfs_rq);
	if (!stock || !left)
		return stock;

	/* Who has a turn may have been interrupted by another class. */
	if (curr && turn_left(cfs_rq, curr))
		return curr;
	if (turn_left(cfs_rq, left))
		return left;
	bpf->turn = NULL;

	/* Who yields wants others to run. */
	tagged = highest(cfs_rq, curr);
	if (!tagged || tagged == stock || tagged == cfs_rq->skip)
		goto stock;

	stock_tag = sched_entity_tag(stock);
	tag = sched_entity_tag(tagged);
	if (tag <= stock_tag)
		goto stock;

	if (passed_for_too_long(cfs_rq)) {
		bpf->passed = 0;
		bpf->turn = left;
		bpf->turn_start = left->sum_exec_runtime;
		return left;
	}

	if (!prefers_tagged(stock, stock_tag, tagged, tag))
		goto stock;

	if (tagged == left)
		bpf->passed = 0;
	else if (!bpf->passed)
		bpf->passed = rq_clock_task(rq_of(cfs_rq));
	return tagged;
stock:
	if (stock == left)
		bpf->passed = 0;
	return stock;
}
