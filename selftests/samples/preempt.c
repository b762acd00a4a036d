// SPDX-License-Identifier: GPL-2.0-only
/*
 * preempt: who gets the CPU when hogs of both sides share one. Hogs never wake
 * up, so that what is seen is what ticks and picks do; the demo shows wakeups.
 * All in shares of what the hogs together got.
 */
#include "kselftest_harness.h"

#include "group.h"
#include "hog.h"
#include "policy.h"

#define ONLINE		"st-online"
#define OFFLINE		"st-offline"
#define OTHER		"st-other"
#define ONLINE_TAG	"1002"
#define OFFLINE_TAG	"1001"

#define MAX_HOGS	4
#define WATCH_US	1500000
#define GUARD		600		/* seconds; ends a test that hangs */

FIXTURE(preempt) {
	struct policy policy;
	struct hog hogs[MAX_HOGS];
	double percent[MAX_HOGS];	/* of what all hogs got */
	int n;
};

FIXTURE_SETUP(preempt)
{
	ASSERT_EQ(0, group_make(ONLINE, 1002));
	ASSERT_EQ(0, group_make(OFFLINE, 1001));
	ASSERT_EQ(0, group_make(OTHER, 0));
}

FIXTURE_TEARDOWN(preempt)
{
	while (self->n > 0)
		hog_stop(&self->hogs[--self->n]);
	group_remove(ONLINE);
	group_remove(OFFLINE);
	group_remove(OTHER);
}

/* Always on the last CPU, which this process leaves alone if it has another. */
static int add_hog(FIXTURE_DATA(preempt) *self, const char *group)
{
	return hog_start(&self->hogs[self->n++], group, sysconf(_SC_NPROCESSORS_ONLN) - 1);
}

static void watch(FIXTURE_DATA(preempt) *self)
{
	double ran[MAX_HOGS], all = 0;
	int i;

	usleep(200000);		/* let what was before pass */
	for (i = 0; i < self->n; i++)
		hog_ran(&self->hogs[i]);
	usleep(WATCH_US);
	for (i = 0; i < self->n; i++) {
		ran[i] = hog_ran(&self->hogs[i]);
		all += ran[i];
	}
	for (i = 0; i < self->n; i++)
		self->percent[i] = all ? 100 * ran[i] / all : 0;
}

static int start(FIXTURE_DATA(preempt) *self, const char *option, const char *value)
{
	return policy_start(&self->policy, "preempt", "--online", ONLINE_TAG,
			    "--offline", OFFLINE_TAG, option, value, NULL);
}

#define EXPECT_PERCENT(low, high, hog) do {				\
	EXPECT_LE(low, self->percent[hog]);				\
	EXPECT_GE(high, self->percent[hog]);				\
} while (0)

TEST_F_TIMEOUT(preempt, online_runs_offline_waits, GUARD)
{
	cJSON *summary;

	ASSERT_EQ(0, add_hog(self, ONLINE));
	ASSERT_EQ(0, add_hog(self, OFFLINE));
	watch(self);
	EXPECT_PERCENT(40, 60, 1);	/* CFS halves it */

	ASSERT_EQ(0, start(self, NULL, NULL));
	watch(self);
	EXPECT_PERCENT(0, 2, 1);

	summary = policy_stop(&self->policy);
	ASSERT_NE(NULL, summary);
	EXPECT_LT(100, policy_count(summary, "tick_keep"));
	EXPECT_LT(0, policy_links(summary, "decided"));
	EXPECT_EQ(0, policy_links(summary, "refused"));
	cJSON_Delete(summary);

	/* Detached: offline is owed what it did not get. */
	watch(self);
	EXPECT_PERCENT(40, 100, 1);
}

TEST_F_TIMEOUT(preempt, online_tasks_share, GUARD)
{
	cJSON *summary;

	ASSERT_EQ(0, add_hog(self, ONLINE));
	ASSERT_EQ(0, add_hog(self, ONLINE));
	ASSERT_EQ(0, add_hog(self, OFFLINE));
	ASSERT_EQ(0, start(self, NULL, NULL));
	watch(self);
	EXPECT_PERCENT(40, 60, 0);
	EXPECT_PERCENT(40, 60, 1);
	EXPECT_PERCENT(0, 2, 2);

	summary = policy_stop(&self->policy);
	ASSERT_NE(NULL, summary);
	EXPECT_LT(100, policy_count(summary, "tick_share"));
	cJSON_Delete(summary);
}

TEST_F_TIMEOUT(preempt, slice_makes_turns_longer, GUARD)
{
	double turns[2];
	cJSON *summary;
	int i;

	ASSERT_EQ(0, add_hog(self, ONLINE));
	ASSERT_EQ(0, add_hog(self, ONLINE));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, start(self, "--slice", i ? "40000" : "3000"));
		watch(self);
		summary = policy_stop(&self->policy);
		ASSERT_NE(NULL, summary);
		turns[i] = policy_count(summary, "tick_share");
		cJSON_Delete(summary);
	}
	EXPECT_LT(10, turns[1]);
	EXPECT_LT(4 * turns[1], turns[0]);
}

TEST_F_TIMEOUT(preempt, online_arriving_takes_the_cpu_from_offline, GUARD)
{
	ASSERT_EQ(0, add_hog(self, OFFLINE));
	ASSERT_EQ(0, add_hog(self, OFFLINE));
	ASSERT_EQ(0, start(self, NULL, NULL));
	watch(self);
	ASSERT_EQ(0, add_hog(self, ONLINE));
	watch(self);
	EXPECT_PERCENT(96, 100, 2);
	cJSON_Delete(policy_stop(&self->policy));
}

TEST_F_TIMEOUT(preempt, max_wait_ends_starvation, GUARD)
{
	cJSON *summary;

	ASSERT_EQ(0, add_hog(self, ONLINE));
	ASSERT_EQ(0, add_hog(self, OFFLINE));
	/* A tick each 50 ms is 2 % at 1000 Hz. */
	ASSERT_EQ(0, start(self, "--max-wait", "50"));
	watch(self);
	EXPECT_PERCENT(1, 5, 1);

	summary = policy_stop(&self->policy);
	ASSERT_NE(NULL, summary);
	EXPECT_LT(20, policy_count(summary, "tick_max_wait"));
	cJSON_Delete(summary);
}

TEST_F_TIMEOUT(preempt, third_parties_keep_their_share, GUARD)
{
	ASSERT_EQ(0, add_hog(self, ONLINE));
	ASSERT_EQ(0, add_hog(self, OTHER));
	ASSERT_EQ(0, start(self, NULL, NULL));
	watch(self);
	EXPECT_PERCENT(40, 60, 1);
	cJSON_Delete(policy_stop(&self->policy));
}

TEST_F_TIMEOUT(preempt, other_tags_are_left_alone, GUARD)
{
	cJSON *summary;

	ASSERT_EQ(0, add_hog(self, OTHER));
	ASSERT_EQ(0, add_hog(self, NULL));
	ASSERT_EQ(0, start(self, NULL, NULL));
	watch(self);
	EXPECT_PERCENT(40, 60, 0);

	summary = policy_stop(&self->policy);
	ASSERT_NE(NULL, summary);
	/* Links are scoped: without a tagged task not even called. */
	EXPECT_EQ(0, policy_links(summary, "calls"));
	cJSON_Delete(summary);
}

TEST_HARNESS_MAIN
