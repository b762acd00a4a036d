// SPDX-License-Identifier: GPL-2.0-only
/*
 * exec keeps the own tag of the thread that calls it, whichever that is.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup.h"
#include "harness.h"
#include "spawn.h"
#include "util.h"

/* The test process is in a group with tag 5. */
FIXTURE(exec) {
	char base[TAG_PATH_MAX];
	char group[TAG_PATH_MAX];
};

FIXTURE_SETUP(exec)
{
	ASSERT_EQ(0, cg_base(self->base));
	ASSERT_EQ(0, cg_child(self->base, "g", self->group));
	ASSERT_EQ(0, cg_set(self->group, "5"));
	ASSERT_EQ(0, cg_move(self->group, getpid()));
}

FIXTURE_TEARDOWN(exec)
{
	EXPECT_EQ(0, cg_destroy(self->base));
}

/* Prints its tag to file descriptor 1, as another program. */
static void exec_cat(void)
{
	execl("/bin/cat", "cat", "/proc/self/tag", NULL);
	_exit(127);
}

/* Tags to set before the exec; NULL leaves that one alone. */
struct before_exec {
	const char *process;
	const char *thread;
	bool from_thread;
};

static void *thread_exec(void *arg)
{
	const struct before_exec *before = arg;

	if (before->thread &&
	    thread_set(getpid(), thread_id(), before->thread))
		_exit(126);
	exec_cat();
	return NULL;
}

static void child_exec(const struct before_exec *before)
{
	pthread_t thread;

	if (before->process && task_set(getpid(), before->process))
		_exit(126);
	if (!before->from_thread)
		exec_cat();
	if (!pthread_create(&thread, NULL, thread_exec, (void *)before))
		for (;;)
			pause();
	_exit(125);
}

/* The tag that the program of an exec has. */
static __s64 tag_after_exec(const struct before_exec *before)
{
	int fds[2];
	__s64 tag;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return CHILD_DIED;
	pid = child_fork();
	if (!pid) {
		dup2(fds[1], STDOUT_FILENO);
		child_exec(before);
	}
	close(fds[1]);
	tag = tag_from_fd(fds[0]);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return tag;
}

TAG_TEST_F(exec, keeps_own, "T2: exec keeps the own tag")
{
	EXPECT_EQ(8, tag_after_exec(&(struct before_exec){ .process = "8" }));
	EXPECT_EQ(0, tag_after_exec(&(struct before_exec){ .process = "0" }));
	EXPECT_EQ(INT64_MIN, tag_after_exec(&(struct before_exec){
			.process = "-9223372036854775808" }));
}

TAG_TEST_F(exec, no_own, "T2: exec of a task without own tag leaves it with its group's")
{
	EXPECT_EQ(5, tag_after_exec(&(struct before_exec){ }));
	EXPECT_EQ(5, tag_after_exec(&(struct before_exec){
			.process = "default" }));
}

TAG_TEST_F(exec, from_thread,
	   "T2: exec from a thread that is not the leader keeps that thread's tag")
{
	EXPECT_EQ(7, tag_after_exec(&(struct before_exec){
			.process = "8", .thread = "7", .from_thread = true }));
	EXPECT_EQ(8, tag_after_exec(&(struct before_exec){
			.process = "8", .from_thread = true }));
	EXPECT_EQ(5, tag_after_exec(&(struct before_exec){
			.process = "8", .thread = "default",
			.from_thread = true }));
	EXPECT_EQ(0, tag_after_exec(&(struct before_exec){
			.thread = "0", .from_thread = true }));
}

TAG_TEST_F(exec, resets_not, "T2: exec keeps the own tag with SCHED_RESET_ON_FORK too")
{
	const struct sched_param none = { };
	int fds[2];
	pid_t pid;

	ASSERT_EQ(0, pipe2(fds, O_CLOEXEC));
	pid = child_fork();
	if (!pid) {
		dup2(fds[1], STDOUT_FILENO);
		if (sched_setscheduler(0, SCHED_OTHER | SCHED_RESET_ON_FORK,
				       &none))
			_exit(126);
		child_exec(&(struct before_exec){ .process = "8" });
	}
	close(fds[1]);
	EXPECT_EQ(8, tag_from_fd(fds[0]));
	ASSERT_GT(pid, 0);
	waitpid(pid, NULL, 0);
}

TEST_HARNESS_MAIN
