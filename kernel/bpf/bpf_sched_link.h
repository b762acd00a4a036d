/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Links of scheduler programs, the part that is private to kernel/bpf.
 *
 * bpf_sched_links has the attached links in the order in which they are asked:
 * by priority, then by attachment. What the scheduler reads is a table, made
 * anew from that list whenever it changes and replaced by one store: all hooks
 * change at once. bpf_sched_mutex protects the list, the table pointer and
 * what a link says of itself; it is taken in process context only and nests
 * outside of the lock of static keys and outside of runqueue locks.
 *
 * A link that is attached is on the list and in the table. One that has been
 * ejected is asked no more at once, as readers look at its exit record, and
 * leaves list and table later, in process context.
 */
#ifndef _KERNEL_BPF_SCHED_LINK_H
#define _KERNEL_BPF_SCHED_LINK_H

#include <linux/bpf.h>
#include <linux/bpf_sched.h>
#include <linux/list.h>
#include <linux/mutex.h>

#define BPF_SCHED_MAX_LINKS	64	/* programs of a hook */

/**
 * struct bpf_sched_stats - counters of a program on one CPU
 * @calls:	it ran
 * @decided:	its answer was taken
 * @refused:	its answer was not valid
 * @last:	jiffies of the last answer that was taken
 * @second:	jiffies when the present count of refusals began
 * @in_second:	refusals since
 *
 * Written on that CPU with interrupts off, so that counting needs no atomic
 * operation.
 */
struct bpf_sched_stats {
	u64		calls;
	u64		decided;
	u64		refused;
	unsigned long	last;
	unsigned long	second;
	unsigned int	in_second;
};

/**
 * struct bpf_sched_prog - one of the programs of a link
 * @prog:	the program; the link has a reference
 * @hook:	where it is attached
 * @stats:	counters
 */
struct bpf_sched_prog {
	struct bpf_prog			*prog;
	enum bpf_sched_hook_id		hook;
	struct bpf_sched_stats __percpu	*stats;
};

/**
 * struct bpf_sched_link - programs attached to hooks, at most one to each
 * @link:	holds the reference to the first program
 * @node:	in bpf_sched_links, while attached
 * @policy:	attached as a policy, with @name
 * @ranked:	@priority was asked for
 * @scoped:	called only for subjects with @tag
 * @priority:	those with a higher one are asked before
 * @tag:	the tag, if @scoped
 * @generation:	of the table that it came with
 * @name:	of the policy
 * @exit_lock:	serializes those who end the link
 * @exit:	why it decides no more; @exit.reason is written last
 * @signature:	of the policy, as it was passed; NULL: none
 * @signature_size: its size in bytes
 * @signature_error: 0 if it is good, else what is wrong with it
 * @nr:		number of programs
 * @progs:	the programs
 *
 * Freed a grace period after the last table that names it.
 */
struct bpf_sched_link {
	struct bpf_link			link;
	struct list_head		node;
	bool				policy;
	bool				ranked;
	bool				scoped;
	s32				priority;
	s64				tag;
	u64				generation;
	char				name[BPF_SCHED_NAME_LEN];
	raw_spinlock_t			exit_lock;
	struct bpf_sched_exit		exit;
	void				*signature;
	u32				signature_size;
	int				signature_error;
	u32				nr;
	struct bpf_sched_prog		progs[];
};

extern struct mutex bpf_sched_mutex;
extern struct list_head bpf_sched_links;

/* Does the link decide? If not, the rest of its exit record can be read. */
static inline bool bpf_sched_link_alive(const struct bpf_sched_link *link)
{
	/* Pairs with the release in bpf_sched_end_link(). */
	return !smp_load_acquire(&link->exit.reason);
}

/*
 * Is it asked no more, though it may still be in the table? Who is detached or
 * replaced has its say to the end of a decision that has begun.
 */
static inline bool bpf_sched_link_ejected(const struct bpf_sched_link *link)
{
	return READ_ONCE(link->exit.reason) >= BPF_SCHED_EXIT_STALL;
}

static inline bool bpf_sched_link_attached(const struct bpf_sched_link *link)
{
	return !list_empty(&link->node);
}

void bpf_sched_visit_asked(void (*fn)(struct bpf_sched_link *link, void *arg), void *arg);
int bpf_sched_publish(gfp_t gfp);
u64 bpf_sched_next_generation(void);

bool bpf_sched_end_link(struct bpf_sched_link *link, const struct bpf_sched_exit *exit);
void bpf_sched_count_refused(struct bpf_sched_link *link, struct bpf_sched_stats *stats,
			     enum bpf_sched_hook_id hook);

void bpf_sched_show_exit(const struct bpf_sched_link *link, struct seq_file *seq);

#ifdef CONFIG_BPF_SCHED_SIGNATURE
int bpf_sched_copy_manifest(const struct bpf_sched_link *link,
			    const struct bpf_sched_policy_attr *policy);
int bpf_sched_check_signature(struct bpf_sched_link *link,
			      const struct bpf_sched_policy_attr *policy);
bool bpf_sched_signature_required(void);
#else
static inline int bpf_sched_copy_manifest(const struct bpf_sched_link *link,
					  const struct bpf_sched_policy_attr *policy)
{
	return -EOPNOTSUPP;
}

static inline int bpf_sched_check_signature(struct bpf_sched_link *link,
					    const struct bpf_sched_policy_attr *policy)
{
	return 0;
}

static inline bool bpf_sched_signature_required(void)
{
	return false;
}
#endif

#endif /* _KERNEL_BPF_SCHED_LINK_H */
