// SPDX-License-Identifier: GPL-2.0-only
/*
 * What programs say about preemption happens, at the tick and at a wakeup, and
 * they are asked about the right tasks. All in counts of one boot: how many
 * ticks were followed by a switch, how many wakeups made the running task go.
 */
#include <sched.h>

#include "harness.h"
#include "preempt.skel.h"

#define CPU	1	/* where the contest is */
#define TICKS	400
#define WAKEUPS	150
#define GUARD	600000	/* turns of a millisecond */
#define GRANULARITY "/sys/kernel/debug/sched/wakeup_granularity_ns"

static const __s64 tag = 4004;

HOOK_SKELETON(preempt_bpf)

FIXTURE(preempt) {
	struct preempt_bpf *skel;
	struct hog hog;
	char granularity[32];
};

FIXTURE_SETUP(preempt)
{
	ASSERT_LT(CPU, sys_nr_cpus());
	ASSERT_EQ(0, task_pin(0, 0));
	ASSERT_EQ(0, sys_feature("TTWU_QUEUE"));
	ASSERT_LT(0, sys_read(GRANULARITY, self->granularity, sizeof(self->granularity)));
	self->skel = load();
	ASSERT_NE(NULL, self->skel);
	ASSERT_NE(NULL, bpf_program__attach(self->skel->progs.on_switch));
	ASSERT_NE(NULL, bpf_program__attach(self->skel->progs.on_wakeup));
	ASSERT_EQ(0, hog_start(&self->hog, CPU, &tag, NULL));
	self->skel->bss->runner = self->hog.pid;
	self->skel->bss->tag = tag;
}

FIXTURE_TEARDOWN(preempt)
{
	hog_stop(&self->hog);
	sys_feature("TTWU_QUEUE");
	sys_write(GRANULARITY, self->granularity);
	preempt_bpf__destroy(self->skel);
}

static bool reaches(const __u64 *count, __u64 goal)
{
	unsigned int guard;

	for (guard = 0; guard < GUARD; guard++) {
		if (__atomic_load_n(count, __ATOMIC_RELAXED) >= goal)
			return true;
		usleep(1000);
	}
	return false;
}

/* Switches between two hogs in TICKS ticks under a verdict; -1 if it hangs. */
static long turns_under(struct preempt_bpf *skel, int verdict)
{
	__u64 turns;

	skel->data->verdict = verdict;
	/* Let what was under way pass. */
	if (!reaches(&skel->bss->ticks, skel->bss->ticks + 20))
		return -1;
	turns = skel->bss->turns;
	if (!reaches(&skel->bss->ticks, skel->bss->ticks + TICKS))
		return -1;
	return skel->bss->turns - turns;
}

PROVE_F(preempt, tick, "cfs_check_preempt_tick: of two hogs one keeps the CPU, or both take turns at ticks, as the program says")
{
	struct preempt_bpf__bss *bss = self->skel->bss;
	struct hook_link_info info;
	long keep, preempt, stock;
	struct hog rival;
	int link;

	ASSERT_EQ(0, hog_start(&rival, CPU, &tag, NULL));
	bss->other = rival.pid;
	link = hook_attach_tag(bpf_program__fd(self->skel->progs.tick), tag);
	ASSERT_LE(0, link);
	stock = turns_under(self->skel, BPF_SCHED_NO_OPINION);
	ASSERT_LE(0, stock);
	ASSERT_EQ(0, hook_info(link, &info));
	EXPECT_LT(0, info.calls);
	EXPECT_EQ(0, info.decided);
	preempt = turns_under(self->skel, BPF_SCHED_PREEMPT);
	ASSERT_LE(0, preempt);
	/* Last, as it leaves the two far apart. */
	keep = turns_under(self->skel, BPF_SCHED_KEEP);
	ASSERT_LE(0, keep);
	TH_LOG("switches in %d ticks: keep %ld, CFS %ld, preempt %ld", TICKS, keep, stock, preempt);
	EXPECT_LE(keep, TICKS / 20);
	EXPECT_LE(TICKS / 4, preempt);
	ASSERT_EQ(0, hook_info(link, &info));
	EXPECT_LE(2 * TICKS, info.decided);

	EXPECT_EQ(0, bss->strangers);
	EXPECT_EQ(0, bss->bad_delta);
	EXPECT_EQ(0, bss->bad_curr);
	EXPECT_EQ(0, bss->bad_tag);
	close(link);
	hog_stop(&rival);
}

/**
 * struct contest - WAKEUPS wakeups of a sleeper on a hog's CPU
 * @wakeups:   those that were decided while the hog ran undisturbed
 * @preempted: those that told the hog to make way
 * @next:      ... after which the sleeper was the next to run
 */
struct contest {
	long wakeups;
	long preempted;
	long next;
};

static struct contest contest(FIXTURE_DATA(preempt) *self, struct victim *v, int verdict)
{
	const struct preempt_bpf__bss *bss = self->skel->bss;
	struct contest before = { bss->wakeups, bss->preempted, bss->ran_next };
	int guard;

	self->skel->data->verdict = verdict;
	for (guard = 0; guard < 20 * WAKEUPS && bss->wakeups - before.wakeups < WAKEUPS; guard++) {
		/* The sleeper must have slept, by CFS' standards too. */
		if (!hog_moves(&self->hog, 100000) || victim_settle(v) || victim_wake(v) < 0)
			break;
	}
	victim_settle(v);
	return (struct contest) {
		.wakeups = bss->wakeups - before.wakeups,
		.preempted = bss->preempted - before.preempted,
		.next = bss->ran_next - before.next,
	};
}

/*
 * A granularity of a second forbids CFS to preempt, one of zero lets any
 * sleeper preempt: the program must win against either.
 */
static void wakeup_contest(struct __test_metadata *_metadata, FIXTURE_DATA(preempt) *self,
			   struct bpf_program *judge, struct bpf_program *watch)
{
	struct preempt_bpf__bss *bss = self->skel->bss;
	struct contest stock, ruled;
	struct hook_link_info info;
	int link, watch_link = -1;
	struct victim v;

	ASSERT_EQ(0, victim_start(&v, &tag));
	ASSERT_EQ(0, task_pin(v.pid, CPU));
	bss->other = v.pid;
	if (watch) {
		watch_link = hook_attach_tag(bpf_program__fd(watch), tag);
		ASSERT_LE(0, watch_link);
	}
	link = hook_attach_tag(bpf_program__fd(judge), tag);
	ASSERT_LE(0, link);

	ASSERT_EQ(0, sys_write(GRANULARITY, "1000000000"));
	stock = contest(self, &v, BPF_SCHED_NO_OPINION);
	ruled = contest(self, &v, BPF_SCHED_PREEMPT);
	TH_LOG("CFS would keep: it preempts at %ld of %ld wakeups, with \"preempt\" %ld of %ld",
	       stock.preempted, stock.wakeups, ruled.preempted, ruled.wakeups);
	ASSERT_LE(WAKEUPS, stock.wakeups);
	ASSERT_LE(WAKEUPS, ruled.wakeups);
	EXPECT_LE(stock.preempted, stock.wakeups / 10);
	EXPECT_EQ(ruled.wakeups, ruled.preempted);
	/* A kernel thread may come between. */
	EXPECT_LE(ruled.preempted * 4 / 5, ruled.next);

	ASSERT_EQ(0, sys_write(GRANULARITY, "0"));
	stock = contest(self, &v, BPF_SCHED_NO_OPINION);
	ruled = contest(self, &v, BPF_SCHED_KEEP);
	TH_LOG("CFS would preempt: at %ld of %ld wakeups, with \"keep\" %ld of %ld",
	       stock.preempted, stock.wakeups, ruled.preempted, ruled.wakeups);
	ASSERT_LE(WAKEUPS, stock.wakeups);
	ASSERT_LE(WAKEUPS, ruled.wakeups);
	EXPECT_LE(stock.wakeups / 2, stock.preempted);
	EXPECT_EQ(0, ruled.preempted);

	ASSERT_EQ(0, hook_info(link, &info));
	EXPECT_LE(2 * WAKEUPS, info.decided);
	EXPECT_EQ(0, bss->strangers);
	EXPECT_EQ(0, bss->bad_curr);
	EXPECT_EQ(0, bss->bad_tag);
	close(link);
	close(watch_link);
	victim_stop(&v);
}

PROVE_F(preempt, wakeup, "cfs_check_preempt_wakeup: a task that wakes preempts the one that runs, or waits, as the program says")
{
	wakeup_contest(_metadata, self, self->skel->progs.wakeup, NULL);
}

PROVE_F(preempt, entity, "cfs_wakeup_preempt_entity: an entity that wakes preempts the one that runs, or waits, as the program says; and it is asked about buddies")
{
	wakeup_contest(_metadata, self, self->skel->progs.entity, self->skel->progs.wakeup_watch);
	EXPECT_LT(0, self->skel->bss->buddies);
}

PROVE_F(preempt, curr, "cfs_check_preempt_wakeup: curr is the task that runs where the woken one will, not the waker")
{
	struct preempt_bpf__bss *bss = self->skel->bss;
	struct contest c;
	struct victim v;
	int link;

	/* Wakeups are completed by the waker's CPU, so that the two differ. */
	ASSERT_EQ(0, sys_feature("NO_TTWU_QUEUE"));
	ASSERT_EQ(0, victim_start(&v, &tag));
	ASSERT_EQ(0, task_pin(v.pid, CPU));
	bss->other = v.pid;
	link = hook_attach_tag(bpf_program__fd(self->skel->progs.wakeup), tag);
	ASSERT_LE(0, link);
	c = contest(self, &v, BPF_SCHED_NO_OPINION);
	EXPECT_LE(WAKEUPS, c.wakeups);
	EXPECT_LT(0, bss->from_afar);
	EXPECT_EQ(0, bss->strangers);
	EXPECT_EQ(0, bss->bad_curr);
	EXPECT_EQ(0, bss->bad_tag);
	close(link);
	victim_stop(&v);
}

TEST_HARNESS_MAIN
