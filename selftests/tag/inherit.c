// SPDX-License-Identifier: GPL-2.0-only
/*
 * A new task has the own tag of the task that made it, however it was made,
 * unless that one asked for SCHED_RESET_ON_FORK.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <unistd.h>

#include "cgroup.h"
#include "harness.h"
#include "spawn.h"
#include "util.h"

/* The test process is in a group with tag 5. */
FIXTURE(way) {
	char base[TAG_PATH_MAX];
	char group[TAG_PATH_MAX];
};

FIXTURE_VARIANT(way) {
	__s64 (*child_tag)(void);
};

FIXTURE_VARIANT_ADD(way, fork) { .child_tag = tag_of_fork };
FIXTURE_VARIANT_ADD(way, vfork) { .child_tag = tag_of_vfork };
FIXTURE_VARIANT_ADD(way, clone_vm) { .child_tag = tag_of_clone_vm };
FIXTURE_VARIANT_ADD(way, thread) { .child_tag = tag_of_thread };
FIXTURE_VARIANT_ADD(way, clone3) { .child_tag = tag_of_clone3 };
FIXTURE_VARIANT_ADD(way, posix_spawn) { .child_tag = tag_of_posix_spawn };

/* Puts the test process into a new group with tag 5. */
static int enter_group(char *base, char *group)
{
	int err = cg_base(base);

	if (!err)
		err = cg_child(base, "g", group);
	if (!err)
		err = cg_set(group, "5");
	return err ?: cg_move(group, getpid());
}

FIXTURE_SETUP(way)
{
	ASSERT_EQ(0, enter_group(self->base, self->group));
}

FIXTURE_TEARDOWN(way)
{
	EXPECT_EQ(0, cg_destroy(self->base));
}

static int reset_on_fork(void)
{
	const struct sched_param none = { };

	return sched_setscheduler(0, SCHED_OTHER | SCHED_RESET_ON_FORK, &none) ?
		-errno : 0;
}

TAG_TEST_F(way, inherits_own, "T2: a new task inherits the own tag")
{
	ASSERT_EQ(0, task_set(getpid(), "-8"));
	EXPECT_EQ(-8, variant->child_tag());
	ASSERT_EQ(0, task_set(getpid(), "9223372036854775807"));
	EXPECT_EQ(INT64_MAX, variant->child_tag());
	EXPECT_EQ(INT64_MAX, own_tag_read());
}

TAG_TEST_F(way, inherits_zero, "T2: a new task inherits an own tag of 0")
{
	ASSERT_EQ(0, task_set(getpid(), "0"));
	EXPECT_EQ(0, variant->child_tag());
}

TAG_TEST_F(way, without_own, "T2: a new task of one without own tag has its group's")
{
	EXPECT_EQ(5, variant->child_tag());
	ASSERT_EQ(0, task_set(getpid(), "8"));
	ASSERT_EQ(0, task_set(getpid(), "default"));
	EXPECT_EQ(5, variant->child_tag());
	ASSERT_EQ(0, cg_set(self->group, "6"));
	EXPECT_EQ(6, variant->child_tag());
}

TAG_TEST_F(way, reset,
	   "T2: SCHED_RESET_ON_FORK drops the own tag in the new task, not in its maker")
{
	ASSERT_EQ(0, task_set(getpid(), "8"));
	ASSERT_EQ(0, reset_on_fork());
	EXPECT_EQ(8, own_tag_read());
	EXPECT_EQ(5, variant->child_tag());
	EXPECT_EQ(8, own_tag_read());
	EXPECT_EQ(0, task_set(getpid(), "0"));
	EXPECT_EQ(5, variant->child_tag());
	EXPECT_EQ(0, own_tag_read());
}

/* What shows in a child that lives on, however it was made. */
FIXTURE(child) {
	char base[TAG_PATH_MAX];
	char group[TAG_PATH_MAX];
};

FIXTURE_SETUP(child)
{
	ASSERT_EQ(0, enter_group(self->base, self->group));
}

FIXTURE_TEARDOWN(child)
{
	EXPECT_EQ(0, cg_destroy(self->base));
}

TAG_TEST_F(child, follows_group, "T2: a child of a task without own tag follows its group")
{
	pid_t child = child_sleeper();

	ASSERT_GT(child, 0);
	EXPECT_EQ(5, task_tag(child));
	EXPECT_EQ(0, cg_set(self->group, "6"));
	EXPECT_EQ(6, task_tag(child));
	child_kill(child);
}

TAG_TEST_F(child, independent,
	   "T2: the own tags of parent and child are independent after the fork")
{
	pid_t child;

	ASSERT_EQ(0, task_set(getpid(), "8"));
	child = child_sleeper();
	ASSERT_GT(child, 0);
	EXPECT_EQ(0, task_set(getpid(), "9"));
	EXPECT_EQ(8, task_tag(child));
	EXPECT_EQ(0, task_set(child, "10"));
	EXPECT_EQ(9, own_tag_read());
	EXPECT_EQ(0, task_set(child, "default"));
	EXPECT_EQ(9, own_tag_read());
	EXPECT_EQ(5, task_tag(child));
	child_kill(child);
}

static __s64 set_and_fork(void *unused)
{
	(void)unused;
	if (own_tag_read() != 5 || task_set(getpid(), "12"))
		return TAG_ERROR;
	return tag_of_fork();
}

TAG_TEST_F(child, reset_once, "T2: the reset goes one generation: a grandchild inherits again")
{
	ASSERT_EQ(0, task_set(getpid(), "8"));
	ASSERT_EQ(0, reset_on_fork());
	EXPECT_EQ(12, child_run(set_and_fork, NULL));
}

/* clone3() straight into another group exists on v2 only. */
FIXTURE(into) {
	char base[TAG_PATH_MAX];
	char from[TAG_PATH_MAX];
	char to[TAG_PATH_MAX];
};

FIXTURE_SETUP(into)
{
	ASSERT_EQ(0, cg_base(self->base));
	ASSERT_EQ(0, cg_child(self->base, "from", self->from));
	ASSERT_EQ(0, cg_child(self->base, "to", self->to));
	ASSERT_EQ(0, cg_set(self->from, "5"));
	ASSERT_EQ(0, cg_set(self->to, "6"));
	ASSERT_EQ(0, cg_move(self->from, getpid()));
}

FIXTURE_TEARDOWN(into)
{
	EXPECT_EQ(0, cg_destroy(self->base));
}

TAG_TEST_F(into, without_own, "T2: CLONE_INTO_CGROUP gives a child without own tag the new group's")
{
	if (cg_version() != 2)
		SKIP(return, "CLONE_INTO_CGROUP needs the cpu controller on cgroup v2");
	EXPECT_EQ(6, tag_of_clone_into(self->to));
	EXPECT_EQ(5, own_tag_read());
	EXPECT_EQ(0, tag_of_clone_into(cg_root()));
}

TAG_TEST_F(into, with_own, "T2: CLONE_INTO_CGROUP keeps the own tag, unless reset on fork")
{
	if (cg_version() != 2)
		SKIP(return, "CLONE_INTO_CGROUP needs the cpu controller on cgroup v2");
	ASSERT_EQ(0, task_set(getpid(), "8"));
	EXPECT_EQ(8, tag_of_clone_into(self->to));
	ASSERT_EQ(0, reset_on_fork());
	EXPECT_EQ(6, tag_of_clone_into(self->to));
	EXPECT_EQ(8, own_tag_read());
}

TEST_HARNESS_MAIN
