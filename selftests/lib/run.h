/* SPDX-License-Identifier: GPL-2.0-only */
/* Running commands, and control groups to run them in. */
#ifndef RUN_H
#define RUN_H

#include <limits.h>

/* Seconds: ends a test that hangs, also under an emulated debug kernel. */
#define GUARD	600

struct result {
	int status;		/* exit status, -1 if the shell was killed */
	char text[65536];	/* stdout and stderr */
};

/* Runs a command of the shell; "tag" is the command under test. */
void run(struct result *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * Makes a group of the cpu controller, as a path below its mount, with the
 * controller on in all groups above. 0 or -1.
 */
int make_group(const char *name);
/* Ends what runs in the group and removes it. */
void remove_group(const char *name);
/* Path of the group's directory; static storage. */
const char *group_path(const char *name);

#endif /* RUN_H */
