// SPDX-License-Identifier: GPL-2.0-only
/*
 * cpumask kfuncs against a model in a few lines of C: all pairs of masks of the
 * machine's CPUs, then random ones with bits set where no CPU can be.
 */
#include <errno.h>

#include "harness.h"
#include "kfunc_masks.skel.h"

#define RANDOM_PAIRS	200

HOOK_SKELETON(kfunc_masks_bpf)

FIXTURE(mask) {
	struct kfunc_masks_bpf *skel;
	struct victim victim;
	int cpus;		/* nr_cpu_ids */
	unsigned long all;
};

FIXTURE_SETUP(mask)
{
	self->cpus = sys_nr_cpus();
	/* The model below has one word. */
	ASSERT_LE(1, self->cpus);
	ASSERT_GE(63, self->cpus);
	self->all = (1UL << self->cpus) - 1;
	self->skel = load();
	ASSERT_NE(NULL, self->skel);
	ASSERT_EQ(0, victim_start(&self->victim, NULL));
	self->skel->bss->victim = self->victim.pid;
	ASSERT_LE(0, hook_attach(bpf_program__fd(self->skel->progs.compute)));
}

FIXTURE_TEARDOWN(mask)
{
	victim_stop(&self->victim);
	kfunc_masks_bpf__destroy(self->skel);
}

static bool compute(FIXTURE_DATA(mask) *self)
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

static int model_next(unsigned long mask, int cpu)
{
	for (cpu++; cpu < 64; cpu++)
		if (mask & (1UL << cpu))
			return cpu;
	return -ENOENT;
}

/* The program's answers for its present input, against the model's. */
static void compare(struct __test_metadata *_metadata, FIXTURE_DATA(mask) *self)
{
	const struct kfunc_masks_bpf__bss *o = self->skel->bss;
	unsigned long a = o->a.bits[0] & self->all, b = o->b.bits[0] & self->all;
	bool is_cpu = o->cpu >= 0 && o->cpu < self->cpus;
	unsigned long bit = is_cpu ? 1UL << o->cpu : 0;
	bool may_start = is_cpu || o->cpu == -1;

	EXPECT_EQ(0, o->copy_ret);
	EXPECT_EQ(a, o->copied.bits[0] & self->all);
	EXPECT_EQ(!!(a & b), o->and_ret);
	EXPECT_EQ(a & b, o->anded.bits[0] & self->all);
	EXPECT_EQ(a & b, o->in_place.bits[0] & self->all);
	EXPECT_EQ(0, o->or_ret);
	EXPECT_EQ(a | b, o->ored.bits[0] & self->all);
	EXPECT_EQ(!!(a & ~b), o->andnot_ret);
	EXPECT_EQ(a & ~b, o->andnoted.bits[0] & self->all);
	EXPECT_EQ(0, o->clear_ret);
	EXPECT_EQ(0, o->cleared.bits[0] & self->all);
	EXPECT_EQ(0, o->setall_ret);
	EXPECT_EQ(self->all, o->filled.bits[0] & self->all);
	EXPECT_EQ(self->cpus, (int)o->filled_weight);
	EXPECT_EQ(is_cpu ? 0 : -EINVAL, o->set_ret);
	EXPECT_EQ(a | bit, o->with.bits[0] & self->all);
	EXPECT_EQ(is_cpu ? 0 : -EINVAL, o->clear_cpu_ret);
	EXPECT_EQ(a & ~bit, o->without.bits[0] & self->all);
	EXPECT_EQ(is_cpu ? !!(a & bit) : -EINVAL, o->test);
	EXPECT_EQ(!a, o->empty);
	EXPECT_EQ(a == b, o->same);
	EXPECT_EQ(!(a & ~b), o->subset);
	EXPECT_EQ(!!(a & b), o->intersects);
	EXPECT_EQ(__builtin_popcountl(a), (int)o->weight);
	EXPECT_EQ(model_next(a, -1), o->first);
	EXPECT_EQ(may_start ? model_next(a, o->cpu) : -ENOENT, o->next);
	EXPECT_EQ(may_start ? model_next(a & b, o->cpu) : -ENOENT, o->next_and);
	EXPECT_EQ(__builtin_popcountl(a & b), (int)o->weight_and);
	EXPECT_EQ(!may_start || !a ? -ENOENT :
		  model_next(a, o->cpu) >= 0 ? model_next(a, o->cpu) : model_next(a, -1),
		  o->next_wrap);
	if (a & b) {
		EXPECT_LE(0, o->any_and);
		EXPECT_NE(0, a & b & (1UL << (o->any_and & 63)));
	} else {
		EXPECT_EQ(-ENOENT, o->any_and);
	}
	if (!_metadata->passed)
		TH_LOG("a %llx, b %llx, cpu %d", o->a.bits[0], o->b.bits[0], o->cpu);
}

PROVE_F(mask, all_pairs, "cpumask operations agree with a model on every pair of masks of this machine")
{
	struct kfunc_masks_bpf__bss *bss = self->skel->bss;
	unsigned long a, b, top = self->cpus > 4 ? 15 : self->all;

	for (a = 0; a <= top; a++) {
		for (b = 0; b <= top; b++) {
			bss->a.bits[0] = a;
			bss->b.bits[0] = b;
			bss->cpu = (int)((a + b) % (self->cpus + 1)) - 1;
			ASSERT_TRUE(compute(self));
			compare(_metadata, self);
			ASSERT_TRUE(_metadata->passed);
		}
	}
}

PROVE_F(mask, beyond, "[K2] bits beyond the last CPU are ignored, numbers out of range refused")
{
	static const int odd[] = { -1, -2, 64, 127, 1023, 8191, 8192, 1 << 30,
				   2147483647, -2147483647 - 1 };
	struct kfunc_masks_bpf__bss *bss = self->skel->bss;
	unsigned short seed[3] = { 7, 8, 9 };
	int i, word;

	for (i = 0; i < RANDOM_PAIRS; i++) {
		for (word = 0; word < 128; word++) {
			bss->a.bits[word] = hook_random(seed);
			bss->b.bits[word] = hook_random(seed);
		}
		/* Now and then nothing but bits beyond. */
		if (i % 5 == 0)
			bss->a.bits[0] &= ~self->all;
		if (i % 7 == 0)
			bss->b.bits[0] = bss->a.bits[0] ^ ~self->all;
		if (i % 3 == 0)
			bss->cpu = odd[i / 3 % 10];
		else if (i % 3 == 1)
			bss->cpu = hook_random(seed);
		else
			bss->cpu = self->cpus + (int)(hook_random(seed) % 3) - 1;
		ASSERT_TRUE(compute(self));
		compare(_metadata, self);
		ASSERT_TRUE(_metadata->passed);
	}
}

PROVE_F(mask, spread, "bpf_sched_cpumask_any_and spreads over the CPUs of the mask")
{
	struct kfunc_masks_bpf__bss *bss = self->skel->bss;
	unsigned long seen = 0;
	int i;

	bss->a.bits[0] = self->all;
	bss->b.bits[0] = self->all;
	for (i = 0; i < 50 * self->cpus && seen != self->all; i++) {
		ASSERT_TRUE(compute(self));
		ASSERT_LE(0, bss->any_and);
		seen |= 1UL << bss->any_and;
	}
	EXPECT_EQ(self->all, seen);
}

static const struct parsing {
	const char *text;
	__u32 size;		/* 0: that of the text, without its end */
	int ret;
	unsigned long mask;
} parsings[] = {
	{ "0", 0, 0, 0x1 },
	{ "0-3", 0, 0, 0xf },
	{ "1,3", 0, 0, 0xa },
	{ "3,0-1", 0, 0, 0xb },
	{ "0-3:1/2", 0, 0, 0x5 },
	{ " 2\n", 0, 0, 0x4 },
	{ "", 0, 0, 0x0 },
	{ "0-3", 1, 0, 0x1 },		/* the size ends it */
	{ "2\0garbage", 10, 0, 0x4 },	/* so does a NUL */
	{ "3", 256, 0, 0x8 },
	{ "x", 0, -EINVAL, 0 },
	{ "0-", 0, -EINVAL, 0 },
	{ "3-0", 0, -EINVAL, 0 },
	{ "-1", 0, -EINVAL, 0 },
	{ "0,x", 0, -EINVAL, 0 },
	{ "64", 0, -ERANGE, 0 },
	{ "0-8191", 0, -ERANGE, 0 },
	{ "0-3:4294967295/4294967295", 0, 0, 0xf },
	{ "99999999999999999999", 0, -EOVERFLOW, 0 },
};

PROVE_F(mask, parse, "[K2] bpf_sched_cpumask_parse takes lists as a cpuset does, to its size or a NUL; else an error and an empty set")
{
	struct kfunc_masks_bpf__bss *bss = self->skel->bss;
	int link = hook_attach(bpf_program__fd(self->skel->progs.parse));
	unsigned int i;

	ASSERT_LE(0, link);
	for (i = 0; i < sizeof(parsings) / sizeof(parsings[0]); i++) {
		const struct parsing *p = &parsings[i];
		__u32 size = p->size ?: strlen(p->text);

		memset(bss->text, 0, sizeof(bss->text));
		memcpy(bss->text, p->text, size > 10 ? strlen(p->text) : size);
		bss->text_size = size;
		ASSERT_TRUE(compute(self));
		EXPECT_EQ(p->ret, bss->parse_ret) {
			TH_LOG("\"%s\"", p->text);
		}
		EXPECT_EQ(p->mask, bss->parsed.bits[0] & self->all) {
			TH_LOG("\"%s\"", p->text);
		}
	}
	/* More than it takes, a list or not. */
	memset(bss->text, '0', sizeof(bss->text));
	bss->text_size = 127;
	ASSERT_TRUE(compute(self));
	EXPECT_EQ(0, bss->parse_ret);
	EXPECT_EQ(1, bss->parsed.bits[0] & self->all);
	bss->text_size = 128;
	ASSERT_TRUE(compute(self));
	EXPECT_EQ(-E2BIG, bss->parse_ret);
	EXPECT_EQ(0, bss->parsed.bits[0] & self->all);
	close(link);
}

TEST_HARNESS_MAIN
