// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sections, opts, policies and links, as far as they go on any kernel: what is
 * refused, and with which words.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <kselftest_harness.h>

#include "../bpf_abi.h"
#include "../internal.h"

static char printed[4096];

static int keep(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	size_t len = strlen(printed);

	if (level == LIBBPF_DEBUG)
		return 0;
	return vsnprintf(printed + len, sizeof(printed) - len, fmt, ap);
}

FIXTURE(policy) {
	struct tagsched_policy *policy;
};

FIXTURE_SETUP(policy)
{
	printed[0] = '\0';
	libbpf_set_print(keep);
	self->policy = tagsched_policy__open(POLICY, NULL);
	ASSERT_NE(NULL, self->policy) {
		TH_LOG("%s", tagsched_last_error());
	}
}

FIXTURE_TEARDOWN(policy)
{
	tagsched_policy__destroy(self->policy);
}

TEST_F(policy, section_gives_type_and_attach_type)
{
	struct bpf_object *obj = tagsched_policy__object(self->policy);
	struct bpf_program *prog = bpf_object__find_program_by_name(obj, "pick");

	ASSERT_NE(NULL, prog);
	EXPECT_EQ(40, (int)bpf_program__type(prog));
	EXPECT_EQ(64, (int)bpf_program__expected_attach_type(prog));
	EXPECT_STREQ("cfs_select_rq", ts_section_hook(prog));
	EXPECT_STREQ("", printed);
}

TEST_F(policy, has_a_name_from_its_file_or_its_opts)
{
	TAGSCHED_OPTS(tagsched_policy_opts, opts, .name = "other-1");
	struct tagsched_policy *other;

	EXPECT_STREQ("test_policy", tagsched_policy__name(self->policy));
	other = tagsched_policy__open(POLICY, &opts);
	ASSERT_NE(NULL, other);
	EXPECT_STREQ("other-1", tagsched_policy__name(other));
	tagsched_policy__destroy(other);
}

TEST_F(policy, opens_from_memory)
{
	TAGSCHED_OPTS(tagsched_policy_opts, opts, .name = "mem");
	static char buf[65536];
	struct tagsched_policy *mem;
	ssize_t len;
	int fd;

	fd = open(POLICY, O_RDONLY);
	ASSERT_LE(0, fd);
	len = read(fd, buf, sizeof(buf));
	close(fd);
	ASSERT_LT(0, len);
	EXPECT_EQ(NULL, tagsched_policy__open_mem(buf, len, NULL));
	EXPECT_EQ(EINVAL, errno);
	mem = tagsched_policy__open_mem(buf, len, &opts);
	ASSERT_NE(NULL, mem);
	EXPECT_STREQ("mem", tagsched_policy__name(mem));
	tagsched_policy__destroy(mem);
	EXPECT_EQ(NULL, tagsched_policy__open_mem("junk", 4, &opts));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(policy, unpatched_kernel_is_named_in_one_line)
{
	int err = tagsched_kernel__check(TAGSCHED_FEAT_BPF);

	if (!err)
		SKIP(return, "the kernel has BPF_SCHED");
	EXPECT_EQ(err, tagsched_policy__load(self->policy));
	if (err == -ENOTSUP)
		EXPECT_NE(NULL, strstr(tagsched_last_error(), "CONFIG_BPF_SCHED"));
	EXPECT_EQ(NULL, strchr(tagsched_last_error(), '\n'));
	EXPECT_STREQ("", printed);
}

TEST_F(policy, plain_libbpf_load_prints_the_cause)
{
	struct bpf_object *obj = tagsched_policy__object(self->policy);

	if (tagsched_kernel__check(TAGSCHED_FEAT_BPF) != -ENOTSUP || geteuid())
		SKIP(return, "needs root on a kernel without BPF_SCHED");
	EXPECT_NE(0, bpf_object__load(obj));
	EXPECT_NE(NULL, strstr(printed, "CONFIG_BPF_SCHED")) {
		TH_LOG("%s", printed);
	}
}

TEST_F(policy, must_fail_out_of_order)
{
	EXPECT_EQ(-EINVAL, tagsched_policy__attach(self->policy, NULL));
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "not loaded"));
	EXPECT_EQ(-EINVAL, tagsched_policy__pin(self->policy, NULL));
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "not attached"));
	EXPECT_EQ(-ENOENT, tagsched_policy__unpin(self->policy));
	EXPECT_EQ(NULL, tagsched_policy__links(self->policy));
	EXPECT_EQ(NULL, tagsched_attach(tagsched_policy__object(self->policy), NULL));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "pick"));
}

TEST(must_fail_to_open)
{
	TAGSCHED_OPTS(tagsched_policy_opts, opts);
	static const char * const names[] = { "", "a.b", "a/b", "..", "a b" };
	size_t i;

	libbpf_set_print(keep);
	EXPECT_EQ(NULL, tagsched_policy__open("/nonexistent.bpf.o", NULL));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "/nonexistent.bpf.o"));
	EXPECT_EQ(NULL, tagsched_policy__open("/dev/null", NULL));
	EXPECT_EQ(EINVAL, errno);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		opts.name = names[i];
		EXPECT_EQ(NULL, tagsched_policy__open(POLICY, &opts));
		EXPECT_EQ(EINVAL, errno);
	}
	/* An object file, but no policy. */
	EXPECT_EQ(NULL, tagsched_policy__open(OTHER, NULL));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "sched/HOOK"));
}

TEST(must_fail_to_unload)
{
	EXPECT_EQ(-ENOENT, tagsched_policy__unload("/tmp", "tagsched-no-such-policy"));
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "tag policy ls"));
	EXPECT_EQ(-EINVAL, tagsched_policy__unload("/tmp", "../etc"));
}

TEST(pins_only_in_a_bpf_file_system)
{
	bool made;

	EXPECT_EQ(-EPERM, ts_pin_mkdir("/tmp/tagsched-no-such-dir/a", &made));
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "mount -t bpf"));
	EXPECT_NE(0, access("/tmp/tagsched-no-such-dir", F_OK));
	EXPECT_EQ(-EINVAL, ts_pin_mkdir("tagsched-no-such-dir", &made));
}

struct newer_opts {
	struct tagsched_attach_opts known;
	__u64 more;
};

TEST(opts_are_checked)
{
	TAGSCHED_OPTS(tagsched_attach_opts, opts);
	struct newer_opts newer = { .known.sz = sizeof(newer) };

	opts.sz = 0;
	EXPECT_EQ(-EINVAL, tagsched_link__create(-1, &opts));
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "sz"));
	opts.sz = sizeof(opts);
	opts.tag = 2;
	EXPECT_EQ(-EINVAL, tagsched_link__create(-1, &opts));
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "scoped"));
	/* A newer caller's struct is good while what is new in it is not set. */
	EXPECT_EQ(0, TS_CHECK_OPTS(&newer.known, tagsched_attach_opts));
	newer.more = 1;
	EXPECT_EQ(-EINVAL, tagsched_link__create(-1, &newer.known));
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "update libtagsched"));
}

TEST(must_fail_on_what_is_no_link)
{
	struct tagsched_link_info info = { 0 };

	EXPECT_EQ(-EINVAL, tagsched_link__info(-1, &info));
	info.sz = sizeof(info);
	EXPECT_GT(0, tagsched_link__info(-1, &info));
	EXPECT_EQ(sizeof(info), info.sz);
	EXPECT_GT(0, tagsched_link__create(-1, NULL));
	EXPECT_LT(0, strlen(tagsched_last_error()));
	EXPECT_EQ(-EINVAL, tagsched_links__fd(NULL, 0));
	EXPECT_EQ(-ENOENT, tagsched_links__find(NULL, "cfs_select_rq"));
	EXPECT_EQ(NULL, tagsched_links__hook(NULL, 0));
	EXPECT_EQ(0, tagsched_links__count(NULL));
	tagsched_links__destroy(NULL);
	tagsched_policy__destroy(NULL);
}

/* bpf_abi.h asserts the offsets; these are the numbers of the ABI. */
TEST(abi_numbers)
{
	EXPECT_EQ(40, TAGSCHED_PROG_TYPE);
	EXPECT_EQ(64, TAGSCHED_ATTACH_TYPE);
	EXPECT_EQ(24, TAGSCHED_LINK_TYPE);
	EXPECT_EQ(16, offsetof(struct ts_link_create_attr, tag));
	EXPECT_EQ(16, offsetof(struct ts_link_info, tag));
	EXPECT_EQ(56, sizeof(struct ts_link_info));
	/* Stock features end well below. */
	EXPECT_LT((int)BPF_PROG_TYPE_SYSCALL, TAGSCHED_PROG_TYPE);
	EXPECT_GT(TAGSCHED_ATTACH_TYPE, (int)__MAX_BPF_ATTACH_TYPE);
}

TEST(version_is_the_header_s)
{
	char version[32];

	snprintf(version, sizeof(version), "%d.%d", TAGSCHED_MAJOR_VERSION,
		 TAGSCHED_MINOR_VERSION);
	EXPECT_STREQ(version, tagsched_version());
}

TEST_HARNESS_MAIN
