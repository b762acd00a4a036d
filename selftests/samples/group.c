// SPDX-License-Identifier: GPL-2.0-only
/* Tagged cgroups. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "group.h"

#define ROOT	"/sys/fs/cgroup"

static int put(const char *group, const char *file, const char *text)
{
	char path[256];
	int fd, err = 0;

	snprintf(path, sizeof(path), ROOT "/%s/%s", group, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

int group_make(const char *name, long long tag)
{
	char path[256], text[32];
	int err;

	err = put(".", "cgroup.subtree_control", "+cpu");
	if (err)
		return err;
	snprintf(path, sizeof(path), ROOT "/%s", name);
	if (mkdir(path, 0755) && errno != EEXIST)
		return -errno;
	snprintf(text, sizeof(text), "%lld", tag);
	return tag ? put(name, "cpu.tag", text) : 0;
}

void group_remove(const char *name)
{
	char path[256];
	int tries;

	snprintf(path, sizeof(path), ROOT "/%s", name);
	/* A task that has just been reaped may still be on its way out. */
	for (tries = 0; tries < 100 && rmdir(path) && errno == EBUSY; tries++)
		usleep(10000);
}

int group_join(const char *name)
{
	return put(name, "cgroup.procs", "0");
}
