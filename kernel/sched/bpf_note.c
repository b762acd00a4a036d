// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a task keeps of decisions that programs took about it, and the file
 * that shows it: /proc/PID/task/TID/sched_tag.
 */
#include <linux/cgroup.h>
#include <linux/pid_namespace.h>
#include <linux/proc_fs.h>
#include <linux/sched/clock.h>
#include <linux/sched/cputime.h>
#include <linux/seq_file.h>

#include "sched.h"
#include "bpf_hooks.h"

/**
 * bpf_sched_note - remember a decision about a task
 * @p:	  the task
 * @hook: the hook that was asked
 * @note: what was said
 *
 * Context: The task's pi_lock or the lock of its runqueue is held.
 */
void bpf_sched_note(struct task_struct *p, enum bpf_sched_hook_id hook,
		    const struct bpf_sched_note *note)
{
	/* Those that only tell come last in the list of hooks. */
	BUILD_BUG_ON(BPF_SCHED_HOOK_cfs_enqueue_task != BPF_SCHED_NR_NOTES);

	if (WARN_ON_ONCE(hook >= BPF_SCHED_NR_NOTES))
		return;
	p->bpf_sched.decisions++;
	p->bpf_sched.notes[hook] = *note;
}

/* Whose tag the task has: its own, or the group's from which it comes. */
static void show_source(struct seq_file *m, struct task_struct *p)
{
	const struct task_group *tg;

	if (READ_ONCE(p->tag.set)) {
		seq_puts(m, "source: own\n");
		return;
	}

	for (tg = READ_ONCE(p->sched_task_group); tg; tg = tg->parent) {
		if (!READ_ONCE(tg->tag.set))
			continue;
		seq_printf(m, "source: group %llu\n",
			   tg->css.cgroup ? cgroup_id(tg->css.cgroup) : 0);
		return;
	}
	seq_puts(m, "source: none\n");
}

static const char *class_name(const struct task_struct *p)
{
	const struct sched_class *class = READ_ONCE(p->sched_class);

	if (class == &fair_sched_class)
		return "fair";
	if (class == &rt_sched_class)
		return "rt";
	if (class == &dl_sched_class)
		return "deadline";
	if (class == &idle_sched_class)
		return "idle";
	if (class == &stop_sched_class)
		return "stop";
#ifdef CONFIG_SCHED_CLASS_GHOST
	if (class == &ghost_sched_class)
		return "ghost";
#endif
	return "agent";
}

/* The first input of these is the pid of another task, 0 for a group. */
static bool about_another(enum bpf_sched_hook_id hook)
{
	return hook == BPF_SCHED_HOOK_cfs_check_preempt_wakeup ||
	       hook == BPF_SCHED_HOOK_cfs_wakeup_preempt_entity ||
	       hook == BPF_SCHED_HOOK_cfs_tag_pick_next_entity;
}

/* As the reader's pid namespace has it: -1 if it is not in there. */
static pid_t pid_for_reader(struct seq_file *m, pid_t nr)
{
	struct pid_namespace *ns = proc_pid_ns(file_inode(m->file)->i_sb);
	pid_t ret;

	if (!nr || ns == &init_pid_ns)
		return nr;
	rcu_read_lock();
	ret = pid_nr_ns(find_pid_ns(nr, &init_pid_ns), ns);
	rcu_read_unlock();
	return ret ?: -1;
}

static void show_note(struct seq_file *m, enum bpf_sched_hook_id hook,
		      const struct bpf_sched_note *note)
{
	s64 first = about_another(hook) ? pid_for_reader(m, note->in[0]) : note->in[0];
	char name[BPF_SCHED_NAME_LEN];
	u64 now = local_clock();

	if (!bpf_sched_link_name(note->link_id, name, sizeof(name)))
		strscpy(name, "-", sizeof(name));
	/* Clocks of CPUs may differ a little. */
	seq_printf(m, "decision: %s link=%u policy=%s generation=%u answer=%d in=%lld,%lld cpu=%d ago_ns=%llu\n",
		   bpf_sched_hook_info[hook].name, note->link_id, name, note->generation,
		   note->answer, first, note->in[1], note->cpu,
		   now > note->when ? now - note->when : 0);
}

/**
 * bpf_sched_show_task - the contents of /proc/PID/task/TID/sched_tag
 * @m: where to write
 * @p: the task; the caller has a reference
 *
 * Of each hook the last decision. Its two inputs are: cfs_select_rq and
 * cfs_select_rq_exit: previous CPU, CPU chosen so far; cfs_wake_affine: previous
 * CPU, waker's; cfs_check_preempt_tick: ns that the task has run, 0; of
 * cfs_check_preempt_wakeup, cfs_wakeup_preempt_entity and
 * cfs_tag_pick_next_entity: the other's pid in the pid namespace of the file's
 * procfs, 0 for a group, -1 for a task that is not in there, and its tag;
 * cfs_can_migrate_task: the CPU that it is on, the one that it would go to.
 *
 * Context: Process context.
 * Return: 0.
 */
int bpf_sched_show_task(struct seq_file *m, struct task_struct *p)
{
	struct bpf_sched_task task;
	struct rq_flags rf;
	struct rq *rq;
	int i;

	rq = task_rq_lock(p, &rf);
	task = p->bpf_sched;
	task_rq_unlock(rq, p, &rf);

	seq_printf(m, "tag: %lld\n", sched_task_tag(p));
	rcu_read_lock();
	show_source(m, p);
	rcu_read_unlock();
	seq_printf(m, "class: %s\ndecisions: %llu\n", class_name(p), task.decisions);

	for (i = 0; i < BPF_SCHED_NR_NOTES; i++)
		if (task.notes[i].when)
			show_note(m, i, &task.notes[i]);
	return 0;
}
