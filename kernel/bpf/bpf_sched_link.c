// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attaching programs to scheduler hooks: one by one, or as a policy.
 */
#include <linux/bpf.h>
#include <linux/bpf_sched.h>
#include <linux/btf_ids.h>
#include <linux/capability.h>
#include <linux/ctype.h>
#include <linux/filter.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "bpf_sched_link.h"

static struct bpf_sched_link *to_sched_link(const struct bpf_link *link)
{
	return container_of(link, struct bpf_sched_link, link);
}

/* --- who is asked before whom; all of it under bpf_sched_mutex */

/* Behind those with the same priority. */
static void insert_link(struct bpf_sched_link *link)
{
	struct bpf_sched_link *other;

	list_for_each_entry(other, &bpf_sched_links, node)
		if (other->priority < link->priority)
			break;
	list_add_tail(&link->node, &other->node);
}

static bool answers_same_hook(const struct bpf_sched_link *a, const struct bpf_sched_link *b)
{
	u32 i, j;

	for (i = 0; i < a->nr; i++)
		for (j = 0; j < b->nr; j++)
			if (a->progs[i].hook == b->progs[j].hook &&
			    bpf_sched_hook_info[a->progs[i].hook].kind != BPF_SCHED_KIND_NOTICE)
				return true;
	return false;
}

/*
 * Would it depend on chance which of the two policies decides? Two that were
 * given different priorities have an order.
 */
static bool in_conflict(const struct bpf_sched_link *new, const struct bpf_sched_link *old)
{
	if (!new->policy || !old->policy || !bpf_sched_link_alive(old))
		return false;
	if (new->ranked && new->priority != old->priority)
		return false;
	if (new->scoped && old->scoped && new->tag != old->tag)
		return false;
	return answers_same_hook(new, old);
}

/* @old, if any, makes room for @link. */
static bool has_conflict(const struct bpf_sched_link *link, const struct bpf_sched_link *old)
{
	const struct bpf_sched_link *other;

	list_for_each_entry(other, &bpf_sched_links, node)
		if (other != old && in_conflict(link, other))
			return true;
	return false;
}

static int attach_link(struct bpf_sched_link *link)
{
	int ret;

	if (has_conflict(link, NULL))
		return -EEXIST;

	insert_link(link);
	link->generation = bpf_sched_next_generation();
	ret = bpf_sched_publish(GFP_KERNEL);
	if (ret)
		list_del_init(&link->node);
	return ret;
}

static int replace_link(struct bpf_sched_link *link, struct bpf_sched_link *old)
{
	const struct bpf_sched_exit exit = { .reason = BPF_SCHED_EXIT_REPLACED };
	int ret;

	if (!bpf_sched_link_attached(old) || !bpf_sched_link_alive(old))
		return -ENOLINK;
	if (old->scoped != link->scoped || old->tag != link->tag)
		return -EINVAL;

	link->priority = old->priority;
	link->ranked = old->ranked;
	if (has_conflict(link, old))
		return -EEXIST;

	list_replace_init(&old->node, &link->node);
	link->generation = bpf_sched_next_generation();
	ret = bpf_sched_publish(GFP_KERNEL);
	if (ret)
		list_replace_init(&link->node, &old->node);
	else
		bpf_sched_end_link(old, &exit);
	return ret;
}

/* --- what the BPF core calls */

static int bpf_sched_link_detach(struct bpf_link *bpf_link)
{
	const struct bpf_sched_exit exit = { .reason = BPF_SCHED_EXIT_DETACHED };
	struct bpf_sched_link *link = to_sched_link(bpf_link);

	mutex_lock(&bpf_sched_mutex);
	if (bpf_sched_link_attached(link)) {
		list_del_init(&link->node);
		/* The last close of a link must not fail, and this is small. */
		bpf_sched_publish(GFP_KERNEL | __GFP_NOFAIL);
		bpf_sched_end_link(link, &exit);
	}
	mutex_unlock(&bpf_sched_mutex);
	return 0;
}

static void put_progs(struct bpf_sched_link *link)
{
	u32 i;

	/* The first one's reference is the core's. */
	for (i = 1; i < link->nr; i++)
		bpf_prog_put(link->progs[i].prog);
}

static void bpf_sched_link_release(struct bpf_link *link)
{
	bpf_sched_link_detach(link);
	put_progs(to_sched_link(link));
}

static void bpf_sched_link_free(struct bpf_sched_link *link)
{
	u32 i;

	for (i = 0; i < link->nr; i++)
		free_percpu(link->progs[i].stats);
	kfree(link->signature);
	kfree(link);
}

static void bpf_sched_link_dealloc(struct bpf_link *link)
{
	bpf_sched_link_free(to_sched_link(link));
}

static struct bpf_sched_prog *prog_at(struct bpf_sched_link *link, int hook)
{
	u32 i;

	for (i = 0; i < link->nr; i++)
		if (link->progs[i].hook == hook)
			return &link->progs[i];
	return NULL;
}

static int update_prog(struct bpf_sched_link *link, struct bpf_sched_prog *at,
		       struct bpf_prog *new_prog, struct bpf_prog *want_prog)
{
	struct bpf_prog *old_prog = at->prog;
	int ret;

	if (!bpf_sched_link_attached(link) || !bpf_sched_link_alive(link))
		return -ENOLINK;
	if (want_prog && old_prog != want_prog)
		return -EPERM;

	at->prog = new_prog;
	ret = bpf_sched_publish(GFP_KERNEL);
	if (ret) {
		at->prog = old_prog;
		return ret;
	}

	if (at == link->progs)
		WRITE_ONCE(link->link.prog, new_prog);
	/* It is not what was signed any more. */
	WRITE_ONCE(link->signature_error, -EKEYREJECTED);
	bpf_prog_put(old_prog);
	return 0;
}

static int bpf_sched_link_update(struct bpf_link *bpf_link, struct bpf_prog *new_prog,
				 struct bpf_prog *old_prog)
{
	struct bpf_sched_link *link = to_sched_link(bpf_link);
	struct bpf_sched_prog *at = NULL;
	int ret;

	if (!capable(CAP_SYS_NICE))
		return -EPERM;
	/* A signature is of a policy as a whole, and none comes with this. */
	if (bpf_sched_signature_required())
		return -EKEYREJECTED;
	if (new_prog->type == BPF_PROG_TYPE_SCHED)
		at = prog_at(link, bpf_sched_find_hook(new_prog));
	if (!at)
		return -EINVAL;

	mutex_lock(&bpf_sched_mutex);
	ret = update_prog(link, at, new_prog, old_prog);
	mutex_unlock(&bpf_sched_mutex);
	return ret;
}

static struct bpf_sched_stats sum_stats(const struct bpf_sched_prog *prog)
{
	struct bpf_sched_stats sum = {};
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct bpf_sched_stats *stats = per_cpu_ptr(prog->stats, cpu);

		sum.calls += READ_ONCE(stats->calls);
		sum.decided += READ_ONCE(stats->decided);
		sum.refused += READ_ONCE(stats->refused);
	}
	return sum;
}

static void bpf_sched_link_show_fdinfo(const struct bpf_link *bpf_link, struct seq_file *seq)
{
	const struct bpf_sched_link *link = to_sched_link(bpf_link);
	u32 i;

	if (link->policy)
		seq_printf(seq, "policy:\t%s\npriority:\t%d\n", link->name, link->priority);
	if (link->scoped)
		seq_printf(seq, "tag:\t%lld\n", link->tag);
	seq_printf(seq, "generation:\t%llu\n", link->generation);
	for (i = 0; i < link->nr; i++) {
		struct bpf_sched_stats stats = sum_stats(&link->progs[i]);

		seq_printf(seq, "hook:\t%s\ncalls:\t%llu\ndecided:\t%llu\nrefused:\t%llu\n",
			   bpf_sched_hook_info[link->progs[i].hook].name,
			   stats.calls, stats.decided, stats.refused);
	}
	bpf_sched_show_exit(link, seq);
}

static void fill_prog_info(struct bpf_sched_prog_info *info, const struct bpf_sched_prog *prog)
{
	struct bpf_sched_stats stats = sum_stats(prog);

	*info = (struct bpf_sched_prog_info) {
		.prog_id	= READ_ONCE(prog->prog)->aux->id,
		.attach_btf_id	= bpf_sched_hook_btf_ids[prog->hook],
		.calls		= stats.calls,
		.decided	= stats.decided,
		.refused	= stats.refused,
	};
}

static void fill_progs(struct bpf_sched_prog_info *progs, const struct bpf_sched_link *link,
		       struct bpf_link_info *info)
{
	u32 i;

	for (i = 0; i < link->nr; i++) {
		fill_prog_info(&progs[i], &link->progs[i]);
		info->sched.calls += progs[i].calls;
		info->sched.decided += progs[i].decided;
		info->sched.refused += progs[i].refused;
	}
}

static int fill_signature(const struct bpf_sched_link *link, struct bpf_link_info *info)
{
	void __user *to = u64_to_user_ptr(info->sched.signature);
	u32 room = info->sched.signature_size;

	info->sched.signature_size = link->signature_size;
	info->sched.signature_error = link->signature ? READ_ONCE(link->signature_error) : 0;
	if (to && copy_to_user(to, link->signature, min(room, link->signature_size)))
		return -EFAULT;
	return 0;
}

static int bpf_sched_link_fill_info(const struct bpf_link *bpf_link,
				    struct bpf_link_info *info)
{
	struct bpf_sched_link *link = to_sched_link(bpf_link);
	void __user *to = u64_to_user_ptr(info->sched.progs);
	struct bpf_sched_prog_info progs[BPF_SCHED_NR_HOOKS];
	u32 room = info->sched.nr_progs;

	info->sched.tag = link->tag;
	info->sched.flags = (link->scoped ? BPF_F_SCHED_TAG : 0) |
			    (link->policy ? BPF_F_SCHED_POLICY : 0);
	info->sched.attach_btf_id = bpf_sched_hook_btf_ids[link->progs[0].hook];
	info->sched.calls = 0;
	info->sched.decided = 0;
	info->sched.refused = 0;
	info->sched.priority = link->priority;
	info->sched.generation = link->generation;
	info->sched.nr_progs = link->nr;
	memcpy(info->sched.name, link->name, sizeof(info->sched.name));

	/* A program that is replaced meanwhile must not go. */
	mutex_lock(&bpf_sched_mutex);
	fill_progs(progs, link, info);
	mutex_unlock(&bpf_sched_mutex);

	/* The one is in linux/bpf.h, which does not include the other. */
	BUILD_BUG_ON(sizeof(info->sched.exit) != sizeof(link->exit));
	raw_spin_lock_irq(&link->exit_lock);
	memcpy(&info->sched.exit, &link->exit, sizeof(link->exit));
	raw_spin_unlock_irq(&link->exit_lock);

	if (to && copy_to_user(to, progs, min(room, link->nr) * sizeof(*progs)))
		return -EFAULT;
	return fill_signature(link, info);
}

static const struct bpf_link_ops bpf_sched_link_ops = {
	.release		= bpf_sched_link_release,
	.dealloc_deferred	= bpf_sched_link_dealloc,
	.detach			= bpf_sched_link_detach,
	.update_prog		= bpf_sched_link_update,
	.show_fdinfo		= bpf_sched_link_show_fdinfo,
	.fill_link_info		= bpf_sched_link_fill_info,
};

/* --- BPF_LINK_CREATE */

/* What is printed into lines of text, and nothing behind its end. */
static bool name_valid(const char name[BPF_SCHED_NAME_LEN])
{
	size_t len = 0;

	while (len < BPF_SCHED_NAME_LEN &&
	       (isalnum(name[len]) || name[len] == '_' || name[len] == '-' || name[len] == '.'))
		len++;
	return len && len < BPF_SCHED_NAME_LEN &&
	       !memchr_inv(name + len, 0, BPF_SCHED_NAME_LEN - len);
}

static int read_policy(const union bpf_attr *attr, struct bpf_sched_policy_attr *policy)
{
	int ret;

	memset(policy, 0, sizeof(*policy));
	if (!(attr->link_create.flags & BPF_F_SCHED_POLICY))
		return attr->link_create.sched.policy || attr->link_create.sched.policy_size ?
		       -EINVAL : 0;

	/* As much as any system call takes of what a later kernel may know. */
	if (attr->link_create.sched.policy_size > PAGE_SIZE)
		return -E2BIG;
	ret = copy_struct_from_user(policy, sizeof(*policy),
				    u64_to_user_ptr(attr->link_create.sched.policy),
				    attr->link_create.sched.policy_size);
	if (ret)
		return ret;

	if (!name_valid(policy->name))
		return -EINVAL;
	if (policy->flags & ~(BPF_SCHED_POLICY_PRIORITY | BPF_SCHED_POLICY_REPLACE |
			      BPF_SCHED_POLICY_MANIFEST) ||
	    policy->nr_progs >= BPF_SCHED_NR_HOOKS)
		return -EINVAL;
	if (policy->flags & BPF_SCHED_POLICY_MANIFEST) {
		if (policy->flags != BPF_SCHED_POLICY_MANIFEST || policy->signature)
			return -EINVAL;
	} else if (policy->manifest || policy->manifest_size) {
		return -EINVAL;
	}
	/* The place of another one comes with its priority. */
	if (policy->flags & BPF_SCHED_POLICY_REPLACE &&
	    policy->flags & BPF_SCHED_POLICY_PRIORITY)
		return -EINVAL;
	if (!(policy->flags & BPF_SCHED_POLICY_PRIORITY) && policy->priority)
		return -EINVAL;
	if (!(policy->flags & BPF_SCHED_POLICY_REPLACE) && policy->replace_fd)
		return -EINVAL;
	return 0;
}

static int add_prog(struct bpf_sched_link *link, struct bpf_prog *prog)
{
	int hook = bpf_sched_find_hook(prog);
	struct bpf_sched_stats __percpu *stats;

	if (hook < 0 || prog_at(link, hook))
		return -EINVAL;

	stats = alloc_percpu(struct bpf_sched_stats);
	if (!stats)
		return -ENOMEM;
	link->progs[link->nr++] = (struct bpf_sched_prog) {
		.prog = prog, .hook = hook, .stats = stats,
	};
	return 0;
}

/* The programs besides the first. */
static int add_progs(struct bpf_sched_link *link, const struct bpf_sched_policy_attr *policy)
{
	u32 __user *fds = u64_to_user_ptr(policy->prog_fds);
	struct bpf_prog *prog;
	u32 i, fd;
	int ret;

	for (i = 0; i < policy->nr_progs; i++) {
		if (get_user(fd, &fds[i]))
			return -EFAULT;
		prog = bpf_prog_get_type(fd, BPF_PROG_TYPE_SCHED);
		if (IS_ERR(prog))
			return PTR_ERR(prog);
		ret = add_prog(link, prog);
		if (ret) {
			bpf_prog_put(prog);
			return ret;
		}
	}
	return 0;
}

/* On an error what has been made is in @link, for the caller to free. */
static int fill_link(struct bpf_sched_link *link, const union bpf_attr *attr,
		     const struct bpf_sched_policy_attr *policy, struct bpf_prog *prog)
{
	int ret;

	bpf_link_init(&link->link, BPF_LINK_TYPE_SCHED, &bpf_sched_link_ops, prog);
	INIT_LIST_HEAD(&link->node);
	raw_spin_lock_init(&link->exit_lock);
	link->policy = attr->link_create.flags & BPF_F_SCHED_POLICY;
	link->scoped = attr->link_create.flags & BPF_F_SCHED_TAG;
	link->tag = attr->link_create.sched.tag;
	link->ranked = policy->flags & BPF_SCHED_POLICY_PRIORITY;
	link->priority = policy->priority;
	memcpy(link->name, policy->name, sizeof(link->name));

	ret = add_prog(link, prog);
	return ret ?: add_progs(link, policy);
}

static int attach_or_replace(struct bpf_sched_link *link,
			     const struct bpf_sched_policy_attr *policy)
{
	struct bpf_link *old = NULL;
	int ret;

	if (policy->flags & BPF_SCHED_POLICY_REPLACE) {
		old = bpf_link_get_from_fd(policy->replace_fd);
		if (IS_ERR(old))
			return PTR_ERR(old);
		if (old->ops != &bpf_sched_link_ops || !to_sched_link(old)->policy) {
			bpf_link_put(old);
			return -EINVAL;
		}
	}

	mutex_lock(&bpf_sched_mutex);
	ret = old ? replace_link(link, to_sched_link(old)) : attach_link(link);
	mutex_unlock(&bpf_sched_mutex);

	if (old)
		bpf_link_put(old);
	return ret;
}

/**
 * bpf_sched_link_attach - BPF_LINK_CREATE for scheduler programs
 * @attr: link_create.flags may have BPF_F_SCHED_TAG, which limits the programs
 *	  to subjects with the effective tag link_create.sched.tag, and
 *	  BPF_F_SCHED_POLICY, which attaches several of them together, see
 *	  struct bpf_sched_policy_attr
 * @prog: the (first) program, whose load chose the hook; on success the link
 *	  owns it
 *
 * With BPF_SCHED_POLICY_MANIFEST nothing is attached.
 *
 * Return: a file descriptor of the link, or the length of the manifest; -EPERM
 * without CAP_SYS_NICE; -EINVAL for a bad attribute or two programs of one hook;
 * -E2BIG if a hook has BPF_SCHED_MAX_LINKS already, or the attribute unknown
 * fields; -EEXIST if another policy is in charge; -ENOLINK if the policy to be
 * replaced decides no more; -EKEYREJECTED, -ENOKEY, -EBADMSG or -ENOPKG if a signature is required,
 * see bpf_sched_check_signature(); -EBADF, -EFAULT, -ENOMEM.
 */
int bpf_sched_link_attach(const union bpf_attr *attr, struct bpf_prog *prog)
{
	struct bpf_sched_policy_attr policy;
	struct bpf_link_primer primer;
	struct bpf_sched_link *link;
	int ret;

	if (!capable(CAP_SYS_NICE))
		return -EPERM;
	if (attr->link_create.target_fd ||
	    attr->link_create.flags & ~(BPF_F_SCHED_TAG | BPF_F_SCHED_POLICY))
		return -EINVAL;
	if (!(attr->link_create.flags & BPF_F_SCHED_TAG) && attr->link_create.sched.tag)
		return -EINVAL;
	ret = read_policy(attr, &policy);
	if (ret)
		return ret;

	link = kzalloc(struct_size(link, progs, policy.nr_progs + 1), GFP_USER);
	if (!link)
		return -ENOMEM;

	ret = fill_link(link, attr, &policy, prog);
	if (!ret && policy.flags & BPF_SCHED_POLICY_MANIFEST) {
		ret = bpf_sched_copy_manifest(link, &policy);
		/* On success the first program is ours too. */
		if (ret >= 0)
			bpf_prog_put(prog);
		goto free_link;
	}
	if (!ret)
		ret = bpf_sched_check_signature(link, &policy);
	if (!ret)
		ret = bpf_link_prime(&link->link, &primer);
	if (ret)
		goto free_link;

	ret = attach_or_replace(link, &policy);
	if (ret) {
		put_progs(link);
		bpf_link_cleanup(&primer);
		return ret;
	}

	return bpf_link_settle(&primer);

free_link:
	put_progs(link);
	bpf_sched_link_free(link);
	return ret;
}

/**
 * bpf_sched_link_name - the name of the policy that a link is
 * @id:	  the link's id
 * @name: where to put it
 * @size: its size in bytes
 *
 * Context: Process context.
 * Return: whether there is such a link, and it is a policy.
 */
bool bpf_sched_link_name(u32 id, char *name, size_t size)
{
	const struct bpf_sched_link *link;
	bool found = false;

	mutex_lock(&bpf_sched_mutex);
	list_for_each_entry(link, &bpf_sched_links, node) {
		if (link->link.id != id || !link->policy)
			continue;
		strscpy(name, link->name, size);
		found = true;
		break;
	}
	mutex_unlock(&bpf_sched_mutex);
	return found;
}
