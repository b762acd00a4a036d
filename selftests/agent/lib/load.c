// SPDX-License-Identifier: GPL-2.0-only
/* Tasks that count, and what can be seen of tasks. */
#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "../agent.h"

#define ROUNDS	20000

static void run(struct shown *shown, enum load_kind kind)
{
	volatile int i;

	for (;;) {
		for (i = 0; i < ROUNDS; i++)
			;
		__atomic_fetch_or(&shown->cpus, 1UL << sched_getcpu(), __ATOMIC_SEQ_CST);
		shown->count++;
		if (kind == LOAD_SLEEPER)
			usleep(2000);
	}
}

int load_start(struct load *load, enum load_kind kind, const char *group)
{
	load->shown = mmap(NULL, sizeof(*load->shown), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (load->shown == MAP_FAILED)
		return -errno;
	load->pid = fork();
	if (load->pid < 0)
		return -errno;
	if (!load->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (group && group_add(group, getpid()))
			_exit(1);
		run(load->shown, kind);
	}
	/* It is where it belongs when it counts. */
	return load_goes_on(load) ? 0 : -ETIMEDOUT;
}

void load_end(struct load *load)
{
	if (load->pid > 0) {
		kill(load->pid, SIGKILL);
		waitpid(load->pid, NULL, 0);
		munmap(load->shown, sizeof(*load->shown));
	}
	load->pid = 0;
}

/* What is being done now may have been done before. */
static unsigned long enough(const struct load *load)
{
	return load->shown->count + 2;
}

static bool gets_to(const struct load *load, unsigned long count)
{
	return WAIT_FOR(load->shown->count >= count, "progress of task %d, policy %d", load->pid,
			task_policy(load->pid));
}

bool load_goes_on(const struct load *load)
{
	return gets_to(load, enough(load));
}

bool loads_go_on(const struct load *loads, int nr)
{
	unsigned long counts[nr];
	bool ok = true;
	int i;

	for (i = 0; i < nr; i++)
		counts[i] = enough(&loads[i]);
	for (i = 0; i < nr && ok; i++)
		ok = gets_to(&loads[i], counts[i]);
	return ok;
}

unsigned long load_cpus(const struct load *load)
{
	int i;

	/* It may have looked before, and say so now. */
	if (!load_goes_on(load))
		return 0;
	__atomic_store_n(&load->shown->cpus, 0, __ATOMIC_SEQ_CST);
	for (i = 0; i < 4; i++)
		if (!load_goes_on(load))
			return 0;
	return load->shown->cpus;
}

bool loads_have_policy(const struct load *loads, int nr, int policy)
{
	int i;

	for (i = 0; i < nr; i++)
		if (!WAIT_FOR(task_policy(loads[i].pid) == policy, "policy %d of task %d, it is %d",
			      policy, loads[i].pid, task_policy(loads[i].pid)))
			return false;
	return true;
}

int task_policy(pid_t tid)
{
	int policy = sched_getscheduler(tid);

	return policy < 0 ? -errno : policy & ~SCHED_RESET_ON_FORK;
}

unsigned long long task_runtime(pid_t tid)
{
	char path[64], text[128];

	snprintf(path, sizeof(path), "/proc/%d/schedstat", tid);
	return sys_read(path, text, sizeof(text)) ? 0 : strtoull(text, NULL, 10);
}

int task_pin(pid_t tid, int cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	return sched_setaffinity(tid, sizeof(cpus), &cpus) ? -errno : 0;
}

static int threads_with_policy(const char *pid, int policy)
{
	char path[300];
	struct dirent *d;
	DIR *dir;
	int n = 0;

	snprintf(path, sizeof(path), "/proc/%s/task", pid);
	dir = opendir(path);
	if (!dir)
		return 0;
	while ((d = readdir(dir))) {
		char stat[600], text[512] = "";

		if (atoi(d->d_name) <= 0 || task_policy(atoi(d->d_name)) != policy)
			continue;
		snprintf(stat, sizeof(stat), "%s/%s/stat", path, d->d_name);
		sys_read(stat, text, sizeof(text));
		printf("# policy %d: %.60s\n", policy, text);
		n++;
	}
	closedir(dir);
	return n;
}

int tasks_with_policy(int policy)
{
	DIR *dir = opendir("/proc");
	struct dirent *d;
	int n = 0;

	if (!dir)
		return -errno;
	while ((d = readdir(dir)))
		if (atoi(d->d_name) > 0)
			n += threads_with_policy(d->d_name, policy);
	closedir(dir);
	return n;
}
