// SPDX-License-Identifier: GPL-2.0-only
/* Control groups and affinities count for delegated tasks as for all others. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"

#define GROUP	"ghost-limit"
#define TASKS	4

FIXTURE(cgroup)
{
	struct enclave	e;
	struct policy	p;
	struct herd	h;
};

FIXTURE_SETUP(cgroup)
{
	memset(self, 0, sizeof(*self));
	ASSERT_EQ(0, sys_pin(0, 0));
	ASSERT_EQ(0, cg_make(GROUP));
	ASSERT_EQ(0, enclave_create(&self->e, GHOST_ABI_91, "1-3"));
	ASSERT_EQ(0, enclave_write(&self->e, "runnable_timeout", "0"));
	ASSERT_EQ(0, policy_start(&self->p, &self->e, RING));
	ASSERT_TRUE(policy_wait_ready(&self->p));
}

FIXTURE_TEARDOWN(cgroup)
{
	EXPECT_EQ(0, self->p.shared->bad) {
		TH_LOG("state %d", self->p.shared->bad_state);
	}
	policy_stop(&self->p);
	EXPECT_EQ(0, enclave_end(&self->e));
	herd_end(&self->h);
	EXPECT_EQ(0, cg_remove(GROUP));
}

static volatile int *cpus;	/* a count for each task and CPU */

static void spin_and_tell(int number, unsigned short *seed)
{
	volatile int i;

	for (i = 0; i < 1000; i++)
		;
	cpus[number * 8 + sched_getcpu() % 8]++;
}

static int start(FIXTURE_DATA(cgroup) *self)
{
	int i, err;

	cpus = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	err = herd_start(&self->h, TASKS, spin_and_tell);
	for (i = 0; i < TASKS && !err; i++)
		err = cg_add(GROUP, self->h.pids[i]);
	return err;
}

static int on_cpu(int cpu)
{
	int i, sum = 0;

	for (i = 0; i < TASKS; i++)
		sum += cpus[i * 8 + cpu];
	return sum;
}

struct count {
	const char	*key;
	long long	least;
};

static bool has_grown(void *arg)
{
	struct count *c = arg;

	return cg_number(GROUP, "cpu.stat", c->key) >= c->least;
}

static bool grows(const char *key, long long by)
{
	struct count c = { key, cg_number(GROUP, "cpu.stat", key) + by };

	return wait_for(key, has_grown, &c);
}

PROVE_F(cgroup, stat, "cpu.stat accounts delegated tasks: usage_usec grows by what they run")
{
	ASSERT_EQ(0, start(self));
	ASSERT_EQ(0, herd_enter(&self->h, &self->e));
	ASSERT_TRUE(herd_progresses(&self->h));
	EXPECT_TRUE(grows("usage_usec", 100000));
	EXPECT_EQ(TASKS, herd_with_policy(&self->h, SCHED_GHOST));
}

/*
 * Periods are the clock. A throttled task runs on until its CPU's next pick, at
 * the tick or the agent's next pass, on each CPU.
 */
PROVE_F(cgroup, max,
	"cpu.max limits delegated tasks: they are throttled, and use the quota and little more")
{
	long long periods, usage, quota = 10000;

	ASSERT_EQ(0, cg_write(GROUP, "cpu.max", "10000 100000"));
	ASSERT_EQ(0, start(self));
	ASSERT_EQ(0, herd_enter(&self->h, &self->e));
	ASSERT_TRUE(grows("nr_throttled", 3));
	periods = cg_number(GROUP, "cpu.stat", "nr_periods");
	usage = cg_number(GROUP, "cpu.stat", "usage_usec");
	ASSERT_TRUE(grows("nr_periods", 20));
	periods = cg_number(GROUP, "cpu.stat", "nr_periods") - periods;
	usage = cg_number(GROUP, "cpu.stat", "usage_usec") - usage;
	printf("# %lld us in %lld periods of %lld us\n", usage, periods, quota);
	fflush(stdout);
	/* Without a limit it would be twenty times as much. */
	EXPECT_LT(usage, 5 * quota * (periods + 1));
	/* It has what it may have. */
	EXPECT_GT(usage, quota * periods / 4);
	EXPECT_LT(0, cg_number(GROUP, "cpu.stat", "throttled_usec"));
	EXPECT_TRUE(herd_progresses(&self->h));
}

PROVE_F(cgroup, max_gone, "without a limit any more, tasks that were throttled run at once")
{
	ASSERT_EQ(0, cg_write(GROUP, "cpu.max", "1000 1000000"));
	ASSERT_EQ(0, start(self));
	ASSERT_EQ(0, herd_enter(&self->h, &self->e));
	ASSERT_TRUE(grows("nr_throttled", 1));
	ASSERT_EQ(0, cg_write(GROUP, "cpu.max", "max"));
	EXPECT_TRUE(herd_progresses(&self->h));
	EXPECT_TRUE(grows("usage_usec", 100000));
}

PROVE_F(cgroup, max_moved, "tasks that were throttled run when they are moved out of the group")
{
	int i;

	ASSERT_EQ(0, cg_write(GROUP, "cpu.max", "1000 1000000"));
	ASSERT_EQ(0, start(self));
	ASSERT_EQ(0, herd_enter(&self->h, &self->e));
	ASSERT_TRUE(grows("nr_throttled", 1));
	for (i = 0; i < TASKS; i++) {
		ASSERT_EQ(0, cg_add(".", self->h.pids[i]));
	}
	EXPECT_TRUE(herd_progresses(&self->h));
}

PROVE_F(cgroup, max_destroyed,
	"tasks that are throttled when the enclave goes are CFS's, and limited by it")
{
	ASSERT_EQ(0, cg_write(GROUP, "cpu.max", "5000 100000"));
	ASSERT_EQ(0, start(self));
	ASSERT_EQ(0, herd_enter(&self->h, &self->e));
	ASSERT_TRUE(grows("nr_throttled", 2));
	ASSERT_EQ(0, enclave_ctl(&self->e, "destroy"));
	ASSERT_TRUE(enclave_wait_gone(&self->e));
	EXPECT_EQ(0, herd_with_policy(&self->h, SCHED_GHOST));
	EXPECT_TRUE(grows("nr_throttled", 2));
	EXPECT_TRUE(herd_progresses(&self->h));
	policy_kill(&self->p);
}

struct place {
	int	cpu;
	int	least;
};

static bool was_there(void *arg)
{
	struct place *p = arg;

	return on_cpu(p->cpu) >= p->least;
}

static bool runs_on(int cpu)
{
	struct place p = { cpu, on_cpu(cpu) + 20 };

	return wait_for("a task on a CPU of its own", was_there, &p);
}

PROVE_F(cgroup, cpuset,
	"a cpuset is never overridden by a commit, and a change of it counts at once")
{
	int before;

	ASSERT_EQ(0, cg_write(GROUP, "cpuset.cpus", "2"));
	ASSERT_EQ(0, start(self));
	/* From here on each count is of a CPU that the group has. */
	ASSERT_TRUE(runs_on(2));
	before = on_cpu(3);
	ASSERT_EQ(0, herd_enter(&self->h, &self->e));
	ASSERT_TRUE(herd_progresses(&self->h));
	EXPECT_TRUE(runs_on(2));
	EXPECT_EQ(before, on_cpu(3));

	ASSERT_EQ(0, cg_write(GROUP, "cpuset.cpus", "3"));
	ASSERT_TRUE(runs_on(3));
	ASSERT_TRUE(herd_progresses(&self->h));
	before = on_cpu(2);
	ASSERT_TRUE(herd_progresses(&self->h));
	EXPECT_TRUE(runs_on(3));
	EXPECT_EQ(before, on_cpu(2));
}

PROVE_F(cgroup, affinity,
	"an affinity is never overridden by a commit, and a change of it counts at once")
{
	int i, before;

	ASSERT_EQ(0, start(self));
	ASSERT_EQ(0, herd_enter(&self->h, &self->e));
	ASSERT_TRUE(herd_progresses(&self->h));
	for (i = 0; i < 10; i++) {
		int cpu = 2 + i % 2, not = 5 - cpu, n;

		for (n = 0; n < TASKS; n++) {
			ASSERT_EQ(0, sys_pin(self->h.pids[n], cpu));
		}
		/* What each had begun on its old CPU it has told of after one more round. */
		ASSERT_TRUE(herd_progresses(&self->h));
		before = on_cpu(not);
		ASSERT_TRUE(runs_on(cpu));
		EXPECT_EQ(before, on_cpu(not));
	}
}

TEST_HARNESS_MAIN
