// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transactions: every state once, on purpose; what a success changes, and a
 * failure does not; the edges of run_flags. CPU_OFFLINE is left out: a CPU that
 * goes offline takes its enclave, or leaves it, before anybody could see that.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "harness.h"

FIXTURE(txn)
{
	struct stage	st;
	struct drive	d;
	struct request	r;	/* the task on CPU 2, with the barrier that it has */
};

FIXTURE_SETUP(txn)
{
	struct stage *st = &self->st;
	struct message m;

	ASSERT_EQ(0, stage_set(st, GHOST_ABI_91, RING));
	ASSERT_EQ(0, stage_enter(st, &m));
	subject_order(&st->s, SPIN);
	subject_wake(&st->s);
	ASSERT_TRUE(queue_wait(&st->q, MSG_TASK_WAKEUP, st->s.gtid, &m));
	self->r = (struct request) { .cpu = 2, .gtid = st->s.gtid, .task_barrier = m.seqnum };
	drive_init(&self->d, st, &st->s);
}

FIXTURE_TEARDOWN(txn)
{
	EXPECT_EQ(0, stage_strike(&self->st));
}

static int commit(FIXTURE_DATA(txn) *self)
{
	return txn_commit(&self->st.a, &self->r);
}

static struct ghost_status_word *word(FIXTURE_DATA(txn) *self)
{
	return enclave_find_sw(&self->st.e, self->st.s.gtid);
}

static bool is_oncpu(void *arg)
{
	struct ghost_status_word *sw = arg;

	return __atomic_load_n(&sw->flags, __ATOMIC_ACQUIRE) & GHOST_SW_TASK_ONCPU;
}

static bool is_offcpu(void *arg)
{
	return !is_oncpu(arg);
}

/* Another commit, with the barrier of now, if something took the CPU meanwhile. */
static bool on_cpu(FIXTURE_DATA(txn) *self)
{
	struct ghost_status_word *sw = word(self);

	if (!drive_while_not(&self->d, "a task on its CPU", is_oncpu, sw))
		return false;
	self->r.task_barrier = sw->barrier;
	return true;
}

static bool is_committed(void *arg)
{
	FIXTURE_DATA(txn) *self = arg;

	self->r.task_barrier = word(self)->barrier;
	return commit(self) == GHOST_TXN_COMPLETE;
}

/* Something may have the CPU for a moment, and preempt the task the next. */
static bool commits(FIXTURE_DATA(txn) *self)
{
	return wait_for("a commit", is_committed, self);
}

/*
 * On its CPU by the last commit: none is made while that may still take effect,
 * as a failure has a commit_time as well.
 */
static bool is_run_by_last(void *arg)
{
	FIXTURE_DATA(txn) *self = arg;
	struct ghost_status_word *sw = word(self);
	__u32 barrier = __atomic_load_n(&sw->barrier, __ATOMIC_ACQUIRE);

	if (is_oncpu(sw))
		return true;
	if (txn_state(&self->st.e, 2) != GHOST_TXN_COMPLETE || barrier != self->r.task_barrier) {
		self->r.task_barrier = barrier;
		commit(self);
	}
	return false;
}

PROVE_F(txn, complete, "[C6] COMPLETE: the task runs on the CPU asked for, and only there")
{
	struct ghost_status_word *sw = word(self);
	struct ghost_txn *txn = txn_of(&self->st.e, 2);

	EXPECT_TRUE(commits(self));
	EXPECT_NE(0, txn->commit_time);
	EXPECT_NE(0, txn->cpu_seqnum);
	EXPECT_TRUE(wait_for("a task on its CPU", is_run_by_last, self));
	EXPECT_LT(txn->commit_time, sw->switch_time);
	EXPECT_TRUE(drive_until_counts(&self->d, &self->st.s));
	EXPECT_EQ(2, self->st.s.shared->cpu);
}

PROVE_F(txn, aborted, "[C6] ABORTED: a transaction that was withdrawn is nobody's to commit")
{
	struct ghost_txn *txn = txn_of(&self->st.e, 2);
	int ready = GHOST_TXN_READY;

	self->r.commit_flags = COMMIT_AT_TXN_COMMIT;
	txn_fill(&self->st.e, &self->r);
	ASSERT_TRUE(__atomic_compare_exchange_n(&txn->state, &ready, GHOST_TXN_ABORTED, false,
						__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
	EXPECT_EQ(0, txn_commit_mask(&self->st.a, 1 << 2));
	EXPECT_EQ(GHOST_TXN_ABORTED, txn_state(&self->st.e, 2));
	EXPECT_EQ(0, self->st.s.shared->woken);
}

PROVE_F(txn, oncpu, "[C6] TARGET_ONCPU: the task runs, and nobody allowed for that")
{
	int tries, state = 0;

	/* What takes the CPU from it for a moment makes the barrier stale. */
	for (tries = 0; tries < 50 && state != GHOST_TXN_TARGET_ONCPU; tries++) {
		ASSERT_TRUE(on_cpu(self));
		state = commit(self);
	}
	EXPECT_EQ(GHOST_TXN_TARGET_ONCPU, state);
	/* On another CPU no allowance helps; that it has no agent is looked at later. */
	state = 0;
	self->r.cpu = 3;
	self->r.commit_flags = ALLOW_TASK_ONCPU;
	for (tries = 0; tries < 50 && state != GHOST_TXN_TARGET_ONCPU; tries++) {
		ASSERT_TRUE(on_cpu(self));
		state = commit(self);
	}
	EXPECT_EQ(GHOST_TXN_TARGET_ONCPU, state);
}

PROVE_F(txn, allow_oncpu, "[C6] ALLOW_TASK_ONCPU: the task goes on, nothing is counted")
{
	__u32 agent, task;
	int tries, state = 0;

	self->r.commit_flags = ALLOW_TASK_ONCPU;
	for (tries = 0; tries < 50 && state != GHOST_TXN_COMPLETE; tries++) {
		ASSERT_TRUE(on_cpu(self));
		task = self->r.task_barrier;
		agent = agent_barrier(&self->st.b);
		state = commit(self);
		/* It did not stay, or had gone before. */
		if (word(self)->barrier != task || agent_barrier(&self->st.b) != agent)
			state = 0;
	}
	EXPECT_EQ(GHOST_TXN_COMPLETE, state);
}

PROVE_F(txn, idle_oncpu,
	"[C6] TARGET_ONCPU: the idle task runs already, unless that is allowed for")
{
	struct request idle = { .cpu = 2, .gtid = GHOST_IDLE_GTID };
	int tries, state = 0;

	for (tries = 0; tries < 50 && state != GHOST_TXN_TARGET_ONCPU; tries++)
		state = txn_commit(&self->st.a, &idle);
	EXPECT_EQ(GHOST_TXN_TARGET_ONCPU, state);
	/* Something else may have the CPU for a moment. */
	idle.commit_flags = ALLOW_TASK_ONCPU;
	for (tries = 0; tries < 50 && state != GHOST_TXN_COMPLETE; tries++)
		state = txn_commit(&self->st.a, &idle);
	EXPECT_EQ(GHOST_TXN_COMPLETE, state);
}

PROVE_F(txn, stale, "[C6] TARGET_STALE: the barrier is not the task's, too low or too high")
{
	self->r.task_barrier--;
	EXPECT_EQ(GHOST_TXN_TARGET_STALE, commit(self));
	self->r.task_barrier += 2;
	EXPECT_EQ(GHOST_TXN_TARGET_STALE, commit(self));
	EXPECT_EQ(0, self->st.s.shared->woken);
	EXPECT_TRUE(commits(self));
}

PROVE_F(txn, stale_departed,
	"[C6] TARGET_STALE: the task has left, and when it is back but silent")
{
	struct sched_param normal = {};
	__u32 barrier;

	ASSERT_EQ(0, sched_setscheduler(self->st.s.pid, SCHED_OTHER, &normal));
	self->r.task_barrier++;
	EXPECT_EQ(GHOST_TXN_TARGET_STALE, commit(self));
	ASSERT_EQ(0, subject_enter(&self->st.e, &self->st.s));
	/* DEPARTED, and the NEW that is not told; perhaps not yet. */
	for (barrier = self->r.task_barrier; barrier < self->r.task_barrier + 3; barrier++) {
		struct request r = self->r;

		r.task_barrier = barrier;
		EXPECT_EQ(GHOST_TXN_TARGET_STALE, txn_commit(&self->st.a, &r));
	}
}

PROVE_F(txn, not_found, "[C6] TARGET_NOT_FOUND: nobody has that gtid")
{
	self->r.gtid++;
	EXPECT_EQ(GHOST_TXN_TARGET_NOT_FOUND, commit(self));
	self->r.gtid = 4194303LL << GHOST_TID_SHIFT | 1;
	EXPECT_EQ(GHOST_TXN_TARGET_NOT_FOUND, commit(self));
}

PROVE_F(txn, not_runnable, "[C6] TARGET_NOT_RUNNABLE: the barrier is right, and the task sleeps")
{
	struct message m;

	/* It obeys after it has been woken. */
	ASSERT_TRUE(drive_until_counts(&self->d, &self->st.s));
	subject_order(&self->st.s, BLOCK);
	ASSERT_TRUE(drive_until(&self->d, MSG_TASK_BLOCKED, &m));
	self->r.task_barrier = m.seqnum;
	EXPECT_EQ(GHOST_TXN_TARGET_NOT_RUNNABLE, commit(self));
}

/* By the agent itself, on its own CPU for one. */
static long commit_own(struct agent *a, void *arg)
{
	struct request *r = arg;
	__u64 mask = 1ULL << r->cpu;
	struct ghost_ioc_commit_txn req = { .mask_ptr = &mask, .mask_len = sizeof(mask) };

	r->commit_flags |= COMMIT_AT_TXN_COMMIT;
	txn_fill(a->enclave, r);
	enclave_ioctl(a->enclave, GHOST_IOC_COMMIT_TXN, &req);
	return txn_state(a->enclave, r->cpu);
}

PROVE_F(txn, agent_stale,
	"[C6] AGENT_STALE: a local commit with an agent barrier that is not the agent's")
{
	/* What is published may lag, but not run ahead. */
	self->r.agent_barrier = agent_barrier(&self->st.b) + 1000;
	EXPECT_EQ(GHOST_TXN_AGENT_STALE, agent_do(&self->st.b, commit_own, &self->r));
	EXPECT_EQ(0, self->st.s.shared->woken);
}

PROVE_F(txn, do_not_preempt, "[C6] AGENT_STALE: DO_NOT_PREEMPT, and the CPU is not idle")
{
	self->r.run_flags = DO_NOT_PREEMPT;
	ASSERT_TRUE(agent_spin(&self->st.b));
	EXPECT_EQ(GHOST_TXN_AGENT_STALE, commit(self));
	EXPECT_EQ(0, agent_rest(&self->st.b));
	EXPECT_EQ(0, self->st.s.shared->woken);
}

PROVE_F(txn, unavail_class, "[C6] CPU_UNAVAIL: a task of another class runs there")
{
	struct subject hog;
	int tries, state = 0;

	ASSERT_EQ(0, subject_start(&hog));
	ASSERT_TRUE(subject_wait_blocked(&hog));
	ASSERT_EQ(0, sys_pin(hog.pid, 2));
	subject_order(&hog, SPIN);
	subject_wake(&hog);
	ASSERT_TRUE(subject_runs(&hog));
	for (tries = 0; tries < 50 && state != GHOST_TXN_CPU_UNAVAIL; tries++) {
		self->r.task_barrier = word(self)->barrier;
		state = commit(self);
	}
	EXPECT_EQ(GHOST_TXN_CPU_UNAVAIL, state);
	EXPECT_TRUE(subject_runs(&hog));
	subject_end(&hog);
}

PROVE_F(txn, unavail_affinity, "[C6] CPU_UNAVAIL: the task may not run there, and does not")
{
	struct message m;

	ASSERT_EQ(0, sys_pin(self->st.s.pid, 1));
	ASSERT_TRUE(queue_wait(&self->st.q, MSG_TASK_AFFINITY_CHANGED, self->st.s.gtid, &m));
	self->r.task_barrier = m.seqnum;
	EXPECT_EQ(GHOST_TXN_CPU_UNAVAIL, commit(self));
	EXPECT_EQ(0, self->st.s.shared->woken);
	self->d.by = &self->st.b;
	self->d.cpu = 1;
	EXPECT_TRUE(drive_until_counts(&self->d, &self->st.s));
	EXPECT_EQ(1, self->st.s.shared->cpu);
}

static const struct {
	__s64	gtid;		/* 1: the task */
	__u16	run_flags;
	__u8	commit_flags;
} bad_flags[] = {
	{ 1, 1 << 3, 0 }, { 1, 1 << 4, 0 }, { 1, 1 << 8, 0 },
	{ 1, 1 << 13, 0 }, { 1, 1 << 14, 0 }, { 1, 1 << 15, 0 },
	{ GHOST_AGENT_GTID, RTLA_ON_IDLE, 0 },
	{ GHOST_IDLE_GTID, RTLA_ON_IDLE, 0 },
	{ 1, NEED_CPU_NOT_IDLE, 0 },
	{ GHOST_NULL_GTID, NEED_CPU_NOT_IDLE, 0 },
	{ GHOST_AGENT_GTID, RTLA_ON_PREEMPT, 0 },
	{ GHOST_AGENT_GTID, ELIDE_PREEMPT, 0 },
	/* txn_commit() adds the other of the two. */
	{ 1, 0, COMMIT_AT_SCHEDULE },
	{ 1, 0, ELIDE_AGENT_BARRIER_INC | INC_AGENT_BARRIER_ON_FAILURE },
	{ 1, 0, 1 << 5 }, { 1, 0, 1 << 6 }, { 1, 0, 1 << 7 },
};

PROVE_F(txn, invalid_flags,
	"[C6] INVALID_FLAGS: each flag that is none, and each that does not go with another")
{
	unsigned int i;

	for (i = 0; i < sizeof(bad_flags) / sizeof(bad_flags[0]); i++) {
		struct request r = self->r;

		r.gtid = bad_flags[i].gtid == 1 ? self->st.s.gtid : bad_flags[i].gtid;
		r.run_flags = bad_flags[i].run_flags;
		r.commit_flags = bad_flags[i].commit_flags;
		EXPECT_EQ(GHOST_TXN_INVALID_FLAGS, txn_commit(&self->st.a, &r)) {
			TH_LOG("row %d", i);
		}
	}
	EXPECT_EQ(0, self->st.s.shared->woken);
}

PROVE_F(txn, invalid_target, "[C6] INVALID_TARGET: an agent, and special values that are none")
{
	self->r.gtid = gtid_of(self->st.b.tid);
	EXPECT_EQ(GHOST_TXN_INVALID_TARGET, commit(self));
	self->r.gtid = -3;
	EXPECT_EQ(GHOST_TXN_INVALID_TARGET, commit(self));
	self->r.gtid = -0x7fffffffffffffffLL - 1;
	EXPECT_EQ(GHOST_TXN_INVALID_TARGET, commit(self));
}

PROVE_F(txn, foreign_task, "[C6] NOT_PERMITTED: the task is another enclave's")
{
	struct subject s;
	struct enclave other;
	struct message m;
	struct queue q;

	ASSERT_EQ(0, enclave_create(&other, GHOST_ABI_84, NULL));
	ASSERT_EQ(0, queue_create(&other, &q, RING, 64));
	ASSERT_EQ(0, queue_set_default(&other, &q));
	ASSERT_EQ(0, subject_start(&s));
	ASSERT_TRUE(subject_wait_blocked(&s));
	ASSERT_EQ(0, subject_enter(&other, &s));
	subject_order(&s, SPIN);
	subject_wake(&s);
	ASSERT_TRUE(queue_wait(&q, MSG_TASK_WAKEUP, s.gtid, &m));
	self->r.gtid = s.gtid;
	self->r.task_barrier = m.seqnum;
	EXPECT_EQ(GHOST_TXN_NOT_PERMITTED, commit(self));
	EXPECT_EQ(0, s.shared->woken);
	subject_end(&s);
	queue_close(&q);
	EXPECT_EQ(0, enclave_end(&other));
}

PROVE_F(txn, foreign_caller,
	"[C6] NOT_PERMITTED: the caller is no agent, unless it pings one of its own process")
{
	__u64 mask = 1 << 2;
	struct ghost_ioc_commit_txn req = { .mask_ptr = &mask, .mask_len = sizeof(mask) };
	struct request ping = {
		.cpu = 2, .gtid = GHOST_AGENT_GTID, .commit_flags = COMMIT_AT_TXN_COMMIT,
	};
	__u32 barrier;

	self->r.commit_flags = COMMIT_AT_TXN_COMMIT;
	txn_fill(&self->st.e, &self->r);
	EXPECT_EQ(0, enclave_ioctl(&self->st.e, GHOST_IOC_COMMIT_TXN, &req));
	EXPECT_EQ(GHOST_TXN_NOT_PERMITTED, txn_state(&self->st.e, 2));
	EXPECT_EQ(0, self->st.s.shared->woken);

	barrier = agent_barrier(&self->st.b);
	txn_fill(&self->st.e, &ping);
	EXPECT_EQ(0, enclave_ioctl(&self->st.e, GHOST_IOC_COMMIT_TXN, &req));
	EXPECT_EQ(GHOST_TXN_COMPLETE, txn_state(&self->st.e, 2));
	EXPECT_EQ(barrier + 2, agent_barrier(&self->st.b));
}

PROVE_F(txn, invalid_cpu, "[C6] INVALID_CPU: the page says that it is another CPU's")
{
	struct ghost_txn *txn = txn_of(&self->st.e, 2);

	txn->cpu = 1;
	EXPECT_EQ(GHOST_TXN_INVALID_CPU, commit(self));
	txn->cpu = 1000000;
	EXPECT_EQ(GHOST_TXN_INVALID_CPU, commit(self));
	txn->cpu = -1;
	EXPECT_EQ(GHOST_TXN_INVALID_CPU, commit(self));
	EXPECT_EQ(0, self->st.s.shared->woken);
	txn->cpu = 2;
	EXPECT_TRUE(commits(self));
}

PROVE_F(txn, version,
	"[C6] UNSUPPORTED_VERSION: the page says that it is of another, before all else")
{
	struct ghost_txn *txn = txn_of(&self->st.e, 2);

	txn->version = 1;
	txn->cpu = 1;
	EXPECT_EQ(GHOST_TXN_UNSUPPORTED_VERSION, commit(self));
}

PROVE_F(txn, no_agent, "[C6] NO_AGENT: the CPU is the enclave's, and has none")
{
	self->r.cpu = 3;
	EXPECT_EQ(GHOST_TXN_NO_AGENT, commit(self));
	EXPECT_EQ(0, self->st.s.shared->woken);
}

PROVE_F(txn, no_agent_withdrawn,
	"[C6] NO_AGENT: so ends what is READY on a CPU when an agent comes, and when it goes")
{
	struct agent c;

	self->r.cpu = 3;
	self->r.commit_flags = COMMIT_AT_TXN_COMMIT;
	txn_fill(&self->st.e, &self->r);
	ASSERT_EQ(0, agent_start(&c, &self->st.e, 3, &self->st.q));
	EXPECT_EQ(GHOST_TXN_NO_AGENT, txn_state(&self->st.e, 3));
	txn_fill(&self->st.e, &self->r);
	agent_stop(&c);
	EXPECT_EQ(GHOST_TXN_NO_AGENT, txn_state(&self->st.e, 3));
}

static long commit_two(struct agent *a, void *arg)
{
	struct request own = {
		.cpu = 1, .gtid = GHOST_NULL_GTID, .commit_flags = COMMIT_AT_TXN_COMMIT,
	};
	__u64 mask = 1 << 1 | 1 << 2;
	struct ghost_ioc_commit_txn req = { .mask_ptr = &mask, .mask_len = sizeof(mask) };

	txn_fill(a->enclave, arg);
	txn_fill(a->enclave, &own);
	return enclave_ioctl(a->enclave, GHOST_IOC_COMMIT_TXN, &req);
}

PROVE_F(txn, poisoned,
	"[C6] POISONED: the caller's own CPU, because another's commit failed: it stays on its CPU")
{
	self->r.task_barrier--;
	self->r.commit_flags = COMMIT_AT_TXN_COMMIT;
	EXPECT_EQ(0, agent_do(&self->st.a, commit_two, &self->r));
	EXPECT_EQ(GHOST_TXN_TARGET_STALE, txn_state(&self->st.e, 2));
	EXPECT_EQ(GHOST_TXN_POISONED, txn_state(&self->st.e, 1));
}

PROVE_F(txn, outside, "a CPU outside the enclave is not reached")
{
	self->r.cpu = 0;
	txn_of(&self->st.e, 0)->cpu = 0;
	EXPECT_EQ(GHOST_TXN_READY, commit(self));
	EXPECT_EQ(0, self->st.s.shared->woken);
}

PROVE_F(txn, unschedule,
	"gtid 0 takes the task off the CPU: PREEMPT, not latched; on another CPU nothing happens")
{
	struct request none = { .cpu = 2, .gtid = GHOST_NULL_GTID };
	struct message m;

	ASSERT_TRUE(on_cpu(self));
	EXPECT_EQ(GHOST_TXN_COMPLETE, txn_commit(&self->st.a, &none));
	ASSERT_TRUE(queue_wait(&self->st.q, MSG_TASK_PREEMPT, self->st.s.gtid, &m));
	EXPECT_EQ(0, m.preempt.was_latched);
	EXPECT_EQ(GHOST_TXN_COMPLETE, txn_commit(&self->st.a, &none));
}

/* Agent barrier of CPU 2 before and after a commit there. */
static __u32 counts(FIXTURE_DATA(txn) *self, struct request r, int *state)
{
	__u32 before = agent_barrier(&self->st.b);

	*state = txn_commit(&self->st.a, &r);
	return agent_barrier(&self->st.b) - before;
}

PROVE_F(txn, barrier,
	"the agent barrier counts what commit_flags say: successes, not failures, or the other way")
{
	struct request none = { .cpu = 2, .gtid = GHOST_NULL_GTID };
	struct request ping = { .cpu = 2, .gtid = GHOST_AGENT_GTID };
	struct request bad = self->r;
	int state;

	bad.task_barrier--;
	EXPECT_EQ(1, counts(self, none, &state));
	EXPECT_EQ(GHOST_TXN_COMPLETE, state);
	EXPECT_EQ(2, counts(self, ping, &state));
	EXPECT_EQ(0, counts(self, bad, &state));
	EXPECT_EQ(GHOST_TXN_TARGET_STALE, state);
	none.commit_flags = ELIDE_AGENT_BARRIER_INC;
	EXPECT_EQ(0, counts(self, none, &state));
	EXPECT_EQ(GHOST_TXN_COMPLETE, state);
	bad.commit_flags = INC_AGENT_BARRIER_ON_FAILURE;
	EXPECT_EQ(1, counts(self, bad, &state));
	EXPECT_EQ(GHOST_TXN_TARGET_STALE, state);
}

PROVE_F(txn, elide_preempt,
	"ELIDE_PREEMPT: the task that is displaced gets no message, and can be committed at once")
{
	struct subject next;
	struct message m;
	int tries, state = 0;
	__u32 barrier = 0;

	ASSERT_EQ(0, subject_start(&next));
	ASSERT_TRUE(subject_wait_blocked(&next));
	ASSERT_EQ(0, subject_enter(&self->st.e, &next));
	subject_order(&next, SPIN);
	subject_wake(&next);
	ASSERT_TRUE(queue_wait(&self->st.q, MSG_TASK_WAKEUP, next.gtid, &m));
	for (tries = 0; tries < 50; tries++) {
		struct request r = { .cpu = 2, .gtid = next.gtid, .run_flags = ELIDE_PREEMPT };

		ASSERT_TRUE(on_cpu(self));
		barrier = self->r.task_barrier;
		r.task_barrier = enclave_find_sw(&self->st.e, next.gtid)->barrier;
		state = txn_commit(&self->st.a, &r);
		if (state == GHOST_TXN_COMPLETE &&
		    wait_for("a task off its CPU", is_offcpu, word(self)) &&
		    word(self)->barrier == barrier)
			break;
		/* Something else took the CPU before: off with the other, and again. */
		r = (struct request) { .cpu = 2, .gtid = GHOST_NULL_GTID };
		txn_commit(&self->st.a, &r);
	}
	EXPECT_EQ(GHOST_TXN_COMPLETE, state);
	EXPECT_EQ(barrier, word(self)->barrier);
	EXPECT_EQ(GHOST_SW_TASK_RUNNABLE, word(self)->flags &
		  (GHOST_SW_TASK_RUNNABLE | GHOST_SW_TASK_ONCPU));
	subject_end(&next);
}

struct greedy {
	FIXTURE_DATA(txn)	*self;
	__u64			mask;	/* of CPUs to kick; none: the tick does it */
};

static bool greedily_committed(void *arg)
{
	struct greedy *g = arg;
	int state = txn_state(&g->self->st.e, 2);

	if (state >= 0)
		return false;
	if (state == GHOST_TXN_COMPLETE)
		return true;
	/* Stale, or the CPU was taken: once more. */
	g->self->r.task_barrier = word(g->self)->barrier;
	txn_fill(&g->self->st.e, &g->self->r);
	if (g->mask)
		txn_commit_mask(&g->self->st.a, g->mask);
	return false;
}

PROVE_F(txn, greedy,
	"a transaction without COMMIT_AT flags is committed by its own CPU, soon after the ioctl")
{
	struct greedy g = { self, 1 << 2 };

	txn_fill(&self->st.e, &self->r);
	EXPECT_EQ(0, txn_commit_mask(&self->st.a, 1 << 2));
	EXPECT_TRUE(wait_for("a greedy commit", greedily_committed, &g));
	EXPECT_TRUE(drive_until_counts(&self->d, &self->st.s));
}

PROVE_F(txn, at_tick, "commit_at_tick: without any ioctl, the tick commits it")
{
	struct greedy g = { self, 0 };
	struct subject busy;

	ASSERT_EQ(0, enclave_write(&self->st.e, "commit_at_tick", "1"));
	/* One CPU of the enclave has to tick. */
	ASSERT_EQ(0, subject_start(&busy));
	ASSERT_TRUE(subject_wait_blocked(&busy));
	ASSERT_EQ(0, sys_pin(busy.pid, 1));
	subject_order(&busy, SPIN);
	subject_wake(&busy);
	txn_fill(&self->st.e, &self->r);
	EXPECT_TRUE(wait_for("a commit at a tick", greedily_committed, &g));
	subject_end(&busy);
}

struct yield_race {
	struct subject	*s;
	__u32		counted;
};

/* Between the two something happens to the task; the queue wakes this agent. */
static long race_to_yield(struct agent *a, void *arg)
{
	struct yield_race *race = arg;
	__u32 barrier;
	int err;

	/* What is published may lag; a yield that fails brings it up to date. */
	agent_yield(a, agent_barrier(a) + 1000, 0);
	barrier = agent_barrier(a);
	setpriority(PRIO_PROCESS, race->s->pid, 5);
	err = agent_yield(a, barrier, 0);
	race->counted = agent_barrier(a) - barrier;
	return err;
}

PROVE_F(txn, yield_race,
	"[C7] a message between reading the barrier and yielding makes the yield fail with ESTALE")
{
	struct yield_race race = { .s = &self->st.s };

	ASSERT_EQ(0, queue_set_wakeup(&self->st.e, &self->st.q, 1));
	EXPECT_EQ(-ESTALE, agent_do(&self->st.a, race_to_yield, &race));
	EXPECT_EQ(1, race.counted);
}

PROVE_F(txn, message_wakes,
	"[C7] a message wakes the agent that has yielded, if the queue lists its CPU")
{
	struct message m;

	ASSERT_EQ(0, queue_set_wakeup(&self->st.e, &self->st.q, 1));
	agent_order(&self->st.a, agent_yield_now, NULL);
	ASSERT_TRUE(agent_wait_yielded(&self->st.a));
	ASSERT_EQ(0, setpriority(PRIO_PROCESS, self->st.s.pid, 5));
	EXPECT_EQ(0, agent_wait(&self->st.a));
	EXPECT_TRUE(queue_wait(&self->st.q, MSG_TASK_PRIORITY_CHANGED, 0, &m));
}

/* The task runs on CPU 2, whose agent has yielded. */
static bool run_beside_yielded(FIXTURE_DATA(txn) *self, int run_flags)
{
	agent_order(&self->st.b, agent_yield_now, NULL);
	if (!agent_wait_yielded(&self->st.b))
		return false;
	self->d.run_flags = run_flags;
	return drive_until_counts(&self->d, &self->st.s);
}

PROVE_F(txn, edge_none, "[C9] without RTLA flags an agent that has yielded stays away")
{
	ASSERT_TRUE(run_beside_yielded(self, 0));
	subject_order(&self->st.s, YIELD);
	ASSERT_TRUE(drive_until(&self->d, MSG_TASK_YIELD, NULL));
	subject_order(&self->st.s, BLOCK);
	ASSERT_TRUE(drive_until(&self->d, MSG_TASK_BLOCKED, NULL));
	EXPECT_FALSE(agent_done(&self->st.b, NULL));
	ASSERT_EQ(0, agent_ping(&self->st.e, 2));
	EXPECT_EQ(0, agent_wait(&self->st.b));
}

PROVE_F(txn, edge_blocked,
	"[C9] RTLA_ON_BLOCKED: the agent is back when the task blocks, not when it yields")
{
	ASSERT_TRUE(run_beside_yielded(self, RTLA_ON_BLOCKED));
	subject_order(&self->st.s, YIELD);
	ASSERT_TRUE(drive_until(&self->d, MSG_TASK_YIELD, NULL));
	EXPECT_FALSE(agent_done(&self->st.b, NULL));
	subject_order(&self->st.s, BLOCK);
	ASSERT_TRUE(drive_until(&self->d, MSG_TASK_BLOCKED, NULL));
	EXPECT_EQ(0, agent_wait(&self->st.b));
}

PROVE_F(txn, edge_yield,
	"[C9] RTLA_ON_YIELD: the agent is back when the task yields, not when it blocks")
{
	ASSERT_TRUE(run_beside_yielded(self, RTLA_ON_YIELD));
	subject_order(&self->st.s, BLOCK);
	ASSERT_TRUE(drive_until(&self->d, MSG_TASK_BLOCKED, NULL));
	EXPECT_FALSE(agent_done(&self->st.b, NULL));
	subject_wake(&self->st.s);
	ASSERT_TRUE(drive_until_counts(&self->d, &self->st.s));
	subject_order(&self->st.s, YIELD);
	ASSERT_TRUE(drive_until(&self->d, MSG_TASK_YIELD, NULL));
	EXPECT_EQ(0, agent_wait(&self->st.b));
}

PROVE_F(txn, edge_preempt,
	"[C9] RTLA_ON_PREEMPT: the agent is back when another class takes the CPU")
{
	struct subject other;

	ASSERT_EQ(0, subject_start(&other));
	ASSERT_TRUE(subject_wait_blocked(&other));
	ASSERT_EQ(0, sys_pin(other.pid, 2));
	ASSERT_TRUE(run_beside_yielded(self, RTLA_ON_PREEMPT));
	subject_order(&other, SPIN);
	subject_wake(&other);
	EXPECT_EQ(0, agent_wait(&self->st.b));
	subject_end(&other);
}

PROVE_F(txn, edge_idle,
	"[C9] RTLA_ON_IDLE: a boosted agent gives way, and is back when normal work is done")
{
	struct subject hog;

	ASSERT_EQ(0, subject_start(&hog));
	ASSERT_TRUE(subject_wait_blocked(&hog));
	ASSERT_EQ(0, sys_pin(hog.pid, 2));
	subject_order(&hog, SPIN);
	subject_wake(&hog);
	ASSERT_TRUE(subject_runs(&hog));

	ASSERT_TRUE(agent_spin(&self->st.b));
	EXPECT_NE(0, agent_sw(&self->st.b)->flags & GHOST_SW_BOOST_PRIO);
	EXPECT_EQ(0, agent_rest(&self->st.b));
	agent_order(&self->st.b, agent_yield_now, (void *)(long)RTLA_ON_IDLE);
	ASSERT_TRUE(agent_wait_yielded(&self->st.b));
	EXPECT_TRUE(subject_runs(&hog));
	EXPECT_TRUE(subject_runs(&hog));
	EXPECT_FALSE(agent_done(&self->st.b, NULL));
	subject_order(&hog, BLOCK);
	EXPECT_EQ(0, agent_wait(&self->st.b));
	subject_end(&hog);
}

/* By the agent of CPU 2: its own CPU to the task until that blocks. */
struct lending {
	struct ghost_status_word	*sw;
	struct request			r;
	int				nr;	/* of successes */
};

static long lend_cpu(struct agent *a, void *arg)
{
	struct lending *l = arg;

	while (__atomic_load_n(&l->sw->flags, __ATOMIC_ACQUIRE) & GHOST_SW_TASK_RUNNABLE) {
		l->r.agent_barrier = agent_barrier(a);
		l->r.task_barrier = __atomic_load_n(&l->sw->barrier, __ATOMIC_ACQUIRE);
		l->nr += commit_own(a, &l->r) == GHOST_TXN_COMPLETE;
	}
	return l->nr;
}

PROVE_F(txn, local,
	"a commit on the agent's own CPU lends it: the ioctl returns when the task is done")
{
	struct lending l = { .sw = word(self), .r = self->r };

	l.r.run_flags = RTLA_ON_BLOCKED | RTLA_ON_PREEMPT | RTLA_ON_YIELD;
	agent_order(&self->st.b, lend_cpu, &l);
	EXPECT_TRUE(subject_runs(&self->st.s));
	EXPECT_EQ(2, self->st.s.shared->cpu);
	EXPECT_FALSE(agent_done(&self->st.b, NULL));
	subject_order(&self->st.s, BLOCK);
	EXPECT_LT(0, agent_wait(&self->st.b));
}

static long commit_own_now(struct agent *a, void *arg)
{
	struct request *r = arg;
	int state;

	/* What agent_wait_yielded() asks for. */
	a->yielding = true;
	do {
		r->agent_barrier = agent_barrier(a);
		state = commit_own(a, r);
	} while (state == GHOST_TXN_AGENT_STALE);
	a->yielding = false;
	return state;
}

PROVE_F(txn, local_null, "gtid 0 on the agent's own CPU: it gives that up, and a ping gets it back")
{
	struct request none = { .cpu = 2, .gtid = GHOST_NULL_GTID };

	agent_order(&self->st.b, commit_own_now, &none);
	ASSERT_TRUE(agent_wait_yielded(&self->st.b));
	EXPECT_EQ(GHOST_TXN_COMPLETE, txn_state(&self->st.e, 2));
	EXPECT_FALSE(agent_done(&self->st.b, NULL));
	ASSERT_EQ(0, agent_ping(&self->st.e, 2));
	EXPECT_EQ(GHOST_TXN_COMPLETE, agent_wait(&self->st.b));
}

PROVE_F(txn, agent_gtid,
	"[C8] gtid -1 returns the agent from its yield, and leaves alone what runs")
{
	struct request ping = { .cpu = 2, .gtid = GHOST_AGENT_GTID };
	__u32 barrier;

	agent_order(&self->st.b, agent_yield_now, NULL);
	ASSERT_TRUE(agent_wait_yielded(&self->st.b));
	barrier = agent_barrier(&self->st.b);
	EXPECT_EQ(GHOST_TXN_COMPLETE, txn_commit(&self->st.a, &ping));
	EXPECT_EQ(0, agent_wait(&self->st.b));
	EXPECT_EQ(barrier + 2, agent_barrier(&self->st.b));

	/* On its own CPU it goes on. */
	EXPECT_EQ(GHOST_TXN_COMPLETE, agent_do(&self->st.b, commit_own, &ping));
	EXPECT_EQ(barrier + 4, agent_barrier(&self->st.b));
}

PROVE_F(txn, under_agent,
	"a latch does not outlive its agent's run: at once, or at the tick if that is deferred")
{
	static const int flags[] = { 0, DEFER_LATCHED_PREEMPTION_BY_AGENT };
	struct message m;
	unsigned int i;

	ASSERT_TRUE(agent_spin(&self->st.b));
	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		self->r.run_flags = flags[i];
		ASSERT_EQ(GHOST_TXN_COMPLETE, commit(self));
		ASSERT_TRUE(queue_wait(&self->st.q, MSG_TASK_PREEMPT, self->st.s.gtid, &m));
		EXPECT_EQ(1, m.preempt.was_latched);
		EXPECT_EQ(self->r.task_barrier + 1, m.seqnum);
		self->r.task_barrier = m.seqnum;
	}
	EXPECT_EQ(0, self->st.s.shared->woken);
	EXPECT_EQ(0, agent_rest(&self->st.b));
}

/* Latched on CPU 2 twice, then on CPU 3; true if that took no message. */
static bool latch_around(struct agent *a, struct request *r)
{
	static const int cpus[] = { 2, 2, 3 };
	unsigned int i;

	for (i = 0; i < sizeof(cpus) / sizeof(cpus[0]); i++) {
		r->cpu = cpus[i];
		if (commit_own(a, r) != GHOST_TXN_COMPLETE)
			return false;
	}
	return true;
}

/*
 * A tick of CPU 2 between two of the commits takes the latch. Who sleeps between
 * tries is woken by ticks, and so near the next one each time: this does not.
 */
static long latch_until_silent(struct agent *a, void *arg)
{
	struct request *r = arg;
	struct ghost_status_word *sw = enclave_find_sw(a->enclave, r->gtid);
	int tries;

	for (tries = 0; tries < 1000; tries++) {
		r->task_barrier = __atomic_load_n(&sw->barrier, __ATOMIC_ACQUIRE);
		if (latch_around(a, r))
			return 0;
	}
	return -EAGAIN;
}

PROVE_F(txn, latched_again,
	"what is latched can be latched again, and elsewhere: no message, so the barrier holds")
{
	struct agent c;

	ASSERT_EQ(0, agent_start(&c, &self->st.e, 3, &self->st.q));
	ASSERT_TRUE(agent_spin(&self->st.b));
	self->r.run_flags = DEFER_LATCHED_PREEMPTION_BY_AGENT;
	EXPECT_EQ(0, agent_do(&self->st.a, latch_until_silent, &self->r));
	EXPECT_EQ(0, agent_rest(&self->st.b));
	self->d.cpu = 3;
	EXPECT_TRUE(drive_until_counts(&self->d, &self->st.s));
	EXPECT_EQ(3, self->st.s.shared->cpu);
	agent_stop(&c);
}

static bool is_final(void *arg)
{
	return txn_state(arg, 2) < 0;
}

PROVE_F(txn, at_schedule,
	"COMMIT_AT_SCHEDULE: no ioctl commits it, but the scheduler of an idle CPU")
{
	struct request none = { .cpu = 2, .gtid = GHOST_NULL_GTID };

	ASSERT_TRUE(agent_spin(&self->st.b));
	self->r.commit_flags = COMMIT_AT_SCHEDULE;
	txn_fill(&self->st.e, &self->r);
	EXPECT_EQ(0, txn_commit_mask(&self->st.a, 1 << 2));
	EXPECT_EQ(GHOST_TXN_READY, txn_state(&self->st.e, 2));
	/* An agent that runs is such work as keeps it waiting; it has to have yielded. */
	EXPECT_EQ(0, agent_rest(&self->st.b));
	agent_order(&self->st.b, agent_yield_now, NULL);
	EXPECT_TRUE(wait_for("a commit by the scheduler", is_final, &self->st.e));
	EXPECT_EQ(GHOST_TXN_COMPLETE, txn_state(&self->st.e, 2));
	EXPECT_EQ(0, agent_ping(&self->st.e, 2));
	EXPECT_EQ(0, agent_wait(&self->st.b));
	EXPECT_EQ(GHOST_TXN_COMPLETE, txn_commit(&self->st.a, &none));
}

TEST_HARNESS_MAIN
