/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scheduler tags, the part that is private to kernel/sched: what the hot
 * paths and the cpu controller use. See include/linux/sched_tag.h.
 */
#ifndef _KERNEL_SCHED_TAG_H
#define _KERNEL_SCHED_TAG_H

#ifdef CONFIG_SCHED_TAG

/*
 * The tag that @tg passes to its tasks: its own, else its nearest tagged
 * ancestor's, else 0. Kept up to date by tag.c, so that reading it is O(1).
 */
static inline s64 sched_group_tag(const struct task_group *tg)
{
	return READ_ONCE(tg->resolved_tag);
}

/*
 * The effective tag of @p. The caller holds rcu_read_lock(), p->pi_lock or
 * the lock of p's runqueue: each of them keeps p's group from going away.
 */
static inline s64 __sched_task_tag(const struct task_struct *p)
{
	/* Pairs with the release in sched_tag_store(). */
	if (smp_load_acquire(&p->tag.set))
		return READ_ONCE(p->tag.value);
	return sched_group_tag(READ_ONCE(p->sched_task_group));
}

/* The tag of a task's entity is the task's, of a group's the group's. */
static inline s64 sched_entity_tag(struct sched_entity *se)
{
	if (entity_is_task(se))
		return __sched_task_tag(container_of(se, struct task_struct, se));
	return sched_group_tag(group_cfs_rq(se)->tg);
}

void sched_tag_online_group(struct task_group *tg);
void sched_tag_move(struct task_struct *p, struct task_group *to);
int sched_tag_write_group(struct task_group *tg, const struct sched_tag *tag);

struct kernfs_open_file;
int sched_tag_group_show(struct seq_file *sf, void *v);
ssize_t sched_tag_group_write(struct kernfs_open_file *of, char *buf,
			      size_t nbytes, loff_t off);

/* cpu.tag, and its alias without the controller's prefix. */
#define SCHED_TAG_CFTYPES						\
	{								\
		.name = "tag",						\
		.seq_show = sched_tag_group_show,			\
		.write = sched_tag_group_write,				\
	},								\
	{								\
		.name = "tag",						\
		.flags = CFTYPE_NO_PREFIX,				\
		.seq_show = sched_tag_group_show,			\
		.write = sched_tag_group_write,				\
	},

#else

static inline void sched_tag_online_group(struct task_group *tg) { }
static inline void sched_tag_move(struct task_struct *p, struct task_group *to) { }

#define SCHED_TAG_CFTYPES

#endif /* CONFIG_SCHED_TAG */

#endif /* _KERNEL_SCHED_TAG_H */
