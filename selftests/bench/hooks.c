// SPDX-License-Identifier: GPL-2.0-only
/*
 * What programs at all hooks cost a pipe round trip: attached for another tag,
 * attached without an opinion, and deciding. The machine's clock counts
 * instructions, a nanosecond each.
 */
#include "harness.h"

#define COST	"build/selftests/bench/pipe_cost 4000"
#define OWN	"0x7461"

static const __s64 own = 0x7461, other = 0x7462;

/* While the machine waits for a file its clock runs away: no time limit. */
#undef HOOK_GUARD_SECONDS
#define HOOK_GUARD_SECONDS	1000000000

/* What a program answers when it decides; a notice's answer does not count. */
static int decision(const char *hook)
{
	/* CFS's own preemption, so that the switches are the same. */
	if (!strcmp(hook, "cfs_check_preempt_wakeup") ||
	    !strcmp(hook, "cfs_wakeup_preempt_entity"))
		return BPF_SCHED_NO_OPINION;
	return 0;
}

/* A policy of a program at each hook. */
static int attach(const __s64 *tag, bool decide)
{
	int progs[HOOK_MAX_PROGS], nr, link;
	struct hook_policy policy = { .progs = progs, .name = "cost", .tag = tag };

	for (nr = 0; hook_names[nr]; nr++) {
		progs[nr] = hook_const(hook_names[nr],
				       decide ? decision(hook_names[nr]) : BPF_SCHED_NO_OPINION);
		if (progs[nr] < 0)
			return progs[nr];
	}
	policy.nr = nr;
	link = hook_policy_create(&policy);
	while (nr)
		close(progs[--nr]);
	return link;
}

/* Least of the batches, in instructions a round trip. */
static double cost(void)
{
	FILE *f = popen("echo " OWN " >/proc/self/tag; exec " COST, "r");
	double least = -1;
	char line[256];

	while (f && fgets(line, sizeof(line), f)) {
		char *at = strstr(line, "least ");

		if (at)
			least = atof(at + strlen("least "));
	}
	return f && !pclose(f) ? least : -1;
}

static double cost_with(const __s64 *tag, bool decide, __u64 *calls)
{
	struct hook_policy_info info;
	int link = attach(tag, decide);
	double least;

	if (link < 0)
		return link;
	least = cost();
	*calls = hook_policy_info(link, &info, NULL) ? 0 : info.link.calls;
	close(link);
	return least;
}

static void print(const char *what, double figure, double none)
{
	/* The harness ends the test without flushing. */
	printf("# %-42s %8.0f  %+.1f %%\n", what, figure, (figure - none) * 100 / none);
	fflush(stdout);
}

PROVE(hooks, "a program at each hook costs a round trip of another tag at most 15 %, its own at most 35 %, and nothing once it is gone")
{
	__u64 calls_other, calls_silent, calls;
	double none, scoped, silent, deciding, after;

	none = cost();
	ASSERT_LT(0, none);
	scoped = cost_with(&other, false, &calls_other);
	silent = cost_with(&own, false, &calls_silent);
	deciding = cost_with(&own, true, &calls);
	after = cost();
	printf("# instructions of a pipe round trip, two wake-ups and two switches:\n");
	print("nothing attached", none, none);
	print("all hooks, for another tag", scoped, none);
	print("all hooks, without an opinion", silent, none);
	print("all hooks, deciding", deciding, none);
	print("nothing attached any more", after, none);

	EXPECT_EQ(0, calls_other);
	EXPECT_LT(0, calls_silent);
	EXPECT_LT(0, calls);
	ASSERT_LT(0, scoped);
	ASSERT_LT(0, silent);
	ASSERT_LT(0, deciding);
	EXPECT_LE(scoped, none * 1.15);
	EXPECT_LE(silent, none * 1.35);
	EXPECT_LE(deciding, none * 1.35);
	EXPECT_LE(after, none * 1.005);
}

TEST_HARNESS_MAIN
