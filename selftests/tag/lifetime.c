// SPDX-License-Identifier: GPL-2.0-only
/*
 * What becomes of tags when tasks die and groups go.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup.h"
#include "harness.h"
#include "thread.h"
#include "util.h"

FIXTURE(life) {
	char base[TAG_PATH_MAX];
	char group[TAG_PATH_MAX];
};

FIXTURE_SETUP(life)
{
	ASSERT_EQ(0, cg_base(self->base));
	ASSERT_EQ(0, cg_child(self->base, "g", self->group));
}

FIXTURE_TEARDOWN(life)
{
	EXPECT_EQ(0, cg_destroy(self->base));
}

/* pread(2) and write(2) of an open tag file: 0 or -errno. */
static int fd_read(int fd)
{
	char text[64];

	return pread(fd, text, sizeof(text), 0) < 0 ? -errno : 0;
}

static int fd_write(int fd, const char *text)
{
	return write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

TAG_TEST_F(life, same_name, "T2: a new group of a removed one's name has no tag")
{
	int i;

	for (i = 0; i < 10; i++) {
		EXPECT_EQ(0, cg_tag(self->group));
		EXPECT_EQ(0, cg_set(self->group, "5"));
		EXPECT_EQ(5, cg_tag(self->group));
		ASSERT_EQ(0, cg_destroy(self->group));
		ASSERT_EQ(0, cg_child(self->base, "g", self->group));
	}
	EXPECT_EQ(0, cg_set(self->base, "3"));
	EXPECT_EQ(3, cg_tag(self->group));
}

TAG_TEST_F(life, moved_out, "T2: a task that left a group before its removal keeps nothing of it")
{
	pid_t task;

	ASSERT_EQ(0, cg_set(self->group, "5"));
	task = cg_sleeper(self->group);
	ASSERT_GT(task, 0);
	EXPECT_EQ(5, task_tag(task));
	ASSERT_EQ(0, cg_move(cg_root(), task));
	ASSERT_EQ(0, cg_destroy(self->group));
	EXPECT_EQ(0, task_tag(task));
	child_kill(task);
}

TAG_TEST_F(life, open_file_of_group, "T2: the open file of a removed group is ENODEV")
{
	int fd = open(cg_file(self->group, "cpu.tag"), O_RDWR | O_CLOEXEC);

	ASSERT_GE(fd, 0);
	EXPECT_EQ(0, fd_write(fd, "5"));
	ASSERT_EQ(0, cg_destroy(self->group));
	EXPECT_EQ(-ENODEV, fd_read(fd));
	EXPECT_EQ(-ENODEV, fd_write(fd, "6"));
	ASSERT_EQ(0, cg_child(self->base, "g", self->group));
	EXPECT_EQ(-ENODEV, fd_write(fd, "7"));
	EXPECT_EQ(0, cg_tag(self->group));
	close(fd);
}

TAG_TEST_F(life, zombie, "T2: a zombie's tag can be read, set and cleared")
{
	pid_t pid = child_fork();

	if (!pid)
		_exit(0);
	ASSERT_GT(pid, 0);
	ASSERT_EQ(0, child_wait_zombie(pid));
	EXPECT_EQ(0, task_tag(pid));
	EXPECT_EQ(0, task_set(pid, "5"));
	EXPECT_EQ(5, task_tag(pid));
	EXPECT_EQ(5, thread_tag(pid, pid));
	EXPECT_EQ(-EINVAL, task_set(pid, "5x"));
	EXPECT_EQ(5, task_tag(pid));
	EXPECT_EQ(0, thread_set(pid, pid, "6"));
	EXPECT_EQ(6, task_tag(pid));
	EXPECT_EQ(0, task_set(pid, "default"));
	EXPECT_EQ(0, task_tag(pid));
	waitpid(pid, NULL, 0);
}

/* What the zombie reads is not promised here; that nothing breaks is. */
TAG_TEST_F(life, zombie_of_removed_group,
	   "T2: a zombie outlives its group, and its files still work")
{
	pid_t pid;
	__s64 tag;

	ASSERT_EQ(0, cg_set(self->group, "5"));
	pid = child_fork();
	if (!pid) {
		cg_move(self->group, getpid());
		_exit(0);
	}
	ASSERT_GT(pid, 0);
	ASSERT_EQ(0, child_wait_zombie(pid));
	ASSERT_EQ(0, cg_destroy(self->group));
	EXPECT_EQ(0, tag_read(task_file(pid), &tag));
	EXPECT_EQ(0, task_set(pid, "7"));
	EXPECT_EQ(7, task_tag(pid));
	EXPECT_EQ(0, task_set(pid, "default"));
	EXPECT_EQ(0, tag_read(task_file(pid), &tag));
	waitpid(pid, NULL, 0);
	ASSERT_EQ(0, cg_child(self->base, "g", self->group));
	EXPECT_EQ(0, cg_tag(self->group));
}

TAG_TEST_F(life, dead, "T2: the files of a reaped task are ESRCH if open, ENOENT if not")
{
	pid_t pid = child_sleeper();
	int process, thread;

	ASSERT_GT(pid, 0);
	process = open(task_file(pid), O_RDWR | O_CLOEXEC);
	thread = open(thread_file(pid, pid), O_RDWR | O_CLOEXEC);
	ASSERT_GE(process, 0);
	ASSERT_GE(thread, 0);
	EXPECT_EQ(0, fd_write(process, "5"));
	EXPECT_EQ(0, fd_read(thread));
	child_kill(pid);
	EXPECT_EQ(-ESRCH, fd_read(process));
	EXPECT_EQ(-ESRCH, fd_write(process, "6"));
	EXPECT_EQ(-ESRCH, fd_read(thread));
	EXPECT_EQ(-ESRCH, fd_write(thread, "6"));
	EXPECT_EQ(-ENOENT, task_set(pid, "6"));
	EXPECT_EQ(-ENOENT, thread_set(pid, pid, "6"));
	close(process);
	close(thread);
}

TAG_TEST_F(life, dead_thread, "T2: the file of a thread that ended is ESRCH, its process lives on")
{
	struct sleepers threads;
	pid_t tid;
	int fd;

	ASSERT_EQ(0, sleepers_start(&threads, 1));
	tid = threads.tid[0];
	fd = open(thread_file(getpid(), tid), O_RDWR | O_CLOEXEC);
	ASSERT_GE(fd, 0);
	EXPECT_EQ(0, fd_write(fd, "5"));
	ASSERT_EQ(0, sleepers_stop(&threads));
	/* pthread_join() returns a moment before the thread is gone. */
	while (!access(thread_file(getpid(), tid), F_OK))
		usleep(1000);
	EXPECT_EQ(-ESRCH, fd_read(fd));
	EXPECT_EQ(-ESRCH, fd_write(fd, "6"));
	EXPECT_EQ(0, own_tag_read());
	close(fd);
}

/* Turning the controller off takes the group's task_group away, on v2. */
TAG_TEST_F(life, controller_off,
	   "T2: without the cpu controller a group's tasks have its parent's tag")
{
	pid_t task;

	if (cg_version() != 2)
		SKIP(return, "controllers cannot be turned off on cgroup v1");
	ASSERT_EQ(0, cg_set(self->base, "3"));
	ASSERT_EQ(0, cg_set(self->group, "5"));
	task = cg_sleeper(self->group);
	ASSERT_GT(task, 0);
	EXPECT_EQ(5, task_tag(task));
	ASSERT_EQ(0, file_write(cg_file(self->base, "cgroup.subtree_control"),
				"-cpu"));
	EXPECT_EQ(3, task_tag(task));
	EXPECT_EQ(-ENOENT, cg_set(self->group, "6"));
	ASSERT_EQ(0, file_write(cg_file(self->base, "cgroup.subtree_control"),
				"+cpu"));
	EXPECT_EQ(3, cg_tag(self->group));
	EXPECT_EQ(3, task_tag(task));
	EXPECT_EQ(0, cg_set(self->base, "default"));
	EXPECT_EQ(0, cg_tag(self->group));
	EXPECT_EQ(0, task_tag(task));
	child_kill(task);
}

TEST_HARNESS_MAIN
