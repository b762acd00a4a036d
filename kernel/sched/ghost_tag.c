// SPDX-License-Identifier: GPL-2.0-only
/*
 * Delegation of scheduling to userspace: tags. An enclave may be bound to a tag;
 * then the tasks with that effective tag are delegated to it, as long as its
 * agents are online.
 *
 * The tag of a task changes without anybody looking at the task: with that of
 * a group. So whatever may have changed one asks a worker to look at all tasks,
 * and to bring those where they belong that are elsewhere.
 */
#include <linux/hash.h>
#include <linux/sched/signal.h>
#include <linux/sched/stat.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "ghost_internal.h"
#include "tag.h"

/* Bound enclaves; nobody need look if there is none. */
static atomic_t nr_bound = ATOMIC_INIT(0);
/* A bit for the hash of each tag that is bound. */
static u64 bound_tags;

static u64 tag_bit(s64 tag)
{
	return 1ULL << hash_64(tag, 6);
}

/* For threads that appear while the others are being counted. */
#define ROOM	128
/* When a CPU that goes offline has got rid of its tasks. */
#define AGAIN_MS	10
#define MAX_ROUNDS	4

/**
 * struct reconcile - one look at all tasks
 * @agents:	processes that have an agent, by tgid; their threads stay
 * @nr_agents:	how many
 * @tasks:	tasks that are not where they belong, with references
 * @nr_tasks:	how many
 * @max_tasks:	room in @tasks; what does not fit comes in the next round
 * @again:	a task could not be moved for the moment
 */
struct reconcile {
	pid_t			*agents;
	int			nr_agents;
	struct task_struct	**tasks;
	unsigned int		nr_tasks;
	unsigned int		max_tasks;
	bool			again;
};

/* --- who belongs where; ghost_enclaves_lock is held --- */

static struct ghost_enclave *enclave_of_tag(s64 tag)
{
	struct ghost_enclave *e;

	list_for_each_entry(e, &ghost_enclaves, all)
		if (e->bound && e->tag == tag && !READ_ONCE(e->dying))
			return e;
	return NULL;
}

static void find_agents(struct reconcile *r)
{
	struct rq_flags rf;
	int cpu;

	for_each_possible_cpu(cpu) {
		rq_lock_irqsave(cpu_rq(cpu), &rf);
		if (cpu_rq(cpu)->ghost.agent)
			r->agents[r->nr_agents++] = cpu_rq(cpu)->ghost.agent->tgid;
		rq_unlock_irqrestore(cpu_rq(cpu), &rf);
	}
}

static bool is_agents(const struct reconcile *r, const struct task_struct *p)
{
	int i;

	for (i = 0; i < r->nr_agents; i++)
		if (r->agents[i] == p->tgid)
			return true;
	return false;
}

/*
 * Where @p belongs: NULL is the fair class. A move to another group holds
 * pi_lock from before it asks for this look until it is done.
 */
static struct ghost_enclave *wanted(const struct reconcile *r, struct task_struct *p)
{
	unsigned long flags;
	s64 tag;

	if (p->flags & (PF_KTHREAD | PF_EXITING) || is_agents(r, p))
		return NULL;
	raw_spin_lock_irqsave(&p->pi_lock, flags);
	tag = __sched_task_tag(p);
	raw_spin_unlock_irqrestore(&p->pi_lock, flags);
	return enclave_of_tag(tag);
}

static bool leaves(struct task_struct *p, const struct ghost_enclave *to)
{
	return ghost_task(p) && !p->ghost.agent && p->ghost.by_tag &&
	       READ_ONCE(p->ghost.enclave) != to;
}

/*
 * Those with a policy of their own choice, such as real-time, keep it; those that
 * no agent of the enclave could run stay, until their affinity or its CPUs change.
 */
static bool enters(const struct task_struct *p, const struct ghost_enclave *to)
{
	return to && READ_ONCE(to->online) &&
	       (fair_policy(p->policy) || idle_policy(p->policy)) &&
	       cpumask_intersects(&p->cpus_mask, &to->cpus);
}

/* --- bringing them there --- */

static void collect(struct reconcile *r)
{
	struct task_struct *g, *p;
	struct ghost_enclave *to;

	r->nr_tasks = 0;
	rcu_read_lock();
	for_each_process_thread(g, p) {
		to = wanted(r, p);
		if (!leaves(p, to) && !enters(p, to))
			continue;
		r->tasks[r->nr_tasks++] = get_task_struct(p);
		if (r->nr_tasks == r->max_tasks)
			goto out;
	}
out:
	rcu_read_unlock();
}

/* Whether anything came of it: a task may be dying, an enclave be full. */
static bool bring(struct reconcile *r, struct task_struct *p)
{
	struct ghost_enclave *to = wanted(r, p), *from;
	bool done = false;
	int ret;

	if (leaves(p, to)) {
		list_for_each_entry(from, &ghost_enclaves, all)
			if (from == READ_ONCE(p->ghost.enclave))
				done = !ghost_leave(from, p);
	}
	if (enters(p, to)) {
		ret = ghost_enter(to, p, true);
		done |= !ret;
		r->again |= ret == -EBUSY;
	}
	return done;
}

static bool bring_all(struct reconcile *r)
{
	bool done = false;
	unsigned int i;

	for (i = 0; i < r->nr_tasks; i++) {
		done |= bring(r, r->tasks[i]);
		put_task_struct(r->tasks[i]);
	}
	return done;
}

static struct irq_work reconcile_irq;

static void reconcile_fn(struct work_struct *work)
{
	struct reconcile r = { .max_tasks = READ_ONCE(nr_threads) + ROOM };
	bool more = true;
	int round;

	r.agents = kcalloc(nr_cpu_ids, sizeof(*r.agents), GFP_KERNEL | __GFP_NOFAIL);
	r.tasks = kvmalloc_array(r.max_tasks, sizeof(*r.tasks), GFP_KERNEL | __GFP_NOFAIL);

	/* Tasks may go as fast as they are brought: others want the lock as well. */
	for (round = 0; more && round < MAX_ROUNDS; round++) {
		mutex_lock(&ghost_enclaves_lock);
		r.nr_agents = 0;
		find_agents(&r);
		collect(&r);
		more = bring_all(&r);
		mutex_unlock(&ghost_enclaves_lock);
		cond_resched();
	}

	kvfree(r.tasks);
	kfree(r.agents);
	if (r.again || more) {
		schedule_timeout_uninterruptible(msecs_to_jiffies(AGAIN_MS));
		irq_work_queue(&reconcile_irq);
	}
}

static DECLARE_WORK(reconcile_work, reconcile_fn);

static void reconcile_irq_fn(struct irq_work *work)
{
	queue_work(system_unbound_wq, &reconcile_work);
}

static struct irq_work reconcile_irq = IRQ_WORK_INIT_HARD(reconcile_irq_fn);

/**
 * ghost_tag_reconcile - a tag may have changed, or what it means
 *
 * Context: Any, any lock held.
 */
void ghost_tag_reconcile(void)
{
	/* The new tag first: who binds meanwhile looks at it, or is seen here. */
	smp_mb();
	if (atomic_read(&nr_bound))
		irq_work_queue(&reconcile_irq);
}

/**
 * ghost_tag_check - a task may not be where its tag wants it
 * @p: the task: it has been forked, or its policy or affinity has changed
 *
 * Context: p->pi_lock or the lock of its runqueue held.
 */
void ghost_tag_check(struct task_struct *p)
{
	s64 tag;

	if (!atomic_read(&nr_bound))
		return;
	tag = __sched_task_tag(p);
	if (!ghost_task(p) ? READ_ONCE(bound_tags) & tag_bit(tag) :
			     p->ghost.by_tag && p->ghost.enclave->tag != tag)
		irq_work_queue(&reconcile_irq);
}

static void find_bound_tags(void)
{
	struct ghost_enclave *e;
	u64 tags = 0;

	list_for_each_entry(e, &ghost_enclaves, all)
		if (e->bound)
			tags |= tag_bit(e->tag);
	WRITE_ONCE(bound_tags, tags);
}

/**
 * ghost_tag_bind - bind an enclave to a tag, or free it from its tag
 * @e:	   the enclave
 * @bound: bind
 * @tag:   to this; not 0, which all have that have none
 *
 * Context: Process context, no lock held. The tasks follow a little later.
 * Return: 0, -EINVAL (tag 0), -EEXIST (another enclave has it), -EXDEV (dying).
 */
int ghost_tag_bind(struct ghost_enclave *e, bool bound, s64 tag)
{
	struct ghost_enclave *holder;
	int ret = 0;

	if (bound && !tag)
		return -EINVAL;

	mutex_lock(&ghost_enclaves_lock);
	holder = bound ? enclave_of_tag(tag) : NULL;
	if (holder && holder != e) {
		ret = -EEXIST;
	} else if (bound && READ_ONCE(e->dying)) {
		ret = -EXDEV;
	} else {
		atomic_add(bound - e->bound, &nr_bound);
		e->tag = tag;
		WRITE_ONCE(e->bound, bound);
		find_bound_tags();
		irq_work_queue(&reconcile_irq);
	}
	mutex_unlock(&ghost_enclaves_lock);
	return ret;
}
