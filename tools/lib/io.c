// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Opening and reading files, below a root that unit tests move to a fake tree. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "internal.h"

static char root[PATH_MAX];

void ts_set_root(const char *path)
{
	snprintf(root, sizeof(root), "%s", path);
}

int ts_format(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	if (len < 0 || (size_t)len >= size)
		return -ENAMETOOLONG;
	return 0;
}

static int below_root(const char *path, char *buf)
{
	return ts_format(buf, PATH_MAX, "%s%s", root, path);
}

int ts_open(const char *path, int flags)
{
	char full[PATH_MAX];
	int fd;

	if (below_root(path, full))
		return -ENAMETOOLONG;
	fd = open(full, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int ts_stat(const char *path, struct stat *st)
{
	char full[PATH_MAX];

	if (below_root(path, full))
		return -ENAMETOOLONG;
	return stat(full, st) ? -errno : 0;
}

int ts_scandir(const char *path, struct dirent ***list)
{
	char full[PATH_MAX];
	int nr;

	if (below_root(path, full))
		return -ENAMETOOLONG;
	nr = scandir(full, list, NULL, alphasort);
	return nr < 0 ? -errno : nr;
}

/* Closes @fd. */
static int read_fd(int fd, char *buf, size_t size)
{
	size_t used = 0;
	ssize_t len;

	while (used < size - 1) {
		len = read(fd, buf + used, size - 1 - used);
		if (len < 0) {
			int err = -errno;

			if (err == -EINTR)
				continue;
			close(fd);
			return err;
		}
		if (!len)
			break;
		used += len;
	}
	close(fd);
	buf[used] = '\0';
	return used;
}

int ts_read(const char *path, char *buf, size_t size)
{
	int fd = ts_open(path, O_RDONLY);

	return fd < 0 ? fd : read_fd(fd, buf, size);
}

int ts_read_at(int dir, const char *name, char *buf, size_t size)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : read_fd(fd, buf, size);
}
