// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads that do nothing, in the calling process.
 */
#define _GNU_SOURCE
#include <errno.h>

#include "thread.h"
#include "util.h"

struct sleeper_start {
	struct sleepers *set;
	int index;
};

static void *sleeper(void *arg)
{
	struct sleeper_start *start = arg;
	struct sleepers *s = start->set;

	pthread_mutex_lock(&s->lock);
	s->tid[start->index] = thread_id();
	pthread_cond_broadcast(&s->wake);
	while (!s->stop)
		pthread_cond_wait(&s->wake, &s->lock);
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* Starts one thread, and waits until it has told its id. */
static int start_one(struct sleepers *s)
{
	struct sleeper_start start = { .set = s, .index = s->count };
	int err;

	s->tid[s->count] = 0;
	err = pthread_create(&s->thread[s->count], NULL, sleeper, &start);
	if (err)
		return -err;
	pthread_mutex_lock(&s->lock);
	while (!s->tid[s->count])
		pthread_cond_wait(&s->wake, &s->lock);
	pthread_mutex_unlock(&s->lock);
	s->count++;
	return 0;
}

int sleepers_start(struct sleepers *s, int count)
{
	int err = 0;

	if (count > SLEEPERS_MAX)
		return -E2BIG;
	s->count = 0;
	s->stop = false;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->wake, NULL);
	while (!err && s->count < count)
		err = start_one(s);
	if (err)
		sleepers_stop(s);
	return err;
}

int sleepers_stop(struct sleepers *s)
{
	int err = 0;

	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_cond_broadcast(&s->wake);
	pthread_mutex_unlock(&s->lock);
	while (s->count > 0)
		err = err ?: -pthread_join(s->thread[--s->count], NULL);
	return err;
}
