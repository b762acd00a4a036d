// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ending links that do harm, and saying why.
 *
 * A link is ejected by its exit record: from then on none of its programs is asked.
 * That works with any scheduler lock held. Leaving the tables takes a mutex and
 * is done later by a work item, which does not matter to the scheduler.
 */
#include <linux/irq_work.h>
#include <linux/ktime.h>
#include <linux/seq_file.h>
#include <linux/sysctl.h>
#include <linux/sysrq.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#include <trace/events/bpf_sched.h>

#include "bpf_sched_link.h"

/* A runnable task that is passed over for so long ends those who did it; 0: never. */
unsigned int sysctl_sched_bpf_timeout_ms = 10000;
/* How long cfs_tag_pick_next_entity may pass over who has waited longest. */
unsigned int sysctl_sched_bpf_lag_ms = 50;
/* Answers of a link that are not valid, on a CPU in a second; 0: any number. */
static unsigned int sysctl_sched_bpf_refused_max = 10000;

static const char * const exit_text[] = {
	[BPF_SCHED_EXIT_NONE]		= "attached",
	[BPF_SCHED_EXIT_DETACHED]	= "detached",
	[BPF_SCHED_EXIT_REPLACED]	= "replaced",
	[BPF_SCHED_EXIT_STALL]		= "ejected: a runnable task was passed over",
	[BPF_SCHED_EXIT_REFUSED]	= "ejected: too many answers that are not valid",
	[BPF_SCHED_EXIT_SYSRQ]		= "ejected: by SysRq",
};

static void print_ejected(const struct bpf_sched_link *link)
{
	const struct bpf_sched_exit *exit = &link->exit;
	const char *name = link->policy ? link->name : "-";

	if (exit->reason == BPF_SCHED_EXIT_STALL)
		pr_warn("sched: BPF link %u, policy %s, ejected: %s[%d], tag %lld, waited %llu ms for CPU %d\n",
			link->link.id, name, exit->comm[0] ? exit->comm : "a group",
			exit->pid, exit->tag, exit->value, exit->cpu);
	else if (exit->reason == BPF_SCHED_EXIT_REFUSED)
		pr_warn("sched: BPF link %u, policy %s, ejected: %llu answers that are not valid in a second on CPU %d\n",
			link->link.id, name, exit->value, exit->cpu);
	else
		pr_warn("sched: BPF link %u, policy %s, %s\n", link->link.id, name,
			exit_text[exit->reason]);
}

/* Those that have been ejected leave the list, and the tables. */
static void remove_ejected(struct work_struct *work)
{
	struct bpf_sched_link *link, *next;
	bool any = false;

	mutex_lock(&bpf_sched_mutex);
	list_for_each_entry_safe(link, next, &bpf_sched_links, node) {
		if (bpf_sched_link_alive(link))
			continue;
		list_del_init(&link->node);
		print_ejected(link);
		any = true;
	}
	if (any)
		bpf_sched_publish(GFP_KERNEL | __GFP_NOFAIL);
	mutex_unlock(&bpf_sched_mutex);
}

static DECLARE_WORK(remove_ejected_work, remove_ejected);

/* Queueing a work item wakes a task: not with a runqueue lock held. */
static void queue_removal(struct irq_work *work)
{
	queue_work(system_highpri_wq, &remove_ejected_work);
}

static DEFINE_IRQ_WORK(queue_removal_work, queue_removal);

/**
 * bpf_sched_end_link - let a link decide no more
 * @link: the link
 * @exit: why; the time is filled in
 *
 * Who comes first says why. After an ejection the link leaves the tables in the
 * background; else the caller has seen to that.
 *
 * Context: Any; scheduler locks may be held.
 * Return: whether this was the first.
 */
bool bpf_sched_end_link(struct bpf_sched_link *link, const struct bpf_sched_exit *exit)
{
	unsigned long flags;
	bool first;

	raw_spin_lock_irqsave(&link->exit_lock, flags);
	first = bpf_sched_link_alive(link);
	if (first) {
		struct bpf_sched_exit record = *exit;

		record.reason = BPF_SCHED_EXIT_NONE;
		record.time = ktime_get_real_fast_ns();
		link->exit = record;
		/* Who is not asked any more has a record that is complete. */
		smp_store_release(&link->exit.reason, exit->reason);
	}
	raw_spin_unlock_irqrestore(&link->exit_lock, flags);

	if (first && bpf_sched_link_ejected(link)) {
		trace_bpf_sched_ejected(link->link.id, link->name, exit->reason,
					exit->pid, exit->tag, exit->value);
		irq_work_queue(&queue_removal_work);
	}
	return first;
}

/**
 * bpf_sched_count_refused - an answer was not valid
 * @link:  whose program gave it
 * @stats: its counters on this CPU
 * @hook:  the hook
 *
 * Some can be: a CPU may go while the program looks at it. Too many in a
 * second end the link.
 *
 * Context: Interrupts off; scheduler locks may be held.
 */
void bpf_sched_count_refused(struct bpf_sched_link *link, struct bpf_sched_stats *stats,
			     enum bpf_sched_hook_id hook)
{
	unsigned int max = READ_ONCE(sysctl_sched_bpf_refused_max);
	struct bpf_sched_exit exit = {
		.reason		= BPF_SCHED_EXIT_REFUSED,
		.cpu		= smp_processor_id(),
		.attach_btf_id	= bpf_sched_hook_btf_ids[hook],
	};

	if (!stats->in_second || time_after(jiffies, stats->second + HZ)) {
		stats->second = jiffies;
		stats->in_second = 0;
	}
	if (++stats->in_second <= max || !max)
		return;

	exit.value = stats->in_second;
	bpf_sched_end_link(link, &exit);
}

/* Hooks by which a program says who runs first, or for how long. */
static bool orders_tasks(enum bpf_sched_hook_id hook)
{
	switch (hook) {
	case BPF_SCHED_HOOK_cfs_check_preempt_tick:
	case BPF_SCHED_HOOK_cfs_check_preempt_wakeup:
	case BPF_SCHED_HOOK_cfs_wakeup_preempt_entity:
	case BPF_SCHED_HOOK_cfs_tag_pick_next_entity:
		return true;
	default:
		return false;
	}
}

/* Has the link had a say on that CPU since then, about one of the two tags? */
static bool to_blame(const struct bpf_sched_link *link, const struct bpf_sched_stall *stall)
{
	const struct bpf_sched_stats *stats;
	u32 i;

	if (link->scoped && link->tag != stall->tag && link->tag != stall->curr_tag)
		return false;

	for (i = 0; i < link->nr; i++) {
		stats = per_cpu_ptr(link->progs[i].stats, stall->cpu);
		if (orders_tasks(link->progs[i].hook) && READ_ONCE(stats->decided) &&
		    time_after_eq(READ_ONCE(stats->last), stall->since))
			return true;
	}
	return false;
}

struct blame {
	const struct bpf_sched_stall	*stall;
	struct bpf_sched_exit		exit;
	bool				any;
};

static void eject_if_to_blame(struct bpf_sched_link *link, void *arg)
{
	struct blame *blame = arg;

	if (to_blame(link, blame->stall))
		blame->any |= bpf_sched_end_link(link, &blame->exit);
}

/**
 * bpf_sched_eject_stalled - end who kept a runnable task from its CPU
 * @stall: the task, and where it waits
 *
 * That is who decided on the order of tasks on that CPU since the wait began,
 * for the tag of who waits or of who runs. Others stay, as do those that
 * decided nothing: then the reason is another.
 *
 * Context: Interrupts off, runqueue lock held.
 * Return: whether any was ended.
 */
bool bpf_sched_eject_stalled(const struct bpf_sched_stall *stall)
{
	struct blame blame = {
		.stall	= stall,
		.exit	= {
			.reason	= BPF_SCHED_EXIT_STALL,
			.cpu	= stall->cpu,
			.value	= stall->ms,
			.tag	= stall->tag,
			.pid	= stall->pid,
		},
	};

	memcpy(blame.exit.comm, stall->comm, sizeof(blame.exit.comm));
	bpf_sched_visit_asked(eject_if_to_blame, &blame);
	return blame.any;
}

/**
 * bpf_sched_show_exit - the exit record, as text
 * @link: the link
 * @seq:  where to write
 *
 * Context: Process context.
 */
void bpf_sched_show_exit(const struct bpf_sched_link *link, struct seq_file *seq)
{
	/* Pairs with the release in bpf_sched_end_link(): written once. */
	u32 reason = smp_load_acquire(&link->exit.reason);

	seq_printf(seq, "state:\t%s\n", exit_text[reason]);
	if (reason == BPF_SCHED_EXIT_STALL)
		seq_printf(seq, "waited:\t%s[%d] tag %lld %llu ms cpu %d\n", link->exit.comm,
			   link->exit.pid, link->exit.tag, link->exit.value, link->exit.cpu);
}

static void eject_by_key(struct bpf_sched_link *link, void *arg)
{
	const struct bpf_sched_exit exit = { .reason = BPF_SCHED_EXIT_SYSRQ };

	bpf_sched_end_link(link, &exit);
}

static void sysrq_eject(int key)
{
	unsigned long flags;

	local_irq_save(flags);
	bpf_sched_visit_asked(eject_by_key, NULL);
	local_irq_restore(flags);
}

static const struct sysrq_key_op sysrq_eject_op = {
	.handler	= sysrq_eject,
	.help_msg	= "eject-BPF-scheduling-policies(S)",
	.action_msg	= "Eject BPF scheduling policies",
	.enable_mask	= SYSRQ_ENABLE_RTNICE,
};

static struct ctl_table bpf_sched_sysctls[] = {
	{
		.procname	= "sched_bpf_timeout_ms",
		.data		= &sysctl_sched_bpf_timeout_ms,
		.maxlen		= sizeof(unsigned int),
		.mode		= 0644,
		.proc_handler	= proc_douintvec,
	},
	{
		.procname	= "sched_bpf_lag_ms",
		.data		= &sysctl_sched_bpf_lag_ms,
		.maxlen		= sizeof(unsigned int),
		.mode		= 0644,
		.proc_handler	= proc_douintvec,
	},
	{
		.procname	= "sched_bpf_refused_max",
		.data		= &sysctl_sched_bpf_refused_max,
		.maxlen		= sizeof(unsigned int),
		.mode		= 0644,
		.proc_handler	= proc_douintvec,
	},
	{ }
};

static int __init bpf_sched_eject_init(void)
{
	register_sysctl_init("kernel", bpf_sched_sysctls);
	return register_sysrq_key('S', &sysrq_eject_op);
}
late_initcall(bpf_sched_eject_init);
