/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Delegation of scheduling to userspace: the objects, their locks and lives.
 *
 * Objects
 *
 *   enclave	   CPUs, agents, tasks, queues, status words, transactions.
 *		   References (ghost_enclave_get/put) are held by its open files,
 *		   queues, BPF links, tasks, inhibited tasks and pending work.
 *		   "Dying" from ghost_enclave_destroy() on: nobody enters any more.
 *   queue	   kernel-to-user messages. References are held by its file and by
 *		   tasks (p->ghost.dst_q); it holds one on its enclave.
 *   status word   a slot of a region; regions live as long as their enclave.
 *   agent	   a task; rq->ghost.agent from attachment to task_dead.
 *   transaction   a page per possible CPU, memory of the enclave.
 *
 * Lock order
 *
 *   ghostfs mutexes (process context)
 *     ephemeral_lock		enclaves that go with a process; e->lock nests in it
 *     p->pi_lock
 *       rq->__lock
 *         enclave->lock	lists of tasks, queues, inhibited tasks; CPUs; status
 *				word allocation; def_q; nr_agents
 *           ghost_cpu_lock	which CPU belongs to which enclave
 *         queue->lock		the ring; a leaf, also taken under enclave->lock
 *
 * All of them are raw and taken with interrupts off. Nothing here may sleep,
 * allocate or wake a task while it holds one of them: final puts and
 * destruction go through irq_work to a workqueue.
 *
 * A task's delegation state (struct sched_ghost_entity, its status word's
 * flags and barrier) changes with the lock of its runqueue held, or, where it
 * is not queued nor running, with its pi_lock. Entering and leaving take both.
 *
 * Read without locks, under RCU or with preemption off: rq->ghost.enclave and
 * .txn; the task of a gtid; queue->wakeups. A task stays allocated for a grace
 * period after it died, an enclave for one after it lost its last CPU.
 */
#ifndef _KERNEL_SCHED_GHOST_INTERNAL_H
#define _KERNEL_SCHED_GHOST_INTERNAL_H

#include <linux/cpumask.h>
#include <linux/hrtimer.h>
#include <linux/irq_work.h>
#include <linux/refcount.h>
#include <linux/sched/clock.h>
#include <linux/sched/cputime.h>
#include <linux/workqueue.h>
#include <linux/uidgid.h>
#include <uapi/linux/sched/types.h>

#include "sched.h"
#include "ghost.h"

struct bpf_link;
struct bpf_prog;
struct file;
struct kernfs_node;
struct kernfs_open_file;

/* BPF attach points of an enclave. */
enum ghost_bpf_slot {
	GHOST_BPF_PNT,
	GHOST_BPF_MSG,
	GHOST_BPF_SELECT_RQ,
	GHOST_BPF_HALT_POLL,
	GHOST_BPF_NR
};

/**
 * struct ghost_enclave - a set of CPUs and the tasks that their agents schedule
 * @ref:	references
 * @id:		number in the name of its directory
 * @abi:	GHOST_ABI_84 or GHOST_ABI_91, fixed
 * @lock:	see above
 * @cpus:	its CPUs; @lock and ghost_cpu_lock to write, one of them to read
 * @cpu_data:	nr_cpu_ids transaction pages, vmalloc_user(), index is the CPU
 * @tasks:	its tasks (task_list), no agents; under @lock
 * @nr_tasks:	their number, those whose TASK_NEW is pending left out
 * @nr_agents:	agents attached
 * @agent_cpus:	their CPUs
 * @inhibited:	departed tasks whose status word is not freed yet (inhibited_list)
 * @sw_regions:	status word regions (struct ghost_sw_region), only ever added
 * @queues:	its queues (struct ghost_queue.node)
 * @def_q:	queue of tasks that enter; no reference
 * @nr_lost:	queues that owe a MSG_QUEUE_RESYNC
 * @lost:	messages lost since the enclave was created
 * @dying:	destroyed: set once, under @lock
 * @reason:	why
 * @online:	agent_online is open for writing
 * @ephemeral:	tgid of the creator in the initial namespace, or 0
 * @bound:	@tag is valid
 * @tag:	tasks with this effective tag are delegated
 * @persist:	stays when its last agent has gone
 * @grace_ms:	for how long after that a successor may attach
 * @timeout_ms:	runnable_timeout, 0: none
 * @boost_us:	dispatches run above the fair class for so long, 0: they do not
 * @prog:	BPF programs; RCU
 * @uid:	owner of its files
 * @gid:	their group
 * @dir:	its directory, which has a reference
 * @sw_dir:	sw_regions in it, a reference
 * @watchdog:	see ghost_watchdog.c
 * @looked_at:	when it last looked
 * @given:	of @cpus, those that have been the agents' in its last looks
 * @stray_irq:	gets the return of such tasks out of interrupt context...
 * @stray_work:	...into a worker
 * @grace_timer: armed when the last agent has gone
 * @destroy_irq: gets destruction out of scheduler context...
 * @destroy_work: ...into a worker
 * @put_irq:	the same for the last put
 * @free_work:	the same
 * @all:	in the list of all enclaves, under ghost_enclaves_lock
 * @ephemeral_node: in that of those that go with a process
 */
struct ghost_enclave {
	refcount_t			ref;
	unsigned long			id;
	unsigned int			abi;
	raw_spinlock_t			lock;
	struct cpumask			cpus;
	struct ghost_cpu_data		*cpu_data;
	struct list_head		tasks;
	unsigned int			nr_tasks;
	unsigned int			nr_agents;
	struct cpumask			agent_cpus;
	struct list_head		inhibited;
	struct list_head		sw_regions;
	struct list_head		queues;
	struct ghost_queue		*def_q;
	atomic_t			nr_lost;
	atomic64_t			lost;
	bool				dying;
	const char			*reason;
	bool				online;
	pid_t				ephemeral;

	bool				bound;
	s64				tag;
	bool				persist;
	unsigned int			grace_ms;
	unsigned int			timeout_ms;
	unsigned int			boost_us;
	bool				commit_at_tick;
	bool				deliver_agent_runnability;
	bool				deliver_cpu_availability;
	bool				deliver_ticks;
	bool				live_dangerously;
	bool				switchto_disabled;
	bool				wake_on_waker_cpu;

	struct bpf_prog __rcu		*prog[GHOST_BPF_NR];

	kuid_t				uid;
	kgid_t				gid;
	struct kernfs_node		*dir;
	struct kernfs_node		*sw_dir;

	struct hrtimer			watchdog;
	u64				looked_at;
	struct cpumask			given;
	struct irq_work			stray_irq;
	struct work_struct		stray_work;
	struct hrtimer			grace_timer;
	struct irq_work			destroy_irq;
	struct work_struct		destroy_work;
	struct irq_work			put_irq;
	struct work_struct		free_work;
	struct rcu_head			rcu;
	struct list_head		all;
	struct list_head		ephemeral_node;
};

/**
 * struct ghost_sw_region - a region of status words
 * @node:	in enclave->sw_regions
 * @enclave:	whose it is; lives longer
 * @header:	the region itself, vmalloc_user(), GHOST_SW_REGION_SIZE bytes
 * @id:		as the user chose it; the kernel does not read @header's
 * @capacity:	status words
 * @available:	of them free
 * @next:	where the search for a free one begins
 * @nr_freed:	how often one became free
 * @used:	a bit for each that is not free
 */
struct ghost_sw_region {
	struct list_head		node;
	struct ghost_enclave		*enclave;
	struct ghost_sw_region_header	*header;
	u32				id;
	u32				capacity;
	u32				available;
	u32				next;
	u64				nr_freed;
	unsigned long			*used;
};

struct ghost_wakeups {
	struct rcu_head			rcu;
	int				nr;
	int				cpus[GHOST_MAX_WINFO];
};

/**
 * struct ghost_queue - messages from the kernel to an agent
 * @ref:	references
 * @node:	in enclave->queues, until the last put
 * @enclave:	whose it is; a reference
 * @lock:	serializes producers
 * @write:	puts one record in; @lock held; false if there is no room
 * @ring:	a ring of this file system: the memory and the kernel's own numbers
 * @head:	next slot to write, free running
 * @overflow:	messages lost for want of room
 * @map:	a BPF ring buffer: the map, a reference
 * @map_flags:	how to write to it
 * @lost:	messages lost that no MSG_QUEUE_RESYNC has told of yet
 * @resync:	tries to tell of them, also when all CPUs are idle
 * @wakeups:	agents to wake, RCU, NULL: none
 */
struct ghost_queue {
	refcount_t			ref;
	struct list_head		node;
	struct ghost_enclave		*enclave;
	raw_spinlock_t			lock;
	bool				(*write)(struct ghost_queue *q, const void *rec,
						 unsigned int len);
	struct {
		struct ghost_queue_header *header;
		struct ghost_ring	*ring;
		unsigned int		nelems;
		size_t			mapsize;
		u32			head;
		u32			overflow;
	};
	struct bpf_map			*map;
	u64				map_flags;
	u64				lost;
	struct hrtimer			resync;
	struct ghost_wakeups __rcu	*wakeups;
	struct irq_work			put_irq;
	struct work_struct		free_work;
};

/**
 * struct ghost_sched_attr - what a setscheduler call from an enclave carries
 * @attr:	with SCHED_FLAG_GHOST; policy SCHED_GHOST, or another to leave
 * @enclave:	where to enter, or which to leave
 * @agent_cpu:	become the agent of this CPU; -1: enter as a task
 * @queue:	the agent's queue; NULL: the default queue
 * @by_tag:	because of the tag
 * @sw:		allocated by __ghost_setscheduler_begin()
 */
struct ghost_sched_attr {
	struct sched_attr		attr;
	struct ghost_enclave		*enclave;
	int				agent_cpu;
	struct ghost_queue		*queue;
	bool				by_tag;
};

/* A message as it is built: the payload of the newest ABI, zeroed. */
union ghost_msg_payload {
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
	struct ghost_msg_payload_cpu_tick		tick;
	struct ghost_msg_payload_timer			timer;
	struct ghost_msg_payload_cpu_not_idle		not_idle;
	struct ghost_msg_payload_cpu			cpu;
	struct ghost_msg_payload_queue_resync		resync;
};

/* --- ghost_core.c: what is static in core.c --- */

struct rq *ghost_move_queued_task(struct rq *rq, struct rq_flags *rf,
				  struct task_struct *p, int new_cpu);
int ghost_setscheduler(struct task_struct *p, const struct sched_attr *attr);
bool ghost_same_owner(struct task_struct *p);
int ghost_fallback_cpu(struct rq *rq, struct task_struct *p);

/* --- ghost_gtid.c --- */

/*
 * The task of a gtid: a negative one is nobody's, 0 the calling thread's.
 * @e: where to look for a task that is past the point in its exit at which its
 * id goes; may be NULL. RCU read side; the task may have left meanwhile.
 */
struct task_struct *ghost_find_task(s64 gtid, struct ghost_enclave *e);
/* The same, with a reference to the task. */
struct task_struct *ghost_get_task(s64 gtid, struct ghost_enclave *e);

/* --- ghost_sw.c --- */

/* Add region @id on @node, and its file. 0, -EEXIST, -ENODEV (node), -ENOMEM. May sleep. */
int ghost_sw_create_region(struct ghost_enclave *e, u32 id, int node);
void ghost_sw_free_regions(struct ghost_enclave *e);	/* the enclave is being freed */
int ghost_sw_mmap(struct ghost_sw_region *region, struct vm_area_struct *vma);
/* A slot, ALLOCATED only; takes e->lock; -ENOMEM if there is none. */
int ghost_sw_alloc(struct ghost_enclave *e, struct ghost_sw_info *info,
		   struct ghost_status_word **sw);
/* Give a slot back that userspace does not know of, or never will. Takes e->lock. */
void ghost_sw_release(struct ghost_enclave *e, struct ghost_sw_info info);
/* GHOST_IOC_SW_FREE: -ENOENT, -EINVAL (not CANFREE); lifts an inhibition. */
int ghost_sw_free(struct ghost_enclave *e, struct ghost_sw_info info);
/* GHOST_IOC_SW_GET_INFO */
int ghost_sw_get_info(struct ghost_enclave *e, struct ghost_ioc_sw_get_info __user *arg);

/* Set and clear flags, with release semantics. NULL: nothing. */
static inline void ghost_sw_flags(struct ghost_status_word *sw, u32 set, u32 clear)
{
	if (sw)
		/* Who sees a flag sees what was done before. */
		smp_store_release(&sw->flags, (READ_ONCE(sw->flags) & ~clear) | set);
}

/* --- ghost_queue.c, ghost_ringbuf.c --- */

void ghost_queue_get(struct ghost_queue *q);
void ghost_queue_put(struct ghost_queue *q);	/* any context; NULL: nothing */
/* The queue of a fd, with a reference; ERR_PTR(-EBADF). */
struct ghost_queue *ghost_queue_from_fd(int fd);
/* What both kinds have in common: a queue of @e that is not ready, its fd. */
struct ghost_queue *ghost_queue_alloc(struct ghost_enclave *e);
int ghost_queue_install(struct ghost_queue *q);	/* on error the queue is put */
/* Memory that userspace can map, on a node. Free with vfree(). */
void *ghost_vmalloc_user(size_t size, int node);
int ghost_create_queue(struct ghost_enclave *e, struct ghost_ioc_create_queue __user *arg);
int ghost_create_ringbuf_queue(struct ghost_enclave *e,
			       struct ghost_ioc_create_ringbuf_queue __user *arg);
int ghost_assoc_queue(struct ghost_enclave *e, struct ghost_ioc_assoc_queue __user *arg);
int ghost_set_default_queue(struct ghost_enclave *e,
			    struct ghost_ioc_set_default_queue __user *arg);
int ghost_config_queue_wakeup(struct ghost_enclave *e,
			      struct ghost_ioc_config_queue_wakeup __user *arg);
/*
 * Put a record into a queue. false: it is lost, and counted. A MSG_QUEUE_RESYNC
 * that is owed goes first. Any context with interrupts off.
 */
bool ghost_queue_produce(struct ghost_queue *q, const void *rec, unsigned int len);
/* From the tick: tell of lost messages where there is room now, wake the agents. */
void ghost_queue_resync(struct ghost_enclave *e);

/* --- ghost_msg.c --- */

/*
 * Messages about a task. The rq lock (or, for AFFINITY_CHANGED, as in
 * set_cpus_allowed()) is held. All of them count the task's barrier, wake the
 * agent where ghost-abi 6.2 says so, and do nothing if the task has no status word.
 */
void ghost_msg_new(struct task_struct *p, bool runnable, bool wake);
void ghost_msg_blocked(struct rq *rq, struct task_struct *p);
void ghost_msg_yield(struct rq *rq, struct task_struct *p);
void ghost_msg_preempt(struct rq *rq, struct task_struct *p, bool was_latched);
void ghost_msg_wakeup(struct rq *rq, struct task_struct *p);
void ghost_msg_on_cpu(struct rq *rq, struct task_struct *p);
void ghost_msg_affinity_changed(struct task_struct *p);
void ghost_msg_priority_changed(struct task_struct *p);
/* These two say whether the agent will free the status word: it got the message. */
bool ghost_msg_departed(struct rq *rq, struct task_struct *p, bool was_current);
bool ghost_msg_dead(struct task_struct *p, int cpu);
/* Only for a BPF program. */
void ghost_msg_latch_failure(struct task_struct *p, int err);

/*
 * Messages about a CPU: they count its agent's barrier, and are not sent if it
 * has no agent or the agent no queue. The rq lock is held.
 */
void ghost_msg_cpu_tick(struct rq *rq);
void ghost_msg_cpu_timer(struct rq *rq, const struct timerfd_ghost *timer);
void ghost_msg_cpu_not_idle(struct rq *rq, struct task_struct *next);
void ghost_msg_cpu_available(struct rq *rq, bool available);
void ghost_msg_agent_blocked(struct rq *rq);
void ghost_msg_agent_wakeup(struct rq *rq);

/* Size of a message's payload in an ABI; 0: no such message. */
unsigned int ghost_msg_payload_size(unsigned int abi, unsigned int type);
void ghost_wake_for_queue(struct ghost_queue *q, int preferred_cpu);

/* --- ghost_agent.c --- */

/* Take locks of their own; called from process context. */
int ghost_become_agent(struct ghost_enclave *e, int cpu, int qfd);
int ghost_ioc_run(struct ghost_enclave *e, struct ghost_ioc_run __user *arg);
/* Is the agent of this CPU to be picked? Consumes wake_pending. rq lock held. */
bool ghost_agent_eligible(struct rq *rq);
/* Count the barrier and unblock; any lock may be held, also of another runqueue. */
void ghost_wake_agent(int cpu);
/* An edge of run_flags: the same, with the lock of this rq held. */
void ghost_schedule_to_agent(struct rq *rq);
/* Count the barrier and publish it. rq lock held. */
u32 ghost_agent_barrier_inc(struct rq *rq);
void ghost_publish_agent_barrier(struct rq *rq);
/* Reschedule a CPU (GHOST_KICK_RESCHED) or make it commit (GHOST_KICK_COMMIT); no lock needed. */
void ghost_kick_cpu(int cpu, int what);
void ghost_kick_fn(struct irq_work *work);
/* The current agent gives up its CPU; false if it has not seen @barrier. rq lock held. */
bool ghost_agent_block(struct rq *rq, u32 barrier);
/* If the caller is an agent that has given up its CPU: switch. Process context. */
void ghost_agent_switch(void);
/* Is the agent of the CPU a thread of the caller's process? rq lock or RCU. */
bool ghost_agent_is_mine(const struct rq *rq);
int ghost_agent_attach(struct rq *rq, struct task_struct *p, const struct ghost_sched_attr *ga);
void ghost_agent_attached(struct rq *rq, struct task_struct *p);
/* The agent's last switch is done. No lock held. */
void ghost_agent_dead(struct task_struct *p);

/* --- ghost_class.c --- */

/* Take the latch away; with a message unless @silent. rq lock held. */
void ghost_unlatch(struct rq *rq, bool silent);
/* Latch @p (a task on rq, or rq->idle; NULL: only unlatch). A different task that was
 * latched gets MSG_TASK_PREEMPT. Sets latch_flags. rq lock held.
 */
void ghost_latch(struct rq *rq, struct task_struct *p, unsigned int run_flags);
void ghost_update_curr(struct rq *rq);
/* Runnable for its agent: queued in this class and not throttled. */
bool ghost_task_runnable(struct task_struct *p);
/* Runtime of a task up to now, rq lock held. */
u64 ghost_task_runtime(struct rq *rq, struct task_struct *p);

/* --- ghost_task.c --- */

/* 0, or an error of ghost-abi 5.2; -EALREADY if it is in @e. May sleep. */
int ghost_enter(struct ghost_enclave *e, struct task_struct *p, bool by_tag);
/* Back to SCHED_NORMAL. May sleep. */
int ghost_leave(struct ghost_enclave *e, struct task_struct *p);
/* The agent has freed the status word of a departed task: its messages flow again. */
void ghost_uninhibit(struct ghost_enclave *e, struct ghost_sw_info info);
void ghost_uninhibit_all(struct ghost_enclave *e);
/* "discover tasks": a further TASK_NEW for each. May sleep. 0 or -ENOMEM. */
int ghost_discover(struct ghost_enclave *e);
void ghost_task_dead(struct task_struct *p);
/* MSG_TASK_NEW is due: from now on the task counts. rq lock held. */
void ghost_announce(struct task_struct *p, bool runnable, bool wake);

/* --- ghost_txn.c, ghost_group.c --- */

int ghost_commit_txn(struct ghost_enclave *e, struct ghost_ioc_commit_txn __user *arg);
int ghost_sync_group_txn(struct ghost_enclave *e, struct ghost_ioc_commit_txn __user *arg);
/* Copy the mask of a commit ioctl. 0, -EFAULT, -EINVAL (flags not 0). */
int ghost_txn_copy_mask(struct ghost_ioc_commit_txn __user *arg, struct cpumask *mask);
/* The transaction of a CPU of @e; NULL if it is not one. Preemption off. */
struct ghost_txn *ghost_enclave_txn(struct ghost_enclave *e, int cpu);
/* Take a READY one for this CPU to commit. Preemption off. */
bool ghost_txn_claim(struct ghost_txn *txn);
void ghost_txn_finish(struct ghost_txn *txn, int state);
/* A claimed one is not attempted, as another failed. @count: heed INC_AGENT_BARRIER_ON_FAILURE. */
void ghost_txn_poison(struct ghost_txn *txn, int cpu, bool count);
/*
 * Commit a claimed transaction. @sync: the caller asked by ioctl; @group: member
 * of a group that waits with this rendezvous value, or 0. Preemption off, no lock
 * held. Return: success.
 */
bool ghost_txn_commit(struct ghost_txn *txn, int cpu, bool sync, s64 group);
/* An asynchronous commit point of this CPU; interrupts off, no lock held. */
void ghost_commit_local(int kind);
/* A CPU leaves its agent or enclave: finish what is READY with @state. */
void ghost_txn_withdraw(int cpu, int state);

/* --- ghost_enclave.c --- */

extern raw_spinlock_t ghost_cpu_lock;
extern struct list_head ghost_enclaves;		/* under ghost_enclaves_lock */
extern struct mutex ghost_enclaves_lock;

/* -ESRCH (abi), -ENOMEM. The caller makes its directory. */
struct ghost_enclave *ghost_enclave_create(unsigned long id, unsigned int abi);
/* It has a directory now. ghost_enclaves_lock held. */
void ghost_enclave_publish(struct ghost_enclave *e);
bool ghost_enclave_tryget(struct ghost_enclave *e);
void ghost_enclave_get(struct ghost_enclave *e);
void ghost_enclave_put(struct ghost_enclave *e);	/* any context; NULL: nothing */
/* Begin to destroy; any context, e->lock and those below it not held. Once. */
void ghost_enclave_destroy(struct ghost_enclave *e, const char *reason);
/* Tasks that may run on none of its CPUs go back to the fair class. Any context. */
void ghost_enclave_drop_strays(struct ghost_enclave *e);
/* A task has been queued on a CPU that goes offline: nobody would run it. Any context. */
void ghost_drain_later(void);
/* Replace the set of CPUs: ghost-abi 2.3 and its errors. May sleep. */
int ghost_enclave_set_cpus(struct ghost_enclave *e, const struct cpumask *cpus);
void ghost_enclave_release_cpu(struct ghost_enclave *e, int cpu);	/* e->lock held */
/* The enclave of a CPU; RCU or preemption off. */
struct ghost_enclave *ghost_cpu_enclave(int cpu);
int ghost_enclave_mmap_cpu_data(struct ghost_enclave *e, struct vm_area_struct *vma);
/* An agent attaches: -EXDEV (dying), -ENODEV (not its CPU). e->lock held. */
int ghost_enclave_agent_attached(struct ghost_enclave *e, int cpu);
/* ... has gone; the last one starts the grace period. rq lock held. */
void ghost_enclave_agent_gone(struct ghost_enclave *e, int cpu);

/* --- ghost_watchdog.c --- */

void ghost_watchdog_init(struct ghost_enclave *e);
void ghost_watchdog_set(struct ghost_enclave *e, unsigned int timeout_ms);
void ghost_watchdog_stop(struct ghost_enclave *e);	/* may sleep */

/* --- ghost_fs.c, ghost_files.c, ghost_ctl.c --- */

struct kernfs_node *ghost_fs_add_file(struct kernfs_node *parent, const char *name, umode_t mode,
				      kuid_t uid, kgid_t gid, loff_t size,
				      const struct kernfs_ops *ops, void *priv);
/* Remove the directory and drop its reference. Process context; not from one of its files. */
void ghost_fs_remove(struct ghost_enclave *e);
/* The enclave of an open ctl file, with a reference; ERR_PTR(-EBADF). */
struct ghost_enclave *ghost_enclave_from_ctl_fd(int fd);
/* What all mappings have in common (ghost_sw.c); then remap_vmalloc_range(). */
int ghost_mmap_prepare(struct vm_area_struct *vma, size_t size, bool writable);

/* Opening and closing any file of an enclave; of->priv is the enclave then. */
int ghost_file_open(struct kernfs_open_file *of);
void ghost_file_release(struct kernfs_open_file *of);
/* Make the files of an enclave in its directory. 0 or -ENOMEM. */
int ghost_files_create(struct ghost_enclave *e);
/* Make sw_regions/sw_<id>. */
int ghost_files_add_sw_region(struct ghost_enclave *e, struct ghost_sw_region *region);
extern const struct kernfs_ops ghost_ctl_ops;

/* --- ghost_tag.c: tasks with the tag of an enclave --- */

int ghost_tag_bind(struct ghost_enclave *e, bool bound, s64 tag);	/* -EEXIST: taken */

/* --- ghost_bandwidth.c: cpu.max --- */

/* @p has run for @delta ns: charge its group. rq lock held. */
void ghost_bandwidth_charge(struct rq *rq, struct task_struct *p, u64 delta);
/* Must it wait for its group's runtime? A look without a lock. */
bool ghost_bandwidth_exceeded(struct task_struct *p);
/* Let it wait until there is runtime; false: there is. rq lock held. */
bool ghost_bandwidth_throttle(struct rq *rq, struct task_struct *p);
/* It waits no more. rq lock held. */
void ghost_bandwidth_release(struct rq *rq, struct task_struct *p);

/* --- ghost_timer.c --- */

int ghost_timerfd_settime(struct ghost_enclave *e,
			  struct ghost_ioc_timerfd_settime __user *arg);

/* --- ghost_bpf.c --- */

/*
 * Run the message program: false if it suppresses. @pref_cpu: its choice, which is
 * a CPU of @e and online, -1 for none, or -2: wake nobody. Interrupts off; e->lock
 * is not held.
 */
bool ghost_bpf_msg(struct ghost_enclave *e, u16 *type, union ghost_msg_payload *payload,
		   u32 seqnum, int *pref_cpu);
/* rq lock held and pinned by @rf; it may be dropped and taken again. */
void ghost_bpf_pick(struct rq *rq, struct task_struct *prev, struct rq_flags *rf);
/* A CPU that @p is allowed on, or -1. p->pi_lock held. */
int ghost_bpf_select_rq(struct ghost_enclave *e, struct task_struct *p, int cpu, int flags);
void ghost_bpf_disable_load(void);		/* "disable my bpf_prog_load" */

#endif /* _KERNEL_SCHED_GHOST_INTERNAL_H */
