// SPDX-License-Identifier: GPL-2.0-only
/*
 * [H2] Affinity and cpuset hold whatever a program answers, also while they
 * change: tasks that wake, fork and exec without pause compare the CPU on which
 * they are with the mask that was in force before and after they looked.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "harness.h"
#include "allowed.skel.h"

#define WORKERS	3
#define CHANGES	40
#define LOOKS	5	/* that each worker takes at each mask, at least */
#define CGROUP	"hooktest-allowed"

static const __s64 tag = 4003;

/**
 * struct board - what workers and the one who changes masks share
 * @epoch: odd while a mask changes
 * @mask: in force for all workers while @epoch is even
 * @ready: workers that have joined the group, which resets their affinity
 * @looks: comparisons that each worker has made
 * @broken: comparisons that failed
 * @where: last CPU that broke the mask, and the mask
 */
struct board {
	__u64 epoch;
	__u64 mask;
	__u64 ready;
	__u64 looks[WORKERS];
	__u64 broken;
	int where_cpu;
	__u64 where_mask;
};

HOOK_SKELETON(allowed_bpf)

/* Run @where() and judge its answer if no mask changed meanwhile. */
static void look(struct board *b, int id, struct victim *v, int (*where)(struct victim *))
{
	__u64 epoch = __atomic_load_n(&b->epoch, __ATOMIC_SEQ_CST);
	__u64 mask = __atomic_load_n(&b->mask, __ATOMIC_SEQ_CST);
	int cpu = where(v);

	if (cpu < 0)
		_exit(1);
	if (epoch & 1 || epoch != __atomic_load_n(&b->epoch, __ATOMIC_SEQ_CST))
		return;
	if (!(mask & (1UL << cpu))) {
		b->where_cpu = cpu;
		b->where_mask = mask;
		__atomic_add_fetch(&b->broken, 1, __ATOMIC_SEQ_CST);
	}
	__atomic_add_fetch(&b->looks[id], 1, __ATOMIC_SEQ_CST);
}

static int here(struct victim *v)
{
	(void)v;
	return sched_getcpu();
}

/* A worker is the partner of a victim: each wakes the other. */
static void work(struct board *b, int id, struct victim *v)
{
	unsigned int i;

	for (i = 0;; i++) {
		look(b, id, v, victim_wake);
		look(b, id, v, here);
		if (i % 4 == 0)
			look(b, id, v, victim_fork);
		if (i % 16 == 0)
			look(b, id, v, victim_exec);
	}
}

FIXTURE(allowed) {
	struct allowed_bpf *skel;
	struct board *board;
	struct victim victims[WORKERS];
	pid_t workers[WORKERS];
	int links[2];
};

FIXTURE_SETUP(allowed)
{
	int i;

	ASSERT_LE(4, sys_nr_cpus());
	self->board = mmap(NULL, sizeof(*self->board), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->board);
	self->board->mask = 0xf;
	self->skel = load();
	ASSERT_NE(NULL, self->skel);
	self->links[0] = hook_attach_tag(bpf_program__fd(self->skel->progs.anywhere), tag);
	ASSERT_LE(0, self->links[0]);
	self->links[1] = hook_attach_tag(bpf_program__fd(self->skel->progs.anywhere_exit), tag);
	ASSERT_LE(0, self->links[1]);

	ASSERT_EQ(0, cg_make(CGROUP));
	ASSERT_EQ(0, cg_write(CGROUP, "cpuset.cpus", "0-3"));
	for (i = 0; i < WORKERS; i++) {
		ASSERT_EQ(0, victim_start(&self->victims[i], &tag));
		ASSERT_EQ(0, cg_add(CGROUP, self->victims[i].pid));
		self->workers[i] = fork();
		ASSERT_LE(0, self->workers[i]);
		if (!self->workers[i]) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			task_set_tag(getpid(), tag);
			cg_add(CGROUP, getpid());
			__atomic_add_fetch(&self->board->ready, 1, __ATOMIC_SEQ_CST);
			while (!__atomic_load_n(&self->board->epoch, __ATOMIC_SEQ_CST))
				usleep(1000);
			work(self->board, i, &self->victims[i]);
		}
	}
	while (__atomic_load_n(&self->board->ready, __ATOMIC_SEQ_CST) < WORKERS)
		usleep(1000);
}

FIXTURE_TEARDOWN(allowed)
{
	int i;

	for (i = 0; i < WORKERS; i++) {
		kill(self->workers[i], SIGKILL);
		waitpid(self->workers[i], NULL, 0);
		victim_stop(&self->victims[i]);
	}
	EXPECT_EQ(0, cg_remove(CGROUP));
	allowed_bpf__destroy(self->skel);
}

/* Wait until each worker has looked at the present mask often enough. */
static bool all_looked(const struct board *b, __u64 *before)
{
	unsigned int guard;
	int i;

	for (guard = 0; guard < 600000; guard++) {
		for (i = 0; i < WORKERS; i++)
			if (__atomic_load_n(&b->looks[i], __ATOMIC_SEQ_CST) < before[i] + LOOKS)
				break;
		if (i == WORKERS)
			return true;
		usleep(1000);
	}
	return false;
}

static int change_affinity(FIXTURE_DATA(allowed) *self, unsigned long mask)
{
	int i, err;

	for (i = 0; i < WORKERS; i++) {
		err = task_pin_mask(self->workers[i], mask);
		if (!err)
			err = task_pin_mask(self->victims[i].pid, mask);
		if (err)
			return err;
	}
	return 0;
}

static int change_cpuset(FIXTURE_DATA(allowed) *self, unsigned long mask)
{
	char list[32] = "";
	int cpu;

	(void)self;
	for (cpu = 0; cpu < 4; cpu++)
		if (mask & (1UL << cpu))
			sprintf(list + strlen(list), "%s%d", *list ? "," : "", cpu);
	return cg_write(CGROUP, "cpuset.cpus", list);
}

static void hold(struct __test_metadata *_metadata, FIXTURE_DATA(allowed) *self,
		 int (*change)(FIXTURE_DATA(allowed) *, unsigned long))
{
	unsigned short seed[3] = { 1, 2, 3 };
	struct board *b = self->board;
	struct hook_link_info info;
	__u64 before[WORKERS];
	int i, round;

	for (round = 0; round < CHANGES; round++) {
		unsigned long mask = 1 + hook_random(seed) % 15;

		__atomic_add_fetch(&b->epoch, 1, __ATOMIC_SEQ_CST);
		ASSERT_EQ(0, change(self, mask));
		b->mask = mask;
		__atomic_add_fetch(&b->epoch, 1, __ATOMIC_SEQ_CST);
		for (i = 0; i < WORKERS; i++)
			before[i] = b->looks[i];
		ASSERT_TRUE(all_looked(b, before)) {
			TH_LOG("a worker is stuck at mask %lx", mask);
		}
	}
	EXPECT_EQ(0, b->broken) {
		TH_LOG("ran on CPU %d, allowed %llx", b->where_cpu, b->where_mask);
	}
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, hook_info(self->links[i], &info));
		EXPECT_LT(0, info.decided);
		EXPECT_LT(0, info.refused);
		EXPECT_LE(info.decided + info.refused, info.calls);
	}
}

PROVE_F(allowed, affinity, "[H2] affinity holds under random answers while it changes")
{
	hold(_metadata, self, change_affinity);
}

PROVE_F(allowed, cpuset, "[H2] the cpuset holds under random answers while it changes")
{
	hold(_metadata, self, change_cpuset);
}

TEST_HARNESS_MAIN
