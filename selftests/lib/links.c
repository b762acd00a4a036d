// SPDX-License-Identifier: GPL-2.0-only
/* The library's policies and links, by its functions. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <kselftest_harness.h>
#include <tagsched.h>

#include "run.h"

#define PINS	"/sys/fs/bpf/links-test"


/* All sched links of the system; closes them. */
static int count_links(void)
{
	__u32 id = 0;
	int fd, nr = 0;

	while ((fd = tagsched_link__next(&id)) >= 0) {
		close(fd);
		nr++;
	}
	return fd == -ENOENT ? nr : fd;
}

/* Links are freed after a grace period and a work item. */
static int links_become(int nr)
{
	int tries;

	for (tries = 0; tries < 400 && count_links() != nr; tries++)
		usleep(50000);
	return count_links();
}

FIXTURE(links) {
	struct tagsched_policy *quiet;
	struct tagsched_policy *twice;
};

FIXTURE_SETUP(links)
{
	/* those of the test before */
	ASSERT_EQ(0, links_become(0));
	self->quiet = tagsched_policy__open(OBJECTS "/quiet.bpf.o", NULL);
	self->twice = tagsched_policy__open(OBJECTS "/twice.bpf.o", NULL);
	ASSERT_NE(NULL, self->quiet);
	ASSERT_NE(NULL, self->twice);
	ASSERT_EQ(0, tagsched_policy__load(self->quiet)) {
		TH_LOG("%s", tagsched_last_error());
	}
	ASSERT_EQ(0, tagsched_policy__load(self->twice));
}

FIXTURE_TEARDOWN(links)
{
	tagsched_policy__destroy(self->quiet);
	tagsched_policy__destroy(self->twice);
	rmdir(PINS);
}

TEST_F_TIMEOUT(links, attach_info_and_detach, GUARD)
{
	TAGSCHED_OPTS(tagsched_attach_opts, opts, .scoped = true, .tag = INT64_MIN);
	struct tagsched_link_info info = { .sz = sizeof(info) };
	struct tagsched_links *links;
	int fd;

	links = tagsched_attach(tagsched_policy__object(self->quiet), &opts);
	ASSERT_NE(NULL, links);
	EXPECT_EQ(tagsched_hook__count(), tagsched_links__count(links));
	EXPECT_EQ((int)tagsched_hook__count(), count_links());

	fd = tagsched_links__find(links, "cfs_wake_affine");
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, tagsched_link__info(fd, &info));
	EXPECT_STREQ("cfs_wake_affine", info.hook);
	EXPECT_EQ(tagsched_hook__btf_id("cfs_wake_affine"), (int)info.attach_btf_id);
	EXPECT_TRUE(info.scoped);
	EXPECT_EQ(INT64_MIN, info.tag);
	EXPECT_EQ(sizeof(info), info.sz);
	EXPECT_EQ(0, info.calls);
	EXPECT_FALSE(info.policy);
	EXPECT_STREQ("", info.name);
	EXPECT_EQ(1, info.nr_progs);
	EXPECT_EQ(-ENOENT, tagsched_links__find(links, "cfs_nosuch"));

	tagsched_links__destroy(links);
	EXPECT_EQ(0, links_become(0));
}

#define MANY	16

TEST_F_TIMEOUT(links, policy_is_one_link_with_all_its_programs, GUARD)
{
	TAGSCHED_OPTS(tagsched_attach_opts, opts, .scoped = true, .tag = INT64_MAX,
		.ranked = true, .priority = -3);
	struct tagsched_prog_info progs[MANY];
	struct tagsched_link_info info = { .sz = sizeof(info), .progs = progs, .nr_progs = MANY };
	size_t i;
	int fd;

	ASSERT_EQ(0, tagsched_policy__attach(self->quiet, &opts));
	EXPECT_EQ(-EALREADY, tagsched_policy__attach(self->quiet, &opts));
	EXPECT_EQ(1, count_links());
	fd = tagsched_policy__link_fd(self->quiet);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, tagsched_link__info(fd, &info));
	EXPECT_TRUE(info.policy);
	EXPECT_STREQ("quiet", info.name);
	EXPECT_EQ(-3, info.priority);
	EXPECT_TRUE(info.scoped);
	EXPECT_EQ(INT64_MAX, info.tag);
	EXPECT_LT(0, info.generation);
	EXPECT_EQ(TAGSCHED_EXIT_NONE, info.exit.reason);
	ASSERT_EQ(tagsched_hook__count(), info.nr_progs);
	for (i = 0; i < info.nr_progs; i++) {
		EXPECT_NE(NULL, tagsched_hook__find(progs[i].hook));
		EXPECT_LT(0, progs[i].prog_id);
		EXPECT_EQ(tagsched_hook__btf_id(progs[i].hook), (int)progs[i].attach_btf_id);
	}

	EXPECT_EQ(0, tagsched_link__detach(fd));
	ASSERT_EQ(0, tagsched_link__info(fd, &info));
	EXPECT_EQ(TAGSCHED_EXIT_DETACHED, info.exit.reason);
	EXPECT_LT(0, info.exit.time_ns);
	tagsched_policy__destroy(self->quiet);
	self->quiet = NULL;
	EXPECT_EQ(0, links_become(0));
}

TEST_F_TIMEOUT(links, info_goes_as_far_as_the_caller_s_struct, GUARD)
{
	struct tagsched_prog_info progs[2];
	struct tagsched_link_info info;
	int fd;

	ASSERT_EQ(0, tagsched_policy__attach(self->quiet, NULL));
	fd = tagsched_policy__link_fd(self->quiet);
	/* as the first release had it: nothing is written behind it */
	memset(&info, 0x5a, sizeof(info));
	info.sz = offsetof(struct tagsched_link_info, policy);
	ASSERT_EQ(0, tagsched_link__info(fd, &info));
	EXPECT_EQ(offsetof(struct tagsched_link_info, policy), info.sz);
	EXPECT_EQ(0, info.refused);
	EXPECT_EQ(0x5a5a5a5a, info.nr_progs);
	EXPECT_EQ(0x5a, info.name[0]);
	/* less than that is no struct */
	info.sz = offsetof(struct tagsched_link_info, refused);
	EXPECT_EQ(-EINVAL, tagsched_link__info(fd, &info));
	/* room for some programs only */
	memset(progs, 0x5a, sizeof(progs));
	info = (struct tagsched_link_info){ .sz = sizeof(info), .progs = progs, .nr_progs = 1 };
	ASSERT_EQ(0, tagsched_link__info(fd, &info));
	EXPECT_EQ(tagsched_hook__count(), info.nr_progs);
	EXPECT_EQ(info.prog_id, progs[0].prog_id);
	EXPECT_EQ(0x5a5a5a5a, progs[1].prog_id);
}

TEST_F_TIMEOUT(links, scope_0_is_not_no_scope, GUARD)
{
	TAGSCHED_OPTS(tagsched_attach_opts, opts, .scoped = true);
	struct tagsched_link_info info = { .sz = sizeof(info) };
	struct tagsched_links *links;

	ASSERT_EQ(0, tagsched_policy__attach(self->quiet, &opts));
	ASSERT_EQ(0, tagsched_link__info(tagsched_policy__link_fd(self->quiet), &info));
	EXPECT_TRUE(info.scoped);
	EXPECT_EQ(0, info.tag);
	links = tagsched_attach(tagsched_policy__object(self->twice), NULL);
	ASSERT_NE(NULL, links);
	ASSERT_EQ(0, tagsched_link__info(tagsched_links__fd(links, 0), &info));
	EXPECT_FALSE(info.scoped);
	tagsched_links__destroy(links);
}

TEST_F_TIMEOUT(links, must_fail_for_options_that_contradict_each_other, GUARD)
{
	TAGSCHED_OPTS(tagsched_attach_opts, opts, .priority = 1);

	EXPECT_EQ(-EINVAL, tagsched_policy__attach(self->quiet, &opts));
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "set ranked too"));
	opts.priority = 0;
	opts.scoped = opts.unscoped = true;
	EXPECT_EQ(-EINVAL, tagsched_policy__attach(self->quiet, &opts));
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "both set"));
	EXPECT_EQ(0, count_links());
}

TEST_F_TIMEOUT(links, pins_outlive_the_policy_and_unload_ends_them, GUARD)
{
	ASSERT_EQ(0, tagsched_policy__attach(self->quiet, NULL));
	ASSERT_EQ(0, tagsched_policy__check_pin(self->quiet, PINS));
	ASSERT_EQ(0, tagsched_policy__pin(self->quiet, PINS)) {
		TH_LOG("%s", tagsched_last_error());
	}
	EXPECT_EQ(-EEXIST, tagsched_policy__check_pin(self->quiet, PINS));
	EXPECT_EQ(-EALREADY, tagsched_policy__pin(self->quiet, PINS));
	EXPECT_EQ(0, access(PINS "/quiet/policy", F_OK));
	tagsched_policy__destroy(self->quiet);
	self->quiet = NULL;
	usleep(200000);
	EXPECT_EQ(1, count_links());
	EXPECT_EQ((int)tagsched_hook__count(), tagsched_policy__unload(PINS, "quiet"));
	EXPECT_EQ(-ENOENT, tagsched_policy__unload(PINS, "quiet"));
	EXPECT_EQ(0, links_become(0));
}

TEST_F_TIMEOUT(links, unpin_leaves_it_attached, GUARD)
{
	int fd;

	ASSERT_EQ(0, tagsched_policy__attach(self->quiet, NULL));
	ASSERT_EQ(0, tagsched_policy__pin(self->quiet, PINS));
	EXPECT_EQ(0, tagsched_policy__unpin(self->quiet));
	EXPECT_EQ(-ENOENT, tagsched_policy__unpin(self->quiet));
	EXPECT_NE(0, access(PINS "/quiet", F_OK));
	EXPECT_EQ(1, count_links());
	/* and it is found by its name */
	fd = tagsched_policy__open_link(PINS, "quiet");
	EXPECT_LE(0, fd);
	close(fd);
	EXPECT_EQ(-ENOENT, tagsched_policy__open_link(PINS, "noisy"));
}

TEST_F_TIMEOUT(links, pins_of_single_links_need_two_names_at_one_hook, GUARD)
{
	struct tagsched_links *links;

	links = tagsched_attach(tagsched_policy__object(self->twice), NULL);
	ASSERT_NE(NULL, links);
	ASSERT_EQ(0, tagsched_links__pin(links, PINS "/twice"));
	EXPECT_EQ(0, access(PINS "/twice/cfs_select_rq", F_OK));
	EXPECT_EQ(0, access(PINS "/twice/cfs_select_rq-2", F_OK));
	EXPECT_EQ(2, count_links());
	tagsched_links__destroy(links);
	/* what other versions have pinned is unloaded too */
	EXPECT_EQ(2, tagsched_policy__unload(PINS, "twice"));
	EXPECT_EQ(0, links_become(0));
}

TEST_F_TIMEOUT(links, must_fail_to_pin_a_name_with_a_dot, GUARD)
{
	struct tagsched_links *links;

	links = tagsched_attach(tagsched_policy__object(self->twice), NULL);
	ASSERT_NE(NULL, links);
	EXPECT_EQ(-EPERM, tagsched_links__pin(links, PINS "/a.b"));
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "dots"));
	EXPECT_EQ(-ENOENT, tagsched_links__unpin(links));
	tagsched_links__destroy(links);
}

static int prog_fd(struct tagsched_policy *policy, const char *name)
{
	return bpf_program__fd(bpf_object__find_program_by_name(tagsched_policy__object(policy),
								name));
}

static __u32 prog_in(int link_fd)
{
	struct tagsched_link_info info = { .sz = sizeof(info) };

	return tagsched_link__info(link_fd, &info) ? 0 : info.prog_id;
}

TEST_F_TIMEOUT(links, update_swaps_in_place, GUARD)
{
	int first = prog_fd(self->twice, "first"), second = prog_fd(self->twice, "second");
	__u32 before;
	int fd;

	fd = tagsched_link__create(first, NULL);
	ASSERT_LE(0, fd);
	before = prog_in(fd);
	EXPECT_EQ(0, tagsched_link__update(fd, second, first));
	EXPECT_NE(before, prog_in(fd));
	/* compare and swap: first is no longer in it */
	EXPECT_EQ(-EPERM, tagsched_link__update(fd, second, first));
	EXPECT_EQ(0, tagsched_link__update(fd, first, -1));
	EXPECT_EQ(before, prog_in(fd));
	/* a program of another hook */
	EXPECT_EQ(-EINVAL, tagsched_link__update(fd, prog_fd(self->quiet, "tick"), -1));
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "another hook"));
	EXPECT_EQ(0, tagsched_link__detach(fd));
	EXPECT_GT(0, tagsched_link__update(fd, second, -1));
	close(fd);
}

TEST_F_TIMEOUT(links, opens_by_id, GUARD)
{
	struct tagsched_link_info info = { .sz = sizeof(info) };
	int fd, again;

	fd = tagsched_link__create(prog_fd(self->twice, "first"), NULL);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, tagsched_link__info(fd, &info));
	again = tagsched_link__open(info.id);
	EXPECT_LE(0, again);
	close(again);
	close(fd);
	EXPECT_EQ(0, links_become(0));
	EXPECT_EQ(-ENOENT, tagsched_link__open(info.id));
}

static char printed[8192];

static int keep(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	size_t len = strlen(printed);

	if (level == LIBBPF_DEBUG)
		return 0;
	return vsnprintf(printed + len, sizeof(printed) - len, fmt, ap);
}

TEST_F_TIMEOUT(links, unknown_hook_is_named_through_libbpf_s_print_callback, GUARD)
{
	struct bpf_object *obj;

	libbpf_set_print(keep);
	obj = bpf_object__open_file(OBJECTS "/unknown.bpf.o", NULL);
	ASSERT_NE(NULL, obj);
	EXPECT_EQ(-ENOENT, bpf_object__load(obj));
	EXPECT_NE(NULL, strstr(printed, "sched/cfs_nosuch: no such hook in this kernel; it has "));
	bpf_object__close(obj);
}

TEST_HARNESS_MAIN
