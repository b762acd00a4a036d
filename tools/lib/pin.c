// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Directories and names of pins in a BPF file system. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "internal.h"

#define BPF_FS_MAGIC	0xcafe4a11

int ts_pin_check_name(const char *name)
{
	const char *p;

	for (p = name; *p; p++) {
		if (!isalnum((unsigned char)*p) && *p != '_' && *p != '-')
			break;
	}
	if (!*name || *p || p - name > 63)
		return ts_err(-EINVAL,
			      "'%s': not a name for a policy; give up to 63 letters, digits, '_' and '-'",
			      name);
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

int tagsched_policy__unload(const char *dir, const char *name)
{
	char path[PATH_MAX], pin[PATH_MAX];
	struct dirent **list;
	int nr, i, err, removed = 0;

	err = ts_pin_check_name(name);
	if (err)
		return err;
	if (ts_format(path, sizeof(path), "%s/%s", dir ?: TAGSCHED_PIN_DIR, name))
		return ts_err(-ENAMETOOLONG, "%s: too long a name", name);
	nr = scandir(path, &list, NULL, alphasort);
	if (nr < 0 && errno == ENOENT)
		return ts_err(-ENOENT, "%s: no policy '%s' is loaded; tag policy ls shows those that are",
			      path, name);
	if (nr < 0)
		return ts_err(-errno, "%s: cannot read: %s%s", path, strerror(errno),
			      errno == EACCES ? "; run it as root" : "");
	for (i = 0; i < nr; i++) {
		if (list[i]->d_name[0] != '.' && !err &&
		    !ts_format(pin, sizeof(pin), "%s/%s", path, list[i]->d_name)) {
			if (unlink(pin))
				err = ts_err(-errno, "%s: cannot remove: %s", pin, strerror(errno));
			else
				removed++;
		}
		free(list[i]);
	}
	free(list);
	if (!err && rmdir(path))
		err = ts_err(-errno, "%s: cannot remove: %s", path, strerror(errno));
	return err ? err : removed;
}
