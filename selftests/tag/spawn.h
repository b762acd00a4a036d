/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ways to make a task, each as a function that makes one, lets it read
 * its own effective tag as the first thing it does, and returns that.
 */
#ifndef _TAG_SPAWN_H
#define _TAG_SPAWN_H

#include <linux/types.h>

/* The new task's tag, or TAG_ERROR, or CHILD_DIED. */
__s64 tag_of_fork(void);
__s64 tag_of_vfork(void);
__s64 tag_of_clone_vm(void);
__s64 tag_of_thread(void);
__s64 tag_of_clone3(void);
__s64 tag_of_posix_spawn(void);

/* A clone3(CLONE_INTO_CGROUP): the child starts in the group @dir (v2). */
__s64 tag_of_clone_into(const char *dir);

/* Reads a number that a program prints on @fd, and closes @fd. */
__s64 tag_from_fd(int fd);

#endif /* _TAG_SPAWN_H */
