/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* What the files of the agent API share. */
#ifndef TAGSCHED_AGENT_INTERNAL_H
#define TAGSCHED_AGENT_INTERNAL_H

#include <pthread.h>
#include <semaphore.h>
#include <time.h>

#include "internal.h"
#include "linux/ghost.h"
#include "tagsched_agent.h"

#define ts_load(P)	__atomic_load_n((P), __ATOMIC_ACQUIRE)
#define ts_store(P, V)	__atomic_store_n((P), (V), __ATOMIC_RELEASE)
/* Counters have one writer, and readers who do not mind. */
#define ts_count(P, N)	__atomic_store_n((P), *(P) + (N), __ATOMIC_RELAXED)

static inline void ts_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#else
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
#endif
}

static inline __u64 ts_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* ---- agent_enclave.c ---- */

/*
 * Owned by the caller. Agent threads read it; cpus does not change. @ioctl is
 * the system call unless a unit test says otherwise; negative errno.
 */
struct tagsched_enclave {
	unsigned long id;
	int abi;
	int dir_fd;
	int ctl_fd;
	int online_fd;
	cpu_set_t cpus;
	__u32 boost_us;			/* its dispatch_boost, as last read */
	__u32 timeout_ms;		/* its runnable_timeout; both are read by agents */
	struct ghost_cpu_data *cpu_data;
	size_t cpu_data_size;
	struct ghost_sw_region_header *sw;
	size_t sw_size;
	int (*ioctl)(struct tagsched_enclave *e, unsigned long request, void *arg);
};

/* Read what the kernel has for the tunables that agents heed. Not from an agent. */
void ts_enclave_read_tunables(struct tagsched_enclave *e);

/* ---- agent_cpus.c ---- */

/* CPU lists as the kernel writes them. 0, -EINVAL, -ERANGE. An empty list is one. */
int ts_cpulist_parse(const char *text, cpu_set_t *cpus);
int ts_cpulist_format(const cpu_set_t *cpus, char *buf, size_t size);

/* ---- agent_file.c: files of ghostfs, relative to an open directory ---- */

int ts_file_read(int dir_fd, const char *file, char *buf, size_t size);
int ts_file_write(int dir_fd, const char *file, const char *text);

/* ---- agent_queue.c, agent_ringbuf.c ---- */

struct tagsched_queue {
	struct tagsched_enclave *e;
	enum tagsched_queue_kind kind;
	int fd;
	void *map;			/* ring: the region; ring buffer: its data pages */
	size_t map_size;
	struct ghost_ring *ring;
	__u32 nelems;
	int map_fd;			/* ring buffer */
	unsigned long *consumer;
	const unsigned long *producer;
	const char *data;
	unsigned long mask;
};

int ts_ringbuf_create(struct tagsched_queue *q, __u32 elems);
int ts_ringbuf_next(struct tagsched_queue *q, struct tagsched_msg *msg);
void ts_ringbuf_destroy(struct tagsched_queue *q);
int ts_ring_next(struct tagsched_queue *q, struct tagsched_msg *msg);

/* ---- agent_table.c: tasks by gtid. Callers hold the agents' lock. ---- */

struct ts_slab;

struct ts_table {
	struct tagsched_task **buckets;
	struct tagsched_task *free;
	struct ts_slab *slabs;
	size_t task_size;
	size_t len;
};

int ts_table_init(struct ts_table *table, size_t task_size);
void ts_table_destroy(struct ts_table *table);
struct tagsched_task *ts_table_find(const struct ts_table *table, __s64 gtid);
/* A zeroed task, in the table; NULL without memory. */
struct tagsched_task *ts_table_add(struct ts_table *table, __s64 gtid);
void ts_table_remove(struct ts_table *table, struct tagsched_task *task);
/* Visits all; @fn may remove the one that it is called for. */
void ts_table_walk(struct ts_table *table, void (*fn)(struct tagsched_task *task, void *arg),
		   void *arg);

/* ---- agent_core.c and the models ---- */

/*
 * A lock among agents only. Agents outrank every other class, so its holder runs;
 * a thread that is no agent must never take it: it could lose its CPU to one
 * that spins.
 */
struct ts_lock {
	__u32 next;
	__u32 owner;
};

void ts_lock(struct ts_lock *lock);
void ts_unlock(struct ts_lock *lock);

/* Type of the library's own timers; a policy has all others. */
#define TS_TIMER_TURN	(~0ULL)
#define TS_TIMER_SLICE	(~1ULL)

/* A task that never blocks makes way for others. */
#define TS_SLICE_US	100000
/* However many they are: below this, switching is all that gets done. */
#define TS_SLICE_MIN_US	1000

/* One per CPU of the enclave. Its thread writes it; the counters are read by others. */
struct tagsched_agent {
	struct tagsched_agents *as;
	int cpu;
	int err;			/* of the attachment */
	pid_t tid;
	bool thread_made;
	bool failed;			/* the last commit did, for no reason that a message tells */
	bool boosted;
	bool woken;			/* a task has come, or woken up, or its turn has */
	struct tagsched_timer *turn;	/* dispatch boost: when CFS has had its share */
	struct tagsched_timer *slice;	/* per CPU: when who runs makes way */
	bool slicing;			/* it has been armed */
	__u64 since;			/* central: when the task was committed */
	__u32 idle;			/* waits without work: ping it if there is some */
	struct tagsched_task *offers;	/* what was enqueued in this pass and still waits */
	__u32 nr_homed;			/* per CPU: tasks whose queue is this */
	struct tagsched_task *current;	/* committed to this CPU */
	struct tagsched_queue *queue;
	const struct tagsched_sw *sw;
	pthread_t thread;
	struct tagsched_agents_stats stats;
} __attribute__((aligned(128)));

#define TS_MAX_STRANDED	4096

/*
 * Owned by the thread that started them. @lock covers the tables, the policy and
 * who is current where. @stop, @dead and @central_cpu are atomic.
 */
struct tagsched_agents {
	struct tagsched_enclave *e;
	const struct tagsched_agent_ops *ops;
	struct tagsched_agents_opts opts;
	struct tagsched_agent **by_cpu;	/* CPU_SETSIZE pointers */
	struct tagsched_agent *agents;
	int nr_agents;
	struct tagsched_queue *default_queue;	/* per CPU: the first agent's */
	struct ts_lock lock;
	struct ts_table table;
	size_t nr_queued;
	int stop;
	int dead;			/* negative errno that ended an agent */
	int central_cpu;
	sem_t attached;			/* posted by each thread, with or without success */
	sem_t go;
	sem_t discovered;
	int listen_fd;
	char socket[108];
	char saved_grace[24];
	int peer_fd;			/* the other side of a hand-over */
	__s64 stranded[TS_MAX_STRANDED];	/* gtids, agents to main; 0 for none */
	__u64 released;
};

/* agent_event.c: with the lock held */
/* Takes all messages of the agent's queue; their number. */
int ts_drain(struct tagsched_agent *a);
void ts_handle(struct tagsched_agent *a, const struct tagsched_msg *msg);
/* The policy gets @task / has it no longer. */
void ts_enqueue(struct tagsched_agent *a, struct tagsched_task *task,
		enum tagsched_enqueue_reason reason);
struct tagsched_task *ts_pick(struct tagsched_agent *a, int cpu);
/* @task was picked for @cpu; what became of the transaction. */
void ts_committing(struct tagsched_agents *as, struct tagsched_task *task, int cpu);
void ts_committed(struct tagsched_agent *a, struct tagsched_task *task, int cpu, int state);
void ts_forget(struct tagsched_agent *a, struct tagsched_task *task);
void ts_off_cpu(struct tagsched_agents *as, struct tagsched_task *task);
void ts_dequeue(struct tagsched_agent *a, struct tagsched_task *task);
/* Take one of @a->offers, NULL if there is none. */
struct tagsched_task *ts_take_offer(struct tagsched_agent *a);

/* agent_place.c: with the lock held */
/* Chooses a home for a task that is not queued: false if no CPU may run it. */
bool ts_place(struct tagsched_agent *a, struct tagsched_task *task);
/* Its messages go to @to from here on. 0, -ESTALE, -ENOENT. */
int ts_rehome(struct tagsched_agent *a, struct tagsched_task *task, struct tagsched_agent *to);
/* The agent that reads the queue which @task's messages go to. */
struct tagsched_agent *ts_reader(struct tagsched_agents *as, const struct tagsched_task *task);
bool ts_strand(struct tagsched_agents *as, __s64 gtid);
/* The main thread's part. */
void ts_release_stranded(struct tagsched_agents *as);

/* agent_resync.c: with the lock held */
void ts_resync(struct tagsched_agent *a, const struct tagsched_msg *msg);
/* Tasks that were there before the agents: 0 or a negative errno. */
int ts_discover(struct tagsched_agent *a);

/* agent_percpu.c, agent_central.c: loops of an agent thread, until stopped */
void ts_percpu_loop(struct tagsched_agent *a);
void ts_central_loop(struct tagsched_agent *a);

/* agent_core.c */
/* Gives up the CPU: 0, or -ESTALE if @barrier is out of date. Sets as->dead on other errors. */
int ts_yield(struct tagsched_agent *a, __u32 barrier, int run_flags);
int ts_ping(struct tagsched_enclave *e, int cpu);
void ts_die(struct tagsched_agents *as, int err);
/* How long a task may run now that others wait. Any thread. */
__u32 ts_slice_us(const struct tagsched_agents *as);
static inline bool ts_stopped(const struct tagsched_agents *as)
{
	return ts_load(&as->stop);
}

/* agent_handover.c */
/* Asks the agents that are online to go: 0, also if there are none; -EBUSY. */
int ts_handover_ask(struct tagsched_agents *as);
/* Whoever is asked by the next one from here on. */
int ts_handover_listen(struct tagsched_agents *as);
/* A connection that asked for the enclave: its fd, or -1. */
int ts_handover_accept(struct tagsched_agents *as);
void ts_handover_close(struct tagsched_agents *as);

#endif /* TAGSCHED_AGENT_INTERNAL_H */
