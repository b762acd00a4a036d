/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What delegation keeps per CPU, embedded in struct rq.
 */
#ifndef _KERNEL_SCHED_GHOST_RQ_H
#define _KERNEL_SCHED_GHOST_RQ_H

#include <linux/irq_work.h>
#include <linux/sched_ghost.h>

#ifdef CONFIG_SCHED_CLASS_GHOST

/* Bits of ghost_rq.kick_bits */
#define GHOST_KICK_RESCHED	0
#define GHOST_KICK_COMMIT	1

/**
 * struct ghost_rq - delegation on one CPU
 *
 * Under the lock of the runqueue unless said otherwise.
 *
 * @agent:	the CPU's agent, from its attachment to the end of its last switch
 * @tasks:	queued tasks (run_list), in no order; no agents
 * @nr_running:	queued tasks, no agents; may be read without the lock
 * @agent_queued: the agent is on the runqueue (not blocked in the kernel)
 * @latched:	who runs next: a queued task, rq->idle, or NULL
 * @latch_flags: run_flags of the last commit or yield (RTLA_ON_*, ...)
 * @cpu_seqnum:	counts what happened on the CPU
 * @candidate:	in a pass of the scheduler: prev gets MSG_TASK_PREEMPT if it leaves
 * @must_leave:	the current task may not be picked again
 * @suppress_preempt: no MSG_TASK_PREEMPT for the current task: its group failed
 * @send_on_cpu: MSG_TASK_ON_CPU is due when the latched task is switched in
 * @only_fair:	in a pass of the scheduler: see ghost_only_fair()
 * @available:	cached: no work beside delegated tasks and the agent
 * @boost_end:	rq_clock() when a boosted dispatch ends
 * @taken:	neither the agent nor a delegated task has the CPU, nor is it idle
 * @taken_since: rq_clock() when that began, while @taken
 * @taken_ns:	how long that has been so, before @taken_since
 * @watched_ns: the same at the watchdog's last look
 * @nr_given:	its last looks in a row that found the CPU to be the agent's
 *
 * Without the lock:
 *
 * @enclave:	who owns the CPU, RCU; written under ghost_cpu_lock
 * @txn:	the CPU's transaction page in @enclave, RCU, as @enclave
 * @agent_barrier: counts what the agent must have seen
 * @blocked_in_run: the agent has given up the CPU; it is on the runqueue but
 *		not eligible. Written on this CPU only, with the lock
 * @wake_pending: unblock the agent at the next pick
 * @remote_must_leave: set @must_leave at the next pick
 * @rendezvous:	see ghost_group.c
 * @kick:	runs ghost_kick_fn() on the CPU for what @kick_bits say
 */
struct ghost_rq {
	struct task_struct		*agent;
	struct list_head		tasks;
	unsigned int			nr_running;
	bool				agent_queued;
	struct task_struct		*latched;
	unsigned int			latch_flags;
	u64				cpu_seqnum;
	bool				candidate;
	bool				must_leave;
	bool				suppress_preempt;
	bool				send_on_cpu;
	bool				only_fair;
	bool				available;
	u64				boost_end;
	bool				taken;
	u64				taken_since;
	u64				taken_ns;
	u64				watched_ns;
	unsigned int			nr_given;

	struct ghost_enclave __rcu	*enclave;
	struct ghost_txn __rcu		*txn;
	atomic_t			agent_barrier;
	bool				blocked_in_run;
	atomic_t			wake_pending;
	atomic_t			remote_must_leave;
	atomic64_t			rendezvous;
	unsigned long			kick_bits;
	struct irq_work			kick;
};

#endif /* CONFIG_SCHED_CLASS_GHOST */

#endif /* _KERNEL_SCHED_GHOST_RQ_H */
