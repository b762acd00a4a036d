// SPDX-License-Identifier: GPL-2.0-only
/*
 * Moving between groups: the effective tag follows at once, unless the task
 * has an own one.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "cgroup.h"
#include "harness.h"
#include "thread.h"
#include "util.h"

FIXTURE(two_groups) {
	char base[TAG_PATH_MAX];
	char a[TAG_PATH_MAX];
	char b[TAG_PATH_MAX];
	pid_t task;
};

FIXTURE_SETUP(two_groups)
{
	ASSERT_EQ(0, cg_base(self->base));
	ASSERT_EQ(0, cg_child(self->base, "a", self->a));
	ASSERT_EQ(0, cg_child(self->base, "b", self->b));
	ASSERT_EQ(0, cg_set(self->a, "1"));
	ASSERT_EQ(0, cg_set(self->b, "2"));
	self->task = child_sleeper();
	ASSERT_GT(self->task, 0);
}

FIXTURE_TEARDOWN(two_groups)
{
	child_kill(self->task);
	EXPECT_EQ(0, cg_destroy(self->base));
}

TAG_TEST_F(two_groups, without_own,
	   "T2: a move changes the effective tag at once without an own tag")
{
	EXPECT_EQ(0, task_tag(self->task));
	ASSERT_EQ(0, cg_move(self->a, self->task));
	EXPECT_EQ(1, task_tag(self->task));
	ASSERT_EQ(0, cg_move(self->b, self->task));
	EXPECT_EQ(2, task_tag(self->task));
	ASSERT_EQ(0, cg_move(self->a, self->task));
	EXPECT_EQ(1, task_tag(self->task));
	ASSERT_EQ(0, cg_move(cg_root(), self->task));
	EXPECT_EQ(0, task_tag(self->task));
}

TAG_TEST_F(two_groups, with_own, "T2: a move does not change the effective tag with an own tag")
{
	ASSERT_EQ(0, task_set(self->task, "9"));
	ASSERT_EQ(0, cg_move(self->a, self->task));
	EXPECT_EQ(9, task_tag(self->task));
	ASSERT_EQ(0, cg_move(self->b, self->task));
	EXPECT_EQ(9, task_tag(self->task));
	EXPECT_EQ(0, task_set(self->task, "default"));
	EXPECT_EQ(2, task_tag(self->task));
	EXPECT_EQ(0, task_set(self->task, "0"));
	ASSERT_EQ(0, cg_move(self->a, self->task));
	EXPECT_EQ(0, task_tag(self->task));
	ASSERT_EQ(0, cg_move(cg_root(), self->task));
	EXPECT_EQ(0, task_tag(self->task));
}

TAG_TEST_F(two_groups, write_later,
	   "T2: a task that moved away does not follow its old group's tag")
{
	ASSERT_EQ(0, cg_move(self->a, self->task));
	ASSERT_EQ(0, cg_move(self->b, self->task));
	EXPECT_EQ(0, cg_set(self->a, "5"));
	EXPECT_EQ(2, task_tag(self->task));
	EXPECT_EQ(0, cg_set(self->b, "6"));
	EXPECT_EQ(6, task_tag(self->task));
}

TAG_TEST_F(two_groups, whole_process, "T2: moving a process changes the tags of all its threads")
{
	struct sleepers threads;
	int i;

	ASSERT_EQ(0, sleepers_start(&threads, 4));
	EXPECT_EQ(0, thread_set(getpid(), threads.tid[3], "7"));
	EXPECT_EQ(0, cg_move(self->a, getpid()));
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(1, thread_tag(getpid(), threads.tid[i]));
	}
	EXPECT_EQ(1, own_tag_read());
	EXPECT_EQ(7, thread_tag(getpid(), threads.tid[3]));
	EXPECT_EQ(0, cg_move(cg_root(), getpid()));
	EXPECT_EQ(0, thread_tag(getpid(), threads.tid[0]));
	sleepers_stop(&threads);
}

/* Threaded groups: on v2 they cannot stand beside populated domain groups. */
FIXTURE(threaded) {
	char base[TAG_PATH_MAX];
	char a[TAG_PATH_MAX];
	char b[TAG_PATH_MAX];
};

FIXTURE_SETUP(threaded)
{
	ASSERT_EQ(0, cg_base(self->base));
	ASSERT_EQ(0, cg_threaded_child(self->base, "a", self->a));
	ASSERT_EQ(0, cg_threaded_child(self->base, "b", self->b));
	ASSERT_EQ(0, cg_set(self->a, "1"));
	ASSERT_EQ(0, cg_set(self->b, "2"));
	ASSERT_EQ(0, cg_move(self->base, getpid()));
}

FIXTURE_TEARDOWN(threaded)
{
	EXPECT_EQ(0, cg_move(cg_root(), getpid()));
	EXPECT_EQ(0, cg_destroy(self->base));
}

TAG_TEST_F(threaded, one_thread, "T2: moving one thread changes the effective tag of that one only")
{
	struct sleepers threads;

	ASSERT_EQ(0, sleepers_start(&threads, 3));
	ASSERT_EQ(0, cg_move_thread(self->a, threads.tid[0]));
	ASSERT_EQ(0, cg_move_thread(self->b, threads.tid[1]));
	EXPECT_EQ(1, thread_tag(getpid(), threads.tid[0]));
	EXPECT_EQ(2, thread_tag(getpid(), threads.tid[1]));
	EXPECT_EQ(0, thread_tag(getpid(), threads.tid[2]));
	EXPECT_EQ(0, task_tag(getpid()));
	ASSERT_EQ(0, cg_move_thread(self->b, threads.tid[0]));
	EXPECT_EQ(2, thread_tag(getpid(), threads.tid[0]));
	sleepers_stop(&threads);
}

TAG_TEST_F(threaded, nested, "T2: a move up and down a tree takes each level's effective tag")
{
	char deep[TAG_PATH_MAX], deeper[TAG_PATH_MAX];
	pid_t task;

	ASSERT_EQ(0, cg_threaded_child(self->a, "deep", deep));
	ASSERT_EQ(0, cg_threaded_child(deep, "deeper", deeper));
	ASSERT_EQ(0, cg_set(deep, "11"));
	task = cg_sleeper(deeper);
	ASSERT_GT(task, 0);
	EXPECT_EQ(11, task_tag(task));
	EXPECT_EQ(0, cg_move(self->a, task));
	EXPECT_EQ(1, task_tag(task));
	EXPECT_EQ(0, cg_move(self->base, task));
	EXPECT_EQ(0, task_tag(task));
	EXPECT_EQ(0, cg_move(deeper, task));
	EXPECT_EQ(11, task_tag(task));
	child_kill(task);
}

TAG_TEST_F(threaded, itself,
	   "T2: a task that moves itself reads the new tag in its next instruction")
{
	int i;

	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, cg_move_thread(self->a, thread_id()));
		EXPECT_EQ(1, own_tag_read());
		ASSERT_EQ(0, cg_move_thread(self->b, thread_id()));
		EXPECT_EQ(2, own_tag_read());
	}
}

TEST_HARNESS_MAIN
