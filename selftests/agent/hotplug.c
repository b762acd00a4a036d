// SPDX-License-Identifier: GPL-2.0-only
/* CPUs of enclaves go and come back while their tasks run. */
#include <sys/wait.h>

#include "harness.h"

#define NR_LOADS	8
#define LAST		(NR_LOADS - 1)	/* it may run on the CPU that goes, and nowhere else */
#define CPU		1
#define CYCLES		(sys_is_slow() ? 2 : 4)

FIXTURE(hotplug) {
	char group[NAME_SIZE];
	struct load loads[NR_LOADS];
};

FIXTURE_SETUP(hotplug)
{
	int i;

	if (sys_nr_cpus() < 2)
		SKIP(return, "it needs two CPUs");
	ASSERT_EQ(0, group_make(self->group, "hotplug", "2"));
	for (i = 0; i < NR_LOADS; i++)
		ASSERT_EQ(0, load_start(&self->loads[i], i % 2 ? LOAD_SLEEPER : LOAD_HOG,
					self->group));
	ASSERT_EQ(0, task_pin(self->loads[LAST].pid, CPU));
}

FIXTURE_TEARDOWN(hotplug)
{
	int i;

	sys_online(CPU, true);
	for (i = 0; i < NR_LOADS; i++)
		load_end(&self->loads[i]);
	group_remove(self->group);
}

FIXTURE_VARIANT(hotplug) {
	const char *agent;
};

/* a machine whose host is busy stands still for seconds */
#define LIMIT " --tag 2 --timeout 60000"
FIXTURE_VARIANT_ADD(hotplug, fifo) { .agent = "tagsched-fifo" LIMIT };
FIXTURE_VARIANT_ADD(hotplug, central) { .agent = "tagsched-fifo-central" LIMIT };

PROVE_F(hotplug, with_agent,
	"a CPU with an agent goes offline under load: its enclave ends, all tasks go on in CFS")
{
	int i, status;
	pid_t agent;

	for (i = 0; i < CYCLES; i++) {
		agent = agent_start(variant->agent);
		ASSERT_LT(0, agent);
		ASSERT_TRUE(loads_have_policy(self->loads, NR_LOADS, POLICY_GHOST));
		ASSERT_TRUE(loads_go_on(self->loads, NR_LOADS));
		EXPECT_TRUE(agent_runs(agent));

		ASSERT_EQ(0, sys_online(CPU, false));
		/* the write returns when the CPU has gone: then its enclave has ended */
		status = agent_end(agent, 0);
		EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 1);
		EXPECT_TRUE(WAIT_FOR(!enclaves(), "the end of the enclave"));
		EXPECT_TRUE(loads_have_policy(self->loads, NR_LOADS, SCHED_OTHER));
		EXPECT_TRUE(loads_go_on(self->loads, NR_LOADS));

		ASSERT_EQ(0, sys_online(CPU, true));
		/* its affinity went with the CPU */
		ASSERT_EQ(0, task_pin(self->loads[LAST].pid, CPU));
		EXPECT_TRUE(loads_go_on(self->loads, NR_LOADS));
	}
	EXPECT_EQ(0, tasks_with_policy(POLICY_GHOST));
}

PROVE_F(hotplug, back, "an agent starts while a CPU is offline, which comes back without harm")
{
	pid_t agent;

	ASSERT_EQ(0, sys_online(CPU, false));
	agent = agent_start(variant->agent);
	ASSERT_LT(0, agent);
	ASSERT_TRUE(loads_have_policy(self->loads, NR_LOADS, POLICY_GHOST));
	ASSERT_TRUE(loads_go_on(self->loads, NR_LOADS));
	ASSERT_EQ(0, sys_online(CPU, true));
	EXPECT_TRUE(loads_go_on(self->loads, NR_LOADS));
	EXPECT_TRUE(agent_runs(agent));
	EXPECT_TRUE(loads_have_policy(self->loads, NR_LOADS, POLICY_GHOST));
	EXPECT_EQ(0, agent_end(agent, SIGINT));
	EXPECT_TRUE(loads_have_policy(self->loads, NR_LOADS, SCHED_OTHER));
	EXPECT_TRUE(loads_go_on(self->loads, NR_LOADS));
}

PROVE_F(hotplug, foreign,
	"a CPU that is none of the enclave's goes and comes: delegation goes on, also of tasks there")
{
	char command[128];
	pid_t agent;
	int i;

	snprintf(command, sizeof(command), "%s --cpus 0", variant->agent);
	load_end(&self->loads[LAST]);
	agent = agent_start(command);
	ASSERT_LT(0, agent);
	ASSERT_TRUE(loads_have_policy(self->loads, LAST, POLICY_GHOST));
	for (i = 0; i < CYCLES; i++) {
		ASSERT_EQ(0, sys_online(CPU, false));
		EXPECT_TRUE(loads_go_on(self->loads, LAST));
		ASSERT_EQ(0, sys_online(CPU, true));
		EXPECT_TRUE(loads_go_on(self->loads, LAST));
	}
	EXPECT_TRUE(agent_runs(agent));
	EXPECT_TRUE(loads_have_policy(self->loads, LAST, POLICY_GHOST));
	EXPECT_EQ(0, agent_end(agent, SIGINT));
	EXPECT_TRUE(loads_go_on(self->loads, LAST));
}

PROVE(without_agent, "a CPU without agent goes offline: the enclave just loses it, and is left else")
{
	char cpus[64];

	if (sys_nr_cpus() < 2)
		SKIP(return, "it needs two CPUs");
	ASSERT_EQ(0, system("tag enclave create --id 77 --cpus 0-1 >/dev/null"));
	ASSERT_EQ(0, sys_read("/sys/fs/ghost/enclave_77/cpulist", cpus, sizeof(cpus)));
	EXPECT_STREQ("0-1\n", cpus);
	ASSERT_EQ(0, sys_online(CPU, false));
	EXPECT_EQ(1, enclaves());
	ASSERT_EQ(0, sys_read("/sys/fs/ghost/enclave_77/cpulist", cpus, sizeof(cpus)));
	EXPECT_STREQ("0\n", cpus);
	EXPECT_NE(0, sys_write("/sys/fs/ghost/enclave_77/cpulist", "0-1"));
	ASSERT_EQ(0, sys_online(CPU, true));
	ASSERT_EQ(0, sys_read("/sys/fs/ghost/enclave_77/cpulist", cpus, sizeof(cpus)));
	EXPECT_STREQ("0\n", cpus);
	EXPECT_EQ(0, sys_write("/sys/fs/ghost/enclave_77/cpulist", "0-1"));
	EXPECT_EQ(0, system("tag enclave destroy 77"));
	EXPECT_TRUE(WAIT_FOR(!enclaves(), "the end of the enclave"));
}

TEST_HARNESS_MAIN
