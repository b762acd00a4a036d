// SPDX-License-Identifier: GPL-2.0-only
/* One policy takes the place of another: tag policy swap, and tagsched_policy__swap(). */
#include <bpf/bpf.h>
#include <kselftest_harness.h>

#include "../../tools/lib/internal.h"
#include "policies.h"

#define PINS	"/sys/fs/bpf/swap-test"

FIXTURE(swap) {
	struct result r;
};

FIXTURE_SETUP(swap)
{
	ASSERT_TRUE(no_policies(&self->r));
	RUN_OK("tag policy load --name=it --tag=5 --priority=4 " STAY);
}

FIXTURE_TEARDOWN(swap)
{
	tagsched_policy__unload(PINS, "it");
	no_policies(&self->r);
	rmdir(PINS);
}

static int info_of(const char *dir, struct tagsched_link_info *info)
{
	int fd, err;

	*info = (struct tagsched_link_info){ .sz = sizeof(*info) };
	fd = tagsched_policy__open_link(dir, "it");
	if (fd < 0)
		return fd;
	err = tagsched_link__info(fd, info);
	close(fd);
	return err;
}

TEST_F_TIMEOUT(swap, new_programs_with_scope_priority_and_pin_of_the_old, GUARD)
{
	struct tagsched_link_info before, now;
	int old;

	old = tagsched_policy__open_link(NULL, "it");
	ASSERT_LE(0, old);
	ASSERT_EQ(0, info_of(NULL, &before));
	RUN_OK("tag -v policy swap it " QUIET);
	EXPECT_SAYS("it: attached to cfs_select_rq, link ");
	ASSERT_EQ(0, info_of(NULL, &now));
	EXPECT_STREQ("it", now.name);
	EXPECT_NE(before.id, now.id);
	EXPECT_TRUE(now.scoped);
	EXPECT_EQ(5, now.tag);
	EXPECT_EQ(4, now.priority);
	EXPECT_LT(before.generation, now.generation);
	EXPECT_EQ(tagsched_hook__count(), now.nr_progs);
	EXPECT_EQ(TAGSCHED_EXIT_NONE, now.exit.reason);
	RUN_OK("ls " TAGSCHED_PIN_DIR "/it");
	EXPECT_STREQ("policy\n", self->r.text);
	/* what is left of the old says who has its place */
	before.sz = sizeof(before);
	ASSERT_EQ(0, tagsched_link__info(old, &before));
	EXPECT_EQ(TAGSCHED_EXIT_REPLACED, before.exit.reason);
	close(old);
	RUN_OK("tag -j policy swap it " STAY);
	EXPECT_SAYS("\"policy\":\t\"it\"");
	RUN_OK("tag policy unload it");
	EXPECT_TRUE(no_policies(&self->r));
}

TEST_F_TIMEOUT(swap, tunables_are_the_new_one_s, GUARD)
{
	char buf[32];

	RUN_OK("tag policy swap it " TUNED " && tag policy set it small=3 && tag policy show it");
	/* the scope is not that which the object claims, nor its name */
	EXPECT_LINE("policy", "it");
	EXPECT_LINE("tag", "5");
	EXPECT_EQ(0, tagsched_policy__get(NULL, "it", "small", buf, sizeof(buf)));
	EXPECT_STREQ("3", buf);
	RUN_OK("tag policy swap it " TUNED);
	EXPECT_EQ(0, tagsched_policy__get(NULL, "it", "small", buf, sizeof(buf)));
	EXPECT_STREQ("200", buf);
}

TEST_F_TIMEOUT(swap, again_and_again_while_tasks_run, GUARD)
{
	struct tagsched_link_info before, now;

	ASSERT_EQ(0, info_of(NULL, &before));
	RUN_OK("'%s' run 5 -- sh -c 'while :; do /bin/true; done' & pid=$!; "
	       "for i in 1 2 3 4 5 6 7 8 9 10; do tag policy swap it " STAY " && tag policy swap it "
	       QUIET " || exit 1; done; tag policy swap it " STAY "; sleep 1; kill $pid",
	       TAG);
	ASSERT_EQ(0, info_of(NULL, &now));
	EXPECT_LE(before.generation + 21, now.generation);
	EXPECT_LT(0, now.decided);
	EXPECT_EQ(0, now.refused);
}

TEST_F_TIMEOUT(swap, swaps_at_the_same_time_take_turns, GUARD)
{
	RUN_OK("for i in 1 2 3 4; do tag policy swap it " STAY
	       " & pids=\"$pids $!\"; done; for p in $pids; do wait $p || exit 1; done; "
	       "ls " TAGSCHED_PIN_DIR "/it");
	EXPECT_STREQ("policy\n", self->r.text);
	RUN_OK("tag policy show it");
	EXPECT_LINE("state", "active");
}

TEST_F_TIMEOUT(swap, must_fail_and_leave_the_old_in_place, GUARD)
{
	struct tagsched_link_info before, now;

	RUN_OK("tag policy load --name=other --tag=5 " STARVE);
	ASSERT_EQ(0, info_of(NULL, &before));
	RUN_FAILS("no policy 'nosuch' is loaded", "tag policy swap nosuch " STAY);
	run(&self->r, "tag policy swap it " OBJECTS "/refused.bpf.o");
	EXPECT_EQ(1, self->r.status);
	EXPECT_SAYS("policy 'it': the kernel refused it");
	RUN_FAILS("are both of section sched/cfs_select_rq",
		  "tag policy swap it " OBJECTS "/twice.bpf.o");
	RUN_FAILS("CAP_SYS_NICE",
		  "setpriv --inh-caps -sys_nice --bounding-set -sys_nice '%s' policy swap it " STAY,
		  TAG);
	ASSERT_EQ(0, info_of(NULL, &now));
	EXPECT_EQ(before.id, now.id);
	EXPECT_EQ(TAGSCHED_EXIT_NONE, now.exit.reason);
	RUN_OK("ls " TAGSCHED_PIN_DIR "/it");
	EXPECT_STREQ("policy\n", self->r.text);
}

TEST_F_TIMEOUT(swap, must_fail_if_a_new_hook_has_another_holder, GUARD)
{
	RUN_OK("tag policy unload it && tag policy load --name=it --tag=5 " STAY
	       " && tag policy load --name=other --tag=5 " STARVE);
	RUN_FAILS("policy 'it': policy 'other' (link ", "tag policy swap it " QUIET);
	EXPECT_SAYS("answers cfs_check_preempt_");
	RUN_OK("tag policy show it");
	EXPECT_LINE("state", "active");
}

TEST_F_TIMEOUT(swap, must_fail_for_one_that_decides_no_more_and_say_why, GUARD)
{
	int fd = tagsched_policy__open_link(NULL, "it");

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, tagsched_link__detach(fd));
	close(fd);
	RUN_FAILS("policy 'it': was detached on ", "tag policy swap it " STAY);
	EXPECT_SAYS("; unload it, and load the new one\n");
	RUN_FAILS("a policy of this name was detached on ", "tag policy load --name=it " STAY);
	EXPECT_SAYS("; tag policy unload it, or give another name\n");
	RUN_OK("tag policy unload it && tag policy load --name=it " STAY);
}

static struct tagsched_policy *load(const char *path)
{
	TAGSCHED_OPTS(tagsched_policy_opts, opts, .name = "it");
	struct tagsched_policy *policy = tagsched_policy__open(path, &opts);

	if (!policy || tagsched_policy__load(policy))
		return NULL;
	return policy;
}

TEST_F_TIMEOUT(swap, by_the_library, GUARD)
{
	struct tagsched_policy *first = load(STAY), *second = load(STAY);
	struct tagsched_link_info info;

	ASSERT_NE(NULL, first);
	ASSERT_NE(NULL, second);
	RUN_OK("tag policy unload it");
	EXPECT_EQ(-ENOENT, tagsched_policy__swap(second, PINS, NULL));
	ASSERT_EQ(0, tagsched_policy__attach(first, NULL));
	EXPECT_EQ(-ENOENT, tagsched_policy__swap(second, PINS, NULL));
	ASSERT_EQ(0, tagsched_policy__pin(first, PINS));
	EXPECT_EQ(-EALREADY, tagsched_policy__swap(first, PINS, NULL));
	ASSERT_EQ(0, tagsched_policy__swap(second, PINS, NULL)) {
		TH_LOG("%s", tagsched_last_error());
	}
	tagsched_policy__destroy(first);
	tagsched_policy__destroy(second);
	ASSERT_EQ(0, info_of(PINS, &info));
	EXPECT_EQ(TAGSCHED_EXIT_NONE, info.exit.reason);
	EXPECT_EQ(1, tagsched_policy__unload(PINS, "it"));
}

/* As a process leaves it that dies between the kernel's step and the pin's. */
static int half_a_swap(const char *path)
{
	struct ts_attach how = { .scoped = true, .tag = 5 };
	struct tagsched_policy *policy = load(path);
	int err = -EINVAL;

	if (!policy)
		return -errno;
	how.replace_fd = tagsched_policy__open_link(NULL, "it");
	policy->link_fd = ts_policy_create_link(policy, &how);
	if (policy->link_fd >= 0)
		err = bpf_obj_pin(policy->link_fd, TAGSCHED_PIN_DIR "/it/next");
	close(how.replace_fd);
	tagsched_policy__destroy(policy);
	return err;
}

TEST_F_TIMEOUT(swap, half_done_is_finished_by_the_next, GUARD)
{
	struct tagsched_link_info half, now;

	ASSERT_EQ(0, half_a_swap(QUIET));
	/* who looks sees the new one already */
	ASSERT_EQ(0, info_of(NULL, &half));
	EXPECT_EQ(TAGSCHED_EXIT_NONE, half.exit.reason);
	EXPECT_EQ(tagsched_hook__count(), half.nr_progs);
	RUN_OK("tag policy swap it " STAY);
	ASSERT_EQ(0, info_of(NULL, &now));
	EXPECT_NE(half.id, now.id);
	EXPECT_EQ(1, now.nr_progs);
	RUN_OK("ls " TAGSCHED_PIN_DIR "/it");
	EXPECT_STREQ("policy\n", self->r.text);
	ASSERT_EQ(0, half_a_swap(QUIET));
	RUN_OK("tag policy unload it");
	EXPECT_TRUE(no_policies(&self->r));
}

TEST_HARNESS_MAIN
