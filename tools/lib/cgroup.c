// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Tags of control groups. */
#include <stdio.h>

#include "internal.h"

static bool is_dir(const char *path)
{
	struct stat st;

	return !ts_stat(path, &st) && S_ISDIR(st.st_mode);
}

/* In place: "/a//b/../c/." stays as it is, but "/a/b/" loses its last slash. */
static void trim(char *path)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		path[--len] = '\0';
}

int tagsched_cgroup__resolve(const char *cgroup, char *buf, size_t size)
{
	struct ts_mount mnt;
	int err;

	if (!*cgroup)
		return ts_err(-ENOENT, "'': no name of a control group; \"/\" or \".\" is the root");

	/* "/" alone is the root group, as in /proc/PID/cgroup, not the root directory. */
	if (cgroup[0] == '/' && strcmp(cgroup, "/") && is_dir(cgroup)) {
		if (ts_format(buf, size, "%s", cgroup))
			goto too_long;
		trim(buf);
		return 0;
	}

	err = ts_find_cpu_mount(&mnt);
	if (err)
		return err;
	while (*cgroup == '/')
		cgroup++;
	if (!strcmp(cgroup, ".") || !*cgroup)
		err = ts_format(buf, size, "%s", mnt.path);
	else
		err = ts_format(buf, size, "%s/%s", mnt.path, cgroup);
	if (err)
		goto too_long;
	trim(buf);
	if (!is_dir(buf))
		return ts_err(-ENOENT, "%s: no such control group; mkdir %s", buf, buf);
	return 0;

too_long:
	return ts_err(-ENAMETOOLONG, "%s: name of a control group is too long", cgroup);
}

/* ---- by id ---- */

struct by_id {
	__u64 id;
	char *buf;
	size_t size;
};

static bool has_id(const char *path, __u64 id)
{
	struct stat st;

	return !ts_stat(path, &st) && st.st_ino == id;
}

/* Looks at a group and at those above it. 0 or -ENOENT. */
static int look_above(__u64 id, const char *cgroup, char *buf, size_t size)
{
	struct ts_mount mnt;
	size_t root;

	if (ts_find_cpu_mount(&mnt) || tagsched_cgroup__resolve(cgroup, buf, size))
		return -ENOENT;
	root = strlen(mnt.path);
	while (!has_id(buf, id)) {
		if (strncmp(buf, mnt.path, root) || strlen(buf) <= root)
			return -ENOENT;
		*strrchr(buf, '/') = '\0';
	}
	return 0;
}

/* 1: found. */
static int is_it(const struct tagsched_cgroup_entry *e, void *arg)
{
	const struct by_id *want = arg;

	if (!has_id(e->path, want->id))
		return 0;
	return ts_format(want->buf, want->size, "%s", e->path) ?: 1;
}

int tagsched_cgroup__by_id(__u64 id, const char *cgroup, char *buf, size_t size)
{
	struct by_id want = { .id = id, .buf = buf, .size = size };
	int ret;

	if (cgroup && *cgroup && !look_above(id, cgroup, buf, size))
		return 0;
	ret = tagsched_cgroup__walk(NULL, is_it, &want);
	if (ret == 1)
		return 0;
	if (ret == -ENAMETOOLONG)
		return ts_err(ret, "control group %llu: longer than the buffer of %zu bytes",
			      (unsigned long long)id, size);
	return ts_err(-ENOENT, "control group %llu: no such group, or not to be seen from here",
		      (unsigned long long)id);
}

/* Why a directory has no file cpu.tag. */
static int explain_missing(const char *dir)
{
	char path[PATH_MAX], text[512];
	struct stat st;

	/* v2: the file lists the controllers that the group has. */
	if (!ts_format(path, sizeof(path), "%s/cgroup.controllers", dir) &&
	    ts_read(path, text, sizeof(text)) >= 0) {
		if (ts_list_has(text, "cpu"))
			goto no_tags;
		return ts_err(-ENOTSUP,
			      "%s: the cpu controller is not enabled here; echo +cpu > %.*s/cgroup.subtree_control",
			      dir, (int)(strrchr(dir, '/') - dir), dir);
	}
	/* v1: the controller's own files. */
	if (!ts_format(path, sizeof(path), "%s/cpu.shares", dir) && !ts_stat(path, &st))
		goto no_tags;
	if (!ts_format(path, sizeof(path), "%s/cgroup.procs", dir) && !ts_stat(path, &st)) {
		char proc_tag[] = "/proc/self/tag";

		/* The root of a v1 cpu hierarchy has neither file on all kernels. */
		if (ts_stat(proc_tag, &st))
			goto no_tags;
		return ts_err(-ENOTSUP,
			      "%s: not a group of the cpu controller; give one below its mount",
			      dir);
	}
	return ts_err(-ENOTSUP, "%s: not a control group; give a directory of the cpu controller",
		      dir);
no_tags:
	return ts_err(-ENOTSUP,
		      "%s/cpu.tag: no such file: the kernel has no scheduling tags; boot one with CONFIG_SCHED_TAG",
		      dir);
}

static int tag_path(const char *cgroup, char *dir, char *path)
{
	int err;

	err = tagsched_cgroup__resolve(cgroup, dir, PATH_MAX);
	if (err)
		return err;
	if (ts_format(path, PATH_MAX, "%s/cpu.tag", dir))
		return ts_err(-ENAMETOOLONG, "%s: name of a control group is too long", dir);
	return 0;
}

static bool is_root_group(const char *dir)
{
	struct ts_mount mnt;
	struct stat a, b;

	return !ts_find_cpu_mount(&mnt) && !ts_stat(dir, &a) && !ts_stat(mnt.path, &b) &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static int set_tag(const char *cgroup, const __s64 *tag)
{
	char dir[PATH_MAX], path[PATH_MAX];
	int err;

	err = tag_path(cgroup, dir, path);
	if (err)
		return err;
	err = ts_tagfile_write(path, tag);
	if (!err)
		return 0;
	if (err == -ENOENT)
		return explain_missing(dir);
	if (err == -EINVAL && is_root_group(dir))
		return ts_err(err, "%s: the root group's tag is always 0; tag a group below it",
			      path);
	return ts_tagfile_err(err, path, true);
}

int tagsched_cgroup__get_tag(const char *cgroup, __s64 *tag)
{
	char dir[PATH_MAX], path[PATH_MAX];
	int err;

	err = tag_path(cgroup, dir, path);
	if (err)
		return err;
	err = ts_tagfile_read(path, tag);
	if (err == -ENOENT)
		return explain_missing(dir);
	return err ? ts_tagfile_err(err, path, false) : 0;
}

int tagsched_cgroup__set_tag(const char *cgroup, __s64 tag)
{
	return set_tag(cgroup, &tag);
}

int tagsched_cgroup__clear_tag(const char *cgroup)
{
	return set_tag(cgroup, NULL);
}
