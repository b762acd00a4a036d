// SPDX-License-Identifier: GPL-2.0-only
/* Files, CPUs, waiting. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "../ghost.h"

#define TAINT_WARN	(1UL << 9)

int sys_read(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, buf, size - 1);
	if (n < 0)
		n = -errno;
	else
		buf[n] = '\0';
	close(fd);
	return n;
}

int sys_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

int sys_pin(pid_t tid, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(tid, sizeof(set), &set) ? -errno : 0;
}

int sys_pin_mask(pid_t tid, unsigned long mask)
{
	return sched_setaffinity(tid, sizeof(mask), (cpu_set_t *)&mask) ? -errno : 0;
}

int sys_unpin(pid_t tid)
{
	cpu_set_t set;

	memset(&set, 0xff, sizeof(set));
	return sched_setaffinity(tid, sizeof(set), &set) ? -errno : 0;
}

int sys_policy(pid_t tid)
{
	int policy = sched_getscheduler(tid);

	return policy < 0 ? -errno : policy;
}

int sys_drop_cap(int cap)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data))
		return -errno;
	data[cap / 32].effective &= ~(1U << cap % 32);
	data[cap / 32].permitted &= ~(1U << cap % 32);
	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

bool sys_warned(void)
{
	char text[32];

	if (sys_read("/proc/sys/kernel/tainted", text, sizeof(text)) < 0)
		return true;
	return strtoul(text, NULL, 10) & TAINT_WARN;
}

bool sys_is_slow(void)
{
	return !access("/proc/lockdep", F_OK);
}

int sys_nr_cpus(void)
{
	return sysconf(_SC_NPROCESSORS_CONF);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

bool wait_for(const char *what, bool (*done)(void *arg), void *arg)
{
	return wait_long(what, done, arg, 1);
}

bool wait_long(const char *what, bool (*done)(void *arg), void *arg, int times)
{
	double end = now() + GUARD_SECONDS * times;

	while (!done(arg)) {
		if (now() > end) {
			/* Not stdout: what a test leaves in its buffer is not printed. */
			fprintf(stderr, "# waited in vain for %s\n", what);
			return false;
		}
		usleep(1000);
	}
	return true;
}

struct wanted {
	pid_t	pid;
	int	policy;
};

static bool has_policy(void *arg)
{
	struct wanted *w = arg;

	return sys_policy(w->pid) == w->policy;
}

bool sys_becomes(pid_t tid, int policy)
{
	struct wanted w = { tid, policy };

	return wait_for(policy == SCHED_GHOST ? "a task to be delegated" :
						"a task to be back in CFS", has_policy, &w);
}

int sys_set_tag(pid_t pid, const char *tag)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/tag", pid);
	return sys_write(path, tag);
}
