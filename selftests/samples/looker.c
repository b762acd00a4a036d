// SPDX-License-Identifier: GPL-2.0-only
/* Processes that look where they are, again and again. */
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "group.h"
#include "looker.h"

static void look(struct looks *l, bool sleeps)
{
	volatile int i;

	for (;;) {
		for (i = 0; i < 100000; i++)
			;
		__atomic_fetch_add(&l->on[sched_getcpu() % LOOKER_CPUS], 1, __ATOMIC_SEQ_CST);
		__atomic_fetch_add(&l->n, 1, __ATOMIC_SEQ_CST);
		if (sleeps)
			usleep(1000);
	}
}

static void be_on(int cpu)
{
	cpu_set_t all, one;

	if (cpu < 0 || sched_getaffinity(0, sizeof(all), &all))
		return;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
	sched_setaffinity(0, sizeof(all), &all);
}

int looker_start(struct looker *l, const char *group, bool sleeps, int cpu)
{
	l->shared = mmap(NULL, sizeof(*l->shared), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (l->shared == MAP_FAILED)
		return -1;
	l->pid = fork();
	if (l->pid)
		return l->pid < 0 ? -1 : 0;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (group && group_join(group))
		_exit(1);
	be_on(cpu);
	look(l->shared, sleeps);
	return 0;
}

void looker_stop(struct looker *l)
{
	if (l->pid <= 0)
		return;
	kill(l->pid, SIGKILL);
	waitpid(l->pid, NULL, 0);
	munmap(l->shared, sizeof(*l->shared));
	l->pid = 0;
}

static void wait_for_looks(struct looker *l, int nr, unsigned int looks)
{
	unsigned int from[nr];
	int i;

	for (i = 0; i < nr; i++)
		from[i] = __atomic_load_n(&l[i].shared->n, __ATOMIC_SEQ_CST);
	for (i = 0; i < nr; i++)
		while (__atomic_load_n(&l[i].shared->n, __ATOMIC_SEQ_CST) - from[i] < looks)
			usleep(10000);
}

void lookers_watch(struct looker *l, int nr, unsigned int looks)
{
	int i, cpu;

	/* A look that was begun before may still be said. */
	wait_for_looks(l, nr, 2);
	for (i = 0; i < nr; i++)
		for (cpu = 0; cpu < LOOKER_CPUS; cpu++)
			__atomic_store_n(&l[i].shared->on[cpu], 0, __ATOMIC_SEQ_CST);
	wait_for_looks(l, nr, looks);
}

unsigned int lookers_on(const struct looker *l, int nr, unsigned int cpus)
{
	unsigned int sum = 0;
	int i, cpu;

	for (i = 0; i < nr; i++)
		for (cpu = 0; cpu < LOOKER_CPUS; cpu++)
			if (cpus >> cpu & 1)
				sum += __atomic_load_n(&l[i].shared->on[cpu], __ATOMIC_SEQ_CST);
	return sum;
}

unsigned int lookers_seen(const struct looker *l, int nr)
{
	unsigned int cpus = 0;
	int cpu;

	for (cpu = 0; cpu < LOOKER_CPUS; cpu++)
		if (lookers_on(l, nr, 1U << cpu))
			cpus |= 1U << cpu;
	return cpus;
}
