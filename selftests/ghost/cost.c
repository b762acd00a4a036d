// SPDX-License-Identifier: GPL-2.0-only
/*
 * What delegation costs: instructions of a pipe round trip between two delegated
 * tasks on one CPU, with an agent of that CPU, against CFS in the same boot.
 *
 * Runs on the one-CPU machine whose clock counts instructions, a nanosecond each.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

#define BATCHES		15
#define ROUNDS		500
/* Iterations of two instructions each that tell what a nanosecond is. */
#define SPINS		1000000L

static __s64 now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static bool clock_counts_instructions(void)
{
	int i, right = 0;

	if (sysconf(_SC_NPROCESSORS_ONLN) != 1)
		return false;
	for (i = 0; i < 10; i++) {
		long left = SPINS;
		__s64 start = now_ns();

		asm volatile("1: dec %0\n\tjnz 1b" : "+r" (left) : : "cc");
		start = now_ns() - start;
		right += start >= 2 * SPINS && start <= 2 * SPINS + SPINS / 25;
	}
	return right >= 3;
}

/* --- two tasks that send a byte there and back --- */

struct pair {
	pid_t	ping, pong;
	int	go;		/* a byte written here starts the measurement */
	int	result;		/* ns per round trip, a double, come from here */
};

static void echo(int from, int to)
{
	char c;

	while (read(from, &c, 1) == 1)
		if (write(to, &c, 1) != 1)
			break;
	_exit(0);
}

static double batch(int from, int to)
{
	__s64 start = now_ns();
	char c = 0;
	int i;

	for (i = 0; i < ROUNDS; i++)
		if (write(to, &c, 1) != 1 || read(from, &c, 1) != 1)
			_exit(1);
	return (double)(now_ns() - start) / ROUNDS;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void measure(int go, int result, int from, int to)
{
	double costs[BATCHES];
	char c;
	int i;

	if (read(go, &c, 1) != 1)
		_exit(1);
	/* The first warms up. */
	batch(from, to);
	for (i = 0; i < BATCHES; i++)
		costs[i] = batch(from, to);
	qsort(costs, BATCHES, sizeof(*costs), by_value);
	if (write(result, &costs[BATCHES / 2], sizeof(*costs)) != sizeof(*costs))
		_exit(1);
	_exit(0);
}

static int pair_start(struct pair *p)
{
	int go[2], result[2], there[2], back[2];

	if (pipe(go) || pipe(result) || pipe(there) || pipe(back))
		return -errno;
	p->pong = fork();
	if (!p->pong) {
		close(there[1]);
		echo(there[0], back[1]);
	}
	p->ping = fork();
	if (!p->ping)
		measure(go[0], result[1], back[0], there[1]);
	close(go[0]);
	close(result[1]);
	close(there[0]);
	close(there[1]);
	close(back[0]);
	close(back[1]);
	p->go = go[1];
	p->result = result[0];
	return p->ping < 0 || p->pong < 0 ? -errno : 0;
}

static double pair_run(struct pair *p)
{
	double cost = -1;

	if (write(p->go, "", 1) != 1 || read(p->result, &cost, sizeof(cost)) != sizeof(cost))
		cost = -1;
	waitpid(p->ping, NULL, 0);
	waitpid(p->pong, NULL, 0);
	close(p->go);
	close(p->result);
	return cost;
}

/* --- the agent: one pass for a block and the wake-up that went before it --- */

#define MAX_TASKS	8

struct tiny {
	struct enclave	*e;
	struct queue	*q;
	bool		stop;
	unsigned long	messages, commits, passes;
	struct {
		__u64	gtid;
		__u32	seqnum;
		bool	runnable;
	} tasks[MAX_TASKS];
	int		next;
};

static void note(struct tiny *t, const struct message *m)
{
	int i, unused = -1;

	for (i = 0; i < MAX_TASKS && t->tasks[i].gtid != m->gtid; i++)
		if (!t->tasks[i].gtid)
			unused = i;
	if (i == MAX_TASKS)
		i = unused;
	t->tasks[i].gtid = m->gtid;
	t->tasks[i].seqnum = m->seqnum;
	if (m->type == MSG_TASK_NEW)
		t->tasks[i].runnable = m->new.runnable;
	else if (m->type == MSG_TASK_BLOCKED)
		t->tasks[i].runnable = false;
	else if (m->type == MSG_TASK_WAKEUP || m->type == MSG_TASK_PREEMPT ||
		 m->type == MSG_TASK_YIELD)
		t->tasks[i].runnable = true;
	else if (m->type == MSG_TASK_DEAD || m->type == MSG_TASK_DEPARTED)
		memset(&t->tasks[i], 0, sizeof(t->tasks[i]));
}

static void drain(struct tiny *t)
{
	struct message m;

	while (queue_next(t->q, &m)) {
		t->messages++;
		if (m.type < MSG_CPU_TICK)
			note(t, &m);
	}
}

static int pick(struct tiny *t)
{
	int i, n;

	for (n = 0; n < MAX_TASKS; n++) {
		i = (t->next + n) % MAX_TASKS;
		if (t->tasks[i].runnable) {
			t->next = i + 1;
			return i;
		}
	}
	return -1;
}

static void wake_by_messages(struct tiny *t, bool on)
{
	struct ghost_agent_wakeup w = {};
	struct ghost_ioc_config_queue_wakeup req = { .qfd = t->q->fd, .w = &w, .ninfo = on };

	enclave_ioctl(t->e, GHOST_IOC_CONFIG_QUEUE_WAKEUP, &req);
}

/* Nothing to run: here, and only here, a message has to wake the agent. */
static void wait_for_news(struct tiny *t, struct agent *a, struct ghost_status_word *sw)
{
	__u32 barrier;

	wake_by_messages(t, true);
	barrier = __atomic_load_n(&sw->barrier, __ATOMIC_ACQUIRE);
	drain(t);
	if (pick(t) < 0 && !t->stop)
		agent_yield(a, barrier, 0);
	wake_by_messages(t, false);
}

static long schedule(struct agent *a, void *arg)
{
	struct tiny *t = arg;
	struct ghost_status_word *sw = agent_sw(a);
	__u64 mask = 1;
	struct ghost_ioc_commit_txn req = { .mask_ptr = &mask, .mask_len = sizeof(mask) };
	struct request r = {
		.run_flags = RTLA_ON_BLOCKED | RTLA_ON_YIELD | RTLA_ON_PREEMPT,
		.commit_flags = COMMIT_AT_TXN_COMMIT,
	};
	int i;

	while (!__atomic_load_n(&t->stop, __ATOMIC_RELAXED)) {
		t->passes++;
		r.agent_barrier = __atomic_load_n(&sw->barrier, __ATOMIC_ACQUIRE);
		drain(t);
		i = pick(t);
		if (i < 0) {
			wait_for_news(t, a, sw);
			continue;
		}
		r.gtid = t->tasks[i].gtid;
		r.task_barrier = t->tasks[i].seqnum;
		txn_fill(t->e, &r);
		enclave_ioctl(t->e, GHOST_IOC_COMMIT_TXN, &req);
		t->commits += txn_state(t->e, 0) == GHOST_TXN_COMPLETE;
	}
	return 0;
}

FIXTURE(cost)
{
	struct enclave	e;
	struct queue	q;
	struct agent	a;
	struct tiny	t;
	bool		counts;
};

#define NEED_ICOUNT(self)							\
	do {									\
		if (!(self)->counts)						\
			SKIP(return, "not on one CPU whose clock counts instructions"); \
	} while (0)

FIXTURE_VARIANT(cost)
{
	enum queue_kind	kind;
	const char	*name;
};

FIXTURE_VARIANT_ADD(cost, ring)
{
	.kind = RING, .name = "ring",
};

FIXTURE_VARIANT_ADD(cost, ringbuf)
{
	.kind = RINGBUF, .name = "ring buffer",
};

FIXTURE_SETUP(cost)
{
	memset(self, 0, sizeof(*self));
	self->q.fd = -1;
	self->q.map_fd = -1;
	self->counts = clock_counts_instructions();
	if (!self->counts)
		return;
	ASSERT_EQ(0, enclave_create(&self->e, GHOST_ABI_91, "0"));
	ASSERT_EQ(0, queue_create(&self->e, &self->q, variant->kind, 512));
	ASSERT_EQ(0, queue_set_default(&self->e, &self->q));
}

FIXTURE_TEARDOWN(cost)
{
	agent_stop(&self->a);
	if (self->e.id) {
		EXPECT_EQ(0, enclave_end(&self->e));
	}
	queue_close(&self->q);
}

static double cfs_cost(void)
{
	struct pair p;

	return pair_start(&p) ? -1 : pair_run(&p);
}

static int delegate(const struct enclave *e, pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	return enclave_write(e, "tasks", text);
}

/* In the order: the agent must be at work before the first of them can move. */
static double delegated_cost(FIXTURE_DATA(cost) *self)
{
	struct pair p;
	double cost;

	self->t.e = &self->e;
	self->t.q = &self->q;
	agent_order(&self->a, schedule, &self->t);
	if (pair_start(&p) || delegate(&self->e, p.ping) || delegate(&self->e, p.pong))
		return -1;
	cost = pair_run(&p);
	__atomic_store_n(&self->t.stop, true, __ATOMIC_RELAXED);
	agent_ping(&self->e, 0);
	return agent_wait(&self->a) ? -1 : cost;
}

PROVE_F(cost, round_trip,
	"a delegated round trip costs less than four of CFS, in two passes of the agent")
{
	double cfs, ghost, seconds, trips = (BATCHES + 1) * ROUNDS;
	__s64 start;

	NEED_ICOUNT(self);
	cfs = cfs_cost();
	ASSERT_LT(0, cfs);
	ASSERT_EQ(0, agent_start(&self->a, &self->e, 0, &self->q));
	start = now_ns();
	ghost = delegated_cost(self);
	seconds = (now_ns() - start) / 1e9;
	ASSERT_LT(0, ghost);
	printf("# pipe round trip, %s: %.0f instructions, CFS %.0f: %.2f times\n",
	       variant->name, ghost, cfs, ghost / cfs);
	printf("# ghost: %.0f messages/s, %.0f commits/s (1 GIPS)\n",
	       self->t.messages / seconds, self->t.commits / seconds);
	printf("# a round trip: %.2f messages, %.2f passes\n",
	       self->t.messages / trips, self->t.passes / trips);
	fflush(stdout);
	EXPECT_LT(ghost, 4 * cfs);
	/* A block and the wake-up before it are one pass. */
	EXPECT_LT(self->t.passes / trips, 2.2);
	EXPECT_LT(self->t.messages / trips, 4.2);
}

PROVE_F(cost, attached,
	"an agent that is merely attached slows tasks of CFS by less than a twentieth")
{
	double alone, beside;

	NEED_ICOUNT(self);
	alone = cfs_cost();
	ASSERT_LT(0, alone);
	ASSERT_EQ(0, agent_start(&self->a, &self->e, 0, &self->q));
	agent_order(&self->a, agent_yield_now, NULL);
	ASSERT_TRUE(agent_wait_yielded(&self->a));
	beside = cfs_cost();
	printf("# pipe round trip in CFS: %.0f instructions, beside an agent %.0f: %+.2f %%\n",
	       alone, beside, 100 * (beside - alone) / alone);
	fflush(stdout);
	EXPECT_LT(beside, alone * 1.05);
	ASSERT_EQ(0, agent_ping(&self->e, 0));
	EXPECT_EQ(0, agent_wait(&self->a));
}

TEST_HARNESS_MAIN
