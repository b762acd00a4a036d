/* SPDX-License-Identifier: GPL-2.0-only */
/* Processes for rules to match. */
#ifndef WORKER_H
#define WORKER_H

#include <stdbool.h>
#include <sys/types.h>

#define DIR	"/tmp/tagsched-rules"
#define RULES	DIR "/rules.conf"
#define WORKER	DIR "/worker"	/* a program that sleeps; there are others beside it */
#define OTHER	DIR "/other"

/* Makes DIR, WORKER and OTHER; 0 or -1. */
int workers_make(void);
/* Writes the file of rules. 0 or -1. */
int rules_write(const char *text);

/*
 * Starts @program with an argument, which it has in its command line, in group
 * @cgroup of the cpu controller and as user and group @uid, unless they are NULL
 * and 0. Returns when it is that program. Its pid or -1.
 */
pid_t worker_start(const char *program, const char *arg, const char *cgroup, uid_t uid);
/* Forks a process that does what the others tell it. */
pid_t actor_start(void);
/* Tells it; it has done so on return. 0 or -1. */
int actor_rename(pid_t pid, const char *name);
int actor_setuid(pid_t pid, uid_t uid);
int actor_setgid(pid_t pid, gid_t gid);
int actor_exec(pid_t pid);	/* WORKER */
/* The child of the process that has forked, or -1. */
pid_t actor_fork(pid_t pid);
/* Kills a process of ours and waits for it. */
void worker_end(pid_t pid);

/* Effective tag of a process' leader, -1000 if there is none. */
long long tag_of(pid_t pid);
/* Waits until it is @tag; whether it came to that. */
bool wait_tag(pid_t pid, long long tag);

#endif /* WORKER_H */
