// SPDX-License-Identifier: GPL-2.0-only
/*
 * slice: how often two hogs take each other's place, and that it changes nothing
 * about their shares.
 */
#include "kselftest_harness.h"

#include "group.h"
#include "hog.h"
#include "policy.h"

#define GROUP		"st-slice"
#define TAG		1005
#define WATCH_US	2000000
#define GUARD		600		/* seconds; ends a test that hangs */

FIXTURE(slice) {
	struct policy policy;
	struct hog hogs[2];
	double percent;		/* of what both got, the first */
	double switches;	/* in a second of what both got, of the first */
};

FIXTURE_SETUP(slice)
{
	int i;

	ASSERT_EQ(0, group_make(GROUP, TAG));
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, hog_start(&self->hogs[i], GROUP,
				       sysconf(_SC_NPROCESSORS_ONLN) - 1));
}

FIXTURE_TEARDOWN(slice)
{
	int i;

	for (i = 0; i < 2; i++)
		hog_stop(&self->hogs[i]);
	group_remove(GROUP);
}

/* Times that a process lost its CPU; negative if it cannot be read. */
static long switches(pid_t pid)
{
	char path[64], line[128];
	long n = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "nonvoluntary_ctxt_switches: %ld", &n);
	if (f)
		fclose(f);
	return n;
}

static void watch(FIXTURE_DATA(slice) *self)
{
	double ran[2];
	long before;
	int i;

	usleep(200000);		/* let what was before pass */
	for (i = 0; i < 2; i++)
		hog_ran(&self->hogs[i]);
	before = switches(self->hogs[0].pid);
	usleep(WATCH_US);
	for (i = 0; i < 2; i++)
		ran[i] = hog_ran(&self->hogs[i]);
	self->switches = (switches(self->hogs[0].pid) - before) * 1e9 / (ran[0] + ran[1]);
	self->percent = 100 * ran[0] / (ran[0] + ran[1]);
	printf("# %.0f switches a second of CPU time, share %.1f %%\n", self->switches,
	       self->percent);
	fflush(stdout);	/* the harness ends a test without */
}

TEST_F_TIMEOUT(slice, longer_turns_same_shares, GUARD)
{
	double stock, with_20, with_60;
	cJSON *summary;

	watch(self);
	stock = self->switches;
	ASSERT_EQ(0, policy_start(&self->policy, "slice", "--slice", "1005=20", NULL));
	watch(self);
	with_20 = self->switches;
	EXPECT_LE(40, self->percent);
	EXPECT_GE(60, self->percent);
	summary = policy_stop(&self->policy);
	ASSERT_NE(NULL, summary);
	EXPECT_LT(10, policy_count(summary, "tick_over"));
	EXPECT_LT(100, policy_count(summary, "tick_within"));
	EXPECT_EQ(0, policy_links(summary, "refused"));
	cJSON_Delete(summary);

	ASSERT_EQ(0, policy_start(&self->policy, "slice", "--slice", "1005=60", NULL));
	watch(self);
	with_60 = self->switches;
	cJSON_Delete(policy_stop(&self->policy));
	watch(self);

	EXPECT_LT(2 * with_20, stock);
	/* Others take the CPU too, some times a second: not quite a third. */
	EXPECT_LT(1.5 * with_60, with_20);
	EXPECT_LT(with_60 * 2, self->switches);	/* as before, without the policy */
}

TEST_F_TIMEOUT(slice, other_tags_are_left_alone, GUARD)
{
	cJSON *summary;
	double stock;

	watch(self);
	stock = self->switches;
	ASSERT_EQ(0, policy_start(&self->policy, "slice", "--slice", "77=60", "--whole", NULL));
	watch(self);
	EXPECT_LT(stock, 2 * self->switches);
	summary = policy_stop(&self->policy);
	ASSERT_NE(NULL, summary);
	EXPECT_EQ(0, policy_links(summary, "calls"));
	cJSON_Delete(summary);
}

TEST_HARNESS_MAIN
