// SPDX-License-Identifier: GPL-2.0-only
/*
 * An object that was compiled with the types of one kernel is loaded by another,
 * whose structures are laid out differently, without being compiled again.
 */
#include <kselftest_harness.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <tagsched.h>

#include "policies.h"

#define OBJECT	OBJECTS "/relocated.bpf.o"
#define TAG_OF	62
#define NICE	7

FIXTURE(other_config) {
	struct result r;
	pid_t child;	/* sleeps and wakes, with the tag, SCHED_BATCH and a nice value */
};

static pid_t start(void)
{
	struct sched_param none = {};
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (tagsched_process__set_tag(0, TAG_OF) || setpriority(PRIO_PROCESS, 0, NICE) ||
	    sched_setscheduler(0, SCHED_BATCH, &none))
		_exit(1);
	for (;;)
		usleep(10000);
}

FIXTURE_SETUP(other_config)
{
	ASSERT_TRUE(no_policies(&self->r));
	self->child = start();
	ASSERT_LT(0, self->child);
}

FIXTURE_TEARDOWN(other_config)
{
	kill(self->child, SIGKILL);
	no_policies(&self->r);
}

/* What the policy has seen last; the text says why there is none. */
static const char *value(const char *name)
{
	static char buf[64];

	if (tagsched_policy__get(NULL, "relocated", name, buf, sizeof(buf)))
		return tagsched_last_error();
	return buf;
}

TEST_F_TIMEOUT(other_config, object_of_another_kernel_reads_what_is_there, GUARD)
{
	struct utsname u;
	char pid[16];

	ASSERT_EQ(0, uname(&u));
	printf("# this kernel is %s, of %s\n", u.release, u.version);
	fflush(stdout);
	snprintf(pid, sizeof(pid), "%d", self->child);
	RUN_OK("tag policy load " OBJECT);
	/* The test's time limit ends it. */
	while (strcmp(value("pid"), pid))
		usleep(10000);
	EXPECT_STREQ(pid, value("tgid"));
	EXPECT_STREQ("127", value("prio"));	/* 120 and the nice value */
	EXPECT_STREQ("3", value("policy"));	/* SCHED_BATCH */
}

TEST_HARNESS_MAIN
