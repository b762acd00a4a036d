// SPDX-License-Identifier: GPL-2.0-only
/* tag rules apply --follow in the background. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "follower.h"
#include "worker.h"

#define TRIES	6000	/* of 50 ms: a test that hangs is ended before */

static bool output_has(const char *text)
{
	static char output[1 << 20];
	FILE *f = fopen(OUTPUT, "r");
	size_t len = 0;

	if (f) {
		len = fread(output, 1, sizeof(output) - 1, f);
		fclose(f);
	}
	output[len] = '\0';
	return strstr(output, text);
}

bool follower_says(const char *text)
{
	int tries;

	for (tries = 0; tries < TRIES; tries++) {
		if (output_has(text))
			return true;
		usleep(50000);
	}
	return false;
}

pid_t follower_start(const char *through, const char *options)
{
	char command[1024];
	pid_t pid;
	int tries;

	unlink(OUTPUT);
	snprintf(command, sizeof(command), "exec %s '%s' rules apply --follow %s " RULES " >" OUTPUT " 2>&1",
		 through, TAG, options);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(1);
	}
	for (tries = 0; tries < TRIES && pid > 0; tries++) {
		if (output_has("ready"))
			return pid;
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return -1;
		usleep(50000);
	}
	return -1;
}

int follower_end(pid_t pid, int sig)
{
	int status;

	if (pid <= 0 || kill(pid, sig) || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}
