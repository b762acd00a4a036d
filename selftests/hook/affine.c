// SPDX-License-Identifier: GPL-2.0-only
/*
 * cfs_wake_affine decides between the waker's CPU and the previous one. With a
 * hog on every CPU nothing is idle, so CFS has no reason to look further than
 * the CPU that wake_affine() names.
 */
#include <sched.h>

#include "harness.h"
#include "affine.skel.h"

#define MAX_CPUS	64
#define WAKEUPS		100
#define GUARD		(50 * WAKEUPS)

static const __s64 tag = 4005;

HOOK_SKELETON(affine_bpf)

FIXTURE(affine) {
	struct affine_bpf *skel;
	struct victim victim;
	struct hog hogs[MAX_CPUS];
	int cpus;
	int link;
};

FIXTURE_SETUP(affine)
{
	int exit_link;

	ASSERT_LE(0, victim_start(&self->victim, &tag));
	self->skel = load();
	ASSERT_NE(NULL, self->skel);
	self->skel->bss->victim = self->victim.pid;
	self->link = hook_attach_tag(bpf_program__fd(self->skel->progs.affine), tag);
	ASSERT_LE(0, self->link);
	exit_link = hook_attach_tag(bpf_program__fd(self->skel->progs.outcome), tag);
	ASSERT_LE(0, exit_link);
	for (self->cpus = 0; sys_online() & (1UL << self->cpus); self->cpus++)
		ASSERT_EQ(0, hog_start(&self->hogs[self->cpus], self->cpus, NULL, NULL));
	ASSERT_LE(2, self->cpus);
}

FIXTURE_TEARDOWN(affine)
{
	while (self->cpus--)
		hog_stop(&self->hogs[self->cpus]);
	victim_stop(&self->victim);
	affine_bpf__destroy(self->skel);
}

/* Wake the victim from one CPU after the other until enough had a verdict. */
static void verdicts(struct __test_metadata *_metadata, FIXTURE_DATA(affine) *self, int verdict)
{
	struct affine_bpf__bss *bss = self->skel->bss;
	int guard;

	bss->verdicts = 0;
	bss->to_this = 0;
	bss->to_prev = 0;
	self->skel->data->verdict = verdict;
	for (guard = 0; bss->verdicts < WAKEUPS && guard < GUARD; guard++) {
		ASSERT_EQ(0, task_pin(0, guard % self->cpus));
		ASSERT_EQ(0, victim_settle(&self->victim));
		ASSERT_LE(0, victim_wake(&self->victim));
	}
	ASSERT_LE(WAKEUPS, bss->verdicts) {
		TH_LOG("wake_affine() was asked %llu times in %d wakeups", bss->verdicts, guard);
	}
	EXPECT_EQ(0, bss->bad_args);
}

PROVE_F(affine, this_cpu, "cfs_wake_affine: \"this CPU\" takes the wakeup to the waker's CPU")
{
	struct hook_link_info info;

	verdicts(_metadata, self, BPF_SCHED_THIS_CPU);
	EXPECT_LE(self->skel->bss->verdicts * 95 / 100, self->skel->bss->to_this);
	ASSERT_EQ(0, hook_info(self->link, &info));
	EXPECT_LE(WAKEUPS, info.decided);
}

PROVE_F(affine, prev_cpu, "cfs_wake_affine: \"previous CPU\" leaves the task where it ran last")
{
	struct hook_link_info info;

	verdicts(_metadata, self, BPF_SCHED_PREV_CPU);
	EXPECT_LE(self->skel->bss->verdicts * 95 / 100, self->skel->bss->to_prev);
	ASSERT_EQ(0, hook_info(self->link, &info));
	EXPECT_LE(WAKEUPS, info.decided);
}

PROVE_F(affine, none, "cfs_wake_affine: without an opinion CFS decides")
{
	struct hook_link_info info;

	verdicts(_metadata, self, BPF_SCHED_NO_OPINION);
	ASSERT_EQ(0, hook_info(self->link, &info));
	EXPECT_LE(WAKEUPS, info.calls);
	EXPECT_EQ(0, info.decided);
	EXPECT_EQ(0, info.refused);
}

TEST_HARNESS_MAIN
