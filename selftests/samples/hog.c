// SPDX-License-Identifier: GPL-2.0-only
/* Processes that use all the CPU they get, and how much that is. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "group.h"
#include "hog.h"

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

int hog_start(struct hog *hog, const char *group, int cpu)
{
	char joined = 0;
	int fds[2];

	hog->seen_ns = 0;
	if (pipe(fds))
		return -errno;
	hog->pid = fork();
	if (hog->pid < 0)
		return -errno;
	if (!hog->pid) {
		volatile unsigned long turns = 0;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (cpu >= 0)
			pin(cpu);
		joined = !group || !group_join(group);
		if (write(fds[1], &joined, 1) != 1 || !joined)
			_exit(1);
		close(fds[0]);
		close(fds[1]);
		for (;;)
			turns++;
	}
	close(fds[1]);
	if (read(fds[0], &joined, 1) != 1)
		joined = 0;
	close(fds[0]);
	if (joined)
		return 0;
	waitpid(hog->pid, NULL, 0);
	hog->pid = 0;
	return -EIO;
}

void hog_stop(struct hog *hog)
{
	if (!hog->pid)
		return;
	kill(hog->pid, SIGKILL);
	waitpid(hog->pid, NULL, 0);
	hog->pid = 0;
}

uint64_t hog_ran(struct hog *hog)
{
	struct timespec ts = {};
	uint64_t now, ran;
	clockid_t clock;

	if (clock_getcpuclockid(hog->pid, &clock) || clock_gettime(clock, &ts))
		return 0;
	now = ts.tv_sec * 1000000000ULL + ts.tv_nsec;
	ran = now - hog->seen_ns;
	hog->seen_ns = now;
	return ran;
}
