// SPDX-License-Identifier: GPL-2.0-only
/* A delegated task beside a task of CFS on one CPU: who gets how much of it. */
#include "harness.h"

#define CPU		1
#define WINDOW_NS	1000000000ULL	/* of the CPU's time, shared by the two */
/* Neither of the two is taken for starved: it may be, here. */
#define AGENT		"tagsched-fifo --tag 2 --cpus 1 --timeout 600000"

FIXTURE(boost) {
	char group[NAME_SIZE];
	struct load fair, served;
};

FIXTURE_SETUP(boost)
{
	if (sys_nr_cpus() < 2)
		SKIP(return, "it needs two CPUs");
	ASSERT_EQ(0, group_make(self->group, "boost", "2"));
	ASSERT_EQ(0, load_start(&self->served, LOAD_SLEEPER, self->group));
	ASSERT_EQ(0, task_pin(self->served.pid, CPU));
	ASSERT_EQ(0, load_start(&self->fair, LOAD_HOG, NULL));
	ASSERT_EQ(0, task_pin(self->fair.pid, CPU));
}

FIXTURE_TEARDOWN(boost)
{
	load_end(&self->fair);
	load_end(&self->served);
	group_remove(self->group);
}

/* How much of a thousand the delegated one gets of what both get. */
static long share(const struct load *fair, const struct load *served)
{
	unsigned long long f = task_runtime(fair->pid), s = task_runtime(served->pid);
	unsigned long count = served->shown->count;

	if (!WAIT_FOR(task_runtime(fair->pid) - f + task_runtime(served->pid) - s >= WINDOW_NS,
		      "the CPU time of two tasks"))
		return -1;
	f = task_runtime(fair->pid) - f;
	s = task_runtime(served->pid) - s;
	printf("# ms: CFS %llu, delegated %llu, in %lu rounds\n", f / 1000000, s / 1000000,
	       served->shown->count - count);
	return s * 1000 / (f + s);
}

PROVE_F(boost, off, "without a boost a delegated task gets almost nothing beside one of CFS")
{
	pid_t agent = agent_start(AGENT);

	ASSERT_LT(0, agent);
	ASSERT_TRUE(loads_have_policy(&self->served, 1, POLICY_GHOST));
	EXPECT_GE(50, share(&self->fair, &self->served));
	EXPECT_TRUE(load_goes_on(&self->fair));
	/* and it goes on when the CPU has nothing else to do */
	load_end(&self->fair);
	EXPECT_TRUE(load_goes_on(&self->served));
	EXPECT_EQ(POLICY_GHOST, task_policy(self->served.pid));
	EXPECT_EQ(0, agent_end(agent, SIGINT));
}

PROVE_F(boost, on, "with a boost a delegated task that wakes up gets the CPU, and CFS its share")
{
	pid_t agent = agent_start(AGENT " --boost 5000");
	long part;

	ASSERT_LT(0, agent);
	ASSERT_TRUE(loads_have_policy(&self->served, 1, POLICY_GHOST));
	part = share(&self->fair, &self->served);
	EXPECT_LE(5, part);
	EXPECT_GE(800, part);
	EXPECT_TRUE(load_goes_on(&self->fair));
	EXPECT_TRUE(load_goes_on(&self->served));
	EXPECT_EQ(POLICY_GHOST, task_policy(self->served.pid));
	EXPECT_EQ(0, agent_end(agent, SIGINT));
}

PROVE_F(boost, both, "a boost gives more than none: rounds of a sleeper while CFS computes")
{
	unsigned long count, without, with;
	pid_t agent = agent_start(AGENT);

	ASSERT_LT(0, agent);
	ASSERT_TRUE(loads_have_policy(&self->served, 1, POLICY_GHOST));
	count = self->served.shown->count;
	ASSERT_LE(0, share(&self->fair, &self->served));
	without = self->served.shown->count - count;
	EXPECT_EQ(0, agent_end(agent, SIGINT));

	agent = agent_start(AGENT " --boost 5000");
	ASSERT_LT(0, agent);
	ASSERT_TRUE(loads_have_policy(&self->served, 1, POLICY_GHOST));
	count = self->served.shown->count;
	ASSERT_LE(0, share(&self->fair, &self->served));
	with = self->served.shown->count - count;
	EXPECT_LT(without * 4 + 4, with);
	EXPECT_EQ(0, agent_end(agent, SIGINT));
}

TEST_HARNESS_MAIN
