// SPDX-License-Identifier: GPL-2.0-only
/* Enclaves: what is read from ghostfs, what is written to it, and errors' words. */
#include <kselftest_harness.h>

#include "../internal.h"
#include "fake.h"

#define ENCLAVE(ID, FILE)	TAGSCHED_GHOSTFS "/enclave_" #ID "/" FILE

FIXTURE(ghostfs) {
	struct fake fake;
};

static int make_enclave(const struct fake *fake, int id, const char *status, const char *cpus)
{
	static const char * const files[] = { "ctl", "tag", "runnable_timeout", "grace_period",
					      "dispatch_boost", "persist" };
	static const char * const texts[] = { "", "", "5000", "100", "0", "1" };
	char path[128];
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), TAGSCHED_GHOSTFS "/enclave_%d/%s", id, files[i]);
		if (fake_file(fake, path, texts[i]))
			return -1;
	}
	snprintf(path, sizeof(path), TAGSCHED_GHOSTFS "/enclave_%d/status", id);
	if (fake_file(fake, path, status))
		return -1;
	snprintf(path, sizeof(path), TAGSCHED_GHOSTFS "/enclave_%d/cpulist", id);
	return fake_file(fake, path, cpus);
}

FIXTURE_SETUP(ghostfs)
{
	ASSERT_EQ(0, fake_init(&self->fake));
	ASSERT_EQ(0, fake_file(&self->fake, TAGSCHED_GHOSTFS "/version", "84\n91\n"));
	ASSERT_EQ(0, fake_file(&self->fake, TAGSCHED_GHOSTFS "/ctl", ""));
	ASSERT_EQ(0, fake_file(&self->fake, "/proc/72/status",
			       "Name:\tcpu1\nTgid:\t71\nPid:\t72\n"));
	ASSERT_EQ(0, fake_file(&self->fake, "/proc/71/status",
			       "Name:\tfifo\nTgid:\t71\nPid:\t71\n"));
	ASSERT_EQ(0, fake_file(&self->fake, "/proc/71/comm", "fifo\n"));
	ASSERT_EQ(0, make_enclave(&self->fake, 2,
				  "version 91\nactive yes\nnr_tasks 12\nephemeral 70\n"
				  "tag -9223372036854775808\ndying no\nlost 3\nnew_thing 1 2\n"
				  "agents 0:71 1:72 3:99\n", "0-1,3\n"));
	ASSERT_EQ(0, make_enclave(&self->fake, 10,
				  "version 84\nactive no\nnr_tasks 0\ntag none\nagents\ndying yes\n",
				  "\n"));
}

FIXTURE_TEARDOWN(ghostfs)
{
	fake_destroy(&self->fake);
}

struct seen {
	int nr;
	struct tagsched_ghostfs_entry e[4];
	struct tagsched_ghostfs_agent agents[4];
	char path[128];
	char cpus[64];
};

static int see(const struct tagsched_ghostfs_entry *e, void *arg)
{
	struct seen *s = arg;
	size_t i;

	snprintf(s->path, sizeof(s->path), "%s", e->path);
	snprintf(s->cpus, sizeof(s->cpus), "%s", e->cpus);
	for (i = 0; i < e->nr_agents && i < 4; i++)
		s->agents[i] = e->agents[i];
	s->e[s->nr++] = *e;
	return 0;
}

TEST_F(ghostfs, reads_an_enclave)
{
	struct seen s = { 0 };

	ASSERT_EQ(0, tagsched_ghostfs__read(2, see, &s));
	EXPECT_EQ(2, s.e[0].id);
	EXPECT_STREQ("/sys/fs/ghost/enclave_2", s.path);
	EXPECT_EQ(91, s.e[0].abi);
	EXPECT_STREQ("0-1,3", s.cpus);
	EXPECT_TRUE(s.e[0].online);
	EXPECT_FALSE(s.e[0].dying);
	EXPECT_TRUE(s.e[0].persist);
	EXPECT_TRUE(s.e[0].bound);
	EXPECT_EQ(LLONG_MIN, s.e[0].tag);
	EXPECT_EQ(12, s.e[0].nr_tasks);
	EXPECT_EQ(3, s.e[0].lost);
	EXPECT_EQ(70, s.e[0].ephemeral);
	EXPECT_EQ(5000, s.e[0].timeout_ms);
	EXPECT_EQ(100, s.e[0].grace_ms);
	EXPECT_EQ(0, s.e[0].boost_us);
	ASSERT_EQ(3, s.e[0].nr_agents);
	EXPECT_EQ(0, s.agents[0].cpu);
	EXPECT_EQ(71, s.agents[0].tid);
	EXPECT_EQ(71, s.agents[0].pid);
	EXPECT_EQ(1, s.agents[1].cpu);
	EXPECT_EQ(72, s.agents[1].tid);
	EXPECT_EQ(71, s.agents[1].pid);
	EXPECT_STREQ("fifo", s.agents[1].comm);
	/* its thread is gone, or hidden */
	EXPECT_EQ(3, s.agents[2].cpu);
	EXPECT_EQ(0, s.agents[2].pid);
	EXPECT_STREQ("", s.agents[2].comm);
}

TEST_F(ghostfs, walks_by_number)
{
	struct seen s = { 0 };

	ASSERT_EQ(0, fake_dir(&self->fake, TAGSCHED_GHOSTFS "/enclave_x"));
	ASSERT_EQ(0, fake_dir(&self->fake, TAGSCHED_GHOSTFS "/enclave_5"));	/* half gone */
	ASSERT_EQ(0, tagsched_ghostfs__walk(see, &s));
	ASSERT_EQ(2, s.nr);
	EXPECT_EQ(2, s.e[0].id);
	EXPECT_EQ(10, s.e[1].id);
	EXPECT_FALSE(s.e[1].online);
	EXPECT_TRUE(s.e[1].dying);
	EXPECT_FALSE(s.e[1].bound);
	EXPECT_EQ(-1, s.e[1].lost);	/* it does not say */
	EXPECT_EQ(0, s.e[1].nr_agents);
	EXPECT_STREQ("", s.cpus);
}

static int stop(const struct tagsched_ghostfs_entry *e, void *arg)
{
	++*(int *)arg;
	return 7;
}

TEST_F(ghostfs, walk_ends_when_told)
{
	int nr = 0;

	EXPECT_EQ(7, tagsched_ghostfs__walk(stop, &nr));
	EXPECT_EQ(1, nr);
}

TEST_F(ghostfs, writes_commands)
{
	EXPECT_EQ(0, tagsched_ghostfs__bind(2, -5));
	EXPECT_STREQ("-5\n", fake_text(&self->fake, ENCLAVE(2, "tag")));
	EXPECT_EQ(0, tagsched_ghostfs__unbind(10));
	EXPECT_STREQ("none\n", fake_text(&self->fake, ENCLAVE(10, "tag")));
	EXPECT_EQ(0, tagsched_ghostfs__set_cpus(10, "2,4-5"));
	EXPECT_STREQ("2,4-5", fake_text(&self->fake, ENCLAVE(10, "cpulist")));
	EXPECT_EQ(0, tagsched_ghostfs__destroy(10));
	EXPECT_STREQ("destroy", fake_text(&self->fake, ENCLAVE(10, "ctl")));
	EXPECT_EQ(0, tagsched_ghostfs__mount());	/* it is */
}

TEST_F(ghostfs, creates_with_defaults)
{
	unsigned long id = 0;

	ASSERT_EQ(0, tagsched_ghostfs__create(NULL, &id));
	EXPECT_EQ(1, id);
	EXPECT_STREQ("create 1 91", fake_text(&self->fake, TAGSCHED_GHOSTFS "/ctl"));
}

TEST_F(ghostfs, creates_with_options)
{
	const unsigned int timeout = 70000, grace = 250, boost = 30;
	const __s64 tag = 2;

	TAGSCHED_OPTS(tagsched_ghostfs_opts, opts,
		.id = 10,
		.abi = 84,
		.cpus = "2",
		.tag = &tag,
		.persist = true,
		.set_gid = true,
		.gid = 12,
		.timeout_ms = &timeout,
		.grace_ms = &grace,
		.boost_us = &boost,
	);
	unsigned long id = 0;

	ASSERT_EQ(0, tagsched_ghostfs__create(&opts, &id));
	EXPECT_EQ(10, id);
	EXPECT_STREQ("create 10 84 gid=12 persist", fake_text(&self->fake, TAGSCHED_GHOSTFS "/ctl"));
	EXPECT_STREQ("70000", fake_text(&self->fake, ENCLAVE(10, "runnable_timeout")));
	EXPECT_STREQ("250", fake_text(&self->fake, ENCLAVE(10, "grace_period")));
	EXPECT_STREQ("30", fake_text(&self->fake, ENCLAVE(10, "dispatch_boost")));
	EXPECT_STREQ("2\n", fake_text(&self->fake, ENCLAVE(10, "tag")));
	EXPECT_STREQ("", fake_text(&self->fake, ENCLAVE(10, "ctl")));
}

TEST_F(ghostfs, failed_set_up_leaves_no_enclave)
{
	TAGSCHED_OPTS(tagsched_ghostfs_opts, opts, .id = 11, .cpus = "1");
	unsigned long id;

	/* without a cpulist */
	ASSERT_EQ(0, fake_file(&self->fake, ENCLAVE(11, "ctl"), ""));
	EXPECT_EQ(-ENOENT, tagsched_ghostfs__create(&opts, &id));
	EXPECT_STREQ("destroy", fake_text(&self->fake, ENCLAVE(11, "ctl")));
}

TEST_F(ghostfs, names_a_missing_enclave)
{
	struct seen s = { 0 };

	EXPECT_EQ(-ENOENT, tagsched_ghostfs__read(3, see, &s));
	EXPECT_STREQ("3: no such enclave; it may have been destroyed", tagsched_last_error());
	EXPECT_EQ(-ENOENT, tagsched_ghostfs__bind(3, 1));
	EXPECT_EQ(-ENOENT, tagsched_ghostfs__unbind(3));
	EXPECT_EQ(-ENOENT, tagsched_ghostfs__set_cpus(3, "1"));
	EXPECT_EQ(-ENOENT, tagsched_ghostfs__destroy(3));
	EXPECT_EQ(0, s.nr);
}

TEST_F(ghostfs, names_what_is_not_mounted_or_not_there)
{
	struct fake bare;
	struct seen s = { 0 };
	unsigned long id;

	ASSERT_EQ(0, fake_init(&bare));
	EXPECT_EQ(-ENOTSUP, tagsched_ghostfs__walk(see, &s));
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "boot one with CONFIG_SCHED_CLASS_GHOST"));
	EXPECT_EQ(-ENOTSUP, tagsched_ghostfs__create(NULL, &id));
	EXPECT_EQ(-ENOTSUP, tagsched_ghostfs__mount());
	EXPECT_EQ(-ENOTSUP, tagsched_ghostfs__destroy(1));
	EXPECT_EQ(-ENOTSUP, tagsched_kernel__check(TAGSCHED_FEAT_GHOST));

	ASSERT_EQ(0, fake_dir(&bare, TAGSCHED_GHOSTFS));
	EXPECT_EQ(0, tagsched_kernel__check(TAGSCHED_FEAT_GHOST));
	EXPECT_EQ(-ENOENT, tagsched_ghostfs__walk(see, &s));
	EXPECT_STREQ("/sys/fs/ghost: ghostfs is not mounted; mount -t ghost none /sys/fs/ghost",
		     tagsched_last_error());
	EXPECT_EQ(-ENOENT, tagsched_ghostfs__bind(1, 1));
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "mount -t ghost"));
	fake_destroy(&bare);
	ts_set_root(self->fake.root);
	EXPECT_EQ(0, s.nr);
}

TEST_F(ghostfs, refuses_options_it_does_not_know)
{
	struct {
		struct tagsched_ghostfs_opts opts;
		long more;
	} newer = { .opts.sz = sizeof(newer), .more = 1 };
	struct tagsched_ghostfs_opts unset = { 0 };
	unsigned long id;

	EXPECT_EQ(-EINVAL, tagsched_ghostfs__create(&newer.opts, &id));
	EXPECT_EQ(-EINVAL, tagsched_ghostfs__create(&unset, &id));
	EXPECT_STREQ("", fake_text(&self->fake, TAGSCHED_GHOSTFS "/ctl"));
}

TEST_HARNESS_MAIN
