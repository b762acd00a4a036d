// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's account of a thread, and where its tag comes from; in a fake tree. */
#include <kselftest_harness.h>

#include "../internal.h"
#include "fake.h"

/* A copy of what the walk's function was shown. */
struct seen {
	struct tagsched_why_entry e;
	struct tagsched_decision decisions[8];
	char comm[64];
	char class[32];
	char cgroup[PATH_MAX];
	char hooks[8][64];
	char policies[8][64];
};

FIXTURE(why) {
	struct fake fake;
	struct seen seen;
};

static int keep(const struct tagsched_why_entry *e, void *arg)
{
	struct seen *seen = arg;
	size_t i;

	seen->e = *e;
	snprintf(seen->comm, sizeof(seen->comm), "%s", e->comm);
	snprintf(seen->class, sizeof(seen->class), "%s", e->sched_class);
	snprintf(seen->cgroup, sizeof(seen->cgroup), "%s", e->cgroup);
	for (i = 0; i < e->nr_decisions && i < 8; i++) {
		seen->decisions[i] = e->decisions[i];
		snprintf(seen->hooks[i], 64, "%s", e->decisions[i].hook);
		snprintf(seen->policies[i], 64, "%s", e->decisions[i].policy);
	}
	return 42;
}

FIXTURE_SETUP(why)
{
	ASSERT_EQ(0, fake_init(&self->fake));
	ASSERT_EQ(0, fake_cgroup2(&self->fake));
	ASSERT_EQ(0, fake_group(&self->fake, "online", "2\n"));
	ASSERT_EQ(0, fake_group(&self->fake, "online/web", "2\n"));
	ASSERT_EQ(0, fake_file(&self->fake, "/sys/fs/cgroup/cpu.tag", "0\n"));
	ASSERT_EQ(0, fake_file(&self->fake, "/proc/12/task/12/comm", "web server\n"));
	ASSERT_EQ(0, fake_file(&self->fake, "/proc/12/task/12/cgroup", "0::/online/web\n"));
}

FIXTURE_TEARDOWN(why)
{
	fake_destroy(&self->fake);
}

#define FILE_12	"/proc/12/task/12/sched_tag"

TEST_F(why, reads_all_there_is)
{
	ASSERT_EQ(0, fake_file(&self->fake, FILE_12,
		"tag: -9223372036854775808\nsource: own\nclass: fair\ndecisions: 1042\n"
		"decision: cfs_select_rq link=5 policy=near generation=17 answer=3 in=1,2 cpu=0 ago_ns=12345\n"
		"decision: cfs_check_preempt_tick link=9 policy=- generation=4294967296 answer=-1 in=4000000,-5 cpu=7 ago_ns=18446744073709551615\n"));
	ASSERT_EQ(42, tagsched_thread__why(12, keep, &self->seen)) {
		TH_LOG("%s", tagsched_last_error());
	}
	EXPECT_EQ(12, self->seen.e.tid);
	EXPECT_STREQ("web server", self->seen.comm);
	EXPECT_EQ(INT64_MIN, self->seen.e.tag);
	EXPECT_EQ(TAGSCHED_SOURCE_OWN, self->seen.e.source);
	EXPECT_STREQ("", self->seen.cgroup);
	EXPECT_STREQ("fair", self->seen.class);
	EXPECT_EQ(1042, self->seen.e.nr_decided);
	ASSERT_EQ(2, self->seen.e.nr_decisions);
	EXPECT_STREQ("cfs_select_rq", self->seen.hooks[0]);
	EXPECT_STREQ("near", self->seen.policies[0]);
	EXPECT_EQ(5, self->seen.decisions[0].link_id);
	EXPECT_EQ(17, self->seen.decisions[0].generation);
	EXPECT_EQ(3, self->seen.decisions[0].answer);
	EXPECT_EQ(1, self->seen.decisions[0].in[0]);
	EXPECT_EQ(2, self->seen.decisions[0].in[1]);
	EXPECT_EQ(0, self->seen.decisions[0].cpu);
	EXPECT_EQ(12345, self->seen.decisions[0].ago_ns);
	EXPECT_STREQ("", self->seen.policies[1]);
	EXPECT_EQ(-1, self->seen.decisions[1].answer);
	EXPECT_EQ(4294967296, self->seen.decisions[1].generation);
	EXPECT_EQ(-5, self->seen.decisions[1].in[1]);
	EXPECT_EQ(UINT64_MAX, self->seen.decisions[1].ago_ns);
}

TEST_F(why, passes_over_what_a_later_kernel_says)
{
	ASSERT_EQ(0, fake_file(&self->fake, FILE_12,
		"version: 3\ntag: 2\nmood: good: indeed\nsource: none\nnonsense\nclass: rt\n"
		"decision: cfs_new_hook why=not link=5 answer=1\n\n"));
	ASSERT_EQ(42, tagsched_thread__why(12, keep, &self->seen));
	EXPECT_EQ(2, self->seen.e.tag);
	EXPECT_EQ(TAGSCHED_SOURCE_NONE, self->seen.e.source);
	EXPECT_STREQ("rt", self->seen.class);
	EXPECT_EQ(0, self->seen.e.nr_decided);
	ASSERT_EQ(1, self->seen.e.nr_decisions);
	EXPECT_STREQ("cfs_new_hook", self->seen.hooks[0]);
	EXPECT_EQ(5, self->seen.decisions[0].link_id);
	EXPECT_EQ(1, self->seen.decisions[0].answer);
	EXPECT_STREQ("", self->seen.policies[0]);
}

static __u64 inode(const struct fake *fake, const char *path)
{
	struct stat st;

	return ts_stat(path, &st) ? 0 : st.st_ino;
}

TEST_F(why, finds_the_group_that_has_the_tag)
{
	char text[128];
	__u64 id = inode(&self->fake, "/sys/fs/cgroup/online");

	ASSERT_NE(0, id);
	snprintf(text, sizeof(text), "tag: 2\nsource: group %llu\nclass: fair\ndecisions: 0\n",
		 (unsigned long long)id);
	ASSERT_EQ(0, fake_file(&self->fake, FILE_12, text));
	ASSERT_EQ(42, tagsched_thread__why(12, keep, &self->seen));
	EXPECT_EQ(TAGSCHED_SOURCE_GROUP, self->seen.e.source);
	EXPECT_EQ(id, self->seen.e.cgroup_id);
	EXPECT_STREQ("/sys/fs/cgroup/online", self->seen.cgroup);
	EXPECT_EQ(0, self->seen.e.nr_decisions);
}

TEST_F(why, does_without_the_group_s_name)
{
	ASSERT_EQ(0, fake_file(&self->fake, FILE_12, "tag: 2\nsource: group 1\n"));
	ASSERT_EQ(42, tagsched_thread__why(12, keep, &self->seen));
	EXPECT_EQ(1, self->seen.e.cgroup_id);
	EXPECT_STREQ("", self->seen.cgroup);
}

TEST_F(why, group_by_id)
{
	char path[PATH_MAX];

	/* above, the root, elsewhere, nowhere */
	EXPECT_EQ(0, tagsched_cgroup__by_id(inode(&self->fake, "/sys/fs/cgroup/online"),
					    "/online/web", path, sizeof(path)));
	EXPECT_STREQ("/sys/fs/cgroup/online", path);
	EXPECT_EQ(0, tagsched_cgroup__by_id(inode(&self->fake, "/sys/fs/cgroup"), "/online/web",
					    path, sizeof(path)));
	EXPECT_STREQ("/sys/fs/cgroup", path);
	EXPECT_EQ(0, tagsched_cgroup__by_id(inode(&self->fake, "/sys/fs/cgroup/online/web"), NULL,
					    path, sizeof(path)));
	EXPECT_STREQ("/sys/fs/cgroup/online/web", path);
	EXPECT_EQ(-ENOENT, tagsched_cgroup__by_id(1, "/online", path, sizeof(path)));
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "control group 1: no such group"));
	EXPECT_EQ(-ENAMETOOLONG,
		  tagsched_cgroup__by_id(inode(&self->fake, "/sys/fs/cgroup/online/web"), NULL,
					 path, 10));
}

TEST_F(why, must_fail_and_say_what_is_missing)
{
	EXPECT_EQ(-ESRCH, tagsched_thread__why(13, keep, &self->seen));
	EXPECT_STREQ("13: no such thread; it may have exited", tagsched_last_error());
	EXPECT_EQ(-ENOTSUP, tagsched_thread__why(12, keep, &self->seen));
	EXPECT_NE(NULL, strstr(tagsched_last_error(), FILE_12 ": no such file"));
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "CONFIG_BPF_SCHED"));
	EXPECT_EQ(-EINVAL, tagsched_thread__why(-1, keep, &self->seen));
	ASSERT_EQ(0, fake_file(&self->fake, FILE_12, "source: own\n"));
	EXPECT_EQ(-EBADMSG, tagsched_thread__why(12, keep, &self->seen));
	ASSERT_EQ(0, fake_file(&self->fake, FILE_12, ""));
	EXPECT_EQ(-EBADMSG, tagsched_thread__why(12, keep, &self->seen));
	ASSERT_EQ(0, fake_file(&self->fake, FILE_12, "tag: two\n"));
	EXPECT_EQ(-EBADMSG, tagsched_thread__why(12, keep, &self->seen));
}

/* ---- how a policy ended ---- */

#define EXPECT_TEXT(TEXT, ...) do {						\
	struct tagsched_exit exit = { __VA_ARGS__ };				\
	char buf[512];								\
										\
	EXPECT_STREQ(TEXT, tagsched_exit__text(&exit, buf, sizeof(buf)));	\
} while (0)

/* 2026-11-25 23:18:08 UTC */
#define WHEN	.time_ns = 1795648688ULL * 1000000000 + 5

TEST(exit_records_are_sentences)
{
	setenv("TZ", "UTC", 1);
	EXPECT_TEXT("", .reason = TAGSCHED_EXIT_NONE, WHEN);
	EXPECT_TEXT("detached on 2026-11-25 at 23:18:08", .reason = TAGSCHED_EXIT_DETACHED, WHEN);
	EXPECT_TEXT("replaced by another policy on 2026-11-25 at 23:18:08",
		    .reason = TAGSCHED_EXIT_REPLACED, WHEN);
	EXPECT_TEXT("ejected on 2026-11-25 at 23:18:08 on CPU 1: task hog (pid 812) with tag 2 could run and was passed over for 10012 ms (kernel.sched_bpf_timeout_ms)",
		    .reason = TAGSCHED_EXIT_STALL, WHEN, .cpu = 1, .pid = 812, .comm = "hog",
		    .tag = 2, .value = 10012);
	EXPECT_TEXT("ejected on 2026-11-25 at 23:18:08 on CPU 0: a group with tag -3 could run and was passed over for 1 ms (kernel.sched_bpf_timeout_ms)",
		    .reason = TAGSCHED_EXIT_STALL, WHEN, .tag = -3, .value = 1);
	EXPECT_TEXT("ejected on 2026-11-25 at 23:18:08 on CPU 3: 10001 answers of its program at cfs_select_rq in a second were not valid (kernel.sched_bpf_refused_max)",
		    .reason = TAGSCHED_EXIT_REFUSED, WHEN, .cpu = 3, .value = 10001,
		    .hook = "cfs_select_rq");
	EXPECT_TEXT("ejected at an unknown time: an operator pressed the SysRq key",
		    .reason = TAGSCHED_EXIT_SYSRQ);
	EXPECT_TEXT("ejected on 2026-11-25 at 23:18:08: for reason 99, which this version of libtagsched does not know; update it",
		    .reason = 99, WHEN);
}

TEST_HARNESS_MAIN
