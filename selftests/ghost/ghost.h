/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of delegation share: the ABI by hand, without libtagsched, so
 * that a mistake of the library is none of theirs.
 *
 * Functions return 0 or a negative errno unless they say otherwise. Whatever
 * waits does so for GUARD_SECONDS at most and says what for.
 */
#ifndef GHOST_H
#define GHOST_H

#include <linux/ghost.h>
#include <linux/types.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define GHOSTFS		GHOST_MOUNT_POINT
#define SCHED_GHOST	18
/* An emulated machine on a busy host: this ends what hangs, and decides nothing. */
#define GUARD_SECONDS	120

/* --- lib/sys.c --- */

int sys_read(const char *path, char *buf, size_t size);	/* bytes, NUL-terminated */
int sys_write(const char *path, const char *text);
int sys_pin(pid_t tid, int cpu);
int sys_pin_mask(pid_t tid, unsigned long mask);
int sys_unpin(pid_t tid);		/* all CPUs */
int sys_nr_cpus(void);
int sys_policy(pid_t tid);
bool sys_becomes(pid_t tid, int policy);	/* waits: somebody else changes it */
int sys_set_tag(pid_t pid, const char *tag);
int sys_drop_cap(int cap);		/* of the calling thread, for good */
bool sys_warned(void);			/* the kernel has, since it was booted */
bool sys_is_slow(void);			/* a kernel that checks itself: do less */
/* Wait until *word is @value, or is not. false: the guard's time ran out. */
bool wait_for(const char *what, bool (*done)(void *arg), void *arg);
/* ... and that time is so many times as long. */
bool wait_long(const char *what, bool (*done)(void *arg), void *arg, int times);

/* --- lib/enclave.c --- */

struct enclave {
	unsigned long			id;
	int				abi;
	int				dir;	/* descriptors */
	int				ctl;
	size_t				txn_size;
	struct ghost_cpu_data		*txns;
	struct ghost_sw_region_header	*sw;	/* region 0 */
};

int ghostfs_mount(void);
/* An enclave of its own, with status words; @cpus as in cpulist, or NULL. */
int enclave_create(struct enclave *e, int abi, const char *cpus);
/* The same enclave for another process, which inherits no mapping. */
int enclave_attach(struct enclave *e, const struct enclave *of);
int enclave_open_file(const struct enclave *e, const char *file, int flags);
int enclave_read(const struct enclave *e, const char *file, char *buf, size_t size);
int enclave_write(const struct enclave *e, const char *file, const char *text);
int enclave_ctl(const struct enclave *e, const char *command);
bool enclave_exists(const struct enclave *e);
bool enclave_wait_gone(const struct enclave *e);
/* Wait until a thread, of this process or another, is the agent of a CPU. */
bool enclave_wait_agent(const struct enclave *e, int cpu, pid_t tid);
/* Destroy it if it is there, wait until it has gone, let go of everything. */
int enclave_end(struct enclave *e);
struct ghost_status_word *enclave_sw(const struct enclave *e, __u32 index);
/* The status word in use of a gtid; NULL. */
struct ghost_status_word *enclave_find_sw(const struct enclave *e, __s64 gtid);
int enclave_ioctl(const struct enclave *e, unsigned long cmd, void *arg);

/* --- lib/queue.c --- */

enum queue_kind { RING, RINGBUF };

struct queue {
	enum queue_kind		kind;
	int			fd;
	size_t			size;
	struct ghost_queue_header *header;	/* a ring */
	struct ghost_ring	*ring;
	int			map_fd;		/* a BPF ring buffer */
	unsigned long		*consumer;
	unsigned long		*producer;
	char			*data;
	unsigned long		mask;
};

/* A message; the payload as of the enclave's version. */
struct message {
	__u16	type;
	__u16	length;
	__u32	seqnum;
	union {
		__u64						gtid;
		struct ghost_msg_payload_task_dead		dead;
		struct ghost_msg_payload_task_blocked		blocked;
		struct ghost_msg_payload_task_wakeup		wakeup;
		struct ghost_msg_payload_task_new		new;
		struct ghost_msg_payload_task_preempt		preempt;
		struct ghost_msg_payload_task_yield		yield;
		struct ghost_msg_payload_task_departed		departed;
		struct ghost_msg_payload_task_on_cpu		on_cpu;
		struct ghost_msg_payload_task_priority_changed	priority;
		struct ghost_msg_payload_cpu_tick		tick;
		struct ghost_msg_payload_timer			timer;
		struct ghost_msg_payload_cpu_not_idle		not_idle;
		struct ghost_msg_payload_cpu			cpu;
		struct ghost_msg_payload_queue_resync		resync;
		char						bytes[56];
	};
};

int queue_create(const struct enclave *e, struct queue *q, enum queue_kind kind, int elems);
void queue_close(struct queue *q);
bool queue_next(struct queue *q, struct message *m);
/* Wait for a message of this type, and task if @gtid; others before it are dropped. */
bool queue_wait(struct queue *q, int type, __s64 gtid, struct message *m);
int queue_set_default(const struct enclave *e, const struct queue *q);
int queue_set_wakeup(const struct enclave *e, const struct queue *q, int cpu);
/* GHOST_ASSOC_SF_* */
int queue_assoc(const struct enclave *e, const struct queue *q, __s64 gtid, __u32 barrier);

/* --- lib/agent.c --- */

/*
 * A thread that is the agent of a CPU and does what it is told. Between orders
 * it is blocked in the kernel: its CPU is free for what has been latched.
 */
struct agent {
	const struct enclave	*enclave;
	int			cpu;
	int			queue_fd;
	int			err;		/* of becoming an agent */
	pid_t			tid;
	pthread_t		thread;
	pthread_mutex_t		lock;
	pthread_cond_t		changed;
	bool			ready;
	bool			quit;
	long			(*fn)(struct agent *a, void *arg);
	void			*arg;
	bool			done;
	long			result;
	volatile bool		yielding;
	bool			spins;
};

int agent_start(struct agent *a, const struct enclave *e, int cpu, const struct queue *q);
/* Have the agent call a function; agent_do() waits for it and returns its result. */
void agent_order(struct agent *a, long (*fn)(struct agent *a, void *arg), void *arg);
bool agent_done(struct agent *a, long *result);
long agent_wait(struct agent *a);
long agent_do(struct agent *a, long (*fn)(struct agent *a, void *arg), void *arg);
/* Have it run all the time, and end that. */
bool agent_spin(struct agent *a);
long agent_rest(struct agent *a);
void agent_stop(struct agent *a);
struct ghost_status_word *agent_sw(const struct agent *a);
__u32 agent_barrier(const struct agent *a);	/* as published */
int agent_ping(const struct enclave *e, int cpu);
/* By the agent itself: give up the CPU. */
int agent_yield(struct agent *a, __u32 barrier, int flags);
long agent_yield_now(struct agent *a, void *flags);	/* for agent_do(); no ESTALE */
bool agent_wait_yielded(struct agent *a);

/* --- lib/txn.c --- */

struct request {
	int	cpu;
	__s64	gtid;
	__u32	task_barrier;
	__u32	agent_barrier;
	__u16	run_flags;
	__u8	commit_flags;
};

struct ghost_txn *txn_of(const struct enclave *e, int cpu);
void txn_fill(const struct enclave *e, const struct request *r);	/* to READY */
int txn_state(const struct enclave *e, int cpu);
/* By agent @a: fill and commit with COMMIT_TXN; the final state. Not of its own CPU. */
int txn_commit(struct agent *a, const struct request *r);
/* ioctls for a set of CPUs, by agent @a */
int txn_commit_mask(struct agent *a, __u64 mask);
int txn_commit_group(struct agent *a, __u64 mask);

/* --- lib/subject.c --- */

enum order { SPIN, BLOCK, YIELD, FORK, EXIT };

/* A child that does as told; what it shares with the test. */
struct subject {
	pid_t		pid;
	__s64		gtid;
	int		wake;		/* write end of the pipe that it blocks on */
	struct {
		unsigned int	order;
		unsigned long	turns;	/* counts as long as it runs */
		unsigned int	cpu;	/* where it ran last */
		unsigned long	woken;	/* from BLOCK */
		int		child;	/* of FORK: it exits at once */
	} volatile *shared;
};

int subject_start(struct subject *s);
void subject_order(struct subject *s, enum order order);
bool subject_wait_blocked(struct subject *s);	/* where it can run by itself */
void subject_wake(struct subject *s);		/* out of BLOCK, into SPIN */
void subject_end(struct subject *s);
int subject_enter(const struct enclave *e, struct subject *s);
bool subject_runs(struct subject *s);		/* it counts, within the guard's time */
/* Until it could be committed: delegated, runnable and off the CPU. */
bool subject_wait_ready(const struct enclave *e, struct subject *s);
__s64 gtid_of(pid_t tid);			/* negative errno */

/* --- lib/stage.c --- */

/*
 * What most tests begin with: an enclave of CPUs 1 to 3, its default queue, two
 * agents, and a task outside that is blocked. The test itself stays on CPU 0.
 */
struct stage {
	struct enclave	e;
	struct queue	q;
	struct agent	a, b;	/* of CPUs 1 and 2; 3 has none */
	struct subject	s;
};

#define STAGE_CPUS	4

int stage_set(struct stage *st, int abi, enum queue_kind kind);
/* Also after stage_set() has failed. */
int stage_strike(struct stage *st);
/* Delegate the task, blocked; 0 once its MSG_TASK_NEW has been read into @m. */
int stage_enter(struct stage *st, struct message *m);

/* --- lib/cgroup.c --- */

/* Version 2, with the controllers cpu and cpuset; names are of groups below the root. */
int cg_make(const char *name);
int cg_write(const char *name, const char *file, const char *text);
int cg_read(const char *name, const char *file, char *buf, size_t size);
int cg_add(const char *name, pid_t pid);
long long cg_number(const char *name, const char *file, const char *key); /* of "key value" lines */
int cg_remove(const char *name);	/* who is still in it moves to the root */

/* --- lib/herd.c --- */

/* Many tasks; what each has done is counted. */
struct herd {
	int		nr;
	pid_t		*pids;
	volatile unsigned long *counts;
};

/* Each calls @step(number, seed) again and again; NULL: spins, sleeps, yields at random. */
int herd_start(struct herd *h, int nr, void (*step)(int number, unsigned short *seed));
int herd_enter(const struct herd *h, const struct enclave *e);
bool herd_progresses(const struct herd *h);		/* every one of them */
unsigned long herd_steps(const struct herd *h);		/* of all, since the start */
int herd_with_policy(const struct herd *h, int policy);	/* how many have it */
/* Stop them, and wait until the enclave says that none is runnable; let them go on. */
bool herd_hold(const struct herd *h, const struct enclave *e);
void herd_release(const struct herd *h);
void herd_end(struct herd *h);

/* --- lib/policy.c --- */

/*
 * A process that schedules all tasks of an enclave, mostly in turn, on CPUs 2 and 3,
 * from its agent on CPU 1. It knows of them what messages have told, and nothing else.
 */
struct policy {
	pid_t	pid;
	int	elems;		/* of its queue, before it starts; 0: room for all */
	struct {
		int		err;		/* why it did not get ready */
		bool		ready;
		bool		stop;		/* order: leave, agent_online first */
		bool		check;		/* order: compare, when nothing is new */
		unsigned int	mismatches;	/* of that */
		unsigned int	nr_tasks;	/* that it knows */
		unsigned int	waiting;	/* of these, for a CPU */
		unsigned int	discovered;	/* when it took over */
		unsigned int	twice;		/* announced that were known already */
		unsigned long	passes;
		unsigned long	messages;
		unsigned long	commits;
		unsigned long	groups;		/* of commits, that succeeded */
		unsigned long	failed;		/* as may happen to any agent */
		unsigned long	bad;		/* as may happen to none that is valid */
		int		bad_state;	/* the last of those */
		unsigned long	resyncs;
	} volatile *shared;
};

int policy_start(struct policy *p, const struct enclave *e, enum queue_kind kind);
bool policy_wait_ready(struct policy *p);
/* It ends by itself. 0, or how it ended. */
int policy_stop(struct policy *p);
void policy_kill(struct policy *p);	/* SIGKILL */
/* At a quiet point: tasks that it does not know, or not as they are; negative errno. */
int policy_check(struct policy *p);

/* --- lib/drive.c --- */

/*
 * A policy for one task: whenever it can run it is committed to one CPU. Others
 * may take that CPU at any time, kernel threads for one, which costs a
 * MSG_TASK_PREEMPT and another commit. What is said about the task is logged.
 */
struct drive {
	struct agent	*by;		/* not that of @cpu */
	struct queue	*q;
	int		cpu;
	__s64		gtid;
	__u16		run_flags;
	__u8		commit_flags;
	int		state;		/* of the last commit */
	int		nr;		/* of log */
	struct message	log[256];	/* the first so many */
};

void drive_init(struct drive *d, struct stage *st, const struct subject *s);
/* One commit if the task waits for one. */
void drive_once(struct drive *d);
/* Until the task has a message of this type, which is copied to @m if not NULL. */
bool drive_until(struct drive *d, int type, struct message *m);
/* Until a condition holds. */
bool drive_while_not(struct drive *d, const char *what, bool (*done)(void *arg), void *arg);
bool drive_until_woken(struct drive *d, struct subject *s, unsigned long times);
bool drive_until_counts(struct drive *d, struct subject *s);
/* Take the messages that are there. */
void drive_drain(struct drive *d);
/* Position of the first message of this type in the log from @from on, or -1. */
int drive_find(const struct drive *d, int type, int from);

#endif /* GHOST_H */
