/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tag tests share: tag files, children, capabilities, kernel facts.
 * Functions return 0 or a negative errno unless they say otherwise.
 */
#ifndef _TAG_UTIL_H
#define _TAG_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <linux/types.h>

/* Room for any path that the tests make. */
#define TAG_PATH_MAX	512

/* What task_tag() and its like return if the file could not be read. */
#define TAG_ERROR	((__s64)0x5eadbadbad5eadbaLL)

/* Tag files, by path. */
int tag_read(const char *path, __s64 *tag);
int tag_write(const char *path, const char *text);
int tag_write_bytes(const char *path, const void *bytes, size_t len);
__s64 tag_value(const char *path);

/* Tag files of tasks; the paths are in a few buffers of the calling thread. */
const char *task_file(pid_t pid);
const char *thread_file(pid_t pid, pid_t tid);
__s64 task_tag(pid_t pid);
__s64 thread_tag(pid_t pid, pid_t tid);
int task_set(pid_t pid, const char *text);
int thread_set(pid_t pid, pid_t tid, const char *text);
__s64 own_tag_read(void);

/* Plain files. */
int file_write(const char *path, const char *text);
int file_read(const char *path, char *buf, size_t size);

/* Children. All die with the process that made them. */
pid_t child_sleeper(void);
__s64 child_run(__s64 (*fn)(void *arg), void *arg);
pid_t child_fork(void);
void child_kill(pid_t pid);
int child_wait_zombie(pid_t pid);
pid_t thread_id(void);

/* What child_run() returns if the child died before it could answer. */
#define CHILD_DIED	((__s64)0x5eadc0dedeadc0deLL)

/* Credentials of the calling process. @cap is a CAP_ number. */
int cap_drop_all(void);
int cap_only(int cap);
int cap_effective_clear(int cap);
int cap_effective_raise(int cap);
int become_user(uid_t uid, int keep_cap);

/* An unprivileged user: it need not be in the password file. */
#define TEST_UID	54321

/* True on kernels with KASAN or lockdep, on which loops must be shorter. */
bool kernel_is_slow(void);

#endif /* _TAG_UTIL_H */
