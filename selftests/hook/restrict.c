// SPDX-License-Identifier: GPL-2.0-only
/*
 * bpf_sched_restrict_cpus(): for one decision CFS chooses inside a mask. The
 * next decision, the task's own mask and other tasks know nothing of it.
 */
#include <errno.h>

#include "harness.h"
#include "restrict.skel.h"

#define ROUNDS	30
#define GUARD	(50 * ROUNDS)

static const __s64 tag = 4011, tag2 = 4012;

HOOK_SKELETON(restrict_bpf)

FIXTURE(restrict_cpus) {
	struct restrict_bpf *skel;
	struct victim victim;
	unsigned long online;
	int confine;
	int look;
};

FIXTURE_SETUP(restrict_cpus)
{
	self->online = sys_online();
	ASSERT_EQ(0xf, self->online & 0xf);
	self->skel = load();
	ASSERT_NE(NULL, self->skel);
	ASSERT_EQ(0, sys_hold_tasks(true));
	ASSERT_EQ(0, victim_start(&self->victim, &tag));
	self->confine = hook_attach_tag(bpf_program__fd(self->skel->progs.confine), tag);
	ASSERT_LE(0, self->confine);
	self->look = hook_attach_tag(bpf_program__fd(self->skel->progs.look), tag);
	ASSERT_LE(0, self->look);
}

FIXTURE_TEARDOWN(restrict_cpus)
{
	victim_stop(&self->victim);
	sys_hold_tasks(false);
	restrict_bpf__destroy(self->skel);
}

static int ask(struct victim *v, __u32 kind)
{
	int err = victim_settle(v);

	if (err)
		return err;
	if (kind == HOOK_WF_FORK)
		return victim_fork(v);
	if (kind == HOOK_WF_EXEC)
		return victim_exec(v);
	return victim_wake(v);
}

/* ROUNDS decisions under the mask; how many the task itself saw inside it. */
static int decisions(FIXTURE_DATA(restrict_cpus) *self, unsigned long mask, __u32 kind)
{
	struct restrict_bpf__bss *bss = self->skel->bss;
	int guard, cpu, seen = 0, made = 0;
	__u64 before;

	bss->mask.bits[0] = mask;
	bss->kind = kind;
	bss->inside = bss->outside = bss->free_inside = bss->free_outside = 0;
	bss->failed = bss->decisions = 0;
	for (guard = 0; guard < GUARD && made < ROUNDS; guard++) {
		before = bss->decisions;
		cpu = ask(&self->victim, kind);
		if (cpu < 0)
			return cpu;
		if (bss->decisions == before)
			continue;
		made++;
		seen += !!(mask & (1UL << cpu));
	}
	victim_settle(&self->victim);
	return made == ROUNDS ? seen : -ETIMEDOUT;
}

static void confined(struct __test_metadata *_metadata, FIXTURE_DATA(restrict_cpus) *self,
		     __u32 kind)
{
	static const unsigned long masks[] = { 0x1, 0x2, 0x4, 0x8, 0x5, 0xa, 0xe, 0xf };
	struct restrict_bpf__bss *bss = self->skel->bss;
	struct hook_link_info info;
	unsigned int i;
	int seen;

	for (i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
		seen = decisions(self, masks[i], kind);
		EXPECT_LE(ROUNDS * 3 / 4, seen) {
			TH_LOG("mask %lx: the task saw itself inside %d times of %d",
			       masks[i], seen, ROUNDS);
		}
		EXPECT_EQ(0, bss->outside);
		EXPECT_LE(ROUNDS, bss->inside);
		EXPECT_EQ(0, bss->failed);
		EXPECT_EQ(0, bss->bad_mask);
	}
	EXPECT_EQ(self->online, task_mask(self->victim.pid));
	ASSERT_EQ(0, hook_info(self->confine, &info));
	if (kind != HOOK_WF_EXEC)
		EXPECT_EQ(0, info.decided);
}

PROVE_F(restrict_cpus, wakeup, "bpf_sched_restrict_cpus: CFS chooses inside the mask on wakeup")
{
	confined(_metadata, self, HOOK_WF_TTWU);
}

PROVE_F(restrict_cpus, fork, "bpf_sched_restrict_cpus: CFS chooses inside the mask on fork")
{
	confined(_metadata, self, HOOK_WF_FORK);
}

PROVE_F(restrict_cpus, exec, "bpf_sched_restrict_cpus: CFS chooses inside the mask on exec")
{
	confined(_metadata, self, HOOK_WF_EXEC);
}

PROVE_F(restrict_cpus, busy, "the mask holds where its CPUs are busy and others idle")
{
	struct restrict_bpf__bss *bss = self->skel->bss;
	struct hog hogs[2];

	ASSERT_EQ(0, hog_start(&hogs[0], 1, NULL, NULL));
	ASSERT_EQ(0, hog_start(&hogs[1], 2, NULL, NULL));
	EXPECT_LE(0, decisions(self, 0x6, HOOK_WF_TTWU));
	EXPECT_EQ(0, bss->outside);
	EXPECT_LE(ROUNDS, bss->inside);
	EXPECT_LE(0, decisions(self, 0x6, HOOK_WF_FORK));
	EXPECT_EQ(0, bss->outside);
	EXPECT_LE(ROUNDS, bss->inside);
	hog_stop(&hogs[0]);
	hog_stop(&hogs[1]);
}

PROVE_F(restrict_cpus, next_is_free, "the next decision is not restricted")
{
	struct restrict_bpf__bss *bss = self->skel->bss;
	struct hog hog;

	/* The only CPU of the mask is busy: CFS left alone goes elsewhere. */
	ASSERT_EQ(0, hog_start(&hog, 3, NULL, NULL));
	self->skel->data->every = 2;
	ASSERT_LE(0, decisions(self, 0x8, HOOK_WF_FORK));
	EXPECT_EQ(0, bss->outside);
	EXPECT_LE(ROUNDS / 2 - 1, bss->inside);
	EXPECT_LE(ROUNDS / 4, bss->free_outside) {
		TH_LOG("unrestricted: %llu in the mask, %llu not", bss->free_inside,
		       bss->free_outside);
	}
	EXPECT_EQ(0, bss->bad_mask);
	hog_stop(&hog);
}

PROVE_F(restrict_cpus, others_are_free, "a restriction is for one task, not for the next that is placed there")
{
	struct restrict_bpf__bss *bss = self->skel->bss;
	int confine, look, round;
	__u64 before, went = 0;
	struct victim other;
	struct hog hog;

	ASSERT_EQ(0, victim_start(&other, &tag2));
	confine = hook_attach_tag(bpf_program__fd(self->skel->progs.confine), tag2);
	ASSERT_LE(0, confine);
	look = hook_attach_tag(bpf_program__fd(self->skel->progs.look), tag2);
	ASSERT_LE(0, look);
	ASSERT_EQ(0, hog_start(&hog, 3, NULL, NULL));
	bss->restricted = self->victim.pid;
	for (round = 0; round < ROUNDS; round++) {
		before = bss->free_outside;
		ASSERT_EQ(0, task_pin(0, round % 3));
		bss->mask.bits[0] = 0x8;
		bss->kind = HOOK_WF_TTWU;
		ASSERT_LE(0, ask(&self->victim, HOOK_WF_TTWU));
		ASSERT_LE(0, ask(&other, HOOK_WF_TTWU));
		went += bss->free_outside - before;
	}
	EXPECT_LT(0, bss->inside);
	EXPECT_EQ(0, bss->outside);
	EXPECT_LE(ROUNDS / 4, went);
	hog_stop(&hog);
	victim_stop(&other);
	close(confine);
	close(look);
}

PROVE_F(restrict_cpus, allowed, "the mask never widens what the task is allowed")
{
	struct restrict_bpf__bss *bss = self->skel->bss;

	ASSERT_EQ(0, task_pin_mask(self->victim.pid, 0x6));
	ASSERT_LE(0, decisions(self, 0x3, HOOK_WF_TTWU));
	EXPECT_EQ(0, bss->outside);
	EXPECT_EQ(0, bss->failed);
	ASSERT_LE(0, decisions(self, 0xc, HOOK_WF_FORK));
	EXPECT_EQ(0, bss->outside);
	EXPECT_EQ(0, bss->failed);
	EXPECT_EQ(0x6, task_mask(self->victim.pid));
}

static void refused(struct __test_metadata *_metadata, FIXTURE_DATA(restrict_cpus) *self,
		    unsigned long mask)
{
	struct restrict_bpf__bss *bss = self->skel->bss;

	ASSERT_LE(0, decisions(self, mask, HOOK_WF_TTWU));
	EXPECT_EQ(-EINVAL, bss->answer);
	EXPECT_EQ(bss->decisions, bss->failed);
	EXPECT_EQ(0, bss->inside + bss->outside);
	EXPECT_LE(ROUNDS - 1, bss->free_inside + bss->free_outside);
}

PROVE_F(restrict_cpus, empty, "a mask with no CPU for the task: EINVAL, and CFS chooses as always")
{
	refused(_metadata, self, 0);
	ASSERT_EQ(0, task_pin_mask(self->victim.pid, 0x3));
	refused(_metadata, self, 0xc);
	ASSERT_EQ(0, task_pin_mask(self->victim.pid, 0xf));
	ASSERT_EQ(0, sys_set_online(3, false));
	refused(_metadata, self, 0x8);
	EXPECT_EQ(0, sys_set_online(3, true));
}

PROVE_F(restrict_cpus, exit_hook, "in the exit hook: EPERM")
{
	struct restrict_bpf__bss *bss = self->skel->bss;
	int late = hook_attach_tag(bpf_program__fd(self->skel->progs.too_late), tag);
	int guard;

	ASSERT_LE(0, late);
	close(self->confine);
	self->confine = -1;
	bss->mask.bits[0] = 0xf;
	bss->decisions = 0;
	for (guard = 0; guard < GUARD && !bss->decisions; guard++) {
		ASSERT_EQ(0, victim_settle(&self->victim));
		ASSERT_LE(0, victim_wake(&self->victim));
	}
	EXPECT_LT(0, bss->decisions);
	EXPECT_EQ(-EPERM, bss->exit_answer);
	close(late);
}

PROVE_F(restrict_cpus, choice_wins, "a program that restricts and then chooses gets the CPU it chose")
{
	struct restrict_bpf__bss *bss = self->skel->bss;
	struct hook_link_info info;
	int seen;

	self->skel->data->then = 0;
	seen = decisions(self, 0x8, HOOK_WF_TTWU);
	ASSERT_LE(0, seen);
	EXPECT_LE(seen, ROUNDS / 4);
	EXPECT_EQ(0, bss->inside);
	EXPECT_LE(ROUNDS - 1, bss->outside);
	ASSERT_EQ(0, hook_info(self->confine, &info));
	EXPECT_LE(ROUNDS, info.decided);
}

TEST_HARNESS_MAIN
