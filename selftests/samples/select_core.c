// SPDX-License-Identifier: GPL-2.0-only
/*
 * select_core: where tagged tasks wake and start, in shares of some hundred
 * wakeups. The load balancer may move a task between its wakeup and its first
 * look around, so a few may be seen elsewhere.
 */
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "kselftest_harness.h"

#include "group.h"
#include "hog.h"
#include "policy.h"

#define GROUP		"st-select"
#define OTHER		"st-select-2"
#define TAG		1003
#define OTHER_TAG	1004
#define CPUS		4
#define MAX_HOGS	6
#define WAKEUPS		300
#define GUARD		600		/* seconds; ends a test that hangs */

/* Where a process found itself after each of its wakeups. */
struct sleeper {
	pid_t pid;
	int *on;			/* [CPUS], shared with it */
};

FIXTURE(select_core) {
	struct policy policy;
	struct sleeper sleepers[2];
	struct hog hogs[MAX_HOGS];
	int nhogs;
};

FIXTURE_SETUP(select_core)
{
	if (sysconf(_SC_NPROCESSORS_ONLN) < CPUS)
		SKIP(return, "needs 4 CPUs");
	ASSERT_EQ(0, group_make(GROUP, TAG));
	ASSERT_EQ(0, group_make(OTHER, OTHER_TAG));
}

FIXTURE_TEARDOWN(select_core)
{
	while (self->nhogs > 0)
		hog_stop(&self->hogs[--self->nhogs]);
	group_remove(GROUP);
	group_remove(OTHER);
}

static int allow_only(unsigned int cpus)
{
	cpu_set_t set;
	int cpu;

	CPU_ZERO(&set);
	for (cpu = 0; cpu < CPUS; cpu++)
		if (cpus >> cpu & 1)
			CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set);
}

/* WAKEUPS sleeps in a group; allowed on the CPUs of a bit mask, 0 for all. */
static int sleeper_start(struct sleeper *s, const char *group, unsigned int allowed)
{
	int i;

	s->on = mmap(NULL, CPUS * sizeof(*s->on), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (s->on == MAP_FAILED)
		return -1;
	s->pid = fork();
	if (s->pid)
		return s->pid < 0 ? -1 : 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* In this order: joining a group with a cpuset of its own resets the mask. */
	if (group_join(group) || (allowed && allow_only(allowed)))
		_exit(1);
	usleep(2000);		/* the first sleep began somewhere else */
	for (i = 0; i < WAKEUPS; i++) {
		usleep(2000);
		s->on[sched_getcpu() % CPUS]++;
	}
	_exit(0);
}

/* Percent of its wakeups on the CPUs of a bit mask; negative if it failed. */
static double sleeper_percent(struct sleeper *s, unsigned int cpus)
{
	int status, cpu, all = 0, there = 0;

	if (s->pid) {
		if (waitpid(s->pid, &status, 0) != s->pid || status)
			return -1;
		s->pid = 0;
	}
	for (cpu = 0; cpu < CPUS; cpu++) {
		all += s->on[cpu];
		if (cpus >> cpu & 1)
			there += s->on[cpu];
	}
	return all ? 100.0 * there / all : -1;
}

static int add_hog(FIXTURE_DATA(select_core) *self, int cpu)
{
	return hog_start(&self->hogs[self->nhogs++], NULL, cpu);
}

/* A counter of a tag in a summary. */
static double count_of(const cJSON *summary, long long tag, const char *name)
{
	const cJSON *row;

	cJSON_ArrayForEach(row, cJSON_GetObjectItem(summary, "tags"))
		if (cJSON_GetNumberValue(cJSON_GetObjectItem(row, "tag")) == tag)
			return cJSON_GetNumberValue(cJSON_GetObjectItem(row, name));
	return -1;
}

TEST_F_TIMEOUT(select_core, wakes_on_the_one_cpu_asked_for, GUARD)
{
	char map[32];
	int cpu;

	for (cpu = 0; cpu < CPUS; cpu++) {
		struct sleeper s;
		cJSON *summary;

		snprintf(map, sizeof(map), "%d=%d", TAG, cpu);
		ASSERT_EQ(0, policy_start(&self->policy, "select_core", "--map", map, NULL));
		ASSERT_EQ(0, sleeper_start(&s, GROUP, 0));
		EXPECT_LE(97, sleeper_percent(&s, 1 << cpu));
		summary = policy_stop(&self->policy);
		ASSERT_NE(NULL, summary);
		EXPECT_LT(WAKEUPS * 0.8, policy_links(summary, "decided"));
		EXPECT_EQ(0, policy_links(summary, "refused"));
		cJSON_Delete(summary);
	}
}

TEST_F_TIMEOUT(select_core, each_tag_has_its_cpus, GUARD)
{
	struct sleeper a, b;

	ASSERT_EQ(0, policy_start(&self->policy, "select_core", "--map", "1003=0-1",
				  "--map", "1004=2-3", NULL));
	ASSERT_EQ(0, sleeper_start(&a, GROUP, 0));
	ASSERT_EQ(0, sleeper_start(&b, OTHER, 0));
	EXPECT_LE(97, sleeper_percent(&a, 0x3));
	EXPECT_LE(97, sleeper_percent(&b, 0xc));
	cJSON_Delete(policy_stop(&self->policy));
}

TEST_F_TIMEOUT(select_core, the_least_loaded_when_none_is_idle, GUARD)
{
	struct sleeper s;
	cJSON *summary;

	ASSERT_EQ(0, add_hog(self, 2));
	ASSERT_EQ(0, add_hog(self, 2));
	ASSERT_EQ(0, add_hog(self, 2));
	ASSERT_EQ(0, add_hog(self, 3));
	ASSERT_EQ(0, policy_start(&self->policy, "select_core", "--map", "1003=2-3",
				  "--full", "9", NULL));
	ASSERT_EQ(0, sleeper_start(&s, GROUP, 0));
	/* It waits for its turn there, and may be moved; CFS would choose CPU 0 or 1. */
	EXPECT_LE(60, sleeper_percent(&s, 1 << 3));
	summary = policy_stop(&self->policy);
	ASSERT_NE(NULL, summary);
	EXPECT_LT(WAKEUPS * 0.8, count_of(summary, TAG, "busy"));
	cJSON_Delete(summary);
}

TEST_F_TIMEOUT(select_core, full_cpus_are_left_for_others, GUARD)
{
	struct sleeper s;
	cJSON *summary;

	ASSERT_EQ(0, add_hog(self, 3));
	ASSERT_EQ(0, add_hog(self, 3));
	ASSERT_EQ(0, policy_start(&self->policy, "select_core", "--map", "1003=3",
				  "--full", "2", NULL));
	ASSERT_EQ(0, sleeper_start(&s, GROUP, 0));
	EXPECT_LE(80, sleeper_percent(&s, 0x7));
	summary = policy_stop(&self->policy);
	ASSERT_NE(NULL, summary);
	EXPECT_LT(WAKEUPS * 0.5, count_of(summary, TAG, "full"));
	cJSON_Delete(summary);
}

TEST_F_TIMEOUT(select_core, affinity_comes_first, GUARD)
{
	struct sleeper s;
	cJSON *summary;

	ASSERT_EQ(0, policy_start(&self->policy, "select_core", "--map", "1003=1-3", NULL));
	ASSERT_EQ(0, sleeper_start(&s, GROUP, 1 << 0));
	EXPECT_EQ(100, sleeper_percent(&s, 1 << 0));
	summary = policy_stop(&self->policy);
	ASSERT_NE(NULL, summary);
	EXPECT_EQ(0, policy_links(summary, "refused"));
	cJSON_Delete(summary);
}

TEST_F_TIMEOUT(select_core, none_usable_is_left_to_cfs, GUARD)
{
	struct sleeper s;
	cJSON *summary;

	ASSERT_EQ(0, policy_start(&self->policy, "select_core", "--map", "1003=2-3", NULL));
	ASSERT_EQ(0, sleeper_start(&s, GROUP, 0x3));
	EXPECT_EQ(100, sleeper_percent(&s, 0x3));
	summary = policy_stop(&self->policy);
	ASSERT_NE(NULL, summary);
	EXPECT_LT(WAKEUPS * 0.8, count_of(summary, TAG, "barred"));
	EXPECT_EQ(0, policy_links(summary, "refused"));
	cJSON_Delete(summary);
}

/* A process of the group forks; where do its children begin? */
static int starts_on(const char *group, unsigned int cpus)
{
	int i, there = 0, status;
	pid_t parent = fork();

	if (!parent) {
		if (group_join(group))
			_exit(255);
		usleep(2000);
		for (i = 0; i < 100; i++) {
			pid_t child = fork();

			if (!child)
				_exit(cpus >> sched_getcpu() & 1);
			if (waitpid(child, &status, 0) == child)
				there += WEXITSTATUS(status);
		}
		_exit(there);
	}
	if (waitpid(parent, &status, 0) != parent || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

TEST_F_TIMEOUT(select_core, forks_begin_there, GUARD)
{
	int there;

	ASSERT_EQ(0, policy_start(&self->policy, "select_core", "--map", "1003=3", NULL));
	there = starts_on(GROUP, 1 << 3);
	/*
	 * A child waits there for its parent, which is about to sleep; another
	 * CPU, idle, may be quicker and pull it. By chance it would be 25.
	 */
	EXPECT_LE(60, there);
	EXPECT_GE(100, there);
	cJSON_Delete(policy_stop(&self->policy));
}

TEST_HARNESS_MAIN
