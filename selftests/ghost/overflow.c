// SPDX-License-Identifier: GPL-2.0-only
/* Queues without room: what is lost is known to be lost, and nobody is forgotten. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

#define SLOTS	256	/* a ring of one page; a ring buffer has 4096 bytes of data */

FIXTURE(overflow)
{
	struct stage	st;
	struct queue	q;	/* of the tasks; the agents have st.q */
	unsigned long	told;	/* losses that the queue told of */
	unsigned long	got;	/* messages of the task st.s */
	__u32		seqnum;	/* of the last of these */
	bool		disorder;
};

FIXTURE_VARIANT(overflow)
{
	enum queue_kind	kind;
};

FIXTURE_VARIANT_ADD(overflow, ring)
{
	.kind = RING,
};

FIXTURE_VARIANT_ADD(overflow, ringbuf)
{
	.kind = RINGBUF,
};

FIXTURE_SETUP(overflow)
{
	ASSERT_EQ(0, stage_set(&self->st, GHOST_ABI_91, RING));
	ASSERT_EQ(0, queue_create(&self->st.e, &self->q, variant->kind, SLOTS));
	ASSERT_EQ(0, queue_set_default(&self->st.e, &self->q));
}

FIXTURE_TEARDOWN(overflow)
{
	EXPECT_EQ(0, stage_strike(&self->st));
	queue_close(&self->q);
}

static void count(FIXTURE_DATA(overflow) *f, const struct message *m)
{
	if (m->type == MSG_QUEUE_RESYNC) {
		f->told += m->resync.lost;
		return;
	}
	if (m->gtid != (__u64)f->st.s.gtid)
		return;
	f->got++;
	if ((__s32)(m->seqnum - f->seqnum) <= 0)
		f->disorder = true;
	f->seqnum = m->seqnum;
}

static void drain(FIXTURE_DATA(overflow) *f)
{
	struct message m;

	while (queue_next(&f->q, &m))
		count(f, &m);
}

static struct ghost_status_word *sw_of(FIXTURE_DATA(overflow) *f)
{
	return enclave_find_sw(&f->st.e, f->st.s.gtid);
}

static __u32 barrier_of(FIXTURE_DATA(overflow) *f)
{
	return __atomic_load_n(&sw_of(f)->barrier, __ATOMIC_ACQUIRE);
}

static __u32 flags_of(FIXTURE_DATA(overflow) *f)
{
	return __atomic_load_n(&sw_of(f)->flags, __ATOMIC_ACQUIRE);
}

/* Each change of a nice value is a message. */
static int change_nice(FIXTURE_DATA(overflow) *f, int times)
{
	int i, err = 0;

	for (i = 0; i < times && !err; i++)
		err = setpriority(PRIO_PROCESS, f->st.s.pid, i % 2 ? 3 : 4);
	return err;
}

/* A message of the task: its nice value is another than before. */
static int say_something(FIXTURE_DATA(overflow) *f)
{
	int nice = getpriority(PRIO_PROCESS, f->st.s.pid);

	return setpriority(PRIO_PROCESS, f->st.s.pid, nice == 3 ? 4 : 3);
}

/* The task is delegated, and its MSG_TASK_NEW read. */
static int enter(FIXTURE_DATA(overflow) *f)
{
	struct message m;
	int err = subject_enter(&f->st.e, &f->st.s);

	if (err)
		return err;
	if (!queue_wait(&f->q, MSG_TASK_NEW, f->st.s.gtid, &m))
		return -ETIMEDOUT;
	count(f, &m);
	return 0;
}

/* Everything that was counted in the barrier was read, or is known to be lost. */
static bool all_accounted(void *arg)
{
	FIXTURE_DATA(overflow) *f = arg;

	drain(f);
	return f->got + f->told == barrier_of(f);
}

#define MANY	500

PROVE_F(overflow, counted, "[C15] [G1] a full queue: what does not fit is counted, MSG_QUEUE_RESYNC says how much when there is room")
{
	ASSERT_EQ(0, enter(self));
	ASSERT_EQ(0, change_nice(self, MANY));
	EXPECT_EQ(MANY + 1, barrier_of(self));
	if (self->q.kind == RING)
		EXPECT_LT(0, self->q.ring->overflow);

	EXPECT_TRUE(wait_for("all messages, or their loss", all_accounted, self));
	EXPECT_LT(0, self->told);
	EXPECT_LT(1, self->got);
	EXPECT_FALSE(self->disorder);
	if (self->q.kind == RING)
		EXPECT_EQ(self->told, self->q.ring->overflow);

	/* The next ones are delivered as ever. */
	ASSERT_EQ(0, say_something(self));
	drain(self);
	EXPECT_EQ(MANY + 2, self->seqnum);
	EXPECT_EQ(barrier_of(self), self->got + self->told);
}

PROVE_F(overflow, flag, "[G1] GHOST_SW_TASK_MSG_LOST is set by a loss, and stays till a message of that task is delivered")
{
	struct message m;

	ASSERT_EQ(0, enter(self));
	EXPECT_EQ(0, flags_of(self) & GHOST_SW_TASK_MSG_LOST);
	ASSERT_EQ(0, change_nice(self, MANY));
	EXPECT_NE(0, flags_of(self) & GHOST_SW_TASK_MSG_LOST);
	/* Telling of it is not that. */
	ASSERT_TRUE(queue_wait(&self->q, MSG_QUEUE_RESYNC, 0, &m));
	EXPECT_EQ(0, m.seqnum);
	EXPECT_LT(0, m.resync.lost);
	EXPECT_NE(0, flags_of(self) & GHOST_SW_TASK_MSG_LOST);

	ASSERT_EQ(0, say_something(self));
	ASSERT_TRUE(queue_wait(&self->q, MSG_TASK_PRIORITY_CHANGED, self->st.s.gtid, &m));
	EXPECT_EQ(0, flags_of(self) & GHOST_SW_TASK_MSG_LOST);
}

PROVE_F(overflow, first, "[G1] MSG_QUEUE_RESYNC comes before any later message")
{
	struct message m = {};
	__u32 last;

	ASSERT_EQ(0, enter(self));
	ASSERT_EQ(0, change_nice(self, MANY));
	last = barrier_of(self);
	while (m.type != MSG_QUEUE_RESYNC) {
		/* There is room for this one now, and then for another. */
		ASSERT_EQ(0, say_something(self));
		ASSERT_TRUE(queue_next(&self->q, &m));
		if (m.type != MSG_QUEUE_RESYNC)
			ASSERT_GE(last, m.seqnum);
	}
	EXPECT_LT(0, m.resync.lost);
}

PROVE_F(overflow, stale, "[G1] a task whose message was lost is not committed with what the agent knew")
{
	struct request r = { .cpu = 2, .gtid = self->st.s.gtid };
	struct message m;
	__u32 known;

	ASSERT_EQ(0, subject_enter(&self->st.e, &self->st.s));
	ASSERT_TRUE(queue_wait(&self->q, MSG_TASK_NEW, self->st.s.gtid, &m));
	subject_wake(&self->st.s);
	ASSERT_TRUE(queue_wait(&self->q, MSG_TASK_WAKEUP, self->st.s.gtid, &m));
	known = m.seqnum;
	ASSERT_EQ(0, change_nice(self, MANY));
	while (queue_next(&self->q, &m))
		if (m.type != MSG_QUEUE_RESYNC)
			known = m.seqnum;
	ASSERT_NE(known, barrier_of(self));
	r.task_barrier = known;
	EXPECT_EQ(GHOST_TXN_TARGET_STALE, txn_commit(&self->st.a, &r));
}

PROVE_F(overflow, woken, "[G1] an agent that waits is woken for MSG_QUEUE_RESYNC, though nothing else happens")
{
	struct message m;

	ASSERT_EQ(0, enter(self));
	ASSERT_EQ(0, change_nice(self, MANY));
	/* That wakes it too, before. */
	ASSERT_EQ(0, queue_set_wakeup(&self->st.e, &self->q, 1));
	agent_order(&self->st.a, agent_yield_now, 0);
	ASSERT_TRUE(agent_wait_yielded(&self->st.a));
	EXPECT_FALSE(agent_done(&self->st.a, NULL));
	/* Room. */
	while (queue_next(&self->q, &m) && m.type != MSG_QUEUE_RESYNC)
		;
	EXPECT_EQ(0, agent_wait(&self->st.a));
	EXPECT_TRUE(m.type == MSG_QUEUE_RESYNC ||
		    queue_wait(&self->q, MSG_QUEUE_RESYNC, 0, &m));
}

/* --- no task is lost --- */

#define CROWD	12

struct crowd {
	FIXTURE_DATA(overflow) *f;
	struct subject	s[CROWD];
};

static int gather(struct crowd *c)
{
	int i, err = 0;

	for (i = 0; i < CROWD && !err; i++) {
		err = subject_start(&c->s[i]);
		if (!err && !subject_wait_blocked(&c->s[i]))
			err = -ETIMEDOUT;
	}
	return err;
}

static void disperse(struct crowd *c)
{
	int i;

	for (i = 0; i < CROWD; i++)
		subject_end(&c->s[i]);
}

/* What a new agent finds: status words in use that are not agents'. */
static int look_round(FIXTURE_DATA(overflow) *f, struct ghost_status_word **words)
{
	struct ghost_status_word *sw;
	int nr = 0;
	__u32 i;

	for (i = 0; i < f->st.e.sw->capacity && nr < 2 * CROWD; i++) {
		sw = enclave_sw(&f->st.e, i);
		if ((sw->flags & (GHOST_SW_F_INUSE | GHOST_SW_TASK_IS_AGENT)) == GHOST_SW_F_INUSE)
			words[nr++] = sw;
	}
	return nr;
}

PROVE_F(overflow, picture, "[G1] tasks that enter, wake, die and leave while the queue is full are found in the status words, as they are")
{
	struct ghost_status_word *words[2 * CROWD], *sw;
	struct crowd c = { .f = self };
	struct sched_param p = {};
	struct message m;
	int i;

	ASSERT_EQ(0, gather(&c));
	ASSERT_EQ(0, enter(self));
	ASSERT_EQ(0, change_nice(self, MANY));
	for (i = 0; i < CROWD; i++)
		ASSERT_EQ(0, subject_enter(&self->st.e, &c.s[i]));
	/* The first third can run, the second leaves, the last stays blocked. */
	for (i = 0; i < CROWD / 3; i++)
		subject_wake(&c.s[i]);
	for (; i < 2 * CROWD / 3; i++)
		ASSERT_EQ(0, sched_setscheduler(c.s[i].pid, SCHED_OTHER, &p));
	for (i = 0; i < CROWD / 3; i++)
		ASSERT_TRUE(subject_wait_ready(&self->st.e, &c.s[i]));
	while (queue_next(&self->q, &m))
		if (m.type != MSG_QUEUE_RESYNC)
			ASSERT_EQ(self->st.s.gtid, m.gtid);

	EXPECT_EQ(CROWD + 1, look_round(self, words));
	for (i = 0; i < CROWD; i++) {
		sw = enclave_find_sw(&self->st.e, c.s[i].gtid);
		ASSERT_NE(NULL, sw);
		EXPECT_NE(0, sw->flags & GHOST_SW_TASK_MSG_LOST);
		EXPECT_EQ(i < CROWD / 3, !!(sw->flags & GHOST_SW_TASK_RUNNABLE));
		EXPECT_EQ(i / (CROWD / 3) == 1, !!(sw->flags & GHOST_SW_F_CANFREE));
	}
	disperse(&c);
}

static int free_word(FIXTURE_DATA(overflow) *f, struct ghost_status_word *sw)
{
	struct ghost_sw_info info = { .index = sw - enclave_sw(&f->st.e, 0) };

	return enclave_ioctl(&f->st.e, GHOST_IOC_SW_FREE, &info);
}

PROVE_F(overflow, come_back, "[G1] a task whose MSG_TASK_DEPARTED was lost comes back when its word is freed")
{
	struct ghost_status_word *sw;
	struct sched_param p = {};
	struct message m;

	ASSERT_EQ(0, enter(self));
	ASSERT_EQ(0, change_nice(self, MANY));
	sw = sw_of(self);
	ASSERT_EQ(0, sched_setscheduler(self->st.s.pid, SCHED_OTHER, &p));
	ASSERT_TRUE(queue_wait(&self->q, MSG_QUEUE_RESYNC, 0, &m));
	EXPECT_NE(0, sw->flags & GHOST_SW_F_CANFREE);

	ASSERT_EQ(0, subject_enter(&self->st.e, &self->st.s));
	EXPECT_EQ(0, free_word(self, sw));
	EXPECT_TRUE(queue_wait(&self->q, MSG_TASK_NEW, self->st.s.gtid, &m));
}

static bool is_dead(void *arg)
{
	struct ghost_status_word *sw = arg;

	return __atomic_load_n(&sw->flags, __ATOMIC_ACQUIRE) & GHOST_SW_F_CANFREE;
}

static bool died(void *arg)
{
	struct drive *d = arg;

	return is_dead(enclave_find_sw(d->by->enclave, d->gtid));
}

PROVE_F(overflow, dead, "[G1] a task whose MSG_TASK_DEAD was lost leaves a word that can be freed")
{
	struct ghost_status_word *sw;
	struct drive d;

	ASSERT_EQ(0, enter(self));
	ASSERT_EQ(0, change_nice(self, MANY));
	sw = sw_of(self);
	drive_init(&d, &self->st, &self->st.s);
	kill(self->st.s.pid, SIGKILL);
	/* The queue that is driven from is another: this one stays full. */
	ASSERT_TRUE(drive_while_not(&d, "a driven task to die", died, &d));
	EXPECT_NE(0, sw->flags & GHOST_SW_TASK_MSG_LOST);
	EXPECT_EQ(0, free_word(self, sw));
	EXPECT_EQ(NULL, sw_of(self));
}

/* --- many changes --- */

struct busy {
	FIXTURE_DATA(overflow) *f;
	struct drive	d;
	unsigned long	rounds;
};

static bool worked(void *arg)
{
	struct busy *b = arg;
	struct subject *s = &b->f->st.s;

	if (s->shared->woken >= b->rounds)
		return true;
	/* It sleeps, or is about to; the order stays till it is woken. */
	if (s->shared->order == BLOCK && !(flags_of(b->f) & GHOST_SW_TASK_RUNNABLE))
		subject_wake(s);
	else if (s->shared->order == SPIN)
		subject_order(s, BLOCK);
	setpriority(PRIO_PROCESS, s->pid, s->shared->woken % 2 ? 3 : 4);
	/* An agent that reads seldom. */
	if (s->shared->woken % 64 == 63)
		drain(b->f);
	return false;
}

PROVE_F(overflow, one_page, "[C15] [G1] a queue of one page under many state changes: each message is delivered, or counted as lost")
{
	struct busy b = { .f = self, .rounds = sys_is_slow() ? 100 : 300 };

	ASSERT_EQ(0, enter(self));
	drive_init(&b.d, &self->st, &self->st.s);
	ASSERT_TRUE(drive_while_not(&b.d, "a task's many turns", worked, &b));
	/* Whatever it does now is a message or two more. */
	subject_order(&self->st.s, SPIN);
	EXPECT_TRUE(wait_for("all messages, or their loss", all_accounted, self));
	EXPECT_LT(0, self->told);
	EXPECT_FALSE(self->disorder);
	if (self->q.kind == RING)
		EXPECT_EQ(self->told, self->q.ring->overflow);
}

/* --- hostile consumers --- */

/* What the consumer says it has read. */
static void set_tail(struct queue *q, unsigned long value)
{
	if (q->kind == RING)
		__atomic_store_n(&q->ring->tail, value, __ATOMIC_RELEASE);
	else
		__atomic_store_n(q->consumer, value, __ATOMIC_RELEASE);
}

static unsigned long head_of(struct queue *q)
{
	if (q->kind == RING)
		return __atomic_load_n(&q->ring->head, __ATOMIC_ACQUIRE);
	return __atomic_load_n(q->producer, __ATOMIC_ACQUIRE);
}

static void lie(struct queue *q, int i)
{
	unsigned long head = head_of(q), unit = q->kind == RING ? 1 : 8;
	unsigned long lies[] = {
		head + unit, head - unit, head + SLOTS * unit, head - SLOTS * unit,
		head + (SLOTS + 1) * unit, head - (SLOTS + 1) * unit, head + 1, head - 3,
		0, ~0UL, 1UL << 31, 1UL << 63, (unsigned long)random() << 20 | random(),
	};

	set_tail(q, lies[i % (sizeof(lies) / sizeof(lies[0]))]);
}

/* Behind the slots of a ring is the rest of the page. */
static char *rest_of_page(struct queue *q, size_t *size)
{
	char *end = (char *)q->ring->slots + SLOTS * 8;

	*size = (char *)q->header + q->size - end;
	return end;
}

static bool is_all(const char *mem, size_t size, char value)
{
	while (size--)
		if (mem[size] != value)
			return false;
	return true;
}

PROVE_F(overflow, hostile, "[C15] a hostile tail is harmless: nothing outside the slots is written, and the queue works again")
{
	struct message m;
	size_t size = 0;
	char *rest = NULL;
	int i;

	ASSERT_EQ(0, enter(self));
	if (self->q.kind == RING) {
		rest = rest_of_page(&self->q, &size);
		ASSERT_LT(0, size);
		memset(rest, 0x5a, size);
	}
	for (i = 0; i < MANY; i++) {
		lie(&self->q, i);
		ASSERT_EQ(0, say_something(self));
	}
	EXPECT_TRUE(is_all(rest, size, 0x5a));
	if (self->q.kind == RING) {
		EXPECT_EQ(SLOTS, self->q.header->nelems);
		EXPECT_EQ(64, self->q.header->start);
	}

	/* "Everything has been read." */
	set_tail(&self->q, head_of(&self->q));
	ASSERT_EQ(0, say_something(self));
	ASSERT_TRUE(queue_wait(&self->q, MSG_TASK_PRIORITY_CHANGED, self->st.s.gtid, &m));
	EXPECT_EQ(barrier_of(self), m.seqnum);
	EXPECT_EQ(0, flags_of(self) & GHOST_SW_TASK_MSG_LOST);
}

PROVE(header, "[C15] a hostile header is harmless: the kernel goes by its own numbers, and publishes its own head")
{
	FIXTURE_DATA(overflow) f = {};
	struct message m;
	size_t size;
	char *rest;
	int i;

	ASSERT_EQ(0, stage_set(&f.st, GHOST_ABI_91, RING));
	ASSERT_EQ(0, queue_create(&f.st.e, &f.q, RING, SLOTS));
	ASSERT_EQ(0, queue_set_default(&f.st.e, &f.q));
	ASSERT_EQ(0, enter(&f));
	rest = rest_of_page(&f.q, &size);
	memset(rest, 0x5a, size);

	f.q.header->start = 0xfffffff0;
	f.q.header->nelems = 1U << 31;
	f.q.header->version = 4711;
	f.q.ring->overflow = 4711;
	for (i = 0; i < MANY; i++) {
		f.q.ring->tail = f.q.ring->head;
		f.q.ring->head += i % 2 ? 12345 : 0;
		ASSERT_EQ(0, say_something(&f));
	}
	EXPECT_TRUE(is_all(rest, size, 0x5a));
	EXPECT_EQ(1U << 31, f.q.header->nelems);

	f.q.header->start = 64;
	f.q.header->nelems = SLOTS;
	f.q.ring->tail = f.q.ring->head;
	ASSERT_EQ(0, say_something(&f));
	ASSERT_TRUE(queue_wait(&f.q, MSG_TASK_PRIORITY_CHANGED, f.st.s.gtid, &m));
	EXPECT_EQ(barrier_of(&f), m.seqnum);
	EXPECT_EQ(0, stage_strike(&f.st));
	queue_close(&f.q);
}

TEST_HARNESS_MAIN
