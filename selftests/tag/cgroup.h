/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Test groups of the cpu controller, on cgroup v1 and v2 alike.
 *
 * On v2 a group that passes the cpu controller on to its children may not
 * hold processes itself unless the subtree is threaded, so a test that wants
 * tasks at every level of a tree makes the levels with cg_threaded_child().
 */
#ifndef _TAG_CGROUP_H
#define _TAG_CGROUP_H

#include <sys/types.h>
#include <linux/types.h>

#include "util.h"

/* 2, 1, or a negative errno if the cpu controller is mounted nowhere. */
int cg_version(void);

/* The directory where the cpu controller's hierarchy is mounted. */
const char *cg_root(void);

/* A fresh group under the root that can have children. @dir: TAG_PATH_MAX bytes. */
int cg_base(char *dir);

/* A child of @parent that has the cpu controller, and may hold processes. */
int cg_child(const char *parent, const char *name, char *dir);

/* A child of @parent that may hold threads and have children of its own. */
int cg_threaded_child(const char *parent, const char *name, char *dir);

/* Kills what is in @dir and below, and removes it all. */
int cg_destroy(const char *dir);

/* Moves a process with all its threads, or one thread. */
int cg_move(const char *dir, pid_t pid);
int cg_move_thread(const char *dir, pid_t tid);

/* The directory of the group that a process is in. @dir: TAG_PATH_MAX bytes. */
int cg_of(pid_t pid, char *dir);

/* A child process that sleeps in @dir, or a negative errno. */
pid_t cg_sleeper(const char *dir);

/* <dir>/<name>, in one of a few static buffers: not for concurrent threads. */
const char *cg_file(const char *dir, const char *name);

/* The tag of the group, read through cpu.tag; TAG_ERROR if that fails. */
__s64 cg_tag(const char *dir);
int cg_set(const char *dir, const char *text);

/* The group's id, as the tracepoint reports it. */
__u64 cg_id(const char *dir);

#endif /* _TAG_CGROUP_H */
