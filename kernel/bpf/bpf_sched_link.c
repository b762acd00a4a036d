// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attaching programs to scheduler hooks, and running them.
 *
 * Each hook has an array of attached programs in the order of attachment. An
 * array never changes but for the program of an item: attaching and detaching
 * replace the array under bpf_sched_mutex, and readers, which run with
 * interrupts off, see the old or the new one.
 */
#include <linux/bpf.h>
#include <linux/bpf_sched.h>
#include <linux/btf_ids.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/slab.h>

#define CREATE_TRACE_POINTS
#include <trace/events/bpf_sched.h>

#define BPF_SCHED_MAX_LINKS	64

/* Per CPU, so that counting needs no atomic operation. */
struct bpf_sched_stats {
	u64	calls;		/* the program ran */
	u64	decided;	/* its answer was taken */
	u64	refused;	/* its answer was not valid */
};

/**
 * struct bpf_sched_link - a program attached to a hook
 * @link:	holds the reference to the program
 * @hook:	the hook
 * @scoped:	called only for subjects with @tag
 * @tag:	the tag, if @scoped
 * @stats:	counters
 *
 * Freed a grace period after its hook's array stopped to name it.
 */
struct bpf_sched_link {
	struct bpf_link			link;
	enum bpf_sched_hook_id		hook;
	bool				scoped;
	s64				tag;
	struct bpf_sched_stats __percpu	*stats;
};

/* What running a program needs, together in the order of running. */
struct bpf_sched_item {
	struct bpf_prog			*prog;
	struct bpf_sched_stats __percpu	*stats;
	s64				tag;
	bool				scoped;
	struct bpf_sched_link		*link;
};

struct bpf_sched_array {
	struct rcu_head			rcu;
	u32				cnt;
	struct bpf_sched_item		items[];
};

DEFINE_STATIC_KEY_ARRAY_FALSE(bpf_sched_keys, BPF_SCHED_NR_HOOKS);

/* Serializes attach, detach and update. Taken in process context only. */
static DEFINE_MUTEX(bpf_sched_mutex);
static struct bpf_sched_array __rcu *bpf_sched_arrays[BPF_SCHED_NR_HOOKS];

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

static bool answer_valid(enum bpf_sched_hook_id hook, int answer,
			 const struct bpf_sched_subject *subject)
{
	if (bpf_sched_hook_info[hook].kind == BPF_SCHED_KIND_CPU)
		return cpu_answer_valid(subject->task, answer);

	/* The verifier has seen to it; a second look costs next to nothing. */
	return answer == BPF_SCHED_KEEP || answer == BPF_SCHED_PREEMPT;
}

static bool no_opinion(enum bpf_sched_hook_id hook, int answer)
{
	if (bpf_sched_hook_info[hook].kind == BPF_SCHED_KIND_CPU)
		return answer < 0;
	return answer == BPF_SCHED_NO_OPINION;
}

static bool in_scope(const struct bpf_sched_item *item,
		     const struct bpf_sched_subject *subject)
{
	return !item->scoped || item->tag == subject->tag || item->tag == subject->tag2;
}

/**
 * bpf_sched_run - ask the programs of a hook, in the order of attachment
 * @hook:	the hook
 * @args:	its arguments, one u64 each
 * @subject:	whom it is about
 *
 * The first valid answer decides. One that is not valid is counted, traced and
 * then taken for no opinion.
 *
 * Context: Interrupts off; any scheduler lock may be held.
 * Return: the answer, or BPF_SCHED_NO_OPINION.
 */
int bpf_sched_run(enum bpf_sched_hook_id hook, const u64 *args,
		  const struct bpf_sched_subject *subject)
{
	const struct bpf_sched_array *array;
	int ret = BPF_SCHED_NO_OPINION;
	u32 i;

	lockdep_assert_irqs_disabled();

	rcu_read_lock();
	array = rcu_dereference(bpf_sched_arrays[hook]);
	for (i = 0; array && i < array->cnt; i++) {
		const struct bpf_sched_item *item = &array->items[i];
		int answer;

		if (!in_scope(item, subject))
			continue;

		answer = bpf_prog_run(READ_ONCE(item->prog), args);
		__this_cpu_inc(item->stats->calls);
		if (no_opinion(hook, answer))
			continue;

		if (likely(answer_valid(hook, answer, subject))) {
			__this_cpu_inc(item->stats->decided);
			ret = answer;
			break;
		}

		__this_cpu_inc(item->stats->refused);
		trace_bpf_sched_refused(bpf_sched_hook_info[hook].name,
					item->link->link.id,
					subject->task ? subject->task->pid : 0, answer);
	}
	rcu_read_unlock();

	return ret;
}

static struct bpf_sched_array *hook_array(enum bpf_sched_hook_id hook)
{
	return rcu_dereference_protected(bpf_sched_arrays[hook],
					 lockdep_is_held(&bpf_sched_mutex));
}

static struct bpf_sched_array *alloc_array(u32 cnt, gfp_t gfp)
{
	struct bpf_sched_array *array;

	array = kzalloc(struct_size(array, items, cnt), gfp);
	if (array)
		array->cnt = cnt;
	return array;
}

static void replace_array(enum bpf_sched_hook_id hook, struct bpf_sched_array *new)
{
	struct bpf_sched_array *old = hook_array(hook);

	rcu_assign_pointer(bpf_sched_arrays[hook], new);
	if (old)
		kfree_rcu(old, rcu);
}

static int add_link(struct bpf_sched_link *link)
{
	struct bpf_sched_array *old = hook_array(link->hook);
	u32 cnt = old ? old->cnt : 0;
	struct bpf_sched_array *new;

	if (cnt == BPF_SCHED_MAX_LINKS)
		return -E2BIG;

	new = alloc_array(cnt + 1, GFP_KERNEL);
	if (!new)
		return -ENOMEM;

	if (old)
		memcpy(new->items, old->items, flex_array_size(new, items, cnt));
	new->items[cnt] = (struct bpf_sched_item) {
		.prog	= link->link.prog,
		.stats	= link->stats,
		.tag	= link->tag,
		.scoped	= link->scoped,
		.link	= link,
	};

	replace_array(link->hook, new);
	if (!old)
		static_branch_enable(&bpf_sched_keys[link->hook]);
	return 0;
}

/* NULL once the link is detached. */
static struct bpf_sched_item *find_item(const struct bpf_sched_link *link)
{
	struct bpf_sched_array *array = hook_array(link->hook);
	u32 i;

	for (i = 0; array && i < array->cnt; i++)
		if (array->items[i].link == link)
			return &array->items[i];
	return NULL;
}

static int bpf_sched_link_detach(struct bpf_link *bpf_link)
{
	struct bpf_sched_link *link = container_of(bpf_link, struct bpf_sched_link, link);
	struct bpf_sched_array *old, *new = NULL;
	struct bpf_sched_item *item;
	u32 at;

	mutex_lock(&bpf_sched_mutex);
	item = find_item(link);
	if (!item)
		goto out;

	old = hook_array(link->hook);
	at = item - old->items;
	if (old->cnt > 1) {
		/* The last close of a link must not fail, and this is small. */
		new = alloc_array(old->cnt - 1, GFP_KERNEL | __GFP_NOFAIL);
		memcpy(new->items, old->items, flex_array_size(new, items, at));
		memcpy(new->items + at, item + 1, flex_array_size(new, items, new->cnt - at));
	} else {
		static_branch_disable(&bpf_sched_keys[link->hook]);
	}
	replace_array(link->hook, new);
out:
	mutex_unlock(&bpf_sched_mutex);
	return 0;
}

static void bpf_sched_link_release(struct bpf_link *link)
{
	bpf_sched_link_detach(link);
}

static void bpf_sched_link_free(struct bpf_sched_link *link)
{
	free_percpu(link->stats);
	kfree(link);
}

static void bpf_sched_link_dealloc(struct bpf_link *link)
{
	bpf_sched_link_free(container_of(link, struct bpf_sched_link, link));
}

static int bpf_sched_link_update(struct bpf_link *bpf_link, struct bpf_prog *new_prog,
				 struct bpf_prog *old_prog)
{
	struct bpf_sched_link *link = container_of(bpf_link, struct bpf_sched_link, link);
	struct bpf_sched_item *item;
	int ret = 0;

	if (!capable(CAP_SYS_NICE))
		return -EPERM;
	if (new_prog->type != BPF_PROG_TYPE_SCHED ||
	    bpf_sched_find_hook(new_prog) != link->hook)
		return -EINVAL;

	mutex_lock(&bpf_sched_mutex);
	item = find_item(link);
	if (!item) {
		ret = -ENOLINK;
	} else if (old_prog && bpf_link->prog != old_prog) {
		ret = -EPERM;
	} else {
		WRITE_ONCE(item->prog, new_prog);
		old_prog = xchg(&bpf_link->prog, new_prog);
		bpf_prog_put(old_prog);
	}
	mutex_unlock(&bpf_sched_mutex);
	return ret;
}

static struct bpf_sched_stats sum_stats(const struct bpf_sched_link *link)
{
	struct bpf_sched_stats sum = {};
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct bpf_sched_stats *stats = per_cpu_ptr(link->stats, cpu);

		sum.calls += READ_ONCE(stats->calls);
		sum.decided += READ_ONCE(stats->decided);
		sum.refused += READ_ONCE(stats->refused);
	}
	return sum;
}

static void bpf_sched_link_show_fdinfo(const struct bpf_link *bpf_link, struct seq_file *seq)
{
	const struct bpf_sched_link *link = container_of(bpf_link, struct bpf_sched_link, link);
	struct bpf_sched_stats stats = sum_stats(link);

	seq_printf(seq, "hook:\t%s\n", bpf_sched_hook_info[link->hook].name);
	if (link->scoped)
		seq_printf(seq, "tag:\t%lld\n", link->tag);
	seq_printf(seq, "calls:\t%llu\ndecided:\t%llu\nrefused:\t%llu\n",
		   stats.calls, stats.decided, stats.refused);
}

static int bpf_sched_link_fill_info(const struct bpf_link *bpf_link,
				    struct bpf_link_info *info)
{
	const struct bpf_sched_link *link = container_of(bpf_link, struct bpf_sched_link, link);
	struct bpf_sched_stats stats = sum_stats(link);

	info->sched.tag = link->tag;
	info->sched.flags = link->scoped ? BPF_F_SCHED_TAG : 0;
	info->sched.attach_btf_id = bpf_sched_hook_btf_ids[link->hook];
	info->sched.calls = stats.calls;
	info->sched.decided = stats.decided;
	info->sched.refused = stats.refused;
	return 0;
}

static const struct bpf_link_ops bpf_sched_link_ops = {
	.release		= bpf_sched_link_release,
	.dealloc_deferred	= bpf_sched_link_dealloc,
	.detach			= bpf_sched_link_detach,
	.update_prog		= bpf_sched_link_update,
	.show_fdinfo		= bpf_sched_link_show_fdinfo,
	.fill_link_info		= bpf_sched_link_fill_info,
};

/**
 * bpf_sched_link_attach - BPF_LINK_CREATE for a scheduler program
 * @attr: link_create.flags may have BPF_F_SCHED_TAG, which limits the program
 *	  to subjects with the effective tag link_create.sched.tag
 * @prog: the program, whose load chose the hook; on success the link owns it
 *
 * Return: a file descriptor of the link; -EPERM without CAP_SYS_NICE, -EINVAL
 * for a bad attribute, -E2BIG if the hook has BPF_SCHED_MAX_LINKS already.
 */
int bpf_sched_link_attach(const union bpf_attr *attr, struct bpf_prog *prog)
{
	bool scoped = attr->link_create.flags & BPF_F_SCHED_TAG;
	struct bpf_link_primer primer;
	struct bpf_sched_link *link;
	int ret;

	if (!capable(CAP_SYS_NICE))
		return -EPERM;
	if (attr->link_create.target_fd || attr->link_create.flags & ~BPF_F_SCHED_TAG)
		return -EINVAL;
	if (!scoped && attr->link_create.sched.tag)
		return -EINVAL;

	link = kzalloc(sizeof(*link), GFP_USER);
	if (!link)
		return -ENOMEM;

	bpf_link_init(&link->link, BPF_LINK_TYPE_SCHED, &bpf_sched_link_ops, prog);
	link->hook = bpf_sched_find_hook(prog);
	link->scoped = scoped;
	link->tag = attr->link_create.sched.tag;
	link->stats = alloc_percpu(struct bpf_sched_stats);
	if (!link->stats) {
		kfree(link);
		return -ENOMEM;
	}

	ret = bpf_link_prime(&link->link, &primer);
	if (ret) {
		bpf_sched_link_free(link);
		return ret;
	}

	mutex_lock(&bpf_sched_mutex);
	ret = add_link(link);
	mutex_unlock(&bpf_sched_mutex);
	if (ret) {
		bpf_link_cleanup(&primer);
		return ret;
	}

	return bpf_link_settle(&primer);
}
