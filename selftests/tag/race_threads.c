// SPDX-License-Identifier: GPL-2.0-only
/*
 * A write to a process against threads that are being created: when the write
 * has returned, every thread has the tag, also one that did not show yet.
 *
 * The tags only ever grow. Thread makers note the last tag that was surely
 * written before they make a thread; the thread must not have an older one.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness.h"
#include "util.h"

#define MAKERS		4

/* The race ends after so many writes and so many new threads. */
#define ROUNDS		400
#define ROUNDS_SLOW	100

/**
 * struct race - what the threads of the race share
 * @written: the last tag whose write has returned
 * @made: threads that were made
 * @stop: the makers are to end
 * @stale: threads that began with an older tag than they should
 * @failed: threads that could not be made or could not read their tag
 */
struct race {
	__s64 written;
	int made;
	bool stop;
	int stale;
	int failed;
};

struct newborn {
	struct race *race;
	__s64 at_least;
};

static void *newborn(void *arg)
{
	struct newborn *self = arg;
	__s64 tag = own_tag_read();

	if (tag == TAG_ERROR)
		__atomic_add_fetch(&self->race->failed, 1, __ATOMIC_RELAXED);
	else if (tag < self->at_least)
		__atomic_add_fetch(&self->race->stale, 1, __ATOMIC_RELAXED);
	return NULL;
}

static void *maker(void *arg)
{
	struct newborn child = { .race = arg };
	pthread_t thread;

	while (!__atomic_load_n(&child.race->stop, __ATOMIC_RELAXED)) {
		child.at_least = __atomic_load_n(&child.race->written,
						 __ATOMIC_ACQUIRE);
		if (pthread_create(&thread, NULL, newborn, &child))
			__atomic_add_fetch(&child.race->failed, 1,
					   __ATOMIC_RELAXED);
		else
			pthread_join(thread, NULL);
		__atomic_add_fetch(&child.race->made, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

/* How many threads of this process have another tag than @want. */
static int threads_without(__s64 want)
{
	struct dirent *entry;
	int count = 0, err;
	__s64 tag;
	DIR *dir;

	dir = opendir("/proc/self/task");
	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		err = tag_read(thread_file(getpid(), atoi(entry->d_name)), &tag);
		/* It may have ended meanwhile. */
		if (err != -ENOENT && err != -ESRCH)
			count += err || tag != want;
	}
	closedir(dir);
	return count;
}

TAG_TEST(race, "T2: after a write to a process no thread has an older tag, whenever it was made")
{
	int i, rounds = kernel_is_slow() ? ROUNDS_SLOW : ROUNDS;
	struct race race = { };
	pthread_t makers[MAKERS];
	char text[32];
	__s64 tag;

	for (i = 0; i < MAKERS; i++) {
		ASSERT_EQ(0, pthread_create(&makers[i], NULL, maker, &race));
	}

	for (tag = 1; tag <= rounds ||
	     __atomic_load_n(&race.made, __ATOMIC_RELAXED) < rounds; tag++) {
		snprintf(text, sizeof(text), "%lld", (long long)tag);
		ASSERT_EQ(0, task_set(getpid(), text));
		__atomic_store_n(&race.written, tag, __ATOMIC_RELEASE);
		ASSERT_EQ(0, threads_without(tag));
	}

	__atomic_store_n(&race.stop, true, __ATOMIC_RELAXED);
	for (i = 0; i < MAKERS; i++)
		pthread_join(makers[i], NULL);
	EXPECT_EQ(0, race.stale);
	EXPECT_EQ(0, race.failed);
	EXPECT_EQ(tag - 1, task_tag(getpid()));
	printf("# %lld writes against %d new threads\n", (long long)tag - 1,
	       race.made);
	fflush(stdout);
}

TEST_HARNESS_MAIN
