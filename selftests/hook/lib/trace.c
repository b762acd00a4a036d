// SPDX-License-Identifier: GPL-2.0-only
/* The tracepoint of refused answers, read as a person reads it: in tracefs. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../hook.h"

#define TRACEFS		"/sys/kernel/tracing"
#define INSTANCE	TRACEFS "/instances/hooktest"
#define EVENT		"events/sched/bpf_sched_refused"

int refused_open(void)
{
	if (access(TRACEFS "/trace", F_OK) &&
	    mount("tracefs", TRACEFS, "tracefs", 0, NULL))
		return -errno;
	rmdir(INSTANCE);
	if (mkdir(INSTANCE, 0700))
		return -errno;
	return sys_write(INSTANCE "/" EVENT "/enable", "1");
}

int refused_format(char *buf, size_t size)
{
	return sys_read(TRACEFS "/" EVENT "/format", buf, size);
}

static int parse(const char *line, struct refused *r)
{
	const char *fields = strstr(line, "bpf_sched_refused: ");

	return fields && sscanf(fields, "bpf_sched_refused: hook=%63s link_id=%u pid=%d answer=%d",
				r->hook, &r->link_id, &r->pid, &r->answer) == 4;
}

int refused_read(struct refused *events, int max)
{
	char line[512];
	int n = 0;
	FILE *f;

	f = fopen(INSTANCE "/trace", "re");
	if (!f)
		return -errno;
	while (n < max && fgets(line, sizeof(line), f))
		n += parse(line, &events[n]);
	fclose(f);
	return n;
}

int refused_clear(void)
{
	int fd = open(INSTANCE "/trace", O_WRONLY | O_TRUNC | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

void refused_close(void)
{
	sys_write(INSTANCE "/" EVENT "/enable", "0");
	rmdir(INSTANCE);
}
