// SPDX-License-Identifier: GPL-2.0-only
/*
 * cfs_can_migrate_task: load balancing leaves a task where it is, or takes it,
 * as a program says; and never to where it may not run.
 */
#include "harness.h"

#define HOGS	3
#define SECONDS	2	/* in which balancing has many chances */

static const __s64 tag = 4041;

FIXTURE(migrate) {
	struct hog hogs[HOGS];
};

/* All on CPU 1, free to go. */
FIXTURE_SETUP(migrate)
{
	int i;

	ASSERT_EQ(0, task_pin(0, 0));
	for (i = 0; i < HOGS; i++)
		ASSERT_EQ(0, hog_start(&self->hogs[i], 1, &tag, NULL));
}

FIXTURE_TEARDOWN(migrate)
{
	int i;

	for (i = 0; i < HOGS; i++)
		hog_stop(&self->hogs[i]);
}

/* Field 39 of /proc/PID/stat: the CPU that it was on last. */
static int cpu_of(pid_t pid)
{
	char path[64], text[1024], *at;
	int i;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (sys_read(path, text, sizeof(text)) <= 0)
		return -1;
	at = strrchr(text, ')');
	for (i = 2; at && i < 39; i++)
		at = strchr(at + 1, ' ');
	return at ? atoi(at + 1) : -1;
}

static int away_from(FIXTURE_DATA(migrate) *self, int cpu)
{
	int i, n = 0;

	for (i = 0; i < HOGS; i++)
		n += cpu_of(self->hogs[i].pid) != cpu;
	return n;
}

static bool spread(FIXTURE_DATA(migrate) *self)
{
	int guard;

	for (guard = 0; guard < 60000; guard++) {
		if (away_from(self, 1) >= HOGS - 1)
			return true;
		usleep(1000);
	}
	return false;
}

static void set_free(FIXTURE_DATA(migrate) *self, unsigned long mask)
{
	int i;

	for (i = 0; i < HOGS; i++)
		task_pin_mask(self->hogs[i].pid, mask);
}

PROVE_F(migrate, deny, "cfs_can_migrate_task: tasks stay on a crowded CPU while a program denies, and spread when it has gone")
{
	int prog = hook_const("cfs_can_migrate_task", BPF_SCHED_DENY), link;
	struct hook_link_info info;

	link = hook_attach_tag(prog, tag);
	ASSERT_LE(0, link);
	set_free(self, 0xf);
	sleep(SECONDS);
	EXPECT_EQ(0, away_from(self, 1));
	ASSERT_EQ(0, hook_info(link, &info));
	TH_LOG("%llu times denied", info.decided);
	EXPECT_LT(0, info.decided);
	close(link);
	EXPECT_TRUE(spread(self));
	close(prog);
}

PROVE_F(migrate, allow, "cfs_can_migrate_task: \"allow\" lets tasks go whose cache is warm, but never where they may not run")
{
	int prog = hook_const("cfs_can_migrate_task", BPF_SCHED_ALLOW), link, i;
	struct hook_link_info info;

	link = hook_attach_tag(prog, tag);
	ASSERT_LE(0, link);
	set_free(self, 0x6);
	for (i = 0; i < 20; i++) {
		usleep(SECONDS * 1000000 / 20);
		EXPECT_NE(0, 0x6 & 1UL << cpu_of(self->hogs[i % HOGS].pid));
	}
	set_free(self, 0xf);
	EXPECT_TRUE(spread(self));
	ASSERT_EQ(0, hook_info(link, &info));
	TH_LOG("%llu times allowed", info.decided);
	EXPECT_LT(0, info.decided);
	close(link);
	close(prog);
}

PROVE_F(migrate, other, "cfs_can_migrate_task: a program for another tag is not asked")
{
	int prog = hook_const("cfs_can_migrate_task", BPF_SCHED_DENY), link;
	struct hook_link_info info;

	link = hook_attach_tag(prog, tag + 1);
	ASSERT_LE(0, link);
	set_free(self, 0xf);
	EXPECT_TRUE(spread(self));
	ASSERT_EQ(0, hook_info(link, &info));
	EXPECT_EQ(0, info.calls);
	close(link);
	close(prog);
}

TEST_HARNESS_MAIN
