// SPDX-License-Identifier: GPL-2.0-only
/* Who may load and attach, with which arguments, and how often. */
#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <linux/capability.h>

#include "harness.h"

#define HOOK	"cfs_select_rq"

static const __s64 tag = 4009;

/* Give up one capability for good; each test is a process of its own. */
static int drop(int cap)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(__NR_capget, &head, data))
		return -errno;
	data[cap / 32].effective &= ~(1U << (cap % 32));
	data[cap / 32].permitted &= ~(1U << (cap % 32));
	return syscall(__NR_capset, &head, data) ? -errno : 0;
}

PROVE(too_many, "a hook takes 64 links and refuses the next with E2BIG; one less makes room")
{
	int prog = hook_const(HOOK, -1), links[HOOK_MAX_LINKS], i, fd;

	ASSERT_LE(0, prog);
	for (i = 0; i < HOOK_MAX_LINKS; i++) {
		links[i] = hook_attach_tag(prog, tag);
		if (links[i] < 0)
			break;
	}
	/* Whatever else is attached on this machine counts too. */
	ASSERT_EQ(HOOK_MAX_LINKS, i);
	EXPECT_EQ(-E2BIG, hook_attach_tag(prog, tag));
	EXPECT_EQ(-E2BIG, hook_attach(prog));
	fd = hook_const("cfs_select_rq_exit", -1);
	ASSERT_LE(0, fd);
	EXPECT_LE(0, hook_attach(fd));
	close(links[17]);
	links[17] = hook_attach_tag(prog, tag);
	EXPECT_LE(0, links[17]);
	EXPECT_EQ(-E2BIG, hook_attach_tag(prog, tag));
}

PROVE(all_called, "each of 64 links is asked")
{
	int prog = hook_const(HOOK, -1), links[HOOK_MAX_LINKS], i, guard;
	struct hook_link_info first, last;
	struct victim v;

	ASSERT_LE(0, prog);
	ASSERT_EQ(0, victim_start(&v, &tag));
	ASSERT_EQ(0, victim_settle(&v));
	for (i = 0; i < HOOK_MAX_LINKS; i++) {
		links[i] = hook_attach_tag(prog, tag);
		ASSERT_LE(0, links[i]);
	}
	for (guard = 0; guard < 1000; guard++) {
		ASSERT_EQ(0, victim_settle(&v));
		ASSERT_LE(0, victim_wake(&v));
		ASSERT_EQ(0, hook_info(links[0], &first));
		if (first.calls >= 20)
			break;
	}
	ASSERT_EQ(0, victim_settle(&v));
	ASSERT_EQ(0, hook_info(links[0], &first));
	EXPECT_LE(20, first.calls);
	for (i = 0; i < HOOK_MAX_LINKS; i++) {
		ASSERT_EQ(0, hook_info(links[i], &last));
		EXPECT_EQ(first.calls, last.calls);
	}
	victim_stop(&v);
}

PROVE(attach_nice, "attaching and updating need CAP_SYS_NICE")
{
	int prog = hook_const(HOOK, -1), link;

	ASSERT_LE(0, prog);
	link = hook_attach_tag(prog, tag);
	ASSERT_LE(0, link);
	ASSERT_EQ(0, drop(CAP_SYS_NICE));
	EXPECT_EQ(-EPERM, hook_attach(prog));
	EXPECT_EQ(-EPERM, hook_attach_tag(prog, tag));
	EXPECT_EQ(-EPERM, hook_update(link, prog));
	/* Loading does not. */
	EXPECT_LE(0, hook_const(HOOK, -1));
}

PROVE(load_bpf, "loading needs CAP_BPF")
{
	ASSERT_LE(0, hook_btf_id("bpf_sched_cfs_select_rq"));
	/* CAP_SYS_ADMIN stands in for both. */
	ASSERT_EQ(0, drop(CAP_SYS_ADMIN));
	EXPECT_LE(0, hook_const(HOOK, -1));
	ASSERT_EQ(0, drop(CAP_BPF));
	EXPECT_EQ(-EPERM, hook_const(HOOK, -1));
}

PROVE(load_perfmon, "loading needs CAP_PERFMON")
{
	ASSERT_LE(0, hook_btf_id("bpf_sched_cfs_select_rq"));
	ASSERT_EQ(0, drop(CAP_SYS_ADMIN));
	ASSERT_EQ(0, drop(CAP_PERFMON));
	EXPECT_EQ(-EPERM, hook_const(HOOK, -1));
}

PROVE(bad_flags, "unknown flags, a target, another attach type, or a tag without its flag are refused")
{
	int prog = hook_const(HOOK, -1);

	ASSERT_LE(0, prog);
	EXPECT_EQ(-EINVAL, hook_link_create(prog, 0, HOOK_ATTACH_TYPE, 1U << 1, 0));
	EXPECT_EQ(-EINVAL, hook_link_create(prog, 0, HOOK_ATTACH_TYPE, ~0U, tag));
	EXPECT_EQ(-EINVAL, hook_link_create(prog, 0, HOOK_ATTACH_TYPE, 1U << 31, 0));
	EXPECT_EQ(-EINVAL, hook_link_create(prog, 3, HOOK_ATTACH_TYPE, 0, 0));
	EXPECT_EQ(-EINVAL, hook_link_create(prog, -1, HOOK_ATTACH_TYPE, HOOK_F_TAG, tag));
	EXPECT_EQ(-EINVAL, hook_link_create(prog, 0, BPF_TRACE_FENTRY, 0, 0));
	EXPECT_EQ(-EINVAL, hook_link_create(prog, 0, HOOK_ATTACH_TYPE + 1, 0, 0));
	EXPECT_EQ(-EINVAL, hook_link_create(prog, 0, HOOK_ATTACH_TYPE, 0, tag));
	EXPECT_EQ(-EBADF, hook_link_create(-1, 0, HOOK_ATTACH_TYPE, 0, 0));
	EXPECT_LE(0, hook_link_create(prog, 0, HOOK_ATTACH_TYPE, HOOK_F_TAG, 0));
	EXPECT_LE(0, hook_link_create(prog, 0, HOOK_ATTACH_TYPE, 0, 0));
}

PROVE(other_ways, "BPF_PROG_ATTACH, BPF_RAW_TRACEPOINT_OPEN and BPF_PROG_TEST_RUN do not take a sched program")
{
	LIBBPF_OPTS(bpf_test_run_opts, run);
	int prog = hook_const(HOOK, 0);

	ASSERT_LE(0, prog);
	EXPECT_NE(0, bpf_prog_attach(prog, 0, HOOK_ATTACH_TYPE, 0));
	EXPECT_GT(0, bpf_raw_tracepoint_open("sched_switch", prog));
	EXPECT_GT(0, bpf_raw_tracepoint_open(NULL, prog));
	EXPECT_NE(0, bpf_prog_test_run_opts(prog, &run));
}

TEST_HARNESS_MAIN
