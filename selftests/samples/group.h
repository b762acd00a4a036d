/* SPDX-License-Identifier: GPL-2.0-only */
/* Tagged cgroups. */
#ifndef GROUP_H
#define GROUP_H

/* Make /sys/fs/cgroup/NAME with this tag; 0 leaves it untagged. Return: 0 or -errno. */
int group_make(const char *name, long long tag);

/* Remove it. Its tasks have to be gone. */
void group_remove(const char *name);

/* Move the calling process there. Return: 0 or -errno. */
int group_join(const char *name);

#endif /* GROUP_H */
