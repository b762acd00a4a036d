// SPDX-License-Identifier: GPL-2.0-only
/*
 * tag rules apply --follow, more events than it has room for: it hears that some
 * were lost, looks at all processes, and has missed none.
 */
#include <kselftest_harness.h>
#include <sys/prctl.h>
#include <tagsched.h>

#include "follower.h"
#include "run.h"
#include "worker.h"

#define SHORT		1000	/* processes that exit at once */
#define EVERY		50	/* of these, one that stays is started */
#define LONG		(SHORT / EVERY)
/*
 * A fork and four new names each: 5,000 events, where 512 KiB, counted twice, have
 * room for less than 1,500 messages.
 */
#define NAMES		4

FIXTURE(storm) {
	pid_t follower;
	pid_t workers[LONG];
};

FIXTURE_SETUP(storm)
{
	ASSERT_EQ(0, tagsched_process__clear_tag(0));
	ASSERT_EQ(0, workers_make());
	ASSERT_EQ(0, rules_write("exe=" WORKER " tag=11\n"));
	/* no look at all processes but for a loss */
	self->follower = follower_start("", "-v --interval=0");
	ASSERT_LT(0, self->follower);
}

FIXTURE_TEARDOWN(storm)
{
	int i;

	follower_end(self->follower, SIGKILL);
	for (i = 0; i < LONG; i++)
		worker_end(self->workers[i]);
}

static void be_short(void)
{
	pid_t pid = fork();
	int i;

	if (!pid) {
		for (i = 0; i < NAMES; i++)
			prctl(PR_SET_NAME, i % 2 ? "short" : "shorter");
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

static void storm(pid_t *workers)
{
	int i;

	for (i = 0; i < SHORT; i++) {
		be_short();
		if (i % EVERY == 0)
			workers[i / EVERY] = worker_start(WORKER, NULL, NULL, 0);
	}
}

/* It is stopped, so that nothing is read, and events are lost for sure. */
TEST_F_TIMEOUT(storm, none_is_missed_when_events_are_lost, GUARD)
{
	pid_t after;
	int i;

	ASSERT_EQ(0, kill(self->follower, SIGSTOP));
	storm(self->workers);
	for (i = 0; i < LONG; i++) {
		ASSERT_LT(0, self->workers[i]);
		EXPECT_EQ(0, tag_of(self->workers[i]));
	}
	ASSERT_EQ(0, kill(self->follower, SIGCONT));
	EXPECT_TRUE(follower_says("events were lost: looking at all processes\n"));
	for (i = 0; i < LONG; i++)
		EXPECT_TRUE(wait_tag(self->workers[i], 11));
	/* and it hears again */
	after = worker_start(WORKER, NULL, NULL, 0);
	EXPECT_TRUE(wait_tag(after, 11));
	worker_end(after);
}

/* Whether events are lost or not. */
TEST_F_TIMEOUT(storm, none_is_missed_while_it_follows, GUARD)
{
	int i;

	storm(self->workers);
	for (i = 0; i < LONG; i++)
		EXPECT_TRUE(wait_tag(self->workers[i], 11));
	EXPECT_EQ(0, follower_end(self->follower, SIGTERM));
	self->follower = 0;
}

TEST_HARNESS_MAIN
