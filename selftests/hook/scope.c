// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several programs on one hook: the tag of a link says whom it is called for,
 * the order of attachment who is asked first, and the first opinion that is
 * valid wins.
 */
#include <limits.h>

#include "harness.h"

#define ROUNDS	20
#define GUARD	(50 * ROUNDS)
#define NOBODY	4099
#define CGROUP	"hooktest-scope"

static const __s64 tag = 4006, tag2 = 4007;

/* A constant program on a hook: closing @fd detaches it. */
struct attached {
	int prog;
	int fd;
};

static struct attached attach(const char *hook, int answer, const __s64 *scope)
{
	struct attached a = { .prog = hook_const(hook, answer), .fd = -1 };

	if (a.prog >= 0)
		a.fd = scope ? hook_attach_tag(a.prog, *scope) : hook_attach(a.prog);
	return a;
}

static void detach(struct attached *a)
{
	close(a->fd);
	close(a->prog);
}

static struct hook_link_info info_of(const struct attached *a)
{
	struct hook_link_info info;

	if (hook_info(a->fd, &info))
		memset(&info, 0xff, sizeof(info));
	return info;
}

/* Wake the victim until a program that certainly is called was, ROUNDS times. */
static int wake(struct victim *v, const struct attached *witness)
{
	__u64 goal = info_of(witness).calls + ROUNDS;
	int guard;

	for (guard = 0; guard < GUARD; guard++) {
		if (victim_settle(v) || victim_wake(v) < 0)
			return -ESRCH;
		if (info_of(witness).calls >= goal)
			return victim_settle(v);
	}
	return -ETIMEDOUT;
}

FIXTURE(scope) {
	struct victim one;	/* tag */
	struct victim two;	/* tag2 */
};

FIXTURE_SETUP(scope)
{
	ASSERT_EQ(0, victim_start(&self->one, &tag));
	ASSERT_EQ(0, victim_start(&self->two, &tag2));
}

FIXTURE_TEARDOWN(scope)
{
	victim_stop(&self->one);
	victim_stop(&self->two);
}

PROVE_F(scope, two_tags, "two programs with two tags live side by side, each asked about its own tasks only")
{
	static const __s64 nobody = NOBODY;
	struct attached first = attach("cfs_select_rq", 0, &tag);
	struct attached second = attach("cfs_select_rq", 1, &tag2);
	struct attached none = attach("cfs_select_rq", 2, &nobody);
	struct hook_link_info before;

	ASSERT_LE(0, first.fd);
	ASSERT_LE(0, second.fd);
	ASSERT_LE(0, none.fd);

	ASSERT_EQ(0, wake(&self->one, &first));
	EXPECT_EQ(info_of(&first).calls, info_of(&first).decided);
	EXPECT_EQ(0, info_of(&second).calls);
	before = info_of(&first);
	ASSERT_EQ(0, wake(&self->two, &second));
	EXPECT_EQ(info_of(&second).calls, info_of(&second).decided);
	EXPECT_EQ(before.calls, info_of(&first).calls);
	EXPECT_EQ(0, info_of(&none).calls);
	detach(&first);
	detach(&second);
	detach(&none);
}

PROVE_F(scope, whole_tag, "all 64 bits of a tag count, and its sign")
{
	static const __s64 tags[] = {
		LLONG_MIN, LLONG_MAX, -1, 1, 1LL << 32, (1LL << 32) + 1, 0xffffffffLL
	};
	enum { N = sizeof(tags) / sizeof(tags[0]) };
	struct attached a[N];
	int i, j;

	for (i = 0; i < N; i++) {
		a[i] = attach("cfs_select_rq", -1, &tags[i]);
		ASSERT_LE(0, a[i].fd);
		EXPECT_EQ(tags[i], info_of(&a[i]).tag);
	}
	for (i = 0; i < N; i++) {
		ASSERT_EQ(0, task_set_tag(self->one.pid, tags[i]));
		ASSERT_EQ(0, wake(&self->one, &a[i]));
		for (j = i + 1; j < N; j++)
			EXPECT_EQ(0, info_of(&a[j]).calls) {
				TH_LOG("tag %lld called the program of tag %lld",
				       (long long)tags[i], (long long)tags[j]);
			}
	}
	for (i = 0; i < N; i++)
		detach(&a[i]);
}

PROVE_F(scope, new_tag, "a task that gets another tag is at once another program's")
{
	struct attached first = attach("cfs_select_rq", 0, &tag);
	struct attached second = attach("cfs_select_rq", 1, &tag2);
	__u64 calls;

	ASSERT_LE(0, first.fd);
	ASSERT_LE(0, second.fd);
	ASSERT_EQ(0, wake(&self->one, &first));
	calls = info_of(&first).calls;
	ASSERT_EQ(0, task_set_tag(self->one.pid, tag2));
	ASSERT_EQ(0, wake(&self->one, &second));
	EXPECT_EQ(calls, info_of(&first).calls);
	detach(&first);
	detach(&second);
}

PROVE_F(scope, group_tag, "the tag that a task has from its group selects the program")
{
	struct attached a = attach("cfs_select_rq", 0, &tag);
	struct victim v;

	ASSERT_LE(0, a.fd);
	ASSERT_EQ(0, cg_make(CGROUP));
	ASSERT_EQ(0, victim_start(&v, NULL));
	ASSERT_EQ(0, cg_add(CGROUP, v.pid));
	ASSERT_EQ(0, victim_settle(&v));
	ASSERT_LE(0, victim_wake(&v));
	EXPECT_EQ(0, info_of(&a).calls);
	ASSERT_EQ(0, cg_write(CGROUP, "cpu.tag", "4006"));
	EXPECT_EQ(0, wake(&v, &a));
	victim_stop(&v);
	EXPECT_EQ(0, cg_remove(CGROUP));
	detach(&a);
}

PROVE_F(scope, zero, "a link for tag 0 is about untagged tasks only, one without a tag about all")
{
	static const __s64 untagged;
	struct attached zero = attach("cfs_select_rq", -1, &untagged);
	struct attached all = attach("cfs_select_rq", -1, NULL);
	struct attached own = attach("cfs_select_rq", -1, &tag);
	struct hook_link_info before;

	ASSERT_LE(0, zero.fd);
	ASSERT_LE(0, all.fd);
	ASSERT_LE(0, own.fd);
	EXPECT_EQ(HOOK_F_TAG, info_of(&zero).flags);
	EXPECT_EQ(0, info_of(&all).flags);
	ASSERT_EQ(0, wake(&self->one, &own));
	EXPECT_LE(info_of(&own).calls, info_of(&all).calls);
	/* Others run too: only that both see an untagged task can be said. */
	ASSERT_EQ(0, task_set_tag(self->one.pid, 0));
	before = info_of(&own);
	ASSERT_EQ(0, wake(&self->one, &zero));
	EXPECT_EQ(before.calls, info_of(&own).calls);
	EXPECT_LE(info_of(&zero).calls, info_of(&all).calls);
	detach(&zero);
	detach(&all);
	detach(&own);
}

PROVE_F(scope, first_wins, "of two opinions the one attached first wins, and the second is not asked")
{
	struct attached first = attach("cfs_select_rq", 0, &tag);
	struct attached second = attach("cfs_select_rq", 1, &tag);

	ASSERT_LE(0, first.fd);
	ASSERT_LE(0, second.fd);
	ASSERT_EQ(0, wake(&self->one, &first));
	EXPECT_EQ(info_of(&first).calls, info_of(&first).decided);
	EXPECT_EQ(0, info_of(&second).calls);
	/* The first gone, the second is asked. */
	detach(&first);
	ASSERT_EQ(0, wake(&self->one, &second));
	EXPECT_EQ(info_of(&second).calls, info_of(&second).decided);
	detach(&second);
}

PROVE_F(scope, no_opinion_falls, "a program without an opinion leaves the decision to the next")
{
	struct attached first = attach("cfs_select_rq", -1, &tag);
	struct attached second = attach("cfs_select_rq", 1, NULL);
	struct hook_link_info info;

	ASSERT_LE(0, first.fd);
	ASSERT_LE(0, second.fd);
	ASSERT_EQ(0, wake(&self->one, &first));
	EXPECT_EQ(0, info_of(&first).decided);
	info = info_of(&second);
	EXPECT_LE(info_of(&first).calls, info.calls);
	EXPECT_LE(ROUNDS, info.decided);
	detach(&first);
	detach(&second);
}

PROVE_F(scope, refused_falls, "[H2] a refused answer leaves the decision to the next program")
{
	struct attached first = attach("cfs_select_rq", INT_MAX, &tag);
	struct attached second = attach("cfs_select_rq", 1, &tag);

	ASSERT_LE(0, first.fd);
	ASSERT_LE(0, second.fd);
	ASSERT_EQ(0, wake(&self->one, &first));
	EXPECT_EQ(info_of(&first).calls, info_of(&first).refused);
	EXPECT_EQ(0, info_of(&first).decided);
	EXPECT_EQ(info_of(&first).calls, info_of(&second).calls);
	EXPECT_EQ(info_of(&second).calls, info_of(&second).decided);
	detach(&first);
	detach(&second);
}

PROVE_F(scope, order_kept, "detaching in the middle keeps the order of the others")
{
	struct attached a = attach("cfs_select_rq", -1, &tag);
	struct attached b = attach("cfs_select_rq", -1, &tag);
	struct attached c = attach("cfs_select_rq", 0, &tag);
	struct attached d = attach("cfs_select_rq", 1, &tag);

	ASSERT_LE(0, a.fd);
	ASSERT_LE(0, b.fd);
	ASSERT_LE(0, c.fd);
	ASSERT_LE(0, d.fd);
	detach(&b);
	ASSERT_EQ(0, wake(&self->one, &a));
	EXPECT_EQ(info_of(&a).calls, info_of(&c).decided);
	EXPECT_EQ(0, info_of(&d).calls);
	detach(&a);
	ASSERT_EQ(0, wake(&self->one, &c));
	EXPECT_EQ(0, info_of(&d).calls);
	detach(&c);
	ASSERT_EQ(0, wake(&self->one, &d));
	detach(&d);
}

/* Both victims on one CPU: "two" wakes while a hog with the tag of "one" runs. */
static void either_tag(struct __test_metadata *_metadata, FIXTURE_DATA(scope) *self,
		       const char *hook)
{
	static const __s64 nobody = NOBODY;
	struct attached runs = attach(hook, -1, &tag);
	struct attached wakes = attach(hook, -1, &tag2);
	struct attached other = attach(hook, -1, &nobody);
	struct hog hog;

	ASSERT_LE(0, runs.fd);
	ASSERT_LE(0, wakes.fd);
	ASSERT_LE(0, other.fd);
	ASSERT_EQ(0, hog_start(&hog, 1, &tag, NULL));
	ASSERT_EQ(0, task_pin(self->two.pid, 1));
	ASSERT_EQ(0, wake(&self->two, &wakes));
	EXPECT_LE(ROUNDS / 2, info_of(&runs).calls);
	EXPECT_EQ(0, info_of(&other).calls);
	hog_stop(&hog);
	detach(&runs);
	detach(&wakes);
	detach(&other);
}

PROVE_F(scope, either_wakeup, "cfs_check_preempt_wakeup: the tag of either task selects the program")
{
	either_tag(_metadata, self, "cfs_check_preempt_wakeup");
}

PROVE_F(scope, either_entity, "cfs_wakeup_preempt_entity: the tag of either entity selects the program")
{
	either_tag(_metadata, self, "cfs_wakeup_preempt_entity");
}

PROVE_F(scope, tick, "cfs_check_preempt_tick: the tag of the running entity selects the program")
{
	static const __s64 nobody = NOBODY;
	struct attached own = attach("cfs_check_preempt_tick", -1, &tag);
	struct attached rivals = attach("cfs_check_preempt_tick", -1, &tag2);
	struct attached other = attach("cfs_check_preempt_tick", -1, &nobody);
	struct hog one, two;
	int guard;

	ASSERT_LE(0, own.fd);
	ASSERT_LE(0, rivals.fd);
	ASSERT_LE(0, other.fd);
	ASSERT_EQ(0, hog_start(&one, 1, &tag, NULL));
	ASSERT_EQ(0, hog_start(&two, 1, &tag2, NULL));
	for (guard = 0; guard < 600000; guard++) {
		if (info_of(&own).calls >= ROUNDS && info_of(&rivals).calls >= ROUNDS)
			break;
		usleep(1000);
	}
	EXPECT_LE(ROUNDS, info_of(&own).calls);
	EXPECT_LE(ROUNDS, info_of(&rivals).calls);
	EXPECT_EQ(0, info_of(&other).calls);
	hog_stop(&one);
	hog_stop(&two);
	detach(&own);
	detach(&rivals);
	detach(&other);
}

TEST_HARNESS_MAIN
