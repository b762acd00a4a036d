// SPDX-License-Identifier: GPL-2.0-only
/* The table of hooks against the kernel's list, as text. */
#include <kselftest_harness.h>

#include "../internal.h"

static int lines_that_declare(const char *path)
{
	char line[512];
	int nr = 0;
	FILE *f;

	f = fopen(path, "r");
	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f))
		nr += !strncmp(line, "BPF_SCHED_HOOK(", 15);
	fclose(f);
	return nr;
}

TEST(has_every_hook_of_the_kernel)
{
	ASSERT_LT(0, lines_that_declare(HOOK_DEFS));
	ASSERT_EQ(lines_that_declare(HOOK_DEFS), (int)tagsched_hook__count());
}

TEST(finds_each_by_name_and_none_by_another)
{
	size_t i;

	for (i = 0; i < tagsched_hook__count(); i++) {
		const struct tagsched_hook *hook = tagsched_hook__at(i);

		ASSERT_EQ(hook, tagsched_hook__find(hook->name));
		ASSERT_EQ(0, strncmp(hook->func, "bpf_sched_", 10));
		ASSERT_STREQ(hook->name, hook->func + 10);
	}
	EXPECT_EQ(NULL, tagsched_hook__at(i));
	EXPECT_EQ(NULL, tagsched_hook__find("cfs_nosuch"));
	EXPECT_EQ(NULL, tagsched_hook__find(""));
	EXPECT_EQ(NULL, tagsched_hook__find("sched/cfs_select_rq"));
}

TEST(knows_kinds_and_prototypes)
{
	const struct tagsched_hook *hook;

	hook = tagsched_hook__find("cfs_select_rq");
	ASSERT_NE(NULL, hook);
	EXPECT_EQ(TAGSCHED_HOOK_CPU, hook->kind);
	EXPECT_STREQ("int cfs_select_rq(struct sched_migrate_ctx *ctx)", hook->proto);
	hook = tagsched_hook__find("cfs_check_preempt_tick");
	ASSERT_NE(NULL, hook);
	EXPECT_EQ(TAGSCHED_HOOK_VERDICT, hook->kind);
	EXPECT_STREQ("int cfs_check_preempt_tick(struct sched_entity *curr, unsigned long delta_exec)",
		     hook->proto);
	hook = tagsched_hook__find("tag_changed");
	ASSERT_NE(NULL, hook);
	EXPECT_EQ(TAGSCHED_HOOK_NOTICE, hook->kind);
}

TEST_HARNESS_MAIN
