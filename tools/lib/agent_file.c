// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Files of ghostfs, relative to an open directory. */
#include <fcntl.h>
#include <unistd.h>

#include "agent_internal.h"

int ts_file_read(int dir_fd, const char *file, char *buf, size_t size)
{
	ssize_t len;
	int fd, err;

	fd = openat(dir_fd, file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	do
		len = read(fd, buf, size - 1);
	while (len < 0 && errno == EINTR);
	err = len < 0 ? -errno : 0;
	close(fd);
	if (err)
		return err;
	while (len && buf[len - 1] == '\n')
		len--;
	buf[len] = '\0';
	return len;
}

/* One write is one command or value; zero bytes are a value too. */
int ts_file_write(int dir_fd, const char *file, const char *text)
{
	ssize_t len;
	int fd, err;

	fd = openat(dir_fd, file, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	do
		len = write(fd, text, strlen(text));
	while (len < 0 && errno == EINTR);
	err = len < 0 ? -errno : 0;
	close(fd);
	return err;
}
