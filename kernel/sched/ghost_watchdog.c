// SPDX-License-Identifier: GPL-2.0-only
/*
 * Delegation of scheduling to userspace: what happens at the tick, and the
 * watchdog over agents. A runnable task that has waited for longer than the
 * enclave's runnable_timeout means that its agent has failed: the enclave is
 * destroyed, and its tasks are back in the fair class.
 *
 * An agent can only fail where it had a chance: on a CPU that the task may run
 * on and that other classes have left to the agent for most of the time, in the
 * last two looks. Whoever keeps a CPU busy with tasks of the fair class makes
 * delegated ones wait, as is meant, and ends no enclave by that. A task that may
 * run on none of the enclave's CPUs is the fault of whoever chose its affinity:
 * it alone goes back to the fair class.
 *
 * The watchdog is a timer of the enclave and runs in hard interrupts: it works
 * if all CPUs idle without a tick, and if an agent spins on each of them.
 */
#include "ghost_internal.h"

#define TIMEOUT_MS	5000
/* Looks in a timeout, and those in a row in which a CPU must have been the agent's. */
#define LOOKS		4
#define STRIKES		2

/* e->lock is held: the callback and a change of the timeout both get here. */
static void arm(struct ghost_enclave *e)
{
	if (e->timeout_ms && !e->dying)
		hrtimer_start(&e->watchdog, ms_to_ktime(max(e->timeout_ms / LOOKS, 1U)),
			      HRTIMER_MODE_REL_HARD);
}

/**
 * struct look - one look at all CPUs
 * @e:	     the enclave
 * @timeout: ns that a task may wait
 * @ns:	     since the last look
 * @comm:    name of the task that has waited longest through the agent's fault
 * @pid:     its id
 * @waited:  for how long, ns; 0: there is none
 * @strays:  a task may run on none of the enclave's CPUs
 */
struct look {
	struct ghost_enclave	*e;
	s64			timeout;
	s64			ns;
	char			comm[TASK_COMM_LEN];
	pid_t			pid;
	s64			waited;
	bool			strays;
};

/* Has the CPU been the agent's since the last look? One without an agent could have one. */
static void look_at_cpu(struct look *look, struct rq *rq)
{
	struct ghost_rq *g = &rq->ghost;
	struct rq_flags rf;
	s64 taken;

	rq_lock_irqsave(rq, &rf);
	update_rq_clock(rq);
	taken = g->taken_ns - g->watched_ns;
	if (g->taken)
		taken += rq_clock(rq) - g->taken_since;
	g->watched_ns += taken;
	if (g->agent && taken > look->ns / 2)
		g->nr_given = 0;
	else
		g->nr_given++;
	if (g->nr_given >= STRIKES)
		cpumask_set_cpu(cpu_of(rq), &look->e->given);
	rq_unlock_irqrestore(rq, &rf);
}

static void look_at_task(struct look *look, struct task_struct *p, s64 waited)
{
	if (!cpumask_intersects(p->cpus_ptr, &look->e->cpus)) {
		look->strays = true;
	} else if (waited > look->waited && cpumask_intersects(p->cpus_ptr, &look->e->given)) {
		look->waited = waited;
		look->pid = p->pid;
		strscpy(look->comm, p->comm, sizeof(look->comm));
	}
}

static void look_at_tasks(struct look *look, struct rq *rq)
{
	struct task_struct *p;
	struct rq_flags rf;
	s64 waited;

	if (!READ_ONCE(rq->ghost.nr_running))
		return;

	rq_lock_irqsave(rq, &rf);
	list_for_each_entry(p, &rq->ghost.tasks, ghost.run_list) {
		if (p->ghost.enclave != look->e || p->ghost.throttled || task_on_cpu(rq, p))
			continue;
		/* The clocks of CPUs may differ a little. */
		waited = sched_clock() - p->ghost.last_runnable;
		if (waited > look->timeout)
			look_at_task(look, p, waited);
	}
	rq_unlock_irqrestore(rq, &rf);
}

static void look_at_all(struct look *look)
{
	struct ghost_enclave *e = look->e;
	u64 now = ktime_get_mono_fast_ns();
	int cpu;

	look->ns = now - e->looked_at;
	e->looked_at = now;
	cpumask_clear(&e->given);
	for_each_cpu(cpu, &e->cpus)
		look_at_cpu(look, cpu_rq(cpu));
	for_each_online_cpu(cpu)
		look_at_tasks(look, cpu_rq(cpu));
}

static enum hrtimer_restart watchdog_fn(struct hrtimer *timer)
{
	struct ghost_enclave *e = container_of(timer, struct ghost_enclave, watchdog);
	unsigned int timeout_ms = READ_ONCE(e->timeout_ms);
	struct look look = { .e = e, .timeout = (s64)timeout_ms * NSEC_PER_MSEC };
	unsigned long flags;

	if (READ_ONCE(e->dying) || !timeout_ms)
		return HRTIMER_NORESTART;

	look_at_all(&look);
	if (look.waited) {
		pr_warn("ghost: enclave_%lu: %s/%d has waited for %lld ms, its agent has failed\n",
			e->id, look.comm, look.pid, look.waited / NSEC_PER_MSEC);
		ghost_enclave_destroy(e, "a task was not scheduled within runnable_timeout");
		return HRTIMER_NORESTART;
	}
	if (look.strays)
		ghost_enclave_drop_strays(e);

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
	e->looked_at = ktime_get_mono_fast_ns();
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
