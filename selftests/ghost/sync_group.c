// SPDX-License-Identifier: GPL-2.0-only
/* Groups of transactions: all of their tasks start, or none. */
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"

#define OWNER	1
#define PAIR	(1 << 2 | 1 << 3)
#define NOBODY	0x7ffffffffffLL		/* as a gtid */

FIXTURE(group)
{
	struct stage	st;
	struct agent	c;	/* of CPU 3 */
	struct subject	t;	/* beside st.s; both can run */
	int		rounds;
};

/* Delegated, and out of its read(). */
static int enter_ready(struct stage *st, struct subject *s)
{
	struct message m;
	int err = subject_enter(&st->e, s);

	if (err)
		return err;
	if (!queue_wait(&st->q, MSG_TASK_NEW, s->gtid, &m))
		return -ETIMEDOUT;
	subject_wake(s);
	return subject_wait_ready(&st->e, s) ? 0 : -ETIMEDOUT;
}

FIXTURE_SETUP(group)
{
	ASSERT_EQ(0, stage_set(&self->st, GHOST_ABI_91, RING));
	ASSERT_EQ(0, agent_start(&self->c, &self->st.e, 3, &self->st.q));
	ASSERT_EQ(0, subject_start(&self->t));
	ASSERT_TRUE(subject_wait_blocked(&self->t));
	ASSERT_EQ(0, enter_ready(&self->st, &self->st.s));
	ASSERT_EQ(0, enter_ready(&self->st, &self->t));
	self->rounds = sys_is_slow() ? 100 : 400;
}

FIXTURE_TEARDOWN(group)
{
	agent_stop(&self->c);
	EXPECT_EQ(0, stage_strike(&self->st));
	subject_end(&self->t);
}

/* The member of the group on a CPU, owned; the task's barrier is up to date. */
static void member(const struct enclave *e, int cpu, __s64 gtid, __u8 commit_flags)
{
	struct ghost_status_word *sw = gtid > 0 ? enclave_find_sw(e, gtid) : NULL;
	struct request r = {
		.cpu = cpu, .gtid = gtid, .commit_flags = commit_flags | COMMIT_AT_TXN_COMMIT,
		.task_barrier = sw ? __atomic_load_n(&sw->barrier, __ATOMIC_ACQUIRE) : 0,
	};

	__atomic_store_n(&txn_of(e, cpu)->sync_group_owner, OWNER, __ATOMIC_RELEASE);
	txn_fill(e, &r);
}

static int owner(const struct enclave *e, int cpu)
{
	return __atomic_load_n(&txn_of(e, cpu)->sync_group_owner, __ATOMIC_ACQUIRE);
}

static __u32 barrier_of(const struct enclave *e, const struct subject *s)
{
	return __atomic_load_n(&enclave_find_sw(e, s->gtid)->barrier, __ATOMIC_ACQUIRE);
}

/*
 * Both tasks as a group, until they have run. Other classes may want a CPU, before
 * or after that: one of them may run while the other waits to be committed again.
 */
struct pair {
	struct stage	*st;
	struct subject	*on_2, *on_3;
	bool		strange;	/* a failure without a failed member */
};

static bool commit_pair(struct pair *p)
{
	const struct enclave *e = &p->st->e;
	int ret;

	member(e, 2, p->on_2->gtid, ALLOW_TASK_ONCPU);
	member(e, 3, p->on_3->gtid, ALLOW_TASK_ONCPU);
	ret = txn_commit_group(&p->st->a, PAIR);
	if (!ret && txn_state(e, 2) == GHOST_TXN_COMPLETE &&
	    txn_state(e, 3) == GHOST_TXN_COMPLETE)
		p->strange = true;
	return ret == 1;
}

static bool pair_succeeds(void *arg)
{
	return commit_pair(arg);
}

static bool pair_has_run(void *arg)
{
	struct pair *p = arg;

	if (p->on_2->shared->woken && p->on_2->shared->cpu == 2 &&
	    p->on_3->shared->woken && p->on_3->shared->cpu == 3)
		return true;
	commit_pair(p);
	return false;
}

PROVE_F(group, together, "[C10] a group succeeds: 1, every member COMPLETE and owned by nobody, every task runs in its place")
{
	const struct enclave *e = &self->st.e;
	struct pair p = { &self->st, &self->st.s, &self->t, false };

	ASSERT_TRUE(wait_for("a group to succeed", pair_succeeds, &p));
	EXPECT_EQ(GHOST_TXN_COMPLETE, txn_state(e, 2));
	EXPECT_EQ(GHOST_TXN_COMPLETE, txn_state(e, 3));
	EXPECT_EQ(-1, owner(e, 2));
	EXPECT_EQ(-1, owner(e, 3));
	EXPECT_TRUE(wait_for("both tasks of a group to run", pair_has_run, &p));
	EXPECT_FALSE(p.strange);
}

PROVE_F(group, no_code, "[C10] no code of a member runs when the group fails, how often it may be tried")
{
	const struct enclave *e = &self->st.e;
	unsigned long before = self->st.s.shared->turns, woken = self->st.s.shared->woken;
	int i, latched = 0, quiet = 0;
	__u32 barrier;

	for (i = 0; i < self->rounds; i++) {
		ASSERT_TRUE(subject_wait_ready(e, &self->st.s));
		barrier = barrier_of(e, &self->st.s);
		member(e, 2, self->st.s.gtid, 0);
		member(e, 3, NOBODY, 0);
		ASSERT_EQ(0, txn_commit_group(&self->st.a, PAIR));
		ASSERT_GT(0, txn_state(e, 2));
		latched += txn_state(e, 2) == GHOST_TXN_COMPLETE;
		ASSERT_NE(GHOST_TXN_COMPLETE, txn_state(e, 3));
		ASSERT_TRUE(subject_wait_ready(e, &self->st.s));
		quiet += txn_state(e, 2) == GHOST_TXN_COMPLETE &&
			 barrier == barrier_of(e, &self->st.s);
		ASSERT_EQ(before, self->st.s.shared->turns);
		ASSERT_EQ(woken, self->st.s.shared->woken);
	}
	/* Else this has proved nothing. */
	EXPECT_LT(0, latched);
	/* What a failed group takes off is not told of: the barrier stays. */
	EXPECT_LT(0, quiet);
}

PROVE_F(group, after_failure, "[C10] tasks of a group that failed can be committed again, and run")
{
	const struct enclave *e = &self->st.e;
	struct pair p = { &self->st, &self->st.s, &self->t, false };

	member(e, 2, self->st.s.gtid, 0);
	member(e, 3, NOBODY, 0);
	ASSERT_EQ(0, txn_commit_group(&self->st.a, PAIR));
	EXPECT_EQ(0, self->st.s.shared->woken);
	EXPECT_TRUE(wait_for("both tasks of a group to run", pair_has_run, &p));
	EXPECT_FALSE(p.strange);
}

PROVE_F(group, owners, "[C10] a group fails: 0, all members done, the first failure named, later ones POISONED, owners stay")
{
	const struct enclave *e = &self->st.e;
	unsigned long before = self->t.shared->turns;
	__u32 barrier = agent_barrier(&self->c);

	member(e, 2, NOBODY, 0);
	member(e, 3, self->t.gtid, INC_AGENT_BARRIER_ON_FAILURE);
	EXPECT_EQ(0, txn_commit_group(&self->st.a, PAIR));
	EXPECT_EQ(GHOST_TXN_TARGET_NOT_FOUND, txn_state(e, 2));
	EXPECT_EQ(GHOST_TXN_POISONED, txn_state(e, 3));
	EXPECT_EQ(OWNER, owner(e, 2));
	EXPECT_EQ(OWNER, owner(e, 3));
	EXPECT_EQ(barrier + 1, agent_barrier(&self->c));
	EXPECT_EQ(before, self->t.shared->turns);
}

PROVE_F(group, not_ready, "[C10] a member that is not READY is left alone, and fails the group")
{
	const struct enclave *e = &self->st.e;
	unsigned long before = self->st.s.shared->turns;

	member(e, 2, self->st.s.gtid, 0);
	member(e, 3, self->t.gtid, 0);
	txn_of(e, 3)->state = GHOST_TXN_ABORTED;
	EXPECT_EQ(0, txn_commit_group(&self->st.a, PAIR));
	EXPECT_EQ(GHOST_TXN_POISONED, txn_state(e, 2));
	EXPECT_EQ(GHOST_TXN_ABORTED, txn_state(e, 3));
	EXPECT_EQ(OWNER, owner(e, 2));
	EXPECT_EQ(before, self->st.s.shared->turns);
}

PROVE_F(group, outside, "[C10] a CPU of the mask that is not in the enclave fails the group, and its page is not touched")
{
	const struct enclave *e = &self->st.e;

	member(e, 0, self->t.gtid, 0);
	member(e, 2, self->st.s.gtid, 0);
	EXPECT_EQ(0, txn_commit_group(&self->st.a, 1 << 0 | 1 << 2));
	EXPECT_EQ(GHOST_TXN_READY, txn_state(e, 0));
	EXPECT_EQ(GHOST_TXN_POISONED, txn_state(e, 2));
	/* So do CPUs that do not exist; those beyond what is possible are ignored. */
	member(e, 2, NOBODY, 0);
	EXPECT_EQ(0, txn_commit_group(&self->st.a, 1ULL << 2 | 1ULL << 63));
	EXPECT_EQ(GHOST_TXN_TARGET_NOT_FOUND, txn_state(e, 2));
}

PROVE_F(group, outsider, "[C10] a group that is committed by a thread that is no agent is NOT_PERMITTED, and none of it runs")
{
	const struct enclave *e = &self->st.e;
	unsigned long before = self->st.s.shared->turns;
	__u64 mask = PAIR;
	struct ghost_ioc_commit_txn req = { .mask_ptr = &mask, .mask_len = sizeof(mask) };

	member(e, 2, self->st.s.gtid, 0);
	member(e, 3, self->t.gtid, 0);
	EXPECT_EQ(0, enclave_ioctl(e, GHOST_IOC_SYNC_GROUP_TXN, &req));
	/* This thread is on CPU 0, so CPU 2 is the first. */
	EXPECT_EQ(GHOST_TXN_NOT_PERMITTED, txn_state(e, 2));
	EXPECT_EQ(GHOST_TXN_POISONED, txn_state(e, 3));
	EXPECT_EQ(before, self->st.s.shared->turns);
}

PROVE_F(group, no_agent, "[C10] a member on a CPU without agent fails the group with NO_AGENT, and none of it runs")
{
	const struct enclave *e = &self->st.e;
	unsigned long before = self->st.s.shared->turns;
	int i;

	agent_stop(&self->c);
	for (i = 0; i < self->rounds / 10; i++) {
		ASSERT_TRUE(subject_wait_ready(e, &self->st.s));
		member(e, 2, self->st.s.gtid, 0);
		member(e, 3, self->t.gtid, 0);
		ASSERT_EQ(0, txn_commit_group(&self->st.a, PAIR));
		ASSERT_TRUE(txn_state(e, 3) == GHOST_TXN_NO_AGENT ||
			    txn_state(e, 3) == GHOST_TXN_POISONED);
	}
	ASSERT_TRUE(subject_wait_ready(e, &self->st.s));
	EXPECT_EQ(before, self->st.s.shared->turns);
	ASSERT_EQ(0, agent_start(&self->c, e, 3, &self->st.q));
}

/* --- a task that has never run --- */

struct newborn {
	struct drive	d;
	__s64		gtid;
	bool		ran;
};

static bool forked(void *arg)
{
	struct newborn *n = arg;
	struct message m;

	/* Only the child of the task is new here. */
	while (!n->gtid && queue_next(n->d.q, &m))
		if (m.type == MSG_TASK_NEW)
			n->gtid = m.gtid;
	if (!n->gtid)
		drive_once(&n->d);
	return n->gtid;
}

PROVE_F(group, newborn, "[C10] a task that has never run does not begin in a group that fails")
{
	const struct enclave *e = &self->st.e;
	struct newborn n = { .gtid = 0 };
	struct ghost_status_word *sw;
	struct subject child = {};
	int i, latched = 0;

	drive_init(&n.d, &self->st, &self->st.s);
	ASSERT_TRUE(drive_until_woken(&n.d, &self->st.s, 1));
	ASSERT_TRUE(drive_until_counts(&n.d, &self->st.s));
	subject_order(&self->st.s, FORK);
	ASSERT_TRUE(wait_for("a delegated child", forked, &n));
	child.gtid = n.gtid;

	for (i = 0; i < self->rounds / 4; i++) {
		ASSERT_TRUE(subject_wait_ready(e, &child));
		member(e, 2, n.gtid, 0);
		member(e, 3, NOBODY, 0);
		ASSERT_EQ(0, txn_commit_group(&self->st.a, PAIR));
		latched += txn_state(e, 2) == GHOST_TXN_COMPLETE;
	}
	EXPECT_LT(0, latched);
	/* It would have exited at once. */
	ASSERT_TRUE(subject_wait_ready(e, &child));
	sw = enclave_find_sw(e, n.gtid);
	EXPECT_EQ(0, sw->flags & GHOST_SW_F_CANFREE);

	n.d.gtid = n.gtid;
	EXPECT_TRUE(drive_until(&n.d, MSG_TASK_DEAD, NULL));
}

/* --- a member that runs already --- */

static bool kept(void *arg)
{
	struct stage *st = arg;
	struct ghost_status_word *sw = enclave_find_sw(&st->e, st->s.gtid);
	unsigned long turns;
	__u32 barrier;

	barrier = __atomic_load_n(&sw->barrier, __ATOMIC_ACQUIRE);
	if (!(__atomic_load_n(&sw->flags, __ATOMIC_ACQUIRE) & GHOST_SW_TASK_ONCPU)) {
		member(&st->e, 2, st->s.gtid, 0);
		txn_commit_mask(&st->a, 1 << 2);
		return false;
	}
	member(&st->e, 2, st->s.gtid, ALLOW_TASK_ONCPU);
	member(&st->e, 3, NOBODY, 0);
	if (txn_commit_group(&st->a, PAIR) || txn_state(&st->e, 2) != GHOST_TXN_COMPLETE)
		return false;
	turns = st->s.shared->turns;
	usleep(20000);
	/* Unless something else has taken its CPU. */
	return st->s.shared->turns > turns + 1 &&
	       barrier == __atomic_load_n(&sw->barrier, __ATOMIC_ACQUIRE);
}

PROVE_F(group, allow_oncpu, "[C10] a member that runs already (ALLOW_TASK_ONCPU) goes on when the group fails")
{
	EXPECT_TRUE(wait_for("a task to go on after its group failed", kept, &self->st));
}

/* --- the agent's own CPU --- */

static long commit_with_own(struct agent *a, void *arg)
{
	__u64 mask = 1 << 1 | 1 << 2;
	struct ghost_ioc_commit_txn req = { .mask_ptr = &mask, .mask_len = sizeof(mask) };
	struct subject **s = arg;

	member(a->enclave, 2, s[1]->gtid, 0);
	member(a->enclave, 1, s[0]->gtid, 0);
	txn_of(a->enclave, 1)->agent_barrier = agent_barrier(a);
	return enclave_ioctl(a->enclave, GHOST_IOC_SYNC_GROUP_TXN, &req);
}

struct own {
	struct stage	*st;
	struct subject	*s[2];
};

/* The agent is in the ioctl for as long as its own CPU has a task: the task may be preempted. */
static bool own_runs(void *arg)
{
	struct own *o = arg;
	struct agent *a = &o->st->a;
	long ret;
	int i;

	if (!subject_wait_ready(&o->st->e, o->s[0]) || !subject_wait_ready(&o->st->e, o->s[1]))
		return true;
	agent_order(a, commit_with_own, o->s);
	for (i = 0; i < 100 && !agent_done(a, NULL); i++)
		usleep(1000);
	agent_ping(&o->st->e, 1);
	ret = agent_wait(a);
	/* Off the CPU, for the next attempt. */
	txn_commit(a, &(struct request) { .cpu = 2, .gtid = GHOST_NULL_GTID });
	return ret == 1 && o->s[0]->shared->woken && o->s[0]->shared->cpu == 1 &&
	       o->s[1]->shared->woken && o->s[1]->shared->cpu == 2;
}

PROVE_F(group, own_cpu, "[C10] the agent's own CPU as a member: the ioctl returns 1 when the agent runs again, tasks ran meanwhile")
{
	struct own o = { &self->st, { &self->st.s, &self->t } };

	EXPECT_TRUE(wait_for("a group with the agent's own CPU", own_runs, &o));
	EXPECT_EQ(-1, owner(&self->st.e, 1));
	EXPECT_EQ(-1, owner(&self->st.e, 2));
}

PROVE_F(group, own_stale, "[C10] the agent's own CPU with a stale agent barrier fails the group: the others' tasks do not run")
{
	const struct enclave *e = &self->st.e;
	unsigned long before = self->st.s.shared->turns;
	int i;

	for (i = 0; i < self->rounds / 4; i++) {
		ASSERT_TRUE(subject_wait_ready(e, &self->st.s));
		member(e, 2, self->st.s.gtid, 0);
		member(e, 1, self->t.gtid, 0);
		txn_of(e, 1)->agent_barrier = agent_barrier(&self->st.a) - 1;
		ASSERT_EQ(0, txn_commit_group(&self->st.a, 1 << 1 | 1 << 2));
		ASSERT_TRUE(txn_state(e, 1) == GHOST_TXN_AGENT_STALE ||
			    txn_state(e, 1) == GHOST_TXN_POISONED);
		EXPECT_EQ(OWNER, owner(e, 1));
	}
	ASSERT_TRUE(subject_wait_ready(e, &self->st.s));
	EXPECT_EQ(before, self->st.s.shared->turns);
	EXPECT_EQ(0, self->t.shared->woken);
}

TEST_HARNESS_MAIN
