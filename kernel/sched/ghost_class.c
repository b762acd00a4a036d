// SPDX-License-Identifier: GPL-2.0-only
/*
 * Delegation of scheduling to userspace: the scheduling classes, and what
 * happens on a CPU's way through the scheduler.
 *
 * Three classes, which all pick what others have put in place: ghost_agent,
 * above all but stop, runs the CPU's agent when there is something for it to
 * do; ghost_boost, above fair, a committed task whose enclave wants that;
 * ghost, below fair, what has been committed. Tasks and agents belong to the
 * ghost class, whichever picks them.
 *
 * One pass: __ghost_pick_begin() tells the agent why prev leaves the CPU, if
 * it blocked or yielded; the picks tell that prev is preempted if others go
 * first; __ghost_switch() does if it was displaced by the choice itself.
 */
#include <trace/events/sched_ghost.h>

#include "ghost_internal.h"

void ghost_rq_init(struct rq *rq)
{
	INIT_LIST_HEAD(&rq->ghost.tasks);
	rq->ghost.kick = IRQ_WORK_INIT_HARD(ghost_kick_fn);
}

/* A delegated task, as opposed to an agent. By policy: it may be boosted by PI. */
static bool is_task(const struct task_struct *p)
{
	return ghost_task(p) && !p->ghost.agent;
}

/* On the runqueue: neither a delegated task nor the agent. */
static unsigned int nr_others(const struct rq *rq)
{
	return rq->nr_running - rq->ghost.nr_running - rq->ghost.agent_queued;
}

/* What idle_cpu() and the fair class should not see. */
unsigned int __ghost_nr_hidden(const struct rq *rq)
{
	const struct ghost_rq *g = &rq->ghost;

	return READ_ONCE(g->nr_running) +
	       (READ_ONCE(g->agent_queued) && READ_ONCE(g->blocked_in_run));
}

bool ghost_task_runnable(struct task_struct *p)
{
	return task_on_rq_queued(p) && p->sched_class == &ghost_sched_class &&
	       !p->ghost.throttled;
}

/* --- time --- */

void ghost_update_curr(struct rq *rq)
{
	struct task_struct *curr = rq->curr;
	u64 now;
	s64 delta;

	if (curr->sched_class != &ghost_sched_class)
		return;

	now = rq_clock_task(rq);
	delta = now - curr->se.exec_start;
	if (delta <= 0)
		return;

	update_current_exec_runtime(curr, now, delta);
	if (!curr->ghost.agent)
		ghost_bandwidth_charge(rq, curr, delta);
}

u64 ghost_task_runtime(struct rq *rq, struct task_struct *p)
{
	if (rq->curr == p && task_on_rq_queued(p))
		ghost_update_curr(rq);
	return p->se.sum_exec_runtime;
}

/* --- the latch --- */

void ghost_unlatch(struct rq *rq, bool silent)
{
	struct ghost_rq *g = &rq->ghost;
	struct task_struct *p = g->latched;

	if (!p)
		return;

	g->latched = NULL;
	g->send_on_cpu = false;
	g->latch_flags &= ~ELIDE_PREEMPT;
	/* If it was a member of a group, nobody waits for that any more. */
	atomic64_set(&g->rendezvous, 0);
	if (p != rq->idle && !silent)
		ghost_msg_preempt(rq, p, true);
}

void ghost_latch(struct rq *rq, struct task_struct *p, unsigned int run_flags)
{
	struct ghost_rq *g = &rq->ghost;

	trace_sched_ghost_latched(g->latched, p, run_flags);
	if (g->latched != p)
		ghost_unlatch(rq, false);

	/* Of a group that is no more; a new one sets it afterwards. */
	atomic64_set(&g->rendezvous, 0);
	g->latched = p;
	g->latch_flags = run_flags;
	g->send_on_cpu = p && p != rq->idle && (run_flags & SEND_TASK_ON_CPU);
	g->cpu_seqnum++;
}

static bool latch_valid(struct rq *rq, struct task_struct *p)
{
	return is_task(p) && task_rq(p) == rq && ghost_task_runnable(p) &&
	       p->ghost.enclave == rcu_access_pointer(rq->ghost.enclave) &&
	       (p == rq->curr || !task_on_cpu(rq, p));
}

/* The latched task, which is about to run. NULL if it cannot. */
static struct task_struct *take_latch(struct rq *rq)
{
	struct ghost_rq *g = &rq->ghost;
	struct task_struct *p = g->latched;

	/* The one that runs makes way as the agent wants it, and it knows. */
	if (g->latch_flags & ELIDE_PREEMPT) {
		g->latch_flags &= ~ELIDE_PREEMPT;
		g->candidate = false;
	}
	g->latched = NULL;
	if (p == rq->idle || latch_valid(rq, p))
		return p;

	printk_deferred_once(KERN_WARNING "ghost: %s/%d was latched on CPU %d and cannot run\n",
			     p->comm, p->pid, cpu_of(rq));
	if (is_task(p) && task_rq(p) == rq) {
		ghost_msg_preempt(rq, p, true);
		/* The end of a pick clears what asks for another: the agent has news. */
		ghost_kick_cpu(cpu_of(rq), GHOST_KICK_RESCHED);
	}
	return NULL;
}

/* --- the ghost class: queueing --- */

static void enqueue_task_ghost(struct rq *rq, struct task_struct *p, int flags)
{
	struct ghost_rq *g = &rq->ghost;

	if (p->ghost.agent) {
		g->agent_queued = true;
		/* Whatever runs is below an agent, though not by its class. */
		resched_curr(rq);
	} else {
		/* Who is only moved, or changed, has waited since before. */
		if (flags & ENQUEUE_WAKEUP)
			p->ghost.last_runnable = sched_clock();
		list_add_tail(&p->ghost.run_list, &g->tasks);
		WRITE_ONCE(g->nr_running, g->nr_running + 1);
		/* Woken where it may not leave, or PI has let go of it. */
		if (unlikely(!cpu_active(cpu_of(rq))))
			ghost_drain_later();
	}
	add_nr_running(rq, 1);
}

static void dequeue_task_ghost(struct rq *rq, struct task_struct *p, int flags)
{
	struct ghost_rq *g = &rq->ghost;

	if (rq->curr == p)
		ghost_update_curr(rq);

	if (p->ghost.agent) {
		g->agent_queued = false;
		if ((flags & DEQUEUE_SLEEP) && READ_ONCE(p->__state) != TASK_DEAD) {
			ghost_sw_flags(p->ghost.sw, 0, GHOST_SW_TASK_RUNNABLE);
			ghost_msg_agent_blocked(rq);
		}
	} else {
		/* One that only has its nice value or affinity changed goes on waiting. */
		if (!(flags & DEQUEUE_SAVE) || (flags & DEQUEUE_MOVE))
			ghost_bandwidth_release(rq, p);
		if (g->latched == p)
			ghost_unlatch(rq, false);
		list_del_init(&p->ghost.run_list);
		WRITE_ONCE(g->nr_running, g->nr_running - 1);
	}
	sub_nr_running(rq, 1);
}

static void yield_task_ghost(struct rq *rq)
{
	struct task_struct *curr = rq->curr;

	if (curr->ghost.agent)
		return;
	curr->ghost.yield = 1;
	rq->ghost.must_leave = true;
}

/* Only agents decide who preempts a task. */
static void check_preempt_curr_ghost(struct rq *rq, struct task_struct *p, int flags)
{
}

static int select_task_rq_ghost(struct task_struct *p, int cpu, int flags)
{
	struct ghost_enclave *e = p->ghost.enclave;
	int this_cpu = smp_processor_id();
	int choice;

	p->ghost.waker_cpu = this_cpu;
	if (p->ghost.agent || !e)
		return cpu;

	choice = ghost_bpf_select_rq(e, p, cpu, flags);
	if (choice >= 0)
		return choice;
	if ((flags & (WF_TTWU | WF_FORK)) && READ_ONCE(e->wake_on_waker_cpu))
		return this_cpu;
	return cpu;
}

static void set_cpus_allowed_ghost(struct task_struct *p, const struct cpumask *mask, u32 flags)
{
	set_cpus_allowed_common(p, mask, flags);
	if (is_task(p) && !(flags & (SCA_MIGRATE_DISABLE | SCA_MIGRATE_ENABLE)))
		ghost_msg_affinity_changed(p);
}

static void prio_changed_ghost(struct rq *rq, struct task_struct *p, int oldprio)
{
	if (is_task(p))
		ghost_msg_priority_changed(p);
}

/* A current task: it ran in another class, and no agent has put it here. */
static void switched_to_ghost(struct rq *rq, struct task_struct *p)
{
	p->ghost.last_runnable = sched_clock();
	if (!is_task(p) || !task_current(rq, p))
		return;
	if (!p->ghost.sw || !(READ_ONCE(p->ghost.sw->flags) & GHOST_SW_TASK_ONCPU))
		rq->ghost.must_leave = true;
	resched_curr(rq);
}

/* --- before the pick --- */

static void set_runnable(struct task_struct *p, bool runnable)
{
	if (!runnable)
		ghost_sw_flags(p->ghost.sw, 0, GHOST_SW_TASK_RUNNABLE);
}

/* An edge that the run flags of the CPU ask for. */
static void agent_edge(struct rq *rq, unsigned int flag)
{
	if (rq->ghost.latch_flags & flag)
		ghost_schedule_to_agent(rq);
}

/* Why does the current task leave the CPU, if it does? Exactly one message. */
static void tell_of_prev(struct rq *rq, struct task_struct *prev)
{
	struct ghost_rq *g = &rq->ghost;
	bool queued = task_on_rq_queued(prev);
	bool yielded = prev->ghost.yield;
	bool suppress = g->suppress_preempt;

	prev->ghost.yield = 0;
	g->suppress_preempt = false;
	if (suppress)
		g->must_leave = true;

	if (prev->ghost.new_task) {
		set_runnable(prev, queued);
		ghost_announce(prev, queued, true);
	} else if (!queued) {
		set_runnable(prev, false);
		ghost_msg_blocked(rq, prev);
		agent_edge(rq, RTLA_ON_BLOCKED);
	} else if (yielded) {
		ghost_msg_yield(rq, prev);
		agent_edge(rq, RTLA_ON_YIELD);
	} else if (prev->sched_class == &ghost_sched_class && ghost_bandwidth_throttle(rq, prev)) {
		g->must_leave = true;
		agent_edge(rq, RTLA_ON_BLOCKED);
	} else {
		g->candidate = !suppress;
	}
}

static void set_available(struct rq *rq, bool available)
{
	struct ghost_rq *g = &rq->ghost;

	if (!g->agent || g->available == available)
		return;

	g->available = available;
	ghost_sw_flags(g->agent->ghost.sw, available ? GHOST_SW_CPU_AVAIL : 0,
		       available ? 0 : GHOST_SW_CPU_AVAIL);
	ghost_msg_cpu_available(rq, available);
}

void __ghost_pick_begin(struct rq *rq, struct task_struct *prev, struct rq_flags *rf)
{
	struct ghost_rq *g = &rq->ghost;

	g->only_fair = false;
	g->candidate = false;
	if (is_task(prev))
		tell_of_prev(rq, prev);

	if (!rcu_access_pointer(g->enclave))
		return;

	if (atomic_read(&g->remote_must_leave) && atomic_xchg(&g->remote_must_leave, 0))
		g->must_leave = true;
	set_available(rq, !nr_others(rq));
	ghost_bpf_pick(rq, prev, rf);
}

/* --- the picks --- */

static void set_next_task_ghost(struct rq *rq, struct task_struct *p, bool first)
{
	p->se.exec_start = rq_clock_task(rq);
}

static void put_prev_task_ghost(struct rq *rq, struct task_struct *p)
{
	ghost_update_curr(rq);
}

static struct task_struct *switch_in(struct rq *rq, struct task_struct *p)
{
	if (p != rq->curr && p->ghost.sw) {
		WRITE_ONCE(p->ghost.sw->switch_time, ktime_get_mono_fast_ns());
		ghost_sw_flags(p->ghost.sw, GHOST_SW_TASK_ONCPU, 0);
	}
	set_next_task_ghost(rq, p, true);
	return p;
}

/* prev makes way for another class, or for the agent. */
static void preempt_prev(struct rq *rq)
{
	struct ghost_rq *g = &rq->ghost;

	if (!g->candidate || rq->curr->sched_class != &ghost_sched_class)
		return;

	g->candidate = false;
	g->must_leave = true;
	ghost_msg_preempt(rq, rq->curr, false);
}

static bool prev_may_stay(struct rq *rq)
{
	struct task_struct *prev = rq->curr;

	return is_task(prev) && ghost_task_runnable(prev) && !rq->ghost.must_leave &&
	       prev->ghost.enclave == rcu_access_pointer(rq->ghost.enclave) &&
	       cpumask_test_cpu(cpu_of(rq), prev->cpus_ptr);
}

static unsigned int boost_us(struct rq *rq)
{
	struct ghost_enclave *e = rcu_dereference_sched(rq->ghost.enclave);

	return e ? READ_ONCE(e->boost_us) : 0;
}

static bool latch_boosted(struct rq *rq)
{
	return rq->ghost.latched && rq->ghost.latched != rq->idle && boost_us(rq);
}

static bool prev_boosted(struct rq *rq)
{
	return is_task(rq->curr) && rq->curr->ghost.boost &&
	       rq_clock(rq) < rq->ghost.boost_end && prev_may_stay(rq);
}

static bool agent_runs(struct rq *rq, unsigned int others)
{
	struct task_struct *agent = rq->ghost.agent;
	u32 flags;

	if (!ghost_agent_eligible(rq))
		return false;

	flags = READ_ONCE(agent->ghost.sw->flags);
	if (!(flags & GHOST_SW_BOOST_PRIO) != !others)
		ghost_sw_flags(agent->ghost.sw, others ? GHOST_SW_BOOST_PRIO : 0,
			       others ? 0 : GHOST_SW_BOOST_PRIO);
	return true;
}

/*
 * The first pick that looks at a delegated task: if the agent goes first, or
 * another class, prev and the latched task are told before that runs. The
 * messages may be what unblocks the agent.
 */
static struct task_struct *pick_next_task_ghost_agent(struct rq *rq)
{
	struct ghost_rq *g = &rq->ghost;
	unsigned int others, above;
	bool agent;

	if (!g->agent && !g->candidate)
		return NULL;

	others = nr_others(rq);
	above = others;
	if (above && (latch_boosted(rq) || prev_boosted(rq)))
		above -= rq->cfs.h_nr_running;

	agent = g->agent && agent_runs(rq, others);
	if (agent || above) {
		preempt_prev(rq);
		if (above || !(g->latch_flags & DEFER_LATCHED_PREEMPTION_BY_AGENT))
			ghost_unlatch(rq, false);
		if (!agent)
			agent = g->agent && agent_runs(rq, others);
	}

	if (!agent)
		return NULL;
	/* With what the messages above have counted: it would find itself stale. */
	ghost_publish_agent_barrier(rq);
	return switch_in(rq, g->agent);
}

static struct task_struct *pick_next_task_ghost_boost(struct rq *rq)
{
	struct ghost_rq *g = &rq->ghost;
	struct task_struct *next;

	if (!g->agent)
		return NULL;

	if (latch_boosted(rq)) {
		next = take_latch(rq);
		if (!next)
			return NULL;
		next->ghost.boost = 1;
		g->boost_end = rq_clock(rq) + (u64)boost_us(rq) * NSEC_PER_USEC;
	} else if (prev_boosted(rq)) {
		next = rq->curr;
		g->candidate = false;
	} else {
		return NULL;
	}

	g->must_leave = false;
	return switch_in(rq, next);
}

static struct task_struct *pick_next_task_ghost(struct rq *rq)
{
	struct ghost_rq *g = &rq->ghost;
	struct task_struct *next = NULL;

	if (!g->agent)
		goto out;

	if (g->latched)
		next = take_latch(rq);

	if (!next && prev_may_stay(rq)) {
		g->candidate = false;
		next = rq->curr;
	}

	if (!next && (g->latch_flags & RTLA_ON_IDLE) && g->agent_queued) {
		ghost_schedule_to_agent(rq);
		if (agent_runs(rq, 0))
			next = g->agent;
	}
out:
	g->must_leave = false;
	if (!next)
		return NULL;
	return next == rq->idle ? pick_next_task_idle(rq) : switch_in(rq, next);
}

#ifdef CONFIG_SMP
static int balance_nothing(struct rq *rq, struct task_struct *prev, struct rq_flags *rf)
{
	return 0;
}

static bool txn_waits(struct rq *rq)
{
	const struct ghost_txn *txn = rcu_dereference_sched(rq->ghost.txn);

	return txn && READ_ONCE(txn->state) == GHOST_TXN_READY;
}

/* The commit point of COMMIT_AT_SCHEDULE: the CPU would have nothing to do. */
static int balance_ghost(struct rq *rq, struct task_struct *prev, struct rq_flags *rf)
{
	struct ghost_rq *g = &rq->ghost;

	if (g->agent_queued && READ_ONCE(g->blocked_in_run) && !atomic_read(&g->wake_pending) &&
	    !g->latched && !nr_others(rq) && txn_waits(rq)) {
		rq_unpin_lock(rq, rf);
		raw_spin_rq_unlock(rq);
		ghost_commit_local(COMMIT_AT_SCHEDULE);
		raw_spin_rq_lock(rq);
		rq_repin_lock(rq, rf);
	}
	return !!g->latched;
}
#endif

/* --- the switch --- */

/* What the CPU is taken for by others is no time that the agent had. */
static void account_taken(struct rq *rq, bool taken)
{
	struct ghost_rq *g = &rq->ghost;

	if (g->taken == taken)
		return;
	if (taken)
		g->taken_since = rq_clock(rq);
	else
		g->taken_ns += rq_clock(rq) - g->taken_since;
	g->taken = taken;
}

static void switch_out(struct rq *rq, struct task_struct *prev)
{
	struct ghost_rq *g = &rq->ghost;

	prev->ghost.last_cpu = cpu_of(rq);
	prev->ghost.boost = 0;

	/* Entered while the pick had dropped the lock. */
	if (prev->ghost.new_task) {
		set_runnable(prev, task_on_rq_queued(prev));
		ghost_announce(prev, task_on_rq_queued(prev), true);
	} else if (g->candidate) {
		ghost_msg_preempt(rq, prev, false);
	}

	/* If it is queued it waits from now on. */
	prev->ghost.last_runnable = sched_clock();
}

/*
 * rq->curr is @next already, so that what makes the CPU reschedule from here
 * on makes @next do so.
 */
void __ghost_switch(struct rq *rq, struct task_struct *prev, struct task_struct *next)
{
	struct ghost_rq *g = &rq->ghost;
	bool available = next == rq->idle || ghost_task(next);

	account_taken(rq, !available);
	if (g->agent && next != g->agent) {
		set_available(rq, available);
		if (!available && (g->latch_flags & NEED_CPU_NOT_IDLE)) {
			g->latch_flags &= ~NEED_CPU_NOT_IDLE;
			ghost_msg_cpu_not_idle(rq, next);
		}
	}

	if (is_task(prev))
		switch_out(rq, prev);
	g->candidate = false;
	g->must_leave = false;

	/* Not before the message: off the CPU, a task's barrier is stable. */
	if (ghost_task(prev))
		ghost_sw_flags(prev->ghost.sw, 0, GHOST_SW_TASK_ONCPU);

	if (g->latched && !(next == g->agent &&
			    (g->latch_flags & DEFER_LATCHED_PREEMPTION_BY_AGENT)))
		ghost_unlatch(rq, false);

	if (g->send_on_cpu && is_task(next)) {
		g->send_on_cpu = false;
		ghost_msg_on_cpu(rq, next);
	}
}

/* --- the tick --- */

static void task_tick_ghost(struct rq *rq, struct task_struct *curr, int queued)
{
	struct ghost_rq *g = &rq->ghost;

	ghost_update_curr(rq);
	if (queued || !g->agent)
		return;

	/* A latch outlives its agent's time on the CPU, but not for ever. */
	if (curr == g->agent)
		ghost_unlatch(rq, false);

	if (curr->ghost.boost && rq_clock(rq) >= g->boost_end)
		resched_curr(rq);
	if (!curr->ghost.agent && ghost_bandwidth_exceeded(curr))
		resched_curr(rq);

	ghost_msg_cpu_tick(rq);
}

/* --- the classes --- */

DEFINE_SCHED_CLASS(ghost_agent) = {
	.pick_next_task		= pick_next_task_ghost_agent,
#ifdef CONFIG_SMP
	.balance		= balance_nothing,
#endif
};

DEFINE_SCHED_CLASS(ghost_boost) = {
	.pick_next_task		= pick_next_task_ghost_boost,
#ifdef CONFIG_SMP
	.balance		= balance_nothing,
#endif
};

DEFINE_SCHED_CLASS(ghost) = {
	.enqueue_task		= enqueue_task_ghost,
	.dequeue_task		= dequeue_task_ghost,
	.yield_task		= yield_task_ghost,

	.check_preempt_curr	= check_preempt_curr_ghost,

	.pick_next_task		= pick_next_task_ghost,
	.put_prev_task		= put_prev_task_ghost,
	.set_next_task		= set_next_task_ghost,

#ifdef CONFIG_SMP
	.balance		= balance_ghost,
	.select_task_rq		= select_task_rq_ghost,
	.set_cpus_allowed	= set_cpus_allowed_ghost,
#endif

	.task_tick		= task_tick_ghost,
	.task_dead		= ghost_task_dead,

	.switched_to		= switched_to_ghost,
	.prio_changed		= prio_changed_ghost,

	.update_curr		= ghost_update_curr,
};
