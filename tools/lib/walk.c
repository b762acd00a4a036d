// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Visiting all control groups and all threads. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "internal.h"

static void free_list(struct dirent **list, int nr)
{
	while (nr-- > 0)
		free(list[nr]);
	free(list);
}

/* ---- control groups ---- */

typedef int (*cgroup_fn)(const struct tagsched_cgroup_entry *e, void *arg);

struct cgroup_walk {
	cgroup_fn fn;
	void *arg;
	size_t root_len;	/* of the first directory's path */
};

static bool is_subdir(const char *dir, const struct dirent *d)
{
	char path[PATH_MAX];
	struct stat st;

	if (d->d_name[0] == '.')
		return false;
	if (d->d_type != DT_UNKNOWN)
		return d->d_type == DT_DIR;
	return !ts_format(path, sizeof(path), "%s/%s", dir, d->d_name) && !ts_stat(path, &st) &&
	       S_ISDIR(st.st_mode);
}

static int visit(struct cgroup_walk *w, const char *dir, __s64 tag, __s64 parent_tag);

static int visit_children(struct cgroup_walk *w, const char *dir, __s64 tag)
{
	char path[PATH_MAX], file[PATH_MAX];
	struct dirent **list;
	int nr, i, err = 0;
	__s64 child_tag;

	nr = ts_scandir(dir, &list);
	if (nr < 0)
		return 0; /* gone meanwhile, or not ours to see */
	for (i = 0; i < nr && !err; i++) {
		if (!is_subdir(dir, list[i]) ||
		    ts_format(path, sizeof(path), "%s/%s", dir, list[i]->d_name) ||
		    ts_format(file, sizeof(file), "%s/cpu.tag", path) ||
		    ts_tagfile_read(file, &child_tag))
			continue;
		err = visit(w, path, child_tag, tag);
	}
	free_list(list, nr);
	return err;
}

static int visit(struct cgroup_walk *w, const char *dir, __s64 tag, __s64 parent_tag)
{
	struct tagsched_cgroup_entry e = {
		.sz = sizeof(e),
		.path = dir,
		.name = dir + w->root_len,
		.tag = tag,
		.parent_tag = parent_tag,
	};
	int err;

	if (*e.name == '/')
		e.name++;
	err = w->fn(&e, w->arg);
	return err ? err : visit_children(w, dir, tag);
}

int tagsched_cgroup__walk(const char *cgroup, cgroup_fn fn, void *arg)
{
	struct cgroup_walk w = { .fn = fn, .arg = arg };
	char dir[PATH_MAX], file[PATH_MAX];
	__s64 tag, parent_tag = 0;
	int err;

	err = tagsched_cgroup__get_tag(cgroup ?: "/", &tag);
	if (err)
		return err;
	err = tagsched_cgroup__resolve(cgroup ?: "/", dir, sizeof(dir));
	if (err)
		return err;
	/* Above the root of the hierarchy there is no such file. */
	if (!ts_format(file, sizeof(file), "%s/../cpu.tag", dir) &&
	    ts_tagfile_read(file, &parent_tag))
		parent_tag = 0;
	w.root_len = strlen(dir);
	return visit(&w, dir, tag, parent_tag);
}

/* ---- threads ---- */

typedef int (*task_fn)(const struct tagsched_task_entry *e, void *arg);

static pid_t numeric(const char *name)
{
	long id;
	char *end;

	if (!isdigit((unsigned char)*name))
		return -1;
	id = strtol(name, &end, 10);
	return *end || id <= 0 || id > INT_MAX ? -1 : id;
}

/* Lines ID:CONTROLLERS:PATH. */
const char *ts_cpu_group(char *text)
{
	const char *found = "";
	char *line, *save = NULL;

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *list = strchr(line, ':');
		char *path = list ? strchr(list + 1, ':') : NULL;

		if (!path)
			continue;
		*path++ = '\0';
		list++;
		if (ts_list_has(list, "cpu"))
			return path;
		if (!*list)
			found = path;
	}
	return found;
}

static int visit_thread(pid_t pid, pid_t tid, task_fn fn, void *arg)
{
	char path[96], comm[64], groups[PATH_MAX + 1024];
	struct tagsched_task_entry e = {
		.sz = sizeof(e),
		.pid = pid,
		.tid = tid,
		.comm = comm,
	};
	int len;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/tag", pid, tid);
	if (ts_tagfile_read(path, &e.tag))
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/comm", pid, tid);
	len = ts_read(path, comm, sizeof(comm));
	if (len < 0)
		return 0;
	if (len && comm[len - 1] == '\n')
		comm[len - 1] = '\0';
	snprintf(path, sizeof(path), "/proc/%d/task/%d/cgroup", pid, tid);
	if (ts_read(path, groups, sizeof(groups)) < 0)
		groups[0] = '\0';
	e.cgroup = ts_cpu_group(groups);
	return fn(&e, arg);
}

static int visit_threads(pid_t pid, task_fn fn, void *arg)
{
	struct dirent **list;
	char path[64];
	int nr, i, err = 0;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	nr = ts_scandir(path, &list);
	if (nr < 0)
		return 0;
	for (i = 0; i < nr && !err; i++) {
		pid_t tid = numeric(list[i]->d_name);

		if (tid > 0)
			err = visit_thread(pid, tid, fn, arg);
	}
	free_list(list, nr);
	return err;
}

static int by_number(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return (x > y) - (x < y);
}

int ts_process_walk(int (*fn)(pid_t pid, void *arg), void *arg)
{
	struct dirent **list;
	int nr, i, err = 0, nr_pids = 0;
	pid_t *pids;

	nr = ts_scandir("/proc", &list);
	if (nr < 0)
		return ts_err(nr, "/proc: cannot read: %s", strerror(-nr));
	pids = calloc(nr, sizeof(*pids));
	if (!pids) {
		free_list(list, nr);
		return ts_err(-ENOMEM, "/proc: out of memory");
	}
	for (i = 0; i < nr; i++) {
		pid_t pid = numeric(list[i]->d_name);

		if (pid > 0)
			pids[nr_pids++] = pid;
	}
	free_list(list, nr);
	qsort(pids, nr_pids, sizeof(*pids), by_number);
	for (i = 0; i < nr_pids && !err; i++)
		err = fn(pids[i], arg);
	free(pids);
	return err;
}

struct task_walk {
	task_fn fn;
	void *arg;
};

static int visit_process(pid_t pid, void *arg)
{
	const struct task_walk *w = arg;

	return visit_threads(pid, w->fn, w->arg);
}

int tagsched_task__walk(task_fn fn, void *arg)
{
	struct task_walk w = { .fn = fn, .arg = arg };

	return tagsched_kernel__check(TAGSCHED_FEAT_TAG) ?: ts_process_walk(visit_process, &w);
}
