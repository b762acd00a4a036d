// SPDX-License-Identifier: GPL-2.0-only
/*
 * Delegation of scheduling to userspace: ways to what is static in core.c,
 * which includes this file. See ghost_internal.h.
 */

struct rq *ghost_move_queued_task(struct rq *rq, struct rq_flags *rf,
				  struct task_struct *p, int new_cpu)
{
	return move_queued_task(rq, rf, p, new_cpu);
}

int ghost_setscheduler(struct task_struct *p, const struct sched_attr *attr)
{
	return __sched_setscheduler(p, attr, false, true);
}

bool ghost_same_owner(struct task_struct *p)
{
	return check_same_owner(p);
}

int ghost_fallback_cpu(struct rq *rq, struct task_struct *p)
{
	return select_fallback_rq(cpu_of(rq), p);
}
