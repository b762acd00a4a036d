// SPDX-License-Identifier: GPL-2.0-only
/*
 * pick_task: who gets the CPU when hogs of several tags share one, in shares of
 * what the hogs together got.
 */
#include "kselftest_harness.h"

#include "group.h"
#include "hog.h"
#include "policy.h"

#define NR_RANKS	3
#define WATCH_US	1500000
#define GUARD		600		/* seconds; ends a test that hangs */

static const struct {
	const char *name;
	long long tag;
} ranks[NR_RANKS] = {
	{ "st-low", 1 },
	{ "st-middle", 2 },
	{ "st-high", 3 },
};

FIXTURE(pick_task) {
	struct policy policy;
	struct hog hogs[NR_RANKS];
	double percent[NR_RANKS];	/* of what all hogs got */
};

FIXTURE_SETUP(pick_task)
{
	int i;

	for (i = 0; i < NR_RANKS; i++) {
		ASSERT_EQ(0, group_make(ranks[i].name, ranks[i].tag));
		ASSERT_EQ(0, hog_start(&self->hogs[i], ranks[i].name,
				       sysconf(_SC_NPROCESSORS_ONLN) - 1));
	}
}

FIXTURE_TEARDOWN(pick_task)
{
	int i;

	for (i = 0; i < NR_RANKS; i++) {
		hog_stop(&self->hogs[i]);
		group_remove(ranks[i].name);
	}
}

static void watch(FIXTURE_DATA(pick_task) *self)
{
	double ran[NR_RANKS], all = 0;
	int i;

	usleep(200000);		/* let what was before pass */
	for (i = 0; i < NR_RANKS; i++)
		hog_ran(&self->hogs[i]);
	usleep(WATCH_US);
	for (i = 0; i < NR_RANKS; i++) {
		ran[i] = hog_ran(&self->hogs[i]);
		all += ran[i];
	}
	for (i = 0; i < NR_RANKS; i++)
		self->percent[i] = all ? 100 * ran[i] / all : 0;
	printf("# low %.1f %%, middle %.1f %%, high %.1f %%\n", self->percent[0],
	       self->percent[1], self->percent[2]);
	fflush(stdout);	/* the harness ends a test without */
}

#define EXPECT_PERCENT(low, high, rank) do {				\
	EXPECT_LE(low, self->percent[rank]);				\
	EXPECT_GE(high, self->percent[rank]);				\
} while (0)

TEST_F_TIMEOUT(pick_task, highest_runs_lowest_waits_within_the_bound, GUARD)
{
	cJSON *summary;

	watch(self);
	EXPECT_PERCENT(25, 42, 0);	/* CFS: a third each */
	EXPECT_PERCENT(25, 42, 2);

	ASSERT_EQ(0, policy_start(&self->policy, "pick_task", NULL));
	watch(self);
	/* A turn each 50 ms of waiting: CFS's slice, as the policy says nothing at ticks. */
	EXPECT_PERCENT(70, 100, 2);
	EXPECT_LT(0, self->percent[0] + self->percent[1]);

	summary = policy_stop(&self->policy);
	ASSERT_NE(NULL, summary);
	EXPECT_LT(10, policy_count(summary, "pick_higher"));
	EXPECT_EQ(0, policy_count(summary, "pick_lagged"));
	EXPECT_EQ(0, policy_links(summary, "refused"));
	cJSON_Delete(summary);

	/* Detached: who was behind is owed what he did not get. */
	watch(self);
	EXPECT_PERCENT(0, 42, 2);
}

TEST_F_TIMEOUT(pick_task, lag_of_its_own, GUARD)
{
	double with;
	cJSON *summary;

	/* A bound of 4 ms lets CFS's order win soon: nearly thirds. */
	ASSERT_EQ(0, policy_start(&self->policy, "pick_task", "--lag", "4", NULL));
	watch(self);
	with = self->percent[2];
	summary = policy_stop(&self->policy);
	ASSERT_NE(NULL, summary);
	EXPECT_LT(10, policy_count(summary, "pick_lagged"));
	cJSON_Delete(summary);

	ASSERT_EQ(0, policy_start(&self->policy, "pick_task", NULL));
	watch(self);
	EXPECT_LT(with + 15, self->percent[2]);
	cJSON_Delete(policy_stop(&self->policy));
}

TEST_F_TIMEOUT(pick_task, tags_that_are_not_named_do_not_rank, GUARD)
{
	cJSON *summary;

	ASSERT_EQ(0, policy_start(&self->policy, "pick_task", "--tag", "77", NULL));
	watch(self);
	EXPECT_PERCENT(25, 42, 2);
	summary = policy_stop(&self->policy);
	ASSERT_NE(NULL, summary);
	EXPECT_EQ(0, policy_links(summary, "calls"));
	cJSON_Delete(summary);
}

TEST_HARNESS_MAIN
