// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Where the cpu controller is mounted, from /proc/self/mountinfo. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "internal.h"

/*
 * A line (proc(5)): id parent major:minor root mountpoint options [tag...] -
 * fstype source superoptions. Space, tab, newline and backslash inside a field
 * are written as a backslash and three octal digits.
 */
struct mount_line {
	char *root;
	char *path;
	char *fstype;
	char *super;
};

static void unescape(char *s)
{
	char *out = s;

	while (*s) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' &&
		    s[3] >= '0' && s[3] <= '7') {
			*out++ = (s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0');
			s += 4;
		} else {
			*out++ = *s++;
		}
	}
	*out = '\0';
}

static bool split(char *line, struct mount_line *m)
{
	char *save = NULL, *field;
	int i;

	for (i = 0; i < 6; i++) {
		field = strtok_r(i ? NULL : line, " ", &save);
		if (!field)
			return false;
		if (i == 3)
			m->root = field;
		else if (i == 4)
			m->path = field;
	}
	do {
		field = strtok_r(NULL, " ", &save);
		if (!field)
			return false;
	} while (strcmp(field, "-"));

	m->fstype = strtok_r(NULL, " ", &save);
	field = strtok_r(NULL, " ", &save);
	m->super = strtok_r(NULL, " ", &save);
	if (!m->fstype || !field || !m->super)
		return false;
	unescape(m->root);
	unescape(m->path);
	return true;
}

bool ts_list_has(const char *list, const char *word)
{
	size_t len = strlen(word);
	const char *p = list;

	while ((p = strstr(p, word))) {
		if ((p == list || p[-1] == ',' || p[-1] == ' ') &&
		    (!p[len] || p[len] == ',' || p[len] == ' ' || p[len] == '\n'))
			return true;
		p += len;
	}
	return false;
}

/*
 * A controller lives in one hierarchy only: if a v1 hierarchy has cpu, cgroup2
 * has not. Of several mounts of one hierarchy the first that shows its root
 * wins over bind mounts of parts of it.
 */
static int rank(const struct mount_line *m, int *version)
{
	int score;

	if (!strcmp(m->fstype, "cgroup") && ts_list_has(m->super, "cpu")) {
		*version = 1;
		score = 4;
	} else if (!strcmp(m->fstype, "cgroup2")) {
		*version = 2;
		score = 2;
	} else {
		return 0;
	}
	return score + !strcmp(m->root, "/");
}

int ts_mountinfo_find_cpu(char *text, struct ts_mount *mnt)
{
	char *line, *save = NULL;
	int best = 0;

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		struct mount_line m = { 0 };
		int score, version;

		if (!split(line, &m))
			continue;
		score = rank(&m, &version);
		if (score <= best || ts_format(mnt->path, sizeof(mnt->path), "%s", m.path))
			continue;
		mnt->version = version;
		best = score;
	}
	return best ? 0 : -ENOENT;
}

static char *read_all(const char *path)
{
	size_t size = 0, used = 0;
	char *buf = NULL, *bigger;
	ssize_t len;
	int fd;

	fd = ts_open(path, O_RDONLY);
	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
	do {
		if (size - used < 4096) {
			size += 16384;
			bigger = realloc(buf, size);
			if (!bigger)
				goto fail;
			buf = bigger;
		}
		len = read(fd, buf + used, size - used - 1);
		if (len < 0 && errno != EINTR)
			goto fail;
		if (len > 0)
			used += len;
	} while (len);
	close(fd);
	buf[used] = '\0';
	return buf;
fail:
	free(buf);
	close(fd);
	return NULL;
}

int ts_find_cpu_mount(struct ts_mount *mnt)
{
	char *text;
	int err;

	text = read_all("/proc/self/mountinfo");
	if (!text)
		return ts_err(-errno, "/proc/self/mountinfo: cannot read: %s; is /proc mounted?",
			      strerror(errno));
	err = ts_mountinfo_find_cpu(text, mnt);
	free(text);
	if (err)
		return ts_err(err,
			      "no cgroup mount with the cpu controller; mount -t cgroup2 none /sys/fs/cgroup");
	return 0;
}

int tagsched_cgroup__mount(char *buf, size_t size)
{
	struct ts_mount mnt;
	int err;

	err = ts_find_cpu_mount(&mnt);
	if (err)
		return err;
	if (ts_format(buf, size, "%s", mnt.path))
		return ts_err(-ENAMETOOLONG, "%s: longer than the buffer of %zu bytes", mnt.path,
			      size);
	return mnt.version;
}
