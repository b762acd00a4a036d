// SPDX-License-Identifier: GPL-2.0-only
/* Control groups, version 2. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../hook.h"

#define CGROUP		"/sys/fs/cgroup"
#define NAME_SIZE	128
#define PATH_SIZE	512
#define RMDIR_TRIES	1000

static void cg_path(char *path, size_t size, const char *name, const char *file)
{
	snprintf(path, size, CGROUP "/%s/%s", name, file);
}

int cg_write(const char *name, const char *file, const char *text)
{
	char path[PATH_SIZE];

	cg_path(path, sizeof(path), name, file);
	return sys_write(path, text);
}

int cg_read(const char *name, const char *file, char *buf, size_t size)
{
	char path[PATH_SIZE];

	cg_path(path, sizeof(path), name, file);
	return sys_read(path, buf, size);
}

int cg_make(const char *name)
{
	char parent[NAME_SIZE] = ".", path[PATH_SIZE];
	const char *slash = strrchr(name, '/');
	int err;

	/* The parent hands the controllers on. */
	if (slash)
		snprintf(parent, sizeof(parent), "%.*s", (int)(slash - name), name);
	err = cg_write(parent, "cgroup.subtree_control", "+cpu +cpuset");
	if (err)
		return err;
	cg_path(path, sizeof(path), name, "");
	return mkdir(path, 0755) && errno != EEXIST ? -errno : 0;
}

int cg_add(const char *name, pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	return cg_write(name, "cgroup.procs", text);
}

__u64 cg_id(const char *name)
{
	struct stat st;
	char path[PATH_SIZE];

	cg_path(path, sizeof(path), name, "");
	return stat(path, &st) ? 0 : st.st_ino;
}

int cg_remove(const char *name)
{
	char path[PATH_SIZE], procs[4096], *pid, *save = NULL;
	int tries;

	if (cg_read(name, "cgroup.procs", procs, sizeof(procs)) > 0)
		for (pid = strtok_r(procs, "\n", &save); pid; pid = strtok_r(NULL, "\n", &save))
			cg_write(".", "cgroup.procs", pid);
	cg_path(path, sizeof(path), name, "");
	/* who has been waited for may leave its group a moment later */
	for (tries = 0; rmdir(path); tries++) {
		if (errno != EBUSY || tries == RMDIR_TRIES)
			return -errno;
		usleep(10000);
	}
	return 0;
}
