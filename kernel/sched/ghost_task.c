// SPDX-License-Identifier: GPL-2.0-only
/*
 * Delegation of scheduling to userspace: how a task enters an enclave, is
 * forked in one, leaves it and dies in it.
 *
 * Whoever enters or leaves goes through __sched_setscheduler(), which calls
 * __ghost_setscheduler_check(), _begin() and _end() with p->pi_lock and the
 * runqueue's lock held: the last that can fail, before the class changes, and
 * the first after it.
 */
#include <linux/security.h>

#include "ghost_internal.h"

static const struct ghost_sched_attr *from_ghost(const struct sched_attr *attr)
{
	if (!(attr->sched_flags & SCHED_FLAG_GHOST))
		return NULL;
	return container_of(attr, struct ghost_sched_attr, attr);
}

/* --- what a task holds --- */

/* Take the enclave's default queue; e->lock held. */
static void take_default_queue(struct ghost_enclave *e, struct task_struct *p)
{
	p->ghost.dst_q = e->def_q;
	if (p->ghost.dst_q)
		ghost_queue_get(p->ghost.dst_q);
}

static void drop_references(struct task_struct *p)
{
	struct ghost_enclave *e = p->ghost.enclave;
	struct ghost_queue *q = p->ghost.dst_q;

	p->ghost.sw = NULL;
	p->ghost.dst_q = NULL;
	p->ghost.enclave = NULL;
	p->ghost.by_tag = 0;
	ghost_queue_put(q);
	ghost_enclave_put(e);
}

/* INUSE comes last: whoever walks the region takes it for "all is there". */
static void init_status_word(struct task_struct *p, u32 barrier, u32 flags)
{
	struct ghost_status_word *sw = p->ghost.sw;

	WRITE_ONCE(sw->gtid, ghost_gtid(p));
	WRITE_ONCE(sw->barrier, barrier);
	WRITE_ONCE(sw->runtime, p->se.sum_exec_runtime);
	ghost_sw_flags(sw, flags | GHOST_SW_F_INUSE, 0);
}

void ghost_announce(struct task_struct *p, bool runnable, bool wake)
{
	struct ghost_enclave *e = p->ghost.enclave;

	p->ghost.new_task = 0;
	raw_spin_lock(&e->lock);
	e->nr_tasks++;
	raw_spin_unlock(&e->lock);
	ghost_msg_new(p, runnable, wake);
}

/* The task is none of the enclave's any more. */
static void unlist(struct ghost_enclave *e, struct task_struct *p)
{
	raw_spin_lock(&e->lock);
	list_del_init(&p->ghost.task_list);
	if (!p->ghost.new_task)
		e->nr_tasks--;
	raw_spin_unlock(&e->lock);
}

/* --- inhibition: the agent has yet to free the status word of a departed task --- */

static void inhibit(struct ghost_enclave *e, struct task_struct *p)
{
	get_task_struct(p);
	p->ghost.inhibited_by = e;
	p->ghost.orphan_sw = p->ghost.sw_info;
	raw_spin_lock(&e->lock);
	list_add_tail(&p->ghost.inhibited_list, &e->inhibited);
	raw_spin_unlock(&e->lock);
}

/* Whatever class it is in: what PI has lent to another comes back by itself. */
static bool is_runnable(struct task_struct *p)
{
	return task_on_rq_queued(p) && !p->ghost.throttled;
}

static void uninhibit_task(struct ghost_enclave *e, struct task_struct *p)
{
	struct rq_flags rf;
	struct rq *rq;

	rq = task_rq_lock(p, &rf);
	update_rq_clock(rq);
	if (p->ghost.inhibited_by == e) {
		p->ghost.inhibited_by = NULL;
		if (ghost_task(p) && p->ghost.sw && !p->ghost.new_task)
			ghost_msg_new(p, is_runnable(p), true);
	}
	task_rq_unlock(rq, p, &rf);
	put_task_struct(p);
}

static bool same_slot(struct ghost_sw_info a, struct ghost_sw_info b)
{
	return a.id == b.id && a.index == b.index;
}

/**
 * ghost_uninhibit - let the messages of a departed task flow again
 * @e:	  the enclave that it left
 * @info: its former status word, which the agent has freed
 *
 * If the task has entered an enclave again meanwhile, MSG_TASK_NEW says so now.
 *
 * Context: Process context, no lock held.
 */
void ghost_uninhibit(struct ghost_enclave *e, struct ghost_sw_info info)
{
	struct task_struct *p, *found = NULL;
	unsigned long flags;

	raw_spin_lock_irqsave(&e->lock, flags);
	list_for_each_entry(p, &e->inhibited, ghost.inhibited_list) {
		if (same_slot(p->ghost.orphan_sw, info)) {
			list_del_init(&p->ghost.inhibited_list);
			found = p;
			break;
		}
	}
	raw_spin_unlock_irqrestore(&e->lock, flags);

	if (found)
		uninhibit_task(e, found);
}

/**
 * ghost_uninhibit_all - lift all inhibitions of an enclave that is being freed
 * @e: the enclave
 *
 * Context: Process context, no lock held.
 */
void ghost_uninhibit_all(struct ghost_enclave *e)
{
	struct task_struct *p;
	unsigned long flags;

	for (;;) {
		raw_spin_lock_irqsave(&e->lock, flags);
		p = list_first_entry_or_null(&e->inhibited, struct task_struct,
					     ghost.inhibited_list);
		if (p)
			list_del_init(&p->ghost.inhibited_list);
		raw_spin_unlock_irqrestore(&e->lock, flags);
		if (!p)
			return;
		uninhibit_task(e, p);
	}
}

/* --- entering --- */

static int attach_task(struct rq *rq, struct task_struct *p, const struct ghost_sched_attr *ga)
{
	struct ghost_enclave *e = ga->enclave;
	struct ghost_status_word *sw;
	struct ghost_sw_info info;
	int ret;

	if (READ_ONCE(e->dying))
		return -EXDEV;
	if (p->ghost.inhibited_by && p->ghost.inhibited_by->abi != e->abi)
		return -EINVAL;
	/* What its tag wants matters no more: it had better die at once. */
	if (ga->by_tag && fatal_signal_pending(p))
		return -ESRCH;
	/* Nobody would take it from a CPU that has been drained already. */
	if (task_on_rq_queued(p) && !cpu_active(cpu_of(rq)))
		return -EBUSY;
	ret = ghost_sw_alloc(e, &info, &sw);
	if (ret)
		return ret;

	raw_spin_lock(&e->lock);
	if (e->dying) {
		raw_spin_unlock(&e->lock);
		ghost_sw_release(e, info);
		return -EXDEV;
	}
	take_default_queue(e, p);
	list_add_tail(&p->ghost.task_list, &e->tasks);
	raw_spin_unlock(&e->lock);

	ghost_enclave_get(e);
	p->ghost.enclave = e;
	p->ghost.sw = sw;
	p->ghost.sw_info = info;
	p->ghost.agent = 0;
	p->ghost.new_task = 1;
	p->ghost.yield = 0;
	p->ghost.boost = 0;
	p->ghost.throttled = 0;
	p->ghost.by_tag = ga->by_tag;
	p->ghost.last_cpu = task_cpu(p);
	p->ghost.waker_cpu = task_cpu(p);
	init_status_word(p, p->ghost.departed_barrier, 0);
	return 0;
}

/* --- leaving --- */

static void detach_task(struct rq *rq, struct task_struct *p)
{
	struct ghost_enclave *e = p->ghost.enclave;

	/* Forked and not started: nobody has heard of it. */
	if (p->ghost.new_task && list_empty(&p->ghost.task_list)) {
		p->ghost.new_task = 0;
		ghost_sw_release(e, p->ghost.sw_info);
		drop_references(p);
		return;
	}

	if (rq->ghost.latched == p)
		ghost_unlatch(rq, false);
	ghost_bandwidth_release(rq, p);
	if (p->ghost.new_task)
		ghost_announce(p, false, true);
	unlist(e, p);

	ghost_sw_flags(p->ghost.sw, GHOST_SW_F_CANFREE | GHOST_SW_TASK_MSG_GATED,
		       GHOST_SW_TASK_ONCPU);
	if (ghost_msg_departed(rq, p, task_current(rq, p))) {
		p->ghost.departed_barrier = READ_ONCE(p->ghost.sw->barrier);
		inhibit(e, p);
	} else {
		p->ghost.departed_barrier = READ_ONCE(p->ghost.sw->barrier);
		ghost_sw_release(e, p->ghost.sw_info);
	}
	if (task_current(rq, p)) {
		rq->ghost.must_leave = false;
		rq->ghost.suppress_preempt = false;
	}
	p->ghost.yield = 0;
	p->ghost.boost = 0;
	drop_references(p);
}

/* --- in the middle of __sched_setscheduler() --- */

/* Its last schedule is done, or will never come. */
static bool is_gone(struct rq *rq, struct task_struct *p)
{
	return p->ghost.dead ||
	       (READ_ONCE(p->__state) == TASK_DEAD && !task_on_cpu(rq, p));
}

static int check_leave(struct rq *rq, struct task_struct *p)
{
	if (p->ghost.agent)
		return -EPERM;
	return p->ghost.sw && !is_gone(rq, p) ? 0 : -ESRCH;
}

int __ghost_setscheduler_check(struct task_struct *p, const struct sched_attr *attr, int policy)
{
	const struct ghost_sched_attr *ga = from_ghost(attr);
	struct rq *rq = task_rq(p);

	if (!ga) {
		if (!ghost_task(p))
			return 0;
		/* KEEP_PARAMS would change the class of a task and keep its policy. */
		if (attr->sched_flags & SCHED_FLAG_KEEP_PARAMS)
			return -EINVAL;
		return check_leave(rq, p);
	}

	if (ghost_policy(policy)) {
		if (ghost_task(p))
			return p->ghost.enclave == ga->enclave ? -EALREADY : -EPERM;
		return is_gone(rq, p) ? -ESRCH : 0;
	}

	if (!ghost_task(p) || p->ghost.enclave != ga->enclave)
		return -ESRCH;
	return check_leave(rq, p);
}

int __ghost_setscheduler_begin(struct rq *rq, struct task_struct *p,
			       const struct sched_attr *attr, int policy)
{
	const struct ghost_sched_attr *ga = from_ghost(attr);

	if (!ghost_policy(policy)) {
		if (ghost_task(p))
			detach_task(rq, p);
		return 0;
	}
	return ga->agent_cpu >= 0 ? ghost_agent_attach(rq, p, ga) : attach_task(rq, p, ga);
}

void __ghost_setscheduler_end(struct rq *rq, struct task_struct *p,
			      const struct sched_attr *attr)
{
	bool queued = task_on_rq_queued(p);

	if (!from_ghost(attr)) {
		/* It may have chosen a policy that its tag has a say in. */
		ghost_tag_check(p);
		return;
	}
	if (!ghost_task(p))
		return;

	if (p->ghost.agent) {
		ghost_agent_attached(rq, p);
		return;
	}

	if (queued)
		ghost_sw_flags(p->ghost.sw, GHOST_SW_TASK_RUNNABLE, 0);
	if (!task_current(rq, p)) {
		ghost_announce(p, queued, true);
		return;
	}

	/* It goes off the CPU, and is announced then. */
	WRITE_ONCE(p->ghost.sw->switch_time, ktime_get_mono_fast_ns());
	ghost_sw_flags(p->ghost.sw, GHOST_SW_TASK_ONCPU, 0);
	rq->ghost.must_leave = true;
	resched_curr(rq);
}

static u64 reset_flag(const struct task_struct *p)
{
	return p->sched_reset_on_fork ? SCHED_FLAG_RESET_ON_FORK : 0;
}

static struct ghost_sched_attr ghost_attr(struct ghost_enclave *e, struct task_struct *p,
					  int policy)
{
	return (struct ghost_sched_attr) {
		.attr = {
			.size		= sizeof(struct sched_attr),
			.sched_policy	= policy,
			.sched_flags	= SCHED_FLAG_GHOST | reset_flag(p),
			.sched_nice	= task_nice(p),
		},
		.enclave	= e,
		.agent_cpu	= -1,
	};
}

static int may_change(struct task_struct *p)
{
	if (!ghost_same_owner(p) && !capable(CAP_SYS_NICE))
		return -EPERM;
	return security_task_setscheduler(p);
}

/**
 * ghost_enter - delegate a task
 * @e:	    to which enclave; the caller holds a reference
 * @p:	    the task; the caller holds a reference
 * @by_tag: because of its tag; otherwise permissions are checked as for
 *	    sched_setscheduler(2)
 *
 * A task that runs stops at once and waits for an agent, wherever it is.
 *
 * Context: Process context, no lock held.
 * Return: 0; -EALREADY if it is in @e, -EPERM if it is in another enclave or
 * not the caller's to change, -EINVAL for a kernel thread or a task whose
 * status word in an enclave of another ABI has not been freed yet, -ESRCH if
 * it is dead, -EXDEV if @e is being destroyed, -ENOMEM without status word.
 */
int ghost_enter(struct ghost_enclave *e, struct task_struct *p, bool by_tag)
{
	struct ghost_sched_attr ga = ghost_attr(e, p, SCHED_GHOST);
	int ret;

	if (p->flags & PF_KTHREAD)
		return -EINVAL;
	if (!by_tag) {
		ret = may_change(p);
		if (ret)
			return ret;
	}
	ga.by_tag = by_tag;
	return ghost_setscheduler(p, &ga.attr);
}

/**
 * ghost_leave - give a task back to the fair class
 * @e: the enclave that it is in
 * @p: the task; the caller holds a reference
 *
 * Context: Process context, no lock held.
 * Return: 0, -ESRCH if it is not in @e or dead, -EPERM for an agent.
 */
int ghost_leave(struct ghost_enclave *e, struct task_struct *p)
{
	struct ghost_sched_attr ga = ghost_attr(e, p, SCHED_NORMAL);

	return ghost_setscheduler(p, &ga.attr);
}

/**
 * ghost_setattr - sched_setscheduler(2) and its like with policy SCHED_GHOST
 * @p:	  the task
 * @attr: nice value and reset-on-fork
 * @user: check permissions
 *
 * Nobody enters an enclave this way; those who are in one change attributes.
 *
 * Return: 0, -EBADF if the task is in no enclave, -EPERM.
 */
int ghost_setattr(struct task_struct *p, const struct sched_attr *attr, bool user)
{
	bool reset = attr->sched_flags & SCHED_FLAG_RESET_ON_FORK;
	int nice = clamp(attr->sched_nice, MIN_NICE, MAX_NICE);
	struct rq_flags rf;
	struct rq *rq;
	int ret = 0;

	if (!ghost_task(p))
		return -EBADF;

	if ((int)attr->sched_policy < 0)
		reset = p->sched_reset_on_fork;
	if (user) {
		ret = may_change(p);
		if (ret)
			return ret;
		if (nice < task_nice(p) && !can_nice(p, nice))
			return -EPERM;
		if (p->sched_reset_on_fork && !reset && !capable(CAP_SYS_NICE))
			return -EPERM;
	}

	rq = task_rq_lock(p, &rf);
	if (!ghost_task(p))
		ret = -EBADF;
	else if (p->ghost.agent && !reset)
		ret = -EPERM;
	else
		p->sched_reset_on_fork = reset;
	task_rq_unlock(rq, p, &rf);

	if (!ret)
		set_user_nice(p, nice);
	return ret;
}

/* --- fork --- */

static void become_normal(struct task_struct *p)
{
	p->policy = SCHED_NORMAL;
	p->sched_class = &fair_sched_class;
}

/* The enclave of the parent, with a reference; NULL if there is none any more. */
static struct ghost_enclave *parents_enclave(bool *by_tag)
{
	struct ghost_enclave *e = NULL;
	unsigned long flags;

	/* Against being moved out of it. */
	raw_spin_lock_irqsave(&current->pi_lock, flags);
	if (ghost_task(current) && !current->ghost.agent)
		e = current->ghost.enclave;
	if (e && READ_ONCE(e->dying))
		e = NULL;
	if (e)
		ghost_enclave_get(e);
	*by_tag = current->ghost.by_tag;
	raw_spin_unlock_irqrestore(&current->pi_lock, flags);
	return e;
}

static void init_entity(struct sched_ghost_entity *ghost)
{
	*ghost = (struct sched_ghost_entity) {
	};
	INIT_LIST_HEAD(&ghost->run_list);
	INIT_LIST_HEAD(&ghost->task_list);
	INIT_LIST_HEAD(&ghost->inhibited_list);
	INIT_LIST_HEAD(&ghost->throttled_list);
}

/**
 * ghost_sched_fork - give a new task what it needs in its parent's enclave
 * @p: the task, a copy of current whose policy has been chosen
 *
 * A task that is in no enclave, or whose enclave goes, is one of the fair class.
 *
 * Context: Process context, nobody knows @p yet.
 * Return: 0, -ENOMEM if the enclave has no status word left.
 */
int ghost_sched_fork(struct task_struct *p)
{
	struct ghost_enclave *e;
	unsigned long flags;
	bool by_tag;
	int ret;

	init_entity(&p->ghost);
	if (!ghost_task(p))
		return 0;

	e = parents_enclave(&by_tag);
	if (!e) {
		become_normal(p);
		return 0;
	}

	ret = ghost_sw_alloc(e, &p->ghost.sw_info, &p->ghost.sw);
	if (ret) {
		become_normal(p);
		ghost_enclave_put(e);
		/* Who chose a tag does not choose how many tasks there are. */
		return by_tag ? 0 : ret;
	}

	p->sched_class = &ghost_sched_class;
	p->ghost.enclave = e;
	p->ghost.by_tag = by_tag;
	p->ghost.new_task = 1;
	raw_spin_lock_irqsave(&e->lock, flags);
	take_default_queue(e, p);
	raw_spin_unlock_irqrestore(&e->lock, flags);
	return 0;
}

/**
 * ghost_cancel_fork - undo ghost_sched_fork(): the fork fails
 * @p: the new task; nobody has seen it
 */
void ghost_cancel_fork(struct task_struct *p)
{
	if (!p->ghost.sw)
		return;
	ghost_sw_release(p->ghost.enclave, p->ghost.sw_info);
	drop_references(p);
}

/*
 * The new task is about to be placed and queued; p->pi_lock is held. From here
 * on it is the enclave's: whoever destroys that finds it.
 */
void __ghost_new_task(struct task_struct *p)
{
	struct ghost_enclave *e = p->ghost.enclave;
	bool dying;

	ghost_tag_check(p);
	/* It has an id by now: it may have been made to enter already. */
	if (!ghost_task(p) || !list_empty(&p->ghost.task_list))
		return;

	raw_spin_lock(&e->lock);
	dying = e->dying;
	if (!dying)
		list_add_tail(&p->ghost.task_list, &e->tasks);
	raw_spin_unlock(&e->lock);

	if (dying) {
		ghost_cancel_fork(p);
		p->ghost.new_task = 0;
		become_normal(p);
		return;
	}
	p->ghost.last_cpu = task_cpu(p);
	p->ghost.last_runnable = sched_clock();
	init_status_word(p, 0, GHOST_SW_TASK_RUNNABLE);
}

/* --- wakeup --- */

static void agent_woken(struct rq *rq, struct task_struct *p)
{
	if (!p->ghost.sw || READ_ONCE(p->ghost.sw->flags) & GHOST_SW_TASK_RUNNABLE)
		return;
	ghost_sw_flags(p->ghost.sw, GHOST_SW_TASK_RUNNABLE, 0);
	ghost_msg_agent_wakeup(rq);
}

void __ghost_task_woken(struct rq *rq, struct task_struct *p)
{
	if (p->ghost.agent) {
		agent_woken(rq, p);
		return;
	}
	if (!p->ghost.sw)
		return;

	if (p->ghost.new_task) {
		/* One that entered while it ran is announced when it stops to. */
		if (!task_current(rq, p))
			ghost_announce(p, true, true);
		return;
	}

	/* It had not blocked as far as its agent knows, or still waits for runtime. */
	if (p->ghost.throttled || READ_ONCE(p->ghost.sw->flags) & GHOST_SW_TASK_RUNNABLE)
		return;

	if (p->sched_class == &ghost_sched_class && ghost_bandwidth_throttle(rq, p))
		return;
	ghost_sw_flags(p->ghost.sw, GHOST_SW_TASK_RUNNABLE, 0);
	ghost_msg_wakeup(rq, p);
}

/* --- death --- */

/**
 * ghost_task_dead - the last switch of a delegated task, or an agent, is done
 * @p: the task
 *
 * Context: finish_task_switch(); no lock held.
 */
void ghost_task_dead(struct task_struct *p)
{
	struct ghost_enclave *e;
	struct rq_flags rf;
	struct rq *rq;

	if (p->ghost.agent) {
		ghost_agent_dead(p);
		return;
	}

	rq = task_rq_lock(p, &rf);
	update_rq_clock(rq);
	if (!p->ghost.sw)
		goto out;

	e = p->ghost.enclave;
	ghost_sw_flags(p->ghost.sw, GHOST_SW_F_CANFREE, 0);
	if (!ghost_msg_dead(p, cpu_of(rq)))
		ghost_sw_release(e, p->ghost.sw_info);
	unlist(e, p);
	drop_references(p);
out:
	p->ghost.dead = 1;
	task_rq_unlock(rq, p, &rf);
}

/* --- discovery --- */

static void announce_again(struct ghost_enclave *e, struct task_struct *p)
{
	struct rq_flags rf;
	struct rq *rq;

	rq = task_rq_lock(p, &rf);
	update_rq_clock(rq);
	if (ghost_task(p) && p->ghost.enclave == e && p->ghost.sw && !p->ghost.new_task)
		ghost_msg_new(p, is_runnable(p), false);
	task_rq_unlock(rq, p, &rf);
}

/**
 * ghost_discover - a further MSG_TASK_NEW for each task of an enclave
 * @e: the enclave
 *
 * Context: Process context, no lock held.
 * Return: 0 or -ENOMEM.
 */
int ghost_discover(struct ghost_enclave *e)
{
	unsigned int i, nr = 0, max = READ_ONCE(e->nr_tasks) + 64;
	struct task_struct **tasks, *p;

	tasks = kvmalloc_array(max, sizeof(*tasks), GFP_KERNEL);
	if (!tasks)
		return -ENOMEM;

	/* Those that enter meanwhile are announced by themselves. */
	raw_spin_lock_irq(&e->lock);
	list_for_each_entry(p, &e->tasks, ghost.task_list) {
		if (nr == max)
			break;
		tasks[nr++] = get_task_struct(p);
	}
	raw_spin_unlock_irq(&e->lock);

	for (i = 0; i < nr; i++) {
		announce_again(e, tasks[i]);
		put_task_struct(tasks[i]);
	}
	kvfree(tasks);
	return 0;
}
