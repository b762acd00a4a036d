// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Directories and names of pins in a BPF file system. */
#include <bpf/bpf.h>
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "bpf_abi.h"
#include "internal.h"

#define BPF_FS_MAGIC	0xcafe4a11

int ts_pin_check_name(const char *name)
{
	const char *p;

	for (p = name; *p; p++) {
		if (!isalnum((unsigned char)*p) && *p != '_' && *p != '-')
			break;
	}
	if (!*name || *p || p - name >= TAGSCHED_NAME_LEN)
		return ts_err(-EINVAL,
			      "'%s': not a name for a policy; give up to %d letters, digits, '_' and '-'",
			      name, TAGSCHED_NAME_LEN - 1);
	return 0;
}

static int check_bpffs(const char *dir)
{
	struct statfs fs;

	if (statfs(dir, &fs))
		return ts_err(-errno, "%s: %s", dir, strerror(errno));
	if ((unsigned int)fs.f_type != BPF_FS_MAGIC)
		return ts_err(-EPERM,
			      "%s: not in a BPF file system; mount -t bpf bpffs /sys/fs/bpf, or give another directory",
			      dir);
	return 0;
}

/* Cuts the last name off a path. */
static int parent(const char *dir, char *path)
{
	char *slash;

	if (ts_format(path, PATH_MAX, "%s", dir))
		return ts_err(-ENAMETOOLONG, "%s: too long a name", dir);
	slash = strrchr(path, '/');
	if (!slash || slash == path)
		return ts_err(-EINVAL, "%s: not a directory of a BPF file system; give an absolute path",
			      dir);
	*slash = '\0';
	return 0;
}

int ts_pin_check_dir(const char *dir)
{
	char path[PATH_MAX];
	struct stat st;
	int err;

	if (!stat(dir, &st))
		return check_bpffs(dir);
	if (errno != ENOENT)
		return ts_err(-errno, "%s: %s", dir, strerror(errno));
	err = parent(dir, path);
	return err ? err : ts_pin_check_dir(path);
}

/*
 * Makes @dir and what is missing above it, in a BPF file system only: nothing
 * is made in another. @made: @dir itself was made.
 */
int ts_pin_mkdir(const char *dir, bool *made)
{
	char path[PATH_MAX];
	struct stat st;
	int err;

	*made = false;
	err = ts_pin_check_dir(dir);
	if (err || !stat(dir, &st))
		return err;
	err = parent(dir, path);
	if (!err)
		err = ts_pin_mkdir(path, made);
	if (err)
		return err;
	*made = !mkdir(dir, 0700);
	if (!*made && errno != EEXIST)
		return ts_err(-errno, "%s: cannot make the directory: %s%s", dir, strerror(errno),
			      errno == EPERM ? "; BPF file systems refuse dots in names" : "");
	return 0;
}

/* ---- the directory of a policy ---- */

int ts_pin_path(const char *dir, const char *name, const char *file, char *path)
{
	if (ts_format(path, PATH_MAX, "%s/%s%s%s", dir ?: TAGSCHED_PIN_DIR, name, *file ? "/" : "",
		      file))
		return ts_err(-ENAMETOOLONG, "%s/%s: too long a name", dir, name);
	return 0;
}

int ts_pin_open(const char *path, struct ts_link_info *raw)
{
	int fd = bpf_obj_get(path), err;

	if (fd < 0)
		return fd;
	err = ts_read_link_info(fd, raw);
	if (!err)
		return fd;
	close(fd);
	return err;
}

/* Has another policy taken the place of the one that is pinned there. */
static bool is_replaced(const char *path)
{
	struct ts_link_info raw;
	int fd = ts_pin_open(path, &raw);

	if (fd < 0)
		return false;
	close(fd);
	return raw.exit.reason == TAGSCHED_EXIT_REPLACED;
}

/* Under the lock: a swap whose process died between the kernel's step and the pin's. */
static void finish_swap(const char *dir, const char *name)
{
	char pin[PATH_MAX], next[PATH_MAX];

	if (!ts_pin_path(dir, name, TS_PIN, pin) && !ts_pin_path(dir, name, TS_PIN_NEXT, next) &&
	    is_replaced(pin))
		rename(next, pin);
}

int ts_pin_lock(const char *dir, const char *name)
{
	char path[PATH_MAX];
	int fd, err;

	err = ts_pin_path(dir, name, "", path);
	if (err)
		return err;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return ts_err(-ENOENT, "%s: no policy '%s' is loaded; tag policy ls shows those that are",
			      path, name);
	if (fd < 0)
		return ts_err(-errno, "%s: cannot open: %s%s", path, strerror(errno),
			      errno == EACCES ? "; run it as root" : "");
	if (flock(fd, LOCK_EX)) {
		err = ts_err(-errno, "%s: cannot lock: %s", path, strerror(errno));
		close(fd);
		return err;
	}
	finish_swap(dir, name);
	return fd;
}
