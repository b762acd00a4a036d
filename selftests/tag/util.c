// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tag files, children and kernel facts for the tag tests.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util.h"

/* Enough for /proc/PID/task/TID/tag. */
#define TASK_PATH_MAX	64

/* A path is good for the thread's next few calls: no test nests deeper. */
static char *path_buffer(void)
{
	static __thread char buffers[16][TASK_PATH_MAX];
	static __thread unsigned int next;

	return buffers[next++ % 16];
}

/**
 * file_read() - read a small file as a string
 * @path: file
 * @buf: where its text goes, with a terminating NUL
 * @size: size of @buf; longer files are cut
 *
 * Return: length of the text, or a negative errno.
 */
int file_read(const char *path, char *buf, size_t size)
{
	size_t have = 0;
	ssize_t n;
	int fd, err = 0;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while (have < size - 1) {
		n = read(fd, buf + have, size - 1 - have);
		if (n < 0)
			err = -errno;
		if (n <= 0)
			break;
		have += n;
	}
	close(fd);
	buf[have] = '\0';
	return err ?: (int)have;
}

/**
 * tag_write_bytes() - one write(2) to a file
 * @path: file
 * @bytes: what to write
 * @len: number of bytes; may be 0
 *
 * Return: 0 if all of it was taken, -EIO after a short write, else -errno.
 */
int tag_write_bytes(const char *path, const void *bytes, size_t len)
{
	ssize_t n;
	int fd, err = 0;

	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = write(fd, bytes, len);
	if (n < 0)
		err = -errno;
	else if ((size_t)n != len)
		err = -EIO;
	close(fd);
	return err;
}

int file_write(const char *path, const char *text)
{
	return tag_write_bytes(path, text, strlen(text));
}

int tag_write(const char *path, const char *text)
{
	return file_write(path, text);
}

/**
 * tag_read() - read a tag file, which is one decimal number and a newline
 * @path: file
 * @tag: the number
 *
 * Return: 0, -EBADMSG if the file holds anything else, or -errno.
 */
int tag_read(const char *path, __s64 *tag)
{
	char text[64], again[64];
	char *end;
	int len;

	len = file_read(path, text, sizeof(text));
	if (len < 0)
		return len;
	errno = 0;
	*tag = strtoll(text, &end, 10);
	if (errno || end == text)
		return -EBADMSG;
	snprintf(again, sizeof(again), "%lld\n", (long long)*tag);
	return strcmp(text, again) ? -EBADMSG : 0;
}

/* The tag in a file, or TAG_ERROR after a message. */
__s64 tag_value(const char *path)
{
	__s64 tag;
	int err;

	err = tag_read(path, &tag);
	if (!err)
		return tag;
	fprintf(stderr, "# %s: cannot read the tag: %s\n", path, strerror(-err));
	return TAG_ERROR;
}

const char *task_file(pid_t pid)
{
	char *path = path_buffer();

	snprintf(path, TASK_PATH_MAX, "/proc/%d/tag", pid);
	return path;
}

const char *thread_file(pid_t pid, pid_t tid)
{
	char *path = path_buffer();

	snprintf(path, TASK_PATH_MAX, "/proc/%d/task/%d/tag", pid, tid);
	return path;
}

__s64 task_tag(pid_t pid)
{
	return tag_value(task_file(pid));
}

__s64 thread_tag(pid_t pid, pid_t tid)
{
	return tag_value(thread_file(pid, tid));
}

int task_set(pid_t pid, const char *text)
{
	return tag_write(task_file(pid), text);
}

int thread_set(pid_t pid, pid_t tid, const char *text)
{
	return tag_write(thread_file(pid, tid), text);
}

/* The calling thread's effective tag. */
__s64 own_tag_read(void)
{
	return thread_tag(getpid(), thread_id());
}

pid_t thread_id(void)
{
	return syscall(SYS_gettid);
}

/**
 * child_fork() - fork(), with a child that does not outlive its parent
 *
 * Return: as fork(2), but a negative errno on failure.
 */
pid_t child_fork(void)
{
	pid_t parent = getpid();
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* The parent of the first task of a pid namespace is 0. */
		if (getppid() && getppid() != parent)
			_exit(0);
	}
	return pid;
}

/**
 * child_sleeper() - a child that does nothing until child_kill()
 *
 * Return: its pid, or a negative errno.
 */
pid_t child_sleeper(void)
{
	pid_t pid = child_fork();

	if (!pid)
		for (;;)
			pause();
	return pid;
}

/* Kills and reaps a child. */
void child_kill(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, __WALL);
}

/**
 * child_wait_zombie() - wait until a child has died, and do not reap it
 * @pid: the child
 */
int child_wait_zombie(pid_t pid)
{
	siginfo_t info;

	return waitid(P_PID, pid, &info, WEXITED | WNOWAIT) ? -errno : 0;
}

/**
 * child_run() - run a function in a child process
 * @fn: function; its credentials and tags are its own
 * @arg: its argument
 *
 * Return: what @fn returned, or CHILD_DIED.
 */
__s64 child_run(__s64 (*fn)(void *arg), void *arg)
{
	__s64 answer = CHILD_DIED;
	int fds[2];
	pid_t pid;

	if (pipe(fds))
		return CHILD_DIED;
	pid = child_fork();
	if (!pid) {
		answer = fn(arg);
		_exit(write(fds[1], &answer, sizeof(answer)) != sizeof(answer));
	}
	close(fds[1]);
	if (pid > 0) {
		if (read(fds[0], &answer, sizeof(answer)) != sizeof(answer))
			answer = CHILD_DIED;
		waitpid(pid, NULL, 0);
	}
	close(fds[0]);
	return answer;
}

/* Lockdep is a debug kernel's, and shows here when it is built in. */
bool kernel_is_slow(void)
{
	return !access("/proc/lockdep_stats", F_OK);
}
