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

TEST_HARNESS_MAIN
