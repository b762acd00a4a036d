// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Why a thread is scheduled as it is, from the kernel's /proc/PID/task/TID/sched_tag. */
#include <stdio.h>
#include <stdlib.h>

#include "internal.h"

#define FILE_NAME	"sched_tag"
#define MAX_DECISIONS	64	/* more than there are hooks */
#define MAX_TEXT	16384	/* room for that many lines */

struct report {
	struct tagsched_why_entry entry;
	struct tagsched_decision decisions[MAX_DECISIONS];
	char text[MAX_TEXT];
	char comm[64];
	char cgroup[PATH_MAX];
};

/* ---- lines "key: value" ---- */

/* Words of other keys, which a later kernel may have, are passed over. */
static void parse_word(struct tagsched_decision *d, char *word)
{
	char *value = strchr(word, '='), *comma;

	if (!value)
		return;
	*value++ = '\0';
	if (!strcmp(word, "link")) {
		d->link_id = strtoul(value, NULL, 10);
	} else if (!strcmp(word, "policy")) {
		d->policy = strcmp(value, "-") ? value : "";
	} else if (!strcmp(word, "generation")) {
		d->generation = strtoull(value, NULL, 10);
	} else if (!strcmp(word, "answer")) {
		d->answer = strtol(value, NULL, 10);
	} else if (!strcmp(word, "cpu")) {
		d->cpu = strtol(value, NULL, 10);
	} else if (!strcmp(word, "ago_ns")) {
		d->ago_ns = strtoull(value, NULL, 10);
	} else if (!strcmp(word, "in")) {
		d->in[0] = strtoll(value, &comma, 10);
		d->in[1] = *comma == ',' ? strtoll(comma + 1, NULL, 10) : 0;
	}
}

static void parse_decision(struct report *r, char *text)
{
	struct tagsched_decision *d = &r->decisions[r->entry.nr_decisions];
	char *save = NULL, *word = strtok_r(text, " ", &save);

	if (!word || r->entry.nr_decisions == MAX_DECISIONS)
		return;
	*d = (struct tagsched_decision){ .hook = word, .policy = "" };
	while ((word = strtok_r(NULL, " ", &save)))
		parse_word(d, word);
	r->entry.nr_decisions++;
}

static void parse_source(struct tagsched_why_entry *e, const char *text)
{
	if (!strcmp(text, "own")) {
		e->source = TAGSCHED_SOURCE_OWN;
	} else if (!strncmp(text, "group ", 6)) {
		e->source = TAGSCHED_SOURCE_GROUP;
		e->cgroup_id = strtoull(text + 6, NULL, 10);
	}
}

/* Keys that we do not know are passed over. Returns whether it has the tag. */
static bool parse(struct report *r)
{
	struct tagsched_why_entry *e = &r->entry;
	char *line, *value, *save = NULL;
	bool has_tag = false;

	e->sched_class = "";
	for (line = strtok_r(r->text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		value = strstr(line, ": ");
		if (!value)
			continue;
		*value = '\0';
		value += 2;
		if (!strcmp(line, "tag"))
			has_tag = !tagsched_tag__parse(value, &e->tag);
		else if (!strcmp(line, "source"))
			parse_source(e, value);
		else if (!strcmp(line, "class"))
			e->sched_class = value;
		else if (!strcmp(line, "decisions"))
			e->nr_decided = strtoull(value, NULL, 10);
		else if (!strcmp(line, "decision"))
			parse_decision(r, value);
	}
	return has_tag;
}

/* ---- the thread ---- */

static int explain(int err, pid_t tid, const char *path)
{
	char dir[TS_TASK_PATH_MAX];
	struct stat st;

	snprintf(dir, sizeof(dir), "/proc/%d", tid);
	if (err == -ENOENT && (!tid || !ts_stat(dir, &st)))
		return ts_err(-ENOTSUP,
			      "%s: no such file: the kernel keeps no record of scheduling decisions; boot one with CONFIG_BPF_SCHED",
			      path);
	if (err == -ENOENT || err == -ESRCH)
		return ts_err(-ESRCH, "%d: no such thread; it may have exited", tid);
	return ts_err(err, "%s: cannot read: %s%s", path, strerror(-err),
		      err == -EACCES || err == -EPERM ? "; run it as the owner or as root" : "");
}

/* Name, and directory of the group that has the tag: without them there is still the rest. */
static void add_names(struct report *r, pid_t tid)
{
	struct tagsched_why_entry *e = &r->entry;
	char path[TS_TASK_PATH_MAX], groups[PATH_MAX + 1024];
	int len = -ENOENT;

	if (!ts_thread_path(tid, "comm", path))
		len = ts_read(path, r->comm, sizeof(r->comm));
	r->comm[len < 0 ? 0 : strcspn(r->comm, "\n")] = '\0';
	if (!e->cgroup_id)
		return;
	if (ts_thread_path(tid, "cgroup", path) || ts_read(path, groups, sizeof(groups)) < 0)
		groups[0] = '\0';
	if (tagsched_cgroup__by_id(e->cgroup_id, ts_cpu_group(groups), r->cgroup,
				   sizeof(r->cgroup)))
		r->cgroup[0] = '\0';
}

static int read_report(struct report *r, pid_t tid)
{
	char path[TS_TASK_PATH_MAX];
	int len;

	len = ts_thread_path(tid, FILE_NAME, path);
	if (len)
		return len;
	len = ts_read(path, r->text, sizeof(r->text));
	if (len < 0)
		return explain(len, tid, path);
	r->entry.tid = tid;
	r->entry.comm = r->comm;
	r->entry.cgroup = r->cgroup;
	r->entry.decisions = r->decisions;
	if (!parse(r))
		return ts_err(-EBADMSG, "%s: does not contain a tag; is it the kernel's file?", path);
	add_names(r, tid);
	return 0;
}

int tagsched_thread__why(pid_t tid, int (*fn)(const struct tagsched_why_entry *e, void *arg),
			 void *arg)
{
	struct report *r;
	int ret;

	r = calloc(1, sizeof(*r));
	if (!r)
		return ts_err(-ENOMEM, "%d: out of memory", tid);
	r->entry.sz = sizeof(r->entry);
	ret = read_report(r, tid);
	if (!ret)
		ret = fn(&r->entry, arg);
	free(r);
	return ret;
}
