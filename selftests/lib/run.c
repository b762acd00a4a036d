// SPDX-License-Identifier: GPL-2.0-only
/* Running commands, and control groups to run them in. */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <tagsched.h>
#include <unistd.h>

#include "run.h"

void run(struct result *r, const char *fmt, ...)
{
	char args[2048], command[4096];
	size_t len;
	va_list ap;
	FILE *f;
	int ret;

	va_start(ap, fmt);
	vsnprintf(args, sizeof(args), fmt, ap);
	va_end(ap);
	snprintf(command, sizeof(command), "tag() { '%s' \"$@\"; }\nexec 2>&1\n%s\n", TAG, args);
	fflush(stdout);
	f = popen(command, "r");
	len = f ? fread(r->text, 1, sizeof(r->text) - 1, f) : 0;
	r->text[len] = '\0';
	ret = f ? pclose(f) : -1;
	r->status = WIFEXITED(ret) ? WEXITSTATUS(ret) : -1;
}

const char *group_path(const char *name)
{
	static char path[PATH_MAX];
	char mount[PATH_MAX / 2];

	if (tagsched_cgroup__mount(mount, sizeof(mount)) < 0)
		return "";
	snprintf(path, sizeof(path), "%s/%s", mount, name);
	return path;
}

static void enable_cpu(const char *dir)
{
	char path[PATH_MAX];
	FILE *f;

	if (snprintf(path, sizeof(path), "%s/cgroup.subtree_control", dir) >= (int)sizeof(path))
		return;
	f = fopen(path, "r+");
	if (!f)
		return; /* v1 */
	fputs("+cpu", f);
	fclose(f);
}

int make_group(const char *name)
{
	char path[PATH_MAX], *slash;

	snprintf(path, sizeof(path), "%s", group_path(name));
	slash = strrchr(path, '/');
	if (!slash)
		return -1;
	*slash = '\0';
	enable_cpu(path);
	*slash = '/';
	return mkdir(path, 0755) && errno != EEXIST ? -1 : 0;
}

void remove_group(const char *name)
{
	char path[PATH_MAX + 32];
	int tries, pid;
	FILE *f;

	for (tries = 0; tries < 600; tries++) {
		if (!rmdir(group_path(name)) || errno == ENOENT)
			return;
		snprintf(path, sizeof(path), "%s/cgroup.procs", group_path(name));
		f = fopen(path, "r");
		while (f && fscanf(f, "%d", &pid) == 1)
			kill(pid, SIGKILL);
		if (f)
			fclose(f);
		usleep(50000);
	}
}
