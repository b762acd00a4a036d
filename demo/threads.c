// SPDX-License-Identifier: GPL-2.0-only
/* Start the threads of one side of the load and wait for them. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "load.h"

struct start {
	struct load_thread thread;
	int (*body)(struct load_thread *thread);
	char name[16];
};

static void *run(void *arg)
{
	struct start *s = arg;

	prctl(PR_SET_NAME, s->name);
	s->thread.err = s->body(&s->thread);
	if (s->thread.err) {
		/* The others would wait for it for ever. */
		fprintf(stderr, "load: %s: %s\n", s->name, strerror(-s->thread.err));
		_exit(1);
	}
	return NULL;
}

int load_run_threads(struct load_shared *sh, const char *name, int n,
		     int (*body)(struct load_thread *thread))
{
	struct start starts[LOAD_MAX_THREADS];
	pthread_t ids[LOAD_MAX_THREADS];
	int i, started, err;

	memset(starts, 0, sizeof(starts));
	for (started = 0; started < n; started++) {
		struct start *s = &starts[started];

		s->thread.sh = sh;
		s->thread.index = started;
		s->body = body;
		snprintf(s->name, sizeof(s->name), "%.11s-%d", name, started);
		err = -pthread_create(&ids[started], NULL, run, s);
		if (err)
			return err;	/* the caller exits, and ends the others */
	}
	for (i = 0; i < started; i++)
		pthread_join(ids[i], NULL);
	return 0;
}
