// SPDX-License-Identifier: GPL-2.0-only
/* Control groups, version 2. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../ghost.h"

#define CGROUP	"/sys/fs/cgroup"

static void path_of(char *path, size_t size, const char *name, const char *file)
{
	snprintf(path, size, CGROUP "/%s/%s", name, file);
}

int cg_write(const char *name, const char *file, const char *text)
{
	char path[256];

	path_of(path, sizeof(path), name, file);
	return sys_write(path, text);
}

int cg_read(const char *name, const char *file, char *buf, size_t size)
{
	char path[256];

	path_of(path, sizeof(path), name, file);
	return sys_read(path, buf, size);
}

int cg_make(const char *name)
{
	char path[256];
	int err;

	err = cg_write(".", "cgroup.subtree_control", "+cpu +cpuset");
	if (err)
		return err;
	path_of(path, sizeof(path), name, "");
	return mkdir(path, 0755) && errno != EEXIST ? -errno : 0;
}

int cg_add(const char *name, pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	return cg_write(name, "cgroup.procs", text);
}

long long cg_number(const char *name, const char *file, const char *key)
{
	char text[4096], *line, *save = NULL;
	size_t len = strlen(key);

	if (cg_read(name, file, text, sizeof(text)) < 0)
		return -1;
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (!strncmp(line, key, len) && line[len] == ' ')
			return strtoll(line + len, NULL, 10);
	return -1;
}

static bool is_removed(void *arg)
{
	char path[256];

	path_of(path, sizeof(path), arg, "");
	return !rmdir(path) || errno == ENOENT;
}

int cg_remove(const char *name)
{
	char procs[16384], *pid, *save = NULL;

	if (cg_read(name, "cgroup.procs", procs, sizeof(procs)) > 0)
		for (pid = strtok_r(procs, "\n", &save); pid; pid = strtok_r(NULL, "\n", &save))
			cg_write(".", "cgroup.procs", pid);
	/* Who has been waited for may leave its group a moment later. */
	return wait_for("a control group to be empty", is_removed, (void *)name) ? 0 : -EBUSY;
}
