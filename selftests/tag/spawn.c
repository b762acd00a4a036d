// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ways to make a task that reads its own effective tag.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "spawn.h"
#include "util.h"

#define CHILD_STACK	(256 * 1024)

static __s64 read_own(void *unused)
{
	(void)unused;
	return own_tag_read();
}

__s64 tag_of_fork(void)
{
	return child_run(read_own, NULL);
}

/* A child that shares the memory: it leaves what it read where @arg points. */
static int store_own(void *arg)
{
	*(__s64 *)arg = own_tag_read();
	return 0;
}

static __s64 clone_with(int flags)
{
	__s64 tag = CHILD_DIED;
	char *stack;
	pid_t pid;

	stack = mmap(NULL, CHILD_STACK, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (stack == MAP_FAILED)
		return CHILD_DIED;
	pid = clone(store_own, stack + CHILD_STACK, flags | SIGCHLD, &tag);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	munmap(stack, CHILD_STACK);
	return tag;
}

/* What vfork(2) is, with a stack of the child's own. */
__s64 tag_of_vfork(void)
{
	return clone_with(CLONE_VM | CLONE_VFORK);
}

__s64 tag_of_clone_vm(void)
{
	return clone_with(CLONE_VM | CLONE_FS);
}

static void *thread_store_own(void *arg)
{
	store_own(arg);
	return NULL;
}

__s64 tag_of_thread(void)
{
	__s64 tag = CHILD_DIED;
	pthread_t thread;

	if (pthread_create(&thread, NULL, thread_store_own, &tag))
		return CHILD_DIED;
	pthread_join(thread, NULL);
	return tag;
}

/* clone3() as fork(): the child answers through a pipe. */
static __s64 clone3_with(__u64 flags, int cgroup)
{
	struct clone_args args = {
		.flags = flags,
		.exit_signal = SIGCHLD,
		.cgroup = cgroup,
	};
	__s64 tag = CHILD_DIED;
	int fds[2];
	pid_t pid;

	if (pipe(fds))
		return CHILD_DIED;
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (!pid) {
		tag = own_tag_read();
		_exit(write(fds[1], &tag, sizeof(tag)) != sizeof(tag));
	}
	close(fds[1]);
	if (pid > 0) {
		if (read(fds[0], &tag, sizeof(tag)) != sizeof(tag))
			tag = CHILD_DIED;
		waitpid(pid, NULL, 0);
	}
	close(fds[0]);
	return tag;
}

__s64 tag_of_clone3(void)
{
	return clone3_with(0, 0);
}

__s64 tag_of_clone_into(const char *dir)
{
	__s64 tag;
	int fd;

	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return CHILD_DIED;
	tag = clone3_with(CLONE_INTO_CGROUP, fd);
	close(fd);
	return tag;
}

__s64 tag_from_fd(int fd)
{
	char text[64] = "", *end;
	ssize_t n, have = 0;
	__s64 tag;

	while ((n = read(fd, text + have, sizeof(text) - 1 - have)) > 0)
		have += n;
	close(fd);
	errno = 0;
	tag = strtoll(text, &end, 10);
	return errno || end == text ? CHILD_DIED : tag;
}

__s64 tag_of_posix_spawn(void)
{
	char * const argv[] = { "cat", "/proc/self/tag", NULL };
	char * const envp[] = { NULL };
	posix_spawn_file_actions_t actions;
	int fds[2], err;
	__s64 tag;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return CHILD_DIED;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
	err = posix_spawn(&pid, "/bin/cat", &actions, NULL, argv, envp);
	posix_spawn_file_actions_destroy(&actions);
	close(fds[1]);
	tag = tag_from_fd(fds[0]);
	if (!err)
		waitpid(pid, NULL, 0);
	return tag;
}
