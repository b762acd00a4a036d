// SPDX-License-Identifier: GPL-2.0-only
/* The agent's process, and the enclaves that are there. */
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "../agent.h"

#define GHOSTFS	"/sys/fs/ghost"

/* What it has said up to "ready", or its end. */
static bool gets_ready(int fd)
{
	time_t end = sys_seconds() + WAIT_SECONDS;
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	char said[1024] = "";
	size_t len = 0;
	ssize_t n;

	while (sys_seconds() < end && len < sizeof(said) - 1) {
		if (poll(&pfd, 1, 1000) <= 0)
			continue;
		n = read(fd, said + len, sizeof(said) - 1 - len);
		if (n <= 0)
			break;
		len += n;
		said[len] = '\0';
		if (strstr(said, "ready"))
			return true;
	}
	printf("# the agent is not ready, it says: %s\n", said);
	return false;
}

pid_t agent_start(const char *command)
{
	int fds[2];
	pid_t pid;

	if (access(GHOSTFS "/version", F_OK))
		mount("ghost", GHOSTFS, "ghost", 0, NULL);
	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (!pid) {
		char line[512];

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fds[1], 1);
		dup2(fds[1], 2);
		snprintf(line, sizeof(line), "exec %s", command);
		execl("/bin/sh", "sh", "-c", line, NULL);
		_exit(127);
	}
	close(fds[1]);
	/* The pipe's end stays open: it may have more to say. */
	if (pid < 0 || gets_ready(fds[0]))
		return pid;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(fds[0]);
	return -ECHILD;
}

static bool has_ended(pid_t agent)
{
	siginfo_t info = {};

	return !waitid(P_PID, agent, &info, WEXITED | WNOHANG | WNOWAIT) && info.si_pid == agent;
}

bool agent_runs(pid_t agent)
{
	return !has_ended(agent);
}

int agent_end(pid_t agent, int sig)
{
	int status;

	if (sig)
		kill(agent, sig);
	if (!WAIT_FOR(has_ended(agent), "the agent's end by signal %d", sig))
		kill(agent, SIGKILL);
	return waitpid(agent, &status, 0) == agent ? status : -errno;
}

int enclaves(void)
{
	DIR *dir = opendir(GHOSTFS);
	struct dirent *d;
	int n = 0;

	if (!dir)
		return 0;
	while ((d = readdir(dir)))
		n += !strncmp(d->d_name, "enclave_", 8);
	closedir(dir);
	return n;
}

bool enclave_status(int id, const char *line)
{
	char path[64], text[4096], want[128];

	snprintf(path, sizeof(path), GHOSTFS "/enclave_%d/status", id);
	snprintf(want, sizeof(want), "%s\n", line);
	return !sys_read(path, text, sizeof(text)) && strstr(text, want);
}
