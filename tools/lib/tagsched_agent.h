/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * libtagsched: userspace schedulers ("agents") for delegated tasks.
 *
 * Contents
 *   enclaves              tagsched_enclave__*: CPUs, a tag, the files below /sys/fs/ghost
 *   status words          tagsched_sw__*: what the kernel says about a task or an agent
 *   messages              tagsched_msg__*: what happened to a task or a CPU
 *   queues                tagsched_queue__*: native rings and BPF ring buffers alike
 *   tasks                 tagsched_task__*: what a policy knows of a task
 *   run queues            tagsched_runq__*: a FIFO of tasks for policies that want one
 *   transactions          tagsched_txn__*: run this task there; one by one or as a group
 *   timers                tagsched_timer__*: a message at a time
 *   agents                tagsched_agents__*: threads that do all of this and ask a policy
 *
 * A policy is a struct tagsched_agent_ops; enqueue and pick are enough. Its
 * functions are called by agent threads, one at a time: they need no locks,
 * and they must not sleep, open files, or wait for a delegated task, because
 * nobody schedules on that CPU meanwhile.
 *
 * Conventions are those of tagsched.h. Processes of agents are in the initial
 * pid namespace: gtids have its thread ids in them. CPUs are those of cpu_set_t, 0 to 1023.
 */
#ifndef TAGSCHED_AGENT_H
#define TAGSCHED_AGENT_H

#include <sched.h>

#include "tagsched.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tagsched_agent;
struct tagsched_agents;
struct tagsched_enclave;
struct tagsched_queue;
struct tagsched_timer;

/* Where ghostfs is mounted, and where agents of one enclave find each other. */
#define TAGSCHED_GHOST_DIR	"/sys/fs/ghost"
#define TAGSCHED_RUN_DIR	"/run/tagsched"

/* ---- enclaves ---- */

/**
 * struct tagsched_enclave_opts - what an enclave is made of
 * @sz: size of this struct
 * @cpus: CPU list ("0-3,8"), NULL for all that are online
 * @abi: 84 or 91, 0 for 91
 * @persist: tasks wait for the next agent instead of going back to CFS
 * @ephemeral: the enclave goes when the creating process does
 * @grace_ms: how long it may be without agents, 0 for the kernel's default
 * @timeout_ms: the watchdog's patience with a task that waits, 0 for the kernel's default
 * @boost_us: dispatch boost, 0 for none
 */
struct tagsched_enclave_opts {
	size_t sz;
	const char *cpus;
	int abi;
	bool persist;
	bool ephemeral;
	__u32 grace_ms;
	__u32 timeout_ms;
	__u32 boost_us;
};

/**
 * tagsched_enclave__create() - make an enclave under the first free number
 * @opts: may be NULL
 *
 * Mounts ghostfs if need be. CPUs that a dying enclave still holds are waited
 * for, for half a second.
 *
 * Return: the enclave, to be freed with tagsched_enclave__close(); NULL with
 * errno ENOTSUP (kernel without SCHED_CLASS_GHOST, or ABI not served), EACCES,
 * EBUSY (a CPU belongs to another enclave), EINVAL (CPU list), ENODEV (CPU offline).
 */
TAGSCHED_API struct tagsched_enclave *
tagsched_enclave__create(const struct tagsched_enclave_opts *opts);

/**
 * tagsched_enclave__open() - open an enclave that is there
 * @id: its number
 *
 * Return: as tagsched_enclave__create(); errno ENOENT (no such enclave).
 */
TAGSCHED_API struct tagsched_enclave *tagsched_enclave__open(unsigned long id);

/**
 * tagsched_enclave__find() - number of the enclave that a tag is bound to
 * @tag: the tag
 * @id: result, written on success only
 *
 * Return: 0, -ENOENT (none), -ENOTSUP (ghostfs is not there).
 */
TAGSCHED_API int tagsched_enclave__find(__s64 tag, unsigned long *id);

/* Number, ABI and CPUs of an enclave, as they were when it was opened. */
TAGSCHED_API unsigned long tagsched_enclave__id(const struct tagsched_enclave *e);
TAGSCHED_API int tagsched_enclave__abi(const struct tagsched_enclave *e);
TAGSCHED_API const cpu_set_t *tagsched_enclave__cpus(const struct tagsched_enclave *e);

/**
 * tagsched_enclave__bind_tag() - delegate every task with a tag to an enclave
 * @e: the enclave
 * @tag: the tag
 *
 * Takes effect while an agent is online. Return: 0, -EEXIST (bound to another
 * enclave), -ENODEV (the enclave is gone).
 */
TAGSCHED_API int tagsched_enclave__bind_tag(struct tagsched_enclave *e, __s64 tag);

/* Undo tagsched_enclave__bind_tag(): the tasks go back to CFS. */
TAGSCHED_API int tagsched_enclave__unbind_tag(struct tagsched_enclave *e);

/**
 * tagsched_enclave__read() - read a file of an enclave
 * @e: the enclave
 * @file: its name, for example "status"
 * @buf: result, NUL-terminated, without a newline at its end
 * @size: size of @buf in bytes
 *
 * Not for agent threads: the kernel refuses them (EDEADLK).
 *
 * Return: length or a negative errno.
 */
TAGSCHED_API int tagsched_enclave__read(const struct tagsched_enclave *e, const char *file,
					char *buf, size_t size);

/* Write @text to a file of an enclave. Return: 0 or a negative errno. */
TAGSCHED_API int tagsched_enclave__write(const struct tagsched_enclave *e, const char *file,
					 const char *text);

/**
 * tagsched_enclave__go_online() - tell the kernel that agents schedule from here on
 * @e: the enclave
 *
 * Return: 0, -EBUSY (other agents are online), or a negative errno.
 */
TAGSCHED_API int tagsched_enclave__go_online(struct tagsched_enclave *e);

/* Undo tagsched_enclave__go_online(), so that others can take over. */
TAGSCHED_API void tagsched_enclave__go_offline(struct tagsched_enclave *e);

/* Has the kernel removed the enclave. */
TAGSCHED_API bool tagsched_enclave__gone(const struct tagsched_enclave *e);

/**
 * tagsched_enclave__destroy() - give all tasks back to CFS and remove the enclave
 * @e: the enclave; still to be closed
 *
 * Agents that are attached are killed, with their process: stop them before.
 *
 * Return: 0, also if it is gone already; or a negative errno.
 */
TAGSCHED_API int tagsched_enclave__destroy(struct tagsched_enclave *e);

/* Close an enclave, which stays; @e may be NULL. */
TAGSCHED_API void tagsched_enclave__close(struct tagsched_enclave *e);

/* ---- status words ---- */

/**
 * struct tagsched_sw - a status word; the kernel writes it
 * @barrier: counts the messages about the task, or what may interest the agent
 * @flags: TAGSCHED_SW_*
 * @gtid: whose it is
 * @switch_time: CLOCK_MONOTONIC in ns, when last switched in
 * @runtime: CPU time in ns
 *
 * Read barrier and flags through the functions below: they order the accesses.
 */
struct tagsched_sw {
	__u32 barrier;
	__u32 flags;
	__u64 gtid;
	__s64 switch_time;
	__u64 runtime;
} __attribute__((aligned(32)));

#define TAGSCHED_SW_INUSE	(1U << 0)
#define TAGSCHED_SW_CANFREE	(1U << 1)
#define TAGSCHED_SW_CPU_AVAIL	(1U << 8)	/* agents: no other class wants the CPU */
#define TAGSCHED_SW_BOOST_PRIO	(1U << 9)	/* agents: another class wants it */
#define TAGSCHED_SW_ONCPU	(1U << 16)
#define TAGSCHED_SW_RUNNABLE	(1U << 17)
#define TAGSCHED_SW_IS_AGENT	(1U << 18)
#define TAGSCHED_SW_MSG_LOST	(1U << 24)	/* no message delivered since one was lost */

/**
 * tagsched_sw__at() - a status word by region and slot, as in MSG_TASK_NEW
 * @e: the enclave
 * @region: 0, the only one that the library makes
 * @index: the slot
 *
 * Return: the word, NULL if there is no such slot.
 */
TAGSCHED_API const struct tagsched_sw *tagsched_sw__at(const struct tagsched_enclave *e,
						       __u32 region, __u32 index);
/* Number of slots, used or not. */
TAGSCHED_API __u32 tagsched_sw__count(const struct tagsched_enclave *e);
TAGSCHED_API __u32 tagsched_sw__flags(const struct tagsched_sw *sw);
TAGSCHED_API __u32 tagsched_sw__barrier(const struct tagsched_sw *sw);
/* Give a slot back whose owner is gone. Return: 0 or a negative errno. */
TAGSCHED_API int tagsched_sw__free(struct tagsched_enclave *e, const struct tagsched_sw *sw);

/* ---- messages ---- */

enum tagsched_msg_type {
	TAGSCHED_MSG_NOP = 0,
	TAGSCHED_MSG_TASK_DEAD = 64,
	TAGSCHED_MSG_TASK_BLOCKED,
	TAGSCHED_MSG_TASK_WAKEUP,
	TAGSCHED_MSG_TASK_NEW,
	TAGSCHED_MSG_TASK_PREEMPT,
	TAGSCHED_MSG_TASK_YIELD,
	TAGSCHED_MSG_TASK_DEPARTED,
	TAGSCHED_MSG_TASK_SWITCHTO,
	TAGSCHED_MSG_TASK_AFFINITY_CHANGED,
	TAGSCHED_MSG_TASK_ON_CPU,
	TAGSCHED_MSG_TASK_PRIORITY_CHANGED,
	TAGSCHED_MSG_CPU_TICK = 128,
	TAGSCHED_MSG_CPU_TIMER_EXPIRED,
	TAGSCHED_MSG_CPU_NOT_IDLE,
	TAGSCHED_MSG_CPU_AVAILABLE,
	TAGSCHED_MSG_CPU_BUSY,
	TAGSCHED_MSG_CPU_AGENT_BLOCKED,
	TAGSCHED_MSG_CPU_AGENT_WAKEUP,
	TAGSCHED_MSG_QUEUE_RESYNC = 192,
};

/**
 * struct tagsched_msg - a message, decoded; what its type has no use for is 0
 * @type: enum tagsched_msg_type
 * @seqnum: the task's or the agent's barrier with this message
 * @gtid: the task
 * @cpu: where it happened; -1 where the type does not say
 * @runtime: CPU time of the task in ns
 * @cpu_seqnum: orders events of one CPU
 * @agent_data: what a BPF program put there
 * @parent_gtid: NEW: its parent
 * @sw_region: NEW: region of its status word
 * @sw_index: NEW: slot of its status word
 * @nice: NEW, PRIORITY_CHANGED
 * @last_ran_cpu: WAKEUP
 * @wake_up_cpu: WAKEUP: what the kernel's placement says
 * @waker_cpu: WAKEUP
 * @runnable: NEW
 * @deferrable: WAKEUP: a hint
 * @from_switchto: always 0 with this kernel
 * @was_latched: PREEMPT: the task had not begun to run
 * @was_current: DEPARTED
 * @is_agent: CPU_TICK: the tick hit the agent
 * @commit_time: ON_CPU, ns
 * @timer_type: CPU_TIMER_EXPIRED
 * @timer_cookie: CPU_TIMER_EXPIRED
 * @next_gtid: CPU_NOT_IDLE
 * @lost: QUEUE_RESYNC: number of messages
 */
struct tagsched_msg {
	__u16 type;
	__u32 seqnum;
	__s64 gtid;
	__s32 cpu;
	__u64 runtime;
	__u64 cpu_seqnum;
	__u64 agent_data;
	__u64 parent_gtid;
	__u32 sw_region;
	__u32 sw_index;
	__s32 nice;
	__s32 last_ran_cpu;
	__s32 wake_up_cpu;
	__s32 waker_cpu;
	bool runnable;
	bool deferrable;
	bool from_switchto;
	bool was_latched;
	bool was_current;
	bool is_agent;
	__u64 commit_time;
	__u64 timer_type;
	__u64 timer_cookie;
	__u64 next_gtid;
	__u64 lost;
};

/**
 * tagsched_msg__decode() - decode a record of a queue
 * @record: the record: header and payload; need not be aligned
 * @size: bytes that may be read
 * @abi: the enclave's
 * @msg: result
 *
 * A type that the library does not know is decoded as far as its header.
 *
 * Return: length of the record in bytes, -EBADMSG (shorter than its type needs,
 * or longer than @size).
 */
TAGSCHED_API int tagsched_msg__decode(const void *record, size_t size, int abi,
				      struct tagsched_msg *msg);

/* "TASK_NEW" for TAGSCHED_MSG_TASK_NEW; NULL for a type that the library does not know. */
TAGSCHED_API const char *tagsched_msg__name(unsigned int type);

/* ---- queues ---- */

enum tagsched_queue_kind {
	TAGSCHED_QUEUE_RING,		/* the kernel's own */
	TAGSCHED_QUEUE_RINGBUF,		/* a BPF ring buffer */
};

/**
 * struct tagsched_queue_opts - how to make a queue
 * @sz: size of this struct
 * @kind: what it is made of
 * @elems: room for so many slots of 8 bytes (a message takes two to seven), a
 *         power of two up to 65536; 0 for 65536
 */
struct tagsched_queue_opts {
	size_t sz;
	enum tagsched_queue_kind kind;
	__u32 elems;
};

/**
 * tagsched_queue__create() - make a queue
 * @e: the enclave, which must outlive the queue
 * @opts: may be NULL
 *
 * Return: the queue; NULL with errno EINVAL, ENOMEM, ENODEV (enclave gone),
 * EPERM (BPF ring buffer without CAP_BPF).
 */
TAGSCHED_API struct tagsched_queue *
tagsched_queue__create(struct tagsched_enclave *e, const struct tagsched_queue_opts *opts);
TAGSCHED_API void tagsched_queue__destroy(struct tagsched_queue *q);
TAGSCHED_API int tagsched_queue__fd(const struct tagsched_queue *q);

/**
 * tagsched_queue__next() - take the next message
 * @q: the queue; one thread at a time
 * @msg: result
 *
 * Return: 1, 0 (empty), -EBADMSG (the record is broken; it was dropped).
 */
TAGSCHED_API int tagsched_queue__next(struct tagsched_queue *q, struct tagsched_msg *msg);

/* New tasks of the enclave send their messages here. Return: 0 or a negative errno. */
TAGSCHED_API int tagsched_queue__set_default(struct tagsched_queue *q);
/* The agent of @cpu wakes when there is a message, none if @cpu is -1. The same. */
TAGSCHED_API int tagsched_queue__set_wakeup(struct tagsched_queue *q, int cpu);

#define TAGSCHED_ASSOC_ALREADY		(1 << 0)
#define TAGSCHED_ASSOC_BRAND_NEW	(1 << 1)

/**
 * tagsched_queue__associate() - let a task send its messages here
 * @q: the queue
 * @gtid: the task
 * @seqnum: its last message that the caller has seen
 *
 * Return: TAGSCHED_ASSOC_* bits, -ESTALE (there is a later message in the old
 * queue: nothing was changed), -ENOENT (gone).
 */
TAGSCHED_API int tagsched_queue__associate(struct tagsched_queue *q, __s64 gtid, __u32 seqnum);

/* ---- tasks ---- */

enum tagsched_task_state {
	TAGSCHED_TASK_BLOCKED,
	TAGSCHED_TASK_QUEUED,		/* runnable; the policy has it */
	TAGSCHED_TASK_RUNNING,		/* committed to a CPU */
	TAGSCHED_TASK_STRANDED,		/* runnable, on no CPU of the enclave: goes to CFS */
};

/**
 * struct tagsched_task - a delegated task; policies read it
 * @gtid: the kernel's name of it
 * @tid: its thread id in the initial pid namespace
 * @state: what the library knows
 * @seqnum: its last message
 * @sw: its status word
 * @cpu: model per CPU: whose queue it is in; central: where it ran last; -1 for none
 * @nice: as last heard
 * @runtime: CPU time in ns, as last heard
 * @since: when it last became runnable or began to run, CLOCK_MONOTONIC ns
 * @data: the policy's own, ops->task_size bytes, zeroed at first
 *
 * Made before task_new, freed after task_dead or task_departed. The library's
 * own fields follow.
 */
struct tagsched_task {
	__s64 gtid;
	pid_t tid;
	enum tagsched_task_state state;
	__u32 seqnum;
	const struct tagsched_sw *sw;
	int cpu;
	int nice;
	__u64 runtime;
	__u64 since;
	void *data;

	struct tagsched_task *next, *prev;	/* run queue */
	struct tagsched_runq *runq;
	struct tagsched_task *chain;		/* hash table */
	struct tagsched_queue *queue;
	struct tagsched_task *offer_next, **offer_link;	/* offered to other agents */
	int on_cpu;
	__u64 used;				/* ns of its slice, before it was preempted */
	bool slice_over;
	bool allowed_known;
	cpu_set_t allowed;
};

/* May @task run on @cpu: asks the kernel at first and when the affinity has changed. */
TAGSCHED_API bool tagsched_task__allows(struct tagsched_task *task, int cpu);

/* ---- run queues ---- */

/* A FIFO. A task is in one at most. Zeroed is empty. */
struct tagsched_runq {
	struct tagsched_task *first, *last;
	size_t len;
};

TAGSCHED_API void tagsched_runq__push(struct tagsched_runq *rq, struct tagsched_task *task);
TAGSCHED_API void tagsched_runq__push_front(struct tagsched_runq *rq, struct tagsched_task *task);
/* Take the first task that may run on @cpu, NULL if there is none. */
TAGSCHED_API struct tagsched_task *tagsched_runq__pop(struct tagsched_runq *rq, int cpu);
/* Take a task out of whatever run queue it is in. */
TAGSCHED_API void tagsched_runq__remove(struct tagsched_task *task);

/* ---- transactions ---- */

enum tagsched_txn_state {
	TAGSCHED_TXN_COMPLETE = -2147483647 - 1,
	TAGSCHED_TXN_ABORTED,
	TAGSCHED_TXN_TARGET_ONCPU,
	TAGSCHED_TXN_TARGET_STALE,
	TAGSCHED_TXN_TARGET_NOT_FOUND,
	TAGSCHED_TXN_TARGET_NOT_RUNNABLE,
	TAGSCHED_TXN_AGENT_STALE,
	TAGSCHED_TXN_CPU_OFFLINE,
	TAGSCHED_TXN_CPU_UNAVAIL,
	TAGSCHED_TXN_INVALID_FLAGS,
	TAGSCHED_TXN_INVALID_TARGET,
	TAGSCHED_TXN_NOT_PERMITTED,
	TAGSCHED_TXN_INVALID_CPU,
	TAGSCHED_TXN_NO_AGENT,
	TAGSCHED_TXN_UNSUPPORTED_VERSION,
	TAGSCHED_TXN_POISONED,
	TAGSCHED_TXN_READY = 2147483647,
};

/* Targets beside tasks. */
#define TAGSCHED_GTID_NONE	0	/* take the delegated task off the CPU */
#define TAGSCHED_GTID_AGENT	(-1)	/* run the CPU's agent */
#define TAGSCHED_GTID_IDLE	(-2)	/* keep delegated tasks off: idle */

/**
 * struct tagsched_txn_opts - details of a transaction
 * @sz: size of this struct
 * @run_flags: RTLA_* and others of linux/ghost.h
 * @commit_flags: ALLOW_TASK_ONCPU and others; COMMIT_AT_TXN_COMMIT is added
 *                unless @commit_flags says COMMIT_AT_SCHEDULE or @greedy is set
 * @greedy: leave it to the target CPU when to commit
 */
struct tagsched_txn_opts {
	size_t sz;
	__u16 run_flags;
	__u8 commit_flags;
	bool greedy;
};

/**
 * tagsched_txn__prepare() - ask for a task on a CPU; tagsched_txn__commit() makes it happen
 * @e: the enclave
 * @cpu: the CPU
 * @gtid: the task, or TAGSCHED_GTID_*
 * @task_seqnum: its last message; the commit fails if there is a later one
 * @agent_barrier: the caller's, read before it looked for messages; counts on its own CPU only
 * @opts: may be NULL
 *
 * Return: 0, -EBUSY (an earlier one is still open), -EINVAL.
 */
TAGSCHED_API int tagsched_txn__prepare(struct tagsched_enclave *e, int cpu, __s64 gtid,
				       __u32 task_seqnum, __u32 agent_barrier,
				       const struct tagsched_txn_opts *opts);

/**
 * tagsched_txn__commit() - commit what was prepared on some CPUs
 * @e: the enclave
 * @cpus: those CPUs
 *
 * If the caller's own is among them, the call returns when the agent runs again.
 * tagsched_txn__state() says what became of each.
 *
 * Return: 0 or a negative errno; 0 does not mean that they succeeded.
 */
TAGSCHED_API int tagsched_txn__commit(struct tagsched_enclave *e, const cpu_set_t *cpus);

/**
 * tagsched_txn__claim() - own a CPU's transaction before a group is prepared
 * @e: the enclave
 * @cpu: the CPU
 * @owner: the caller, its CPU for example; not negative
 *
 * Return: 0, -EBUSY (owned by another agent).
 */
TAGSCHED_API int tagsched_txn__claim(struct tagsched_enclave *e, int cpu, int owner);

/**
 * tagsched_txn__commit_group() - all of some CPUs switch together, or none does
 * @e: the enclave
 * @cpus: CPUs that were claimed and prepared; they are not owned any longer afterwards
 *
 * Return: 0 (all), -EAGAIN (none), or another negative errno.
 */
TAGSCHED_API int tagsched_txn__commit_group(struct tagsched_enclave *e, const cpu_set_t *cpus);

/* Withdraw what no CPU has begun to commit. Return: 0, -EBUSY (too late). */
TAGSCHED_API int tagsched_txn__abort(struct tagsched_enclave *e, int cpu);
/* enum tagsched_txn_state, or the number of the CPU that is committing it. */
TAGSCHED_API int tagsched_txn__state(const struct tagsched_enclave *e, int cpu);
/* "TARGET_STALE" and so on; "?" for no state. */
TAGSCHED_API const char *tagsched_txn__name(int state);

/* ---- timers ---- */

/**
 * tagsched_timer__create() - a timer that sends TAGSCHED_MSG_CPU_TIMER_EXPIRED to an agent
 * @e: the enclave
 * @cpu: the agent's CPU; the agent is one of the calling process
 * @type: comes back in the message
 * @cookie: the same
 *
 * Return: the timer; NULL with errno.
 */
TAGSCHED_API struct tagsched_timer *tagsched_timer__create(struct tagsched_enclave *e, int cpu,
							   __u64 type, __u64 cookie);
/* Fires once, @ns from now; 0 disarms. Return: 0 or a negative errno. */
TAGSCHED_API int tagsched_timer__arm(struct tagsched_timer *timer, __u64 ns);
TAGSCHED_API void tagsched_timer__destroy(struct tagsched_timer *timer);

/* ---- agents ---- */

enum tagsched_enqueue_reason {
	TAGSCHED_ENQUEUE_NEW,
	TAGSCHED_ENQUEUE_WAKEUP,
	TAGSCHED_ENQUEUE_PREEMPT,	/* another class, or this agent, needed the CPU */
	TAGSCHED_ENQUEUE_YIELD,		/* it gave up the CPU, or its slice is over */
	TAGSCHED_ENQUEUE_RETRY,		/* was picked, but could not be committed */
	TAGSCHED_ENQUEUE_MOVE,		/* its CPU has changed */
	TAGSCHED_ENQUEUE_RESYNC,	/* found runnable after messages were lost */
};

/**
 * struct tagsched_agent_ops - a policy
 * @sz: size of this struct
 * @name: of the policy, for messages
 * @task_size: bytes of the policy's own for each task
 * @enqueue: a task is runnable; the policy has it from here on
 * @dequeue: a task that the policy has is not runnable any longer, or gone
 * @pick: which task, of those that the policy has, @cpu shall run; the policy
 *        has it no longer. NULL for none. It must be allowed there.
 * @task_new: and the others: a message, after the library has brought @task up to
 *            date and dequeued it if need be, before it is enqueued
 * @cpu_tick: and the others: a message about the agent's CPU
 *
 * All but enqueue, dequeue and pick may be NULL.
 */
struct tagsched_agent_ops {
	size_t sz;
	const char *name;
	size_t task_size;
	void (*enqueue)(struct tagsched_agent *agent, struct tagsched_task *task,
			enum tagsched_enqueue_reason reason);
	void (*dequeue)(struct tagsched_agent *agent, struct tagsched_task *task);
	struct tagsched_task *(*pick)(struct tagsched_agent *agent, int cpu);

	void (*task_new)(struct tagsched_agent *agent, struct tagsched_task *task,
			 const struct tagsched_msg *msg);
	void (*task_wakeup)(struct tagsched_agent *agent, struct tagsched_task *task,
			    const struct tagsched_msg *msg);
	void (*task_blocked)(struct tagsched_agent *agent, struct tagsched_task *task,
			     const struct tagsched_msg *msg);
	void (*task_yield)(struct tagsched_agent *agent, struct tagsched_task *task,
			   const struct tagsched_msg *msg);
	void (*task_preempt)(struct tagsched_agent *agent, struct tagsched_task *task,
			     const struct tagsched_msg *msg);
	void (*task_departed)(struct tagsched_agent *agent, struct tagsched_task *task,
			      const struct tagsched_msg *msg);
	void (*task_dead)(struct tagsched_agent *agent, struct tagsched_task *task,
			  const struct tagsched_msg *msg);
	void (*task_affinity_changed)(struct tagsched_agent *agent, struct tagsched_task *task,
				      const struct tagsched_msg *msg);
	void (*task_priority_changed)(struct tagsched_agent *agent, struct tagsched_task *task,
				      const struct tagsched_msg *msg);
	void (*task_on_cpu)(struct tagsched_agent *agent, struct tagsched_task *task,
			    const struct tagsched_msg *msg);
	void (*cpu_tick)(struct tagsched_agent *agent, const struct tagsched_msg *msg);
	void (*cpu_timer)(struct tagsched_agent *agent, const struct tagsched_msg *msg);
	void (*cpu_not_idle)(struct tagsched_agent *agent, const struct tagsched_msg *msg);
	void (*cpu_available)(struct tagsched_agent *agent, const struct tagsched_msg *msg);
	void (*cpu_busy)(struct tagsched_agent *agent, const struct tagsched_msg *msg);
};

/* The CPU of an agent; the opts' arg; does another class want that CPU. */
TAGSCHED_API int tagsched_agent__cpu(const struct tagsched_agent *agent);
TAGSCHED_API void *tagsched_agent__arg(const struct tagsched_agent *agent);
TAGSCHED_API bool tagsched_agent__boosted(const struct tagsched_agent *agent);
/* Whose agent it is, for timers and transactions of the policy's own. */
TAGSCHED_API struct tagsched_enclave *tagsched_agent__enclave(const struct tagsched_agent *agent);

enum tagsched_model {
	TAGSCHED_MODEL_PER_CPU,		/* each CPU's agent schedules that CPU */
	TAGSCHED_MODEL_CENTRAL,		/* one agent spins and schedules all others' CPUs */
};

/**
 * struct tagsched_agents_stats - counters since the start
 * @sz: size of this struct, set by the caller
 * @passes: rounds of an agent that found messages or had a task to run
 * @messages: taken from queues
 * @commits: transactions that succeeded
 * @failed: that did not
 * @yields: how often an agent had nothing to do
 * @pings: how often one woke another
 * @moves: tasks that changed CPU
 * @resyncs: how often messages were lost and the picture rebuilt
 * @lost: messages lost
 * @handovers: central model: how often the spinning agent changed CPU
 * @released: tasks that no CPU of the enclave may run, given back to CFS
 * @tasks: delegated now
 * @queued: of them waiting for a CPU
 */
struct tagsched_agents_stats {
	size_t sz;
	__u64 passes;
	__u64 messages;
	__u64 commits;
	__u64 failed;
	__u64 yields;
	__u64 pings;
	__u64 moves;
	__u64 resyncs;
	__u64 lost;
	__u64 handovers;
	__u64 released;
	__u64 tasks;
	__u64 queued;
};

/**
 * struct tagsched_agents_opts - how to run agents
 * @sz: size of this struct
 * @model: who schedules whom. With one CPU, central is per CPU.
 * @queue: what queues are made of
 * @queue_elems: see struct tagsched_queue_opts
 * @spin_us: central: how long to look for messages before waiting for them, 0 for ever
 * @ticks: deliver CPU_TICK
 * @slice_us: how long a task runs while others wait, 0 for the default of 100 ms; less if
 *            so many wait that the kernel's watchdog would take the agents for dead
 * @arg: for tagsched_agent__arg() and the functions below
 * @enclave: for tagsched_agents__run(), may be NULL
 * @bind: tagsched_agents__run(): bind a tag
 * @tag: tagsched_agents__run(): that tag
 * @ready: tagsched_agents__run(): called when agents are online, may be NULL
 * @second: tagsched_agents__run(): called once a second, may be NULL
 */
struct tagsched_agents_opts {
	size_t sz;
	enum tagsched_model model;
	enum tagsched_queue_kind queue;
	__u32 queue_elems;
	__u32 spin_us;
	bool ticks;
	__u32 slice_us;
	void *arg;
	const struct tagsched_enclave_opts *enclave;
	bool bind;
	__s64 tag;
	void (*ready)(struct tagsched_agents *agents, void *arg);
	void (*second)(struct tagsched_agents *agents, void *arg);
};

/**
 * tagsched_agents__start() - attach an agent to each CPU of an enclave and schedule
 * @e: the enclave
 * @ops: the policy; must stay valid
 * @opts: may be NULL
 *
 * Locks the process' memory. If agents of another process that runs this
 * library are online, they are asked to hand over, and the tasks that the
 * enclave has are taken over without their noticing.
 *
 * Return: the agents; NULL with errno EBUSY (agents that do not hand over),
 * EPERM (no CAP_SYS_NICE), ENOMEM (memory cannot be locked), ENODEV.
 */
TAGSCHED_API struct tagsched_agents *tagsched_agents__start(struct tagsched_enclave *e,
							    const struct tagsched_agent_ops *ops,
							    const struct tagsched_agents_opts *opts);

/**
 * tagsched_agents__wait() - wait while the agents work
 * @agents: the agents
 * @timeout_ms: how long
 *
 * Must be called again and again: it also gives stranded tasks back to CFS and
 * listens for a successor. Not from an agent thread.
 *
 * Return: 0 (time is up, or a signal arrived), 1 (a successor wants the enclave:
 * call tagsched_agents__destroy() and do not destroy the enclave), -ENODEV (the
 * enclave is gone).
 */
TAGSCHED_API int tagsched_agents__wait(struct tagsched_agents *agents, int timeout_ms);

/* Add up the counters. Return: 0, -EINVAL. */
TAGSCHED_API int tagsched_agents__stats(const struct tagsched_agents *agents,
					struct tagsched_agents_stats *stats);
TAGSCHED_API struct tagsched_enclave *
tagsched_agents__enclave(const struct tagsched_agents *agents);

/* Stop the agents and free them. The enclave stays for as long as its grace period. */
TAGSCHED_API void tagsched_agents__destroy(struct tagsched_agents *agents);

/**
 * tagsched_agents__run() - everything that a main() needs
 * @ops: the policy
 * @opts: may be NULL
 *
 * Takes over the enclave that opts->tag is bound to, or creates one; starts
 * agents; binds the tag; returns after SIGINT or SIGTERM, when all tasks are on
 * their way back to CFS, or after a successor has taken over. Blocks both
 * signals, and gives the calling process the tag 0 if it would be delegated itself.
 *
 * Return: 0, -ENODEV (the enclave was destroyed by somebody else), or a negative errno.
 */
TAGSCHED_API int tagsched_agents__run(const struct tagsched_agent_ops *ops,
				      const struct tagsched_agents_opts *opts);

#ifdef __cplusplus
}
#endif

#endif /* TAGSCHED_AGENT_H */
