/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The order of queued entities by tag, beside CFS's by vruntime: what fair.c
 * and tag.c call. It is kept while a cfs_tag_pick_next_entity program is
 * attached, and costs a no-op instruction else.
 */
#ifndef _KERNEL_SCHED_BPF_ORDER_H
#define _KERNEL_SCHED_BPF_ORDER_H

#ifdef CONFIG_BPF_SCHED

/* On from before the first program is attached until no entity is in order. */
DECLARE_STATIC_KEY_FALSE(bpf_sched_order_key);

void __bpf_sched_order_add(struct cfs_rq *cfs_rq, struct sched_entity *se);
void __bpf_sched_order_remove(struct cfs_rq *cfs_rq, struct sched_entity *se);
void __bpf_sched_order_task(struct task_struct *p);
void __bpf_sched_order_group(struct task_group *tg);
struct sched_entity *__bpf_sched_pick(struct cfs_rq *cfs_rq, struct sched_entity *curr,
				      struct sched_entity *left, struct sched_entity *stock);
bool __bpf_sched_has_turn(struct sched_entity *se);

/* @se is about to be queued on @cfs_rq. The runqueue is locked. */
static __always_inline void
bpf_sched_order_add(struct cfs_rq *cfs_rq, struct sched_entity *se)
{
	if (bpf_sched_enabled(cfs_tag_pick_next_entity))
		__bpf_sched_order_add(cfs_rq, se);
}

/* @se is about to leave the queue. The runqueue is locked. */
static __always_inline void
bpf_sched_order_remove(struct cfs_rq *cfs_rq, struct sched_entity *se)
{
	if (static_branch_unlikely(&bpf_sched_order_key))
		__bpf_sched_order_remove(cfs_rq, se);
}

/* The own tag of @p has changed. */
static __always_inline void bpf_sched_order_task(struct task_struct *p)
{
	if (static_branch_unlikely(&bpf_sched_order_key))
		__bpf_sched_order_task(p);
}

/* The own tag of @tg has changed. */
static __always_inline void bpf_sched_order_group(struct task_group *tg)
{
	if (static_branch_unlikely(&bpf_sched_order_key))
		__bpf_sched_order_group(tg);
}

/*
 * Who of @cfs_rq runs: @stock, CFS's choice, or another that a program prefers.
 * @left has the smallest vruntime, with @curr.
 */
static __always_inline struct sched_entity *
bpf_sched_pick(struct cfs_rq *cfs_rq, struct sched_entity *curr,
	       struct sched_entity *left, struct sched_entity *stock)
{
	if (!bpf_sched_enabled(cfs_tag_pick_next_entity))
		return stock;
	return __bpf_sched_pick(cfs_rq, curr, left, stock);
}

/*
 * Does @se, which runs, or a group that it is in, have a turn for having been
 * passed over? Then no program takes it away.
 */
static __always_inline bool bpf_sched_has_turn(struct sched_entity *se)
{
	return bpf_sched_enabled(cfs_tag_pick_next_entity) && __bpf_sched_has_turn(se);
}

#else

static inline void bpf_sched_order_add(struct cfs_rq *cfs_rq, struct sched_entity *se) { }
static inline void bpf_sched_order_remove(struct cfs_rq *cfs_rq, struct sched_entity *se) { }
static inline void bpf_sched_order_task(struct task_struct *p) { }
static inline void bpf_sched_order_group(struct task_group *tg) { }

#define bpf_sched_pick(cfs_rq, curr, left, stock)	(stock)

#endif /* CONFIG_BPF_SCHED */

#endif /* _KERNEL_SCHED_BPF_ORDER_H */
