// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * What /proc says of one process. All of it is read below one open directory:
 * that stays the process', even if another one gets its number.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "internal.h"

#define PF_KTHREAD	0x00200000	/* of the kernel's linux/sched.h, in /proc/PID/stat */
#define DELETED		" (deleted)"	/* behind the path of a file that has been unlinked */

/* "PID (COMM) STATE PPID PGRP SESSION TTY TPGID FLAGS ...", where COMM may be anything. */
static int parse_stat(struct ts_proc *p, char *text)
{
	char *comm = strchr(text, '('), *end = strrchr(text, ')');
	unsigned long flags;
	char state;

	if (!comm || !end || end < comm ||
	    sscanf(end + 1, " %c %*d %*d %*d %*d %*d %lu", &state, &flags) != 2)
		return -EBADMSG;
	*end = '\0';
	snprintf(p->comm, sizeof(p->comm), "%s", comm + 1);
	p->kthread = flags & PF_KTHREAD;
	p->dead = state == 'Z' || state == 'X';
	return 0;
}

int ts_proc_open(struct ts_proc *p, pid_t pid)
{
	char path[32], text[512];
	int len, err;

	snprintf(path, sizeof(path), "/proc/%d", pid);
	p->dir = ts_open(path, O_PATH | O_DIRECTORY);
	if (p->dir < 0)
		return p->dir;
	p->pid = pid;
	memset(p->known, 0, sizeof(p->known));
	len = ts_read_at(p->dir, "stat", text, sizeof(text));
	err = len < 0 ? len : parse_stat(p, text);
	if (err)
		ts_proc_close(p);
	return err;
}

void ts_proc_close(struct ts_proc *p)
{
	close(p->dir);
	p->dir = -1;
}

static int read_exe(struct ts_proc *p)
{
	ssize_t len = readlinkat(p->dir, "exe", p->exe, sizeof(p->exe) - 1);
	ssize_t deleted = strlen(DELETED);

	/* One that is about to exit has none any more. */
	if (len < 0 && errno != ENOENT)
		return -errno;
	p->exe[len < 0 ? 0 : len] = '\0';
	/* Still the same program after its package has been upgraded. */
	if (len > deleted && !strcmp(p->exe + len - deleted, DELETED))
		p->exe[len - deleted] = '\0';
	p->texts[TS_PROC_EXE] = p->exe;
	return 0;
}

/* Arguments, with a space between two of them. */
static int read_cmdline(struct ts_proc *p)
{
	int len = ts_read_at(p->dir, "cmdline", p->cmdline, sizeof(p->cmdline)), i;

	if (len < 0)
		return len;
	while (len && !p->cmdline[len - 1])
		len--;
	for (i = 0; i < len; i++) {
		if (!p->cmdline[i])
			p->cmdline[i] = ' ';
	}
	p->texts[TS_PROC_CMDLINE] = p->cmdline;
	return 0;
}

static int read_cgroup(struct ts_proc *p)
{
	int len = ts_read_at(p->dir, "cgroup", p->cgroup, sizeof(p->cgroup));

	if (len < 0)
		return len;
	p->texts[TS_PROC_CGROUP] = ts_cpu_group(p->cgroup);
	return 0;
}

static int read_status(struct ts_proc *p)
{
	int len = ts_read_at(p->dir, "status", p->status, sizeof(p->status));

	p->texts[TS_PROC_STATUS] = p->status;
	return len < 0 ? len : 0;
}

int ts_proc_text(struct ts_proc *p, enum ts_proc_fact fact, const char **text)
{
	static int (* const readers[])(struct ts_proc *p) = {
		[TS_PROC_STATUS] = read_status,
		[TS_PROC_CGROUP] = read_cgroup,
		[TS_PROC_EXE] = read_exe,
		[TS_PROC_CMDLINE] = read_cmdline,
	};
	int err;

	if (!p->known[fact]) {
		err = readers[fact](p);
		if (err)
			return err;
		p->known[fact] = true;
	}
	*text = p->texts[fact];
	return 0;
}

/* The numbers of a line of /proc/PID/status; "" if there is no such line. */
static const char *status_line(const char *status, const char *key)
{
	const char *line = strstr(status, key);

	return line ? line + strlen(key) : "";
}

int ts_proc_user(struct ts_proc *p, uid_t *uid)
{
	const char *status;
	int err = ts_proc_text(p, TS_PROC_STATUS, &status);

	if (err)
		return err;
	/* real, effective, saved, file system */
	return sscanf(status_line(status, "\nUid:"), "%*u %u", uid) == 1 ? 0 : -EBADMSG;
}

int ts_proc_in_group(struct ts_proc *p, gid_t gid)
{
	const char *status, *list;
	unsigned int effective;
	unsigned long id;
	char *end;
	int err = ts_proc_text(p, TS_PROC_STATUS, &status);

	if (err)
		return err;
	if (sscanf(status_line(status, "\nGid:"), "%*u %u", &effective) != 1)
		return -EBADMSG;
	if (effective == gid)
		return 1;
	/* strtoul() would go on in the next line, where it finds a word */
	for (list = status_line(status, "\nGroups:"); ; list = end) {
		id = strtoul(list, &end, 10);
		if (end == list)
			return 0;
		if (id == gid)
			return 1;
	}
}
