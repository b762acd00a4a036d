// SPDX-License-Identifier: GPL-2.0-only
/* Control groups: names, tags, errors and the walks, in a fake tree. */
#include <kselftest_harness.h>

#include "../internal.h"
#include "fake.h"

FIXTURE(v2) {
	struct fake fake;
};

FIXTURE_SETUP(v2)
{
	struct fake *fake = &self->fake;

	ASSERT_EQ(0, fake_init(fake));
	ASSERT_EQ(0, fake_cgroup2(fake));
	ASSERT_EQ(0, fake_file(fake, "/sys/fs/cgroup/cpu.tag", "0\n"));
	ASSERT_EQ(0, fake_group(fake, "online", "2\n"));
	ASSERT_EQ(0, fake_group(fake, "online/db", "2\n"));
	ASSERT_EQ(0, fake_group(fake, "online/web", "-3\n"));
	ASSERT_EQ(0, fake_group(fake, "idle", "0\n"));
	/* a group without the cpu controller, with one below it */
	ASSERT_EQ(0, fake_file(fake, "/sys/fs/cgroup/plain/cgroup.controllers", "memory\n"));
	ASSERT_EQ(0, fake_dir(fake, "/sys/fs/cgroup/plain/below"));
	ASSERT_EQ(0, fake_file(fake, "/proc/self/tag", "0\n"));
}

FIXTURE_TEARDOWN(v2)
{
	fake_destroy(&self->fake);
}

TEST_F(v2, resolves_names)
{
	static const char * const names[][2] = {
		{ "online", "/sys/fs/cgroup/online" },
		{ "online/", "/sys/fs/cgroup/online" },
		{ "online/db", "/sys/fs/cgroup/online/db" },
		{ "/online/db", "/sys/fs/cgroup/online/db" },
		{ "/sys/fs/cgroup/online", "/sys/fs/cgroup/online" },
		{ "/sys/fs/cgroup/online///", "/sys/fs/cgroup/online" },
		{ "/", "/sys/fs/cgroup" },
		{ ".", "/sys/fs/cgroup" },
	};
	char path[PATH_MAX];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		ASSERT_EQ(0, tagsched_cgroup__resolve(names[i][0], path, sizeof(path))) {
			TH_LOG("'%s': %s", names[i][0], tagsched_last_error());
		}
		ASSERT_STREQ(names[i][1], path);
	}
	EXPECT_EQ(2, tagsched_cgroup__mount(path, sizeof(path)));
	EXPECT_STREQ("/sys/fs/cgroup", path);
}

TEST_F(v2, must_fail_to_resolve)
{
	char path[PATH_MAX];

	EXPECT_EQ(-ENOENT, tagsched_cgroup__resolve("nosuch", path, sizeof(path)));
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "/sys/fs/cgroup/nosuch"));
	EXPECT_EQ(-ENOENT, tagsched_cgroup__resolve("", path, sizeof(path)));
	EXPECT_EQ(-ENAMETOOLONG, tagsched_cgroup__resolve("online", path, 8));
	EXPECT_EQ(-ENAMETOOLONG, tagsched_cgroup__mount(path, 3));
}

TEST_F(v2, reads_and_writes)
{
	__s64 tag;

	EXPECT_EQ(0, tagsched_cgroup__get_tag("online/web", &tag));
	EXPECT_EQ(-3, tag);
	EXPECT_EQ(0, tagsched_cgroup__set_tag("online/web", INT64_MIN));
	EXPECT_STREQ("-9223372036854775808\n",
		     fake_text(&self->fake, "/sys/fs/cgroup/online/web/cpu.tag"));
	EXPECT_EQ(0, tagsched_cgroup__clear_tag("/online"));
	EXPECT_STREQ("default\n", fake_text(&self->fake, "/sys/fs/cgroup/online/cpu.tag"));
}

TEST_F(v2, says_what_a_directory_lacks)
{
	__s64 tag;

	EXPECT_EQ(-ENOTSUP, tagsched_cgroup__get_tag("plain", &tag));
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "+cpu"));
	EXPECT_EQ(-ENOTSUP, tagsched_cgroup__set_tag("/proc", 1));
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "not a control group"));
	ASSERT_EQ(0, fake_file(&self->fake, "/sys/fs/cgroup/old/cgroup.controllers", "cpu\n"));
	EXPECT_EQ(-ENOTSUP, tagsched_cgroup__get_tag("old", &tag));
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "CONFIG_SCHED_TAG"));
}

struct seen {
	char text[1024];
	int stop_after;
};

static int note_group(const struct tagsched_cgroup_entry *e, void *arg)
{
	struct seen *seen = arg;
	size_t len = strlen(seen->text);

	snprintf(seen->text + len, sizeof(seen->text) - len, "[%s %lld %lld]", e->name,
		 (long long)e->tag, (long long)e->parent_tag);
	return seen->stop_after && !--seen->stop_after ? 77 : 0;
}

TEST_F(v2, walks_parents_first)
{
	struct seen seen = { 0 };

	ASSERT_EQ(0, tagsched_cgroup__walk(NULL, note_group, &seen));
	EXPECT_STREQ("[ 0 0][idle 0 0][online 2 0][online/db 2 2][online/web -3 2]", seen.text);
}

TEST_F(v2, walks_from_a_group)
{
	struct seen seen = { 0 };

	ASSERT_EQ(0, tagsched_cgroup__walk("online/web", note_group, &seen));
	EXPECT_STREQ("[ -3 2]", seen.text);
}

TEST_F(v2, walk_stops_when_told)
{
	struct seen seen = { .stop_after = 2 };

	EXPECT_EQ(77, tagsched_cgroup__walk(NULL, note_group, &seen));
	EXPECT_STREQ("[ 0 0][idle 0 0]", seen.text);
	EXPECT_EQ(-ENOENT, tagsched_cgroup__walk("nosuch", note_group, &seen));
}

static int note_task(const struct tagsched_task_entry *e, void *arg)
{
	struct seen *seen = arg;
	size_t len = strlen(seen->text);

	snprintf(seen->text + len, sizeof(seen->text) - len, "[%d %d %s %s %lld]", e->pid, e->tid,
		 e->comm, e->cgroup, (long long)e->tag);
	return 0;
}

TEST_F(v2, walks_threads_in_order_of_process)
{
	struct fake *fake = &self->fake;
	struct seen seen = { 0 };

	ASSERT_EQ(0, fake_file(fake, "/proc/100/task/100/tag", "5\n"));
	ASSERT_EQ(0, fake_file(fake, "/proc/100/task/100/comm", "a b)\n"));
	ASSERT_EQ(0, fake_file(fake, "/proc/100/task/100/cgroup", "0::/online/db\n"));
	ASSERT_EQ(0, fake_file(fake, "/proc/100/task/101/tag", "-6\n"));
	ASSERT_EQ(0, fake_file(fake, "/proc/100/task/101/comm", "w\n"));
	ASSERT_EQ(0, fake_file(fake, "/proc/100/task/101/cgroup",
			       "4:memory:/m\n3:cpu,cpuacct:/v1:x\n0::/v2\n"));
	ASSERT_EQ(0, fake_file(fake, "/proc/20/task/20/tag", "0\n"));
	ASSERT_EQ(0, fake_file(fake, "/proc/20/task/20/comm", "z\n"));
	ASSERT_EQ(0, fake_dir(fake, "/proc/30/task/30"));	/* exiting */
	ASSERT_EQ(0, fake_file(fake, "/proc/7up/task/7/tag", "1\n"));

	ASSERT_EQ(0, tagsched_task__walk(note_task, &seen));
	EXPECT_STREQ("[20 20 z  0][100 100 a b) /online/db 5][100 101 w /v1:x -6]", seen.text);
}

TEST(v1_and_no_mount)
{
	struct fake fake;
	char path[PATH_MAX];
	__s64 tag;

	ASSERT_EQ(0, fake_init(&fake));
	ASSERT_EQ(0, fake_file(&fake, "/proc/self/mountinfo",
			       "30 25 0:27 / /cg/cpu rw - cgroup none rw,cpu\n"));
	ASSERT_EQ(0, fake_file(&fake, "/cg/cpu/a/cpu.shares", "1024\n"));
	EXPECT_EQ(1, tagsched_cgroup__mount(path, sizeof(path)));
	EXPECT_EQ(-ENOTSUP, tagsched_cgroup__get_tag("a", &tag));
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "CONFIG_SCHED_TAG"));
	ASSERT_EQ(0, fake_file(&fake, "/cg/cpu/a/cpu.tag", "8\n"));
	EXPECT_EQ(0, tagsched_cgroup__get_tag("a", &tag));
	EXPECT_EQ(8, tag);

	ASSERT_EQ(0, fake_file(&fake, "/proc/self/mountinfo", ""));
	EXPECT_EQ(-ENOENT, tagsched_cgroup__get_tag("a", &tag));
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "mount -t cgroup2"));
	fake_destroy(&fake);
}

TEST_HARNESS_MAIN
