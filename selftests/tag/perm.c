// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may write a tag: CAP_SYS_NICE decides, in the initial user namespace,
 * for who opened the file and for who writes to it. Anybody may read.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup.h"
#include "harness.h"
#include "target.h"
#include "util.h"

/* The tag before each write that must be refused. */
#define BEFORE		77
#define BEFORE_TEXT	"77"

/* What an attempt returns if it did not come to the write. */
#define NO_ATTEMPT	-10000

FIXTURE(perm) {
	struct target target;
	const char *path;
};

FIXTURE_VARIANT(perm) {
	enum target_kind kind;
};

TARGET_VARIANTS(perm);

FIXTURE_SETUP(perm)
{
	ASSERT_EQ(0, target_start(&self->target, variant->kind));
	self->path = self->target.path;
	ASSERT_EQ(0, tag_write(self->path, BEFORE_TEXT));
}

FIXTURE_TEARDOWN(perm)
{
	EXPECT_EQ(0, target_stop(&self->target));
}

/**
 * struct attempt - one write to a tag file, by somebody else
 * @path: the file
 * @text: what to write
 * @opener: what the process does to become who opens
 * @writer: and then to become who writes; NULL if that is the same
 */
struct attempt {
	const char *path;
	const char *text;
	int (*opener)(void);
	int (*writer)(void);
};

static __s64 attempt(void *arg)
{
	const struct attempt *a = arg;
	ssize_t n;
	int fd;

	if (a->opener && a->opener())
		return NO_ATTEMPT;
	fd = open(a->path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (a->writer && a->writer())
		return NO_ATTEMPT;
	n = write(fd, a->text, strlen(a->text));
	return n < 0 ? -errno : 0;
}

static __s64 write_as(const char *path, int (*opener)(void), int (*writer)(void))
{
	return child_run(attempt, &(struct attempt){
		.path = path, .text = "5", .opener = opener, .writer = writer });
}

static __s64 clear_as(const char *path, int (*opener)(void))
{
	return child_run(attempt, &(struct attempt){
		.path = path, .text = "default", .opener = opener });
}

static int nobody(void)
{
	return become_user(TEST_UID, -1);
}

static int user_with_nice(void)
{
	return become_user(TEST_UID, CAP_SYS_NICE);
}

static int root_with_nice(void)
{
	return cap_only(CAP_SYS_NICE);
}

static int all_but_nice(void)
{
	return cap_effective_clear(CAP_SYS_NICE);
}

static int nice_again(void)
{
	return cap_effective_raise(CAP_SYS_NICE);
}

TAG_TEST_F(perm, root, "T3: root with its capabilities may write")
{
	EXPECT_EQ(0, write_as(self->path, NULL, NULL));
	EXPECT_EQ(5, tag_value(self->path));
	EXPECT_EQ(0, clear_as(self->path, NULL));
	EXPECT_EQ(0, tag_value(self->path));
}

TAG_TEST_F(perm, root_nice_only, "T3: CAP_SYS_NICE is all that root needs")
{
	EXPECT_EQ(0, write_as(self->path, root_with_nice, NULL));
	EXPECT_EQ(5, tag_value(self->path));
	EXPECT_EQ(0, clear_as(self->path, root_with_nice));
	EXPECT_EQ(0, tag_value(self->path));
}

TAG_TEST_F(perm, root_without, "T3: root without capabilities is EPERM")
{
	EXPECT_EQ(-EPERM, write_as(self->path, cap_drop_all, NULL));
	EXPECT_EQ(-EPERM, clear_as(self->path, cap_drop_all));
	EXPECT_EQ(BEFORE, tag_value(self->path));
}

TAG_TEST_F(perm, all_but_nice, "T3: every capability but CAP_SYS_NICE is EPERM")
{
	EXPECT_EQ(-EPERM, write_as(self->path, all_but_nice, NULL));
	EXPECT_EQ(-EPERM, clear_as(self->path, all_but_nice));
	EXPECT_EQ(BEFORE, tag_value(self->path));
}

/* The mode keeps ordinary users from even opening a group's file. */
TAG_TEST_F(perm, user, "T3: an ordinary user is refused: EPERM for a task, EACCES for a group")
{
	int want = target_is_group(variant->kind) ? -EACCES : -EPERM;

	EXPECT_EQ(want, write_as(self->path, nobody, NULL));
	EXPECT_EQ(want, clear_as(self->path, nobody));
	EXPECT_EQ(BEFORE, tag_value(self->path));
}

TAG_TEST_F(perm, user_nice,
	   "T3: CAP_SYS_NICE suffices for a task without uid 0, a group's mode still counts")
{
	bool group = target_is_group(variant->kind);

	EXPECT_EQ(group ? -EACCES : 0,
		  write_as(self->path, user_with_nice, NULL));
	EXPECT_EQ(group ? BEFORE : 5, tag_value(self->path));
}

TAG_TEST_F(perm, opened_by_privileged,
	   "T3: a file that a privileged task opened is EPERM for another")
{
	EXPECT_EQ(-EPERM, write_as(self->path, NULL, cap_drop_all));
	EXPECT_EQ(-EPERM, write_as(self->path, NULL, nobody));
	EXPECT_EQ(-EPERM, write_as(self->path, NULL, all_but_nice));
	EXPECT_EQ(BEFORE, tag_value(self->path));
}

TAG_TEST_F(perm, opened_by_other,
	   "T3: a file that an unprivileged task opened is EPERM for a privileged one")
{
	EXPECT_EQ(-EPERM, write_as(self->path, all_but_nice, nice_again));
	EXPECT_EQ(BEFORE, tag_value(self->path));
}

/* What the test user reads. */
static __s64 read_as_nobody(void *path)
{
	return nobody() ? NO_ATTEMPT : tag_value(path);
}

TAG_TEST_F(perm, read, "T3: anybody may read")
{
	EXPECT_EQ(BEFORE, child_run(read_as_nobody, (void *)self->path));
}

/* A group whose directory and files belong to the test user. */
FIXTURE(delegated) {
	struct target target;
	const char *path;
};

FIXTURE_VARIANT(delegated) {
	enum target_kind kind;
};

FIXTURE_VARIANT_ADD(delegated, group_cpu_tag) { .kind = GROUP_FILE };
FIXTURE_VARIANT_ADD(delegated, group_tag) { .kind = GROUP_ALIAS };

FIXTURE_SETUP(delegated)
{
	ASSERT_EQ(0, target_start(&self->target, variant->kind));
	self->path = self->target.path;
	ASSERT_EQ(0, tag_write(self->path, BEFORE_TEXT));
	ASSERT_EQ(0, chown(self->target.group, TEST_UID, TEST_UID));
	ASSERT_EQ(0, chown(self->path, TEST_UID, TEST_UID));
}

FIXTURE_TEARDOWN(delegated)
{
	EXPECT_EQ(0, target_stop(&self->target));
}

TAG_TEST_F(delegated, owner, "T3: the owner of a delegated group is EPERM all the same")
{
	EXPECT_EQ(-EPERM, write_as(self->path, nobody, NULL));
	EXPECT_EQ(-EPERM, clear_as(self->path, nobody));
	EXPECT_EQ(BEFORE, tag_value(self->path));
}

TAG_TEST_F(delegated, owner_nice, "T3: the owner of a delegated group may write with CAP_SYS_NICE")
{
	EXPECT_EQ(0, write_as(self->path, user_with_nice, NULL));
	EXPECT_EQ(5, tag_value(self->path));
	EXPECT_EQ(0, clear_as(self->path, user_with_nice));
	EXPECT_EQ(0, tag_value(self->path));
}

/* A group that the owner makes below is the owner's to begin with. */
static __s64 write_below(void *group)
{
	char dir[TAG_PATH_MAX];

	if (nobody() || snprintf(dir, sizeof(dir), "%s/below", (char *)group) >=
	    TAG_PATH_MAX || mkdir(dir, 0755))
		return NO_ATTEMPT;
	return cg_set(dir, "5");
}

TAG_TEST_F(delegated, below, "T3: so is a group that the owner makes below it")
{
	/* v2: so that there is a cpu.tag below. */
	if (cg_version() == 2) {
		ASSERT_EQ(0, file_write(cg_file(self->target.group,
						"cgroup.subtree_control"),
					"+cpu"));
	}
	EXPECT_EQ(-EPERM, child_run(write_below, self->target.group));
	EXPECT_EQ(BEFORE, cg_tag(cg_file(self->target.group, "below")));
}

/* A user's write to its own tag, and to that of its own child. */
static __s64 tag_own(void *unused)
{
	pid_t child;
	int err;

	(void)unused;
	if (nobody())
		return NO_ATTEMPT;
	err = task_set(getpid(), "5");
	if (err != -EPERM)
		return err;
	err = thread_set(getpid(), getpid(), "default");
	if (err != -EPERM)
		return err;
	child = child_sleeper();
	err = task_set(child, "5");
	child_kill(child);
	return err;
}

TAG_TEST(own, "T3: an ordinary user may not tag its own tasks either")
{
	EXPECT_EQ(-EPERM, child_run(tag_own, NULL));
}

TEST_HARNESS_MAIN
