// SPDX-License-Identifier: GPL-2.0-only
/* Processes for rules to match. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <tagsched.h>
#include <unistd.h>

#include "run.h"
#include "worker.h"

#define TRIES	6000	/* of 50 ms: a test that hangs is ended before */

int workers_make(void)
{
	int ret = system("mkdir -p " DIR " && chmod 755 " DIR " && cp -f /bin/sleep " WORKER " && "
			 "cp -f /bin/sleep " OTHER);

	return ret ? -1 : 0;
}

int rules_write(const char *text)
{
	FILE *f = fopen(RULES, "w");

	if (!f)
		return -1;
	fputs(text, f);
	return fclose(f);
}

static int join_group(const char *cgroup)
{
	char path[PATH_MAX + 32];
	FILE *f;

	snprintf(path, sizeof(path), "%s/cgroup.procs", group_path(cgroup));
	f = fopen(path, "w");
	if (!f)
		return -1;
	fputs("0", f);
	return fclose(f);
}

/* Closed by exec, which says that it is done. */
static pid_t await_exec(pid_t pid, int fds[2])
{
	char failed;

	close(fds[1]);
	if (read(fds[0], &failed, 1) == 1)
		pid = -1;
	close(fds[0]);
	return pid;
}

pid_t worker_start(const char *program, const char *arg, const char *cgroup, uid_t uid)
{
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return -1;
	pid = fork();
	if (pid)
		return pid < 0 ? -1 : await_exec(pid, fds);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if ((!cgroup || !join_group(cgroup)) &&
	    (!uid || (!setresgid(uid, uid, uid) && !setresuid(uid, uid, uid)))) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl(program, program, "100000", arg, NULL);
	}
	if (write(fds[1], "", 1) != 1)
		_exit(2);
	_exit(1);
}

/* ---- actors ---- */

/* Pipes to a process that does what it is told, and from it. */
struct stage {
	pid_t pid;
	int ends[2];
	int answers[2];
};

static struct stage stages[16];

struct order {
	enum { RENAME, SETUID, SETGID, EXEC, FORK } what;
	int number;
	char name[16];
};

static int obey(const struct order *o)
{
	pid_t pid;

	switch (o->what) {
	case RENAME:
		return prctl(PR_SET_NAME, o->name);
	case SETUID:
		return setresuid(o->number, o->number, o->number);
	case SETGID:
		return setresgid(o->number, o->number, o->number);
	case EXEC:
		return execl(WORKER, WORKER, "100000", NULL);
	case FORK:
		pid = fork();
		if (pid)
			return pid;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	return -1;
}

static void __attribute__((noreturn)) act(const struct stage *s)
{
	struct order o;
	int answer;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(s->ends[0], &o, sizeof(o)) == sizeof(o)) {
		answer = obey(&o);
		if (write(s->answers[1], &answer, sizeof(answer)) != sizeof(answer))
			break;
	}
	_exit(1);
}

pid_t actor_start(void)
{
	struct stage *s;

	for (s = stages; s->pid; s++)
		;
	if (pipe2(s->ends, O_CLOEXEC) || pipe2(s->answers, O_CLOEXEC))
		return -1;
	s->pid = fork();
	if (!s->pid)
		act(s);
	close(s->answers[1]);
	return s->pid;
}

static int tell(pid_t pid, const struct order *o)
{
	int answer = -1;
	ssize_t len;
	struct stage *s;

	for (s = stages; s->pid != pid; s++)
		;
	if (write(s->ends[1], o, sizeof(*o)) != sizeof(*o))
		return -1;
	len = read(s->answers[0], &answer, sizeof(answer));
	/* One that has become another program says nothing any more. */
	if (o->what == EXEC)
		return len ? -1 : 0;
	return len == sizeof(answer) ? answer : -1;
}

int actor_rename(pid_t pid, const char *name)
{
	struct order o = { .what = RENAME };

	snprintf(o.name, sizeof(o.name), "%s", name);
	return tell(pid, &o);
}

int actor_setuid(pid_t pid, uid_t uid)
{
	return tell(pid, &(struct order){ .what = SETUID, .number = uid });
}

int actor_setgid(pid_t pid, gid_t gid)
{
	return tell(pid, &(struct order){ .what = SETGID, .number = gid });
}

int actor_exec(pid_t pid)
{
	return tell(pid, &(struct order){ .what = EXEC });
}

pid_t actor_fork(pid_t pid)
{
	return tell(pid, &(struct order){ .what = FORK });
}

void worker_end(pid_t pid)
{
	struct stage *s;

	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	for (s = stages; s < stages + 16; s++) {
		if (s->pid != pid)
			continue;
		close(s->ends[0]);
		close(s->ends[1]);
		close(s->answers[0]);
		s->pid = 0;
	}
}

/* ---- tags ---- */

long long tag_of(pid_t pid)
{
	__s64 tag;

	return tagsched_process__get_tag(pid, &tag) ? -1000 : tag;
}

bool wait_tag(pid_t pid, long long tag)
{
	int tries;

	for (tries = 0; tries < TRIES; tries++) {
		if (tag_of(pid) == tag)
			return true;
		usleep(50000);
	}
	return false;
}
