// SPDX-License-Identifier: GPL-2.0-only
/* Where delegated tasks may run is none of the agent's business. */
#include <sys/resource.h>

#include "harness.h"

#define NR_LOADS	6
#define ROUNDS		(sys_is_slow() ? 2 : 4)

FIXTURE(affinity) {
	char group[NAME_SIZE];
	struct load loads[NR_LOADS];
	pid_t agent;
};

FIXTURE_VARIANT(affinity) {
	const char *agent;
};

/* a machine whose host is busy stands still for seconds */
#define LIMIT " --tag 2 --timeout 60000"
FIXTURE_VARIANT_ADD(affinity, fifo) { .agent = "tagsched-fifo" LIMIT };
FIXTURE_VARIANT_ADD(affinity, central) { .agent = "tagsched-fifo-central" LIMIT };

FIXTURE_SETUP(affinity)
{
	int i;

	if (sys_nr_cpus() < 2)
		SKIP(return, "it needs two CPUs");
	ASSERT_EQ(0, group_make(self->group, "affinity", "2"));
	for (i = 0; i < NR_LOADS; i++)
		ASSERT_EQ(0, load_start(&self->loads[i], i % 2 ? LOAD_SLEEPER : LOAD_HOG,
					self->group));
	self->agent = agent_start(variant->agent);
	ASSERT_LT(0, self->agent);
	ASSERT_TRUE(loads_have_policy(self->loads, NR_LOADS, POLICY_GHOST));
}

FIXTURE_TEARDOWN(affinity)
{
	int i;

	agent_end(self->agent, SIGINT);
	for (i = 0; i < NR_LOADS; i++)
		load_end(&self->loads[i]);
	group_remove(self->group);
}

PROVE_F(affinity, sched_setaffinity, "sched_setaffinity(2) is obeyed whenever it changes")
{
	int round, i, cpu;

	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < NR_LOADS; i++) {
			cpu = (round + i) % sys_nr_cpus();
			ASSERT_EQ(0, task_pin(self->loads[i].pid, cpu));
		}
		for (i = 0; i < NR_LOADS; i++) {
			cpu = (round + i) % sys_nr_cpus();
			EXPECT_EQ(1UL << cpu, load_cpus(&self->loads[i]));
		}
	}
	EXPECT_TRUE(loads_have_policy(self->loads, NR_LOADS, POLICY_GHOST));
	EXPECT_TRUE(agent_runs(self->agent));
}

PROVE_F(affinity, cpuset, "cpuset.cpus is obeyed whenever it changes")
{
	int round, i, cpu;
	char text[16];

	for (round = 0; round < ROUNDS; round++) {
		cpu = round % sys_nr_cpus();
		snprintf(text, sizeof(text), "%d", cpu);
		ASSERT_EQ(0, group_write(self->group, "cpuset.cpus", text));
		for (i = 0; i < NR_LOADS; i++)
			EXPECT_EQ(1UL << cpu, load_cpus(&self->loads[i]));
	}
	EXPECT_TRUE(loads_have_policy(self->loads, NR_LOADS, POLICY_GHOST));
	EXPECT_TRUE(agent_runs(self->agent));
}

PROVE_F(affinity, nice, "nice values change under the agent, and the tasks stay with it")
{
	int i;

	for (i = 0; i < NR_LOADS; i++) {
		ASSERT_EQ(0, setpriority(PRIO_PROCESS, self->loads[i].pid, 3 * i));
		EXPECT_EQ(3 * i, getpriority(PRIO_PROCESS, self->loads[i].pid));
	}
	EXPECT_TRUE(loads_go_on(self->loads, NR_LOADS));
	EXPECT_TRUE(loads_have_policy(self->loads, NR_LOADS, POLICY_GHOST));
	EXPECT_EQ(0, agent_end(self->agent, SIGINT));
	for (i = 0; i < NR_LOADS; i++)
		EXPECT_EQ(3 * i, getpriority(PRIO_PROCESS, self->loads[i].pid));
	self->agent = agent_start(variant->agent);
	ASSERT_LT(0, self->agent);
}

TEST_HARNESS_MAIN
