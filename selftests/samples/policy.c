// SPDX-License-Identifier: GPL-2.0-only
/* A sample's program, run as a user runs it. */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "policy.h"

#define MAX_ARGS	32

static int spawn(struct policy *p, bool with_stderr, const char *name, bool json, va_list args)
{
	char path[512], *argv[MAX_ARGS];
	int n = 0, fds[2];

	snprintf(path, sizeof(path), "%s/%s", SAMPLES, name);
	argv[n++] = path;
	if (json)
		argv[n++] = "--json";
	while (n < MAX_ARGS - 1 && (argv[n] = va_arg(args, char *)))
		n++;
	argv[n] = NULL;

	if (pipe(fds))
		return -errno;
	p->pid = fork();
	if (p->pid < 0)
		return -errno;
	if (!p->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fds[1], STDOUT_FILENO);
		if (with_stderr)
			dup2(fds[1], STDERR_FILENO);
		close(fds[0]);
		close(fds[1]);
		execv(path, argv);
		_exit(127);
	}
	close(fds[1]);
	p->out = fdopen(fds[0], "r");
	return 0;
}

int policy_start(struct policy *p, const char *name, ...)
{
	char line[256];
	va_list args;
	int err;

	va_start(args, name);
	err = spawn(p, false, name, true, args);
	va_end(args);
	if (err)
		return err;
	if (fgets(line, sizeof(line), p->out) && strstr(line, "ready"))
		return 0;
	fclose(p->out);
	kill(p->pid, SIGKILL);
	waitpid(p->pid, NULL, 0);
	return -EIO;
}

cJSON *policy_stop(struct policy *p)
{
	char *line = NULL;
	cJSON *summary = NULL;
	size_t size = 0;
	int status;

	kill(p->pid, SIGTERM);
	/* The last line counts: -v prints others before it. */
	while (getline(&line, &size, p->out) > 0) {
		cJSON_Delete(summary);
		summary = cJSON_Parse(line);
	}
	free(line);
	fclose(p->out);
	if (waitpid(p->pid, &status, 0) == p->pid && WIFEXITED(status) && !WEXITSTATUS(status))
		return summary;
	cJSON_Delete(summary);
	return NULL;
}

int policy_run(char *text, size_t size, const char *name, ...)
{
	struct policy p;
	va_list args;
	int status;
	size_t n;

	va_start(args, name);
	status = spawn(&p, true, name, false, args);
	va_end(args);
	if (status)
		return status;
	n = fread(text, 1, size - 1, p.out);
	text[n] = '\0';
	fclose(p.out);
	if (waitpid(p.pid, &status, 0) != p.pid || !WIFEXITED(status))
		return -ECHILD;
	return WEXITSTATUS(status);
}

double policy_links(const cJSON *summary, const char *what)
{
	const cJSON *link;
	double sum = 0;

	cJSON_ArrayForEach(link, cJSON_GetObjectItem(summary, "links"))
		sum += cJSON_GetNumberValue(cJSON_GetObjectItem(link, what));
	return sum;
}

double policy_count(const cJSON *summary, const char *name)
{
	return cJSON_GetNumberValue(cJSON_GetObjectItem(cJSON_GetObjectItem(summary, "counts"),
							name));
}
