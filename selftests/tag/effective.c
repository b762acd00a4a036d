// SPDX-License-Identifier: GPL-2.0-only
/*
 * The effective tag: a task's own, else that of the nearest ancestor group
 * that has one, else 0.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup.h"
#include "harness.h"
#include "util.h"

#define LEVELS	3

/* One group in another in another, a task in each. */
FIXTURE(tree) {
	char base[TAG_PATH_MAX];
	char group[LEVELS][TAG_PATH_MAX];
	pid_t task[LEVELS];
};

FIXTURE_SETUP(tree)
{
	const char *parent = self->base;
	int i;

	ASSERT_EQ(0, cg_base(self->base));
	for (i = 0; i < LEVELS; i++) {
		ASSERT_EQ(0, cg_threaded_child(parent, "g", self->group[i]));
		parent = self->group[i];
	}
	for (i = 0; i < LEVELS; i++) {
		self->task[i] = cg_sleeper(self->group[i]);
		ASSERT_GT(self->task[i], 0);
	}
}

FIXTURE_TEARDOWN(tree)
{
	int i;

	for (i = 0; i < LEVELS; i++)
		child_kill(self->task[i]);
	EXPECT_EQ(0, cg_destroy(self->base));
}

/* The tags of the three groups, and with them those of their tasks. */
#define EXPECT_TAGS(a, b, c)						\
do {									\
	const __s64 want[LEVELS] = { a, b, c };				\
	int level;							\
									\
	for (level = 0; level < LEVELS; level++) {			\
		EXPECT_EQ(want[level], cg_tag(self->group[level]))	\
			TH_LOG("the group at level %d, at line %d",	\
			       level, __LINE__);			\
		EXPECT_EQ(want[level], task_tag(self->task[level]))	\
			TH_LOG("the task at level %d, at line %d",	\
			       level, __LINE__);			\
		EXPECT_EQ(want[level], thread_tag(self->task[level],	\
						  self->task[level]))	\
			TH_LOG("the thread at level %d, at line %d",	\
			       level, __LINE__);			\
	}								\
} while (0)

TAG_TEST_F(tree, inherit, "T1: a group without own tag has its nearest tagged ancestor's")
{
	EXPECT_TAGS(0, 0, 0);
	EXPECT_EQ(0, cg_set(self->group[0], "5"));
	EXPECT_TAGS(5, 5, 5);
	EXPECT_EQ(0, cg_set(self->group[0], "6"));
	EXPECT_TAGS(6, 6, 6);
	EXPECT_EQ(0, cg_set(self->group[0], "default"));
	EXPECT_TAGS(0, 0, 0);
}

TAG_TEST_F(tree, override, "T1: a group's own tag hides its ancestors', for it and below")
{
	EXPECT_EQ(0, cg_set(self->group[1], "-2"));
	EXPECT_TAGS(0, -2, -2);
	EXPECT_EQ(0, cg_set(self->group[0], "5"));
	EXPECT_TAGS(5, -2, -2);
	EXPECT_EQ(0, cg_set(self->group[2], "9"));
	EXPECT_TAGS(5, -2, 9);
	EXPECT_EQ(0, cg_set(self->group[0], "6"));
	EXPECT_TAGS(6, -2, 9);
	EXPECT_EQ(0, cg_set(self->group[1], "7"));
	EXPECT_TAGS(6, 7, 9);
}

TAG_TEST_F(tree, clear_middle, "T1: default in the middle shows the ancestor's tag again")
{
	EXPECT_EQ(0, cg_set(self->group[0], "1"));
	EXPECT_EQ(0, cg_set(self->group[1], "2"));
	EXPECT_TAGS(1, 2, 2);
	EXPECT_EQ(0, cg_set(self->group[1], "default"));
	EXPECT_TAGS(1, 1, 1);
	EXPECT_EQ(0, cg_set(self->group[2], "3"));
	EXPECT_EQ(0, cg_set(self->group[1], "2"));
	EXPECT_EQ(0, cg_set(self->group[0], "default"));
	EXPECT_TAGS(0, 2, 3);
	EXPECT_EQ(0, cg_set(self->group[1], "default"));
	EXPECT_TAGS(0, 0, 3);
	EXPECT_EQ(0, cg_set(self->group[2], "default"));
	EXPECT_TAGS(0, 0, 0);
}

TAG_TEST_F(tree, own_zero, "T1: an own tag of 0 hides an ancestor's, default does not")
{
	EXPECT_EQ(0, cg_set(self->group[0], "4"));
	EXPECT_EQ(0, cg_set(self->group[1], "0"));
	EXPECT_TAGS(4, 0, 0);
	EXPECT_EQ(0, cg_set(self->group[1], "default"));
	EXPECT_TAGS(4, 4, 4);
	EXPECT_EQ(0, task_set(self->task[2], "0"));
	EXPECT_EQ(0, task_tag(self->task[2]));
	EXPECT_EQ(4, cg_tag(self->group[2]));
	EXPECT_EQ(0, task_set(self->task[2], "default"));
	EXPECT_TAGS(4, 4, 4);
}

TAG_TEST_F(tree, task_beats_group,
	   "T1: a task's own tag beats every group's, and its group keeps its own")
{
	int i;

	for (i = 0; i < LEVELS; i++) {
		ASSERT_EQ(0, task_set(self->task[i], "11"));
	}
	EXPECT_EQ(0, cg_set(self->group[0], "1"));
	EXPECT_EQ(0, cg_set(self->group[1], "2"));
	EXPECT_EQ(0, cg_set(self->group[2], "3"));
	for (i = 0; i < LEVELS; i++) {
		EXPECT_EQ(11, task_tag(self->task[i]));
		EXPECT_EQ(i + 1, cg_tag(self->group[i]));
	}
	for (i = 0; i < LEVELS; i++) {
		EXPECT_EQ(0, task_set(self->task[i], "default"));
	}
	EXPECT_TAGS(1, 2, 3);
}

TAG_TEST_F(tree, both_files, "T1: cpu.tag and tag are one tag, whichever is written")
{
	char plain[2 * TAG_PATH_MAX], prefixed[2 * TAG_PATH_MAX];

	strcpy(plain, cg_file(self->group[1], "tag"));
	strcpy(prefixed, cg_file(self->group[1], "cpu.tag"));
	EXPECT_EQ(0, tag_write(plain, "3"));
	EXPECT_EQ(3, tag_value(prefixed));
	EXPECT_EQ(3, tag_value(plain));
	EXPECT_EQ(0, tag_write(prefixed, "-4"));
	EXPECT_EQ(-4, tag_value(prefixed));
	EXPECT_EQ(-4, tag_value(plain));
	EXPECT_TAGS(0, -4, -4);
	EXPECT_EQ(0, tag_write(plain, "default"));
	EXPECT_EQ(0, tag_value(prefixed));
	EXPECT_EQ(0, tag_value(plain));
}

TAG_TEST_F(tree, new_child, "T1: a new group has its parent's tag at once, and no own one")
{
	char child[TAG_PATH_MAX];

	EXPECT_EQ(0, cg_set(self->group[0], "5"));
	EXPECT_EQ(0, cg_set(self->group[2], "8"));
	ASSERT_EQ(0, cg_threaded_child(self->group[2], "new", child));
	EXPECT_EQ(8, cg_tag(child));
	EXPECT_EQ(0, cg_set(self->group[2], "default"));
	EXPECT_EQ(5, cg_tag(child));
}

TAG_TEST_F(tree, siblings, "T1: a tag does not reach siblings, parents or the root")
{
	char sibling[TAG_PATH_MAX];
	pid_t task;

	ASSERT_EQ(0, cg_threaded_child(self->group[0], "sibling", sibling));
	task = cg_sleeper(sibling);
	ASSERT_GT(task, 0);
	EXPECT_EQ(0, cg_set(self->group[1], "5"));
	EXPECT_EQ(0, cg_tag(sibling));
	EXPECT_EQ(0, task_tag(task));
	EXPECT_TAGS(0, 5, 5);
	EXPECT_EQ(0, cg_tag(self->base));
	EXPECT_EQ(0, cg_tag(cg_root()));
	EXPECT_EQ(0, task_tag(getpid()));
	child_kill(task);
}

TAG_TEST_F(tree, extremes, "T1: tags keep all 64 bits down to the deepest task")
{
	EXPECT_EQ(0, cg_set(self->group[0], "-9223372036854775808"));
	EXPECT_TAGS(INT64_MIN, INT64_MIN, INT64_MIN);
	EXPECT_EQ(0, cg_set(self->group[1], "9223372036854775807"));
	EXPECT_TAGS(INT64_MIN, INT64_MAX, INT64_MAX);
	EXPECT_EQ(0, task_set(self->task[2], "-4294967297"));
	EXPECT_EQ(-4294967297LL, task_tag(self->task[2]));
}

/* The files of the root group, whose tag is always 0. */
FIXTURE(root) {
	char file[2][2 * TAG_PATH_MAX];
};

FIXTURE_SETUP(root)
{
	ASSERT_GT(cg_version(), 0);
	strcpy(self->file[0], cg_file(cg_root(), "cpu.tag"));
	strcpy(self->file[1], cg_file(cg_root(), "tag"));
}

FIXTURE_TEARDOWN(root)
{
}

TAG_TEST_F(root, reads_zero, "T1: the root group reads 0")
{
	EXPECT_EQ(0, tag_value(self->file[0]));
	EXPECT_EQ(0, tag_value(self->file[1]));
}

TAG_TEST_F(root, refuses_writes, "T1: the root group refuses every write with EINVAL")
{
	static const char texts[][8] = { "0", "1", "-1", "default", "x" };
	size_t i, f;

	for (f = 0; f < ARRAY_SIZE(self->file); f++) {
		for (i = 0; i < ARRAY_SIZE(texts); i++) {
			EXPECT_EQ(-EINVAL, tag_write(self->file[f], texts[i]))
				TH_LOG("'%s' to %s", texts[i], self->file[f]);
		}
		EXPECT_EQ(0, tag_value(self->file[f]));
	}
}

static int file_mode(const char *path)
{
	struct stat st;

	return stat(path, &st) ? -errno : (int)(st.st_mode & 07777);
}

TAG_TEST_F(tree, modes, "T3: group files have mode 0644, task files 0666")
{
	EXPECT_EQ(0644, file_mode(cg_file(self->group[0], "cpu.tag")));
	EXPECT_EQ(0644, file_mode(cg_file(self->group[0], "tag")));
	EXPECT_EQ(0666, file_mode(task_file(self->task[0])));
	EXPECT_EQ(0666, file_mode(thread_file(self->task[0], self->task[0])));
}

TEST_HARNESS_MAIN
