// SPDX-License-Identifier: GPL-2.0-only
/*
 * Delegation of scheduling to userspace: attaching BPF programs to an enclave,
 * and running them.
 *
 * An enclave has a slot for each attach point, for one program. A link holds
 * the program and the enclave, and fills and empties the slot; who runs a
 * program looks at the slot under RCU, with interrupts off.
 */
#include "ghost_bpf.h"

#define CREATE_TRACE_POINTS
#include <trace/events/sched_ghost.h>

/* Serializes attach and detach. Taken in process context only. */
static DEFINE_MUTEX(ghost_bpf_mutex);

/* The last program that picked for this CPU wants no idling; once. */
static DEFINE_PER_CPU(bool, ghost_dont_idle);

/* The task that this CPU is waking, if a program wants that done from here. */
static DEFINE_PER_CPU(const struct task_struct *, ghost_wakes_directly);

/**
 * struct ghost_bpf_link - a program attached to an enclave
 * @link:	holds the reference to the program
 * @enclave:	a reference
 * @attach_type: as given by the user
 * @attached:	the program is in its slot; under ghost_bpf_mutex
 */
struct ghost_bpf_link {
	struct bpf_link		link;
	struct ghost_enclave	*enclave;
	u32			attach_type;
	bool			attached;
};

/* --- running --- */

DEFINE_STATIC_KEY_FALSE(ghost_bpf_pnt);

static bool has_prog(const struct ghost_enclave *e, enum ghost_bpf_slot slot)
{
	return rcu_access_pointer(e->prog[slot]);
}

/*
 * Run the program of a slot. @rq as in struct ghost_bpf_run_ctx. False if there
 * is none, and *ret is not set.
 *
 * With preemptible RCU too, the reader ends without taking a lock: interrupts
 * are off all the time, also where a helper drops the lock of @rq.
 */
static bool run_prog(struct ghost_enclave *e, enum ghost_bpf_slot slot, struct rq *rq,
		     const void *ctx, int *ret)
{
	struct ghost_bpf_run_ctx run = { .enclave = e, .rq = rq };
	struct bpf_run_ctx *old;
	struct bpf_prog *prog;

	lockdep_assert_irqs_disabled();

	rcu_read_lock();
	prog = rcu_dereference(e->prog[slot]);
	if (prog) {
		old = bpf_set_run_ctx(&run.run_ctx);
		*ret = bpf_prog_run(prog, ctx);
		bpf_reset_run_ctx(old);
	}
	rcu_read_unlock();

	return prog;
}

/* A task other than an agent that the ghost class could let go on. */
static bool may_go_on(struct rq *rq, const struct ghost_enclave *e, struct task_struct *prev)
{
	return ghost_task(prev) && !prev->ghost.agent && prev->ghost.enclave == e &&
	       ghost_task_runnable(prev) && !rq->ghost.must_leave;
}

static u64 next_gtid(struct rq *rq, const struct ghost_enclave *e, struct task_struct *prev)
{
	struct task_struct *latched = rq->ghost.latched;

	if (latched)
		return latched == rq->idle ? GHOST_IDLE_GTID : ghost_gtid(latched);
	return may_go_on(rq, e, prev) ? ghost_gtid(prev) : GHOST_NULL_GTID;
}

/* As ghost_agent_eligible() will find it, which cannot be asked twice. */
static bool agent_runnable(struct ghost_rq *g)
{
	return g->agent && g->agent_queued &&
	       (!READ_ONCE(g->blocked_in_run) || atomic_read(&g->wake_pending) ||
		signal_pending(g->agent));
}

/**
 * ghost_bpf_pick - run the pick-next-task program
 * @rq:		this CPU's runqueue
 * @prev:	the current task
 * @rf:		the pin of @rq's lock
 *
 * Context: From __ghost_pick_begin(): rq lock held and pinned. A program that
 * latches a task of another CPU drops the lock and takes it again.
 */
void ghost_bpf_pick(struct rq *rq, struct task_struct *prev, struct rq_flags *rf)
{
	struct ghost_enclave *e = rcu_dereference_sched(rq->ghost.enclave);
	struct ghost_rq *g = &rq->ghost;
	struct bpf_ghost_sched ctx;
	bool ran;
	int ret;

	if (!e || !has_prog(e, GHOST_BPF_PNT))
		return;

	memset(&ctx, 0, sizeof(ctx));
	ctx.agent_on_rq = g->agent && g->agent_queued;
	ctx.agent_runnable = agent_runnable(g);
	ctx.might_yield = rq->nr_running > g->nr_running + g->agent_queued;
	ctx.next_gtid = next_gtid(rq, e, prev);

	rq_unpin_lock(rq, rf);
	ran = run_prog(e, GHOST_BPF_PNT, rq, &ctx, &ret);
	rq_repin_lock(rq, rf);

	/* While the lock was dropped, prev may have left and entered again: nobody knows it. */
	if (prev->ghost.new_task)
		g->candidate = false;
	if (ran && ctx.must_resched)
		g->must_leave = true;
	__this_cpu_write(ghost_dont_idle, ran && ctx.dont_idle);
}

bool __ghost_bpf_dont_idle(void)
{
	if (likely(!this_cpu_read(ghost_dont_idle)))
		return false;

	this_cpu_write(ghost_dont_idle, false);
	return true;
}

/* A CPU number from a program: one whose agent can be woken, or a word for none. */
static int check_pref_cpu(const struct ghost_enclave *e, int cpu)
{
	if (cpu == -2)
		return cpu;
	if ((unsigned int)cpu >= nr_cpu_ids || !cpu_online(cpu) || ghost_cpu_enclave(cpu) != e)
		return -1;
	return cpu;
}

static bool run_msg(struct ghost_enclave *e, u16 *type, union ghost_msg_payload *payload,
		    u32 seqnum, int *pref_cpu)
{
	struct bpf_ghost_msg ctx;
	int ret = 0;

	BUILD_BUG_ON(sizeof(*payload) != offsetof(struct bpf_ghost_msg, type));

	memset(&ctx, 0, sizeof(ctx));
	memcpy(&ctx, payload, sizeof(*payload));
	ctx.type = *type;
	ctx.seqnum = seqnum;
	ctx.pref_cpu = -1;

	if (!run_prog(e, GHOST_BPF_MSG, NULL, &ctx, &ret))
		return true;

	memcpy(payload, &ctx, sizeof(*payload));
	*type = ctx.type;
	*pref_cpu = check_pref_cpu(e, ctx.pref_cpu);
	return !ret;
}

static bool run_msg_84(struct ghost_enclave *e, u16 *type, union ghost_msg_payload *payload,
		       u32 seqnum, int *pref_cpu)
{
	const size_t size = offsetof(struct bpf_ghost_msg_84, type);
	struct bpf_ghost_msg_84 ctx;
	int ret = 0;

	/* Payloads grew at their end only. */
	BUILD_BUG_ON(sizeof(*payload) < size);

	memset(&ctx, 0, sizeof(ctx));
	memcpy(&ctx, payload, size);
	ctx.type = *type;
	ctx.seqnum = seqnum;
	ctx.pref_cpu = -1;

	if (!run_prog(e, GHOST_BPF_MSG, NULL, &ctx, &ret))
		return true;

	memcpy(payload, &ctx, size);
	*type = ctx.type;
	*pref_cpu = check_pref_cpu(e, ctx.pref_cpu);
	return !ret;
}

/**
 * ghost_bpf_msg - run the message program
 * @e:		enclave of the task or agent
 * @type:	of the message; the program may change it
 * @payload:	as in the newest ABI; the program may change it
 * @seqnum:	barrier of the task or agent, counted already
 * @pref_cpu:	out: a CPU of @e that is online, -1 for no preference, or -2 to
 *		wake nobody
 *
 * Context: Interrupts off, usually with the rq lock held; no lock of @e.
 * Return: false if the program suppresses the message.
 */
bool ghost_bpf_msg(struct ghost_enclave *e, u16 *type, union ghost_msg_payload *payload,
		   u32 seqnum, int *pref_cpu)
{
	*pref_cpu = -1;
	if (!has_prog(e, GHOST_BPF_MSG))
		return true;

	if (e->abi == GHOST_ABI_84)
		return run_msg_84(e, type, payload, seqnum, pref_cpu);
	return run_msg(e, type, payload, seqnum, pref_cpu);
}

/**
 * ghost_bpf_select_rq - ask where to place a task that wakes, forks or execs
 * @e:		its enclave
 * @p:		the task
 * @cpu:	the caller's suggestion, where it ran last
 * @flags:	WF_*
 *
 * Context: p->pi_lock held, interrupts off.
 * Return: a CPU that is active and that @p is allowed on, or -1.
 */
int ghost_bpf_select_rq(struct ghost_enclave *e, struct task_struct *p, int cpu, int flags)
{
	struct bpf_ghost_select_rq ctx;
	int ret;

	if (!has_prog(e, GHOST_BPF_SELECT_RQ))
		return -1;

	memset(&ctx, 0, sizeof(ctx));
	ctx.gtid = ghost_gtid(p);
	ctx.task_cpu = task_cpu(p);
	ctx.waker_cpu = smp_processor_id();
	ctx.sd_flag = flags & 0xf;
	ctx.wake_flags = flags;

	if (!run_prog(e, GHOST_BPF_SELECT_RQ, NULL, &ctx, &ret))
		return -1;

	if (flags & WF_TTWU)
		__this_cpu_write(ghost_wakes_directly, (ctx.skip_ttwu_queue ? p : NULL));

	if ((unsigned int)ret >= nr_cpu_ids || !cpu_active(ret) ||
	    !cpumask_test_cpu(ret, p->cpus_ptr))
		return -1;
	return ret;
}

/* In the same wakeup as ghost_bpf_select_rq(), interrupts still off. */
bool __ghost_bpf_wakes_directly(const struct task_struct *p)
{
	if (likely(__this_cpu_read(ghost_wakes_directly) != p))
		return false;

	__this_cpu_write(ghost_wakes_directly, NULL);
	return true;
}

/* --- attaching --- */

static int ghost_bpf_link_detach(struct bpf_link *bpf_link)
{
	struct ghost_bpf_link *link = container_of(bpf_link, struct ghost_bpf_link, link);

	mutex_lock(&ghost_bpf_mutex);
	if (link->attached) {
		RCU_INIT_POINTER(link->enclave->prog[ghost_bpf_slot(link->attach_type)], NULL);
		link->attached = false;
		if (ghost_bpf_slot(link->attach_type) == GHOST_BPF_PNT)
			static_branch_dec(&ghost_bpf_pnt);
	}
	mutex_unlock(&ghost_bpf_mutex);
	return 0;
}

/* Then the program is put, which frees it after a grace period. */
static void ghost_bpf_link_release(struct bpf_link *link)
{
	ghost_bpf_link_detach(link);
}

static void ghost_bpf_link_dealloc(struct bpf_link *bpf_link)
{
	struct ghost_bpf_link *link = container_of(bpf_link, struct ghost_bpf_link, link);

	ghost_enclave_put(link->enclave);
	kfree(link);
}

static void ghost_bpf_link_show_fdinfo(const struct bpf_link *bpf_link, struct seq_file *seq)
{
	const struct ghost_bpf_link *link = container_of(bpf_link, struct ghost_bpf_link, link);

	seq_printf(seq, "enclave:\t%lu\nabi:\t%u\nattach_type:\t%u\n", link->enclave->id,
		   ghost_bpf_abi(link->attach_type), link->attach_type & 0xffff);
}

static const struct bpf_link_ops ghost_bpf_link_ops = {
	.release	= ghost_bpf_link_release,
	.dealloc	= ghost_bpf_link_dealloc,
	.detach		= ghost_bpf_link_detach,
	.show_fdinfo	= ghost_bpf_link_show_fdinfo,
};

/* Put the program into its slot. */
static int fill_slot(struct ghost_bpf_link *link)
{
	struct bpf_prog __rcu **slot = &link->enclave->prog[ghost_bpf_slot(link->attach_type)];
	int ret = 0;

	mutex_lock(&ghost_bpf_mutex);
	if (rcu_access_pointer(*slot)) {
		ret = -EBUSY;
	} else {
		rcu_assign_pointer(*slot, link->link.prog);
		link->attached = true;
		if (ghost_bpf_slot(link->attach_type) == GHOST_BPF_PNT)
			static_branch_inc(&ghost_bpf_pnt);
	}
	mutex_unlock(&ghost_bpf_mutex);
	return ret;
}

/* The live enclave of a ctl file, of this version; a reference. */
static struct ghost_enclave *get_target(int fd, unsigned int abi)
{
	struct ghost_enclave *e = ghost_enclave_from_ctl_fd(fd);

	if (IS_ERR(e))
		return e;
	if (e->abi == abi && !READ_ONCE(e->dying))
		return e;

	ghost_enclave_put(e);
	return ERR_PTR(-EBADF);
}

/**
 * ghost_bpf_link_attach - BPF_LINK_CREATE for a program of an enclave
 * @attr: target_fd is the enclave's ctl file, attach_type that of the load
 * @prog: the program; on success the link owns it
 *
 * The right to attach is that to open the ctl file.
 *
 * Return: a file descriptor of the link; -EINVAL for a bad attribute, -EBADF if
 * target_fd is not that of a live enclave of the program's version, -ENOMEM,
 * -EBUSY if there is a program already.
 */
int ghost_bpf_link_attach(const union bpf_attr *attr, struct bpf_prog *prog)
{
	u32 attach_type = attr->link_create.attach_type;
	struct bpf_link_primer primer;
	struct ghost_bpf_link *link;
	struct ghost_enclave *e;
	int ret;

	if (attr->link_create.flags || attach_type != prog->expected_attach_type)
		return -EINVAL;

	e = get_target(attr->link_create.target_fd, ghost_bpf_abi(attach_type));
	if (IS_ERR(e))
		return PTR_ERR(e);

	link = kzalloc(sizeof(*link), GFP_USER);
	if (!link) {
		ghost_enclave_put(e);
		return -ENOMEM;
	}

	bpf_link_init(&link->link, BPF_LINK_TYPE_GHOST, &ghost_bpf_link_ops, prog);
	link->enclave = e;
	link->attach_type = attach_type;

	ret = bpf_link_prime(&link->link, &primer);
	if (ret) {
		ghost_bpf_link_dealloc(&link->link);
		return ret;
	}

	ret = fill_slot(link);
	if (ret) {
		bpf_link_cleanup(&primer);
		return ret;
	}

	return bpf_link_settle(&primer);
}

/**
 * ghost_bpf_disable_load - the current process loads no BPF program any more
 *
 * Nor do processes that it forks, nor what it or they exec.
 */
void ghost_bpf_disable_load(void)
{
	WRITE_ONCE(current->signal->ghost_no_bpf_load, true);
}
