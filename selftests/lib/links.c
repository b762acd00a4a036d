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

	ASSERT_EQ(0, tagsched_policy__attach(self->quiet, &opts));
	EXPECT_EQ(-EALREADY, tagsched_policy__attach(self->quiet, &opts));
	links = tagsched_policy__links(self->quiet);
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
	EXPECT_EQ(-ENOENT, tagsched_links__find(links, "cfs_nosuch"));

	tagsched_policy__destroy(self->quiet);
	self->quiet = NULL;
	EXPECT_EQ(0, links_become(0));
}

TEST_F_TIMEOUT(links, scope_0_is_not_no_scope, GUARD)
{
	TAGSCHED_OPTS(tagsched_attach_opts, opts, .scoped = true);
	struct tagsched_link_info info = { .sz = sizeof(info) };

	ASSERT_EQ(0, tagsched_policy__attach(self->quiet, &opts));
	ASSERT_EQ(0, tagsched_link__info(tagsched_links__fd(tagsched_policy__links(self->quiet), 0),
					 &info));
	EXPECT_TRUE(info.scoped);
	EXPECT_EQ(0, info.tag);
	ASSERT_EQ(0, tagsched_policy__attach(self->twice, NULL));
	ASSERT_EQ(0, tagsched_link__info(tagsched_links__fd(tagsched_policy__links(self->twice), 0),
					 &info));
	EXPECT_FALSE(info.scoped);
}

TEST_F_TIMEOUT(links, pins_outlive_the_policy_and_unload_ends_them, GUARD)
{
	ASSERT_EQ(0, tagsched_policy__attach(self->twice, NULL));
	ASSERT_EQ(0, tagsched_policy__check_pin(self->twice, PINS));
	ASSERT_EQ(0, tagsched_policy__pin(self->twice, PINS)) {
		TH_LOG("%s", tagsched_last_error());
	}
	EXPECT_EQ(-EEXIST, tagsched_policy__check_pin(self->twice, PINS));
	EXPECT_EQ(-EEXIST, tagsched_policy__pin(self->twice, PINS));
	/* two programs at one hook */
	EXPECT_EQ(0, access(PINS "/twice/cfs_select_rq", F_OK));
	EXPECT_EQ(0, access(PINS "/twice/cfs_select_rq-2", F_OK));
	tagsched_policy__destroy(self->twice);
	self->twice = NULL;
	usleep(200000);
	EXPECT_EQ(2, count_links());
	EXPECT_EQ(2, tagsched_policy__unload(PINS, "twice"));
	EXPECT_EQ(-ENOENT, tagsched_policy__unload(PINS, "twice"));
	EXPECT_EQ(0, links_become(0));
}

TEST_F_TIMEOUT(links, unpin_leaves_them_attached, GUARD)
{
	ASSERT_EQ(0, tagsched_policy__attach(self->twice, NULL));
	ASSERT_EQ(0, tagsched_policy__pin(self->twice, PINS));
	EXPECT_EQ(0, tagsched_policy__unpin(self->twice));
	EXPECT_EQ(-ENOENT, tagsched_policy__unpin(self->twice));
	EXPECT_NE(0, access(PINS "/twice", F_OK));
	EXPECT_EQ(2, count_links());
}

TEST_F_TIMEOUT(links, must_fail_to_pin_a_name_with_a_dot, GUARD)
{
	ASSERT_EQ(0, tagsched_policy__attach(self->twice, NULL));
	EXPECT_EQ(-EPERM, tagsched_links__pin(tagsched_policy__links(self->twice), PINS "/a.b"));
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "dots"));
	EXPECT_EQ(-ENOENT, tagsched_links__unpin(tagsched_policy__links(self->twice)));
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
