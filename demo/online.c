// SPDX-License-Identifier: GPL-2.0-only
/*
 * The latency-sensitive side: each thread is a server whose requests arrive on
 * a fixed schedule. The schedule does not wait for the server (open loop): a
 * request that arrives while the last one is still being worked on queues, and
 * its times count from the instant it was due. So a stall is seen by every
 * request that it delays, and none is left out.
 *
 * The threads' schedules are staggered by a little less than a request takes: a
 * burst in which each request arrives while the one before is still worked on.
 * With the arrivals spread evenly over the period online threads would never
 * meet, and any way to put them before the hogs would do.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "load.h"

/* Threads that are done wait for the others: an exit is work too. */
static pthread_barrier_t all_done;

static void sleep_until(int64_t ns)
{
	struct timespec ts = {
		.tv_sec = ns / NSEC_PER_SEC,
		.tv_nsec = ns % NSEC_PER_SEC,
	};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

static int serve(struct load_thread *thread)
{
	struct load_shared *sh = thread->sh;
	const struct load_opts *opts = &sh->opts;
	struct load_sample *samples = sh->samples + (size_t)thread->index * sh->requests;
	struct sched_param param = { .sched_priority = opts->fifo_prio };
	int64_t phase = opts->stagger_ns * thread->index;
	int64_t start;
	int i;

	/* The default slack, 50 us, would be measured as latency. */
	prctl(PR_SET_TIMERSLACK, 1UL);
	if (opts->fifo_prio && sched_setscheduler(0, SCHED_FIFO, &param))
		return -errno;
	/* No page fault may happen in the measured part. */
	memset(samples, 0, sizeof(*samples) * sh->requests);

	/* The hogs are at work for a period when the first request arrives. */
	start = load_await_start(sh) + opts->period_ns;
	for (i = 0; i < sh->requests; i++) {
		int64_t due = start + phase + i * opts->period_ns;
		int64_t awake, done;

		sleep_until(due);
		awake = load_now();
		load_spin(sh->request_loops);
		done = load_now();
		samples[i].wake = awake - due;
		samples[i].response = done - due;
	}
	pthread_barrier_wait(&all_done);
	return 0;
}

int load_run_online(struct load_shared *sh)
{
	int err = -pthread_barrier_init(&all_done, NULL, sh->opts.online);

	return err ?: load_run_threads(sh, "online", sh->opts.online, serve);
}
