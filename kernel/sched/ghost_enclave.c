// SPDX-License-Identifier: GPL-2.0-only
/*
 * Delegation of scheduling to userspace: enclaves, their CPUs, and how they end.
 *
 * Destruction has three stages, as it may begin in any context: from
 * ghost_enclave_destroy() on nobody enters; an irq_work kills the agents, which
 * nothing that can be starved by them may do; a worker gives the tasks back to
 * the fair class and removes the directory. A CPU is released when its agent
 * has gone.
 */
#include <linux/kernfs.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "ghost_internal.h"

DEFINE_STATIC_KEY_FALSE(ghost_in_use);

/* See "Lock order" in ghost_internal.h. */
DEFINE_MUTEX(ghost_enclaves_lock);
LIST_HEAD(ghost_enclaves);

/*
 * CPUs that belong to an enclave; and those that did once: somebody may look at
 * the transaction of such a one for a grace period. Whoever releases a CPU holds
 * the lock of a runqueue, which RCU takes under locks of its own: that is no
 * place for call_rcu(), so who wants the CPU next waits instead.
 */
DEFINE_RAW_SPINLOCK(ghost_cpu_lock);
static struct cpumask cpus_taken;
static struct cpumask cpus_released;
static DEFINE_PER_CPU(unsigned long, cpu_release_gp);

/* Enclaves that go with a process: looked at when one ends, where nothing may sleep long. */
static LIST_HEAD(ephemeral_enclaves);
static DEFINE_RAW_SPINLOCK(ephemeral_lock);

#define GRACE_MS	100
#define CPU_LEAVE_MS	5000

/* --- life --- */

static void destroy_irq_fn(struct irq_work *work);
static void destroy_work_fn(struct work_struct *work);
static void put_irq_fn(struct irq_work *work);
static void free_work_fn(struct work_struct *work);
static void stray_irq_fn(struct irq_work *work);
static void stray_work_fn(struct work_struct *work);
static enum hrtimer_restart grace_fn(struct hrtimer *timer);

struct ghost_enclave *ghost_enclave_create(unsigned long id, unsigned int abi)
{
	struct ghost_enclave *e;

	if (abi != GHOST_ABI_84 && abi != GHOST_ABI_91)
		return ERR_PTR(-ESRCH);
	e = kzalloc(sizeof(*e), GFP_KERNEL);
	if (!e)
		return ERR_PTR(-ENOMEM);
	e->cpu_data = ghost_vmalloc_user(nr_cpu_ids * sizeof(*e->cpu_data), NUMA_NO_NODE);
	if (!e->cpu_data) {
		kfree(e);
		return ERR_PTR(-ENOMEM);
	}

	refcount_set(&e->ref, 1);
	raw_spin_lock_init(&e->lock);
	e->id = id;
	e->abi = abi;
	e->grace_ms = GRACE_MS;
	INIT_LIST_HEAD(&e->tasks);
	INIT_LIST_HEAD(&e->inhibited);
	INIT_LIST_HEAD(&e->sw_regions);
	INIT_LIST_HEAD(&e->queues);
	e->destroy_irq = IRQ_WORK_INIT_HARD(destroy_irq_fn);
	INIT_WORK(&e->destroy_work, destroy_work_fn);
	init_irq_work(&e->put_irq, put_irq_fn);
	INIT_WORK(&e->free_work, free_work_fn);
	e->stray_irq = IRQ_WORK_INIT_HARD(stray_irq_fn);
	INIT_WORK(&e->stray_work, stray_work_fn);
	INIT_LIST_HEAD(&e->ephemeral_node);
	hrtimer_init(&e->grace_timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	e->grace_timer.function = grace_fn;
	ghost_watchdog_init(e);

	static_branch_inc(&ghost_in_use);
	return e;
}

void ghost_enclave_publish(struct ghost_enclave *e)
{
	lockdep_assert_held(&ghost_enclaves_lock);
	list_add_tail(&e->all, &ghost_enclaves);
	if (e->ephemeral) {
		raw_spin_lock_irq(&ephemeral_lock);
		list_add_tail(&e->ephemeral_node, &ephemeral_enclaves);
		raw_spin_unlock_irq(&ephemeral_lock);
	}
}

static void unpublish(struct ghost_enclave *e)
{
	mutex_lock(&ghost_enclaves_lock);
	list_del(&e->all);
	raw_spin_lock_irq(&ephemeral_lock);
	list_del_init(&e->ephemeral_node);
	raw_spin_unlock_irq(&ephemeral_lock);
	mutex_unlock(&ghost_enclaves_lock);
}

static void free_work_fn(struct work_struct *work)
{
	struct ghost_enclave *e = container_of(work, struct ghost_enclave, free_work);

	irq_work_sync(&e->put_irq);
	irq_work_sync(&e->destroy_irq);
	irq_work_sync(&e->stray_irq);
	hrtimer_cancel(&e->grace_timer);
	ghost_watchdog_stop(e);
	/* The last reference may have gone right after the last CPU. */
	synchronize_rcu();
	ghost_uninhibit_all(e);
	ghost_sw_free_regions(e);
	vfree(e->cpu_data);
	kernfs_put(e->sw_dir);
	static_branch_dec(&ghost_in_use);
	kfree(e);
}

static void put_irq_fn(struct irq_work *work)
{
	queue_work(system_unbound_wq,
		   &container_of(work, struct ghost_enclave, put_irq)->free_work);
}

bool ghost_enclave_tryget(struct ghost_enclave *e)
{
	return refcount_inc_not_zero(&e->ref);
}

void ghost_enclave_get(struct ghost_enclave *e)
{
	refcount_inc(&e->ref);
}

void ghost_enclave_put(struct ghost_enclave *e)
{
	if (e && refcount_dec_and_test(&e->ref))
		irq_work_queue(&e->put_irq);
}

/* --- CPUs --- */

struct ghost_enclave *ghost_cpu_enclave(int cpu)
{
	return rcu_dereference_sched(cpu_rq(cpu)->ghost.enclave);
}

/*
 * A page that has been protected and is written to again. Without this kernfs
 * answers for a mapping that has no operations in a way that mm tries for ever:
 * the page is of no file.
 */
static vm_fault_t cpu_data_mkwrite(struct vm_fault *vmf)
{
	lock_page(vmf->page);
	return VM_FAULT_LOCKED;
}

static const struct vm_operations_struct cpu_data_vm_ops = {
	.page_mkwrite	= cpu_data_mkwrite,
};

int ghost_enclave_mmap_cpu_data(struct ghost_enclave *e, struct vm_area_struct *vma)
{
	int ret = ghost_mmap_prepare(vma, nr_cpu_ids * sizeof(*e->cpu_data), true) ?:
		  remap_vmalloc_range(vma, e->cpu_data, 0);

	if (!ret)
		vma->vm_ops = &cpu_data_vm_ops;
	return ret;
}

/* Both e->lock and ghost_cpu_lock are held. */
static void take_cpu(struct ghost_enclave *e, int cpu)
{
	struct ghost_txn *txn = &e->cpu_data[cpu].txn;

	memset(&e->cpu_data[cpu], 0, sizeof(e->cpu_data[cpu]));
	txn->cpu = cpu;
	txn->sync_group_owner = -1;
	/* Whoever sees that it can be used sees what is in it. */
	smp_store_release(&txn->state, GHOST_TXN_COMPLETE);

	cpumask_set_cpu(cpu, &e->cpus);
	cpumask_set_cpu(cpu, &cpus_taken);
	cpumask_clear_cpu(cpu, &cpus_released);
	rcu_assign_pointer(cpu_rq(cpu)->ghost.txn, txn);
	rcu_assign_pointer(cpu_rq(cpu)->ghost.enclave, e);
}

void ghost_enclave_release_cpu(struct ghost_enclave *e, int cpu)
{
	lockdep_assert_held(&e->lock);
	if (!cpumask_test_cpu(cpu, &e->cpus))
		return;

	raw_spin_lock(&ghost_cpu_lock);
	cpumask_clear_cpu(cpu, &e->cpus);
	RCU_INIT_POINTER(cpu_rq(cpu)->ghost.txn, NULL);
	RCU_INIT_POINTER(cpu_rq(cpu)->ghost.enclave, NULL);
	WRITE_ONCE(per_cpu(cpu_release_gp, cpu), get_state_synchronize_rcu());
	cpumask_set_cpu(cpu, &cpus_released);
	cpumask_clear_cpu(cpu, &cpus_taken);
	raw_spin_unlock(&ghost_cpu_lock);
}

/* Until nobody looks at the transactions of CPUs that have been released. */
static void wait_for_released(const struct cpumask *cpus)
{
	int cpu;

	for_each_cpu_and(cpu, cpus, &cpus_released)
		cond_synchronize_rcu(READ_ONCE(per_cpu(cpu_release_gp, cpu)));
}

/* Not another's, nor released since wait_for_released(); ghost_cpu_lock is held. */
static bool cpu_is_free(int cpu)
{
	if (cpumask_test_cpu(cpu, &cpus_taken))
		return false;
	return !cpumask_test_cpu(cpu, &cpus_released) ||
	       poll_state_synchronize_rcu(per_cpu(cpu_release_gp, cpu));
}

/* Both locks are held. */
static int check_new_cpus(struct ghost_enclave *e, const struct cpumask *cpus)
{
	int cpu;

	for_each_cpu_andnot(cpu, &e->agent_cpus, cpus)
		return -EEXIST;
	for_each_cpu_andnot(cpu, cpus, &e->cpus)
		if (!cpu_active(cpu))
			return -ENODEV;
	for_each_cpu_andnot(cpu, cpus, &e->cpus)
		if (!cpu_is_free(cpu))
			return -EBUSY;
	return 0;
}

/**
 * ghost_enclave_set_cpus - give an enclave another set of CPUs
 * @e:	  the enclave
 * @cpus: all of them; all or nothing is done
 *
 * Context: Process context, no lock held.
 * Return: 0; -EXDEV if the enclave is being destroyed, -EEXIST if a CPU with
 * an agent would go, -ENODEV if one to be added is offline, -EBUSY if it is
 * another enclave's.
 */
int ghost_enclave_set_cpus(struct ghost_enclave *e, const struct cpumask *cpus)
{
	unsigned long flags;
	int cpu, ret;

	wait_for_released(cpus);
	cpus_read_lock();
	raw_spin_lock_irqsave(&e->lock, flags);
	raw_spin_lock(&ghost_cpu_lock);
	ret = e->dying ? -EXDEV : check_new_cpus(e, cpus);
	if (!ret)
		for_each_cpu_andnot(cpu, cpus, &e->cpus)
			take_cpu(e, cpu);
	raw_spin_unlock(&ghost_cpu_lock);
	if (!ret)
		for_each_cpu_andnot(cpu, &e->cpus, cpus)
			ghost_enclave_release_cpu(e, cpu);
	raw_spin_unlock_irqrestore(&e->lock, flags);
	cpus_read_unlock();
	/* Tasks that could run on none of the old ones may enter now. */
	if (!ret)
		ghost_tag_reconcile();
	return ret;
}

/* --- agents --- */

int ghost_enclave_agent_attached(struct ghost_enclave *e, int cpu)
{
	lockdep_assert_held(&e->lock);
	if (e->dying)
		return -EXDEV;
	if (!cpumask_test_cpu(cpu, &e->cpus))
		return -ENODEV;
	cpumask_set_cpu(cpu, &e->agent_cpus);
	e->nr_agents++;
	hrtimer_try_to_cancel(&e->grace_timer);
	return 0;
}

void ghost_enclave_agent_gone(struct ghost_enclave *e, int cpu)
{
	raw_spin_lock(&e->lock);
	cpumask_clear_cpu(cpu, &e->agent_cpus);
	e->nr_agents--;
	if (e->dying)
		ghost_enclave_release_cpu(e, cpu);
	else if (!e->nr_agents)
		hrtimer_start(&e->grace_timer, ms_to_ktime(READ_ONCE(e->grace_ms)),
			      HRTIMER_MODE_REL_PINNED_HARD);
	raw_spin_unlock(&e->lock);
}

/* --- destruction --- */

/* From now on nobody enters. Once: false afterwards. e->lock is held. */
static bool mark_dying(struct ghost_enclave *e, const char *reason)
{
	if (e->dying)
		return false;
	WRITE_ONCE(e->dying, true);
	e->reason = reason;
	ghost_enclave_get(e);
	return true;
}

/*
 * No successor has come. In one section with the look at nr_agents, or one that
 * comes now would be killed; and if the timer is queued again, one has come and
 * gone while this waited for the lock, and its grace period has just begun.
 */
static enum hrtimer_restart grace_fn(struct hrtimer *timer)
{
	struct ghost_enclave *e = container_of(timer, struct ghost_enclave, grace_timer);
	unsigned long flags;
	bool first = false;

	raw_spin_lock_irqsave(&e->lock, flags);
	if (!e->nr_agents && !e->persist && !hrtimer_is_queued(timer))
		first = mark_dying(e, "its last agent has gone");
	raw_spin_unlock_irqrestore(&e->lock, flags);
	if (first)
		irq_work_queue(&e->destroy_irq);
	return HRTIMER_NORESTART;
}

/**
 * ghost_enclave_destroy - give all tasks of an enclave back, end its agents, remove it
 * @e:	    the enclave; the caller keeps it from being freed
 * @reason: for the log; a string constant
 *
 * Returns at once; nobody enters from now on. Only the first call counts.
 *
 * Context: Any but with e->lock or a lock below it held.
 */
void ghost_enclave_destroy(struct ghost_enclave *e, const char *reason)
{
	unsigned long flags;
	bool first;

	raw_spin_lock_irqsave(&e->lock, flags);
	first = mark_dying(e, reason);
	raw_spin_unlock_irqrestore(&e->lock, flags);
	if (first)
		irq_work_queue(&e->destroy_irq);
}

/* Release the CPU, or kill its agent: then it is released when that has gone. */
static void evacuate_cpu(struct ghost_enclave *e, int cpu)
{
	struct rq *rq = cpu_rq(cpu);
	struct task_struct *agent;
	struct rq_flags rf;

	/* Keeps the agent's task_struct when the lock is dropped. */
	rcu_read_lock();
	rq_lock_irqsave(rq, &rf);
	agent = rq->ghost.agent;
	if (!agent) {
		raw_spin_lock(&e->lock);
		ghost_enclave_release_cpu(e, cpu);
		raw_spin_unlock(&e->lock);
	}
	rq_unlock_irqrestore(rq, &rf);
	if (agent)
		send_sig(SIGKILL, agent, 1);
	rcu_read_unlock();
}

static void destroy_irq_fn(struct irq_work *work)
{
	struct ghost_enclave *e = container_of(work, struct ghost_enclave, destroy_irq);
	int cpu;

	for_each_cpu(cpu, &e->cpus)
		evacuate_cpu(e, cpu);
	/* Not of this CPU, where an agent may run all the time. */
	queue_work(system_unbound_wq, &e->destroy_work);
}

/* The next task to give back, with a reference. */
static struct task_struct *first_task(struct ghost_enclave *e)
{
	struct task_struct *p;

	raw_spin_lock_irq(&e->lock);
	p = list_first_entry_or_null(&e->tasks, struct task_struct, ghost.task_list);
	if (p) {
		get_task_struct(p);
		list_move_tail(&p->ghost.task_list, &e->tasks);
	}
	raw_spin_unlock_irq(&e->lock);
	return p;
}

static void release_tasks(struct ghost_enclave *e)
{
	struct task_struct *p;
	int ret;

	while ((p = first_task(e))) {
		ret = ghost_leave(e, p);
		put_task_struct(p);
		/* One that is past its last schedule goes by itself, in a moment. */
		if (ret)
			schedule_timeout_uninterruptible(1);
	}
}

/* --- tasks that may run on none of the CPUs --- */

/* The next of @nr tasks to look at, with a reference if it is a stray. */
static struct task_struct *next_stray(struct ghost_enclave *e, unsigned int *nr)
{
	struct task_struct *p = NULL;

	raw_spin_lock_irq(&e->lock);
	while (!p && *nr && !list_empty(&e->tasks)) {
		p = list_first_entry(&e->tasks, struct task_struct, ghost.task_list);
		list_move_tail(&p->ghost.task_list, &e->tasks);
		(*nr)--;
		p = cpumask_intersects(p->cpus_ptr, &e->cpus) ? NULL : get_task_struct(p);
	}
	raw_spin_unlock_irq(&e->lock);
	return p;
}

static void stray_work_fn(struct work_struct *work)
{
	struct ghost_enclave *e = container_of(work, struct ghost_enclave, stray_work);
	unsigned int nr = READ_ONCE(e->nr_tasks);
	struct task_struct *p;

	while ((p = next_stray(e, &nr))) {
		ghost_leave(e, p);
		put_task_struct(p);
	}
	ghost_enclave_put(e);
}

static void stray_irq_fn(struct irq_work *work)
{
	struct ghost_enclave *e = container_of(work, struct ghost_enclave, stray_irq);

	/* If it is queued already it has a reference. */
	if (!queue_work(system_unbound_wq, &e->stray_work))
		ghost_enclave_put(e);
}

void ghost_enclave_drop_strays(struct ghost_enclave *e)
{
	ghost_enclave_get(e);
	if (!irq_work_queue(&e->stray_irq))
		ghost_enclave_put(e);
}

static void destroy_work_fn(struct work_struct *work)
{
	struct ghost_enclave *e = container_of(work, struct ghost_enclave, destroy_work);

	pr_info("ghost: enclave_%lu is destroyed: %s\n", e->id, e->reason);
	ghost_watchdog_stop(e);
	/*
	 * No wait for RCU before: one of them may have been preempted in a read
	 * side section, and runs again after this.
	 */
	release_tasks(e);

	ghost_tag_bind(e, false, 0);
	unpublish(e);
	ghost_fs_remove(e);
	ghost_enclave_put(e);
}

/* --- the process that an enclave lives with --- */

void __ghost_group_dead(void)
{
	pid_t tgid = task_tgid_nr(current);
	struct ghost_enclave *e;
	unsigned long flags;

	if (list_empty(&ephemeral_enclaves))
		return;
	raw_spin_lock_irqsave(&ephemeral_lock, flags);
	list_for_each_entry(e, &ephemeral_enclaves, ephemeral_node)
		if (e->ephemeral == tgid)
			ghost_enclave_destroy(e, "the process that created it has gone");
	raw_spin_unlock_irqrestore(&ephemeral_lock, flags);
}

/* --- CPU hotplug --- */

/* Without an agent a CPU is simply released. */
static bool cpu_left(struct ghost_enclave *e, unsigned int cpu)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&e->lock, flags);
	if (!cpumask_test_cpu(cpu, &e->agent_cpus))
		ghost_enclave_release_cpu(e, cpu);
	raw_spin_unlock_irqrestore(&e->lock, flags);
	return rcu_access_pointer(cpu_rq(cpu)->ghost.enclave) != e;
}

int __ghost_cpu_leave(unsigned int cpu)
{
	struct ghost_enclave *e;
	int ms, ret = -EBUSY;

	rcu_read_lock();
	e = rcu_dereference(cpu_rq(cpu)->ghost.enclave);
	if (e && !ghost_enclave_tryget(e))
		e = NULL;
	rcu_read_unlock();
	if (!e)
		return 0;

	for (ms = 0; ms < CPU_LEAVE_MS; ms += 10) {
		if (cpu_left(e, cpu)) {
			ret = 0;
			break;
		}
		ghost_enclave_destroy(e, "a CPU with an agent goes offline");
		schedule_timeout_uninterruptible(msecs_to_jiffies(10));
	}
	ghost_enclave_put(e);
	return ret;
}

/* A queued task that nobody else will move from the CPU, with a reference. */
static struct task_struct *stranded_task(struct rq *rq)
{
	struct task_struct *p, *found = NULL;
	struct rq_flags rf;

	rq_lock_irqsave(rq, &rf);
	list_for_each_entry(p, &rq->ghost.tasks, ghost.run_list) {
		if (!task_on_cpu(rq, p)) {
			found = get_task_struct(p);
			break;
		}
	}
	rq_unlock_irqrestore(rq, &rf);
	return found;
}

/*
 * Move the task, unless it may not be: then its enclave is returned, with a
 * reference. It has to run here before the CPU can go, and no agent will let it.
 */
static struct ghost_enclave *drain_task(struct rq *rq, struct task_struct *p)
{
	struct ghost_enclave *e = NULL;
	struct rq_flags rf;
	struct rq *at;

	at = task_rq_lock(p, &rf);
	if (at == rq && ghost_task(p) && task_on_rq_queued(p) && !task_on_cpu(rq, p)) {
		if (is_migration_disabled(p)) {
			e = p->ghost.enclave;
			ghost_enclave_get(e);
		} else {
			update_rq_clock(rq);
			at = ghost_move_queued_task(rq, &rf, p, ghost_fallback_cpu(rq, p));
		}
	}
	task_rq_unlock(at, p, &rf);
	return e;
}

void __ghost_cpu_drain(struct rq *rq)
{
	struct ghost_enclave *e;
	struct task_struct *p;

	while ((p = stranded_task(rq))) {
		e = drain_task(rq, p);
		if (e)
			ghost_leave(e, p);
		ghost_enclave_put(e);
		put_task_struct(p);
	}
}

static void drain_work_fn(struct work_struct *work)
{
	int cpu;

	/* Without cpus_read_lock(): who holds it for writing waits for this. */
	for_each_online_cpu(cpu)
		if (!cpu_active(cpu))
			__ghost_cpu_drain(cpu_rq(cpu));
}

static DECLARE_WORK(drain_work, drain_work_fn);

static void drain_irq_fn(struct irq_work *work)
{
	queue_work(system_unbound_wq, &drain_work);
}

static struct irq_work drain_irq = IRQ_WORK_INIT_HARD(drain_irq_fn);

void ghost_drain_later(void)
{
	irq_work_queue(&drain_irq);
}
