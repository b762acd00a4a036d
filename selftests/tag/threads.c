// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file of a process and the files of its threads.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness.h"
#include "spawn.h"
#include "thread.h"
#include "util.h"

#define THREADS	5

/* The test process with a few threads besides its leader. */
FIXTURE(process) {
	struct sleepers threads;
};

FIXTURE_SETUP(process)
{
	ASSERT_EQ(0, sleepers_start(&self->threads, THREADS));
}

FIXTURE_TEARDOWN(process)
{
	EXPECT_EQ(0, sleepers_stop(&self->threads));
}

#define EXPECT_THREADS(want)						\
do {									\
	int thread;							\
									\
	for (thread = 0; thread < THREADS; thread++) {			\
		EXPECT_EQ(want, thread_tag(getpid(),			\
					   self->threads.tid[thread]))	\
			TH_LOG("thread %d, at line %d", thread, __LINE__); \
	}								\
} while (0)

TAG_TEST_F(process, write_all, "T1: a write to /proc/PID/tag tags every thread")
{
	EXPECT_EQ(0, task_set(getpid(), "3"));
	EXPECT_THREADS(3);
	EXPECT_EQ(3, thread_tag(getpid(), getpid()));
	EXPECT_EQ(3, task_tag(getpid()));
	EXPECT_EQ(0, task_set(getpid(), "default"));
	EXPECT_THREADS(0);
	EXPECT_EQ(0, task_tag(getpid()));
}

TAG_TEST_F(process, write_one, "T1: a write to /proc/PID/task/TID/tag tags that thread only")
{
	pid_t one = self->threads.tid[2];
	int i;

	EXPECT_EQ(0, task_set(getpid(), "3"));
	EXPECT_EQ(0, thread_set(getpid(), one, "4"));
	for (i = 0; i < THREADS; i++) {
		EXPECT_EQ(i == 2 ? 4 : 3,
			  thread_tag(getpid(), self->threads.tid[i]));
	}
	EXPECT_EQ(3, task_tag(getpid()));
	EXPECT_EQ(0, thread_set(getpid(), one, "default"));
	EXPECT_EQ(0, thread_tag(getpid(), one));
	EXPECT_EQ(3, task_tag(getpid()));
}

TAG_TEST_F(process, read_leader, "T1: /proc/PID/tag reads the leader's tag")
{
	EXPECT_EQ(0, task_set(getpid(), "3"));
	EXPECT_EQ(0, thread_set(getpid(), getpid(), "6"));
	EXPECT_EQ(6, task_tag(getpid()));
	EXPECT_EQ(6, thread_tag(getpid(), getpid()));
	EXPECT_THREADS(3);
}

TAG_TEST_F(process, overwrite, "T1: a write to the process replaces what its threads had")
{
	EXPECT_EQ(0, thread_set(getpid(), self->threads.tid[0], "1"));
	EXPECT_EQ(0, thread_set(getpid(), self->threads.tid[1], "0"));
	EXPECT_EQ(0, task_set(getpid(), "-7"));
	EXPECT_THREADS(-7);
}

TAG_TEST_F(process, by_thread_id, "T1: /proc/TID/tag of a thread writes the whole process")
{
	EXPECT_EQ(0, task_set(self->threads.tid[1], "8"));
	EXPECT_THREADS(8);
	EXPECT_EQ(8, task_tag(getpid()));
}

TAG_TEST_F(process, refused_whole, "T1: a refused write to the process changes no thread")
{
	EXPECT_EQ(0, task_set(getpid(), "3"));
	EXPECT_EQ(0, thread_set(getpid(), self->threads.tid[1], "4"));
	EXPECT_EQ(-EINVAL, task_set(getpid(), "5x"));
	EXPECT_EQ(-ERANGE, task_set(getpid(), "9223372036854775808"));
	EXPECT_EQ(3, task_tag(getpid()));
	EXPECT_EQ(3, thread_tag(getpid(), self->threads.tid[0]));
	EXPECT_EQ(4, thread_tag(getpid(), self->threads.tid[1]));
}

TAG_TEST_F(process, foreign_thread, "T1: a thread has no file under another process")
{
	pid_t other = child_sleeper();

	ASSERT_GT(other, 0);
	EXPECT_EQ(-ENOENT, thread_set(getpid(), other, "1"));
	EXPECT_EQ(0, task_tag(other));
	child_kill(other);
}

/* A thread with an own tag that makes tasks: they are like it. */
struct maker {
	__s64 thread;
	__s64 fork;
	int err;
};

static void *make_tasks(void *arg)
{
	struct maker *maker = arg;

	maker->err = thread_set(getpid(), thread_id(), "12");
	maker->thread = tag_of_thread();
	maker->fork = tag_of_fork();
	return NULL;
}

TAG_TEST(maker_thread, "T2: a new task inherits from the thread that made it, not from the leader")
{
	struct maker maker = { };
	pthread_t thread;

	ASSERT_EQ(0, task_set(getpid(), "3"));
	ASSERT_EQ(0, pthread_create(&thread, NULL, make_tasks, &maker));
	pthread_join(thread, NULL);
	EXPECT_EQ(0, maker.err);
	EXPECT_EQ(12, maker.thread);
	EXPECT_EQ(12, maker.fork);
	EXPECT_EQ(3, own_tag_read());
}

/* A process whose leader has exited while its other thread lives. */
FIXTURE(headless) {
	pid_t pid;
	pid_t tid;
};

static void *wait_forever(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static void leader_exits(void)
{
	pthread_t thread;

	if (!pthread_create(&thread, NULL, wait_forever, NULL))
		syscall(SYS_exit, 0);
	_exit(1);
}

static char task_state(pid_t pid)
{
	char path[64], text[512];
	const char *state;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (file_read(path, text, sizeof(text)) < 0)
		return 0;
	state = strrchr(text, ')');
	return state && state[1] ? state[2] : 0;
}

/* A thread of @pid that is not its leader; 0 if there is none. */
static pid_t other_thread(pid_t pid)
{
	struct dirent *entry;
	char path[64];
	pid_t tid = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	if (!dir)
		return 0;
	while (!tid && (entry = readdir(dir)))
		if (atoi(entry->d_name) != pid)
			tid = atoi(entry->d_name);
	closedir(dir);
	return tid;
}

FIXTURE_SETUP(headless)
{
	self->pid = child_fork();
	if (!self->pid)
		leader_exits();
	ASSERT_GT(self->pid, 0);
	while (task_state(self->pid) != 'Z')
		usleep(1000);
	self->tid = other_thread(self->pid);
	ASSERT_GT(self->tid, 0);
}

FIXTURE_TEARDOWN(headless)
{
	child_kill(self->pid);
}

TAG_TEST_F(headless, write_all,
	   "T2: a write to a process whose leader is a zombie tags the living threads")
{
	EXPECT_EQ(0, task_set(self->pid, "5"));
	EXPECT_EQ(5, thread_tag(self->pid, self->tid));
	EXPECT_EQ(5, task_tag(self->pid));
	EXPECT_EQ(0, task_set(self->pid, "default"));
	EXPECT_EQ(0, thread_tag(self->pid, self->tid));
	EXPECT_EQ(0, task_tag(self->pid));
}

TAG_TEST_F(headless, write_one, "T2: a zombie leader and its living thread have own tags each")
{
	EXPECT_EQ(0, thread_set(self->pid, self->tid, "6"));
	EXPECT_EQ(6, thread_tag(self->pid, self->tid));
	EXPECT_EQ(0, task_tag(self->pid));
	EXPECT_EQ(0, thread_set(self->pid, self->pid, "7"));
	EXPECT_EQ(7, task_tag(self->pid));
	EXPECT_EQ(6, thread_tag(self->pid, self->tid));
}

TEST_HARNESS_MAIN
