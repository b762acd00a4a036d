/* SPDX-License-Identifier: GPL-2.0-only */
/* tag rules apply --follow in the background. */
#ifndef FOLLOWER_H
#define FOLLOWER_H

#include <stdbool.h>
#include <sys/types.h>

#define OUTPUT	"/tmp/tagsched-rules/output"

/*
 * Starts it with more options and the file of rules, through a shell command that
 * may be "". Returns when it says that it is ready; its pid, or -1.
 */
pid_t follower_start(const char *through, const char *options);
/* Waits until its output has @text in it; whether it came to that. */
bool follower_says(const char *text);
/* Ends it with a signal; its exit status. */
int follower_end(pid_t pid, int sig);

#endif /* FOLLOWER_H */
