/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Threads that do nothing, in the calling process, for tests that tag them.
 */
#ifndef _TAG_THREAD_H
#define _TAG_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

#define SLEEPERS_MAX	64

/**
 * struct sleepers - a set of sleeping threads
 * @count: how many there are
 * @tid: their thread ids
 *
 * Owned by the test, from sleepers_start() to sleepers_stop().
 */
struct sleepers {
	int count;
	pid_t tid[SLEEPERS_MAX];
	/* private */
	pthread_t thread[SLEEPERS_MAX];
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop;
};

/* Both return 0 or a negative errno; @count is at most SLEEPERS_MAX. */
int sleepers_start(struct sleepers *s, int count);
int sleepers_stop(struct sleepers *s);

#endif /* _TAG_THREAD_H */
