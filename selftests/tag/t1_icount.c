// SPDX-License-Identifier: GPL-2.0-only
/*
 * T1 in instructions: what a write to a group's tag costs does not depend on
 * how many tasks the group has, only on how many groups are below it.
 *
 * Runs on the one-CPU machine whose clock counts instructions: there one
 * nanosecond is one instruction, and the best of a few writes repeats.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cgroup.h"
#include "harness.h"
#include "util.h"

#define FEW_TASKS	10
#define MANY_TASKS	10000

#define FEW_GROUPS	10
#define MANY_GROUPS	200

/* The best of so many writes. */
#define WRITES		64
#define WRITE_PAUSE_US	2000

/* Most that a cost may grow by and still count as the same: a fifth. */
#define SAME(cost)	((cost) + (cost) / 5)

/* The smallest stack that glibc takes; the threads only sleep. */
#define STACK_SIZE	(16 * 1024)

/* Iterations of two instructions each that tell what a nanosecond is. */
#define SPINS		1000000L
#define TRIES		10

static __s64 now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static __s64 spin_ns(void)
{
	long left = SPINS;
	__s64 start = now_ns();

	asm volatile("1: dec %0\n\tjnz 1b" : "+r" (left) : : "cc");
	return now_ns() - start;
}

/*
 * Is a nanosecond an instruction? Other tasks may run in between, so that not
 * every try has to be right, but interrupts alone add less than 2 per cent.
 */
static bool clock_counts_instructions(void)
{
	int i, right = 0;
	__s64 spin;

	if (sysconf(_SC_NPROCESSORS_ONLN) != 1)
		return false;
	for (i = 0; i < TRIES; i++) {
		usleep(WRITE_PAUSE_US);
		spin = spin_ns();
		right += spin >= 2 * SPINS && spin <= 2 * SPINS + SPINS / 25;
	}
	return right >= TRIES / 4;
}

#define NEED_ICOUNT(have_it)						\
	do {								\
		if (!(have_it))						\
			SKIP(return, "not on one CPU whose clock counts instructions"); \
	} while (0)

static void *sleep_forever(void *unused)
{
	for (;;)
		pause();
	return unused;
}

/* The child: becomes a process of @count threads, in the group @dir. */
static int become_threads(const char *dir, int count)
{
	pthread_attr_t attr;
	pthread_t thread;
	int i, err;

	err = cg_move(dir, getpid());
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	pthread_attr_setguardsize(&attr, 0);
	for (i = 1; !err && i < count; i++)
		err = -pthread_create(&thread, &attr, sleep_forever, NULL);
	return err;
}

/* Puts a process of @count sleeping threads into the group @dir. */
static pid_t populate(const char *dir, int count)
{
	int fds[2], err = -EPIPE;
	pid_t pid;

	if (pipe(fds))
		return -errno;
	pid = child_fork();
	if (!pid) {
		err = become_threads(dir, count);
		if (write(fds[1], &err, sizeof(err)) != sizeof(err))
			_exit(1);
		sleep_forever(NULL);
	}
	close(fds[1]);
	if (pid > 0 && (read(fds[0], &err, sizeof(err)) != sizeof(err) || err)) {
		child_kill(pid);
		pid = err;
	}
	close(fds[0]);
	return pid;
}

/* Threads in the group, as the kernel lists them. */
static int count_tasks(const char *dir)
{
	int tid, count = 0;
	FILE *f;

	f = fopen(cg_file(dir, cg_version() == 2 ? "cgroup.threads" : "tasks"),
		  "re");
	if (!f)
		return -errno;
	while (fscanf(f, "%d", &tid) == 1)
		count++;
	fclose(f);
	return count;
}

/* The least that a write of another tag costs, in instructions. */
static __s64 write_cost(const char *dir)
{
	__s64 start, cost, best = INT64_MAX;
	int fd, i;

	fd = open(cg_file(dir, "cpu.tag"), O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return TAG_ERROR;
	for (i = 0; i < WRITES; i++) {
		/* Lets whatever went before come to its end. */
		usleep(WRITE_PAUSE_US);
		start = now_ns();
		if (write(fd, i % 2 ? "1" : "2", 1) != 1) {
			best = TAG_ERROR;
			break;
		}
		cost = now_ns() - start;
		if (cost < best)
			best = cost;
	}
	close(fd);
	return best;
}

/* Two groups alike in all but the number of tasks, with groups below each. */
FIXTURE(crowd) {
	bool icount;
	char base[TAG_PATH_MAX];
	char few[TAG_PATH_MAX];
	char many[TAG_PATH_MAX];
	char few_leaf[TAG_PATH_MAX];
	char many_leaf[TAG_PATH_MAX];
	pid_t few_pid;
	pid_t many_pid;
};

/* @count groups below @dir; @last gets the last one's directory. */
static int add_groups(const char *dir, int count, char *last)
{
	char name[16];
	int i, err = 0;

	for (i = 0; !err && i < count; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		err = cg_child(dir, name, last);
	}
	return err;
}

FIXTURE_SETUP(crowd)
{
	self->icount = clock_counts_instructions();
	if (!self->icount)
		return;
	/* Enough for the threads, whatever the memory size made of it. */
	ASSERT_EQ(0, file_write("/proc/sys/kernel/pid_max", "32768"));
	ASSERT_EQ(0, file_write("/proc/sys/kernel/threads-max", "30000"));
	ASSERT_EQ(0, cg_base(self->base));
	ASSERT_EQ(0, cg_child(self->base, "few", self->few));
	ASSERT_EQ(0, cg_child(self->base, "many", self->many));
	ASSERT_EQ(0, add_groups(self->few, FEW_GROUPS, self->few_leaf));
	ASSERT_EQ(0, add_groups(self->many, FEW_GROUPS, self->many_leaf));
	self->few_pid = populate(self->few_leaf, FEW_TASKS);
	ASSERT_GT(self->few_pid, 0);
	self->many_pid = populate(self->many_leaf, MANY_TASKS);
	ASSERT_GT(self->many_pid, 0);
	ASSERT_EQ(FEW_TASKS, count_tasks(self->few_leaf));
	ASSERT_EQ(MANY_TASKS, count_tasks(self->many_leaf));
}

FIXTURE_TEARDOWN(crowd)
{
	if (!self->icount)
		return;
	child_kill(self->few_pid);
	child_kill(self->many_pid);
	EXPECT_EQ(0, cg_destroy(self->base));
}

static void show(const char *what, __s64 few, __s64 many)
{
	printf("# %s: %lld and %lld instructions\n", what, (long long)few,
	       (long long)many);
	fflush(stdout);
}

TAG_TEST_F(crowd, own_group,
	   "T1: writing the tag of a group of 10,000 tasks takes the time of one of 10")
{
	__s64 few, many;

	NEED_ICOUNT(self->icount);
	few = write_cost(self->few_leaf);
	many = write_cost(self->many_leaf);
	show("a write to a group of 10 tasks, of 10,000", few, many);
	ASSERT_NE(TAG_ERROR, few);
	ASSERT_NE(TAG_ERROR, many);
	EXPECT_LE(many, SAME(few));
	EXPECT_EQ(0, cg_set(self->many_leaf, "7"));
	EXPECT_EQ(7, task_tag(self->many_pid));
}

TAG_TEST_F(crowd, group_above, "T1: so does writing the tag of a group above them")
{
	__s64 few, many;

	NEED_ICOUNT(self->icount);
	few = write_cost(self->few);
	many = write_cost(self->many);
	show("a write to the parent of groups with 10 tasks, with 10,000", few,
	     many);
	ASSERT_NE(TAG_ERROR, few);
	ASSERT_NE(TAG_ERROR, many);
	EXPECT_LE(many, SAME(few));
	EXPECT_EQ(0, cg_set(self->many, "8"));
	EXPECT_EQ(0, cg_set(self->many_leaf, "default"));
	EXPECT_EQ(8, task_tag(self->many_pid));
}

/* What a write costs beside @count groups, and above them; negative on error. */
static int tree_costs(int count, __s64 *beside, __s64 *above)
{
	char base[TAG_PATH_MAX], leaf[TAG_PATH_MAX], last[TAG_PATH_MAX];
	int err;

	err = cg_base(base) ?: cg_child(base, "leaf", leaf) ?: add_groups(base, count, last);
	if (err)
		return err;
	*beside = write_cost(leaf);
	*above = write_cost(base);
	return cg_destroy(base);
}

TAG_TEST(tree, "T1: a write costs what the groups below are, not those beside")
{
	static const int counts[] = { FEW_GROUPS, MANY_GROUPS / 2, MANY_GROUPS };
	__s64 beside[3], above[3], first, second;
	int i;

	NEED_ICOUNT(clock_counts_instructions());
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, tree_costs(counts[i], &beside[i], &above[i]));

	show("a write beside 10 groups, beside 200", beside[0], beside[2]);
	show("a write above 10 groups, above 200", above[0], above[2]);
	/* The allocator's free lists differ, but nobody looks at so many groups. */
	EXPECT_LE(beside[2] - beside[0], 5 * (counts[2] - counts[0]));
	/* Each group below adds something, and no more than those before it. */
	first = (above[1] - above[0]) / (counts[1] - counts[0]);
	second = (above[2] - above[1]) / (counts[2] - counts[1]);
	EXPECT_LT(0, first);
	EXPECT_LE(second, 2 * first);
}

TEST_HARNESS_MAIN
