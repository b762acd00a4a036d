/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * Delegation of scheduling to userspace: BPF programs of an enclave, their
 * contexts and helpers. The types of programs and attach points are in
 * linux/bpf.h. See Documentation/scheduler/ghost.rst.
 *
 * expected_attach_type of a program, and attach_type of its link, are
 * GHOST_BPF_ATTACH_TYPE(): the version of the ABI chooses the context.
 */
#ifndef _UAPI_LINUX_GHOST_BPF_H
#define _UAPI_LINUX_GHOST_BPF_H

#include <linux/ghost.h>
#include <linux/types.h>

#define GHOST_BPF_ATTACH_TYPE(abi, type)	((__u32)(abi) << 16 | (type))

/* The CPU picks its next task: ghost_sched/pnt. The answer, 0 or more, is ignored. */
struct bpf_ghost_sched {
	__u8	agent_on_rq;	/* there is an agent and it is on the runqueue */
	__u8	agent_runnable;	/* ... and it will run next */
	__u8	might_yield;	/* another class has tasks for this CPU */
	__u8	dont_idle;	/* out: ask again once, instead of idling */
	__u8	must_resched;	/* out: the current task leaves the CPU */
	__u64	next_gtid;	/* who runs next; 0: nobody, GHOST_IDLE_GTID: nobody may */
};

/* A message is about to be produced: ghost_msg/msg_send. Not 0: do not. */
struct bpf_ghost_msg {
	union {
		struct ghost_msg_payload_task_dead		dead;
		struct ghost_msg_payload_task_blocked		blocked;
		struct ghost_msg_payload_task_wakeup		wakeup;
		struct ghost_msg_payload_task_new		newt;
		struct ghost_msg_payload_task_preempt		preempt;
		struct ghost_msg_payload_task_yield		yield;
		struct ghost_msg_payload_task_departed		departed;
		struct ghost_msg_payload_task_affinity_changed	affinity;
		struct ghost_msg_payload_task_on_cpu		on_cpu;
		struct ghost_msg_payload_task_priority_changed	priority;
		struct ghost_msg_payload_task_latch_failure	latch_failure;
		struct ghost_msg_payload_cpu_tick		cpu_tick;
		struct ghost_msg_payload_timer			timer;
		struct ghost_msg_payload_cpu_not_idle		cpu_not_idle;
		struct ghost_msg_payload_cpu			cpu;
	};
	__u16	type;
	__u32	seqnum;
	__s32	pref_cpu;	/* out: whose agent to wake; -1 by default, -2: nobody's */
};

struct bpf_ghost_msg_84 {
	union {
		struct ghost_msg_payload_task_dead_84		dead;
		struct ghost_msg_payload_task_blocked		blocked;
		struct ghost_msg_payload_task_wakeup		wakeup;
		struct ghost_msg_payload_task_new_84		newt;
		struct ghost_msg_payload_task_preempt		preempt;
		struct ghost_msg_payload_task_yield		yield;
		struct ghost_msg_payload_task_departed		departed;
		struct ghost_msg_payload_task_affinity_changed	affinity;
		struct ghost_msg_payload_task_on_cpu		on_cpu;
		struct ghost_msg_payload_task_priority_changed	priority;
		struct ghost_msg_payload_task_latch_failure	latch_failure;
		struct ghost_msg_payload_cpu_tick_84		cpu_tick;
		struct ghost_msg_payload_timer			timer;
		struct ghost_msg_payload_cpu_not_idle		cpu_not_idle;
		struct ghost_msg_payload_cpu			cpu;
	};
	__u16	type;
	__u32	seqnum;
	__s32	pref_cpu;
};

/* A task wakes up, forks or execs: ghost_select_rq/select_rq. Answer: a CPU, or -1. */
struct bpf_ghost_select_rq {
	__u64	gtid;
	__u32	task_cpu;
	__u32	waker_cpu;
	__u32	sd_flag;	/* why: the low four bits of wake_flags */
	__u32	wake_flags;
	__u8	skip_ttwu_queue;	/* out: wake it from here, not on that CPU */
};

/* Can be loaded and attached, but is not called. */
struct bpf_ghost_halt_poll {
	__u32	type;
};

/*
 * Helpers. All return 0 or a negative errno, except get_affinity: the number
 * of possible CPUs.
 *
 *   wake_agent(__u32 cpu)					sched, msg
 *   run_gtid(__s64 gtid, __u32 task_barrier, __s32 run_flags)	sched
 *   resched_cpu2(__u32 cpu, __u32 flags)			sched, msg
 *   get_affinity(__s64 gtid, __u8 *mask, __u32 size)		sched, msg
 *   get_comm(__s64 gtid, char *buf, __u32 size)		sched, msg
 */
enum ghost_bpf_func {
	GHOST_BPF_FUNC_wake_agent	= 3000,
	GHOST_BPF_FUNC_run_gtid		= 3001,
	GHOST_BPF_FUNC_resched_cpu2	= 3003,
	GHOST_BPF_FUNC_get_affinity	= 3005,
	GHOST_BPF_FUNC_get_comm		= 3006,
};

/* Flags of resched_cpu2: if its current task is of one of these classes ... */
#define GHOST_RESCHED_ANY_CLASS		(1U << 0)
#define GHOST_RESCHED_GHOST_CLASS	(1U << 1)
#define GHOST_RESCHED_IDLE_CLASS	(1U << 2)
#define GHOST_RESCHED_OTHER_CLASS	(1U << 3)
/* ... that task must leave the CPU, or its agent is woken too. */
#define GHOST_RESCHED_SET_MUST_RESCHED	(1U << 4)
#define GHOST_RESCHED_WAKE_AGENT	(1U << 5)

#endif /* _UAPI_LINUX_GHOST_BPF_H */
