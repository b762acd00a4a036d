// SPDX-License-Identifier: GPL-2.0-only
/* Far more happens than the queue has room for: the agent rebuilds what it knows. */
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "harness.h"

#define NR_TASKS	64

FIXTURE(flood)
{
	struct enclave	e;
	struct policy	p;
	struct herd	h;
	/* since when each task has got no further, and how long that has been at most */
	unsigned long	counts[NR_TASKS];
	double		since[NR_TASKS];
	double		longest;
};

FIXTURE_VARIANT(flood)
{
	enum queue_kind	kind;
	int		slots;
};

/* A page. */
FIXTURE_VARIANT_ADD(flood, ring)
{
	.kind = RING,
	.slots = 256,
};

/* Some messages. */
FIXTURE_VARIANT_ADD(flood, small_ring)
{
	.kind = RING,
	.slots = 16,
};

FIXTURE_VARIANT_ADD(flood, ringbuf)
{
	.kind = RINGBUF,
	.slots = 512,	/* 4096 bytes of data */
};

FIXTURE_SETUP(flood)
{
	memset(self, 0, sizeof(*self));
	ASSERT_EQ(0, sys_pin(0, 0));
	ASSERT_EQ(0, enclave_create(&self->e, GHOST_ABI_91, "1-3"));
	/* An emulated agent's speed is not what is tested. */
	ASSERT_EQ(0, enclave_write(&self->e, "runnable_timeout", "0"));
	self->p.elems = variant->slots;
	ASSERT_EQ(0, policy_start(&self->p, &self->e, variant->kind));
	ASSERT_TRUE(policy_wait_ready(&self->p));
	ASSERT_EQ(0, herd_start(&self->h, NR_TASKS, NULL));
	ASSERT_EQ(0, herd_enter(&self->h, &self->e));
	ASSERT_TRUE(herd_progresses(&self->h));
}

FIXTURE_TEARDOWN(flood)
{
	policy_stop(&self->p);
	EXPECT_EQ(0, enclave_end(&self->e));
	herd_end(&self->h);
}

/* Each state change of a task is a message that its barrier counts, delivered or not. */
static unsigned long changes(const struct enclave *e)
{
	unsigned long sum = 0;
	__u32 i;

	for (i = 0; i < e->sw->capacity; i++) {
		struct ghost_status_word *sw = enclave_sw(e, i);
		__u32 flags = __atomic_load_n(&sw->flags, __ATOMIC_ACQUIRE);

		if ((flags & GHOST_SW_F_INUSE) && !(flags & GHOST_SW_TASK_IS_AGENT))
			sum += __atomic_load_n(&sw->barrier, __ATOMIC_ACQUIRE);
	}
	return sum;
}

static double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e3 + ts.tv_nsec / 1e6;
}

/* Look who has done something. */
static void watch(FIXTURE_DATA(flood) *self)
{
	double now = now_ms();
	int i;

	for (i = 0; i < self->h.nr; i++) {
		if (self->since[i] && now - self->since[i] > self->longest)
			self->longest = now - self->since[i];
		if (!self->since[i] || self->counts[i] != self->h.counts[i])
			self->since[i] = now;
		self->counts[i] = self->h.counts[i];
	}
}

/* Each task gets another nice value, again and again, beside what it does by itself. */
static int flood(FIXTURE_DATA(flood) *self, unsigned long nr)
{
	unsigned long from = changes(&self->e);
	int round, i;

	for (round = 0; changes(&self->e) - from < nr; round++) {
		for (i = 0; i < self->h.nr * 16; i++)
			if (setpriority(PRIO_PROCESS, self->h.pids[i % self->h.nr],
					i / self->h.nr % 2))
				return -1;
		watch(self);
	}
	return round;
}

PROVE_F(flood, one_page, "[C15] [G1] a queue of a page, or of 16 slots, under a million state changes: the agent resyncs, no task is lost")
{
	unsigned long steps = herd_steps(&self->h), last;
	double ms;

	ASSERT_LT(0, flood(self, 1000000));
	last = herd_steps(&self->h);
	ms = now_ms();
	EXPECT_TRUE(herd_progresses(&self->h));
	TH_LOG("%lu state changes, %lu steps meanwhile, a task without one for %.0f ms at most; %lu messages read, %lu resyncs; then each task went on within %.0f ms",
	       changes(&self->e), last - steps, self->longest, self->p.shared->messages,
	       self->p.shared->resyncs, now_ms() - ms);
	EXPECT_LT(0, self->p.shared->resyncs);

	/* What the agent knows of them, when nothing happens, is what there is. */
	ASSERT_TRUE(herd_hold(&self->h, &self->e));
	EXPECT_EQ(0, policy_check(&self->p));
	EXPECT_EQ(NR_TASKS, self->p.shared->nr_tasks);
	herd_release(&self->h);
	EXPECT_TRUE(herd_progresses(&self->h));
	EXPECT_EQ(NR_TASKS, herd_with_policy(&self->h, SCHED_GHOST));
	EXPECT_EQ(0, self->p.shared->bad) {
		TH_LOG("state %d", self->p.shared->bad_state);
	}
}

TEST_HARNESS_MAIN
