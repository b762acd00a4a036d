/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Delegation of scheduling to userspace: what core.c and fair.c call. With
 * CONFIG_SCHED_CLASS_GHOST off everything here is empty; with it on and no
 * enclave, each call is one no-op instruction.
 */
#ifndef _KERNEL_SCHED_GHOST_H
#define _KERNEL_SCHED_GHOST_H

#ifdef CONFIG_SCHED_CLASS_GHOST

/*
 * Kernel-internal: the setscheduler call comes from an enclave, and its
 * struct sched_attr is in a struct ghost_sched_attr.
 */
#define SCHED_FLAG_GHOST	0x20000000

/* The classes that lie between their neighbours in the linker's order. */
#define GHOST_CLASSES_STOP_DL	1	/* agents */
#define GHOST_CLASSES_RT_FAIR	1	/* boosted dispatches */
#define GHOST_CLASSES_FAIR_IDLE	1	/* delegated tasks */

extern const struct sched_class ghost_agent_sched_class;
extern const struct sched_class ghost_boost_sched_class;
extern const struct sched_class ghost_sched_class;

static inline bool ghost_task(const struct task_struct *p)
{
	return ghost_policy(p->policy);
}

static inline bool ghost_agent(const struct task_struct *p)
{
	return ghost_enabled() && ghost_task(p) && p->ghost.agent;
}

void ghost_rq_init(struct rq *rq);

/* ghost_class.c */
void __ghost_pick_begin(struct rq *rq, struct task_struct *prev, struct rq_flags *rf);
void __ghost_switch(struct rq *rq, struct task_struct *prev, struct task_struct *next);
unsigned int __ghost_nr_hidden(const struct rq *rq);

/* ghost_task.c */
int ghost_setattr(struct task_struct *p, const struct sched_attr *attr, bool user);
int __ghost_setscheduler_check(struct task_struct *p, const struct sched_attr *attr, int policy);
int __ghost_setscheduler_begin(struct rq *rq, struct task_struct *p,
			       const struct sched_attr *attr, int policy);
void __ghost_setscheduler_end(struct rq *rq, struct task_struct *p,
			      const struct sched_attr *attr);
void __ghost_new_task(struct task_struct *p);
void __ghost_task_woken(struct rq *rq, struct task_struct *p);

/* ghost_group.c */
void __ghost_rendezvous(struct rq *rq);

/* ghost_watchdog.c */
void __ghost_tick(struct rq *rq);

/* ghost_enclave.c */
int __ghost_cpu_leave(unsigned int cpu);
void __ghost_cpu_drain(struct rq *rq);

/* ghost_agent.c */
void __ghost_kick_agent(struct task_struct *p);

/* ghost_tag.c */
void ghost_tag_check(struct task_struct *p);

/* ghost_bandwidth.c */
void __ghost_bandwidth_unthrottle(struct cfs_bandwidth *cfs_b);

/* On while an enclave has a BPF program that is run at each pick. */
DECLARE_STATIC_KEY_FALSE(ghost_bpf_pnt);

/*
 * Tasks of the fair class are all there is to run: the agent has given up the
 * CPU, nothing is latched and nobody wants anything. So it is most of the time
 * on a CPU that has an agent and work of its own.
 */
static __always_inline bool ghost_only_fair(const struct rq *rq)
{
	const struct ghost_rq *g = &rq->ghost;

	return READ_ONCE(g->blocked_in_run) && g->agent_queued && !g->available &&
	       !g->latched && !atomic_read(&g->wake_pending) &&
	       !atomic_read(&g->remote_must_leave) && rq->cfs.h_nr_running &&
	       rq->nr_running == rq->cfs.h_nr_running + g->nr_running + 1 &&
	       !static_branch_unlikely(&ghost_bpf_pnt);
}

/*
 * Before the next task is picked: say what became of prev. True if nobody but
 * the fair class has a say in it.
 */
static __always_inline bool
ghost_pick_begin(struct rq *rq, struct task_struct *prev, struct rq_flags *rf)
{
	if (!ghost_enabled())
		return false;
	if (!ghost_task(prev)) {
		if (!rcu_access_pointer(rq->ghost.enclave))
			return false;
		rq->ghost.only_fair = ghost_only_fair(rq);
		if (rq->ghost.only_fair)
			return true;
	}
	__ghost_pick_begin(rq, prev, rf);
	return false;
}

/* The rq lock is held, prev and next differ. */
static __always_inline void
ghost_switch(struct rq *rq, struct task_struct *prev, struct task_struct *next)
{
	if (!ghost_enabled())
		return;
	if (!ghost_task(prev) && !ghost_task(next) &&
	    (!rq->ghost.agent || (rq->ghost.only_fair && next != rq->idle)))
		return;
	__ghost_switch(rq, prev, next);
}

/* At the end of a switch: members of a group start together, or not at all. */
static __always_inline void ghost_rendezvous(struct rq *rq)
{
	if (ghost_enabled() && ghost_task(current))
		__ghost_rendezvous(rq);
}

/* Tasks on the runqueue as the fair class should count them. */
static __always_inline unsigned int ghost_visible_nr_running(const struct rq *rq)
{
	unsigned int nr = READ_ONCE(rq->nr_running), hidden;

	if (!ghost_enabled())
		return nr;
	/* Read without the lock they may not fit. */
	hidden = __ghost_nr_hidden(rq);
	return nr > hidden ? nr - hidden : 0;
}

/* Nothing but what the fair class does not see. The rq lock is held. */
static __always_inline bool ghost_hides_all(const struct rq *rq)
{
	return ghost_enabled() && !ghost_visible_nr_running(rq);
}

/* ... and as the load average should: an agent that has given up its CPU is none. */
static __always_inline unsigned int ghost_active_nr_running(const struct rq *rq)
{
	if (ghost_enabled())
		return rq->nr_running - (rq->ghost.agent_queued && rq->ghost.blocked_in_run);
	return rq->nr_running;
}

/* A delegated task needs the tick, for its agent and for the watchdog. */
static __always_inline bool ghost_needs_tick(const struct rq *rq)
{
	return ghost_enabled() && (rq->ghost.nr_running || rq->ghost.agent);
}

static inline int
ghost_setscheduler_check(struct task_struct *p, const struct sched_attr *attr, int policy)
{
	return ghost_enabled() ? __ghost_setscheduler_check(p, attr, policy) : 0;
}

static inline int ghost_setscheduler_begin(struct rq *rq, struct task_struct *p,
					   const struct sched_attr *attr, int policy)
{
	return ghost_enabled() ? __ghost_setscheduler_begin(rq, p, attr, policy) : 0;
}

static inline void ghost_setscheduler_end(struct rq *rq, struct task_struct *p,
					  const struct sched_attr *attr)
{
	if (ghost_enabled())
		__ghost_setscheduler_end(rq, p, attr);
}

/* In wake_up_new_task(), with p->pi_lock held, before it is placed. */
static __always_inline void ghost_new_task(struct task_struct *p)
{
	if (ghost_enabled())
		__ghost_new_task(p);
}

/* A task has another affinity; p->pi_lock is held. */
static __always_inline void ghost_affinity_changed(struct task_struct *p)
{
	if (ghost_enabled())
		ghost_tag_check(p);
}

/* A task has been woken, or started; its rq lock is held. */
static __always_inline void ghost_task_woken(struct rq *rq, struct task_struct *p)
{
	if (ghost_enabled() && ghost_task(p))
		__ghost_task_woken(rq, p);
}

/* From the tick, without the rq lock. */
static __always_inline void ghost_tick(struct rq *rq)
{
	if (ghost_enabled())
		__ghost_tick(rq);
}

/* A CPU is about to go: its enclave loses it. May sleep. */
static inline int ghost_cpu_leave(unsigned int cpu)
{
	return ghost_enabled() ? __ghost_cpu_leave(cpu) : 0;
}

/* ... has become inactive: delegated tasks that wait on it go elsewhere. */
static inline void ghost_cpu_drain(struct rq *rq)
{
	if (ghost_enabled())
		__ghost_cpu_drain(rq);
}

/* An agent that has given up its CPU is in running state: signals must reach it. */
static inline void ghost_kick_agent(struct task_struct *p)
{
	if (ghost_agent(p))
		__ghost_kick_agent(p);
}

static inline void ghost_bandwidth_init(struct cfs_bandwidth *cfs_b)
{
	INIT_LIST_HEAD(&cfs_b->ghost_throttled);
}

/* A period begins: what was used too much is paid. @cfs_b is locked. */
static inline void ghost_bandwidth_refilled(struct cfs_bandwidth *cfs_b)
{
	u64 paid = min(cfs_b->runtime, cfs_b->ghost_debt);

	cfs_b->runtime -= paid;
	cfs_b->ghost_debt -= paid;
}

/* Do delegated tasks wait for runtime? */
static inline bool ghost_bandwidth_waited_for(struct cfs_bandwidth *cfs_b)
{
	return !list_empty(&cfs_b->ghost_throttled);
}

/* There may be some now. No lock held. */
static inline void ghost_bandwidth_unthrottle(struct cfs_bandwidth *cfs_b)
{
	if (ghost_enabled() && ghost_bandwidth_waited_for(cfs_b))
		__ghost_bandwidth_unthrottle(cfs_b);
}

/* There is another quota, or none any more: what was run under the old one is forgotten. */
static inline void ghost_bandwidth_configured(struct cfs_bandwidth *cfs_b)
{
	raw_spin_lock_irq(&cfs_b->lock);
	cfs_b->ghost_debt = 0;
	raw_spin_unlock_irq(&cfs_b->lock);
	ghost_bandwidth_unthrottle(cfs_b);
}

#else

#define SCHED_FLAG_GHOST	0

#define GHOST_CLASSES_STOP_DL	0
#define GHOST_CLASSES_RT_FAIR	0
#define GHOST_CLASSES_FAIR_IDLE	0

static inline bool ghost_agent(const struct task_struct *p) { return false; }
static inline void ghost_rq_init(struct rq *rq) { }
static inline bool ghost_pick_begin(struct rq *rq, struct task_struct *prev,
				    struct rq_flags *rf) { return false; }
static inline void ghost_switch(struct rq *rq, struct task_struct *prev,
				struct task_struct *next) { }
static inline void ghost_rendezvous(struct rq *rq) { }
#define ghost_visible_nr_running(rq)	((rq)->nr_running)
#define ghost_active_nr_running(rq)	((rq)->nr_running)
static inline bool ghost_hides_all(const struct rq *rq) { return false; }
static inline bool ghost_needs_tick(const struct rq *rq) { return false; }
static inline int ghost_setattr(struct task_struct *p, const struct sched_attr *attr,
				bool user) { return -EINVAL; }
static inline int ghost_setscheduler_check(struct task_struct *p,
					   const struct sched_attr *attr, int policy)
{
	return 0;
}

static inline int ghost_setscheduler_begin(struct rq *rq, struct task_struct *p,
					   const struct sched_attr *attr, int policy)
{
	return 0;
}

static inline void ghost_setscheduler_end(struct rq *rq, struct task_struct *p,
					  const struct sched_attr *attr) { }
static inline void ghost_new_task(struct task_struct *p) { }
static inline void ghost_task_woken(struct rq *rq, struct task_struct *p) { }
static inline void ghost_tick(struct rq *rq) { }
static inline void ghost_affinity_changed(struct task_struct *p) { }
static inline int ghost_cpu_leave(unsigned int cpu) { return 0; }
static inline void ghost_cpu_drain(struct rq *rq) { }
static inline void ghost_kick_agent(struct task_struct *p) { }
static inline void ghost_bandwidth_init(struct cfs_bandwidth *cfs_b) { }
static inline void ghost_bandwidth_refilled(struct cfs_bandwidth *cfs_b) { }
static inline bool ghost_bandwidth_waited_for(struct cfs_bandwidth *cfs_b) { return false; }
static inline void ghost_bandwidth_unthrottle(struct cfs_bandwidth *cfs_b) { }
static inline void ghost_bandwidth_configured(struct cfs_bandwidth *cfs_b) { }

#endif /* CONFIG_SCHED_CLASS_GHOST */

#endif /* _KERNEL_SCHED_GHOST_H */
