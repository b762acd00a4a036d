// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel threads have tags like any task.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "util.h"

/* The pid of the task of that name, or 0. */
static pid_t pid_of(const char *name)
{
	char path[300], text[64];
	struct dirent *entry;
	pid_t pid = 0;
	DIR *proc;

	proc = opendir("/proc");
	if (!proc)
		return 0;
	while (!pid && (entry = readdir(proc))) {
		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		if (file_read(path, text, sizeof(text)) > 0 &&
		    !strncmp(text, name, strlen(name)) &&
		    text[strlen(name)] == '\n')
			pid = atoi(entry->d_name);
	}
	closedir(proc);
	return pid;
}

FIXTURE(kthread) {
	pid_t pid;
};

FIXTURE_VARIANT(kthread) {
	const char *name;
};

/* kthreadd hands its own tag on, so its turn is short and ends cleared. */
FIXTURE_VARIANT_ADD(kthread, ksoftirqd) { .name = "ksoftirqd/0" };
FIXTURE_VARIANT_ADD(kthread, kthreadd) { .name = "kthreadd" };

FIXTURE_SETUP(kthread)
{
	self->pid = pid_of(variant->name);
	ASSERT_GT(self->pid, 0);
	ASSERT_EQ(0, task_tag(self->pid));
}

FIXTURE_TEARDOWN(kthread)
{
	EXPECT_EQ(0, task_set(self->pid, "default"));
	EXPECT_EQ(0, task_tag(self->pid));
}

TAG_TEST_F(kthread, process, "T1: the tag of a kernel thread can be set, read and cleared")
{
	EXPECT_EQ(0, task_set(self->pid, "-5"));
	EXPECT_EQ(-5, task_tag(self->pid));
	EXPECT_EQ(-5, thread_tag(self->pid, self->pid));
	EXPECT_EQ(0, task_set(self->pid, "default"));
	EXPECT_EQ(0, task_tag(self->pid));
}

TAG_TEST_F(kthread, thread, "T1: so can it through the kernel thread's thread file")
{
	EXPECT_EQ(0, thread_set(self->pid, self->pid, "6"));
	EXPECT_EQ(6, task_tag(self->pid));
	EXPECT_EQ(0, thread_set(self->pid, self->pid, "default"));
	EXPECT_EQ(0, thread_tag(self->pid, self->pid));
}

TEST_HARNESS_MAIN
