// SPDX-License-Identifier: GPL-2.0-only
/*
 * kfuncs about the state of CPUs against the runqueues: a program that is asked
 * at a wakeup reads them through kfuncs, another reads the fields before and
 * after. Where the two readings of the fields agree, so must the kfunc's.
 */
#include <errno.h>

#include "harness.h"
#include "kfunc_cpus.h"
#include "kfunc_cpus.skel.h"

#define CPUS	4
#define SAMPLES	200
#define GUARD	(50 * SAMPLES)

HOOK_SKELETON(kfunc_cpus_bpf)

FIXTURE(kfunc) {
	struct kfunc_cpus_bpf *skel;
	struct victim victim;
	struct hog hogs[4];	/* CPU 1 has one, CPU 2 has three, CPU 3 none */
};

FIXTURE_SETUP(kfunc)
{
	int i;

	ASSERT_EQ(0xf, sys_online());
	ASSERT_EQ(0, task_pin(0, 0));
	self->skel = load();
	ASSERT_NE(NULL, self->skel);
	ASSERT_EQ(0, victim_start(&self->victim, NULL));
	ASSERT_EQ(0, task_pin_mask(self->victim.pid, 0x9));
	self->skel->bss->victim = self->victim.pid;
	ASSERT_LE(0, hook_attach(bpf_program__fd(self->skel->progs.say)));
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, hog_start(&self->hogs[i], i ? 2 : 1, NULL, NULL));
	for (i = 0; i < 4; i++)
		ASSERT_TRUE(hog_moves(&self->hogs[i], 1000));
}

FIXTURE_TEARDOWN(kfunc)
{
	int i;

	for (i = 0; i < 4; i++)
		hog_stop(&self->hogs[i]);
	victim_stop(&self->victim);
	kfunc_cpus_bpf__destroy(self->skel);
}

static int look_at_all(struct kfunc_cpus_bpf *skel, struct cpu_state *state)
{
	LIBBPF_OPTS(bpf_test_run_opts, run);
	int err = bpf_prog_test_run_opts(bpf_program__fd(skel->progs.look_at_all), &run);

	memcpy(state, skel->bss->truth, CPUS * sizeof(*state));
	return err;
}

static bool say(FIXTURE_DATA(kfunc) *self)
{
	__u64 before = self->skel->bss->answers;
	int guard;

	for (guard = 0; guard < 1000; guard++) {
		if (victim_settle(&self->victim) || victim_wake(&self->victim) < 0)
			return false;
		if (self->skel->bss->answers != before)
			return true;
	}
	return false;
}

/**
 * struct score - how often a kfunc agreed with a field
 * @stable: samples in which the field was the same before and after
 * @agreed: those of them in which the kfunc said the same
 */
struct score {
	int stable;
	int agreed;
};

static void judge(struct score *s, __s64 before, __s64 after, __s64 said, __s64 slack)
{
	if (before - after > slack || after - before > slack)
		return;
	s->stable++;
	s->agreed += said - before <= slack && before - said <= slack;
}

/* A third may differ: a kernel thread runs for a moment, and only then. */
#define EXPECT_AGREES(score, what, cpu) do {					\
	EXPECT_LE(SAMPLES / 10, (score).stable) {				\
		TH_LOG(what " of CPU %d: %d stable samples", cpu, (score).stable); \
	}									\
	EXPECT_LE((score).stable * 2 / 3, (score).agreed) {			\
		TH_LOG(what " of CPU %d: %d of %d agree", cpu, (score).agreed,	\
		       (score).stable);						\
	}									\
} while (0)

PROVE_F(kfunc, agree, "idle, nr_running, load, util and capacity of a CPU are what its runqueue says")
{
	struct cpu_state before[CPUS], after[CPUS], *said = self->skel->bss->said;
	struct score idle[CPUS] = {}, nr[CPUS] = {}, load[CPUS] = {}, util[CPUS] = {},
		     capacity[CPUS] = {};
	int i, cpu;

	/* Out of the way of CPU 3, which is to be idle. */
	ASSERT_EQ(0, task_pin_mask(self->victim.pid, 0x3));
	for (i = 0; i < SAMPLES; i++) {
		ASSERT_EQ(0, victim_settle(&self->victim));
		ASSERT_EQ(0, look_at_all(self->skel, before));
		ASSERT_TRUE(say(self));
		ASSERT_EQ(0, victim_settle(&self->victim));
		ASSERT_EQ(0, look_at_all(self->skel, after));
		/* CPU 0 is where the test runs: it changes all the time. */
		for (cpu = 1; cpu < CPUS; cpu++) {
			judge(&idle[cpu], before[cpu].idle, after[cpu].idle, said[cpu].idle, 0);
			judge(&nr[cpu], before[cpu].nr_running, after[cpu].nr_running,
			      said[cpu].nr_running, 0);
			judge(&load[cpu], before[cpu].load, after[cpu].load, said[cpu].load, 16);
			judge(&util[cpu], before[cpu].util, after[cpu].util, said[cpu].util, 16);
			judge(&capacity[cpu], before[cpu].capacity, after[cpu].capacity,
			      said[cpu].capacity, 16);
		}
	}
	for (cpu = 1; cpu < CPUS; cpu++) {
		EXPECT_AGREES(idle[cpu], "idle", cpu);
		EXPECT_AGREES(nr[cpu], "nr_running", cpu);
		EXPECT_AGREES(load[cpu], "load", cpu);
		EXPECT_AGREES(util[cpu], "util", cpu);
		EXPECT_AGREES(capacity[cpu], "capacity", cpu);
	}
}

PROVE_F(kfunc, hogs, "CPUs with one hog, with three and with none look like that")
{
	struct cpu_state *said = self->skel->bss->said;
	int i, one = 0, three = 0, idle = 0, busy = 0, waker = 0, ordered = 0, sane = 0;

	/* Load follows with a delay: the last samples count. */
	for (i = 0; i < SAMPLES; i++) {
		ASSERT_TRUE(say(self));
		one += said[1].nr_running == 1;
		three += said[2].nr_running == 3;
		idle += said[3].idle == 1 && said[3].nr_running == 0;
		busy += said[1].idle || said[2].idle;
		waker += said[0].idle;
		sane += said[1].util <= 1024 && said[1].capacity > 0 && said[1].capacity <= 1024;
	}
	for (i = 0; i < GUARD && !ordered; i++) {
		ASSERT_TRUE(say(self));
		ordered = said[2].load > said[1].load && said[1].load > said[3].load &&
			  said[1].util > said[3].util;
	}
	EXPECT_LE(SAMPLES / 2, one);
	EXPECT_LE(SAMPLES / 2, three);
	EXPECT_LE(1, idle);
	EXPECT_EQ(0, busy);
	EXPECT_EQ(0, waker);
	EXPECT_EQ(SAMPLES, sane);
	EXPECT_TRUE(ordered);
}

PROVE_F(kfunc, no_cpu, "[K2] a CPU that is not there: EINVAL")
{
	struct cpu_state *said = self->skel->bss->said;
	int cpu;

	ASSERT_TRUE(say(self));
	for (cpu = sys_nr_cpus(); cpu < MAX_CPUS; cpu++) {
		EXPECT_EQ(-EINVAL, said[cpu].idle);
		EXPECT_EQ(-EINVAL, said[cpu].nr_running);
		EXPECT_EQ(-EINVAL, said[cpu].load);
		EXPECT_EQ(-EINVAL, said[cpu].util);
		EXPECT_EQ(-EINVAL, said[cpu].capacity);
	}
}

/* How often, of SAMPLES, the program picked @cpu. */
static int picks(FIXTURE_DATA(kfunc) *self, unsigned long mask, int prev_cpu, int cpu)
{
	int i, n = 0;

	self->skel->bss->mask.bits[0] = mask;
	self->skel->bss->prev_cpu = prev_cpu;
	for (i = 0; i < SAMPLES / 2; i++) {
		if (!say(self))
			return -1;
		n += self->skel->bss->picked == cpu;
	}
	return n;
}

/*
 * Does the program pick @cpu before long, and never another? The CPU is idle but
 * for what the kernel does there, which on a busy host may be most of the time.
 */
static bool finds(FIXTURE_DATA(kfunc) *self, unsigned long mask, int prev_cpu, int cpu)
{
	int i, picked;

	self->skel->bss->mask.bits[0] = mask;
	self->skel->bss->prev_cpu = prev_cpu;
	for (i = 0; i < GUARD; i++) {
		if (!say(self))
			return false;
		picked = self->skel->bss->picked;
		if (picked != -ENOENT)
			return picked == cpu;
	}
	return false;
}

PROVE_F(kfunc, pick_idle, "bpf_sched_pick_idle_cpu finds the idle CPU, inside the mask and what is allowed, or ENOENT")
{
	const int all = SAMPLES / 2;

	/* The victim may use CPUs 0 and 3; the waker is on 0, hogs are on 1 and 2. */
	EXPECT_TRUE(finds(self, 0xf, 3, 3));
	EXPECT_TRUE(finds(self, 0xf, 0, 3));
	EXPECT_TRUE(finds(self, 0x8, -1, 3));
	EXPECT_EQ(all, picks(self, 0x7, 3, -ENOENT));
	EXPECT_EQ(all, picks(self, 0x1, 0, -ENOENT));
	EXPECT_EQ(all, picks(self, 0x0, 3, -ENOENT));
	ASSERT_EQ(0, task_pin_mask(self->victim.pid, 0x7));
	EXPECT_EQ(all, picks(self, 0xf, 3, -ENOENT));
	EXPECT_EQ(all, picks(self, 0x6, 1, -ENOENT));
}

PROVE_F(kfunc, pick_prev, "of several idle CPUs bpf_sched_pick_idle_cpu prefers the previous one")
{
	int i;

	for (i = 0; i < 4; i++)
		hog_stop(&self->hogs[i]);
	ASSERT_EQ(0, task_pin_mask(self->victim.pid, 0xf));
	EXPECT_LE(SAMPLES / 8, picks(self, 0xe, 1, 1));
	EXPECT_LE(SAMPLES / 8, picks(self, 0xe, 2, 2));
	EXPECT_LE(SAMPLES / 8, picks(self, 0xe, 3, 3));
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, hog_start(&self->hogs[i], 1, NULL, NULL));
}

TEST_HARNESS_MAIN
