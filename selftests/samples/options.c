// SPDX-License-Identifier: GPL-2.0-only
/* The samples' command lines: what they refuse, and that they say why. */
#include "kselftest_harness.h"

#include "policy.h"

#define EX_USAGE	64

/* The sample refuses these arguments, and its message has this text. */
#define EXPECT_REFUSED(text, ...) do {					\
	char said[4096];						\
	EXPECT_EQ(EX_USAGE, policy_run(said, sizeof(said), __VA_ARGS__, NULL)); \
	EXPECT_NE(NULL, strstr(said, text))				\
		TH_LOG("it said: %s", said);				\
} while (0)

TEST(help_says_what_it_does)
{
	char said[4096];

	EXPECT_EQ(0, policy_run(said, sizeof(said), "preempt", "--help", NULL));
	EXPECT_NE(NULL, strstr(said, "--max-wait"));
	EXPECT_EQ(0, policy_run(said, sizeof(said), "select_core", "--help", NULL));
	EXPECT_NE(NULL, strstr(said, "--full"));
}

TEST(preempt_refuses_bad_tags)
{
	EXPECT_REFUSED("both --online TAG and --offline TAG", "preempt", "--online", "2");
	EXPECT_REFUSED("both --online TAG and --offline TAG", "preempt");
	EXPECT_REFUSED("same tag", "preempt", "--online", "2", "--offline", "2");
	EXPECT_REFUSED("kernel threads", "preempt", "--online", "2", "--offline", "0");
	EXPECT_REFUSED("--online: ", "preempt", "--online", "two", "--offline", "1");
	EXPECT_REFUSED("--online: ", "preempt", "--online", "9223372036854775808", "--offline", "1");
}

TEST(preempt_refuses_bad_times)
{
	EXPECT_REFUSED("--slice: '-1'", "preempt", "--online", "2", "--offline", "1",
		       "--slice", "-1");
	EXPECT_REFUSED("--max-wait: '5s'", "preempt", "--online", "2", "--offline", "1",
		       "--max-wait", "5s");
}

TEST(select_core_refuses_bad_maps)
{
	EXPECT_REFUSED("at least one --map", "select_core");
	EXPECT_REFUSED("write TAG=CPULIST", "select_core", "--map", "2");
	EXPECT_REFUSED("the CPU list is empty", "select_core", "--map", "2=");
	EXPECT_REFUSED("not a tag", "select_core", "--map", "=0");
	EXPECT_REFUSED("the last of this machine", "select_core", "--map", "2=8191");
	EXPECT_REFUSED("runs backwards", "select_core", "--map", "2=1-0");
	EXPECT_REFUSED("mapped already", "select_core", "--map", "2=0", "--map", "2=0");
	EXPECT_REFUSED("--full: '0'", "select_core", "--map", "2=0", "--full", "0");
}

TEST(pick_task_refuses_bad_tags_and_bounds)
{
	EXPECT_REFUSED("--tag: ", "pick_task", "--tag", "high");
	EXPECT_REFUSED("given twice", "pick_task", "--tag", "2", "--tag", "2");
	EXPECT_REFUSED("--lag: '-1'", "pick_task", "--lag", "-1");
	EXPECT_REFUSED("unexpected argument 'x'", "pick_task", "x");
}

TEST(slice_refuses_bad_slices)
{
	EXPECT_REFUSED("at least one --slice", "slice");
	EXPECT_REFUSED("write TAG=MS", "slice", "--slice", "2");
	EXPECT_REFUSED("no turn at all", "slice", "--slice", "2=0");
	EXPECT_REFUSED("is not a number", "slice", "--slice", "2=20ms");
	EXPECT_REFUSED("is not a number", "slice", "--slice", "2=10001");
	EXPECT_REFUSED("has one already", "slice", "--slice", "2=5", "--slice", "2=6");
}

TEST(cpu_isolate_refuses_bad_cpus)
{
	EXPECT_REFUSED("both --tag TAG and --cpus LIST", "cpu_isolate", "--tag", "2");
	EXPECT_REFUSED("everybody who has no tag", "cpu_isolate", "--tag", "0", "--cpus", "0");
	EXPECT_REFUSED("--cpus x: ", "cpu_isolate", "--tag", "2", "--cpus", "x");
	EXPECT_REFUSED("--cpus 8191: ", "cpu_isolate", "--tag", "2", "--cpus", "8191");
}

TEST(trace_tags_refuses_bad_tags)
{
	EXPECT_REFUSED("--tag: ", "trace_tags", "--tag", "x");
	EXPECT_REFUSED("unexpected argument 'x'", "trace_tags", "x");
}

TEST(wake_affine_refuses_bad_wishes)
{
	EXPECT_REFUSED("at least one --near TAG or --home TAG", "wake_affine");
	EXPECT_REFUSED("has a wish already", "wake_affine", "--near", "2", "--home", "2");
	EXPECT_REFUSED("--home: ", "wake_affine", "--home", "x");
}

TEST(numa_pack_refuses_bad_nodes)
{
	EXPECT_REFUSED("at least one --tag", "numa_pack");
	EXPECT_REFUSED("given twice", "numa_pack", "--tag", "2", "--tag", "2");
	EXPECT_REFUSED("no such node", "numa_pack", "--tag", "2", "--first", "15");
	EXPECT_REFUSED("--first: '16'", "numa_pack", "--tag", "2", "--first", "16");
	EXPECT_REFUSED("always full", "numa_pack", "--tag", "2", "--full", "0");
}

TEST_HARNESS_MAIN
