// SPDX-License-Identifier: GPL-2.0-only
/* CPU work of a known length, and the clock that the load lives by. */
#include <time.h>

#include "load.h"

#define CALIBRATION_LOOPS	2000000
#define CALIBRATION_ROUNDS	5

/* Two instructions a round on x86-64: the same work wherever it is called. */
__attribute__((noinline)) void load_spin(uint64_t loops)
{
	while (loops--)
		asm volatile("" : "+r"(loops));
}

static int64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

int64_t load_now(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

/*
 * Rounds of load_spin() that take one ns of CPU time. The fastest of some
 * tries counts: interrupts can only make a try slower.
 */
double load_loops_per_ns(void)
{
	int64_t best = 0;
	int i;

	for (i = 0; i < CALIBRATION_ROUNDS; i++) {
		int64_t begin = clock_ns(CLOCK_THREAD_CPUTIME_ID), took;

		load_spin(CALIBRATION_LOOPS);
		took = clock_ns(CLOCK_THREAD_CPUTIME_ID) - begin;
		if (took > 0 && (!best || took < best))
			best = took;
	}
	return best ? (double)CALIBRATION_LOOPS / best : 1;
}

/* Report this thread ready and sleep until the common start, which it returns. */
int64_t load_await_start(struct load_shared *sh)
{
	const struct timespec nap = { .tv_nsec = 5 * NSEC_PER_MSEC };
	struct timespec start;
	int64_t ns;

	__atomic_add_fetch(&sh->ready, 1, __ATOMIC_SEQ_CST);
	while (!(ns = __atomic_load_n(&sh->start_ns, __ATOMIC_SEQ_CST)))
		nanosleep(&nap, NULL);

	start.tv_sec = ns / NSEC_PER_SEC;
	start.tv_nsec = ns % NSEC_PER_SEC;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &start, NULL))
		;
	return ns;
}
