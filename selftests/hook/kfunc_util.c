// SPDX-License-Identifier: GPL-2.0-only
/* The conveniences of tagsched_util.bpf.h do what their comments say. */
#include <errno.h>

#include "harness.h"
#include "kfunc_util.skel.h"

#define SAMPLES	50
#define GUARD	10000

HOOK_SKELETON(kfunc_util_bpf)

FIXTURE(util) {
	struct kfunc_util_bpf *skel;
	struct victim victim;
	int link;
};

FIXTURE_SETUP(util)
{
	ASSERT_EQ(0xf, sys_online());
	ASSERT_EQ(0, task_pin(0, 0));
	self->skel = load();
	ASSERT_NE(NULL, self->skel);
	ASSERT_EQ(0, victim_start(&self->victim, NULL));
	ASSERT_EQ(0, task_pin_mask(self->victim.pid, 0xf));
	self->skel->bss->victim = self->victim.pid;
}

FIXTURE_TEARDOWN(util)
{
	victim_stop(&self->victim);
	close(self->link);
	kfunc_util_bpf__destroy(self->skel);
}

static bool look(FIXTURE_DATA(util) *self)
{
	__u64 before = self->skel->bss->answers;
	int guard;

	for (guard = 0; guard < 1000; guard++) {
		if (victim_settle(&self->victim) || victim_wake(&self->victim) < 0)
			return false;
		if (self->skel->bss->answers != before)
			return !victim_settle(&self->victim);
	}
	return false;
}

/* Do the CPUs that came make the mask, in order from the one after @start? */
static bool came(const __s32 *seen, __u32 nr, unsigned long mask, int start)
{
	__u32 i = 0;
	int step, cpu;

	for (step = 1; step <= 64; step++) {
		cpu = (start + step) & 63;
		if (!(mask & (1UL << cpu)))
			continue;
		if (i >= nr || seen[i] != cpu)
			return false;
		i++;
	}
	return i == nr;
}

PROVE_F(util, loops, "bpf_sched_for_each_cpu, _and and _wrap: each CPU of the mask once, in order")
{
	struct kfunc_util_bpf__bss *bss = self->skel->bss;
	unsigned long a, b;

	self->link = hook_attach(bpf_program__fd(self->skel->progs.walk));
	ASSERT_LE(0, self->link);
	for (a = 0; a < 16; a++) {
		for (b = 0; b < 16; b += 5) {
			bss->mask.bits[0] = a;
			bss->other.bits[0] = b;
			bss->start = (int)((a + b) % 5) - 1;
			ASSERT_TRUE(look(self));
			EXPECT_TRUE(came(bss->every, bss->nr_every, a, -1));
			EXPECT_TRUE(came(bss->both, bss->nr_both, a & b, -1));
			EXPECT_TRUE(came(bss->wrapped, bss->nr_wrapped, a, bss->start));
		}
	}
	/* No CPU to start after: no turn. */
	bss->start = 8192;
	ASSERT_TRUE(look(self));
	EXPECT_EQ(0, bss->nr_wrapped);
}

PROVE_F(util, choose, "idlest: the idle CPU, or the one with fewer tasks; least loaded: the smaller load; of the LLC: inside it")
{
	struct kfunc_util_bpf__bss *bss = self->skel->bss;
	struct hog hogs[4];	/* CPU 1 has one, CPU 2 has three */
	int i, idle = 0, fewer = 0, less = 0, near = 0;

	self->link = hook_attach(bpf_program__fd(self->skel->progs.choose));
	ASSERT_LE(0, self->link);
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, hog_start(&hogs[i], i ? 2 : 1, NULL, NULL));
	for (i = 0; i < 4; i++)
		ASSERT_TRUE(hog_moves(&hogs[i], 1000));

	/* 3 is idle but for what the kernel does there. */
	bss->mask.bits[0] = 0xe;
	for (i = 0; i < GUARD && idle < SAMPLES; i++) {
		ASSERT_TRUE(look(self));
		idle += bss->idlest == 3;
	}
	EXPECT_EQ(SAMPLES, idle);
	bss->mask.bits[0] = 0x6;
	for (i = 0; i < GUARD && (fewer < SAMPLES || less < SAMPLES); i++) {
		ASSERT_TRUE(look(self));
		fewer += bss->idlest == 1;
		less += bss->least == 1;
	}
	EXPECT_LE(SAMPLES, fewer);
	EXPECT_LE(SAMPLES, less);
	for (i = 0; i < SAMPLES; i++) {
		bss->start = i % 4;
		ASSERT_TRUE(look(self));
		near += bss->near >= 0 && bss->near < 4;
	}
	EXPECT_EQ(SAMPLES, near);
	for (i = 0; i < 4; i++)
		hog_stop(&hogs[i]);
}

PROVE_F(util, none, "a choice from nothing, from what is not allowed, from a CPU that is not there: ENOENT")
{
	struct kfunc_util_bpf__bss *bss = self->skel->bss;

	self->link = hook_attach(bpf_program__fd(self->skel->progs.choose));
	ASSERT_LE(0, self->link);
	bss->start = 4711;
	ASSERT_TRUE(look(self));
	EXPECT_EQ(-ENOENT, bss->idlest);
	EXPECT_EQ(-ENOENT, bss->least);
	EXPECT_EQ(-ENOENT, bss->near);
	ASSERT_EQ(0, task_pin_mask(self->victim.pid, 0x3));
	bss->mask.bits[0] = 0xc;
	ASSERT_TRUE(look(self));
	EXPECT_EQ(-ENOENT, bss->idlest);
	EXPECT_EQ(-ENOENT, bss->least);
}

static __s64 task_tag(pid_t pid)
{
	char path[64], text[64];

	snprintf(path, sizeof(path), "/proc/%d/tag", pid);
	return sys_read(path, text, sizeof(text)) > 0 ? strtoll(text, NULL, 10) : -1;
}

PROVE_F(util, retag, "bpf_sched_switch_tag: the tag becomes another if it is the one, and stays if it is not")
{
	struct kfunc_util_bpf__bss *bss = self->skel->bss;
	int guard;

	self->link = hook_attach(bpf_program__fd(self->skel->progs.retag));
	ASSERT_LE(0, self->link);
	ASSERT_EQ(0, task_set_tag(self->victim.pid, 7));
	bss->from = 6;
	bss->to = 8;
	ASSERT_TRUE(look(self));
	EXPECT_EQ(0, bss->switched);
	bss->from = 7;
	ASSERT_TRUE(look(self));
	EXPECT_EQ(1, bss->switched);
	for (guard = 0; guard < GUARD && task_tag(self->victim.pid) != 8; guard++)
		usleep(1000);
	EXPECT_EQ(8, task_tag(self->victim.pid));
	ASSERT_TRUE(look(self));
	EXPECT_EQ(0, bss->switched);
}

TEST_HARNESS_MAIN
