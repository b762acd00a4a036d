// SPDX-License-Identifier: GPL-2.0-only
/*
 * Delegation of scheduling to userspace: groups of transactions, whose targets
 * start together or not at all.
 *
 * Each group has a number of its own. A CPU that is committed as a member gets
 * it as its rendezvous value, and the task that it switches to waits at the end
 * of the switch, before any code of it runs, as long as the value is that number.
 * The committer replaces it in all members: by 0, the task may go on, or by the
 * negative number, it may not.
 *
 * The value is that of the last latch: ghost_latch() clears it, a group sets it
 * after that, both under the rq lock. Whether it is still that of the task which
 * has been switched to is known by need_resched: a commit that takes the CPU from
 * that task sets need_resched first and changes the value then, and nothing clears
 * need_resched before the task is in the scheduler again. So a task that sees it
 * does not look at the value. It leaves, and is not picked again without a new
 * commit: else it would come back without passing here. Nobody waits longer than
 * until the committer is done, or something wants the CPU.
 */
#include "ghost_internal.h"

static atomic64_t last_group = ATOMIC64_INIT(0);

/* Idle, agents, and a task that PI has boosted into another class do not wait. */
static bool may_wait(const struct task_struct *p)
{
	return ghost_task(p) && !p->ghost.agent && p->sched_class == &ghost_sched_class;
}

/*
 * Off the CPU before any code runs: silently if the group failed, as its agent
 * knows then; with a MSG_TASK_PREEMPT if something else takes the CPU. With the
 * lock held no commit is under way: without need_resched the value is current's.
 */
static void leave(struct rq *rq)
{
	struct ghost_rq *g = &rq->ghost;
	struct rq_flags rf;
	bool taken, failed;

	rq_lock_irq(rq, &rf);
	taken = need_resched();
	failed = !taken && atomic64_read(&g->rendezvous) < 0;
	/* It may have left the enclave, or been committed where it is, meanwhile. */
	if (may_wait(current) && (taken || failed)) {
		g->suppress_preempt = failed;
		g->must_leave = true;
		resched_curr(rq);
	}
	rq_unlock_irq(rq, &rf);
}

/* Preemption is off, interrupts are on. */
void __ghost_rendezvous(struct rq *rq)
{
	s64 group;

	if (!may_wait(current))
		return;

	for (;;) {
		/* In this order, see above. */
		group = atomic64_read_acquire(&rq->ghost.rendezvous);
		if (need_resched() || group < 0)
			break;
		if (likely(!group))
			return;
		cpu_relax();
	}
	leave(rq);
}

/* Tell a member of the outcome, unless it has been committed anew. */
static void publish(int cpu, s64 group, bool reached)
{
	atomic64_cmpxchg(&cpu_rq(cpu)->ghost.rendezvous, group, reached ? 0 : -group);
}

/**
 * struct group - a group that is being committed
 * @e:		the enclave
 * @members:	CPUs whose transactions have been claimed
 * @committed:	of them committed: those that have to switch wait
 */
struct group {
	struct ghost_enclave	*e;
	cpumask_var_t		members;
	cpumask_var_t		committed;
};

static bool claim_members(struct group *g)
{
	bool all = true;
	int cpu;

	for_each_cpu(cpu, g->members) {
		struct ghost_txn *txn = ghost_enclave_txn(g->e, cpu);

		if (!txn || !ghost_txn_claim(txn)) {
			cpumask_clear_cpu(cpu, g->members);
			all = false;
		}
	}
	return all;
}

static bool commit_members(struct group *g, s64 number, bool ok)
{
	int cpu, this_cpu = smp_processor_id();

	for_each_cpu_wrap(cpu, g->members, this_cpu + 1) {
		/* The page stays, even if the CPU has left the enclave meanwhile. */
		struct ghost_txn *txn = &g->e->cpu_data[cpu].txn;

		if (!ok) {
			ghost_txn_poison(txn, cpu, true);
			continue;
		}
		ok = ghost_txn_commit(txn, cpu, true, number);
		if (ok)
			cpumask_set_cpu(cpu, g->committed);
	}
	return ok;
}

static bool commit_group(struct group *g)
{
	s64 number = atomic64_inc_return(&last_group);
	bool ok;
	int cpu;

	preempt_disable();
	ok = commit_members(g, number, claim_members(g));
	for_each_cpu(cpu, g->committed)
		publish(cpu, number, ok);
	if (ok)
		for_each_cpu(cpu, g->members)
			/* Who takes a transaction over finds it finished. */
			smp_store_release(&g->e->cpu_data[cpu].txn.sync_group_owner, -1);
	preempt_enable();

	ghost_agent_switch();
	return ok;
}

/**
 * ghost_sync_group_txn - GHOST_IOC_SYNC_GROUP_TXN
 * @e:	 the enclave
 * @arg: the CPUs whose transactions form the group
 *
 * Return: 1 if all of them succeeded, 0 if none takes effect, -ENOMEM, -EFAULT,
 * -EINVAL.
 */
int ghost_sync_group_txn(struct ghost_enclave *e, struct ghost_ioc_commit_txn __user *arg)
{
	struct group g = { .e = e };
	int ret = -ENOMEM;

	if (!alloc_cpumask_var(&g.members, GFP_KERNEL))
		return ret;
	if (!zalloc_cpumask_var(&g.committed, GFP_KERNEL))
		goto out;

	ret = ghost_txn_copy_mask(arg, g.members);
	if (!ret)
		ret = commit_group(&g);
	free_cpumask_var(g.committed);
out:
	free_cpumask_var(g.members);
	return ret;
}
