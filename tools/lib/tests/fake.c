// SPDX-License-Identifier: GPL-2.0-only
/* A fake file tree that the library takes for the root. */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../internal.h"
#include "fake.h"

int fake_init(struct fake *fake)
{
	snprintf(fake->root, sizeof(fake->root), "/tmp/tagsched-test-XXXXXX");
	if (!mkdtemp(fake->root))
		return -1;
	ts_set_root(fake->root);
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void fake_destroy(struct fake *fake)
{
	ts_set_root("");
	nftw(fake->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static int make_dirs(char *path)
{
	char *p;

	for (p = strchr(path + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = '\0';
		if (mkdir(path, 0755) && errno != EEXIST)
			return -1;
		*p = '/';
	}
	return 0;
}

int fake_dir(const struct fake *fake, const char *path)
{
	char full[PATH_MAX];

	snprintf(full, sizeof(full), "%s%s/", fake->root, path);
	return make_dirs(full);
}

int fake_file(const struct fake *fake, const char *path, const char *text)
{
	char full[PATH_MAX];
	FILE *f;

	snprintf(full, sizeof(full), "%s%s", fake->root, path);
	if (make_dirs(full))
		return -1;
	f = fopen(full, "w");
	if (!f)
		return -1;
	fputs(text, f);
	return fclose(f);
}

const char *fake_text(const struct fake *fake, const char *path)
{
	static char text[1024];
	char full[PATH_MAX];
	size_t len = 0;
	FILE *f;

	snprintf(full, sizeof(full), "%s%s", fake->root, path);
	f = fopen(full, "r");
	if (f) {
		len = fread(text, 1, sizeof(text) - 1, f);
		fclose(f);
	}
	text[len] = '\0';
	return text;
}

int fake_cgroup2(const struct fake *fake)
{
	if (fake_file(fake, "/proc/self/mountinfo",
		      "29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw\n"))
		return -1;
	return fake_file(fake, "/sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory\n");
}

int fake_group(const struct fake *fake, const char *name, const char *tag)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/fs/cgroup/%s/cgroup.controllers", name);
	if (fake_file(fake, path, "cpu memory\n"))
		return -1;
	snprintf(path, sizeof(path), "/sys/fs/cgroup/%s/cpu.tag", name);
	return fake_file(fake, path, tag);
}
