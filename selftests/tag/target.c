// SPDX-License-Identifier: GPL-2.0-only
/*
 * Something to tag, for rules that hold for every kind of tag file.
 */
#include <string.h>

#include "cgroup.h"
#include "target.h"

static const char *target_path(const struct target *target, enum target_kind kind)
{
	switch (kind) {
	case GROUP_FILE:
		return cg_file(target->group, "cpu.tag");
	case GROUP_ALIAS:
		return cg_file(target->group, "tag");
	case PROCESS_FILE:
		return task_file(target->task);
	default:
		return thread_file(target->task, target->task);
	}
}

int target_start(struct target *target, enum target_kind kind)
{
	int err = cg_base(target->base);

	if (!err)
		err = cg_child(target->base, "g", target->group);
	if (err)
		return err;
	target->task = child_sleeper();
	if (target->task < 0)
		return target->task;
	strcpy(target->path, target_path(target, kind));
	return 0;
}

int target_stop(struct target *target)
{
	child_kill(target->task);
	return cg_destroy(target->base);
}
