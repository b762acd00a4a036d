// SPDX-License-Identifier: GPL-2.0-only
/* Finding the cpu controller in the text of mountinfo. */
#include <kselftest_harness.h>

#include "../internal.h"

static int find(const char *text, struct ts_mount *mnt)
{
	char copy[4096];

	snprintf(copy, sizeof(copy), "%s", text);
	return ts_mountinfo_find_cpu(copy, mnt);
}

#define ROOT_LINE "21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"

TEST(finds_v2)
{
	struct ts_mount mnt;

	ASSERT_EQ(0, find(ROOT_LINE "29 23 0:26 / /sys/fs/cgroup rw shared:9 - cgroup2 cgroup2 rw,nsdelegate\n",
			  &mnt));
	EXPECT_STREQ("/sys/fs/cgroup", mnt.path);
	EXPECT_EQ(2, mnt.version);
}

TEST(finds_v1_with_and_without_companions)
{
	struct ts_mount mnt;

	ASSERT_EQ(0, find("30 25 0:27 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup none rw,cpu,cpuacct\n",
			  &mnt));
	EXPECT_STREQ("/sys/fs/cgroup/cpu,cpuacct", mnt.path);
	EXPECT_EQ(1, mnt.version);
	ASSERT_EQ(0, find("30 25 0:27 / /cg rw - cgroup none rw,cpuacct,cpu\n", &mnt));
	EXPECT_STREQ("/cg", mnt.path);
}

TEST(cpuset_and_cpuacct_are_not_cpu)
{
	struct ts_mount mnt;

	EXPECT_EQ(-ENOENT, find("30 25 0:27 / /sys/fs/cgroup/cpuset rw - cgroup none rw,cpuset\n"
				"31 25 0:28 / /sys/fs/cgroup/cpuacct rw - cgroup none rw,cpuacct\n",
				&mnt));
}

TEST(v1_wins_over_v2_in_a_hybrid)
{
	struct ts_mount mnt;

	ASSERT_EQ(0, find("28 25 0:25 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
			  "30 25 0:27 / /sys/fs/cgroup/cpu rw - cgroup none rw,cpu\n", &mnt));
	EXPECT_STREQ("/sys/fs/cgroup/cpu", mnt.path);
	EXPECT_EQ(1, mnt.version);
	ASSERT_EQ(0, find("30 25 0:27 / /sys/fs/cgroup/memory rw - cgroup none rw,memory\n"
			  "28 25 0:25 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n", &mnt));
	EXPECT_STREQ("/sys/fs/cgroup/unified", mnt.path);
	EXPECT_EQ(2, mnt.version);
}

TEST(whole_hierarchy_wins_over_bind_mounts)
{
	struct ts_mount mnt;

	ASSERT_EQ(0, find("40 25 0:26 /online /mnt/online rw - cgroup2 cgroup2 rw\n"
			  "29 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
			  "41 25 0:26 / /mnt/all rw - cgroup2 cgroup2 rw\n", &mnt));
	EXPECT_STREQ("/sys/fs/cgroup", mnt.path);
	/* A bind mount is better than nothing, as in some containers. */
	ASSERT_EQ(0, find("40 25 0:26 /online /mnt/online rw - cgroup2 cgroup2 rw\n", &mnt));
	EXPECT_STREQ("/mnt/online", mnt.path);
}

TEST(undoes_escapes)
{
	struct ts_mount mnt;

	ASSERT_EQ(0, find("29 23 0:26 / /mnt/my\\040groups\\011\\134x rw - cgroup2 cgroup2 rw\n", &mnt));
	EXPECT_STREQ("/mnt/my groups\t\\x", mnt.path);
	ASSERT_EQ(0, find("29 23 0:26 / /mnt/a\\9b\\ rw - cgroup2 cgroup2 rw\n", &mnt));
	EXPECT_STREQ("/mnt/a\\9b\\", mnt.path);
}

TEST(optional_fields_may_be_none_or_many)
{
	struct ts_mount mnt;

	ASSERT_EQ(0, find("29 23 0:26 / /a rw - cgroup2 none rw\n", &mnt));
	EXPECT_STREQ("/a", mnt.path);
	ASSERT_EQ(0, find("29 23 0:26 / /b rw shared:1 master:2 propagate_from:3 unbindable - cgroup2 none rw\n",
			  &mnt));
	EXPECT_STREQ("/b", mnt.path);
}

TEST(damaged_lines_are_skipped)
{
	struct ts_mount mnt;

	EXPECT_EQ(-ENOENT, find("", &mnt));
	EXPECT_EQ(-ENOENT, find("\n\n-\n", &mnt));
	EXPECT_EQ(-ENOENT, find("29 23 0:26 / /a rw cgroup2 none rw\n", &mnt));
	EXPECT_EQ(-ENOENT, find("29 23 0:26 / /a rw - cgroup2\n", &mnt));
	ASSERT_EQ(0, find("29 23\n29 23 0:26 / /a rw - cgroup2 none rw", &mnt));
	EXPECT_STREQ("/a", mnt.path);
}

TEST(lists_of_words)
{
	EXPECT_TRUE(ts_list_has("cpu", "cpu"));
	EXPECT_TRUE(ts_list_has("rw,cpu,cpuacct", "cpu"));
	EXPECT_TRUE(ts_list_has("cpuset cpu io\n", "cpu"));
	EXPECT_TRUE(ts_list_has("cpuset,cpu", "cpu"));
	EXPECT_FALSE(ts_list_has("cpuset cpuacct\n", "cpu"));
	EXPECT_FALSE(ts_list_has("xcpu", "cpu"));
	EXPECT_FALSE(ts_list_has("", "cpu"));
}

TEST_HARNESS_MAIN
