// SPDX-License-Identifier: GPL-2.0-only
/*
 * The programs of all hooks in the order in which they are asked, and asking
 * them.
 *
 * A table never changes. Readers run with interrupts off and see the old or the
 * new one, for all hooks: a decision that takes several hooks keeps to one
 * table, and is never made by half of a policy.
 */
#include <linux/filter.h>
#include <linux/sched/clock.h>
#include <linux/slab.h>

#include "bpf_sched_link.h"

#define CREATE_TRACE_POINTS
#include <trace/events/bpf_sched.h>

/* What running a program needs, together in the order of running. */
struct bpf_sched_item {
	struct bpf_prog			*prog;
	struct bpf_sched_stats __percpu	*stats;
	s64				tag;
	bool				scoped;
	struct bpf_sched_link		*link;
};

/**
 * struct bpf_sched_table - what is attached where
 * @rcu:	to free it
 * @generation:	grows with each table
 * @first:	for each hook the index of its first item; the last has the end
 *		of all
 * @items:	by hook, then in the order of asking
 */
struct bpf_sched_table {
	struct rcu_head		rcu;
	u64			generation;
	u32			first[BPF_SCHED_NR_HOOKS + 1];
	struct bpf_sched_item	items[];
};

DEFINE_STATIC_KEY_ARRAY_FALSE(bpf_sched_keys, BPF_SCHED_NR_HOOKS);
DEFINE_STATIC_KEY_FALSE(bpf_sched_active);

/* Protects the list, the table pointer and what links say: see the header. */
DEFINE_MUTEX(bpf_sched_mutex);
LIST_HEAD(bpf_sched_links);

static struct bpf_sched_table __rcu *bpf_sched_table;
static u64 bpf_sched_generation;
static unsigned long bpf_sched_keys_epoch;

/*
 * Is the CPU one that the task could be on? The same question that
 * is_cpu_allowed() answers after a wakeup or a fork, but which nobody asks
 * after an exec.
 */
static bool cpu_answer_valid(struct task_struct *p, int cpu)
{
	if ((unsigned int)cpu >= nr_cpu_ids || !cpu_active(cpu))
		return false;
	if (p->migration_disabled)
		return cpu == task_cpu(p);
	return cpumask_test_cpu(cpu, p->cpus_ptr);
}

static bool answer_valid(enum bpf_sched_hook_kind kind, int answer,
			 const struct bpf_sched_subject *subject)
{
	if (kind == BPF_SCHED_KIND_CPU)
		return cpu_answer_valid(subject->task, answer);

	/* The verifier has seen to it; a second look costs next to nothing. */
	return answer == BPF_SCHED_KEEP || answer == BPF_SCHED_PREEMPT;
}

static bool no_opinion(enum bpf_sched_hook_kind kind, int answer)
{
	switch (kind) {
	case BPF_SCHED_KIND_CPU:
		return answer < 0;
	case BPF_SCHED_KIND_VERDICT:
		return answer == BPF_SCHED_NO_OPINION;
	case BPF_SCHED_KIND_NOTICE:
		break;
	}
	return true;
}

static bool in_scope(const struct bpf_sched_item *item,
		     const struct bpf_sched_subject *subject)
{
	return !item->scoped || item->tag == subject->tag || item->tag == subject->tag2;
}

static void decided(const struct bpf_sched_table *table, const struct bpf_sched_item *item,
		    enum bpf_sched_hook_id hook, int answer,
		    const struct bpf_sched_subject *subject)
{
	__this_cpu_inc(item->stats->decided);
	__this_cpu_write(item->stats->last, jiffies);

	if (subject->task) {
		const struct bpf_sched_note note = {
			.when		= local_clock(),
			.link_id	= item->link->link.id,
			.generation	= table->generation,
			.in		= { subject->in[0], subject->in[1] },
			.answer		= answer,
			.cpu		= smp_processor_id(),
		};

		bpf_sched_note(subject->task, hook, &note);
	}
}

static void refused(const struct bpf_sched_item *item, enum bpf_sched_hook_id hook,
		    int answer, const struct bpf_sched_subject *subject)
{
	__this_cpu_inc(item->stats->refused);
	trace_bpf_sched_refused(bpf_sched_hook_info[hook].name, item->link->link.id,
				subject->task ? subject->task->pid : 0, answer);
	bpf_sched_count_refused(item->link, this_cpu_ptr(item->stats), hook);
}

/**
 * bpf_sched_epoch - the times that hooks have been switched on or off
 *
 * If it is the same at two points of code behind a hook's key, the key was on
 * between them. See struct placement.
 *
 * Return: the number.
 */
unsigned long bpf_sched_epoch(void)
{
	return READ_ONCE(bpf_sched_keys_epoch);
}

/**
 * bpf_sched_current_table - the programs that are attached now
 *
 * Context: Interrupts off; the result is valid until they are on again.
 * Return: the table, or NULL if none is attached.
 */
const struct bpf_sched_table *bpf_sched_current_table(void)
{
	lockdep_assert_irqs_disabled();
	return rcu_dereference_sched(bpf_sched_table);
}

/**
 * bpf_sched_run_table - ask the programs of a hook, in their order
 * @table:	from bpf_sched_current_table(), or NULL
 * @hook:	the hook
 * @args:	its arguments, one u64 each
 * @subject:	whom it is about
 *
 * The first valid answer decides. One that is not valid is counted, traced and
 * then taken for no opinion. A hook of kind NOTICE tells all of them.
 *
 * Context: Interrupts off since the table was looked up; any scheduler lock
 * may be held.
 * Return: the answer, or BPF_SCHED_NO_OPINION.
 */
int bpf_sched_run_table(const struct bpf_sched_table *table, enum bpf_sched_hook_id hook,
			const u64 *args, const struct bpf_sched_subject *subject)
{
	enum bpf_sched_hook_kind kind = bpf_sched_hook_info[hook].kind;
	int ret = BPF_SCHED_NO_OPINION;
	u32 i;

	if (!table)
		return ret;

	rcu_read_lock();
	for (i = table->first[hook]; i < table->first[hook + 1]; i++) {
		const struct bpf_sched_item *item = &table->items[i];
		int answer;

		if (!in_scope(item, subject) || bpf_sched_link_ejected(item->link))
			continue;

		answer = bpf_prog_run(item->prog, args);
		__this_cpu_inc(item->stats->calls);
		if (no_opinion(kind, answer))
			continue;

		if (likely(answer_valid(kind, answer, subject))) {
			decided(table, item, hook, answer, subject);
			ret = answer;
			break;
		}
		refused(item, hook, answer, subject);
	}
	rcu_read_unlock();

	return ret;
}

/**
 * bpf_sched_run - ask the programs that are attached now
 * @hook:	the hook
 * @args:	its arguments, one u64 each
 * @subject:	whom it is about
 *
 * Context: Interrupts off; any scheduler lock may be held.
 * Return: as bpf_sched_run_table().
 */
int bpf_sched_run(enum bpf_sched_hook_id hook, const u64 *args,
		  const struct bpf_sched_subject *subject)
{
	return bpf_sched_run_table(bpf_sched_current_table(), hook, args, subject);
}

/**
 * bpf_sched_visit_asked - look at the links whose programs are asked
 * @fn:  called for each link, once for each of its programs
 * @arg: passed to @fn
 *
 * Context: Interrupts off; scheduler locks may be held.
 */
void bpf_sched_visit_asked(void (*fn)(struct bpf_sched_link *link, void *arg), void *arg)
{
	const struct bpf_sched_table *table = bpf_sched_current_table();
	u32 i;

	for (i = 0; table && i < table->first[BPF_SCHED_NR_HOOKS]; i++)
		fn(table->items[i].link, arg);
}

/* --- making a table; all of it under bpf_sched_mutex */

static u32 count_progs(u32 *counts)
{
	const struct bpf_sched_link *link;
	u32 i, sum = 0;

	list_for_each_entry(link, &bpf_sched_links, node) {
		for (i = 0; i < link->nr; i++)
			counts[link->progs[i].hook]++;
		sum += link->nr;
	}
	return sum;
}

static void fill_table(struct bpf_sched_table *table, const u32 *counts)
{
	u32 next[BPF_SCHED_NR_HOOKS];
	struct bpf_sched_link *link;
	u32 i;

	for (i = 0; i < BPF_SCHED_NR_HOOKS; i++) {
		next[i] = table->first[i];
		table->first[i + 1] = table->first[i] + counts[i];
	}

	list_for_each_entry(link, &bpf_sched_links, node) {
		for (i = 0; i < link->nr; i++)
			table->items[next[link->progs[i].hook]++] = (struct bpf_sched_item) {
				.prog	= link->progs[i].prog,
				.stats	= link->progs[i].stats,
				.tag	= link->tag,
				.scoped	= link->scoped,
				.link	= link,
			};
	}
}

/* Changing the code orders this before what the changed code does. */
static void new_epoch(void)
{
	WRITE_ONCE(bpf_sched_keys_epoch, bpf_sched_keys_epoch + 1);
}

static void enable_keys(const u32 *counts, bool any)
{
	int i;

	if (counts[BPF_SCHED_HOOK_cfs_tag_pick_next_entity])
		bpf_sched_order_begin();
	for (i = 0; i < BPF_SCHED_NR_HOOKS; i++) {
		if (!counts[i] || static_key_enabled(&bpf_sched_keys[i]))
			continue;
		new_epoch();
		static_branch_enable(&bpf_sched_keys[i]);
	}
	if (any)
		static_branch_enable(&bpf_sched_active);
}

static void disable_keys(const u32 *counts, bool any)
{
	int i;

	if (!any)
		static_branch_disable(&bpf_sched_active);
	for (i = 0; i < BPF_SCHED_NR_HOOKS; i++) {
		if (counts[i] || !static_key_enabled(&bpf_sched_keys[i]))
			continue;
		new_epoch();
		static_branch_disable(&bpf_sched_keys[i]);
	}
	if (!counts[BPF_SCHED_HOOK_cfs_tag_pick_next_entity])
		bpf_sched_order_end();
}

/**
 * bpf_sched_next_generation - the generation that the next table will have
 *
 * Context: bpf_sched_mutex held.
 * Return: the number.
 */
u64 bpf_sched_next_generation(void)
{
	return bpf_sched_generation + 1;
}

/**
 * bpf_sched_publish - let the scheduler see the list of links as it is now
 * @gfp: how to allocate; with __GFP_NOFAIL it does not fail
 *
 * Context: Process context, bpf_sched_mutex held.
 * Return: 0; -E2BIG if a hook would have more than BPF_SCHED_MAX_LINKS
 * programs, or -ENOMEM: then nothing has changed.
 */
int bpf_sched_publish(gfp_t gfp)
{
	u32 counts[BPF_SCHED_NR_HOOKS] = {};
	struct bpf_sched_table *old, *new = NULL;
	u32 sum, i;

	lockdep_assert_held(&bpf_sched_mutex);
	sum = count_progs(counts);
	for (i = 0; i < BPF_SCHED_NR_HOOKS; i++)
		if (counts[i] > BPF_SCHED_MAX_LINKS)
			return -E2BIG;

	if (sum) {
		new = kzalloc(struct_size(new, items, sum), gfp);
		if (!new)
			return -ENOMEM;
		new->generation = ++bpf_sched_generation;
		fill_table(new, counts);
	}

	/* With its key on and no program a hook has no opinion. */
	enable_keys(counts, sum);
	old = rcu_replace_pointer(bpf_sched_table, new, lockdep_is_held(&bpf_sched_mutex));
	if (old)
		kfree_rcu(old, rcu);
	disable_keys(counts, sum);
	return 0;
}
