/* SPDX-License-Identifier: GPL-2.0-only */
/* A fake file tree that the library takes for the root. */
#ifndef FAKE_H
#define FAKE_H

#include <limits.h>

struct fake {
	char root[64];
};

/* Makes an empty tree and moves the library's root there. 0 or -1. */
int fake_init(struct fake *fake);
void fake_destroy(struct fake *fake);
/* Makes a file and the directories above it. 0 or -1. */
int fake_file(const struct fake *fake, const char *path, const char *text);
int fake_dir(const struct fake *fake, const char *path);
/* Contents of a file, "" if there is none; static storage. */
const char *fake_text(const struct fake *fake, const char *path);
/* A mountinfo line of a cgroup2 mount at /sys/fs/cgroup, and a group with tag @tag in it. */
int fake_cgroup2(const struct fake *fake);
int fake_group(const struct fake *fake, const char *name, const char *tag);

#endif /* FAKE_H */
