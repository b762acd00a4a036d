// SPDX-License-Identifier: GPL-2.0-only
/*
 * Delegation of scheduling to userspace: helpers of BPF programs of an enclave.
 *
 * They are called with interrupts off and, as programs that pick or see a
 * message are, with the lock of some runqueue held. All but run_gtid() take no
 * lock. None reaches beyond the enclave of the program, but for what is public
 * of a task.
 */
#include "ghost_bpf.h"

static struct ghost_bpf_run_ctx *this_run(void)
{
	return container_of(current->bpf_ctx, struct ghost_bpf_run_ctx, run_ctx);
}

static int check_cpu(u32 cpu)
{
	if ((int)cpu < 0)
		return -EINVAL;
	if (cpu >= nr_cpu_ids || !cpu_online(cpu))
		return -ERANGE;
	return 0;
}

BPF_CALL_1(ghost_bpf_wake_agent, u32, cpu)
{
	int ret = check_cpu(cpu);

	if (ret)
		return ret;
	if (ghost_cpu_enclave(cpu) != this_run()->enclave)
		return -EXDEV;

	ghost_wake_agent(cpu);
	return 0;
}

static const struct bpf_func_proto ghost_bpf_wake_agent_proto = {
	.func		= ghost_bpf_wake_agent,
	.gpl_only	= true,
	.ret_type	= RET_INTEGER,
	.arg1_type	= ARG_ANYTHING,
};

/* --- resched_cpu2 --- */

#define RESCHED_FLAGS	(GHOST_RESCHED_ANY_CLASS | GHOST_RESCHED_GHOST_CLASS |		\
			 GHOST_RESCHED_IDLE_CLASS | GHOST_RESCHED_OTHER_CLASS |		\
			 GHOST_RESCHED_SET_MUST_RESCHED | GHOST_RESCHED_WAKE_AGENT)

/* A guess: what the CPU runs may change meanwhile. */
static bool class_selected(struct rq *rq, u32 flags)
{
	const struct task_struct *curr = rcu_dereference_sched(rq->curr);
	u32 class = GHOST_RESCHED_OTHER_CLASS;

	if (ghost_task(curr))
		class = GHOST_RESCHED_GHOST_CLASS;
	else if (curr == rq->idle)
		class = GHOST_RESCHED_IDLE_CLASS;

	return flags & (class | GHOST_RESCHED_ANY_CLASS);
}

BPF_CALL_2(ghost_bpf_resched_cpu2, u32, cpu, u32, flags)
{
	struct ghost_enclave *e;
	int ret = check_cpu(cpu);

	if (ret)
		return ret;

	e = ghost_cpu_enclave(cpu);
	if (!e)
		return -EXDEV;
	if (flags & ~RESCHED_FLAGS)
		return -EINVAL;
	if (e != this_run()->enclave)
		return -EXDEV;
	if (!class_selected(cpu_rq(cpu), flags))
		return -EPERM;

	/* Before the kick: the pick that it leads to must see it. */
	if (flags & GHOST_RESCHED_SET_MUST_RESCHED)
		atomic_set_release(&cpu_rq(cpu)->ghost.remote_must_leave, 1);
	if (flags & GHOST_RESCHED_WAKE_AGENT)
		ghost_wake_agent(cpu);
	ghost_kick_cpu(cpu, GHOST_KICK_RESCHED);
	return 0;
}

static const struct bpf_func_proto ghost_bpf_resched_cpu2_proto = {
	.func		= ghost_bpf_resched_cpu2,
	.gpl_only	= true,
	.ret_type	= RET_INTEGER,
	.arg1_type	= ARG_ANYTHING,
	.arg2_type	= ARG_ANYTHING,
};

/* --- get_affinity, get_comm --- */

/*
 * The id of a task that is past a point in its exit finds nobody: the search
 * for it takes the enclave's lock, which may be held around a message.
 */
BPF_CALL_3(ghost_bpf_get_affinity, s64, gtid, u8 *, mask, u32, size)
{
	struct task_struct *p = ghost_find_task(gtid, NULL);

	memset(mask, 0, size);
	if (!p)
		return -ENOENT;
	if (size < cpumask_size())
		return -E2BIG;

	memcpy(mask, cpumask_bits(&p->cpus_mask), cpumask_size());
	return nr_cpu_ids;
}

static const struct bpf_func_proto ghost_bpf_get_affinity_proto = {
	.func		= ghost_bpf_get_affinity,
	.gpl_only	= true,
	.ret_type	= RET_INTEGER,
	.arg1_type	= ARG_ANYTHING,
	.arg2_type	= ARG_PTR_TO_UNINIT_MEM,
	.arg3_type	= ARG_CONST_SIZE,
};

BPF_CALL_3(ghost_bpf_get_comm, s64, gtid, char *, buf, u32, size)
{
	struct task_struct *p = ghost_find_task(gtid, NULL);

	if (!p) {
		memset(buf, 0, size);
		return -ENOENT;
	}

	/* Its lock is out of reach here; the last byte is 0 at any time. */
	strscpy_pad(buf, p->comm, size);
	return 0;
}

static const struct bpf_func_proto ghost_bpf_get_comm_proto = {
	.func		= ghost_bpf_get_comm,
	.gpl_only	= true,
	.ret_type	= RET_INTEGER,
	.arg1_type	= ARG_ANYTHING,
	.arg2_type	= ARG_PTR_TO_UNINIT_MEM,
	.arg3_type	= ARG_CONST_SIZE,
};

/* --- run_gtid --- */

#define RUN_GTID_FLAGS	(RTLA_ON_PREEMPT | RTLA_ON_BLOCKED | RTLA_ON_YIELD | NEED_L1D_FLUSH | \
			 ELIDE_PREEMPT | SEND_TASK_ON_CPU | DO_NOT_PREEMPT)

/*
 * Take the lock of a task's runqueue beside that of @rq, which may be dropped
 * for a while. The task's pi_lock is not taken: who wakes it up may hold that
 * until the task has left its CPU, which may itself be here, waiting for the
 * lock of a task that is about to leave this one. The rq lock alone keeps a
 * task that is queued where it is, as for the load balancer.
 */
static struct rq *lock_other(struct rq *rq, struct task_struct *p)
{
	struct rq *src = task_rq(p);

	if (src == rq)
		return rq;

	do {
		double_lock_balance(rq, src);
		if (likely(src == task_rq(p)))
			break;
		double_unlock_balance(rq, src);
		src = task_rq(p);
	} while (src != rq);

	/* Others had the lock, and used up the update that __schedule() made. */
	update_rq_clock(rq);
	if (src != rq)
		update_rq_clock(src);
	return src;
}

static void unlock_other(struct rq *rq, struct rq *src)
{
	if (src != rq)
		double_unlock_balance(rq, src);
}

/* Is the task one that its agents know, in the state that the caller knows? */
static bool is_stale(const struct task_struct *p, u32 barrier)
{
	const struct ghost_status_word *sw = READ_ONCE(p->ghost.sw);

	return !ghost_task(p) || p->sched_class != &ghost_sched_class ||
	       p->ghost.inhibited_by || p->ghost.new_task || p->ghost.dead ||
	       !sw || READ_ONCE(sw->barrier) != barrier;
}

/* May @p, which is on @src and in the enclave, run on @cpu? */
static int check_affinity(const struct task_struct *p, struct rq *src, int cpu)
{
	if (is_migration_disabled((struct task_struct *)p) && cpu_of(src) != cpu)
		return -ESTALE;
	if (!cpu_active(cpu) || !cpumask_test_cpu(cpu, p->cpus_ptr))
		return -EACCES;
	return 0;
}

/* What commits with DO_NOT_PREEMPT ask as well. */
static bool would_preempt(struct rq *rq, const struct task_struct *p)
{
	const struct task_struct *latched = rq->ghost.latched;

	return (rq->curr != rq->idle && rq->curr != p) || (latched && latched != p);
}

/* Both locks are held. The order is that of the ABI. */
static int check_run(struct ghost_enclave *e, struct rq *rq, struct rq *src,
		     struct task_struct *p, u32 barrier, s32 run_flags)
{
	int ret;

	if (run_flags & ~RUN_GTID_FLAGS)
		return -EINVAL;
	if (rcu_access_pointer(rq->ghost.enclave) != e)
		return -EXDEV;
	if (is_stale(p, barrier))
		return -ESTALE;
	/* It is being moved, by somebody who has neither lock at the moment. */
	if (task_on_rq_migrating(p))
		return -EBUSY;
	if (!ghost_task_runnable(p))
		return -EINVAL;
	if (p->ghost.enclave != e)
		return -EPERM;
	if (task_on_cpu(src, p) || src->curr == p)
		return -EBUSY;
	ret = check_affinity(p, src, cpu_of(rq));
	if (ret)
		return ret;
	if (!rq->ghost.agent)
		return -EINVAL;
	if ((run_flags & DO_NOT_PREEMPT) && would_preempt(rq, p))
		return -ESTALE;
	return 0;
}

/* With both locks held, nobody sees it in between. */
static void move_here(struct rq *rq, struct rq *src, struct task_struct *p)
{
	/* Silent: the message would count the barrier that was just accepted. */
	if (src->ghost.latched == p)
		ghost_unlatch(src, true);

	deactivate_task(src, p, 0);
	set_task_cpu(p, cpu_of(rq));
	activate_task(rq, p, 0);
}

/*
 * Tell the message program of the enclave. A task that is not queued can be
 * woken, leave or die without the lock of @src, but not without its pi_lock.
 * Whoever has that will produce a message.
 */
static void report_failure(struct ghost_enclave *e, struct rq *src, struct task_struct *p,
			   int err)
{
	bool queued = task_on_rq_queued(p);

	if (!queued && !raw_spin_trylock(&p->pi_lock))
		return;
	if (task_rq(p) == src && p->ghost.enclave == e && p->ghost.sw)
		ghost_msg_latch_failure(p, err);
	if (!queued)
		raw_spin_unlock(&p->pi_lock);
}

static int run_task(const struct ghost_bpf_run_ctx *run, struct task_struct *p, u32 barrier,
		    s32 run_flags)
{
	struct rq *rq = run->rq;
	struct rq *src = lock_other(rq, p);
	int ret = -ENOENT;

	if (ghost_agent(p))
		goto out;

	ret = check_run(run->enclave, rq, src, p, barrier, run_flags);
	if (ret) {
		report_failure(run->enclave, src, p, -ret);
		goto out;
	}

	if (src != rq)
		move_here(rq, src, p);
	ghost_latch(rq, p, run_flags);
out:
	unlock_other(rq, src);
	return ret;
}

/*
 * The program holds an RCU read side, so that the task stays allocated while
 * no lock is held.
 */
BPF_CALL_3(ghost_bpf_run_gtid, s64, gtid, u32, task_barrier, s32, run_flags)
{
	const struct ghost_bpf_run_ctx *run = this_run();
	struct task_struct *p;

	/* Not a picking program: the verifier has seen to it. */
	if (WARN_ON_ONCE(!run->rq))
		return -EINVAL;

	p = gtid > 0 ? ghost_find_task(gtid, run->enclave) : NULL;
	return p ? run_task(run, p, task_barrier, run_flags) : -ENOENT;
}

static const struct bpf_func_proto ghost_bpf_run_gtid_proto = {
	.func		= ghost_bpf_run_gtid,
	.gpl_only	= true,
	.ret_type	= RET_INTEGER,
	.arg1_type	= ARG_ANYTHING,
	.arg2_type	= ARG_ANYTHING,
	.arg3_type	= ARG_ANYTHING,
};

const struct bpf_func_proto *ghost_bpf_helper_proto(int func_id, unsigned int slot)
{
	if (slot != GHOST_BPF_PNT && slot != GHOST_BPF_MSG)
		return NULL;

	switch (func_id) {
	case GHOST_BPF_FUNC_wake_agent:
		return &ghost_bpf_wake_agent_proto;
	case GHOST_BPF_FUNC_run_gtid:
		return slot == GHOST_BPF_PNT ? &ghost_bpf_run_gtid_proto : NULL;
	case GHOST_BPF_FUNC_resched_cpu2:
		return &ghost_bpf_resched_cpu2_proto;
	case GHOST_BPF_FUNC_get_affinity:
		return &ghost_bpf_get_affinity_proto;
	case GHOST_BPF_FUNC_get_comm:
		return &ghost_bpf_get_comm_proto;
	default:
		return NULL;
	}
}
