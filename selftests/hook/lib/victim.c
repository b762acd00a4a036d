// SPDX-License-Identifier: GPL-2.0-only
/* Tasks to decide about: one that sleeps until it is asked, one that never does. */
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../hook.h"

enum order { ORDER_WAKE = 'w', ORDER_FORK = 'f', ORDER_EXEC = 'e' };

static void answer(int fd, int value)
{
	if (write(fd, &value, sizeof(value)) != sizeof(value))
		_exit(2);
}

/* The static program beside this one: it has no loader that could sleep first. */
static void exec_reporter(int fd)
{
	char path[PATH_MAX], arg[16], *slash;
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n < 0)
		return;
	path[n] = '\0';
	slash = strrchr(path, '/');
	if (!slash || slash - path + sizeof("/lib/whereami") > sizeof(path))
		return;
	strcpy(slash, "/lib/whereami");
	snprintf(arg, sizeof(arg), "%d", fd);
	execl(path, path, arg, NULL);
}

static void victim_child(int fd, enum order order)
{
	pid_t pid = fork();

	if (pid < 0)
		answer(fd, -errno);
	if (pid) {
		waitpid(pid, NULL, 0);
		/* Nobody is about to wake this task any more. */
		answer(fd, 0);
		return;
	}
	if (order == ORDER_FORK) {
		answer(fd, sched_getcpu());
		_exit(0);
	}
	exec_reporter(fd);
	answer(fd, -errno);
	_exit(1);
}

static void victim_loop(int cmd, int rep)
{
	char order;

	answer(rep, 0);
	while (read(cmd, &order, 1) == 1) {
		if (order == ORDER_WAKE)
			answer(rep, sched_getcpu());
		else
			victim_child(rep, order);
	}
	_exit(0);
}

static int victim_ask(struct victim *v, char order)
{
	int value, reaped;

	if (write(v->cmd, &order, 1) != 1)
		return -EPIPE;
	if (read(v->rep, &value, sizeof(value)) != sizeof(value))
		return -ESRCH;
	if (order != ORDER_WAKE && read(v->rep, &reaped, sizeof(reaped)) != sizeof(reaped))
		return -ESRCH;
	return value;
}

int task_set_tag(pid_t pid, __s64 tag)
{
	char path[64], text[32];

	snprintf(path, sizeof(path), "/proc/%d/tag", pid);
	snprintf(text, sizeof(text), "%lld", (long long)tag);
	return sys_write(path, text);
}

int victim_start(struct victim *v, const __s64 *tag)
{
	int cmd[2], rep[2], err, ready;

	if (pipe(cmd) || pipe(rep))
		return -errno;
	v->pid = fork();
	if (v->pid < 0)
		return -errno;
	if (!v->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(cmd[1]);
		close(rep[0]);
		victim_loop(cmd[0], rep[1]);
	}
	close(cmd[0]);
	close(rep[1]);
	v->cmd = cmd[1];
	v->rep = rep[0];
	if (read(v->rep, &ready, sizeof(ready)) != sizeof(ready))
		return -ESRCH;
	err = tag ? task_set_tag(v->pid, *tag) : 0;
	if (err)
		victim_stop(v);
	return err;
}

int victim_wake(struct victim *v)
{
	return victim_ask(v, ORDER_WAKE);
}

int victim_fork(struct victim *v)
{
	return victim_ask(v, ORDER_FORK);
}

int victim_exec(struct victim *v)
{
	return victim_ask(v, ORDER_EXEC);
}

int victim_settle(const struct victim *v)
{
	char path[64], stat[256];
	const char *state;
	int err;

	snprintf(path, sizeof(path), "/proc/%d/stat", v->pid);
	for (;;) {
		err = sys_read(path, stat, sizeof(stat));
		if (err < 0)
			return err;
		state = strrchr(stat, ')');
		if (!state)
			return -EINVAL;
		if (state[2] == 'S')
			return 0;
		sched_yield();
	}
}

void victim_stop(struct victim *v)
{
	close(v->cmd);
	close(v->rep);
	kill(v->pid, SIGKILL);
	waitpid(v->pid, NULL, 0);
}

int hog_start(struct hog *h, int cpu, const __s64 *tag, const char *cgroup)
{
	volatile __u64 *work = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int err = 0;

	if (work == MAP_FAILED)
		return -errno;
	h->work = work;
	h->pid = fork();
	if (h->pid < 0)
		return -errno;
	if (!h->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			(*work)++;
	}
	if (tag)
		err = task_set_tag(h->pid, *tag);
	if (!err && cgroup)
		err = cg_add(cgroup, h->pid);
	if (!err && cpu >= 0)
		err = task_pin(h->pid, cpu);
	if (err)
		hog_stop(h);
	return err;
}

int hog_freeze(const struct hog *h)
{
	if (kill(h->pid, SIGSTOP) || waitpid(h->pid, NULL, WUNTRACED) < 0)
		return -errno;
	return 0;
}

void hog_stop(struct hog *h)
{
	kill(h->pid, SIGKILL);
	waitpid(h->pid, NULL, 0);
	munmap((void *)h->work, 4096);
}

bool hog_moves(const struct hog *h, __u64 rounds)
{
	__u64 until = *h->work + rounds;
	unsigned int guard;

	/* Each turn sleeps; the guard is minutes, a hog that runs needs one turn. */
	for (guard = 0; guard < 120000; guard++) {
		if (*h->work >= until)
			return true;
		usleep(1000);
	}
	return false;
}

int task_pin_mask(pid_t pid, unsigned long mask)
{
	cpu_set_t set;
	unsigned int cpu;

	CPU_ZERO(&set);
	for (cpu = 0; cpu < sizeof(mask) * 8; cpu++)
		if (mask & (1UL << cpu))
			CPU_SET(cpu, &set);
	return sched_setaffinity(pid, sizeof(set), &set) ? -errno : 0;
}

int task_pin(pid_t pid, int cpu)
{
	return task_pin_mask(pid, cpu < 0 ? ~0UL : 1UL << cpu);
}

unsigned long task_mask(pid_t pid)
{
	unsigned long mask = 0;
	unsigned int cpu;
	cpu_set_t set;

	if (sched_getaffinity(pid, sizeof(set), &set))
		return 0;
	for (cpu = 0; cpu < sizeof(mask) * 8; cpu++)
		if (CPU_ISSET(cpu, &set))
			mask |= 1UL << cpu;
	return mask;
}

long task_switches(pid_t pid)
{
	static const char key[] = "nonvoluntary_ctxt_switches:";
	char path[64], status[4096], *found;
	int err;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	err = sys_read(path, status, sizeof(status));
	if (err < 0)
		return err;
	found = strstr(status, key);
	return found ? strtol(found + sizeof(key) - 1, NULL, 10) : -ENOENT;
}
