// SPDX-License-Identifier: GPL-2.0-only
/*
 * Autogroups, which the kernel makes for the sessions of tasks that are in the
 * root group, have no tag and do not come between a task and its own or its
 * group's.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cgroup.h"
#include "harness.h"
#include "util.h"

#define SWITCH	"/proc/sys/kernel/sched_autogroup_enabled"

FIXTURE(autogroup) {
	char base[TAG_PATH_MAX];
	char group[TAG_PATH_MAX];
	char before[16];
	pid_t leader;
};

/* A process in the root group that is in an autogroup of its own. */
static pid_t session_leader(void)
{
	int fds[2];
	char ready;
	pid_t pid;

	if (pipe(fds))
		return -errno;
	pid = child_fork();
	if (!pid) {
		if (cg_move(cg_root(), getpid()) || setsid() < 0 ||
		    write(fds[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(fds[1]);
	if (pid > 0 && read(fds[0], &ready, 1) != 1) {
		child_kill(pid);
		pid = -EPIPE;
	}
	close(fds[0]);
	return pid;
}

FIXTURE_SETUP(autogroup)
{
	if (file_read(SWITCH, self->before, sizeof(self->before)) < 0)
		return;
	ASSERT_EQ(0, cg_base(self->base));
	ASSERT_EQ(0, cg_child(self->base, "g", self->group));
	ASSERT_EQ(0, cg_set(self->group, "5"));
	ASSERT_EQ(0, file_write(SWITCH, "1"));
	self->leader = session_leader();
	ASSERT_GT(self->leader, 0);
}

FIXTURE_TEARDOWN(autogroup)
{
	if (!self->before[0])
		return;
	child_kill(self->leader);
	EXPECT_EQ(0, cg_destroy(self->base));
	EXPECT_EQ(0, file_write(SWITCH, self->before));
}

#define NEED_AUTOGROUP()						\
	do {								\
		if (!self->before[0])					\
			SKIP(return, "the kernel lacks SCHED_AUTOGROUP"); \
	} while (0)

/* The kernel names the autogroup of a task in /proc/PID/autogroup. */
static bool in_autogroup(pid_t pid)
{
	char path[64], text[64];

	snprintf(path, sizeof(path), "/proc/%d/autogroup", pid);
	return file_read(path, text, sizeof(text)) > 0 &&
	       !strncmp(text, "/autogroup-", 11);
}

TAG_TEST_F(autogroup, reads_zero, "T1: a task in an autogroup is untagged")
{
	NEED_AUTOGROUP();
	EXPECT_TRUE(in_autogroup(self->leader));
	EXPECT_EQ(0, task_tag(self->leader));
}

TAG_TEST_F(autogroup, own, "T1: an own tag works in an autogroup")
{
	NEED_AUTOGROUP();
	EXPECT_EQ(0, task_set(self->leader, "8"));
	EXPECT_EQ(8, task_tag(self->leader));
	EXPECT_EQ(0, thread_set(self->leader, self->leader, "-9"));
	EXPECT_EQ(-9, task_tag(self->leader));
	EXPECT_EQ(0, task_set(self->leader, "default"));
	EXPECT_EQ(0, task_tag(self->leader));
}

TAG_TEST_F(autogroup, group_first,
	   "T2: a tagged group takes precedence over the autogroup, and back")
{
	NEED_AUTOGROUP();
	EXPECT_EQ(0, cg_move(self->group, self->leader));
	EXPECT_EQ(5, task_tag(self->leader));
	EXPECT_EQ(0, cg_set(self->group, "6"));
	EXPECT_EQ(6, task_tag(self->leader));
	EXPECT_EQ(0, cg_move(cg_root(), self->leader));
	EXPECT_EQ(0, task_tag(self->leader));
}

TAG_TEST_F(autogroup, session_in_group, "T2: a new session in a tagged group keeps the group's tag")
{
	pid_t pid;

	NEED_AUTOGROUP();
	pid = session_leader();
	ASSERT_GT(pid, 0);
	EXPECT_EQ(0, cg_move(self->group, pid));
	EXPECT_EQ(5, task_tag(pid));
	EXPECT_EQ(0, file_write(SWITCH, "0"));
	EXPECT_EQ(5, task_tag(pid));
	EXPECT_EQ(0, file_write(SWITCH, "1"));
	EXPECT_EQ(5, task_tag(pid));
	child_kill(pid);
}

TAG_TEST_F(autogroup, zombie, "T2: a zombie that was in an autogroup can be tagged")
{
	pid_t pid;

	NEED_AUTOGROUP();
	pid = session_leader();
	ASSERT_GT(pid, 0);
	kill(pid, SIGKILL);
	ASSERT_EQ(0, child_wait_zombie(pid));
	EXPECT_EQ(0, task_tag(pid));
	EXPECT_EQ(0, task_set(pid, "4"));
	EXPECT_EQ(4, task_tag(pid));
	child_kill(pid);
}

TEST_HARNESS_MAIN
