// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* The text of tags: parsing, and reading and writing tag files. */
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "internal.h"

_Static_assert(sizeof(long long) == sizeof(__s64), "strtoll reads an s64");

static int parse(const char *text, __s64 *tag)
{
	long long value;
	char *end;
	int saved = errno, err = 0;

	errno = 0;
	value = strtoll(text, &end, 0);
	if (end == text)
		err = -EINVAL;
	else if (errno)
		err = -errno;
	errno = saved;
	while (isspace((unsigned char)*end))
		end++;
	/* Junk is junk even where the number before it is too large. */
	if (*end)
		err = -EINVAL;
	if (!err)
		*tag = value;
	return err;
}

int tagsched_tag__parse(const char *text, __s64 *tag)
{
	int err = parse(text, tag);

	if (err == -ERANGE)
		return ts_err(err,
			      "%s: out of range; a tag is a 64-bit signed integer, %lld to %lld",
			      text, LLONG_MIN, LLONG_MAX);
	if (err)
		return ts_err(err, "'%s': not a tag; give an integer, such as 2, -1 or 0x10", text);
	return 0;
}

int ts_tagfile_read(const char *path, __s64 *tag)
{
	char buf[64];
	int ret;

	ret = ts_read(path, buf, sizeof(buf));
	if (ret < 0)
		return ret;
	return parse(buf, tag) ? -EBADMSG : 0;
}

int ts_tagfile_read_at(int dir, const char *name, __s64 *tag)
{
	char buf[64];
	int ret;

	ret = ts_read_at(dir, name, buf, sizeof(buf));
	if (ret < 0)
		return ret;
	return parse(buf, tag) ? -EBADMSG : 0;
}

/* Closes @fd. */
static int write_fd(int fd, const __s64 *tag)
{
	char buf[64];
	int len, err = 0;

	if (tag)
		len = snprintf(buf, sizeof(buf), "%lld\n", (long long)*tag);
	else
		len = snprintf(buf, sizeof(buf), "default\n");

	/* One write: the kernel takes a tag whole or not at all. */
	if (write(fd, buf, len) < 0)
		err = -errno;
	close(fd);
	return err;
}

int ts_tagfile_write(const char *path, const __s64 *tag)
{
	int fd = ts_open(path, O_WRONLY);

	return fd < 0 ? fd : write_fd(fd, tag);
}

int ts_tagfile_write_at(int dir, const char *name, const __s64 *tag)
{
	int fd = openat(dir, name, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -errno : write_fd(fd, tag);
}

int ts_tagfile_err(int err, const char *path, bool write)
{
	switch (err) {
	case -EPERM:
		return ts_err(err,
			      "%s: not permitted; setting a tag needs CAP_SYS_NICE in the initial user namespace, so run it as root",
			      path);
	case -EACCES:
		return ts_err(err, "%s: permission denied by the file's mode; %s", path,
			      write ? "run it as root" : "run it as the owner or as root");
	case -EROFS:
		return ts_err(err, "%s: the file system is mounted read-only; remount it read-write",
			      path);
	case -EBADMSG:
		return ts_err(err, "%s: does not contain a tag; is it the kernel's file?", path);
	default:
		return ts_err(err, "%s: cannot %s the tag: %s", path, write ? "write" : "read",
			      strerror(-err));
	}
}
