// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a pipe round trip costs: two processes on one CPU wake each other with a
 * byte. On a machine with ICOUNT=1 the clock counts instructions, a nanosecond
 * each, and the figure repeats.
 *
 *	pipe_cost [ROUNDS]
 *
 * prints the median and the least of BATCHES batches, in ns per round trip.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BATCHES		25
#define DEFAULT_ROUNDS	2000

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static int pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) ? -errno : 0;
}

/* Send back each byte until the pipe ends. */
static void echo(int from, int to)
{
	char c;

	while (read(from, &c, 1) == 1)
		if (write(to, &c, 1) != 1)
			break;
	_exit(0);
}

/* ns per round trip; negative errno. */
static double batch(int from, int to, long rounds)
{
	double start = now();
	char c = 0;
	long i;

	for (i = 0; i < rounds; i++)
		if (write(to, &c, 1) != 1 || read(from, &c, 1) != 1)
			return -EPIPE;
	return (now() - start) / rounds;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int measure(long rounds, double *costs)
{
	int there[2], back[2], i, err;
	pid_t pid;

	err = pin(0);
	if (err)
		return err;
	if (pipe(there) || pipe(back))
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid) {
		close(there[1]);
		echo(there[0], back[1]);
	}
	/* the first one warms up */
	for (i = -1; i < BATCHES && !err; i++) {
		double cost = batch(back[0], there[1], rounds);

		if (cost < 0)
			err = cost;
		else if (i >= 0)
			costs[i] = cost;
	}
	close(there[1]);
	waitpid(pid, NULL, 0);
	return err;
}

int main(int argc, char **argv)
{
	long rounds = argc > 1 ? strtol(argv[1], NULL, 0) : DEFAULT_ROUNDS;
	double costs[BATCHES];
	int err;

	if (rounds <= 0) {
		fprintf(stderr, "usage: pipe_cost [ROUNDS]\n");
		return 2;
	}
	err = measure(rounds, costs);
	if (err) {
		fprintf(stderr, "pipe_cost: cannot measure: %s\n", strerror(-err));
		return 1;
	}
	qsort(costs, BATCHES, sizeof(*costs), by_value);
	printf("median %.1f least %.1f\n", costs[BATCHES / 2], costs[0]);
	return 0;
}
