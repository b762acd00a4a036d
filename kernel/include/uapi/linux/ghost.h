/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * Delegation of scheduling to userspace: the ghOSt ABI, versions 84 and 91,
 * and what this kernel adds to it. See Documentation/scheduler/ghost.rst.
 *
 * An enclave is bound to one version when it is created. The versions differ
 * in the payload of three messages only; structures that differ carry the
 * version in their name.
 */
#ifndef _UAPI_LINUX_GHOST_H
#define _UAPI_LINUX_GHOST_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define GHOST_ABI_84			84
#define GHOST_ABI_91			91

#define GHOST_SUPER_MAGIC		0xBAD1DEA2
#define GHOST_MOUNT_POINT		"/sys/fs/ghost"

/* A gtid is TID << GHOST_TID_SHIFT | sequence number; these are none. */
#define GHOST_TID_SHIFT			41
#define GHOST_NULL_GTID			(0)
#define GHOST_AGENT_GTID		(-1)
#define GHOST_IDLE_GTID			(-2)

/* --- status words --- */

struct ghost_sw_info {
	__u32	id;		/* region */
	__u32	index;		/* slot in it */
};

struct ghost_sw_region_header {
	__u32	version;	/* 0 */
	__u32	id;
	__u32	numa_node;
	__u32	start;		/* offset of the first status word */
	__u32	capacity;	/* status words */
	__u32	available;	/* of them free */
} __attribute__((aligned(64)));

struct ghost_status_word {
	__u32	barrier;
	__u32	flags;
	__u64	gtid;
	__s64	switch_time;	/* CLOCK_MONOTONIC, ns, when last switched in */
	__u64	runtime;	/* ns */
} __attribute__((aligned(32)));

#define GHOST_SW_REGION_SIZE		(2 << 20)

#define GHOST_SW_F_INUSE		(1U << 0)
#define GHOST_SW_F_CANFREE		(1U << 1)
#define GHOST_SW_F_ALLOCATED		(1U << 2)
#define GHOST_SW_CPU_AVAIL		(1U << 8)
#define GHOST_SW_BOOST_PRIO		(1U << 9)
#define GHOST_SW_TASK_ONCPU		(1U << 16)
#define GHOST_SW_TASK_RUNNABLE		(1U << 17)
#define GHOST_SW_TASK_IS_AGENT		(1U << 18)
#define GHOST_SW_TASK_MSG_GATED		(1U << 19)
/* Added here: a message of the task was lost, none has been delivered since. */
#define GHOST_SW_TASK_MSG_LOST		(1U << 24)

/* --- queues and messages --- */

struct ghost_ring {
	__u32	head;		/* written by the kernel */
	__u32	tail;		/* written by userspace */
	__u32	overflow;	/* messages lost */
	__u32	slots[];	/* of 8 bytes each */
};

struct ghost_queue_header {
	__u32	version;	/* 0 */
	__u32	start;		/* offset of the ring */
	__u32	nelems;		/* slots of the ring, a power of two */
} __attribute__((aligned(64)));

#define GHOST_MAX_QUEUE_ELEMS		65536

struct ghost_msg {
	__u16	type;
	__u16	length;		/* header and payload, in bytes */
	__u32	seqnum;		/* barrier of the task or agent */
};

enum ghost_msg_type {
	MSG_NOP				= 0,

	MSG_TASK_DEAD			= 64,
	MSG_TASK_BLOCKED		= 65,
	MSG_TASK_WAKEUP			= 66,
	MSG_TASK_NEW			= 67,
	MSG_TASK_PREEMPT		= 68,
	MSG_TASK_YIELD			= 69,
	MSG_TASK_DEPARTED		= 70,
	MSG_TASK_SWITCHTO		= 71,
	MSG_TASK_AFFINITY_CHANGED	= 72,
	MSG_TASK_ON_CPU			= 73,
	MSG_TASK_PRIORITY_CHANGED	= 74,
	MSG_TASK_LATCH_FAILURE		= 75,

	MSG_CPU_TICK			= 128,
	MSG_CPU_TIMER_EXPIRED		= 129,
	MSG_CPU_NOT_IDLE		= 130,
	MSG_CPU_AVAILABLE		= 131,
	MSG_CPU_BUSY			= 132,
	MSG_CPU_AGENT_BLOCKED		= 133,
	MSG_CPU_AGENT_WAKEUP		= 134,

	/*
	 * Added here: messages of the queue were lost. What the agent knows of
	 * its tasks must be built anew from the status words. Sent as soon as
	 * there is room, before any other message; its seqnum is 0.
	 */
	MSG_QUEUE_RESYNC		= 192,
};

struct ghost_msg_payload_task_dead_84 {
	__u64	gtid;
};

struct ghost_msg_payload_task_dead {
	__u64	gtid;
	__s32	cpu;
};

struct ghost_msg_payload_task_blocked {
	__u64	gtid;
	__u64	runtime;
	__u64	cpu_seqnum;
	__s32	cpu;
	__s8	from_switchto;
};

struct ghost_msg_payload_task_wakeup {
	__u64	gtid;
	__u64	agent_data;
	__s8	deferrable;
	__s32	last_ran_cpu;
	__s32	wake_up_cpu;
	__s32	waker_cpu;
};

struct ghost_msg_payload_task_new_84 {
	__u64	gtid;
	__u64	parent_gtid;
	__u64	runtime;
	__u16	runnable;
	__s32	nice;
	struct ghost_sw_info sw_info;
};

struct ghost_msg_payload_task_new {
	__u64	gtid;
	__u64	parent_gtid;
	__u64	runtime;
	__u16	runnable;
	__s32	nice;
	struct ghost_sw_info sw_info;
	__u64	agent_data;
};

struct ghost_msg_payload_task_preempt {
	__u64	gtid;
	__u64	runtime;
	__u64	cpu_seqnum;
	__u64	agent_data;
	__s32	cpu;
	__s8	from_switchto;
	__s8	was_latched;
};

struct ghost_msg_payload_task_yield {
	__u64	gtid;
	__u64	runtime;
	__u64	cpu_seqnum;
	__u64	agent_data;
	__s32	cpu;
	__s8	from_switchto;
};

struct ghost_msg_payload_task_departed {
	__u64	gtid;
	__u64	cpu_seqnum;
	__s32	cpu;
	__s8	from_switchto;
	__s8	was_current;
};

struct ghost_msg_payload_task_switchto {
	__u64	gtid;
	__u64	runtime;
	__u64	cpu_seqnum;
	__s32	cpu;
};

struct ghost_msg_payload_task_affinity_changed {
	__u64	gtid;
};

struct ghost_msg_payload_task_on_cpu {
	__u64	gtid;
	__u64	commit_time;
	__u64	cpu_seqnum;
	__s32	cpu;
};

struct ghost_msg_payload_task_priority_changed {
	__u64	gtid;
	__s32	nice;
};

struct ghost_msg_payload_task_latch_failure {
	__u64	gtid;
	__s32	errno_;
};

struct ghost_msg_payload_cpu_tick_84 {
	__s32	cpu;
};

struct ghost_msg_payload_cpu_tick {
	__s32	cpu;
	__s32	is_agent;
};

struct ghost_msg_payload_timer {
	__s32	cpu;
	__u64	type;
	__u64	cookie;
};

struct ghost_msg_payload_cpu_not_idle {
	__s32	cpu;
	__u64	next_gtid;
};

struct ghost_msg_payload_cpu {		/* of the other CPU messages */
	__s32	cpu;
};

struct ghost_msg_payload_queue_resync {
	__u64	lost;		/* messages since the last of these */
};

/* --- transactions --- */

enum ghost_txn_state {
	GHOST_TXN_COMPLETE		= -2147483647 - 1,
	GHOST_TXN_ABORTED		= -2147483647,
	GHOST_TXN_TARGET_ONCPU		= -2147483646,
	GHOST_TXN_TARGET_STALE		= -2147483645,
	GHOST_TXN_TARGET_NOT_FOUND	= -2147483644,
	GHOST_TXN_TARGET_NOT_RUNNABLE	= -2147483643,
	GHOST_TXN_AGENT_STALE		= -2147483642,
	GHOST_TXN_CPU_OFFLINE		= -2147483641,
	GHOST_TXN_CPU_UNAVAIL		= -2147483640,
	GHOST_TXN_INVALID_FLAGS		= -2147483639,
	GHOST_TXN_INVALID_TARGET	= -2147483638,
	GHOST_TXN_NOT_PERMITTED		= -2147483637,
	GHOST_TXN_INVALID_CPU		= -2147483636,
	GHOST_TXN_NO_AGENT		= -2147483635,
	GHOST_TXN_UNSUPPORTED_VERSION	= -2147483634,
	GHOST_TXN_POISONED		= -2147483633,
	/* 0 .. nr_cpu_ids - 1: being committed by that CPU */
	GHOST_TXN_READY			= 2147483647,
};

struct ghost_txn {
	__s32	version;		/* 0 */
	__s32	cpu;
	__s32	state;			/* enum ghost_txn_state, atomic */
	__u32	agent_barrier;
	__u32	task_barrier;
	__u16	run_flags;
	__u8	commit_flags;
	__u8	unused;
	__s64	gtid;
	__s64	commit_time;		/* CLOCK_MONOTONIC, ns */
	__u64	cpu_seqnum;
	__s32	sync_group_owner;	/* -1: nobody; atomic */
} __attribute__((aligned(64)));

#define GHOST_CPU_DATA_SIZE		4096

struct ghost_cpu_data {
	struct ghost_txn txn;
	__u8	pad[GHOST_CPU_DATA_SIZE - sizeof(struct ghost_txn)];
} __attribute__((aligned(4096)));

/* run_flags */
#define RTLA_ON_PREEMPT			(1U << 0)
#define RTLA_ON_BLOCKED			(1U << 1)
#define RTLA_ON_YIELD			(1U << 2)
#define RTLA_ON_IDLE			(1U << 5)
#define NEED_L1D_FLUSH			(1U << 6)
#define NEED_CPU_NOT_IDLE		(1U << 7)
#define ELIDE_PREEMPT			(1U << 9)
#define SEND_TASK_ON_CPU		(1U << 10)
#define DEFER_LATCHED_PREEMPTION_BY_AGENT (1U << 11)
#define DO_NOT_PREEMPT			(1U << 12)

/* commit_flags */
#define COMMIT_AT_SCHEDULE		(1U << 0)
#define COMMIT_AT_TXN_COMMIT		(1U << 1)
#define ALLOW_TASK_ONCPU		(1U << 2)
#define ELIDE_AGENT_BARRIER_INC		(1U << 3)
#define INC_AGENT_BARRIER_ON_FAILURE	(1U << 4)

/* --- ioctls on the ctl file of an enclave --- */

enum ghost_msg_src_type {
	GHOST_AGENT	= 0,
	GHOST_TASK	= 1,
};

struct ghost_msg_src {
	__s32	type;		/* enum ghost_msg_src_type */
	__u64	arg;		/* CPU or gtid */
};

struct ghost_ioc_sw_get_info {
	struct ghost_msg_src	request;
	struct ghost_sw_info	response;
};

struct ghost_ioc_create_queue {
	__s32	elems;
	__s32	node;
	__s32	flags;
	__u64	mapsize;	/* out */
};

#define GHOST_ASSOC_SF_ALREADY		(1 << 0)
#define GHOST_ASSOC_SF_BRAND_NEW	(1 << 1)

struct ghost_ioc_assoc_queue {
	__s32			fd;
	struct ghost_msg_src	src;
	__u32			barrier;
	__s32			flags;
};

struct ghost_ioc_set_default_queue {
	__s32	fd;
};

#define GHOST_MAX_WINFO			2

struct ghost_agent_wakeup {
	__s32	cpu;
	__s32	prio;		/* 0 */
};

struct ghost_ioc_config_queue_wakeup {
	__s32				qfd;
	struct ghost_agent_wakeup	*w;
	__s32				ninfo;
	__s32				flags;
};

struct ghost_ioc_get_cpu_time {
	__s64	gtid;
	__u64	runtime;	/* out */
};

struct ghost_ioc_commit_txn {
	void	*mask_ptr;	/* bit mask of CPUs */
	__u32	mask_len;	/* bytes */
	__s32	flags;
};

#define TIMERFD_GHOST_ENABLED		(1 << 0)

struct timerfd_ghost {
	__s32	cpu;
	__s32	flags;
	__u64	type;
	__u64	cookie;
};

struct ghost_ioc_timerfd_settime {
	__s32			timerfd;
	__s32			flags;
	const void		*in_tmr;	/* struct __kernel_itimerspec */
	void			*out_tmr;	/* the same, or NULL */
	struct timerfd_ghost	timerfd_ghost;
};

struct ghost_ioc_run {
	__s64	gtid;
	__u32	agent_barrier;
	__u32	task_barrier;
	__s32	run_cpu;
	__s32	run_flags;
};

/* Added here. The wake-up is that of the map's epoll, beside the agent's. */
#define GHOST_RINGBUF_F_NO_WAKEUP	(1 << 0)

/**
 * struct ghost_ioc_create_ringbuf_queue - a queue in a BPF ring buffer
 * @map_fd:	a BPF_MAP_TYPE_RINGBUF map, opened for writing; the queue keeps it
 * @flags:	GHOST_RINGBUF_F_NO_WAKEUP if nobody waits for the map in epoll
 *
 * The ioctl returns a queue fd that every other ioctl takes. Each record is
 * a struct ghost_msg and its payload.
 */
struct ghost_ioc_create_ringbuf_queue {
	__s32	map_fd;
	__s32	flags;
};

#define GHOST_IOC_MAGIC			'g'
#define GHOST_IOC_NULL			_IO(GHOST_IOC_MAGIC, 0)
#define GHOST_IOC_SW_GET_INFO		_IOWR(GHOST_IOC_MAGIC, 1, struct ghost_ioc_sw_get_info)
#define GHOST_IOC_SW_FREE		_IOW(GHOST_IOC_MAGIC, 2, struct ghost_sw_info)
#define GHOST_IOC_CREATE_QUEUE		_IOWR(GHOST_IOC_MAGIC, 3, struct ghost_ioc_create_queue)
#define GHOST_IOC_ASSOC_QUEUE		_IOW(GHOST_IOC_MAGIC, 4, struct ghost_ioc_assoc_queue)
#define GHOST_IOC_SET_DEFAULT_QUEUE	_IOW(GHOST_IOC_MAGIC, 5, struct ghost_ioc_set_default_queue)
#define GHOST_IOC_CONFIG_QUEUE_WAKEUP	_IOW(GHOST_IOC_MAGIC, 6, struct ghost_ioc_config_queue_wakeup)
#define GHOST_IOC_GET_CPU_TIME		_IOWR(GHOST_IOC_MAGIC, 7, struct ghost_ioc_get_cpu_time)
#define GHOST_IOC_COMMIT_TXN		_IOW(GHOST_IOC_MAGIC, 8, struct ghost_ioc_commit_txn)
#define GHOST_IOC_SYNC_GROUP_TXN	_IOW(GHOST_IOC_MAGIC, 9, struct ghost_ioc_commit_txn)
#define GHOST_IOC_TIMERFD_SETTIME	_IOWR(GHOST_IOC_MAGIC, 10, struct ghost_ioc_timerfd_settime)
#define GHOST_IOC_RUN			_IOW(GHOST_IOC_MAGIC, 11, struct ghost_ioc_run)
#define GHOST_IOC_CREATE_RINGBUF_QUEUE	_IOW(GHOST_IOC_MAGIC, 64, struct ghost_ioc_create_ringbuf_queue)

#endif /* _UAPI_LINUX_GHOST_H */
