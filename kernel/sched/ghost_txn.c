// SPDX-License-Identifier: GPL-2.0-only
/*
 * Delegation of scheduling to userspace: transactions, by which an agent says
 * which task runs on a CPU next.
 *
 * A transaction lives in a page that the agent can write to at any time. Its
 * request is read once, into a struct commit, and nothing is decided by what
 * is in the page afterwards. Who claims it (READY to the number of its own CPU)
 * finishes it; nobody else writes to it.
 */
#include <linux/uaccess.h>

#include "ghost_internal.h"

#define RUN_FLAGS	(RTLA_ON_PREEMPT | RTLA_ON_BLOCKED | RTLA_ON_YIELD | RTLA_ON_IDLE | \
			 NEED_L1D_FLUSH | NEED_CPU_NOT_IDLE | ELIDE_PREEMPT | \
			 SEND_TASK_ON_CPU | DEFER_LATCHED_PREEMPTION_BY_AGENT | DO_NOT_PREEMPT)
#define COMMIT_AT	(COMMIT_AT_SCHEDULE | COMMIT_AT_TXN_COMMIT)
#define COUNT_FLAGS	(ELIDE_AGENT_BARRIER_INC | INC_AGENT_BARRIER_ON_FAILURE)
#define COMMIT_FLAGS	(COMMIT_AT | ALLOW_TASK_ONCPU | COUNT_FLAGS)

/* No final state: the commit goes on. */
#define GO_ON		0

/**
 * struct commit - a transaction that is being committed
 * @txn:	where the outcome goes
 * @cpu:	whose transaction it is
 * @gtid:	the target, or a special value
 * @agent_barrier: what the agent had seen, for a commit on its own CPU
 * @task_barrier: what it had seen of the target
 * @run_flags:	for the CPU, if it succeeds
 * @commit_flags: how to commit
 * @sync:	by an ioctl of the current task
 * @group:	rendezvous value, or 0
 * @stays:	the target runs on the CPU already
 */
struct commit {
	struct ghost_txn	*txn;
	int			cpu;
	s64			gtid;
	u32			agent_barrier;
	u32			task_barrier;
	unsigned int		run_flags;
	unsigned int		commit_flags;
	bool			sync;
	s64			group;
	bool			stays;
};

/* --- the page --- */

struct ghost_txn *ghost_enclave_txn(struct ghost_enclave *e, int cpu)
{
	struct ghost_txn *txn = rcu_dereference_sched(cpu_rq(cpu)->ghost.txn);

	return txn == &e->cpu_data[cpu].txn ? txn : NULL;
}

bool ghost_txn_claim(struct ghost_txn *txn)
{
	return cmpxchg_acquire(&txn->state, GHOST_TXN_READY, smp_processor_id()) ==
	       GHOST_TXN_READY;
}

void ghost_txn_finish(struct ghost_txn *txn, int state)
{
	WRITE_ONCE(txn->commit_time, ktime_get_mono_fast_ns());
	/* Whoever reads the outcome reads what belongs to it. */
	smp_store_release(&txn->state, state);
}

void ghost_txn_withdraw(int cpu, int state)
{
	struct ghost_txn *txn = rcu_dereference_sched(cpu_rq(cpu)->ghost.txn);

	if (txn && ghost_txn_claim(txn))
		ghost_txn_finish(txn, state);
}

static void count_failure(int cpu)
{
	struct rq *rq = cpu_rq(cpu);
	struct rq_flags rf;

	rq_lock_irqsave(rq, &rf);
	ghost_agent_barrier_inc(rq);
	rq_unlock_irqrestore(rq, &rf);
}

void ghost_txn_poison(struct ghost_txn *txn, int cpu, bool count)
{
	if (count && (READ_ONCE(txn->commit_flags) & INC_AGENT_BARRIER_ON_FAILURE))
		count_failure(cpu);
	ghost_txn_finish(txn, GHOST_TXN_POISONED);
}

/* --- the request --- */

static bool run_flags_valid(const struct commit *c)
{
	if (c->run_flags & ~RUN_FLAGS)
		return false;
	if ((c->run_flags & RTLA_ON_IDLE) && c->gtid < 0)
		return false;
	if ((c->run_flags & NEED_CPU_NOT_IDLE) && c->gtid != GHOST_IDLE_GTID)
		return false;
	return c->gtid != GHOST_AGENT_GTID || !c->run_flags;
}

static bool commit_flags_valid(const struct commit *c)
{
	return !(c->commit_flags & ~COMMIT_FLAGS) &&
	       (c->commit_flags & COMMIT_AT) != COMMIT_AT &&
	       (c->commit_flags & COUNT_FLAGS) != COUNT_FLAGS;
}

static int read_request(struct commit *c)
{
	const struct ghost_txn *txn = c->txn;

	c->gtid = READ_ONCE(txn->gtid);
	c->agent_barrier = READ_ONCE(txn->agent_barrier);
	c->task_barrier = READ_ONCE(txn->task_barrier);
	c->run_flags = READ_ONCE(txn->run_flags);
	c->commit_flags = READ_ONCE(txn->commit_flags);

	if (READ_ONCE(txn->version) != 0)
		return GHOST_TXN_UNSUPPORTED_VERSION;
	if (READ_ONCE(txn->cpu) != c->cpu)
		return GHOST_TXN_INVALID_CPU;
	if (!run_flags_valid(c) || !commit_flags_valid(c))
		return GHOST_TXN_INVALID_FLAGS;
	/* A CPU that is on its way out takes no task either. */
	if (!cpu_active(c->cpu))
		return GHOST_TXN_CPU_OFFLINE;
	return c->gtid < GHOST_IDLE_GTID ? GHOST_TXN_INVALID_TARGET : GO_ON;
}

/* --- the target --- */

/* The current task yields, is unscheduled, or must go as a program wants it. */
static bool forced_off(const struct rq *rq)
{
	return rq->ghost.must_leave || atomic_read(&rq->ghost.remote_must_leave);
}

/* @p's pi_lock and the lock of @rq, where it is, are held. */
static int check_target(struct commit *c, struct rq *rq, struct task_struct *p)
{
	const struct ghost_enclave *e = rcu_dereference_sched(cpu_rq(c->cpu)->ghost.enclave);
	bool here = cpu_of(rq) == c->cpu;

	/* Once more: it may have become one before it was locked. */
	if (!e || ghost_agent(p))
		return GHOST_TXN_INVALID_TARGET;
	if (!ghost_task(p) || p->ghost.inhibited_by || !p->ghost.sw || p->ghost.new_task ||
	    p->sched_class != &ghost_sched_class ||
	    READ_ONCE(p->ghost.sw->barrier) != c->task_barrier)
		return GHOST_TXN_TARGET_STALE;
	if (!ghost_task_runnable(p))
		return GHOST_TXN_TARGET_NOT_RUNNABLE;
	if (p->ghost.enclave != e)
		return GHOST_TXN_NOT_PERMITTED;

	if (task_on_cpu(rq, p)) {
		/*
		 * Its group failed, or it has been told of that it leaves: for its
		 * agent it is off the CPU, and nearly is.
		 */
		if (rq->ghost.suppress_preempt || atomic64_read(&rq->ghost.rendezvous) < 0 ||
		    rq->curr != p || forced_off(rq))
			return GHOST_TXN_TARGET_STALE;
		if (!here || !(c->commit_flags & ALLOW_TASK_ONCPU))
			return GHOST_TXN_TARGET_ONCPU;
		c->stays = true;
		return GO_ON;
	}

	/* Neither an affinity nor a cpuset is overridden. */
	if (!here && is_migration_disabled(p))
		return GHOST_TXN_TARGET_STALE;
	return cpumask_test_cpu(c->cpu, p->cpus_ptr) ? GO_ON : GHOST_TXN_CPU_UNAVAIL;
}

/*
 * Bring the target to the CPU. What it was latched on does not say so: the
 * message would count the barrier that has just been accepted.
 */
static struct rq *move_target(struct commit *c, struct rq *rq, struct rq_flags *rf,
			      struct task_struct *p)
{
	if (rq->ghost.latched == p)
		ghost_unlatch(rq, true);
	update_rq_clock(rq);
	return ghost_move_queued_task(rq, rf, p, c->cpu);
}

/* --- the CPU; the lock of @rq, its runqueue, is held --- */

static bool caller_permitted(const struct commit *c, struct rq *rq)
{
	if (!c->sync)
		return true;
	if (ghost_agent(current))
		return current->ghost.enclave == rcu_access_pointer(rq->ghost.enclave);
	return c->gtid == GHOST_AGENT_GTID && ghost_agent_is_mine(rq);
}

static bool takes_cpu(const struct commit *c)
{
	return c->gtid > 0 || c->gtid == GHOST_IDLE_GTID;
}

/* DO_NOT_PREEMPT, as ABI 91 has it: an agent on the CPU counts as well. */
static bool would_preempt(struct rq *rq, const struct task_struct *next)
{
	const struct task_struct *curr = rq->curr, *latched = rq->ghost.latched;

	if (curr != rq->idle && curr != next)
		return true;
	return latched && latched != next;
}

static bool cpu_unavailable(const struct commit *c, struct rq *rq)
{
	const struct sched_class *class = rq->curr->sched_class;
	const struct ghost_enclave *e = rcu_dereference_sched(rq->ghost.enclave);

	/* It is leaving: the commit point is on the way to the next task. */
	if (!task_on_rq_queued(rq->curr) && rq->curr != rq->idle)
		return false;
	/* A dispatch that is boosted goes before the fair class; idling does not. */
	if (class == &fair_sched_class)
		return c->gtid < 0 || !e || !READ_ONCE(e->boost_us);
	return class != &ghost_sched_class && class != &idle_sched_class;
}

static bool by_its_agent(const struct commit *c, struct rq *rq)
{
	return c->sync && rq == this_rq() && rq->ghost.agent == current;
}

static int check_cpu(struct commit *c, struct rq *rq, struct task_struct *next)
{
	if (c->gtid == GHOST_IDLE_GTID && rq->curr == rq->idle) {
		if (!(c->commit_flags & ALLOW_TASK_ONCPU))
			return GHOST_TXN_TARGET_ONCPU;
		c->stays = true;
	}
	if (!rq->ghost.agent)
		return GHOST_TXN_NO_AGENT;
	if (rcu_access_pointer(rq->ghost.txn) != c->txn)
		return GHOST_TXN_INVALID_CPU;
	if (!caller_permitted(c, rq))
		return GHOST_TXN_NOT_PERMITTED;
	if (takes_cpu(c)) {
		if ((c->run_flags & DO_NOT_PREEMPT) && would_preempt(rq, next))
			return GHOST_TXN_AGENT_STALE;
		if (cpu_unavailable(c, rq))
			return GHOST_TXN_CPU_UNAVAIL;
	}
	if (by_its_agent(c, rq) && c->gtid != GHOST_AGENT_GTID &&
	    !ghost_agent_block(rq, c->agent_barrier))
		return GHOST_TXN_AGENT_STALE;
	return GO_ON;
}

/* Must the CPU switch? An agent that runs looks at the outcome, and yields. */
static bool needs_resched(const struct commit *c, struct rq *rq)
{
	if (c->stays)
		return false;
	if (c->gtid == GHOST_AGENT_GTID)
		return rq->curr != rq->ghost.agent;
	return c->sync || rq != this_rq() || rq->curr != rq->ghost.agent;
}

static void latch_next(struct commit *c, struct rq *rq, struct task_struct *next)
{
	struct ghost_rq *g = &rq->ghost;
	bool leave = g->must_leave;

	/*
	 * The current task's group has failed and it has not seen so yet: for
	 * its agent it is off the CPU, also when the value is another's.
	 */
	if (!g->latched && atomic64_read(&g->rendezvous) < 0)
		leave = true;

	ghost_latch(rq, next, c->run_flags);

	/* What has to go does so even if what is latched now never runs. */
	g->must_leave = leave || !next;
	if (c->group && c->gtid > 0)
		atomic64_set_release(&g->rendezvous, c->group);
}

static void take_effect(struct commit *c, struct rq *rq, struct task_struct *next)
{
	struct ghost_rq *g = &rq->ghost;

	/*
	 * First, before the rendezvous value changes: a task that waits for an
	 * older group takes need_resched for a sign that the value is not its
	 * own any more. See ghost_group.c.
	 */
	if (needs_resched(c, rq))
		resched_curr(rq);

	if (!c->stays && !(c->commit_flags & ELIDE_AGENT_BARRIER_INC))
		ghost_agent_barrier_inc(rq);

	if (c->stays) {
		ghost_latch(rq, NULL, c->run_flags);
	} else if (c->gtid == GHOST_AGENT_GTID) {
		ghost_agent_barrier_inc(rq);
		WRITE_ONCE(g->blocked_in_run, false);
	} else {
		latch_next(c, rq, next);
	}

	WRITE_ONCE(c->txn->cpu_seqnum, ++g->cpu_seqnum);
	ghost_txn_finish(c->txn, GHOST_TXN_COMPLETE);
}

static bool commit_on_cpu(struct commit *c, struct rq *rq, struct task_struct *next)
{
	int state = check_cpu(c, rq, next);

	if (state == GO_ON) {
		take_effect(c, rq, next);
		return true;
	}
	/* For its agent the task is not latched now, wherever it was before. */
	if (c->gtid > 0 && rq->ghost.latched == next)
		ghost_unlatch(rq, true);
	if (c->commit_flags & INC_AGENT_BARRIER_ON_FAILURE)
		ghost_agent_barrier_inc(rq);
	ghost_txn_finish(c->txn, state);
	return false;
}

/* --- together --- */

static bool fail(struct commit *c, int state)
{
	if (c->commit_flags & INC_AGENT_BARRIER_ON_FAILURE)
		count_failure(c->cpu);
	ghost_txn_finish(c->txn, state);
	return false;
}

/* Interrupts off, RCU read side. */
static bool commit_task(struct commit *c)
{
	struct ghost_enclave *e = rcu_dereference_sched(this_rq()->ghost.enclave);
	struct task_struct *p = ghost_find_task(c->gtid, e);
	struct rq_flags rf;
	struct rq *rq;
	bool ok;
	int state;

	if (!p)
		return fail(c, GHOST_TXN_TARGET_NOT_FOUND);
	if (ghost_agent(p))
		return fail(c, GHOST_TXN_INVALID_TARGET);
	/* Somebody changes it right now: what the agent knows will be stale. */
	if (!raw_spin_trylock(&p->pi_lock))
		return fail(c, GHOST_TXN_TARGET_STALE);

	rq = __task_rq_lock(p, &rf);
	state = check_target(c, rq, p);
	if (state != GO_ON) {
		__task_rq_unlock(rq, &rf);
		raw_spin_unlock(&p->pi_lock);
		return fail(c, state);
	}

	if (cpu_of(rq) != c->cpu)
		rq = move_target(c, rq, &rf, p);
	else
		update_rq_clock(rq);
	ok = commit_on_cpu(c, rq, p);
	__task_rq_unlock(rq, &rf);
	raw_spin_unlock(&p->pi_lock);
	return ok;
}

static bool commit_special(struct commit *c)
{
	struct rq *rq = cpu_rq(c->cpu);
	struct rq_flags rf;
	bool ok;

	rq_lock(rq, &rf);
	update_rq_clock(rq);
	ok = commit_on_cpu(c, rq, c->gtid == GHOST_IDLE_GTID ? rq->idle : NULL);
	rq_unlock(rq, &rf);
	return ok;
}

bool ghost_txn_commit(struct ghost_txn *txn, int cpu, bool sync, s64 group)
{
	struct commit c = { .txn = txn, .cpu = cpu, .sync = sync, .group = group };
	unsigned long flags;
	bool ok;
	int state;

	local_irq_save(flags);
	rcu_read_lock();
	state = read_request(&c);
	if (state != GO_ON)
		ok = fail(&c, state);
	else
		ok = c.gtid > 0 ? commit_task(&c) : commit_special(&c);
	rcu_read_unlock();
	local_irq_restore(flags);
	return ok;
}

/* --- commit points --- */

/**
 * ghost_commit_local - an asynchronous commit point of this CPU
 * @kind: COMMIT_AT_SCHEDULE, or 0: what has no COMMIT_AT flag is taken by both
 *
 * Context: Preemption off, no lock held.
 */
void ghost_commit_local(int kind)
{
	struct ghost_txn *txn = rcu_dereference_sched(this_rq()->ghost.txn);
	unsigned int at;

	if (!txn || READ_ONCE(txn->state) != GHOST_TXN_READY)
		return;
	at = READ_ONCE(txn->commit_flags) & COMMIT_AT;
	if (at && at != kind)
		return;
	if (ghost_txn_claim(txn))
		ghost_txn_commit(txn, smp_processor_id(), false, 0);
}

int ghost_txn_copy_mask(struct ghost_ioc_commit_txn __user *arg, struct cpumask *mask)
{
	struct ghost_ioc_commit_txn req;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
	if (req.flags)
		return -EINVAL;

	cpumask_clear(mask);
	if (copy_from_user(cpumask_bits(mask), (void __user *)req.mask_ptr,
			   min_t(size_t, req.mask_len, cpumask_size())))
		return -EFAULT;
	cpumask_and(mask, mask, cpu_possible_mask);
	return 0;
}

/* One CPU of COMMIT_TXN. false: its transaction was claimed by nobody or failed. */
static bool visit_cpu(struct ghost_enclave *e, int cpu, bool failed)
{
	struct ghost_txn *txn = ghost_enclave_txn(e, cpu);
	bool local = cpu == smp_processor_id();
	unsigned int flags;

	if (!txn || READ_ONCE(txn->state) != GHOST_TXN_READY)
		return true;

	flags = READ_ONCE(txn->commit_flags);
	if (!local && !(flags & COMMIT_AT_TXN_COMMIT)) {
		if (!(flags & COMMIT_AT_SCHEDULE))
			ghost_kick_cpu(cpu, GHOST_KICK_COMMIT);
		return true;
	}

	if (!ghost_txn_claim(txn))
		return false;
	if (local && failed) {
		ghost_txn_poison(txn, cpu, false);
		return false;
	}
	return ghost_txn_commit(txn, cpu, true, 0);
}

/**
 * ghost_commit_txn - GHOST_IOC_COMMIT_TXN
 * @e:	 the enclave
 * @arg: the CPUs whose transactions to commit
 *
 * The caller's own CPU comes last; if that is committed the caller, its agent,
 * gives it up and the ioctl returns when it runs again.
 *
 * Return: 0, -EFAULT, -EINVAL, -ENOMEM. What became of each transaction is in it.
 */
int ghost_commit_txn(struct ghost_enclave *e, struct ghost_ioc_commit_txn __user *arg)
{
	bool failed = false;
	cpumask_var_t mask;
	int cpu, this_cpu, ret;

	if (!alloc_cpumask_var(&mask, GFP_KERNEL))
		return -ENOMEM;
	ret = ghost_txn_copy_mask(arg, mask);
	if (ret)
		goto out;

	this_cpu = get_cpu();
	for_each_cpu_wrap(cpu, mask, this_cpu + 1) {
		if (!visit_cpu(e, cpu, failed))
			failed = true;
	}
	put_cpu();
	ghost_agent_switch();
out:
	free_cpumask_var(mask);
	return ret;
}
