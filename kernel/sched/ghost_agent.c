// SPDX-License-Identifier: GPL-2.0-only
/*
 * Delegation of scheduling to userspace: agents. How a thread becomes one,
 * gives up its CPU, is woken and dies.
 *
 * An agent that has given up its CPU (GHOST_IOC_RUN, or a commit on its own
 * CPU) stays on the runqueue in running state; blocked_in_run keeps it from
 * being picked. Whoever has news for it counts agent_barrier first and looks
 * at blocked_in_run then; the agent sets blocked_in_run first and looks at
 * the barrier then: one of them sees the other.
 */
#include <linux/cpuset.h>
#include <linux/sched/signal.h>
#include <linux/security.h>
#include <trace/events/sched_ghost.h>

#include "ghost_internal.h"

/* --- barrier --- */

void ghost_publish_agent_barrier(struct rq *rq)
{
	struct task_struct *agent = rq->ghost.agent;

	if (agent && agent->ghost.sw)
		/* An agent that reads it finds the message that it counts. */
		smp_store_release(&agent->ghost.sw->barrier,
				  (u32)atomic_read(&rq->ghost.agent_barrier));
}

u32 ghost_agent_barrier_inc(struct rq *rq)
{
	u32 barrier = atomic_inc_return(&rq->ghost.agent_barrier);

	ghost_publish_agent_barrier(rq);
	return barrier;
}

/* --- waking an agent --- */

void ghost_kick_fn(struct irq_work *work)
{
	struct ghost_rq *g = this_cpu_ptr(&runqueues.ghost);

	if (test_and_clear_bit(GHOST_KICK_COMMIT, &g->kick_bits))
		ghost_commit_local(0);
	if (test_and_clear_bit(GHOST_KICK_RESCHED, &g->kick_bits)) {
		set_tsk_need_resched(current);
		set_preempt_need_resched();
	}
}

/**
 * ghost_kick_cpu - make a CPU reschedule, or commit its transaction
 * @cpu:  which
 * @what: GHOST_KICK_RESCHED or GHOST_KICK_COMMIT
 *
 * Context: Preemption off, any lock held.
 */
void ghost_kick_cpu(int cpu, int what)
{
	struct ghost_rq *g = &cpu_rq(cpu)->ghost;

	/* A CPU that is online stays so as long as preemption is off. */
	if (!cpu_online(cpu))
		return;
	set_bit(what, &g->kick_bits);
	irq_work_queue_on(&g->kick, cpu);
}

/*
 * Between the pick and the switch rq->curr is the next task already: that is
 * the one that must reschedule.
 */
static void resched_agent_cpu(int cpu)
{
	if (cpu != get_cpu()) {
		ghost_kick_cpu(cpu, GHOST_KICK_RESCHED);
	} else {
		set_tsk_need_resched(this_rq()->curr);
		set_preempt_need_resched();
	}
	put_cpu();
}

/**
 * ghost_wake_agent - there is news for the agent of a CPU
 * @cpu: the CPU
 *
 * Context: Any; any lock held, that of another runqueue as well.
 */
void ghost_wake_agent(int cpu)
{
	struct ghost_rq *g = &cpu_rq(cpu)->ghost;

	/* Fully ordered: pairs with the barrier in ghost_agent_block(). */
	atomic_inc_return(&g->agent_barrier);

	if (READ_ONCE(g->blocked_in_run) && !atomic_xchg(&g->wake_pending, 1))
		resched_agent_cpu(cpu);
}

void ghost_schedule_to_agent(struct rq *rq)
{
	struct ghost_rq *g = &rq->ghost;

	ghost_agent_barrier_inc(rq);
	if (!g->agent || !g->blocked_in_run)
		return;
	WRITE_ONCE(g->blocked_in_run, false);
	resched_curr(rq);
}

bool ghost_agent_eligible(struct rq *rq)
{
	struct ghost_rq *g = &rq->ghost;

	if (!g->agent_queued)
		return false;

	if (atomic_read(&g->wake_pending) && atomic_xchg(&g->wake_pending, 0)) {
		ghost_publish_agent_barrier(rq);
		WRITE_ONCE(g->blocked_in_run, false);
	}
	if (g->blocked_in_run && signal_pending(g->agent))
		WRITE_ONCE(g->blocked_in_run, false);
	return !g->blocked_in_run;
}

/* A signal for an agent: if it has given up its CPU, nothing else would make it run. */
void __ghost_kick_agent(struct task_struct *p)
{
	int cpu = task_cpu(p);
	struct ghost_rq *g = &cpu_rq(cpu)->ghost;

	if (READ_ONCE(g->blocked_in_run) && !atomic_xchg(&g->wake_pending, 1))
		ghost_kick_cpu(cpu, GHOST_KICK_RESCHED);
}

/* --- giving up the CPU --- */

/**
 * ghost_agent_block - the current agent gives up its CPU, unless there is news
 * @rq:	     its runqueue, locked
 * @barrier: what the agent has seen
 *
 * Return: false if it has not seen all; nothing has changed then.
 */
bool ghost_agent_block(struct rq *rq, u32 barrier)
{
	struct ghost_rq *g = &rq->ghost;
	bool seen;

	/* A wakeup from before: the barrier has counted it. */
	atomic_set(&g->wake_pending, 0);
	WRITE_ONCE(g->blocked_in_run, true);
	/* Pairs with the atomic_inc_return() in ghost_wake_agent(). */
	smp_mb();
	seen = barrier == (u32)atomic_read(&g->agent_barrier);
	if (!seen)
		WRITE_ONCE(g->blocked_in_run, false);
	ghost_publish_agent_barrier(rq);
	return seen;
}

/**
 * ghost_agent_switch - if the caller is an agent that has given up its CPU, do it
 *
 * Not if it has been preempted meanwhile and picked again, or unblocked: one
 * pass more would take away what has been latched since.
 *
 * Context: Process context, no lock held.
 */
void ghost_agent_switch(void)
{
	/* An agent stays on its CPU; of nobody else is it true, wherever it looks. */
	struct rq *rq = cpu_rq(raw_smp_processor_id());
	struct rq_flags rf;

	if (READ_ONCE(rq->ghost.agent) != current || !READ_ONCE(rq->ghost.blocked_in_run))
		return;
	schedule();

	/* One that PI has lent to another class runs without having been unblocked. */
	if (unlikely(READ_ONCE(rq->ghost.blocked_in_run))) {
		rq = this_rq_lock_irq(&rf);
		if (rq->ghost.agent == current)
			WRITE_ONCE(rq->ghost.blocked_in_run, false);
		rq_unlock_irq(rq, &rf);
	}
}

static int agent_yield(const struct ghost_ioc_run *run)
{
	struct rq_flags rf;
	struct rq *rq;
	int ret = 0;

	rq = this_rq_lock_irq(&rf);
	if (run->run_cpu != cpu_of(rq) || rq->ghost.agent != current)
		ret = -EINVAL;
	else if (!ghost_agent_block(rq, run->agent_barrier))
		ret = -ESTALE;

	if (!ret) {
		trace_sched_ghost_latched(rq->ghost.latched, rq->ghost.latched, run->run_flags);
		rq->ghost.latch_flags = run->run_flags;
		rq->ghost.cpu_seqnum++;
	}
	rq_unlock_irq(rq, &rf);

	ghost_agent_switch();
	return ret;
}

/* Same process as the caller, so that it may ping or time that agent. */
bool ghost_agent_is_mine(const struct rq *rq)
{
	return rq->ghost.agent && rq->ghost.agent->group_leader == current->group_leader;
}

static int agent_ping(const struct ghost_ioc_run *run)
{
	struct rq *rq = cpu_rq(run->run_cpu);
	struct rq_flags rf;
	int ret = 0;

	rq_lock_irqsave(rq, &rf);
	if (!ghost_agent_is_mine(rq)) {
		ret = -EINVAL;
	} else {
		ghost_agent_barrier_inc(rq);
		ghost_agent_barrier_inc(rq);
		if (rq->ghost.blocked_in_run) {
			WRITE_ONCE(rq->ghost.blocked_in_run, false);
			resched_curr(rq);
		}
	}
	rq_unlock_irqrestore(rq, &rf);
	return ret;
}

/**
 * ghost_ioc_run - GHOST_IOC_RUN: the calling agent gives up its CPU, or another is pinged
 * @e:	 the enclave
 * @arg: see the ABI
 *
 * Return: 0 when the agent runs again; -EPERM without CAP_SYS_NICE, -EFAULT,
 * -EINVAL, -ESTALE if there is news for the agent.
 */
int ghost_ioc_run(struct ghost_enclave *e, struct ghost_ioc_run __user *arg)
{
	struct ghost_ioc_run run;

	if (!capable(CAP_SYS_NICE))
		return -EPERM;
	if (copy_from_user(&run, arg, sizeof(run)))
		return -EFAULT;
	if ((unsigned int)run.run_cpu >= nr_cpu_ids || !cpu_online(run.run_cpu))
		return -EINVAL;
	if (run.run_flags & ~RTLA_ON_IDLE || (run.run_flags && run.gtid < 0))
		return -EINVAL;

	switch (run.gtid) {
	case GHOST_NULL_GTID:
		return agent_yield(&run);
	case GHOST_AGENT_GTID:
		return agent_ping(&run);
	default:
		return -EINVAL;
	}
}

/* --- attaching --- */

/**
 * ghost_agent_attach - make a task the agent of a CPU
 * @rq: its runqueue
 * @p:	the current task, about to change its policy
 * @ga: which enclave, CPU and queue
 *
 * Context: p->pi_lock and the lock of @rq held.
 * Return: 0; -EBUSY if the CPU has an agent, -ENODEV if it is not the
 * enclave's, -ENXIO without a queue, -EXDEV, -EINVAL, -ENOMEM as for tasks.
 */
int ghost_agent_attach(struct rq *rq, struct task_struct *p, const struct ghost_sched_attr *ga)
{
	struct ghost_enclave *e = ga->enclave;
	struct ghost_rq *g = &rq->ghost;
	struct ghost_queue *q = ga->queue;
	int ret;

	/* Its affinity may have been changed since it was set. */
	if (p != current || cpu_of(rq) != ga->agent_cpu || is_migration_disabled(p) ||
	    !cpumask_equal(p->cpus_ptr, cpumask_of(ga->agent_cpu)))
		return -EINVAL;
	if (g->agent)
		return -EBUSY;
	/* Another enclave's transactions are none of this one's business. */
	if (rcu_access_pointer(g->enclave) != e)
		return -ENODEV;
	/* What was asked for while nobody was there to do it. */
	ghost_txn_withdraw(cpu_of(rq), GHOST_TXN_NO_AGENT);
	if (!q && !READ_ONCE(e->def_q))
		return -ENXIO;
	if (READ_ONCE(e->dying))
		return -EXDEV;
	if (p->ghost.inhibited_by && p->ghost.inhibited_by->abi != e->abi)
		return -EINVAL;

	ret = ghost_sw_alloc(e, &p->ghost.sw_info, &p->ghost.sw);
	if (ret)
		return ret;

	raw_spin_lock(&e->lock);
	if (!q && !e->def_q)
		ret = -ENXIO;
	else
		ret = ghost_enclave_agent_attached(e, cpu_of(rq));
	if (!ret)
		ghost_queue_get(q ?: (q = e->def_q));
	raw_spin_unlock(&e->lock);
	if (ret) {
		ghost_sw_release(e, p->ghost.sw_info);
		p->ghost.sw = NULL;
		return ret;
	}

	ghost_enclave_get(e);
	p->ghost.enclave = e;
	p->ghost.dst_q = q;
	p->ghost.agent = 1;
	p->ghost.new_task = 0;
	p->ghost.yield = 0;
	p->ghost.by_tag = 0;
	p->ghost.throttled = 0;
	p->ghost.boost = 0;
	p->ghost.last_cpu = task_cpu(p);
	p->ghost.waker_cpu = task_cpu(p);
	WRITE_ONCE(p->ghost.sw->gtid, ghost_gtid(p));
	WRITE_ONCE(p->ghost.sw->runtime, p->se.sum_exec_runtime);

	g->available = false;
	g->latch_flags = 0;
	g->taken = false;
	g->nr_given = 0;
	atomic_set(&g->wake_pending, 0);
	WRITE_ONCE(g->blocked_in_run, false);
	WRITE_ONCE(g->agent, p);
	ghost_publish_agent_barrier(rq);
	return 0;
}

/* It has changed its class. Context: as ghost_agent_attach(). */
void ghost_agent_attached(struct rq *rq, struct task_struct *p)
{
	WRITE_ONCE(p->ghost.sw->switch_time, ktime_get_mono_fast_ns());
	ghost_sw_flags(p->ghost.sw, GHOST_SW_TASK_IS_AGENT | GHOST_SW_TASK_RUNNABLE |
		       GHOST_SW_TASK_ONCPU, GHOST_SW_CPU_AVAIL);
	ghost_sw_flags(p->ghost.sw, GHOST_SW_F_INUSE, 0);
}

static int attach_current(struct ghost_enclave *e, int cpu, struct ghost_queue *q)
{
	struct ghost_sched_attr ga = {
		.attr = {
			.size		= sizeof(struct sched_attr),
			.sched_policy	= SCHED_GHOST,
			.sched_flags	= SCHED_FLAG_GHOST | SCHED_FLAG_RESET_ON_FORK,
			.sched_nice	= task_nice(current),
		},
		.enclave	= e,
		.agent_cpu	= cpu,
		.queue		= q,
	};

	return ghost_setscheduler(current, &ga.attr);
}

/* What the caller's cpuset allows: the affinity of one that did not become an agent. */
static void restore_affinity(void)
{
	cpumask_var_t mask;

	if (!alloc_cpumask_var(&mask, GFP_KERNEL))
		return;
	cpuset_cpus_allowed(current, mask);
	set_cpus_allowed_ptr(current, mask);
	free_cpumask_var(mask);
}

static int become_agent(struct ghost_enclave *e, int cpu, int qfd)
{
	struct ghost_queue *q = NULL;
	int ret;

	/* It may not be found with a policy that has no class for it. */
	if (ghost_task(current))
		return current->ghost.enclave == e ? -EALREADY : -EPERM;
	if (current->flags & PF_EXITING)
		return -ESRCH;
	if (!capable(CAP_SYS_NICE))
		return -EPERM;
	ret = security_task_setscheduler(current);
	if (ret)
		return ret;
	if (qfd != -1) {
		q = ghost_queue_from_fd(qfd);
		if (IS_ERR(q))
			return PTR_ERR(q);
		if (q->enclave != e) {
			ghost_queue_put(q);
			return -EBADF;
		}
	}

	ret = attach_current(e, cpu, q);
	ghost_queue_put(q);
	return ret;
}

/**
 * ghost_become_agent - the calling thread becomes the agent of a CPU
 * @e:	 the enclave
 * @cpu: the CPU
 * @qfd: its queue, -1 for the default queue
 *
 * Its affinity becomes that CPU alone, whatever its cpuset says.
 *
 * Context: Process context, no lock held.
 * Return: 0 or an error as the ABI has it.
 */
int ghost_become_agent(struct ghost_enclave *e, int cpu, int qfd)
{
	int ret;

	if (qfd < -1)
		return -EBADF;
	if ((unsigned int)cpu >= nr_cpu_ids)
		return -EINVAL;
	/* set_cpus_allowed_ptr() takes an online CPU that is not active, then moves. */
	if (!cpu_active(cpu))
		return -EINVAL;
	ret = set_cpus_allowed_ptr(current, cpumask_of(cpu));
	if (ret)
		return ret;

	ret = become_agent(e, cpu, qfd);
	/* While another hands over, the caller tries again. */
	if (ret && (ret != -EBUSY || READ_ONCE(e->online)))
		restore_affinity();
	return ret;
}

/* --- the end --- */

/**
 * ghost_agent_dead - the last switch of an agent is done
 * @p: the agent
 *
 * Its status word stays until userspace frees it: that is how the end of an
 * agent is seen.
 *
 * Context: No lock held.
 */
void ghost_agent_dead(struct task_struct *p)
{
	struct ghost_enclave *e = p->ghost.enclave;
	struct ghost_queue *q = p->ghost.dst_q;
	struct ghost_rq *g;
	struct rq_flags rf;
	struct rq *rq;

	rq = task_rq_lock(p, &rf);
	update_rq_clock(rq);
	g = &rq->ghost;

	ghost_unlatch(rq, false);
	WRITE_ONCE(g->agent, NULL);
	g->agent_queued = false;
	g->latch_flags = 0;
	g->available = false;
	WRITE_ONCE(g->blocked_in_run, false);
	atomic_set(&g->wake_pending, 0);
	atomic_set(&g->remote_must_leave, 0);
	atomic_set(&g->agent_barrier, 0);
	ghost_txn_withdraw(cpu_of(rq), GHOST_TXN_NO_AGENT);

	ghost_sw_flags(p->ghost.sw, GHOST_SW_F_CANFREE,
		       GHOST_SW_TASK_ONCPU | GHOST_SW_TASK_RUNNABLE | GHOST_SW_CPU_AVAIL);
	p->ghost.sw = NULL;
	p->ghost.dst_q = NULL;
	p->ghost.enclave = NULL;
	p->ghost.dead = 1;
	ghost_enclave_agent_gone(e, cpu_of(rq));
	/* What it left behind on the CPU does not run without an agent. */
	if (ghost_task(rq->curr))
		resched_curr(rq);
	task_rq_unlock(rq, p, &rf);

	ghost_queue_put(q);
	ghost_enclave_put(e);
}
