// SPDX-License-Identifier: GPL-2.0-only
/* numa_pack: on which of two nodes tasks of a tag are seen that come from both. */
#include "kselftest_harness.h"

#include "group.h"
#include "hog.h"
#include "looker.h"
#include "policy.h"

#define GROUP		"st-pack"
#define CPUS		4
#define FIRST		0x3		/* CPUs of node 0 */
#define SECOND		0xc
#define NR_TASKS	2
#define LOOKS		200
#define GUARD		600		/* seconds; ends a test that hangs */

FIXTURE(numa_pack) {
	struct policy policy;
	struct looker tasks[NR_TASKS];
	struct hog hogs[CPUS];
	double percent;			/* of all looks, on the first node */
};

FIXTURE_SETUP(numa_pack)
{
	if (access("/sys/devices/system/node/node1", F_OK))
		SKIP(return, "needs two NUMA nodes");
	ASSERT_EQ(0, group_make(GROUP, 1008));
	/* They sleep most of the time: there is room for both. */
	ASSERT_EQ(0, looker_start(&self->tasks[0], GROUP, true, 0));
	ASSERT_EQ(0, looker_start(&self->tasks[1], GROUP, true, CPUS - 1));
}

FIXTURE_TEARDOWN(numa_pack)
{
	int i;

	for (i = 0; i < NR_TASKS; i++)
		looker_stop(&self->tasks[i]);
	for (i = 0; i < CPUS; i++)
		hog_stop(&self->hogs[i]);
	group_remove(GROUP);
}

static double watch(FIXTURE_DATA(numa_pack) *self)
{
	double first, all;

	lookers_watch(self->tasks, NR_TASKS, LOOKS);
	first = lookers_on(self->tasks, NR_TASKS, FIRST);
	all = lookers_on(self->tasks, NR_TASKS, FIRST | SECOND);
	self->percent = 100 * first / all;
	printf("# %.1f %% of %.0f looks on the first node\n", self->percent, all);
	fflush(stdout);	/* the harness ends a test without */
	return self->percent;
}

TEST_F_TIMEOUT(numa_pack, tasks_of_both_nodes_come_to_the_first, GUARD)
{
	cJSON *summary;

	/* CFS leaves each where it is, or moves it as it likes. */
	EXPECT_LT(10, 100 - watch(self));
	ASSERT_EQ(0, policy_start(&self->policy, "numa_pack", "--tag", "1008", NULL));
	EXPECT_LT(90, watch(self));
	summary = policy_stop(&self->policy);
	ASSERT_NE(NULL, summary);
	EXPECT_LT(LOOKS, policy_count(summary, "packed"));
	EXPECT_EQ(0, policy_links(summary, "refused"));
	cJSON_Delete(summary);

	ASSERT_EQ(0, policy_start(&self->policy, "numa_pack", "--tag", "1008", "--first", "1",
				  NULL));
	EXPECT_GT(10, watch(self));
	cJSON_Delete(policy_stop(&self->policy));
}

TEST_F_TIMEOUT(numa_pack, they_spill_when_it_is_full, GUARD)
{
	cJSON *summary;

	/* Two hogs are what two CPUs have room for. */
	ASSERT_EQ(0, hog_start(&self->hogs[0], NULL, 0));
	ASSERT_EQ(0, hog_start(&self->hogs[1], NULL, 1));
	ASSERT_EQ(0, policy_start(&self->policy, "numa_pack", "--tag", "1008", NULL));
	EXPECT_GT(10, watch(self));
	summary = policy_stop(&self->policy);
	ASSERT_NE(NULL, summary);
	EXPECT_LT(LOOKS, policy_count(summary, "spilled"));
	cJSON_Delete(summary);

	/* With room for a third and a fourth they come back. */
	ASSERT_EQ(0, policy_start(&self->policy, "numa_pack", "--tag", "1008", "--full", "200",
				  NULL));
	EXPECT_LT(90, watch(self));
	cJSON_Delete(policy_stop(&self->policy));
}

TEST_HARNESS_MAIN
