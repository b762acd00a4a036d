// SPDX-License-Identifier: GPL-2.0-only
/* [H4] What tag policy show says of a policy that the kernel has ejected. */
#include <cjson/cJSON.h>
#include <kselftest_harness.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <tagsched.h>

#include "policies.h"

#define SYSCTL	"/proc/sys/kernel/"

FIXTURE(story) {
	struct result r;
	pid_t hogs[2];
};

FIXTURE_SETUP(story)
{
	ASSERT_TRUE(no_policies(&self->r));
	self->hogs[0] = self->hogs[1] = 0;
}

FIXTURE_TEARDOWN(story)
{
	int i;

	for (i = 0; i < 2; i++) {
		if (self->hogs[i] > 0) {
			kill(self->hogs[i], SIGKILL);
			waitpid(self->hogs[i], NULL, 0);
		}
	}
	run(&self->r, "echo 10000 > " SYSCTL "sched_bpf_timeout_ms; echo 10000 > " SYSCTL "sched_bpf_refused_max");
	no_policies(&self->r);
}

/* Waits until the policy decides no more. */
static bool ejected(struct result *r, const char *name)
{
	int tries;

	for (tries = 0; tries < 600; tries++) {
		run(r, "tag policy show %s | grep ^state", name);
		if (strncmp(r->text, "state       active", 18))
			return !r->status;
		usleep(100000);
	}
	return false;
}

/* Runs on CPU 1 for ever. */
static pid_t hog(const char *name, __s64 tag)
{
	cpu_set_t cpus;
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, name);
	CPU_ZERO(&cpus);
	CPU_SET(1, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus) || tagsched_process__set_tag(0, tag))
		_exit(1);
	for (;;)
		;
}

TEST_F_TIMEOUT(story, of_a_task_that_was_passed_over, GUARD)
{
	char text[128];
	cJSON *root, *exit;

	RUN_OK("echo 1000 > " SYSCTL "sched_bpf_timeout_ms");
	self->hogs[0] = hog("greedy", 62);
	ASSERT_LT(0, self->hogs[0]);
	usleep(200000);
	RUN_OK("tag policy load --tag=62 " STARVE " && tag policy load --tag=63 --name=other " STARVE);
	self->hogs[1] = hog("starved", 64);
	ASSERT_TRUE(ejected(&self->r, "starve")) {
		TH_LOG("%s", self->r.text);
	}
	EXPECT_EQ(0, strncmp(self->r.text, "state       ejected on 2", 24));
	EXPECT_SAYS(" on CPU 1: task ");
	EXPECT_SAYS(" could run and was passed over for ");
	EXPECT_SAYS(" ms (kernel.sched_bpf_timeout_ms)\n");
	/* Whoever was kept from CPU 1 for that long: it is one of the two, mostly. */
	snprintf(text, sizeof(text), "task starved (pid %d) with tag 64", self->hogs[1]);
	if (!strstr(self->r.text, text))
		TH_LOG("somebody else: %s", self->r.text);
	RUN_OK("tag -j policy show starve");
	root = cJSON_Parse(self->r.text);
	ASSERT_NE(NULL, root);
	exit = cJSON_GetObjectItem(root, "exit");
	EXPECT_LE(1000, cJSON_GetNumberValue(cJSON_GetObjectItem(exit, "waited_ms")));
	EXPECT_EQ(1, cJSON_GetNumberValue(cJSON_GetObjectItem(exit, "cpu")));
	EXPECT_EQ(3, cJSON_GetNumberValue(cJSON_GetObjectItem(exit, "reason")));
	EXPECT_LT(1e18, cJSON_GetNumberValue(cJSON_GetObjectItem(exit, "time_ns")));
	cJSON_Delete(root);
	RUN_OK("tag policy ls | awk '{ print $1, $NF }'");
	EXPECT_SAYS("starve ejected\n");
	EXPECT_SAYS("other active\n");
	/* and it can be loaded again when it was unloaded */
	RUN_FAILS("a policy of this name was ejected on ", "tag policy load " STARVE);
	RUN_OK("tag policy unload starve");
}

TEST_F_TIMEOUT(story, of_answers_that_are_not_valid, GUARD)
{
	RUN_OK("echo 5 > " SYSCTL "sched_bpf_refused_max && tag policy load --tag=65 " WRONG
	       " && for i in 1 2 3 4; do tag run 65 -- sh -c 'for i in 1 2 3 4 5 6 7 8 9 10; do /bin/true; done' & done; wait");
	ASSERT_TRUE(ejected(&self->r, "wrong")) {
		TH_LOG("%s", self->r.text);
	}
	EXPECT_SAYS("state       ejected on 2");
	EXPECT_SAYS(" answers of its program at cfs_select_rq in a second were not valid (kernel.sched_bpf_refused_max)\n");
	RUN_OK("tag -j policy show wrong");
	EXPECT_SAYS("\"hook\":\t\"cfs_select_rq\"");
	EXPECT_SAYS("\"state\":\t\"ejected\"");
	RUN_FAILS("policy 'wrong': was ejected on ", "tag policy swap wrong " STAY);
}

TEST_F_TIMEOUT(story, of_the_sysrq_key, GUARD)
{
	RUN_OK("tag policy load --tag=66 " STAY " && echo S > /proc/sysrq-trigger");
	ASSERT_TRUE(ejected(&self->r, "stay"));
	EXPECT_SAYS(": an operator pressed the SysRq key\n");
}

TEST_HARNESS_MAIN
