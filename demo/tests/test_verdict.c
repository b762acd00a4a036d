// SPDX-License-Identifier: GPL-2.0-only
/* Host unit tests: each promise of the demo fails when it is broken. */
#include "kselftest_harness.h"

#include "verdict.h"

/* Ten requests that all took ms. */
struct fake {
	uint64_t response[10];
	struct latency_run run;
};

static void fake_run(struct fake *f, double ms, uint64_t batch)
{
	int i;

	for (i = 0; i < 10; i++)
		f->response[i] = ms * 1e6;
	f->run = (struct latency_run){
		.n = 10,
		.wake = f->response,
		.response = f->response,
		.batch = batch,
	};
}

FIXTURE(verdict)
{
	struct fake cfs, weight, tags, fifo;
	struct act_one one;
	struct placements two;
	struct criterion criteria[MAX_CRITERIA];
};

FIXTURE_SETUP(verdict)
{
	fake_run(&self->cfs, 400, 2000);
	fake_run(&self->weight, 6.5, 1000);
	fake_run(&self->tags, 2.2, 990);
	fake_run(&self->fifo, 2.1, 1000);
	self->one = (struct act_one){
		.cfs = &self->cfs.run,
		.weight = &self->weight.run,
		.tags = &self->tags.run,
		.fifo = &self->fifo.run,
	};
	self->two = (struct placements){
		.n = 2,
		.p = {
			{ .run = "before", .cpus = 2, .asked = { true }, .wakeups = { 10, 990 } },
			{ .run = "after", .cpus = 2, .asked = { true }, .wakeups = { 995, 5 } },
		},
	};
}

FIXTURE_TEARDOWN(verdict)
{
}

/* Name of the only broken promise, "" if none, "several" if more. */
static const char *broken(struct act_one *one, struct placements *two, struct criterion *criteria)
{
	int n = verdict(one, two, criteria), i;
	const char *name = "";

	for (i = 0; i < n; i++)
		if (!criterion_met(&criteria[i]))
			name = *name ? "several" : criteria[i].name;
	return name;
}

TEST_F(verdict, all_is_well)
{
	EXPECT_STREQ("", broken(&self->one, &self->two, self->criteria));
}

TEST_F(verdict, limits_themselves_are_allowed)
{
	fake_run(&self->fifo, 2.5, 1000);
	fake_run(&self->tags, 3.0, 950);
	fake_run(&self->weight, 7.6, 1000);
	self->two.p[1].wakeups[0] = 990;
	self->two.p[1].wakeups[1] = 10;
	EXPECT_STREQ("", broken(&self->one, &self->two, self->criteria));
}

TEST_F(verdict, slower_than_fifo_allows)
{
	fake_run(&self->tags, 2.55, 990);
	EXPECT_STREQ("p99_against_fifo", broken(&self->one, &self->two, self->criteria));
}

TEST_F(verdict, too_little_gained_over_weight)
{
	fake_run(&self->weight, 5, 1000);
	EXPECT_STREQ("p99_against_weight", broken(&self->one, &self->two, self->criteria));
}

TEST_F(verdict, batch_pays_too_much)
{
	self->tags.run.batch = 949;
	EXPECT_STREQ("batch_against_weight", broken(&self->one, &self->two, self->criteria));
}

TEST_F(verdict, wakeups_went_astray)
{
	self->two.p[1].wakeups[0] = 989;
	self->two.p[1].wakeups[1] = 11;
	EXPECT_STREQ("landed_where_asked", broken(&self->one, &self->two, self->criteria));
}

TEST_F(verdict, no_wakeup_at_all_is_no_success)
{
	self->two.n = 1;
	EXPECT_STREQ("landed_where_asked", broken(&self->one, &self->two, self->criteria));
}

TEST_F(verdict, one_slow_request_in_ten_counts)
{
	self->tags.response[9] = 100e6;
	EXPECT_STREQ("several", broken(&self->one, &self->two, self->criteria));
}

TEST_HARNESS_MAIN
