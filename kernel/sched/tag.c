// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scheduler tags of tasks and task groups: writing, resolving, inheriting.
 *
 * Lock order: cgroup_mutex, then sched_tag_mutex. sched_tag_mutex serializes
 * the writers of group tags with each other and with groups that come online;
 * the own tag of a task is written under its sighand lock. Readers take
 * neither: see __sched_task_tag().
 */
#include <linux/cgroup.h>
#include <linux/kernfs.h>
#include <linux/sched/cputime.h>
#include <linux/security.h>

#include "sched.h"
#include "tag.h"
#include "bpf_hooks.h"

#define CREATE_TRACE_POINTS
#include <trace/events/sched_tag.h>

static DEFINE_MUTEX(sched_tag_mutex);

/**
 * sched_task_tag - the effective tag of a task
 * @p: the task; the caller keeps it from being freed
 *
 * Context: Any.
 * Return: own tag, else that of the nearest tagged ancestor group, else 0.
 */
s64 sched_task_tag(struct task_struct *p)
{
	s64 tag;

	rcu_read_lock();
	tag = __sched_task_tag(p);
	rcu_read_unlock();
	return tag;
}

/**
 * sched_tag_parse - read a tag as a user writes it
 * @buf: NUL-terminated text; white space around the value is cut off in place
 * @tag: where to store it; untouched on error
 *
 * Takes an integer with C's prefixes, or the word "default", which stands for
 * no own tag.
 *
 * Return: 0, -EINVAL if it is neither, -ERANGE if it does not fit an s64.
 */
int sched_tag_parse(char *buf, struct sched_tag *tag)
{
	s64 value;
	int ret;

	buf = strstrip(buf);
	if (!strcmp(buf, "default")) {
		*tag = (struct sched_tag) { .set = false };
		return 0;
	}

	ret = kstrtos64(buf, 0, &value);
	if (ret)
		return ret;

	*tag = (struct sched_tag) { .value = value, .set = true };
	return 0;
}

/**
 * sched_tag_may_write - may the current task write a tag through this file?
 * @file: the open file that is written to
 *
 * A tag can buy CPU time as a negative nice value can, hence the same rule:
 * CAP_SYS_NICE in the initial user namespace. Asked of the opener as well, so
 * that a privileged program cannot be made to write to a file it was handed.
 *
 * Return: 0 or -EPERM.
 */
int sched_tag_may_write(const struct file *file)
{
	if (!file_ns_capable(file, &init_user_ns, CAP_SYS_NICE) ||
	    !capable(CAP_SYS_NICE))
		return -EPERM;
	return 0;
}

static void sched_tag_store(struct sched_tag *dst, const struct sched_tag *src)
{
	if (src->set)
		WRITE_ONCE(dst->value, src->value);
	/* Pairs with the acquire in __sched_task_tag(). */
	smp_store_release(&dst->set, src->set);
}

static u64 group_cgroup_id(const struct task_group *tg)
{
	/* An autogroup has no cgroup. */
	return tg->css.cgroup ? cgroup_id(tg->css.cgroup) : 0;
}

/*
 * Tell tracers and programs that an effective tag has changed: that of @p, which
 * is in @tg, or the one that @tg passes on if @p is NULL. The caller keeps @tg
 * from going away.
 */
static void tell_change(struct task_struct *p, struct task_group *tg, s64 old_tag,
			s64 new_tag, int how)
{
	if (old_tag == new_tag)
		return;
	trace_sched_tag_change(p, group_cgroup_id(tg), old_tag, new_tag, how);
	bpf_sched_notify_tag(p, tg, old_tag, new_tag);
}

static int sched_tag_how(const struct sched_tag *tag)
{
	return tag->set ? SCHED_TAG_HOW_SET : SCHED_TAG_HOW_DEFAULT;
}

/* Called with p's sighand lock held. */
static void write_thread(struct task_struct *p, const struct sched_tag *tag)
{
	s64 old_tag = sched_task_tag(p);

	sched_tag_store(&p->tag, tag);
	bpf_sched_order_task(p);

	rcu_read_lock();
	tell_change(p, READ_ONCE(p->sched_task_group), old_tag, __sched_task_tag(p),
		    sched_tag_how(tag));
	rcu_read_unlock();
}

static int write_task(struct task_struct *p, const struct sched_tag *tag, bool process)
{
	struct task_struct *t;
	unsigned long flags;
	int ret;

	ret = security_task_setscheduler(p);
	if (ret)
		return ret;

	/* Also keeps threads from joining: see sched_tag_fork(). */
	if (!lock_task_sighand(p, &flags))
		return -ESRCH;

	if (process) {
		for_each_thread(p, t)
			write_thread(t, tag);
	} else {
		write_thread(p, tag);
	}

	unlock_task_sighand(p, &flags);
	ghost_tag_reconcile();
	return 0;
}

/**
 * sched_tag_write_task - write the own tag of one thread
 * @p:   the thread; the caller holds a reference
 * @tag: the tag; one that is not set clears the thread's
 *
 * Context: Process context, no lock held. Permission is the caller's to check.
 * Return: 0, -ESRCH if the task has been reaped, or what the security module says.
 */
int sched_tag_write_task(struct task_struct *p, const struct sched_tag *tag)
{
	return write_task(p, tag, false);
}

/**
 * sched_tag_write_process - write the own tag of all threads of a process
 * @p:   any thread of it; the caller holds a reference
 * @tag: the tag; one that is not set clears the threads'
 *
 * A thread that is being created meanwhile has the tag as well.
 *
 * Context: Process context, no lock held. Permission is the caller's to check.
 * Return: 0, -ESRCH if the task has been reaped, or what the security module says.
 */
int sched_tag_write_process(struct task_struct *p, const struct sched_tag *tag)
{
	return write_task(p, tag, true);
}

/**
 * sched_tag_fork - give a new task its own tag
 * @p: the new task, not yet visible to anybody
 *
 * The tag is inherited, unless the parent asked for a reset on fork. Called
 * with current's sighand lock held, under which the thread becomes visible:
 * a write to the whole process comes either before, and is copied here, or
 * finds the thread.
 */
void sched_tag_fork(struct task_struct *p)
{
	lockdep_assert_held(&current->sighand->siglock);
	bpf_sched_fork(p);

	if (current->sched_reset_on_fork)
		p->tag = (struct sched_tag) { .set = false };
	else
		p->tag = current->tag;
}

/*
 * Say what moving to another group does to the effective tag. Called with
 * p->pi_lock and its runqueue's lock held, before p->sched_task_group changes.
 */
void sched_tag_move(struct task_struct *p, struct task_group *to)
{
	ghost_tag_reconcile();
	if (!p->tag.set)
		tell_change(p, to, sched_group_tag(p->sched_task_group), sched_group_tag(to),
			    SCHED_TAG_HOW_MOVE);
}

/* walk_tg_tree_from() goes from parents to children: the parent's is resolved. */
static int resolve_group(struct task_group *tg, void *how)
{
	s64 old_tag = tg->resolved_tag;
	s64 new_tag = tg->tag.set ? tg->tag.value : tg->parent->resolved_tag;

	WRITE_ONCE(tg->resolved_tag, new_tag);
	tell_change(NULL, tg, old_tag, new_tag, *(int *)how);
	return 0;
}

/*
 * A new group has its parent's tag. @tg is already linked to its parent, so
 * a concurrent write to an ancestor resolves it too, before or after.
 * Called in process context, when the group comes online.
 */
void sched_tag_online_group(struct task_group *tg)
{
	mutex_lock(&sched_tag_mutex);
	WRITE_ONCE(tg->resolved_tag, tg->parent->resolved_tag);
	mutex_unlock(&sched_tag_mutex);
}

/**
 * sched_tag_write_group - write the own tag of a group
 * @tg:	 the group; the caller keeps it from being freed
 * @tag: the tag; one that is not set clears the group's
 *
 * Context: Process context, no lock held. Permission is the caller's to check.
 * Return: 0, or -EINVAL for the root group.
 */
int sched_tag_write_group(struct task_group *tg, const struct sched_tag *tag)
{
	int how = sched_tag_how(tag);

	/* Like the weight of the root group, its tag is fixed. */
	if (tg == &root_task_group)
		return -EINVAL;

	mutex_lock(&sched_tag_mutex);
	sched_tag_store(&tg->tag, tag);
	bpf_sched_order_group(tg);
	rcu_read_lock();
	walk_tg_tree_from(tg, resolve_group, tg_nop, &how);
	rcu_read_unlock();
	mutex_unlock(&sched_tag_mutex);
	ghost_tag_reconcile();
	return 0;
}

static struct task_group *css_task_group(struct cgroup_subsys_state *css)
{
	return container_of(css, struct task_group, css);
}

int sched_tag_group_show(struct seq_file *sf, void *v)
{
	seq_printf(sf, "%lld\n", sched_group_tag(css_task_group(seq_css(sf))));
	return 0;
}

ssize_t sched_tag_group_write(struct kernfs_open_file *of, char *buf,
			      size_t nbytes, loff_t off)
{
	struct sched_tag tag;
	int ret;

	ret = sched_tag_may_write(of->file);
	if (ret)
		return ret;

	/* Text after a NUL byte is trailing text. */
	if (strlen(buf) != nbytes)
		return -EINVAL;

	ret = sched_tag_parse(buf, &tag);
	if (ret)
		return ret;

	ret = sched_tag_write_group(css_task_group(of_css(of)), &tag);
	return ret ?: nbytes;
}
