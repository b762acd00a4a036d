// SPDX-License-Identifier: GPL-2.0-only
/* However an agent ends under load: how long its tasks wait until they go on in CFS. */
#include <sys/wait.h>

#include "harness.h"

#define NR_LOADS	8

FIXTURE(gap) {
	char group[NAME_SIZE];
	struct load loads[NR_LOADS];
	pid_t agent;
};

FIXTURE_VARIANT(gap) {
	const char *agent;
	int sig;		/* 0: the enclave is destroyed */
};

#define FIFO	"tagsched-fifo --tag 2"
#define CENTRAL	"tagsched-fifo-central --tag 2"
#define LONG	" --timeout 60000"	/* a busy host makes a machine stand still for seconds */
FIXTURE_VARIANT_ADD(gap, fifo_killed) { .agent = FIFO LONG, .sig = SIGKILL };
FIXTURE_VARIANT_ADD(gap, fifo_ringbuf_killed) {
	.agent = FIFO LONG " --queue ringbuf", .sig = SIGKILL,
};
FIXTURE_VARIANT_ADD(gap, central_killed) { .agent = CENTRAL LONG, .sig = SIGKILL };
FIXTURE_VARIANT_ADD(gap, central_ringbuf_killed) {
	.agent = CENTRAL LONG " --queue ringbuf", .sig = SIGKILL,
};
FIXTURE_VARIANT_ADD(gap, fifo_interrupted) { .agent = FIFO LONG, .sig = SIGINT };
FIXTURE_VARIANT_ADD(gap, fifo_stopped) { .agent = FIFO " --timeout 10000", .sig = SIGSTOP };
FIXTURE_VARIANT_ADD(gap, fifo_destroyed) { .agent = FIFO LONG };
FIXTURE_VARIANT_ADD(gap, central_destroyed) { .agent = CENTRAL LONG };

FIXTURE_SETUP(gap)
{
	int i;

	ASSERT_EQ(0, group_make(self->group, "gap", "2"));
	for (i = 0; i < NR_LOADS; i++)
		ASSERT_EQ(0, load_start(&self->loads[i], i % 2 ? LOAD_SLEEPER : LOAD_HOG,
					self->group));
	self->agent = agent_start(variant->agent);
	ASSERT_LT(0, self->agent);
	ASSERT_TRUE(loads_have_policy(self->loads, NR_LOADS, POLICY_GHOST));
}

FIXTURE_TEARDOWN(gap)
{
	int i;

	for (i = 0; i < NR_LOADS; i++)
		load_end(&self->loads[i]);
	group_remove(self->group);
}

static long ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Until each task has gone on; says how long that took, which proves nothing. */
static bool all_go_on(const struct load *loads)
{
	unsigned long counts[NR_LOADS], rounds = 0;
	int i, left = NR_LOADS;
	bool done[NR_LOADS] = {};
	long start = ms();

	for (i = 0; i < NR_LOADS; i++)
		counts[i] = loads[i].shown->count + 1;
	while (left && ms() - start < WAIT_SECONDS * 1000L) {
		for (i = 0; i < NR_LOADS; i++) {
			if (!done[i] && loads[i].shown->count > counts[i]) {
				done[i] = true;
				left--;
			}
		}
		rounds++;
		usleep(1000);
	}
	printf("# the last of %d went on after %ld ms of the machine, %lu looks\n", NR_LOADS,
	       ms() - start, rounds);
	return !left;
}

PROVE_F(gap, end, "the agent ends: every task goes on in CFS, no enclave is left")
{
	int status;

	ASSERT_TRUE(loads_go_on(self->loads, NR_LOADS));
	ASSERT_TRUE(agent_runs(self->agent));
	if (variant->sig)
		kill(self->agent, variant->sig);
	else
		ASSERT_EQ(0, system("tag enclave destroy 1"));
	EXPECT_TRUE(all_go_on(self->loads));
	status = agent_end(self->agent, 0);
	EXPECT_EQ(variant->sig == SIGINT, !status);
	EXPECT_TRUE(WAIT_FOR(!enclaves(), "the end of the enclave"));
	EXPECT_TRUE(loads_have_policy(self->loads, NR_LOADS, SCHED_OTHER));
	EXPECT_TRUE(loads_go_on(self->loads, NR_LOADS));
	EXPECT_EQ(0, tasks_with_policy(POLICY_GHOST));
}

TEST_HARNESS_MAIN
