/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scheduler tags: a number that the user gives to tasks and task groups and
 * that scheduling policies go by.
 *
 * A task has an own tag or none, a task group has an own tag or none. The
 * effective tag of a task is its own tag if it has one, else the tag of the
 * nearest ancestor group that has one, else 0.
 */
#ifndef _LINUX_SCHED_TAG_H
#define _LINUX_SCHED_TAG_H

#include <linux/types.h>

struct file;
struct task_struct;
struct task_group;

/**
 * struct sched_tag - the own tag of a task or a task group
 * @value: the tag; meaningless unless @set
 * @set:   whether there is an own tag
 *
 * Embedded in its task or group and lives as long as that. Readers take no
 * lock: @set is written after @value and read before it. Writers are
 * serialized by the sighand lock of the task, or by sched_tag_mutex.
 */
struct sched_tag {
	s64	value;
	bool	set;
};

#ifdef CONFIG_SCHED_TAG

s64 sched_task_tag(struct task_struct *p);

int sched_tag_parse(char *buf, struct sched_tag *tag);
int sched_tag_may_write(const struct file *file);
int sched_tag_write_task(struct task_struct *p, const struct sched_tag *tag);
int sched_tag_write_process(struct task_struct *p, const struct sched_tag *tag);

void sched_tag_fork(struct task_struct *p);

#else

static inline void sched_tag_fork(struct task_struct *p) { }

#endif /* CONFIG_SCHED_TAG */

#endif /* _LINUX_SCHED_TAG_H */
