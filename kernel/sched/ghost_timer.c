// SPDX-License-Identifier: GPL-2.0-only
/*
 * Delegation of scheduling to userspace: timers whose expiry is a message to an
 * agent. They are timerfds; fs/timerfd.c calls back when one expires.
 */
#include <linux/time.h>
#include <linux/uaccess.h>

#include "ghost_internal.h"

/**
 * ghost_timer_expired - a timerfd with an association has expired
 * @timer: the association
 *
 * A CPU that has no agent any more, or that of another process, is told nothing.
 *
 * Context: Hard interrupt, no lock of the timer held.
 */
void ghost_timer_expired(const struct ghost_timer *timer)
{
	struct rq *rq = cpu_rq(timer->to.cpu);
	struct rq_flags rf;

	rq_lock_irqsave(rq, &rf);
	if (rq->ghost.agent && ghost_gtid(rq->ghost.agent->group_leader) == timer->owner)
		ghost_msg_cpu_timer(rq, &timer->to);
	rq_unlock_irqrestore(rq, &rf);
}

static int check_association(const struct timerfd_ghost *timer)
{
	struct rq_flags rf;
	struct rq *rq;
	bool mine;

	if (timer->flags & ~TIMERFD_GHOST_ENABLED)
		return -EINVAL;
	if (!(timer->flags & TIMERFD_GHOST_ENABLED))
		return 0;
	if ((unsigned int)timer->cpu >= nr_cpu_ids || !cpu_online(timer->cpu))
		return -EINVAL;

	rq = cpu_rq(timer->cpu);
	rq_lock_irqsave(rq, &rf);
	mine = ghost_agent_is_mine(rq);
	rq_unlock_irqrestore(rq, &rf);
	return mine ? 0 : -EINVAL;
}

/**
 * ghost_timerfd_settime - GHOST_IOC_TIMERFD_SETTIME
 * @e:	 the enclave
 * @arg: see the ABI
 *
 * Return: 0, -EFAULT, -EINVAL, or what timerfd_settime(2) says.
 */
int ghost_timerfd_settime(struct ghost_enclave *e, struct ghost_ioc_timerfd_settime __user *arg)
{
	struct ghost_timer timer = { .owner = ghost_gtid(current->group_leader) };
	struct ghost_ioc_timerfd_settime req;
	struct itimerspec64 new, old;
	int ret;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
	if (get_itimerspec64(&new, (const struct __kernel_itimerspec __user *)req.in_tmr))
		return -EFAULT;
	ret = check_association(&req.timerfd_ghost);
	if (ret)
		return ret;

	timer.to = req.timerfd_ghost;
	ret = timerfd_settime_ghost(req.timerfd, req.flags, &new, &old, &timer);
	if (ret)
		return ret;
	if (req.out_tmr &&
	    put_itimerspec64(&old, (struct __kernel_itimerspec __user *)req.out_tmr))
		return -EFAULT;
	return 0;
}
