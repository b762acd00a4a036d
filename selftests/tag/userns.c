// SPDX-License-Identifier: GPL-2.0-only
/*
 * User namespaces: CAP_SYS_NICE in one of them is not enough to write a tag.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "harness.h"
#include "target.h"
#include "util.h"

#define BEFORE		77
#define BEFORE_TEXT	"77"

/* What an attempt returns if it did not come to the write. */
#define NO_ATTEMPT	-10000

FIXTURE(userns) {
	struct target target;
	const char *path;
};

FIXTURE_VARIANT(userns) {
	enum target_kind kind;
};

TARGET_VARIANTS(userns);

FIXTURE_SETUP(userns)
{
	ASSERT_EQ(0, target_start(&self->target, variant->kind));
	self->path = self->target.path;
	ASSERT_EQ(0, tag_write(self->path, BEFORE_TEXT));
}

FIXTURE_TEARDOWN(userns)
{
	EXPECT_EQ(0, target_stop(&self->target));
}

/* The namespace's files are root's own, which is what modes would allow. */
static int enter_userns(void)
{
	if (unshare(CLONE_NEWUSER))
		return -errno;
	return file_write("/proc/self/setgroups", "deny") ?:
	       file_write("/proc/self/uid_map", "0 0 1") ?:
	       file_write("/proc/self/gid_map", "0 0 1");
}

static __s64 write_inside(void *path)
{
	return enter_userns() ? NO_ATTEMPT : tag_write(path, "5");
}

static __s64 read_inside(void *path)
{
	return enter_userns() ? NO_ATTEMPT : tag_value(path);
}

/* Opened outside, with every capability; written to inside. */
static __s64 write_across(void *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || enter_userns())
		return NO_ATTEMPT;
	return write(fd, "5", 1) < 0 ? -errno : 0;
}

#define NEED_USERNS()							\
	do {								\
		if (access("/proc/self/ns/user", F_OK))			\
			SKIP(return, "the kernel lacks USER_NS");	\
	} while (0)

TAG_TEST_F(userns, write, "T3: root of a user namespace is EPERM")
{
	NEED_USERNS();
	EXPECT_EQ(-EPERM, child_run(write_inside, (void *)self->path));
	EXPECT_EQ(BEFORE, tag_value(self->path));
}

TAG_TEST_F(userns, across, "T3: root of a user namespace is EPERM on a file opened outside")
{
	NEED_USERNS();
	EXPECT_EQ(-EPERM, child_run(write_across, (void *)self->path));
	EXPECT_EQ(BEFORE, tag_value(self->path));
}

TAG_TEST_F(userns, read, "T3: root of a user namespace may read")
{
	NEED_USERNS();
	EXPECT_EQ(BEFORE, child_run(read_inside, (void *)self->path));
}

/* In the namespace, of a task of the namespace. */
static __s64 write_own(void *unused)
{
	(void)unused;
	return enter_userns() ? NO_ATTEMPT : task_set(getpid(), "5");
}

TAG_TEST(own, "T3: root of a user namespace may not tag the namespace's own tasks")
{
	NEED_USERNS();
	EXPECT_EQ(-EPERM, child_run(write_own, NULL));
}

TEST_HARNESS_MAIN
