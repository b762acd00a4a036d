/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Delegation of scheduling to userspace, the part that other subsystems see:
 * what a task carries, and what fork, exit, fs and the timers call.
 * See kernel/sched/ghost.h for the objects and their locks.
 */
#ifndef _LINUX_SCHED_GHOST_H
#define _LINUX_SCHED_GHOST_H

#include <linux/jump_label.h>
#include <linux/list.h>
#include <linux/types.h>
#include <uapi/linux/ghost.h>

struct cfs_bandwidth;
struct ghost_enclave;
struct ghost_queue;
struct itimerspec64;
struct rq;
struct task_struct;

/**
 * struct sched_ghost_entity - what a task of policy SCHED_GHOST carries
 * @run_list:	in rq->ghost.tasks while queued; not of agents
 * @task_list:	in enclave->tasks, under the enclave's lock; not of agents
 * @inhibited_list: in inhibited_by->inhibited, under that enclave's lock
 * @enclave:	the enclave; a reference
 * @inhibited_by: the enclave that the task left with a MSG_TASK_DEPARTED whose
 *		status word its agent has not freed yet, or NULL. No reference:
 *		the enclave lifts the inhibition before it is freed, and holds
 *		one to the task as long as it lasts
 * @dst_q:	where messages go, or NULL; a reference
 * @sw:		status word, NULL for a task that is dead or has left
 * @sw_info:	where that is
 * @orphan_sw:	status word of the departed incarnation, while inhibited
 * @last_runnable: sched_clock() when the task last began to wait for a CPU
 * @departed_barrier: barrier to go on from when the task enters again
 * @last_cpu:	CPU it was last switched out on
 * @waker_cpu:	CPU of the last wakeup
 * @agent:	an agent, not a task
 * @new_task:	MSG_TASK_NEW is still to be sent
 * @yield:	sched_yield() has been called, message still to be sent
 * @dead:	past its last schedule
 * @by_tag:	entered through the enclave's tag, leaves through it too
 * @throttled_list: in throttled_by->ghost_throttled, under that one's lock
 * @throttled_by: whose runtime it waits for, while @throttled
 * @throttled:	waits for runtime of its group; for its agent it is blocked
 * @boost:	this dispatch runs above the fair class
 *
 * All of it is under the lock of the task's runqueue unless said otherwise.
 * Bits are changed with that lock and p->pi_lock or as the current task's.
 */
struct sched_ghost_entity {
	struct list_head		run_list;
	struct list_head		task_list;
	struct list_head		inhibited_list;
	struct list_head		throttled_list;
	struct cfs_bandwidth		*throttled_by;
	struct ghost_enclave		*enclave;
	struct ghost_enclave		*inhibited_by;
	struct ghost_queue		*dst_q;
	struct ghost_status_word	*sw;
	struct ghost_sw_info		sw_info;
	struct ghost_sw_info		orphan_sw;
	u64				last_runnable;
	u32				departed_barrier;
	int				last_cpu;
	int				waker_cpu;
	unsigned int			agent:1;
	unsigned int			new_task:1;
	unsigned int			yield:1;
	unsigned int			dead:1;
	unsigned int			by_tag:1;
	unsigned int			throttled:1;
	unsigned int			boost:1;
};

#ifdef CONFIG_SCHED_CLASS_GHOST

/* On while there is an enclave: no task is delegated without one. */
DECLARE_STATIC_KEY_FALSE(ghost_in_use);

#define ghost_enabled()	static_branch_unlikely(&ghost_in_use)

/* fork, exit */
int ghost_sched_fork(struct task_struct *p);
void ghost_fork_id(struct task_struct *p);
void ghost_cancel_fork(struct task_struct *p);
void __ghost_group_dead(void);

/* The last thread of a process exits. */
static inline void ghost_group_dead(void)
{
	if (ghost_enabled())
		__ghost_group_dead();
}

/* The number that names a thread for good. */
s64 ghost_gtid(const struct task_struct *p);

/**
 * struct ghost_timer - what a timerfd that tells an agent of its expiry carries
 * @to:	   which agent, and what to tell it
 * @owner: gtid of the process that asked for it: a later agent of the CPU that is
 *	   not of that process is none of its business
 */
struct ghost_timer {
	struct timerfd_ghost		to;
	s64				owner;
};

/* fs/timerfd.c and ghost_timer.c */
void ghost_timer_expired(const struct ghost_timer *timer);
int timerfd_settime_ghost(int ufd, int flags, const struct itimerspec64 *new,
			  struct itimerspec64 *old, const struct ghost_timer *ghost);

/* Tags, groups or bindings have changed: look at all tasks again, soon. Any context. */
void ghost_tag_reconcile(void);

#else

/* What fs/timerfd.c hands from function to function. */
struct ghost_timer { };

#define ghost_enabled()	false

static inline int ghost_sched_fork(struct task_struct *p) { return 0; }
static inline void ghost_fork_id(struct task_struct *p) { }
static inline void ghost_cancel_fork(struct task_struct *p) { }
static inline void ghost_group_dead(void) { }
static inline void ghost_tag_reconcile(void) { }

#endif /* CONFIG_SCHED_CLASS_GHOST */

#endif /* _LINUX_SCHED_GHOST_H */
