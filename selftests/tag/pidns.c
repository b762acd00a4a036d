// SPDX-License-Identifier: GPL-2.0-only
/*
 * PID namespaces: a /proc names tasks by the pids of its own namespace.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "util.h"

/* What the inner init finds, told to the test through shared memory. */
struct findings {
	int mount_err;
	pid_t inner_pid;
	int write_err;
	__s64 tag;
	int init_err;
	__s64 init_tag;
	int done;
};

/* In the inner namespace, as its init: tags a child by its inner pid. */
static void look_inside(struct findings *f, int hold)
{
	char byte;

	/* A private tree, lest the mount shows outside. */
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("proc", "/proc", "proc", 0, NULL)) {
		f->mount_err = -errno;
		return;
	}
	f->inner_pid = child_sleeper();
	f->write_err = task_set(f->inner_pid, "5");
	f->tag = task_tag(f->inner_pid);
	f->init_err = task_set(1, "6");
	f->init_tag = task_tag(1);
	__atomic_store_n(&f->done, 1, __ATOMIC_RELEASE);
	/* Until the test has looked from outside. */
	f->mount_err = read(hold, &byte, 1) < 0 ? -errno : 0;
}

static pid_t parent_of(const char *pid)
{
	char path[300], text[4096];
	const char *line;

	snprintf(path, sizeof(path), "/proc/%s/status", pid);
	if (file_read(path, text, sizeof(text)) < 0)
		return 0;
	line = strstr(text, "\nPPid:");
	return line ? atoi(line + strlen("\nPPid:")) : 0;
}

/* The outer pid of a child of @parent, or 0. */
static pid_t child_of(pid_t parent)
{
	struct dirent *entry;
	pid_t pid = 0;
	DIR *proc;

	proc = opendir("/proc");
	if (!proc)
		return 0;
	while (!pid && (entry = readdir(proc)))
		if (atoi(entry->d_name) && parent_of(entry->d_name) == parent)
			pid = atoi(entry->d_name);
	closedir(proc);
	return pid;
}

FIXTURE(pidns) {
	struct findings *found;
	pid_t init;
	int release;
};

static pid_t start_init(struct findings *found, int hold, int release)
{
	pid_t pid;

	/* Only children of the caller enter the namespace. */
	if (unshare(CLONE_NEWPID))
		return -errno;
	pid = child_fork();
	if (!pid) {
		close(release);
		look_inside(found, hold);
		_exit(0);
	}
	return pid;
}

FIXTURE_SETUP(pidns)
{
	int hold[2];

	self->found = mmap(NULL, sizeof(*self->found), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->found);
	ASSERT_EQ(0, pipe(hold));
	self->release = hold[1];
	self->init = start_init(self->found, hold[0], hold[1]);
	ASSERT_GT(self->init, 0);
	while (!__atomic_load_n(&self->found->done, __ATOMIC_ACQUIRE) &&
	       !waitpid(self->init, NULL, WNOHANG))
		usleep(1000);
}

FIXTURE_TEARDOWN(pidns)
{
	close(self->release);
	child_kill(self->init);
}

TAG_TEST_F(pidns, inner_pid, "T1: a task is tagged by its inner pid through an inner /proc")
{
	const struct findings *f = self->found;

	EXPECT_EQ(0, f->mount_err);
	EXPECT_EQ(2, f->inner_pid);
	EXPECT_EQ(0, f->write_err);
	EXPECT_EQ(5, f->tag);
	EXPECT_EQ(0, f->init_err);
	EXPECT_EQ(6, f->init_tag);
}

TAG_TEST_F(pidns, outer_view,
	   "T1: the tag set inside is seen outside, by the outer pid, and on no other task")
{
	pid_t outer = child_of(self->init);

	ASSERT_GT(outer, 0);
	EXPECT_NE(self->found->inner_pid, outer);
	EXPECT_EQ(5, task_tag(outer));
	EXPECT_EQ(6, task_tag(self->init));
	EXPECT_EQ(0, task_tag(1));
	EXPECT_EQ(0, task_tag(2));
	EXPECT_EQ(0, own_tag_read());
}

TEST_HARNESS_MAIN
