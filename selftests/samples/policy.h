/* SPDX-License-Identifier: GPL-2.0-only */
/* A sample's program, run as a user runs it. */
#ifndef POLICY_H
#define POLICY_H

#include <cjson/cJSON.h>
#include <stdio.h>
#include <sys/types.h>

struct policy {
	pid_t pid;
	FILE *out;		/* its stdout */
};

/**
 * policy_start() - start a sample with --json and wait until it is attached
 * @p: to be ended with policy_stop()
 * @name: of the sample, as in samples/bpf
 * @...: arguments, then NULL
 *
 * Return: 0, or -EIO if it ended before it was ready.
 */
int policy_start(struct policy *p, const char *name, ...);

/**
 * policy_stop() - SIGTERM, and what it then said
 *
 * Return: its summary, NULL if it gave none or exited with an error.
 */
cJSON *policy_stop(struct policy *p);

/**
 * policy_run() - run a sample that is to end by itself
 * @text: its stdout and stderr
 * @size: of @text
 * @name: as in policy_start(), likewise the arguments
 *
 * Return: its exit status.
 */
int policy_run(char *text, size_t size, const char *name, ...);

/* A number in a summary, by path: sum of it over "links", or "counts"/NAME. */
double policy_links(const cJSON *summary, const char *what);
double policy_count(const cJSON *summary, const char *name);

#endif /* POLICY_H */
