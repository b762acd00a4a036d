// SPDX-License-Identifier: GPL-2.0-only
/* Who has a tag: processes, threads and control groups on the command line. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "tag.h"

const struct argp_option target_options[] = {
	{ "pid", 'p', "PID", 0, "A process, all its threads (as is a bare PID)", 1 },
	{ "tid", 't', "TID", 0, "One thread", 1 },
	{ "cgroup", 'g', "CGROUP", 0,
	  "A control group: a directory, or a path below the cpu controller's mount", 1 },
	{ 0 }
};

static void add(struct targets *targets, const struct target *t, struct argp_state *state)
{
	struct target *list;

	list = reallocarray(targets->list, targets->nr + 1, sizeof(*list));
	if (!list) {
		argp_failure(state, EXIT_FAILURE, ENOMEM, "targets");
		return;
	}
	targets->list = list;
	targets->list[targets->nr++] = *t;
}

static pid_t parse_id(const char *text, const char *what, struct argp_state *state)
{
	char *end;
	long id;

	errno = 0;
	id = strtol(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || errno || id <= 0 || id > INT_MAX)
		argp_error(state, "'%s': not a %s id; give a positive integer", text, what);
	return id;
}

void target_add_pid(struct targets *targets, const char *text, struct argp_state *state)
{
	struct target t = { .kind = TARGET_PID };

	t.id = parse_id(text, "process", state);
	add(targets, &t, state);
}

error_t target_option(int key, char *arg, struct argp_state *state, struct targets *targets)
{
	struct target t = { 0 };

	switch (key) {
	case 'p':
		target_add_pid(targets, arg, state);
		return 0;
	case 't':
		t.kind = TARGET_TID;
		t.id = parse_id(arg, "thread", state);
		break;
	case 'g':
		t.kind = TARGET_CGROUP;
		t.cgroup = arg;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	add(targets, &t, state);
	return 0;
}

void targets_free(struct targets *targets)
{
	free(targets->list);
}

int target_get(const struct target *t, __s64 *tag)
{
	switch (t->kind) {
	case TARGET_PID:
		return tagsched_process__get_tag(t->id, tag);
	case TARGET_TID:
		return tagsched_thread__get_tag(t->id, tag);
	case TARGET_CGROUP:
		return tagsched_cgroup__get_tag(t->cgroup, tag);
	}
	return -EINVAL;
}

int target_set(const struct target *t, const struct value *value)
{
	switch (t->kind) {
	case TARGET_PID:
		return value->clear ? tagsched_process__clear_tag(t->id) :
				      tagsched_process__set_tag(t->id, value->tag);
	case TARGET_TID:
		return value->clear ? tagsched_thread__clear_tag(t->id) :
				      tagsched_thread__set_tag(t->id, value->tag);
	case TARGET_CGROUP:
		return value->clear ? tagsched_cgroup__clear_tag(t->cgroup) :
				      tagsched_cgroup__set_tag(t->cgroup, value->tag);
	}
	return -EINVAL;
}

void target_print(const struct target *t)
{
	if (t->kind == TARGET_CGROUP)
		printf("cgroup %s", t->cgroup);
	else
		printf("%s %d", t->kind == TARGET_PID ? "pid" : "tid", t->id);
}
