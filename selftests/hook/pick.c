// SPDX-License-Identifier: GPL-2.0-only
/*
 * [H5] Who runs first by tag: a higher tag before a lower, flat and nested, up
 * to a bound; whatever a program answers, and however tags change, no tree is
 * out of order and nobody's share falls below the bound.
 *
 * All tasks share one CPU. What is compared is the work that they do meanwhile.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "harness.h"
#include "pick.h"
#include "pick.skel.h"

#define CPU	1
#define LAG	"/proc/sys/kernel/sched_bpf_lag_ms"
#define GRAN	"/sys/kernel/debug/sched/min_granularity_ns"
#define MAX	10

HOOK_SKELETON(pick_bpf)

FIXTURE(pick) {
	struct pick_bpf *skel;
	struct hog hogs[MAX];
	int nr;
	__u64 work[MAX];	/* that each did in the last look */
	char lag[32];
	int link;
};

FIXTURE_SETUP(pick)
{
	ASSERT_EQ(0, task_pin(0, 0));
	ASSERT_LT(0, sys_read(LAG, self->lag, sizeof(self->lag)));
	ASSERT_EQ(0, sys_write(LAG, "50"));
	self->skel = load();
	ASSERT_NE(NULL, self->skel);
	self->link = hook_attach(bpf_program__fd(self->skel->progs.pick));
	ASSERT_LE(0, self->link);
	self->skel->bss->mode = PICK_TAGGED;
}

FIXTURE_TEARDOWN(pick)
{
	int i;

	for (i = 0; i < self->nr; i++)
		hog_stop(&self->hogs[i]);
	close(self->link);
	pick_bpf__destroy(self->skel);
	sys_write(LAG, self->lag);
}

static int add(FIXTURE_DATA(pick) *self, const __s64 *tag, const char *cgroup)
{
	return hog_start(&self->hogs[self->nr++], CPU, tag, cgroup);
}

/* Lets them work for a while; fills in @work. */
static __u64 look(FIXTURE_DATA(pick) *self, int seconds)
{
	__u64 before[MAX] = {}, sum = 0;
	int i;

	for (i = 0; i < self->nr; i++)
		before[i] = *self->hogs[i].work;
	sleep(seconds);
	for (i = 0; i < self->nr; i++) {
		self->work[i] = *self->hogs[i].work - before[i];
		sum += self->work[i];
	}
	return sum;
}

static void print(FIXTURE_DATA(pick) *self, const char *what, __u64 sum)
{
	char text[256] = "";
	int i, at = 0;

	for (i = 0; i < self->nr; i++)
		at += snprintf(text + at, sizeof(text) - at, " %.1f", self->work[i] * 100.0 / sum);
	fprintf(stderr, "# %s: %%%s\n", what, text);
}

PROVE_F(pick, flat, "[H5] of three hogs the one with the highest tag has the CPU, the others their turns; the next when it is gone")
{
	static const __s64 tags[] = { 1, 2, 3 };
	__u64 sum;
	int i;

	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, add(self, &tags[i], NULL));
	sleep(1);
	sum = look(self, 3);
	print(self, "tags 1 2 3", sum);
	EXPECT_LE(sum * 80 / 100, self->work[2]);
	EXPECT_LT(0, self->work[0]);
	EXPECT_LT(0, self->work[1]);
	EXPECT_LT(0, self->skel->bss->asked);
	EXPECT_EQ(0, self->skel->bss->not_higher);

	hog_stop(&self->hogs[2]);
	self->nr = 2;
	sum = look(self, 3);
	print(self, "tags 1 2", sum);
	EXPECT_LE(sum * 80 / 100, self->work[1]);
}

PROVE_F(pick, nested, "[H5] groups by their tags, and in a group its tasks by theirs: own before inherited if higher, after if lower")
{
	static const __s64 high = 9, low = -9;
	__u64 sum;

	ASSERT_EQ(0, cg_make("pick-a"));
	ASSERT_EQ(0, cg_make("pick-b"));
	ASSERT_EQ(0, cg_write("pick-a", "tag", "1"));
	ASSERT_EQ(0, cg_write("pick-b", "tag", "2"));
	ASSERT_EQ(0, add(self, NULL, "pick-a"));
	ASSERT_EQ(0, add(self, NULL, "pick-b"));
	ASSERT_EQ(0, add(self, &high, "pick-b"));
	ASSERT_EQ(0, add(self, &low, "pick-b"));
	sleep(1);
	sum = look(self, 3);
	print(self, "group 1: -; group 2: - 9 -9", sum);
	EXPECT_LE(sum * 75 / 100, sum - self->work[0]);
	EXPECT_LE((sum - self->work[0]) * 75 / 100, self->work[2]);
	EXPECT_LT(0, self->work[0]);
	EXPECT_LT(0, self->work[1]);
	EXPECT_LT(0, self->work[3]);

	/* The other group first, by one write, with all of them queued. */
	ASSERT_EQ(0, cg_write("pick-a", "tag", "3"));
	sum = look(self, 3);
	print(self, "group 3: -; group 2: - 9 -9", sum);
	EXPECT_LE(sum * 75 / 100, self->work[0]);

	while (self->nr)
		hog_stop(&self->hogs[--self->nr]);
	EXPECT_EQ(0, cg_remove("pick-a"));
	EXPECT_EQ(0, cg_remove("pick-b"));
}

PROVE_F(pick, retag, "[H5] a queued task whose tag is written moves at once")
{
	__s64 one = 1, two = 2;
	__u64 sum;

	ASSERT_EQ(0, add(self, &one, NULL));
	ASSERT_EQ(0, add(self, &two, NULL));
	sleep(1);
	ASSERT_EQ(0, task_set_tag(self->hogs[0].pid, 3));
	sum = look(self, 3);
	print(self, "tags 3 2", sum);
	EXPECT_LE(sum * 80 / 100, self->work[0]);
	ASSERT_EQ(0, task_set_tag(self->hogs[0].pid, 2));
	sum = look(self, 3);
	print(self, "tags 2 2", sum);
	/* The one that got more before is behind by vruntime until it is made up for. */
	EXPECT_LT(self->work[0], self->work[1]);
}

PROVE_F(pick, no_opinion, "[H5] without an opinion, and without a program, CFS's choice stands")
{
	__s64 one = 1, two = 2;
	__u64 sum;

	self->skel->bss->mode = PICK_NO_OPINION;
	ASSERT_EQ(0, add(self, &one, NULL));
	ASSERT_EQ(0, add(self, &two, NULL));
	sleep(1);
	sum = look(self, 3);
	print(self, "no opinion, tags 1 2", sum);
	EXPECT_LE(sum * 35 / 100, self->work[0]);
	EXPECT_LE(sum * 35 / 100, self->work[1]);
	EXPECT_LT(0, self->skel->bss->asked);
	hook_detach(self->link);
	sum = look(self, 3);
	print(self, "no program, tags 1 2", sum);
	EXPECT_LE(sum * 35 / 100, self->work[0]);
	EXPECT_LE(sum * 35 / 100, self->work[1]);
}

/* In per mille: of a CPU, for who is always passed over. */
static __u64 bound(unsigned int lag_ms)
{
	char text[32];
	__u64 gran;

	if (sys_read(GRAN, text, sizeof(text)) <= 0)
		return 0;
	gran = strtoull(text, NULL, 10);
	/* A tick early, a tick late. */
	return gran * 1000 / (gran + (lag_ms + 2) * 1000000ULL);
}

static atomic_bool done;

static void *retag(void *arg)
{
	FIXTURE_DATA(pick) *self = arg;
	unsigned short state[3] = { 1, 2, 3 };

	while (!atomic_load(&done)) {
		int i = 1 + hook_random(state) % (self->nr - 1);

		task_set_tag(self->hogs[i].pid, hook_random(state) % 7);
	}
	return NULL;
}

PROVE_F(pick, mad, "[H5] a program that answers at random while queued tasks are retagged: order holds, and a victim's share the bound")
{
	__s64 lowest = -1000, some = 3;
	bool warned = hook_warned();
	pthread_t thread;
	__u64 sum;
	int i;

	ASSERT_EQ(0, sys_write(LAG, "20"));
	ASSERT_EQ(0, add(self, &lowest, NULL));
	for (i = 1; i < MAX; i++)
		ASSERT_EQ(0, add(self, &some, NULL));
	self->skel->bss->mode = PICK_TAGGED;
	sleep(1);
	sum = look(self, 5);
	print(self, "the lowest of ten, strict", sum);
	TH_LOG("bound %llu per mille", bound(20));
	EXPECT_LE(bound(20) * sum / 2000, self->work[0]);

	self->skel->bss->mode = PICK_RANDOM;
	ASSERT_EQ(0, pthread_create(&thread, NULL, retag, self));
	sum = look(self, 5);
	atomic_store(&done, true);
	pthread_join(thread, NULL);
	print(self, "the same, mad", sum);
	/* Now others are passed over too, and share the turns with it. */
	EXPECT_LE(bound(20) * sum / 2000 / (MAX - 1), self->work[0]);
	for (i = 0; i < MAX; i++)
		EXPECT_LT(0, self->work[i]);
	EXPECT_EQ(warned, hook_warned());
}

PROVE_F(pick, two, "[H5] with one task above it a victim has the whole of the bound, whatever wakes up meanwhile")
{
	int wakeup = hook_const("cfs_check_preempt_wakeup", BPF_SCHED_PREEMPT), link, i;
	__s64 one = 1, two = 2;
	struct victim v;
	__u64 sum;

	ASSERT_EQ(0, sys_write(LAG, "20"));
	link = hook_attach(wakeup);
	ASSERT_LE(0, link);
	ASSERT_EQ(0, add(self, &one, NULL));
	ASSERT_EQ(0, add(self, &two, NULL));
	ASSERT_EQ(0, victim_start(&v, &two));
	ASSERT_EQ(0, task_pin(v.pid, CPU));
	for (i = 0; i < 200; i++)
		ASSERT_LE(0, victim_wake(&v));
	sum = look(self, 4);
	print(self, "tags 1 2", sum);
	TH_LOG("bound %llu per mille", bound(20));
	EXPECT_LE(bound(20) * sum * 2 / 3000, self->work[0]);
	EXPECT_LE(sum * 55 / 100, self->work[1]);
	victim_stop(&v);
	close(link);
	close(wakeup);
}

TEST_HARNESS_MAIN
