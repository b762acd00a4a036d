// SPDX-License-Identifier: GPL-2.0-only
/*
 * cpu_isolate: where hogs and sleepers of a tag and of nobody run, by CPUs that they
 * have seen themselves on.
 */
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "kselftest_harness.h"

#include "group.h"
#include "policy.h"

#define GROUP		"st-isolate"
#define OWN_CPUS	(1 << 2 | 1 << 3)	/* of the tag: --cpus 2-3 */
#define ALL_CPUS	0xf
#define CPUS		4
#define NR_TASKS	6			/* of each side: more than it has CPUs */
#define LOOKS		40
#define GUARD		600			/* seconds; ends a test that hangs */

/* A process that looks where it is, again and again. */
struct looker {
	pid_t pid;
	struct looks {
		unsigned int seen;		/* CPUs */
		unsigned int n;
	} *shared;
};

FIXTURE(cpu_isolate) {
	struct policy policy;
	struct looker own[NR_TASKS], others[NR_TASKS];
};

static void look(struct looks *l, bool sleeps)
{
	volatile int i;

	for (;;) {
		for (i = 0; i < 100000; i++)
			;
		__atomic_fetch_or(&l->seen, 1U << sched_getcpu(), __ATOMIC_SEQ_CST);
		__atomic_fetch_add(&l->n, 1, __ATOMIC_SEQ_CST);
		if (sleeps)
			usleep(1000);
	}
}

static int looker_start(struct looker *l, const char *group, bool sleeps)
{
	l->shared = mmap(NULL, sizeof(*l->shared), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (l->shared == MAP_FAILED)
		return -1;
	l->pid = fork();
	if (l->pid)
		return l->pid < 0 ? -1 : 0;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (group && group_join(group))
		_exit(1);
	look(l->shared, sleeps);
	return 0;
}

static void looker_stop(struct looker *l)
{
	if (l->pid > 0) {
		kill(l->pid, SIGKILL);
		waitpid(l->pid, NULL, 0);
		munmap(l->shared, sizeof(*l->shared));
	}
}

FIXTURE_SETUP(cpu_isolate)
{
	int i;

	if (sysconf(_SC_NPROCESSORS_ONLN) != CPUS)
		SKIP(return, "needs 4 CPUs");
	ASSERT_EQ(0, group_make(GROUP, 1006));
	for (i = 0; i < NR_TASKS; i++) {
		ASSERT_EQ(0, looker_start(&self->own[i], GROUP, i % 2));
		ASSERT_EQ(0, looker_start(&self->others[i], NULL, i % 2));
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

static void wait_looks(struct looker *l, int nr, unsigned int looks)
{
	unsigned int from[NR_TASKS];
	int i;

	for (i = 0; i < nr; i++)
		from[i] = __atomic_load_n(&l[i].shared->n, __ATOMIC_SEQ_CST);
	for (i = 0; i < nr; i++)
		while (__atomic_load_n(&l[i].shared->n, __ATOMIC_SEQ_CST) - from[i] < looks)
			usleep(10000);
}

static void forget(struct looker *l)
{
	int i;

	for (i = 0; i < NR_TASKS; i++)
		__atomic_store_n(&l[i].shared->seen, 0, __ATOMIC_SEQ_CST);
}

static unsigned int seen(const struct looker *l)
{
	unsigned int all = 0;
	int i;

	for (i = 0; i < NR_TASKS; i++)
		all |= __atomic_load_n(&l[i].shared->seen, __ATOMIC_SEQ_CST);
	return all;
}

/* Where both sides are from now on. */
static void watch(FIXTURE_DATA(cpu_isolate) *self)
{
	/* A look that was begun before may still be said. */
	wait_looks(self->own, NR_TASKS, 2);
	wait_looks(self->others, NR_TASKS, 2);
	forget(self->own);
	forget(self->others);
	wait_looks(self->own, NR_TASKS, LOOKS);
	wait_looks(self->others, NR_TASKS, LOOKS);
	printf("# the tag's tasks on %#x, others on %#x\n", seen(self->own), seen(self->others));
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
	EXPECT_NE(0, seen(self->own) & ~OWN_CPUS);
	EXPECT_NE(0, seen(self->others) & OWN_CPUS);

	ASSERT_EQ(0, start(self));
	/* Twice: between a wakeup and its end CFS may still have moved somebody. */
	watch(self);
	watch(self);
	EXPECT_EQ(OWN_CPUS, seen(self->own));
	EXPECT_EQ(ALL_CPUS & ~OWN_CPUS, seen(self->others));

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
