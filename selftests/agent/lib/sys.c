// SPDX-License-Identifier: GPL-2.0-only
/* Files, time, the machine. */
#include <fcntl.h>
#include <string.h>
#include <sys/utsname.h>

#include "../agent.h"

int sys_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = write(fd, text, strlen(text));
	if (n < 0)
		n = -errno;
	close(fd);
	return n < 0 ? n : 0;
}

int sys_read(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n, len = 0;

	if (fd < 0)
		return -errno;
	while ((n = read(fd, buf + len, size - 1 - len)) > 0)
		len += n;
	if (n < 0)
		n = -errno;
	close(fd);
	buf[len] = '\0';
	return n < 0 ? n : 0;
}

int sys_online(int cpu, bool online)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online", cpu);
	return sys_write(path, online ? "1" : "0");
}

int sys_nr_cpus(void)
{
	return sysconf(_SC_NPROCESSORS_ONLN);
}

bool sys_is_slow(void)
{
	struct utsname name;

	return uname(&name) || strstr(name.release, "debug") || strstr(name.version, "debug") ||
	       !access("/proc/lockdep_stats", F_OK);
}

time_t sys_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}
