// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sections, opts, policies and links, as far as they go on any kernel: what is
 * refused, and with which words.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <kselftest_harness.h>

#include "linux/bpf_sched.h"
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

TEST(an_object_may_have_a_name_and_a_tag_of_its_own)
{
	TAGSCHED_OPTS(tagsched_policy_opts, opts, .name = "other");
	struct tagsched_policy *policy;
	__s64 tag = 0;

	policy = tagsched_policy__open(CLAIMS, NULL);
	ASSERT_NE(NULL, policy) {
		TH_LOG("%s", tagsched_last_error());
	}
	EXPECT_STREQ("its-own_name", tagsched_policy__name(policy));
	EXPECT_TRUE(tagsched_policy__claims(policy, &tag));
	EXPECT_EQ(-7, tag);
	EXPECT_TRUE(tagsched_policy__claims(policy, NULL));
	tagsched_policy__destroy(policy);
	policy = tagsched_policy__open(CLAIMS, &opts);
	ASSERT_NE(NULL, policy);
	EXPECT_STREQ("other", tagsched_policy__name(policy));
	EXPECT_TRUE(tagsched_policy__claims(policy, &tag));
	tagsched_policy__destroy(policy);
	policy = tagsched_policy__open(POLICY, NULL);
	ASSERT_NE(NULL, policy);
	EXPECT_FALSE(tagsched_policy__claims(policy, &tag));
	tagsched_policy__destroy(policy);
}

TEST(must_fail_for_two_tags_and_for_a_bad_name_of_its_own)
{
	TAGSCHED_OPTS(tagsched_policy_opts, opts, .name = "other");

	EXPECT_EQ(NULL, tagsched_policy__open(TAGS, NULL));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "claims 2 tags"));
	EXPECT_EQ(NULL, tagsched_policy__open(NAMED, &opts));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "calls itself 'no good'"));
}

TEST(two_programs_of_one_hook_are_no_policy)
{
	struct tagsched_policy *policy = tagsched_policy__open(TWICE, NULL);

	ASSERT_NE(NULL, policy);
	EXPECT_EQ(-EINVAL, ts_policy_check_hooks(policy));
	EXPECT_NE(NULL, strstr(tagsched_last_error(),
			       "'first' and 'second' are both of section sched/cfs_select_rq"));
	/* one that is not loaded is not in the way */
	bpf_program__set_autoload(bpf_object__find_program_by_name(tagsched_policy__object(policy),
								   "first"), false);
	EXPECT_EQ(0, ts_policy_check_hooks(policy));
	tagsched_policy__destroy(policy);
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
	EXPECT_EQ(-EINVAL, tagsched_policy__link_fd(self->policy));
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "not attached"));
	EXPECT_EQ(-EINVAL, tagsched_policy__swap(self->policy, NULL, NULL));
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "not loaded"));
	EXPECT_EQ(NULL, tagsched_attach(tagsched_policy__object(self->policy), NULL));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "pick"));
}

TEST(must_fail_to_open)
{
	TAGSCHED_OPTS(tagsched_policy_opts, opts);
	static const char * const names[] = {
		"", "a.b", "a/b", "..", "a b", "a23456789012345678901234567890ab",
	};
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
	EXPECT_EQ(-EINVAL, tagsched_policy__open_link("/tmp", "../etc"));
	EXPECT_EQ(-ENOENT, tagsched_policy__open_link("/tmp", "tagsched-no-such-policy"));
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "tag policy ls"));
	EXPECT_EQ(-ENOENT, tagsched_policy__set("/tmp", "tagsched-no-such-policy", "a", "1"));
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
	/* An older caller's struct is good while it has what the first release had. */
	opts.tag = 0;
	opts.sz = offsetof(struct tagsched_attach_opts, tag) + sizeof(opts.tag);
	EXPECT_NE(-EINVAL, tagsched_link__create(-1, &opts)) {
		TH_LOG("%s", tagsched_last_error());
	}
	opts.sz--;
	EXPECT_EQ(-EINVAL, tagsched_link__create(-1, &opts));
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "at least"));
	/* What is for policies is not for a single program. */
	opts.sz = sizeof(opts);
	opts.ranked = true;
	EXPECT_EQ(-EINVAL, tagsched_link__create(-1, &opts));
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "attach a policy"));
	opts.ranked = false;
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
	EXPECT_EQ(184, sizeof(struct ts_link_info));
	EXPECT_EQ(sizeof(struct bpf_sched_policy_attr), sizeof(struct ts_policy_attr));
	EXPECT_EQ(offsetof(struct bpf_sched_policy_attr, replace_fd),
		  offsetof(struct ts_policy_attr, replace_fd));
	EXPECT_EQ(offsetof(struct bpf_sched_policy_attr, signature),
		  offsetof(struct ts_policy_attr, signature));
	EXPECT_EQ(offsetof(struct bpf_sched_policy_attr, manifest),
		  offsetof(struct ts_policy_attr, manifest));
	EXPECT_EQ(sizeof(struct bpf_sched_prog_info), sizeof(struct ts_prog_info));
	EXPECT_EQ(sizeof(struct bpf_sched_exit), sizeof(struct ts_exit));
	EXPECT_EQ(offsetof(struct bpf_sched_exit, comm), offsetof(struct ts_exit, comm));
	EXPECT_EQ(BPF_SCHED_POLICY_PRIORITY, TS_POLICY_PRIORITY);
	EXPECT_EQ(BPF_SCHED_POLICY_REPLACE, TS_POLICY_REPLACE);
	EXPECT_EQ(BPF_SCHED_POLICY_MANIFEST, TS_POLICY_MANIFEST);
	EXPECT_EQ(BPF_SCHED_NAME_LEN, TAGSCHED_NAME_LEN);
	EXPECT_EQ((int)BPF_SCHED_EXIT_STALL, (int)TAGSCHED_EXIT_STALL);
	EXPECT_EQ((int)BPF_SCHED_EXIT_SYSRQ, (int)TAGSCHED_EXIT_SYSRQ);
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
