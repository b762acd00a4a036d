// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tags and scheduling policies do not touch each other.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/sched.h>
#include <linux/sched/types.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cgroup.h"
#include "harness.h"
#include "util.h"

/* A sleeping task in a group with tag 5, for which a policy is chosen. */
FIXTURE(policy) {
	char base[TAG_PATH_MAX];
	char group[TAG_PATH_MAX];
	pid_t task;
};

FIXTURE_VARIANT(policy) {
	struct sched_attr attr;
};

#define FIXTURE_POLICY(name, ...)					\
	FIXTURE_VARIANT_ADD(policy, name) {				\
		.attr = { .size = sizeof(struct sched_attr), __VA_ARGS__ } \
	}

FIXTURE_POLICY(fifo, .sched_policy = SCHED_FIFO, .sched_priority = 1);
FIXTURE_POLICY(rr, .sched_policy = SCHED_RR, .sched_priority = 99);
FIXTURE_POLICY(batch, .sched_policy = SCHED_BATCH, .sched_nice = 5);
FIXTURE_POLICY(idle, .sched_policy = SCHED_IDLE);
FIXTURE_POLICY(deadline, .sched_policy = SCHED_DEADLINE,
	       .sched_runtime = 1000000, .sched_deadline = 100000000,
	       .sched_period = 100000000);

static const struct sched_attr normal = {
	.size = sizeof(struct sched_attr),
	.sched_policy = SCHED_NORMAL,
};

static int set_policy(pid_t pid, const struct sched_attr *attr)
{
	return syscall(SYS_sched_setattr, pid, attr, 0) ? -errno : 0;
}

FIXTURE_SETUP(policy)
{
	ASSERT_EQ(0, cg_base(self->base));
	ASSERT_EQ(0, cg_child(self->base, "g", self->group));
	ASSERT_EQ(0, cg_set(self->group, "5"));
	self->task = cg_sleeper(self->group);
	ASSERT_GT(self->task, 0);
}

FIXTURE_TEARDOWN(policy)
{
	child_kill(self->task);
	EXPECT_EQ(0, cg_destroy(self->base));
}

TAG_TEST_F(policy, keeps_own, "T2: a change of policy and back keeps the own tag")
{
	ASSERT_EQ(0, task_set(self->task, "8"));
	ASSERT_EQ(0, set_policy(self->task, &variant->attr));
	EXPECT_EQ(8, task_tag(self->task));
	ASSERT_EQ(0, set_policy(self->task, &normal));
	EXPECT_EQ(8, task_tag(self->task));
}

TAG_TEST_F(policy, follows_group, "T2: under any policy a task without own tag has its group's")
{
	ASSERT_EQ(0, set_policy(self->task, &variant->attr));
	EXPECT_EQ(5, task_tag(self->task));
	EXPECT_EQ(0, cg_set(self->group, "6"));
	EXPECT_EQ(6, task_tag(self->task));
	EXPECT_EQ(0, cg_move(cg_root(), self->task));
	EXPECT_EQ(0, task_tag(self->task));
}

TAG_TEST_F(policy, write, "T1: under any policy a task can be tagged and cleared")
{
	ASSERT_EQ(0, set_policy(self->task, &variant->attr));
	EXPECT_EQ(0, task_set(self->task, "7"));
	EXPECT_EQ(7, task_tag(self->task));
	EXPECT_EQ(0, task_set(self->task, "default"));
	EXPECT_EQ(5, task_tag(self->task));
}

TEST_HARNESS_MAIN
