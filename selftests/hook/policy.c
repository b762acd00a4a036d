// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policies: several programs in one link. What the kernel takes and refuses,
 * who may stand beside whom, who is asked first, and what a link tells.
 */
#include <errno.h>

#include "harness.h"

#define ROUNDS	20
#define GUARD	(50 * ROUNDS)

static const __s64 tag = 4021, other_tag = 4022;

FIXTURE(policy) {
	struct victim victim;
	int select;		/* says CPU 1 */
	int exit_hook;		/* has no opinion */
	int tick;		/* has no opinion */
};

FIXTURE_SETUP(policy)
{
	ASSERT_EQ(0, sys_hold_tasks(true));
	ASSERT_EQ(0, victim_start(&self->victim, &tag));
	self->select = hook_const("cfs_select_rq", 1);
	self->exit_hook = hook_const("cfs_select_rq_exit", -1);
	self->tick = hook_const("cfs_check_preempt_tick", -1);
	ASSERT_LE(0, self->select);
	ASSERT_LE(0, self->exit_hook);
	ASSERT_LE(0, self->tick);
}

FIXTURE_TEARDOWN(policy)
{
	victim_stop(&self->victim);
	sys_hold_tasks(false);
	close(self->select);
	close(self->exit_hook);
	close(self->tick);
}

static int attach(const int *progs, int nr, const char *name, const __s64 *scope)
{
	const struct hook_policy policy = {
		.progs = progs, .nr = nr, .name = name, .tag = scope,
	};

	return hook_policy_create(&policy);
}

static int attach_at(const int *progs, int nr, const char *name, const __s64 *scope,
		     int priority)
{
	const struct hook_policy policy = {
		.progs = progs, .nr = nr, .name = name, .tag = scope,
		.attr = { .flags = BPF_SCHED_POLICY_PRIORITY, .priority = priority },
	};

	return hook_policy_create(&policy);
}

static int replace(const int *progs, int nr, const char *name, const __s64 *scope, int old)
{
	const struct hook_policy policy = {
		.progs = progs, .nr = nr, .name = name, .tag = scope,
		.attr = { .flags = BPF_SCHED_POLICY_REPLACE, .replace_fd = old },
	};

	return hook_policy_create(&policy);
}

static bool is_asked(struct victim *v, int link)
{
	struct hook_policy_info before, after;
	int guard;

	hook_policy_info(link, &before, NULL);
	for (guard = 0; guard < ROUNDS; guard++) {
		victim_settle(v);
		victim_wake(v);
	}
	hook_policy_info(link, &after, NULL);
	return after.link.calls != before.link.calls;
}

/* The CPU on which most of some wakeups ended. */
static int lands_on(struct victim *v)
{
	int i, at, seen[64] = {};

	for (i = 0; i < ROUNDS; i++) {
		victim_settle(v);
		at = victim_wake(v);
		if (at >= 0 && at < 64 && ++seen[at] > ROUNDS / 2)
			return at;
	}
	return -1;
}

PROVE_F(policy, several, "a policy's programs are attached by one link, and it tells of each")
{
	const int progs[] = { self->select, self->exit_hook, self->tick };
	struct bpf_sched_prog_info about[HOOK_MAX_PROGS];
	struct hook_policy_info info;
	int link = attach(progs, 3, "several", &tag), i;

	ASSERT_LE(0, link);
	EXPECT_EQ(1, lands_on(&self->victim));
	ASSERT_EQ(0, hook_policy_info(link, &info, about));
	EXPECT_EQ(HOOK_F_TAG | HOOK_F_POLICY, info.link.flags);
	EXPECT_EQ(tag, info.link.tag);
	EXPECT_STREQ("several", info.name);
	EXPECT_EQ(0, info.priority);
	EXPECT_LT(0, info.generation);
	EXPECT_EQ(BPF_SCHED_EXIT_NONE, info.exit.reason);
	ASSERT_EQ(3, info.nr_progs);
	for (i = 0; i < 3; i++)
		EXPECT_EQ(hook_prog_id(progs[i]), (int)about[i].prog_id);
	EXPECT_EQ(hook_btf_id("bpf_sched_cfs_select_rq_exit"), (int)about[1].attach_btf_id);
	EXPECT_LT(0, about[0].decided);
	EXPECT_LT(0, about[1].calls);
	EXPECT_EQ(0, about[1].decided);
	EXPECT_EQ(about[0].decided, info.link.decided);
	close(link);
}

PROVE_F(policy, one_a_hook, "two programs of one hook are no policy: EINVAL, and nothing is attached")
{
	const int progs[] = { self->select, self->tick, self->select };

	EXPECT_EQ(-EINVAL, attach(progs, 3, "twice", &tag));
	EXPECT_EQ(0, attach(progs, 2, "once", &tag) < 0);
}

PROVE_F(policy, bad_attributes, "an attribute that makes no sense is EINVAL, E2BIG, EBADF or EFAULT")
{
	struct { struct bpf_sched_policy_attr attr; __u64 more; } big = { .attr.name = "big" };
	struct bpf_sched_policy_attr attr = { .name = "bad" };
	static char pages[8192];
	int one = self->select, link;

	EXPECT_EQ(-EINVAL, hook_policy_raw(one, HOOK_F_POLICY, 5, &attr, sizeof(attr)));
	EXPECT_EQ(-EINVAL, hook_policy_raw(one, 0, 0, &attr, sizeof(attr)));
	EXPECT_EQ(-EINVAL, hook_policy_raw(one, 1U << 2, 0, NULL, 0));
	EXPECT_EQ(-EFAULT, hook_policy_raw(one, HOOK_F_POLICY, 0, (void *)8, sizeof(attr)));
	EXPECT_EQ(-EINVAL, hook_policy_raw(one, HOOK_F_POLICY, 0, &attr, 0));

	attr.manifest_size = 1;
	EXPECT_EQ(-EINVAL, hook_policy_raw(one, HOOK_F_POLICY, 0, &attr, sizeof(attr)));
	attr.manifest_size = 0;
	attr.priority = 3;
	EXPECT_EQ(-EINVAL, hook_policy_raw(one, HOOK_F_POLICY, 0, &attr, sizeof(attr)));
	attr.priority = 0;
	attr.replace_fd = self->tick;
	EXPECT_EQ(-EINVAL, hook_policy_raw(one, HOOK_F_POLICY, 0, &attr, sizeof(attr)));
	attr.flags = BPF_SCHED_POLICY_REPLACE;
	EXPECT_EQ(-EINVAL, hook_policy_raw(one, HOOK_F_POLICY, 0, &attr, sizeof(attr)));
	attr.replace_fd = 9999;
	EXPECT_EQ(-EBADF, hook_policy_raw(one, HOOK_F_POLICY, 0, &attr, sizeof(attr)));
	attr.flags = 1U << 31;
	EXPECT_EQ(-EINVAL, hook_policy_raw(one, HOOK_F_POLICY, 0, &attr, sizeof(attr)));
	attr.flags = 0;
	attr.replace_fd = 0;
	attr.nr_progs = 1;
	EXPECT_EQ(-EFAULT, hook_policy_raw(one, HOOK_F_POLICY, 0, &attr, sizeof(attr)));
	attr.nr_progs = 1000000;
	EXPECT_EQ(-EINVAL, hook_policy_raw(one, HOOK_F_POLICY, 0, &attr, sizeof(attr)));
	attr.nr_progs = 0;
	memset(attr.name, 'x', sizeof(attr.name));
	EXPECT_EQ(-EINVAL, hook_policy_raw(one, HOOK_F_POLICY, 0, &attr, sizeof(attr)));

	/* A name is printed: it must not look like another line or field. */
	memset(attr.name, 0, sizeof(attr.name));
	strcpy(attr.name, "a\nb");
	EXPECT_EQ(-EINVAL, hook_policy_raw(one, HOOK_F_POLICY, 0, &attr, sizeof(attr)));
	strcpy(attr.name, "a b");
	EXPECT_EQ(-EINVAL, hook_policy_raw(one, HOOK_F_POLICY, 0, &attr, sizeof(attr)));
	attr.name[1] = 0;
	attr.name[2] = 'b';
	EXPECT_EQ(-EINVAL, hook_policy_raw(one, HOOK_F_POLICY, 0, &attr, sizeof(attr)));

	/* A longer one is for a later kernel, unless the rest is zero. */
	big.more = 1;
	EXPECT_EQ(-E2BIG, hook_policy_raw(one, HOOK_F_POLICY, 0, &big, sizeof(big)));
	big.more = 0;
	link = hook_policy_raw(one, HOOK_F_POLICY, 0, &big, sizeof(big));
	EXPECT_LE(0, link);
	close(link);
	memcpy(pages, &big, sizeof(big));
	EXPECT_EQ(-E2BIG, hook_policy_raw(one, HOOK_F_POLICY, 0, pages, sizeof(pages)));
}

PROVE_F(policy, overlap, "a second policy for a hook and a tag is EEXIST; another tag, another hook or a priority are not")
{
	int first = attach(&self->select, 1, "first", &tag), all, more[4];

	ASSERT_LE(0, first);
	EXPECT_EQ(-EEXIST, attach(&self->select, 1, "second", &tag));
	EXPECT_EQ(-EEXIST, attach(&self->select, 1, "all", NULL));
	EXPECT_EQ(-EEXIST, attach_at(&self->select, 1, "same", &tag, 0));

	more[0] = attach(&self->select, 1, "other-tag", &other_tag);
	more[1] = attach(&self->tick, 1, "other-hook", &tag);
	more[2] = attach_at(&self->select, 1, "before", &tag, 5);
	EXPECT_EQ(-EEXIST, attach_at(&self->select, 1, "beside", NULL, 5));
	more[3] = attach_at(&self->select, 1, "after", NULL, -5);
	EXPECT_LE(0, more[0]);
	EXPECT_LE(0, more[1]);
	EXPECT_LE(0, more[2]);
	EXPECT_LE(0, more[3]);
	/* Single links are no policies: they stand where they came. */
	all = hook_attach(self->select);
	EXPECT_LE(0, all);
	close(all);
	close(more[0]); close(more[1]); close(more[2]); close(more[3]);
	close(first);
	first = attach(&self->select, 1, "second", &tag);
	EXPECT_LE(0, first);
	close(first);
}

PROVE_F(policy, notices, "two policies may be told of the same thing: both are")
{
	int told = hook_const("cfs_enqueue_task", -1);
	int a = attach(&told, 1, "a", &tag), b = attach(&told, 1, "b", NULL);

	ASSERT_LE(0, told);
	ASSERT_LE(0, a);
	ASSERT_LE(0, b);
	EXPECT_TRUE(is_asked(&self->victim, a));
	EXPECT_TRUE(is_asked(&self->victim, b));
	close(a); close(b); close(told);
}

PROVE_F(policy, priority, "of two policies the one with the higher priority is asked first, whoever came first")
{
	int to_two = hook_const("cfs_select_rq", 2), low, high;

	low = attach_at(&self->select, 1, "low", &tag, -1);
	ASSERT_LE(0, low);
	EXPECT_EQ(1, lands_on(&self->victim));
	high = attach_at(&to_two, 1, "high", &tag, 1);
	ASSERT_LE(0, high);
	EXPECT_EQ(2, lands_on(&self->victim));
	EXPECT_FALSE(is_asked(&self->victim, low));
	close(high);
	EXPECT_EQ(1, lands_on(&self->victim));
	close(low); close(to_two);
}

PROVE_F(policy, replaced, "a policy takes the place and the priority of another, which decides no more and says so")
{
	const int progs[] = { self->exit_hook, hook_const("cfs_select_rq", 2) };
	struct hook_policy_info old_info, info;
	int rival = attach_at(&self->select, 1, "rival", &tag, -3), old, link;

	old = attach_at(&self->select, 1, "old", &tag, 7);
	ASSERT_LE(0, old);
	EXPECT_EQ(-EINVAL, replace(progs, 2, "new", NULL, old));
	EXPECT_EQ(-EINVAL, replace(progs, 2, "new", &other_tag, old));
	EXPECT_TRUE(is_asked(&self->victim, old));
	link = replace(progs, 2, "new", &tag, old);
	ASSERT_LE(0, link);
	EXPECT_EQ(2, lands_on(&self->victim));
	EXPECT_FALSE(is_asked(&self->victim, old));
	EXPECT_FALSE(is_asked(&self->victim, rival));
	ASSERT_EQ(0, hook_policy_info(old, &old_info, NULL));
	ASSERT_EQ(0, hook_policy_info(link, &info, NULL));
	EXPECT_EQ(BPF_SCHED_EXIT_REPLACED, old_info.exit.reason);
	EXPECT_LT(0, old_info.exit.time);
	EXPECT_EQ(7, info.priority);
	EXPECT_LT(old_info.generation, info.generation);
	EXPECT_EQ(-ENOLINK, replace(&self->select, 1, "late", &tag, old));
	close(old);
	EXPECT_EQ(2, lands_on(&self->victim));
	close(link);
	EXPECT_EQ(1, lands_on(&self->victim));
	close(rival); close(progs[1]);
}

PROVE_F(policy, detached, "who is detached stays as a husk that says so; a program is updated by its hook")
{
	const int progs[] = { self->exit_hook, self->select };
	int two = hook_const("cfs_select_rq", 2), link;
	struct hook_policy_info info;

	link = attach(progs, 2, "husk", &tag);
	ASSERT_LE(0, link);
	EXPECT_EQ(1, lands_on(&self->victim));
	EXPECT_EQ(0, hook_update(link, two));
	EXPECT_EQ(2, lands_on(&self->victim));
	EXPECT_EQ(-EINVAL, hook_update(link, self->tick));
	EXPECT_EQ(0, hook_detach(link));
	ASSERT_EQ(0, hook_policy_info(link, &info, NULL));
	EXPECT_EQ(BPF_SCHED_EXIT_DETACHED, info.exit.reason);
	EXPECT_EQ(-ENOLINK, hook_update(link, two));
	EXPECT_FALSE(is_asked(&self->victim, link));
	close(link); close(two);
}

TEST_HARNESS_MAIN
