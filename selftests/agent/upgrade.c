// SPDX-License-Identifier: GPL-2.0-only
/* An agent is replaced by the next, again and again, while its tasks run. */
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "harness.h"

#define NR_LOADS	40
#define NR_HOGS		4
#define TIMES		(sys_is_slow() ? 5 : 15)

static const char *const agents[] = {
	"tagsched-fifo --tag 2 --timeout 60000",
	"tagsched-fifo-central --tag 2 --timeout 60000",
	"tagsched-fifo --queue ringbuf --tag 2 --timeout 60000",
	"tagsched-fifo-central --queue ringbuf --tag 2 --timeout 60000",
};
#define NR_AGENTS	(sizeof(agents) / sizeof(agents[0]))

/* What a process of its own has seen of the tasks' policies. */
struct seen {
	unsigned long looks;	/* at all of them */
	unsigned long others;	/* times that one was not delegated */
};

FIXTURE(upgrade) {
	char group[NAME_SIZE];
	struct load loads[NR_LOADS];
	struct seen *seen;
	pid_t watcher;
	pid_t agent;
};

FIXTURE_SETUP(upgrade)
{
	int i;

	self->seen = mmap(NULL, sizeof(*self->seen), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->seen);
	ASSERT_EQ(0, group_make(self->group, "upgrade", "2"));
	for (i = 0; i < NR_LOADS; i++)
		ASSERT_EQ(0, load_start(&self->loads[i], i < NR_HOGS ? LOAD_HOG : LOAD_SLEEPER,
					self->group));
	self->agent = agent_start(agents[0]);
	ASSERT_LT(0, self->agent);
	ASSERT_TRUE(loads_have_policy(self->loads, NR_LOADS, POLICY_GHOST));
}

FIXTURE_TEARDOWN(upgrade)
{
	int i;

	if (self->watcher > 0) {
		kill(self->watcher, SIGKILL);
		waitpid(self->watcher, NULL, 0);
	}
	agent_end(self->agent, SIGINT);
	for (i = 0; i < NR_LOADS; i++)
		load_end(&self->loads[i]);
	group_remove(self->group);
	munmap(self->seen, sizeof(*self->seen));
}

static pid_t watch(struct seen *seen, const struct load *loads)
{
	pid_t pid = fork();
	int i;

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		for (i = 0; i < NR_LOADS; i++)
			__atomic_fetch_add(&seen->others,
					   task_policy(loads[i].pid) != POLICY_GHOST,
					   __ATOMIC_SEQ_CST);
		__atomic_fetch_add(&seen->looks, 1, __ATOMIC_SEQ_CST);
		usleep(100);
	}
}

PROVE_F(upgrade, chain,
	"agents of each kind follow each other: each ends well, no task is in CFS in between, none hangs")
{
	struct seen *seen = self->seen;
	int i;

	self->watcher = watch(seen, self->loads);
	ASSERT_LT(0, self->watcher);
	ASSERT_TRUE(WAIT_FOR(seen->looks > 1, "a look at the tasks"));
	for (i = 1; i <= TIMES; i++) {
		unsigned long looks = seen->looks;
		pid_t last = self->agent;

		self->agent = agent_start(agents[i % NR_AGENTS]);
		ASSERT_LT(0, self->agent);
		EXPECT_EQ(0, agent_end(last, 0));
		ASSERT_TRUE(loads_go_on(self->loads, NR_LOADS));
		ASSERT_TRUE(WAIT_FOR(seen->looks > looks + 1, "a look at the tasks"));
		EXPECT_EQ(1, enclaves());
	}
	printf("# %d agents, %lu looks at %d tasks each\n", TIMES + 1, seen->looks, NR_LOADS);
	EXPECT_EQ(0, seen->others);
}

PROVE_F(upgrade, last, "after the last of them the tasks are in CFS and no enclave is left")
{
	pid_t first = self->agent;

	self->agent = agent_start(agents[1]);
	ASSERT_LT(0, self->agent);
	EXPECT_EQ(0, agent_end(first, 0));
	EXPECT_EQ(0, agent_end(self->agent, SIGINT));
	EXPECT_TRUE(loads_have_policy(self->loads, NR_LOADS, SCHED_OTHER));
	EXPECT_TRUE(loads_go_on(self->loads, NR_LOADS));
	EXPECT_EQ(0, enclaves());
	self->agent = agent_start(agents[0]);
	ASSERT_LT(0, self->agent);
}

TEST_HARNESS_MAIN
