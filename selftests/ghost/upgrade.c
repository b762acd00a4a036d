// SPDX-License-Identifier: GPL-2.0-only
/* [C12] An agent process takes an enclave over from another, and its tasks do not notice. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"

#define FEW		12	/* tasks, where each of them is looked at */

FIXTURE(upgrade)
{
	struct enclave	e;
	struct policy	old, new;
	struct herd	h;
};

FIXTURE_VARIANT(upgrade)
{
	enum queue_kind	kind;
	int		times;		/* how often the agent is replaced under load */
};

FIXTURE_VARIANT_ADD(upgrade, ring)
{
	.kind = RING,
	.times = 50,
};

FIXTURE_VARIANT_ADD(upgrade, ringbuf)
{
	.kind = RINGBUF,
	.times = 10,
};

FIXTURE_SETUP(upgrade)
{
	memset(self, 0, sizeof(*self));
	ASSERT_EQ(0, sys_pin(0, 0));
	ASSERT_EQ(0, enclave_create(&self->e, GHOST_ABI_91, "1-3"));
	/* How long a successor takes is not what is tested. */
	ASSERT_EQ(0, enclave_write(&self->e, "runnable_timeout", "0"));
	ASSERT_EQ(0, enclave_write(&self->e, "grace_period", "300000"));
	ASSERT_EQ(0, policy_start(&self->old, &self->e, variant->kind));
	ASSERT_TRUE(policy_wait_ready(&self->old));
}

FIXTURE_TEARDOWN(upgrade)
{
	policy_stop(&self->old);
	policy_stop(&self->new);
	EXPECT_EQ(0, enclave_end(&self->e));
	herd_end(&self->h);
}

static bool delegate(FIXTURE_DATA(upgrade) *self, int nr)
{
	return !herd_start(&self->h, nr, NULL) && !herd_enter(&self->h, &self->e) &&
	       herd_progresses(&self->h);
}

PROVE_F(upgrade, waits,
	"[C12] the successor waits while agent_online is 1, and gets every CPU when it is 0")
{
	char text[4];

	ASSERT_EQ(0, policy_start(&self->new, &self->e, variant->kind));
	ASSERT_TRUE(delegate(self, FEW));
	EXPECT_FALSE(self->new.shared->ready);
	ASSERT_EQ(1, enclave_read(&self->e, "agent_online", text, sizeof(text)));
	EXPECT_EQ('1', text[0]);
	EXPECT_EQ(0, policy_stop(&self->old));
	ASSERT_TRUE(policy_wait_ready(&self->new));
	EXPECT_TRUE(herd_progresses(&self->h));
	EXPECT_EQ(FEW, herd_with_policy(&self->h, SCHED_GHOST));
}

/* What it knows, when nothing happens, is what there is. */
static void check_picture(struct __test_metadata *_metadata, FIXTURE_DATA(upgrade) *self,
			  struct policy *p)
{
	ASSERT_TRUE(herd_hold(&self->h, &self->e));
	EXPECT_EQ(0, policy_check(p));
	EXPECT_EQ(self->h.nr, p->shared->nr_tasks);
	herd_release(&self->h);
}

PROVE_F(upgrade, discovery,
	"[C12] the successor sees each live task exactly once, in the state that it has")
{
	ASSERT_TRUE(delegate(self, FEW));
	check_picture(_metadata, self, &self->old);
	ASSERT_EQ(0, policy_start(&self->new, &self->e, variant->kind));
	EXPECT_EQ(0, policy_stop(&self->old));
	ASSERT_TRUE(policy_wait_ready(&self->new));
	EXPECT_TRUE(herd_progresses(&self->h));
	check_picture(_metadata, self, &self->new);
	EXPECT_EQ(FEW, self->new.shared->discovered);
	EXPECT_EQ(0, self->new.shared->twice);
	EXPECT_TRUE(herd_progresses(&self->h));
}

PROVE_F(upgrade, after_kill,
	"[C12] the successor of an agent process that was killed finds everything as well")
{
	ASSERT_TRUE(delegate(self, FEW));
	ASSERT_EQ(0, policy_start(&self->new, &self->e, variant->kind));
	policy_kill(&self->old);
	ASSERT_TRUE(policy_wait_ready(&self->new));
	EXPECT_TRUE(herd_progresses(&self->h));
	EXPECT_EQ(FEW, herd_with_policy(&self->h, SCHED_GHOST));
	check_picture(_metadata, self, &self->new);
}

PROVE_F(upgrade, asleep, "[C12] tasks that sleep through the change wake up under the successor")
{
	ASSERT_TRUE(delegate(self, FEW));
	ASSERT_TRUE(herd_hold(&self->h, &self->e));
	policy_kill(&self->old);
	ASSERT_EQ(0, policy_start(&self->new, &self->e, variant->kind));
	ASSERT_TRUE(policy_wait_ready(&self->new));
	EXPECT_EQ(FEW, self->new.shared->discovered);
	herd_release(&self->h);
	EXPECT_TRUE(herd_progresses(&self->h));
}

PROVE_F(upgrade, under_load,
	"[C12] [G3] an agent replaced again and again: no task is seen in CFS, none is lost")
{
	int i, nr = 200;

	ASSERT_TRUE(delegate(self, nr));
	for (i = 0; i < variant->times; i++) {
		ASSERT_EQ(0, policy_start(&self->new, &self->e, variant->kind));
		/* Every other time it is not asked. */
		if (i % 2) {
			policy_kill(&self->old);
		} else {
			ASSERT_EQ(0, policy_stop(&self->old));
		}
		EXPECT_EQ(nr, herd_with_policy(&self->h, SCHED_GHOST));
		ASSERT_TRUE(policy_wait_ready(&self->new));
		EXPECT_EQ(nr, herd_with_policy(&self->h, SCHED_GHOST));
		EXPECT_EQ(0, self->new.shared->twice);
		self->old = self->new;
		self->new.pid = 0;
	}
	EXPECT_TRUE(herd_progresses(&self->h));
	check_picture(_metadata, self, &self->old);
	EXPECT_EQ(0, self->old.shared->bad) {
		TH_LOG("state %d", self->old.shared->bad_state);
	}
}

TEST_HARNESS_MAIN
