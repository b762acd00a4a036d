// SPDX-License-Identifier: GPL-2.0-only
/*
 * 64 writers of group and task tags against forks, moves, execs and groups
 * that come and go. Bounded by counts of events. Every tag that is written
 * has equal halves, so that a torn one shows; when all is quiet, every
 * effective tag must follow from the groups', and clearing must leave 0.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup.h"
#include "harness.h"
#include "util.h"

#define WRITERS		64
#define FORKERS		4

#define GROUPS		9	/* of which every third is never written */
#define TASKS		16	/* of which every second is never written */

/* Events a racer makes, on a normal kernel and on a debug kernel. */
#define EVENTS		300
#define EVENTS_SLOW	40

/**
 * struct arena - what the racers race for; shared between processes
 * @group: three chains of three groups; the last of a chain is never written
 * @task: sleepers; odd ones are never written
 * @newest: the latest child of each forker: it may be dead
 * @events: how many events a racer makes
 * @go: the racers wait for it
 * @torn: tags that were read and that nobody wrote
 * @failed: calls that failed and should not
 * @example: the first of those, for the log
 */
struct arena {
	char base[TAG_PATH_MAX];
	char group[GROUPS][TAG_PATH_MAX];
	pid_t task[TASKS];
	pid_t newest[FORKERS];
	int events;
	int go;
	int torn;
	int failed;
	char example[128];
};

FIXTURE(stress) {
	struct arena *arena;
};

static bool group_is_written(int group)
{
	return group % 3 != 2;
}

static bool task_is_written(int task)
{
	return task % 2 == 0;
}

static void racer_failed(struct arena *arena, const char *what, int err)
{
	if (!__atomic_fetch_add(&arena->failed, 1, __ATOMIC_RELAXED))
		snprintf(arena->example, sizeof(arena->example), "%.90s: %s",
			 what, strerror(-err));
}

/* Equal halves: nobody writes any other kind. */
static void check_tag(struct arena *arena, const char *path, bool may_be_dead)
{
	__s64 tag;
	int err = tag_read(path, &tag);

	if (may_be_dead && (err == -ESRCH || err == -ENOENT))
		return;
	if (err)
		racer_failed(arena, path, err);
	else if ((__u64)tag >> 32 != ((__u64)tag & 0xffffffff))
		__atomic_add_fetch(&arena->torn, 1, __ATOMIC_RELAXED);
}

static void write_tag(struct arena *arena, const char *path, unsigned int *seed,
		      bool may_be_dead)
{
	__u64 half = rand_r(seed) % 1000;
	char text[32];
	int err;

	if (rand_r(seed) % 4)
		snprintf(text, sizeof(text), "%lld", (long long)(half << 32 | half));
	else
		strcpy(text, "default");
	err = tag_write(path, text);
	if (may_be_dead && (err == -ESRCH || err == -ENOENT))
		return;
	if (err)
		racer_failed(arena, path, err);
}

static int random_written_group(unsigned int *seed)
{
	int group = rand_r(seed) % GROUPS;

	return group_is_written(group) ? group : group - 1;
}

static void writer(struct arena *arena, unsigned int *seed, int unused)
{
	pid_t pid;

	(void)unused;
	switch (rand_r(seed) % 4) {
	case 0:
		write_tag(arena, cg_file(arena->group[random_written_group(seed)],
					 rand_r(seed) % 2 ? "tag" : "cpu.tag"),
			  seed, false);
		break;
	case 1:
		pid = arena->task[rand_r(seed) % (TASKS / 2) * 2];
		write_tag(arena, task_file(pid), seed, false);
		break;
	case 2:
		pid = __atomic_load_n(&arena->newest[rand_r(seed) % FORKERS],
				      __ATOMIC_RELAXED);
		if (pid)
			write_tag(arena, task_file(pid), seed, true);
		break;
	case 3:
		check_tag(arena, task_file(arena->task[rand_r(seed) % TASKS]),
			  false);
		check_tag(arena, cg_file(arena->group[rand_r(seed) % GROUPS],
					 "cpu.tag"), false);
		break;
	}
}

/* A child and a grandchild, which inherit whatever there is to inherit. */
static void forker(struct arena *arena, unsigned int *seed, int index)
{
	pid_t pid;
	int status;

	cg_move(arena->group[rand_r(seed) % GROUPS], getpid());
	pid = child_fork();
	if (!pid) {
		check_tag(arena, task_file(getpid()), false);
		pid = child_fork();
		if (!pid)
			check_tag(arena, task_file(getpid()), false);
		else if (pid > 0)
			waitpid(pid, NULL, 0);
		_exit(pid < 0);
	}
	if (pid < 0) {
		racer_failed(arena, "fork", pid);
		return;
	}
	__atomic_store_n(&arena->newest[index], pid, __ATOMIC_RELAXED);
	waitpid(pid, &status, 0);
	if (status)
		racer_failed(arena, "fork of a child", -ECHILD);
}

static void mover(struct arena *arena, unsigned int *seed, int unused)
{
	int group = rand_r(seed) % GROUPS;
	int err;

	(void)unused;
	err = cg_move(arena->group[group], arena->task[rand_r(seed) % TASKS]);
	if (err)
		racer_failed(arena, "move", err);
}

/* A new group below a group that is being written to. */
static void group_maker(struct arena *arena, unsigned int *seed, int index)
{
	const char *parent = arena->group[rand_r(seed) % GROUPS];
	char name[32], dir[TAG_PATH_MAX];
	int err;

	snprintf(name, sizeof(name), "new%d", index);
	err = cg_threaded_child(parent, name, dir);
	if (err) {
		racer_failed(arena, "mkdir", err);
		return;
	}
	check_tag(arena, cg_file(dir, "cpu.tag"), false);
	write_tag(arena, cg_file(dir, "tag"), seed, false);
	check_tag(arena, cg_file(dir, "tag"), false);
	if (rmdir(dir))
		racer_failed(arena, "rmdir", -errno);
}

static void *thread_exec(void *unused)
{
	execl("/bin/true", "true", NULL);
	_exit(127);
	return unused;
}

/* An exec from a thread, which takes the place of the leader. */
static void execer(struct arena *arena, unsigned int *seed, int index)
{
	pthread_t thread;
	pid_t pid;
	int status;

	(void)seed;
	pid = child_fork();
	if (!pid) {
		if (!pthread_create(&thread, NULL, thread_exec, NULL))
			pause();
		_exit(126);
	}
	__atomic_store_n(&arena->newest[index], pid, __ATOMIC_RELAXED);
	waitpid(pid, &status, 0);
	if (status)
		racer_failed(arena, "exec from a thread", -ENOEXEC);
}

/**
 * struct role - a part in the race
 * @event: what such a racer does, again and again; @index counts in the role
 * @racers: how many there are
 * @share: it skips all but one of so many events, because its own are dear
 */
struct role {
	void (*event)(struct arena *arena, unsigned int *seed, int index);
	int racers;
	int share;
};

static const struct role roles[] = {
	{ writer, WRITERS, 1 },
	{ forker, FORKERS, 2 },
	{ mover, 4, 1 },
	{ group_maker, 2, 1 },
	{ execer, 1, 20 },
};

#define RACERS_MAX	128

static void run_racer(struct arena *arena, const struct role *role, int index)
{
	unsigned int seed = (role - roles) * RACERS_MAX + index + 1;
	int i;

	while (!__atomic_load_n(&arena->go, __ATOMIC_ACQUIRE))
		usleep(1000);
	for (i = 0; i < arena->events; i += role->share)
		role->event(arena, &seed, index);
}

/* Runs the race to its end. Returns the number of racers, or -ECHILD. */
static int run_race(struct arena *arena)
{
	pid_t pid[RACERS_MAX];
	int i, status, count = 0, err = 0;
	size_t r;

	for (r = 0; r < ARRAY_SIZE(roles); r++) {
		for (i = 0; i < roles[r].racers; i++) {
			pid[count] = child_fork();
			if (!pid[count]) {
				run_racer(arena, &roles[r], i);
				_exit(0);
			}
			count++;
		}
	}
	__atomic_store_n(&arena->go, 1, __ATOMIC_RELEASE);
	for (i = 0; i < count; i++)
		if (pid[i] < 0 || waitpid(pid[i], &status, 0) < 0 || status)
			err = -ECHILD;
	return err ?: count;
}

FIXTURE_SETUP(stress)
{
	struct arena *arena;
	const char *parent;
	char name[8];
	int i;

	arena = mmap(NULL, sizeof(*arena), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, arena);
	self->arena = arena;
	arena->events = kernel_is_slow() ? EVENTS_SLOW : EVENTS;

	ASSERT_EQ(0, cg_base(arena->base));
	for (i = 0; i < GROUPS; i++) {
		parent = i % 3 ? arena->group[i - 1] : arena->base;
		snprintf(name, sizeof(name), "g%d", i);
		ASSERT_EQ(0, cg_threaded_child(parent, name, arena->group[i]));
	}
	for (i = 0; i < TASKS; i++) {
		arena->task[i] = cg_sleeper(arena->group[i % GROUPS]);
		ASSERT_GT(arena->task[i], 0);
	}
}

FIXTURE_TEARDOWN(stress)
{
	int i;

	for (i = 0; i < TASKS; i++)
		child_kill(self->arena->task[i]);
	EXPECT_EQ(0, cg_destroy(self->arena->base));
}

TAG_TEST_F(stress, race,
	   "T1, T2: after 64 writers raced with forks, moves, execs and new groups all tags are consistent")
{
	struct arena *arena = self->arena;
	char dir[TAG_PATH_MAX], text[16];
	int i, racers;

	racers = run_race(arena);
	EXPECT_GT(racers, WRITERS);
	EXPECT_EQ(0, arena->torn);
	EXPECT_EQ(0, arena->failed)
		TH_LOG("the first: %s", arena->example);

	/* Whose own tags nobody wrote follow from the groups as they are. */
	for (i = 0; i < GROUPS; i++)
		if (!group_is_written(i)) {
			EXPECT_EQ(cg_tag(arena->group[i - 1]),
				  cg_tag(arena->group[i]));
		}
	for (i = 0; i < TASKS; i++) {
		ASSERT_EQ(0, cg_of(arena->task[i], dir));
		if (!task_is_written(i)) {
			EXPECT_EQ(cg_tag(dir), task_tag(arena->task[i]));
		}
		EXPECT_EQ(0, task_set(arena->task[i], "default"));
		EXPECT_EQ(cg_tag(dir), task_tag(arena->task[i]));
	}

	/* Known tags take the place of whatever there was. */
	for (i = 0; i < GROUPS; i++) {
		snprintf(text, sizeof(text), "%d", i + 100);
		EXPECT_EQ(0, cg_set(arena->group[i], text));
	}
	for (i = 0; i < TASKS; i++) {
		ASSERT_EQ(0, cg_move(arena->group[i % GROUPS], arena->task[i]));
		EXPECT_EQ(i % GROUPS + 100, task_tag(arena->task[i]));
	}

	/* And cleared they are gone. */
	for (i = 0; i < GROUPS; i++) {
		EXPECT_EQ(0, cg_set(arena->group[i], "default"));
	}
	for (i = 0; i < GROUPS; i++) {
		EXPECT_EQ(0, cg_tag(arena->group[i]));
	}
	for (i = 0; i < TASKS; i++) {
		EXPECT_EQ(0, task_tag(arena->task[i]));
	}
	printf("# %d racers, up to %d events each\n", racers, arena->events);
	fflush(stdout);
}

TEST_HARNESS_MAIN
