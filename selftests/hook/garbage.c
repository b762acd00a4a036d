// SPDX-License-Identifier: GPL-2.0-only
/*
 * [K2] Every kfunc is safe for every value of its numbers, from every hook,
 * with whatever lock is held there. The debug kernel watches.
 */
#include <limits.h>
#include <unistd.h>

#include "harness.h"
#include "garbage.skel.h"

#define ROUNDS	30	/* of each hook, for each pair of numbers */
#define GUARD	10000
#define HOGS	3

static const __s64 tag = 4013;

HOOK_SKELETON(garbage_bpf)

static bool enough(const struct garbage_bpf *skel, const __u64 *before)
{
	int i;

	for (i = 0; i < 6; i++)
		if (skel->bss->rounds[i] - before[i] < ROUNDS)
			return false;
	return true;
}

PROVE(numbers, "[K2] every kfunc from every hook with INT_MIN, -1, nr_cpu_ids, INT_MAX and random numbers: sane results, no warning")
{
	const int given[][2] = {
		{ INT_MIN, INT_MIN + 1 }, { -1, -2 }, { 0, 1 },
		{ sys_nr_cpus() - 1, sys_nr_cpus() }, { 63, 64 }, { 65, 8191 },
		{ 8192, 1 << 16 }, { INT_MAX, INT_MAX - 1 },
	};
	bool warned = hook_warned();
	struct garbage_bpf *skel;
	struct victim v;
	struct hog hogs[HOGS];
	struct bpf_program *prog;
	__u64 before[6];
	unsigned int i;
	int guard, hook;

	skel = load();
	ASSERT_NE(NULL, skel);
	skel->bss->tester = getpid();
	ASSERT_EQ(0, victim_start(&v, &tag));
	for (i = 0; i < HOGS; i++)
		ASSERT_EQ(0, hog_start(&hogs[i], -1, &tag, NULL));
	/* All tasks, kernel threads too. */
	bpf_object__for_each_program(prog, skel->obj)
		ASSERT_LE(0, hook_attach(bpf_program__fd(prog)));

	for (i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
		skel->bss->given[0] = given[i][0];
		skel->bss->given[1] = given[i][1];
		memcpy(before, skel->bss->rounds, sizeof(before));
		for (guard = 0; guard < GUARD && !enough(skel, before); guard++) {
			ASSERT_EQ(0, task_pin(0, guard % 4));
			ASSERT_LE(0, victim_wake(&v));
			if (guard % 8 == 0)
				ASSERT_LE(0, victim_fork(&v));
		}
		for (hook = 0; hook < 6; hook++) {
			EXPECT_LE(ROUNDS, skel->bss->rounds[hook] - before[hook]) {
				TH_LOG("%s: %llu rounds in %d wakeups", hook_names[hook],
				       skel->bss->rounds[hook] - before[hook], guard);
			}
		}
	}
	EXPECT_EQ(0, skel->bss->bad) {
		TH_LOG("garbage.bpf.c:%d: result %lld for number %d", skel->bss->bad_where,
		       skel->bss->bad_result, skel->bss->bad_number);
	}
	for (i = 0; i < HOGS; i++) {
		EXPECT_TRUE(hog_moves(&hogs[i], 1));
		hog_stop(&hogs[i]);
	}
	garbage_bpf__destroy(skel);
	EXPECT_EQ(warned, hook_warned());
	victim_stop(&v);
}

TEST_HARNESS_MAIN
