// SPDX-License-Identifier: GPL-2.0-only
/*
 * Delegation of scheduling to userspace: what happens at the tick, and the
 * watchdog over agents. A runnable task that has waited for longer than the
 * enclave's runnable_timeout means that its agent has failed: the enclave is
 * destroyed, and its tasks are back in the fair class.
 *
 * The watchdog is a timer of the enclave and runs in hard interrupts: it works
 * if all CPUs idle without a tick, and if an agent spins on each of them.
 */
#include "ghost_internal.h"

#define TIMEOUT_MS	5000

/* e->lock is held: the callback and a change of the timeout both get here. */
static void arm(struct ghost_enclave *e)
{
	if (e->timeout_ms && !e->dying)
		hrtimer_start(&e->watchdog, ms_to_ktime(max(e->timeout_ms / 4, 1U)),
			      HRTIMER_MODE_REL_HARD);
}

/**
 * struct waiter - a task that waits
 * @comm: its name
 * @pid:  its id
 * @ns:	  for how long; 0: there is none
 */
struct waiter {
	char	comm[TASK_COMM_LEN];
	pid_t	pid;
	s64	ns;
};

/* The list is in the order of waiting: the first that counts has waited longest. */
static void look_at_cpu(struct ghost_enclave *e, struct rq *rq, struct waiter *longest)
{
	struct task_struct *p;
	struct rq_flags rf;
	s64 ns;

	if (!READ_ONCE(rq->ghost.nr_running))
		return;

	rq_lock_irqsave(rq, &rf);
	list_for_each_entry(p, &rq->ghost.tasks, ghost.run_list) {
		if (p->ghost.enclave != e || p->ghost.throttled || task_on_cpu(rq, p))
			continue;
		/* The clocks of CPUs may differ a little. */
		ns = sched_clock() - p->ghost.last_runnable;
		if (ns > longest->ns) {
			longest->ns = ns;
			longest->pid = p->pid;
			strscpy(longest->comm, p->comm, sizeof(longest->comm));
		}
		break;
	}
	rq_unlock_irqrestore(rq, &rf);
}

static enum hrtimer_restart watchdog_fn(struct hrtimer *timer)
{
	struct ghost_enclave *e = container_of(timer, struct ghost_enclave, watchdog);
	unsigned int timeout_ms = READ_ONCE(e->timeout_ms);
	struct waiter longest = {};
	unsigned long flags;
	int cpu;

	if (READ_ONCE(e->dying) || !timeout_ms)
		return HRTIMER_NORESTART;

	for_each_online_cpu(cpu)
		look_at_cpu(e, cpu_rq(cpu), &longest);

	if (longest.ns > (s64)timeout_ms * NSEC_PER_MSEC) {
		pr_warn("ghost: enclave_%lu: %s/%d has waited for %lld ms, its agent has failed\n",
			e->id, longest.comm, longest.pid, longest.ns / NSEC_PER_MSEC);
		ghost_enclave_destroy(e, "a task was not scheduled within runnable_timeout");
		return HRTIMER_NORESTART;
	}

	/* With all CPUs idle there is no tick that would do this. */
	if (atomic_read(&e->nr_lost))
		ghost_queue_resync(e);
	raw_spin_lock_irqsave(&e->lock, flags);
	arm(e);
	raw_spin_unlock_irqrestore(&e->lock, flags);
	return HRTIMER_NORESTART;
}

void ghost_watchdog_init(struct ghost_enclave *e)
{
	hrtimer_init(&e->watchdog, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	e->watchdog.function = watchdog_fn;
	ghost_watchdog_set(e, TIMEOUT_MS);
}

void ghost_watchdog_set(struct ghost_enclave *e, unsigned int timeout_ms)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&e->lock, flags);
	WRITE_ONCE(e->timeout_ms, timeout_ms);
	arm(e);
	raw_spin_unlock_irqrestore(&e->lock, flags);
}

void ghost_watchdog_stop(struct ghost_enclave *e)
{
	hrtimer_cancel(&e->watchdog);
}

/* --- the tick --- */

static void commit_at_tick(struct ghost_enclave *e, int this_cpu)
{
	const struct ghost_txn *txn;
	int cpu;

	ghost_commit_local(0);
	for_each_cpu(cpu, &e->cpus) {
		txn = ghost_enclave_txn(e, cpu);
		if (cpu != this_cpu && txn && READ_ONCE(txn->state) == GHOST_TXN_READY &&
		    !(READ_ONCE(txn->commit_flags) & (COMMIT_AT_SCHEDULE | COMMIT_AT_TXN_COMMIT)))
			ghost_kick_cpu(cpu, GHOST_KICK_COMMIT);
	}
}

void __ghost_tick(struct rq *rq)
{
	struct ghost_enclave *e = rcu_dereference_sched(rq->ghost.enclave);

	if (!e)
		return;
	if (READ_ONCE(e->commit_at_tick))
		commit_at_tick(e, cpu_of(rq));
	if (atomic_read(&e->nr_lost))
		ghost_queue_resync(e);
}
