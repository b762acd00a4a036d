// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test groups of the cpu controller, on cgroup v1 and v2 alike.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup.h"

/* Tries of rmdir: the dead leave their group a moment after the kill. */
#define RMDIR_TRIES	2000
#define RMDIR_PAUSE_US	5000

static char root[TAG_PATH_MAX];
static int version;

/* Is @word one of the comma separated words of @list? */
static bool list_has(const char *list, const char *word)
{
	size_t len = strlen(word);
	const char *at;

	for (at = list; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (!strncmp(at, word, len) && strchr(",\n", at[len]))
			return true;
	}
	return false;
}

/* The v2 hierarchy counts only if it has the cpu controller. */
static bool v2_has_cpu(const char *dir)
{
	char text[256];

	if (file_read(cg_file(dir, "cgroup.controllers"), text, sizeof(text)) < 0)
		return false;
	return strstr(text, "cpu ") || strstr(text, "cpu\n");
}

/* Looks at one line of mountinfo: sets root and version if it is the one. */
static void mount_line(char *line)
{
	char *type = strstr(line, " - ");
	char dir[TAG_PATH_MAX / 2], fstype[32], options[256];

	if (!type || sscanf(line, "%*s %*s %*s %*s %255s", dir) != 1 ||
	    sscanf(type, " - %31s %*s %255s", fstype, options) != 2)
		return;
	if (!strcmp(fstype, "cgroup") && list_has(options, "cpu"))
		version = 1;
	else if (!strcmp(fstype, "cgroup2") && v2_has_cpu(dir))
		version = 2;
	else
		return;
	snprintf(root, sizeof(root), "%s", dir);
}

static void find_mount(void)
{
	char line[1024];
	FILE *f;

	version = -ENOENT;
	f = fopen("/proc/self/mountinfo", "re");
	if (!f)
		return;
	while (version < 0 && fgets(line, sizeof(line), f))
		mount_line(line);
	fclose(f);
}

int cg_version(void)
{
	if (!version)
		find_mount();
	return version;
}

const char *cg_root(void)
{
	cg_version();
	return root;
}

const char *cg_file(const char *dir, const char *name)
{
	static char buffers[16][2 * TAG_PATH_MAX];
	static unsigned int next;
	char *path = buffers[next++ % 16];

	snprintf(path, sizeof(buffers[0]), "%s/%s", dir, name);
	return path;
}

static int make_dir(char *dir)
{
	return mkdir(dir, 0755) ? -errno : 0;
}

/* Lets the children of @dir have the cpu controller. */
static int pass_cpu_on(const char *dir)
{
	if (cg_version() != 2)
		return 0;
	return file_write(cg_file(dir, "cgroup.subtree_control"), "+cpu");
}

int cg_base(char *dir)
{
	static int serial;
	int err;

	if (cg_version() < 0)
		return cg_version();
	snprintf(dir, TAG_PATH_MAX, "%.256s/tagtest.%d.%d", cg_root(), getpid(),
		 serial++);
	err = pass_cpu_on(cg_root());
	if (!err)
		err = make_dir(dir);
	return err ?: pass_cpu_on(dir);
}

int cg_child(const char *parent, const char *name, char *dir)
{
	int err;

	if (snprintf(dir, TAG_PATH_MAX, "%s/%s", parent, name) >= TAG_PATH_MAX)
		return -ENAMETOOLONG;
	err = pass_cpu_on(parent);
	return err ?: make_dir(dir);
}

int cg_threaded_child(const char *parent, const char *name, char *dir)
{
	int err = cg_child(parent, name, dir);

	if (err || cg_version() != 2)
		return err;
	return file_write(cg_file(dir, "cgroup.type"), "threaded");
}

static const char *threads_file(const char *dir)
{
	return cg_file(dir, cg_version() == 2 ? "cgroup.threads" : "tasks");
}

int cg_move(const char *dir, pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	return file_write(cg_file(dir, "cgroup.procs"), text);
}

int cg_move_thread(const char *dir, pid_t tid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", tid);
	return file_write(threads_file(dir), text);
}

/* A line is ID:CONTROLLERS:PATH, with neither ID nor controllers on v2. */
static bool is_our_line(const char *line)
{
	const char *controllers = strchr(line, ':');
	char list[256];

	if (cg_version() == 2)
		return !strncmp(line, "0::", 3);
	return controllers &&
	       sscanf(controllers, ":%255[^:]:", list) == 1 &&
	       list_has(list, "cpu");
}

int cg_of(pid_t pid, char *dir)
{
	char path[64], line[1024];
	int err = -ENOENT;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	f = fopen(path, "re");
	if (!f)
		return -errno;
	while (err && fgets(line, sizeof(line), f)) {
		if (!is_our_line(line))
			continue;
		line[strcspn(line, "\n")] = '\0';
		if (snprintf(dir, TAG_PATH_MAX, "%s%s", cg_root(),
			     strchr(strchr(line, ':') + 1, ':') + 1) <
		    TAG_PATH_MAX)
			err = 0;
	}
	fclose(f);
	return err;
}

/* Kills what is in @dir itself; the calling process moves to the root. */
static void kill_members(const char *dir)
{
	char self[64];
	FILE *f;
	int tid;

	f = fopen(threads_file(dir), "re");
	if (!f)
		return;
	while (fscanf(f, "%d", &tid) == 1) {
		snprintf(self, sizeof(self), "/proc/self/task/%d", tid);
		if (!access(self, F_OK))
			cg_move(cg_root(), getpid());
		else if (tid > 0)
			kill(tid, SIGKILL);
	}
	fclose(f);
}

static int remove_dir(const char *dir)
{
	int tries;

	for (tries = 0; tries < RMDIR_TRIES; tries++) {
		if (!rmdir(dir))
			return 0;
		if (errno != EBUSY)
			return -errno;
		kill_members(dir);
		usleep(RMDIR_PAUSE_US);
	}
	return -EBUSY;
}

int cg_destroy(const char *dir)
{
	char child[TAG_PATH_MAX];
	struct dirent *entry;
	int err = 0;
	DIR *d;

	d = opendir(dir);
	if (!d)
		return -errno;
	while (!err && (entry = readdir(d))) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		if (snprintf(child, sizeof(child), "%s/%s", dir,
			     entry->d_name) >= TAG_PATH_MAX)
			err = -ENAMETOOLONG;
		else
			err = cg_destroy(child);
	}
	closedir(d);
	return err ?: remove_dir(dir);
}

pid_t cg_sleeper(const char *dir)
{
	pid_t pid = child_sleeper();
	int err;

	if (pid < 0)
		return pid;
	err = cg_move(dir, pid);
	if (!err)
		return pid;
	child_kill(pid);
	return err;
}

__s64 cg_tag(const char *dir)
{
	return tag_value(cg_file(dir, "cpu.tag"));
}

int cg_set(const char *dir, const char *text)
{
	return tag_write(cg_file(dir, "cpu.tag"), text);
}

__u64 cg_id(const char *dir)
{
	struct stat st;

	return stat(dir, &st) ? 0 : st.st_ino;
}
