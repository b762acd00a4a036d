// SPDX-License-Identifier: GPL-2.0-only
/*
 * kfuncs about the state of CPUs against the runqueues, as in kfunc_cpus.c, and
 * against what is known to run: a real-time hog, one of SCHED_IDLE, two in a
 * group. Where two readings of a field agree, so must the kfunc's.
 */
#include <errno.h>
#include <sched.h>

#include "harness.h"
#include "kfunc_state.h"
#include "kfunc_state.skel.h"

#define CPUS	4
#define SAMPLES	200
#define GUARD	(50 * SAMPLES)
#define GROUP	"hooktest-state"

HOOK_SKELETON(kfunc_state_bpf)

static const char * const names[] = {
#define X(name) #name,
	STATES(X)
#undef X
};

FIXTURE(state) {
	struct kfunc_state_bpf *skel;
	struct victim victim;
	struct hog hogs[5];	/* CPU 1: two in a group, one idle; CPU 2: real-time, fair */
};

FIXTURE_SETUP(state)
{
	const struct sched_param fifo = { .sched_priority = 1 }, none = {};
	int i;

	ASSERT_EQ(0xf, sys_online());
	ASSERT_EQ(0, task_pin(0, 0));
	/* The real-time hog leaves nothing to the fair one, but must not stop the CPU. */
	ASSERT_EQ(0, cg_make(GROUP));
	self->skel = load();
	ASSERT_NE(NULL, self->skel);
	ASSERT_EQ(0, victim_start(&self->victim, NULL));
	ASSERT_EQ(0, task_pin_mask(self->victim.pid, 0x9));
	self->skel->bss->victim = self->victim.pid;
	ASSERT_LE(0, hook_attach(bpf_program__fd(self->skel->progs.say)));
	for (i = 0; i < 5; i++) {
		ASSERT_EQ(0, hog_start(&self->hogs[i], i < 3 ? 1 : 2, NULL, i < 2 ? GROUP : NULL));
		ASSERT_TRUE(hog_moves(&self->hogs[i], 1000));
	}
	ASSERT_EQ(0, sched_setscheduler(self->hogs[2].pid, SCHED_IDLE, &none));
	ASSERT_EQ(0, sched_setscheduler(self->hogs[3].pid, SCHED_FIFO, &fifo));
}

FIXTURE_TEARDOWN(state)
{
	int i;

	for (i = 4; i >= 0; i--)
		hog_stop(&self->hogs[i]);
	victim_stop(&self->victim);
	EXPECT_EQ(0, cg_remove(GROUP));
	kfunc_state_bpf__destroy(self->skel);
}

static int look_at_all(struct kfunc_state_bpf *skel, struct cpu_says *state)
{
	LIBBPF_OPTS(bpf_test_run_opts, run);
	int err = bpf_prog_test_run_opts(bpf_program__fd(skel->progs.look_at_all), &run);

	memcpy(state, skel->bss->truth, CPUS * sizeof(*state));
	return err;
}

static bool say(FIXTURE_DATA(state) *self)
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

/* Averages move all the time. */
static __s64 slack(int which)
{
	switch (which) {
	case STATE_runnable:
	case STATE_util_rt:
	case STATE_util_irq:
		return 16;
	default:
		return 0;
	}
}

static bool near(__s64 a, __s64 b, __s64 by)
{
	return a - b <= by && b - a <= by;
}

/* struct score - samples with a field that stood still, and those that agreed */
struct score {
	int stable;
	int agreed;
};

PROVE_F(state, agree, "counts, averages and idle state of a CPU are what its runqueue says")
{
	struct cpu_says before[CPUS], after[CPUS], *said = self->skel->bss->said;
	struct score score[CPUS][NR_STATES] = {};
	int i, cpu, k;

	for (i = 0; i < SAMPLES; i++) {
		ASSERT_EQ(0, victim_settle(&self->victim));
		ASSERT_EQ(0, look_at_all(self->skel, before));
		ASSERT_TRUE(say(self));
		ASSERT_EQ(0, victim_settle(&self->victim));
		ASSERT_EQ(0, look_at_all(self->skel, after));
		/* CPU 0 is where the test runs, 3 where the victim does: 1 and 2 are busy. */
		for (cpu = 1; cpu < 3; cpu++) {
			for (k = 0; k < NR_STATES; k++) {
				struct score *s = &score[cpu][k];

				if (!near(before[cpu].said[k], after[cpu].said[k], slack(k)))
					continue;
				s->stable++;
				s->agreed += near(before[cpu].said[k], said[cpu].said[k], slack(k));
			}
		}
	}
	for (cpu = 1; cpu < 3; cpu++) {
		for (k = 0; k < NR_STATES; k++) {
			EXPECT_LE(SAMPLES / 10, score[cpu][k].stable) {
				TH_LOG("%s of CPU %d: %d stable samples", names[k], cpu,
				       score[cpu][k].stable);
			}
			EXPECT_LE(score[cpu][k].stable * 2 / 3, score[cpu][k].agreed) {
				TH_LOG("%s of CPU %d: %d of %d agree", names[k], cpu,
				       score[cpu][k].agreed, score[cpu][k].stable);
			}
		}
	}
}

PROVE_F(state, known, "a group of two and a SCHED_IDLE task, and a real-time beside a fair one, are counted as that")
{
	struct cpu_says *said = self->skel->bss->said;
	int i, cfs = 0, top = 0, idle = 0, rt = 0, one = 0, busy = 0;

	for (i = 0; i < SAMPLES; i++) {
		ASSERT_TRUE(say(self));
		cfs += said[1].said[STATE_nr_running_cfs] == 3;
		top += said[1].said[STATE_nr_running_cfs_nr] == 2;
		idle += said[1].said[STATE_nr_running_idle_policy] == 1;
		rt += said[2].said[STATE_nr_running_rt] >= 1;
		one += said[2].said[STATE_nr_running_cfs] >= 1;
		busy += said[1].said[STATE_is_idle] || said[2].said[STATE_is_idle] ||
			said[0].said[STATE_is_idle];
	}
	/* A kernel thread may be there for a moment, and real-time be throttled. */
	EXPECT_LE(SAMPLES / 2, cfs);
	EXPECT_LE(SAMPLES / 2, top);
	EXPECT_LE(SAMPLES / 2, idle);
	EXPECT_LE(SAMPLES / 4, rt);
	EXPECT_LE(SAMPLES / 2, one);
	EXPECT_EQ(0, busy);
}

PROVE_F(state, averages, "utilisation by real-time tasks grows where there is one, the runnable average with the crowd")
{
	struct cpu_says *said = self->skel->bss->said;
	int i, ordered = 0;

	for (i = 0; i < GUARD && !ordered; i++) {
		ASSERT_TRUE(say(self));
		ordered = said[2].said[STATE_util_rt] > 256 && said[1].said[STATE_util_rt] < 64 &&
			  said[1].said[STATE_runnable] > 1024;
	}
	EXPECT_TRUE(ordered);
	for (i = 0; i < CPUS; i++) {
		EXPECT_EQ(1024, said[i].said[STATE_capacity_orig]);
		EXPECT_EQ(0, said[i].said[STATE_util_dl]);
		EXPECT_LE(0, said[i].said[STATE_util_irq]);
		EXPECT_GE(1024, said[i].said[STATE_util_irq]);
		EXPECT_LT(0, said[i].said[STATE_avg_idle]);
	}
}

PROVE_F(state, idle, "a CPU that is idle has a stamp, one that is busy has none")
{
	struct cpu_says *said = self->skel->bss->said;
	bool stamped = false;
	int i, k = STATE_idle_stamp, wrong = 0;

	ASSERT_EQ(0, task_pin_mask(self->victim.pid, 0x3));
	for (i = 0; i < SAMPLES; i++) {
		ASSERT_TRUE(say(self));
		wrong += said[1].said[k] != 0;
		stamped |= said[3].said[STATE_is_idle] == 1 && said[3].said[k] > 0;
	}
	EXPECT_EQ(0, wrong);
	EXPECT_TRUE(stamped);
}

PROVE_F(state, snapshot, "a snapshot says what the single kfuncs say before and after it")
{
	struct score score[NR_STATES] = {};
	int i, cpu, k;

	for (i = 0; i < SAMPLES; i++) {
		ASSERT_TRUE(say(self));
		for (cpu = 0; cpu < CPUS; cpu++) {
			const struct bpf_sched_cpu_info *info = &self->skel->bss->snapshots[cpu];
			const __s64 snap[NR_STATES] = {
				info->nr_running_cfs, info->nr_running_cfs_nr,
				info->nr_running_idle_policy, info->nr_running_rt,
				info->runnable, info->util_rt, info->util_dl, info->util_irq,
				info->capacity_orig, info->idle, info->idle_stamp,
				info->avg_idle, info->exit_latency,
			};

			EXPECT_EQ(0, self->skel->bss->snapshot_ret[cpu]);
			for (k = 0; k < NR_STATES; k++) {
				__s64 said = self->skel->bss->said[cpu].said[k];

				if (said != self->skel->bss->again[cpu].said[k])
					continue;
				score[k].stable++;
				score[k].agreed += snap[k] == said;
			}
		}
	}
	for (k = 0; k < NR_STATES; k++) {
		EXPECT_LE(SAMPLES, score[k].stable);
		EXPECT_LE(score[k].stable * 9 / 10, score[k].agreed) {
			TH_LOG("%s: %d of %d", names[k], score[k].agreed, score[k].stable);
		}
	}
}

PROVE_F(state, sizes, "a snapshot fills what room there is: no byte more, and zeros where it knows nothing")
{
	static const __u32 sizes[] = { 0, 1, 4, 20, 133, 136, 137, 200, 512 };
	const size_t known = sizeof(struct bpf_sched_cpu_info);
	struct kfunc_state_bpf__bss *bss = self->skel->bss;
	unsigned int i, b;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		memset(&bss->room, 0xa5, sizeof(bss->room));
		bss->room_size = sizes[i];
		ASSERT_TRUE(say(self));
		EXPECT_EQ(0, bss->room_ret);
		for (b = sizes[i]; b < sizeof(bss->room); b++)
			ASSERT_EQ(0xa5, bss->room.bytes[b]);
		for (b = known; b < sizes[i]; b++)
			ASSERT_EQ(0, bss->room.bytes[b]);
		if (sizes[i] >= 4)
			EXPECT_GE(100000, *(__u32 *)bss->room.bytes);
	}
}

PROVE_F(state, no_cpu, "[K2] a CPU that is not there: EINVAL, and nothing is written")
{
	static const struct bpf_sched_cpu_info nothing;
	int cpu, k;

	ASSERT_TRUE(say(self));
	for (cpu = sys_nr_cpus(); cpu < MAX_CPUS; cpu++) {
		for (k = 0; k < NR_STATES; k++)
			EXPECT_EQ(-EINVAL, self->skel->bss->said[cpu].said[k]);
		EXPECT_EQ(-EINVAL, self->skel->bss->snapshot_ret[cpu]);
		EXPECT_EQ(0, memcmp(&nothing, &self->skel->bss->snapshots[cpu], sizeof(nothing)));
	}
}

TEST_HARNESS_MAIN
