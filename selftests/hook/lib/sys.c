// SPDX-License-Identifier: GPL-2.0-only
/* The files of the machine that the tests read and turn. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "../hook.h"

#define DEBUGFS		"/sys/kernel/debug"
#define TAINT_WARN	(1UL << 9)

int sys_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		err = -errno;
	close(fd);
	return err;
}

int sys_read(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n = 0;

	if (fd < 0)
		return -errno;
	while (len < size - 1 && (n = read(fd, buf + len, size - 1 - len)) > 0)
		len += n;
	n = n < 0 ? -errno : (ssize_t)len;
	buf[len] = '\0';
	close(fd);
	return n;
}

/* "0-2,4" as a mask of the first 64 CPUs */
static unsigned long list_mask(const char *list)
{
	unsigned long mask = 0;
	char *end;

	while (*list >= '0' && *list <= '9') {
		unsigned long first = strtoul(list, &end, 10), last = first;

		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		for (; first <= last && first < 64; first++)
			mask |= 1UL << first;
		list = *end == ',' ? end + 1 : end;
	}
	return mask;
}

unsigned long sys_list(const char *path)
{
	char list[256];

	return sys_read(path, list, sizeof(list)) < 0 ? 0 : list_mask(list);
}

int sys_nr_cpus(void)
{
	unsigned long mask = sys_list("/sys/devices/system/cpu/possible");

	return mask ? 64 - __builtin_clzl(mask) : -ENOENT;
}

unsigned long sys_online(void)
{
	return sys_list("/sys/devices/system/cpu/online");
}

int sys_set_online(int cpu, bool on)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online", cpu);
	return sys_write(path, on ? "1" : "0");
}

static int sched_write(const char *file, const char *text)
{
	char path[128];

	if (access(DEBUGFS "/sched", F_OK) &&
	    mount("debugfs", DEBUGFS, "debugfs", 0, NULL))
		return -errno;
	snprintf(path, sizeof(path), DEBUGFS "/sched/%s", file);
	return sys_write(path, text);
}

int sys_feature(const char *feature)
{
	return sched_write("features", feature);
}

int sys_hold_tasks(bool hold)
{
	/* -1 makes every task cache-hot for ever; the other is the default. */
	return sched_write("migration_cost_ns", hold ? "4294967295" : "500000");
}

bool hook_warned(void)
{
	char text[32];

	if (sys_read("/proc/sys/kernel/tainted", text, sizeof(text)) < 0)
		return true;
	return strtoul(text, NULL, 10) & TAINT_WARN;
}

__u64 hook_random(unsigned short state[3])
{
	__u64 high = (__u32)jrand48(state);

	return high << 32 | (__u32)jrand48(state);
}
