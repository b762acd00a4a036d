// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Tags of processes and threads. */
#include <stdio.h>

#include "internal.h"

enum task_kind { PROCESS, THREAD };

int ts_thread_path(pid_t tid, const char *file, char *buf)
{
	if (tid < 0)
		return ts_err(-EINVAL, "%d: not a thread id; ids are positive", tid);
	if (!tid)
		return ts_format(buf, TS_TASK_PATH_MAX, "/proc/thread-self/%s", file);
	/* /proc resolves the id of any thread, though it lists leaders only. */
	return ts_format(buf, TS_TASK_PATH_MAX, "/proc/%d/task/%d/%s", tid, tid, file);
}

static int tag_path(enum task_kind kind, pid_t id, char *buf)
{
	if (kind == THREAD)
		return ts_thread_path(id, "tag", buf);
	if (id < 0)
		return ts_err(-EINVAL, "%d: not a process id; ids are positive", id);
	if (!id)
		return ts_format(buf, TS_TASK_PATH_MAX, "/proc/self/tag");
	return ts_format(buf, TS_TASK_PATH_MAX, "/proc/%d/tag", id);
}

static int explain(int err, enum task_kind kind, pid_t id, const char *path, bool write)
{
	char dir[TS_TASK_PATH_MAX];
	struct stat st;

	if (err == -ENOENT) {
		snprintf(dir, sizeof(dir), "/proc/%d", id);
		if (!id || !ts_stat(dir, &st))
			return ts_err(-ENOTSUP,
				      "%s: no such file: the kernel has no scheduling tags; boot one with CONFIG_SCHED_TAG",
				      path);
		err = -ESRCH;
	}
	if (err == -ESRCH)
		return ts_err(err, "%d: no such %s; it may have exited", id,
			      kind == PROCESS ? "process" : "thread");
	return ts_tagfile_err(err, path, write);
}

static int get_tag(enum task_kind kind, pid_t id, __s64 *tag)
{
	char path[TS_TASK_PATH_MAX];
	int err;

	err = tag_path(kind, id, path);
	if (err)
		return err;
	err = ts_tagfile_read(path, tag);
	return err ? explain(err, kind, id, path, false) : 0;
}

static int set_tag(enum task_kind kind, pid_t id, const __s64 *tag)
{
	char path[TS_TASK_PATH_MAX];
	int err;

	err = tag_path(kind, id, path);
	if (err)
		return err;
	err = ts_tagfile_write(path, tag);
	return err ? explain(err, kind, id, path, true) : 0;
}

int tagsched_process__get_tag(pid_t pid, __s64 *tag)
{
	return get_tag(PROCESS, pid, tag);
}

int tagsched_process__set_tag(pid_t pid, __s64 tag)
{
	return set_tag(PROCESS, pid, &tag);
}

int tagsched_process__clear_tag(pid_t pid)
{
	return set_tag(PROCESS, pid, NULL);
}

int tagsched_thread__get_tag(pid_t tid, __s64 *tag)
{
	return get_tag(THREAD, tid, tag);
}

int tagsched_thread__set_tag(pid_t tid, __s64 tag)
{
	return set_tag(THREAD, tid, &tag);
}

int tagsched_thread__clear_tag(pid_t tid)
{
	return set_tag(THREAD, tid, NULL);
}
