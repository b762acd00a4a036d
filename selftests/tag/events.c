// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tracepoint sched:sched_tag_change, through a tracefs instance.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "events.h"
#include "util.h"

#define TRACEFS	"/sys/kernel/tracing"
#define EVENT	"events/sched/sched_tag_change"

static char instance[128];

static const char *instance_file(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", instance, name);
	return path;
}

static int need_tracefs(void)
{
	if (!access(TRACEFS "/instances", F_OK))
		return 0;
	return mount("tracefs", TRACEFS, "tracefs", 0, NULL) ? -errno : 0;
}

int events_start(void)
{
	int err = need_tracefs();

	if (err)
		return err;
	snprintf(instance, sizeof(instance), TRACEFS "/instances/tag.%d",
		 getpid());
	if (mkdir(instance, 0700))
		return -errno;
	err = file_write(instance_file(EVENT "/enable"), "1");
	if (err)
		rmdir(instance);
	return err;
}

int events_stop(void)
{
	file_write(instance_file(EVENT "/enable"), "0");
	return rmdir(instance) ? -errno : 0;
}

/* Opening it with O_TRUNC empties the ring buffer. */
int events_clear(void)
{
	int fd = open(instance_file("trace"), O_WRONLY | O_TRUNC | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* Where the value of "@key=" begins in @line, or NULL. */
static const char *value_of(const char *line, const char *key)
{
	const char *at = strstr(line, key);

	return at ? at + strlen(key) : NULL;
}

/* A comm may have blanks in it: it ends where the pid begins. */
static int parse_event(const char *line, struct tag_event *event)
{
	const char *comm = value_of(line, "sched_tag_change: comm=");
	const char *pid, *cgroup, *old_tag, *new_tag, *how;

	if (!comm)
		return -ENOMSG;
	pid = value_of(comm, " pid=");
	cgroup = value_of(comm, " cgroup=");
	old_tag = value_of(comm, " old_tag=");
	new_tag = value_of(comm, " new_tag=");
	how = value_of(comm, " how=");
	if (!pid || !cgroup || !old_tag || !new_tag || !how)
		return -EBADMSG;
	memset(event, 0, sizeof(*event));
	snprintf(event->comm, sizeof(event->comm), "%.*s",
		 (int)(pid - strlen(" pid=") - comm), comm);
	event->pid = atoi(pid);
	event->cgroup = strtoull(cgroup, NULL, 10);
	event->old_tag = strtoll(old_tag, NULL, 10);
	event->new_tag = strtoll(new_tag, NULL, 10);
	snprintf(event->how, sizeof(event->how), "%.*s",
		 (int)strcspn(how, " \n"), how);
	return 0;
}

int events_read(struct tag_event events[EVENTS_MAX])
{
	char line[512];
	int count = 0, err = 0;
	FILE *f;

	f = fopen(instance_file("trace"), "re");
	if (!f)
		return -errno;
	while (!err && count < EVENTS_MAX && fgets(line, sizeof(line), f)) {
		err = parse_event(line, &events[count]);
		count += !err;
		if (err == -ENOMSG)
			err = 0;
	}
	fclose(f);
	return err ?: count;
}

const char *events_format(void)
{
	static char text[4096];

	if (file_read(instance_file(EVENT "/format"), text, sizeof(text)) < 0)
		text[0] = '\0';
	return text;
}
