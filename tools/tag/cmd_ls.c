// SPDX-License-Identifier: GPL-2.0-only
/* tag ls: tagged control groups and tasks. */
#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tag.h"

struct group {
	char *name;	/* "/", "/online" */
	__s64 tag;
};

struct listing {
	/* what is asked for */
	bool groups;
	bool tasks;
	bool threads;	/* each thread, not only those that differ from their leader */
	bool own;	/* only tags that differ from what the group above says */
	bool by_tag;	/* only @tag; else all but 0 */
	__s64 tag;
	/* all groups seen, to know what a task would inherit */
	struct group *seen;
	size_t nr_seen;
	/* leader of the process that is being listed */
	pid_t leader;
	__s64 leader_tag;
	/* output */
	cJSON *group_array;
	cJSON *task_array;
	bool headed;	/* the table's head is printed */
	bool separate;	/* another table is above */
};

enum { OPT_TAG = 256 };

static const struct argp_option options[] = {
	{ "groups", 'g', NULL, 0, "List control groups only", 1 },
	{ "tasks", 'p', NULL, 0, "List tasks only", 1 },
	{ "threads", 'a', NULL, 0,
	  "List each thread; default is one line a process, and its threads of another tag", 1 },
	{ "own", 'o', NULL, 0,
	  "List only what differs from the group above, and so has a tag of its own for sure", 1 },
	{ "tag", OPT_TAG, "VALUE", 0, "List this tag only; 0 is what is untagged", 1 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct listing *l = state->input;

	switch (key) {
	case 'g':
		l->groups = true;
		return 0;
	case 'p':
		l->tasks = true;
		return 0;
	case 'a':
		l->threads = true;
		return 0;
	case 'o':
		l->own = true;
		return 0;
	case OPT_TAG:
		l->by_tag = true;
		if (tagsched_tag__parse(arg, &l->tag))
			argp_error(state, "%s", tagsched_last_error());
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s': takes no operand; tag get prints single tags", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static bool wanted(const struct listing *l, __s64 tag, bool own)
{
	if (l->own && !own)
		return false;
	return l->by_tag ? tag == l->tag : tag != 0;
}

static int remember(struct listing *l, const char *name, __s64 tag)
{
	struct group *seen;

	seen = reallocarray(l->seen, l->nr_seen + 1, sizeof(*seen));
	if (!seen)
		return -ENOMEM;
	l->seen = seen;
	if (asprintf(&seen[l->nr_seen].name, "/%s", name) < 0)
		return -ENOMEM;
	seen[l->nr_seen++].tag = tag;
	return 0;
}

/*
 * Tag of a task's group, or of the nearest group above it that has tags: on v2
 * the cpu controller may end above. Groups come in the order of the walk, but
 * a longer name that fits is always the nearer group.
 */
static __s64 inherited(const struct listing *l, const char *cgroup)
{
	size_t i, best = 0;
	__s64 tag = 0;

	for (i = 0; i < l->nr_seen; i++) {
		size_t len = strlen(l->seen[i].name);

		if (len > best && !strncmp(l->seen[i].name, cgroup, len) &&
		    (len == 1 || !cgroup[len] || cgroup[len] == '/')) {
			best = len;
			tag = l->seen[i].tag;
		}
	}
	return tag;
}

static void print_group(struct listing *l, const char *name, __s64 tag, bool own)
{
	if (settings.json) {
		cJSON *item = cJSON_CreateObject();

		cJSON_AddStringToObject(item, "cgroup", name);
		json_add_s64(item, "tag", tag);
		cJSON_AddBoolToObject(item, "differs", own);
		cJSON_AddItemToArray(l->group_array, item);
		return;
	}
	if (!l->headed)
		printf("%20s  %s\n", "TAG", "GROUP");
	l->headed = true;
	printf("%20lld  %s\n", (long long)tag, name);
}

static int visit_group(const struct tagsched_cgroup_entry *e, void *arg)
{
	bool own = e->tag != e->parent_tag;
	struct listing *l = arg;

	if (remember(l, e->name, e->tag))
		return -ENOMEM;
	if (l->groups && wanted(l, e->tag, own))
		print_group(l, l->seen[l->nr_seen - 1].name, e->tag, own);
	return 0;
}

static void print_task(struct listing *l, const struct tagsched_task_entry *e, bool own)
{
	if (settings.json) {
		cJSON *item = cJSON_CreateObject();

		json_add_s64(item, "pid", e->pid);
		json_add_s64(item, "tid", e->tid);
		cJSON_AddStringToObject(item, "comm", e->comm);
		cJSON_AddStringToObject(item, "cgroup", e->cgroup);
		json_add_s64(item, "tag", e->tag);
		cJSON_AddBoolToObject(item, "differs", own);
		cJSON_AddItemToArray(l->task_array, item);
		return;
	}
	if (!l->headed && l->separate)
		putchar('\n');
	if (!l->headed)
		printf("%20s  %7s  %7s  %-15s  %s\n", "TAG", "PID", "TID", "COMMAND", "GROUP");
	l->headed = true;
	printf("%20lld  %7d  %7d  %-15s  %s\n", (long long)e->tag, e->pid, e->tid, e->comm,
	       e->cgroup);
}

static int visit_task(const struct tagsched_task_entry *e, void *arg)
{
	struct listing *l = arg;
	bool own = e->tag != inherited(l, e->cgroup);

	if (e->pid == e->tid) {
		l->leader = e->pid;
		l->leader_tag = e->tag;
	} else if (!l->threads && e->pid == l->leader && e->tag == l->leader_tag) {
		return 0;
	}
	if (wanted(l, e->tag, own))
		print_task(l, e, own);
	return 0;
}

static int list(struct listing *l)
{
	int err;

	/* Groups first: without them a task's own tag is not known from its group's. */
	err = tagsched_kernel__check(TAGSCHED_FEAT_TAG);
	if (!err)
		err = tagsched_cgroup__walk(NULL, visit_group, l);
	/* No cpu controller: tasks have tags all the same. */
	if (err == -ENOENT && l->tasks)
		err = 0;
	if (err == -ENOMEM)
		return fail("groups: out of memory");
	if (!err && l->tasks) {
		l->separate = l->headed;
		l->headed = false;
		err = tagsched_task__walk(visit_task, l);
	}
	return err ? fail_lib() : EXIT_SUCCESS;
}

static int print_json(struct listing *l)
{
	cJSON *root = cJSON_CreateObject();

	if (l->groups)
		cJSON_AddItemToObject(root, "groups", l->group_array);
	if (l->tasks)
		cJSON_AddItemToObject(root, "tasks", l->task_array);
	return json_print(root);
}

int cmd_ls(int argc, char **argv)
{
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.doc = "List control groups and tasks whose effective tag is not 0.",
		.children = global_children,
	};
	struct listing l = { 0 };
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &l);
	if (!l.groups && !l.tasks)
		l.groups = l.tasks = true;
	if (settings.json) {
		l.group_array = cJSON_CreateArray();
		l.task_array = cJSON_CreateArray();
	}
	status = list(&l);
	if (!status && settings.json)
		status = print_json(&l);
	while (l.nr_seen)
		free(l.seen[--l.nr_seen].name);
	free(l.seen);
	return status;
}
