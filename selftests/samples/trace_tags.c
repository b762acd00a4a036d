// SPDX-License-Identifier: GPL-2.0-only
/* trace_tags: what it says a tag did, beside what the kernel says of its one task. */
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "kselftest_harness.h"

#include "group.h"
#include "policy.h"

#define GROUP		"st-trace"
#define TAG		1007
#define ROUNDS		200
#define GUARD		600		/* seconds; ends a test that hangs */

FIXTURE(trace_tags) {
	struct policy policy;
	unsigned long long ran_ns;	/* what the kernel says */
};

FIXTURE_SETUP(trace_tags)
{
	ASSERT_EQ(0, group_make(GROUP, TAG));
}

FIXTURE_TEARDOWN(trace_tags)
{
	group_remove(GROUP);
}

static unsigned long long own_runtime(void)
{
	unsigned long long ns = 0;
	FILE *f = fopen("/proc/self/schedstat", "r");

	if (!f || fscanf(f, "%llu", &ns) != 1)
		ns = 0;
	if (f)
		fclose(f);
	return ns;
}

/* On one CPU, in the group: compute and sleep in turns. What it ran there, in ns. */
static unsigned long long work(int cpu)
{
	unsigned long long from, ran = 0;
	volatile int i;
	int fds[2], n;
	cpu_set_t set;
	pid_t pid;

	if (pipe(fds))
		return 0;
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		CPU_ZERO(&set);
		CPU_SET(cpu, &set);
		if (sched_setaffinity(0, sizeof(set), &set) || group_join(GROUP))
			_exit(1);
		usleep(1000);
		from = own_runtime();
		for (n = 0; n < ROUNDS; n++) {
			for (i = 0; i < 2000000; i++)
				;
			usleep(1000);
		}
		ran = own_runtime() - from;
		_exit(write(fds[1], &ran, sizeof(ran)) != sizeof(ran));
	}
	close(fds[1]);
	if (read(fds[0], &ran, sizeof(ran)) != sizeof(ran))
		ran = 0;
	close(fds[0]);
	waitpid(pid, NULL, 0);
	return ran;
}

/* A number of the tag's on a CPU; 0 if it has not been there. */
static double number(const cJSON *summary, int cpu, const char *what)
{
	const cJSON *row;

	cJSON_ArrayForEach(row, cJSON_GetObjectItem(summary, "places"))
		if (cJSON_GetNumberValue(cJSON_GetObjectItem(row, "tag")) == TAG &&
		    cJSON_GetNumberValue(cJSON_GetObjectItem(row, "cpu")) == cpu)
			return cJSON_GetNumberValue(cJSON_GetObjectItem(row, what));
	return 0;
}

TEST_F_TIMEOUT(trace_tags, says_where_and_how_long, GUARD)
{
	double ran, waited;
	cJSON *summary;

	ASSERT_EQ(0, policy_start(&self->policy, "trace_tags", "--tag", "1007", NULL));
	self->ran_ns = work(1);
	ASSERT_LT(0, self->ran_ns);
	summary = policy_stop(&self->policy);
	ASSERT_NE(NULL, summary);

	ran = number(summary, 1, "ran_ns");
	waited = number(summary, 1, "runnable_ns") - ran;
	printf("# ran %.1f ms of %.1f, waited %.1f ms\n", ran / 1e6, self->ran_ns / 1e6,
	       waited / 1e6);
	fflush(stdout);	/* the harness ends a test without */
	/* A sleep can be over before it began; the last tick of a round may be missing. */
	EXPECT_LE(ROUNDS * 0.9, number(summary, 1, "woken"));
	EXPECT_LE(number(summary, 1, "woken"), number(summary, 1, "queued"));
	EXPECT_LE(self->ran_ns * 0.5, ran);
	EXPECT_GE(self->ran_ns * 1.5, ran);
	EXPECT_EQ(0, number(summary, 2, "ran_ns"));
	EXPECT_EQ(0, cJSON_GetNumberValue(cJSON_GetObjectItem(summary, "lost")));
	/* It came into the group: one change of its tag. */
	EXPECT_EQ(1, cJSON_GetNumberValue(cJSON_GetObjectItem(summary, "changes")));
	cJSON_Delete(summary);
}

TEST_F_TIMEOUT(trace_tags, other_tags_are_not_counted, GUARD)
{
	cJSON *summary;

	ASSERT_EQ(0, policy_start(&self->policy, "trace_tags", "--tag", "77", NULL));
	ASSERT_LT(0, work(1));
	summary = policy_stop(&self->policy);
	ASSERT_NE(NULL, summary);
	EXPECT_EQ(0, cJSON_GetArraySize(cJSON_GetObjectItem(summary, "places")));
	cJSON_Delete(summary);
}

TEST_HARNESS_MAIN
