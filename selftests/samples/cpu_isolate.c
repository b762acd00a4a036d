// SPDX-License-Identifier: GPL-2.0-only
/*
 * cpu_isolate: where hogs and sleepers of a tag and of nobody run, by CPUs that they
 * have seen themselves on.
 */
#include <sched.h>

#include "kselftest_harness.h"

#include "group.h"
#include "looker.h"
#include "policy.h"

#define GROUP		"st-isolate"
#define OWN_CPUS	(1 << 2 | 1 << 3)	/* of the tag: --cpus 2-3 */
#define ALL_CPUS	0xf
#define CPUS		4
#define NR_TASKS	6			/* of each side: more than it has CPUs */
#define LOOKS		40
#define GUARD		600			/* seconds; ends a test that hangs */

FIXTURE(cpu_isolate) {
	struct policy policy;
	struct looker own[NR_TASKS], others[NR_TASKS];
	unsigned int own_cpus, other_cpus;	/* where they have been seen */
};

FIXTURE_SETUP(cpu_isolate)
{
	int i;

	if (sysconf(_SC_NPROCESSORS_ONLN) != CPUS)
		SKIP(return, "needs 4 CPUs");
	ASSERT_EQ(0, group_make(GROUP, 1006));
	for (i = 0; i < NR_TASKS; i++) {
		ASSERT_EQ(0, looker_start(&self->own[i], GROUP, i % 2, -1));
		ASSERT_EQ(0, looker_start(&self->others[i], NULL, i % 2, -1));
	}
}

FIXTURE_TEARDOWN(cpu_isolate)
{
	int i;

	for (i = 0; i < NR_TASKS; i++) {
		looker_stop(&self->own[i]);
		looker_stop(&self->others[i]);
	}
	group_remove(GROUP);
}

/* Where both sides are from now on. */
static void watch(FIXTURE_DATA(cpu_isolate) *self)
{
	lookers_watch(self->own, NR_TASKS, LOOKS);
	self->own_cpus = lookers_seen(self->own, NR_TASKS);
	lookers_watch(self->others, NR_TASKS, LOOKS);
	self->other_cpus = lookers_seen(self->others, NR_TASKS);
	printf("# the tag's tasks on %#x, others on %#x\n", self->own_cpus,
	       self->other_cpus);
	fflush(stdout);	/* the harness ends a test without */
}

static int start(FIXTURE_DATA(cpu_isolate) *self)
{
	return policy_start(&self->policy, "cpu_isolate", "--tag", "1006", "--cpus", "2-3",
			    "--push", NULL);
}

TEST_F_TIMEOUT(cpu_isolate, each_side_keeps_to_its_cpus, GUARD)
{
	cJSON *summary;

	/* Without it balancing spreads both sides. */
	watch(self);
	EXPECT_NE(0, self->own_cpus & ~OWN_CPUS);
	EXPECT_NE(0, self->other_cpus & OWN_CPUS);

	ASSERT_EQ(0, start(self));
	/* Twice: between a wakeup and its end CFS may still have moved somebody. */
	watch(self);
	watch(self);
	EXPECT_EQ(OWN_CPUS, self->own_cpus);
	EXPECT_EQ(ALL_CPUS & ~OWN_CPUS, self->other_cpus);

	summary = policy_stop(&self->policy);
	ASSERT_NE(NULL, summary);
	EXPECT_LT(0, policy_count(summary, "placed_in"));
	EXPECT_LT(0, policy_count(summary, "placed_out"));
	EXPECT_LT(0, policy_count(summary, "balance_denied"));
	EXPECT_LT(0, cJSON_GetNumberValue(cJSON_GetObjectItem(summary, "pushed")));
	EXPECT_EQ(0, policy_links(summary, "refused"));
	cJSON_Delete(summary);
}

TEST_F_TIMEOUT(cpu_isolate, affinities_are_left_as_they_are, GUARD)
{
	cpu_set_t set;
	int i;

	ASSERT_EQ(0, start(self));
	watch(self);
	cJSON_Delete(policy_stop(&self->policy));
	for (i = 0; i < NR_TASKS; i++) {
		ASSERT_EQ(0, sched_getaffinity(self->own[i].pid, sizeof(set), &set));
		EXPECT_EQ(CPUS, CPU_COUNT(&set));
		ASSERT_EQ(0, sched_getaffinity(self->others[i].pid, sizeof(set), &set));
		EXPECT_EQ(CPUS, CPU_COUNT(&set));
	}
}

TEST_HARNESS_MAIN
