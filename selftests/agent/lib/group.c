// SPDX-License-Identifier: GPL-2.0-only
/* Control groups, version 2. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../agent.h"

#define CGROUP	"/sys/fs/cgroup"

int group_write(const char *name, const char *file, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), CGROUP "/%s/%s", name, file);
	return sys_write(path, text);
}

int group_make(char name[NAME_SIZE], const char *base, const char *tag)
{
	char path[128];
	int err;

	/* It must not be that of a run which failed. */
	snprintf(name, NAME_SIZE, "%s-%d", base, getpid());
	err = sys_write(CGROUP "/cgroup.subtree_control", "+cpu +cpuset");
	if (err)
		return err;
	snprintf(path, sizeof(path), CGROUP "/%s", name);
	if (mkdir(path, 0755))
		return -errno;
	return tag ? group_write(name, "tag", tag) : 0;
}

long group_stat(const char *name, const char *word)
{
	char path[256], text[2048], *line, *save;
	size_t len = strlen(word);

	snprintf(path, sizeof(path), CGROUP "/%s/cpu.stat", name);
	if (sys_read(path, text, sizeof(text)))
		return -1;
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (!strncmp(line, word, len) && line[len] == ' ')
			return atol(line + len);
	return -1;
}

int group_add(const char *name, pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	return group_write(name, "cgroup.procs", text);
}

void group_remove(const char *name)
{
	char path[128];

	if (!name[0])
		return;
	group_write(name, "cgroup.kill", "1");
	snprintf(path, sizeof(path), CGROUP "/%s", name);
	WAIT_FOR(!rmdir(path) || errno == ENOENT, "the end of group %s", name);
}
