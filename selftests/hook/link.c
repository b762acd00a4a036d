// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of a link: update in place, compare and swap, detach, last close,
 * pin, and what it tells of itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include "harness.h"

#define BPFFS	"/sys/fs/bpf"
#define PIN	BPFFS "/hooktest-link"
#define ROUNDS	20
#define GUARD	(50 * ROUNDS)

static const __s64 tag = 4008;

FIXTURE(link) {
	struct victim victim;
	int watch_prog;
	int watch;	/* sees every decision, after the programs under test */
	int zero;	/* program that chooses CPU 0 */
	int one;	/* ... CPU 1 */
};

static __u64 calls(int link)
{
	struct hook_link_info info;

	return hook_info(link, &info) ? 0 : info.calls;
}

/*
 * CPU on which ROUNDS decisions ended, or -1 if they did not agree. The exit
 * hook's link counts decisions and has no opinion.
 */
static int lands_on(FIXTURE_DATA(link) *self)
{
	int guard, at, n = 0, seen[64] = {};
	__u64 before;

	for (guard = 0; guard < GUARD && n < ROUNDS; guard++) {
		before = calls(self->watch);
		if (victim_settle(&self->victim))
			return -1;
		at = victim_wake(&self->victim);
		if (at < 0 || at >= 64)
			return -1;
		if (calls(self->watch) == before)
			continue;
		seen[at]++;
		n++;
	}
	for (at = 0; at < 64; at++)
		if (seen[at] >= ROUNDS * 3 / 4)
			return at;
	return -1;
}

/* Does waking the victim still call the link's program? */
static bool is_called(FIXTURE_DATA(link) *self, int link)
{
	__u64 before = calls(link);

	lands_on(self);
	victim_settle(&self->victim);
	return calls(link) != before;
}

FIXTURE_SETUP(link)
{
	ASSERT_EQ(0, sys_hold_tasks(true));
	ASSERT_EQ(0, victim_start(&self->victim, &tag));
	self->watch_prog = hook_const("cfs_select_rq_exit", -1);
	ASSERT_LE(0, self->watch_prog);
	self->watch = hook_attach_tag(self->watch_prog, tag);
	ASSERT_LE(0, self->watch);
	self->zero = hook_const("cfs_select_rq", 0);
	ASSERT_LE(0, self->zero);
	self->one = hook_const("cfs_select_rq", 1);
	ASSERT_LE(0, self->one);
}

FIXTURE_TEARDOWN(link)
{
	victim_stop(&self->victim);
	sys_hold_tasks(false);
	unlink(PIN);
}

PROVE_F(link, update, "an update puts another program in the same place, at once")
{
	int link = hook_attach_tag(self->zero, tag);
	struct hook_link_info before, after;

	ASSERT_LE(0, link);
	EXPECT_EQ(0, lands_on(self));
	ASSERT_EQ(0, hook_info(link, &before));
	EXPECT_EQ(hook_prog_id(self->zero), (int)before.prog_id);
	ASSERT_EQ(0, hook_update(link, self->one));
	EXPECT_EQ(1, lands_on(self));
	ASSERT_EQ(0, hook_info(link, &after));
	EXPECT_EQ(hook_prog_id(self->one), (int)after.prog_id);
	EXPECT_EQ(before.id, after.id);
	EXPECT_LT(before.calls, after.calls);
	close(link);
}

PROVE_F(link, update_keeps_place, "an updated link keeps its place among the others")
{
	int first = hook_attach_tag(self->zero, tag);
	int second = hook_attach_tag(self->one, tag);

	ASSERT_LE(0, first);
	ASSERT_LE(0, second);
	EXPECT_EQ(0, lands_on(self));
	ASSERT_EQ(0, hook_update(second, self->zero));
	ASSERT_EQ(0, hook_update(first, self->one));
	EXPECT_EQ(1, lands_on(self));
	EXPECT_EQ(0, calls(second));
	close(first);
	close(second);
}

PROVE_F(link, replace, "compare and swap: only if the old program is the one that is there")
{
	int link = hook_attach_tag(self->zero, tag);

	ASSERT_LE(0, link);
	EXPECT_EQ(-EPERM, hook_replace(link, self->zero, self->one));
	EXPECT_EQ(0, lands_on(self));
	EXPECT_EQ(0, hook_replace(link, self->one, self->zero));
	EXPECT_EQ(1, lands_on(self));
	EXPECT_EQ(-EPERM, hook_replace(link, self->one, self->zero));
	EXPECT_EQ(0, hook_replace(link, self->one, self->one));
	EXPECT_EQ(-EBADF, hook_replace(link, self->zero, -1));
	EXPECT_EQ(1, lands_on(self));
	close(link);
}

PROVE_F(link, other_hook, "an update with a program of another hook or type is refused")
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int link = hook_attach_tag(self->zero, tag);
	int filter;

	ASSERT_LE(0, link);
	EXPECT_EQ(-EINVAL, hook_update(link, self->watch_prog));
	filter = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "filter", "GPL", insns, 2, NULL);
	ASSERT_LE(0, filter);
	EXPECT_EQ(-EINVAL, hook_update(link, filter));
	EXPECT_EQ(-EINVAL, hook_link_create(filter, 0, HOOK_ATTACH_TYPE, 0, 0));
	EXPECT_EQ(0, lands_on(self));
	close(filter);
	close(link);
}

PROVE_F(link, last_close, "the last close detaches; a duplicate keeps the program attached")
{
	int link = hook_attach_tag(self->zero, tag);
	int other = hook_attach_tag(self->one, tag);
	int copy;

	ASSERT_LE(0, link);
	ASSERT_LE(0, other);
	copy = dup(link);
	ASSERT_LE(0, copy);
	close(link);
	EXPECT_EQ(0, lands_on(self));
	EXPECT_EQ(0, calls(other));
	close(copy);
	EXPECT_EQ(1, lands_on(self));
	close(other);
}

PROVE_F(link, exit_detaches, "a process that ends takes its links along")
{
	int other = hook_attach_tag(self->one, tag);
	int status;
	pid_t pid;

	ASSERT_LE(0, other);
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		/* Attached last, it is asked only if the other goes first. */
		close(other);
		_exit(hook_attach_tag(self->zero, tag) < 0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(0, status);
	EXPECT_EQ(1, lands_on(self));
	close(other);
	EXPECT_FALSE(is_called(self, other));
}

PROVE_F(link, pin, "a pinned link stays attached when its descriptor is closed, and goes with the pin")
{
	int link = hook_attach_tag(self->zero, tag);
	int other = hook_attach_tag(self->one, tag);
	int again;

	ASSERT_LE(0, link);
	ASSERT_LE(0, other);
	unlink(PIN);
	if (bpf_obj_pin(link, PIN)) {
		ASSERT_EQ(0, mount("bpf", BPFFS, "bpf", 0, NULL));
		ASSERT_EQ(0, bpf_obj_pin(link, PIN));
	}
	close(link);
	EXPECT_EQ(0, lands_on(self));
	again = bpf_obj_get(PIN);
	ASSERT_LE(0, again);
	EXPECT_TRUE(is_called(self, again));
	ASSERT_EQ(0, unlink(PIN));
	EXPECT_EQ(0, lands_on(self));
	close(again);
	EXPECT_EQ(1, lands_on(self));
	close(other);
}

PROVE_F(link, detach, "BPF_LINK_DETACH stops the program; the link remains and can tell, but not be updated")
{
	int link = hook_attach_tag(self->zero, tag);
	int other = hook_attach_tag(self->one, tag);
	struct hook_link_info before, after;

	ASSERT_LE(0, link);
	ASSERT_LE(0, other);
	EXPECT_EQ(0, lands_on(self));
	ASSERT_EQ(0, hook_detach(link));
	victim_settle(&self->victim);
	ASSERT_EQ(0, hook_info(link, &before));
	EXPECT_EQ(1, lands_on(self));
	ASSERT_EQ(0, hook_info(link, &after));
	EXPECT_EQ(before.id, after.id);
	EXPECT_EQ(before.calls, after.calls);
	EXPECT_LT(0, after.calls);
	EXPECT_EQ(-ENOLINK, hook_update(link, self->one));
	EXPECT_EQ(0, hook_detach(link));
	close(link);
	EXPECT_EQ(1, lands_on(self));
	close(other);
}

PROVE_F(link, info, "a link tells its type, program, hook, scope and counters")
{
	int scoped = hook_attach_tag(self->zero, LLONG_MIN);
	int plain = hook_attach(self->watch_prog);
	struct hook_link_info info;
	int by_id;

	ASSERT_LE(0, scoped);
	ASSERT_LE(0, plain);
	ASSERT_EQ(0, hook_info(scoped, &info));
	EXPECT_EQ(HOOK_LINK_TYPE, info.type);
	EXPECT_LT(0, info.id);
	EXPECT_EQ(hook_prog_id(self->zero), (int)info.prog_id);
	EXPECT_EQ(LLONG_MIN, info.tag);
	EXPECT_EQ(HOOK_F_TAG, info.flags);
	EXPECT_EQ(hook_btf_id("bpf_sched_cfs_select_rq"), (int)info.attach_btf_id);
	EXPECT_EQ(0, info.calls);
	EXPECT_EQ(0, info.decided);
	EXPECT_EQ(0, info.refused);
	by_id = bpf_link_get_fd_by_id(info.id);
	EXPECT_LE(0, by_id);
	close(by_id);

	ASSERT_EQ(0, hook_info(plain, &info));
	EXPECT_EQ(0, info.tag);
	EXPECT_EQ(0, info.flags);
	EXPECT_EQ(hook_btf_id("bpf_sched_cfs_select_rq_exit"), (int)info.attach_btf_id);
	close(scoped);
	close(plain);
}

PROVE_F(link, info_short, "a reader with a shorter struct gets what fits")
{
	int link = hook_attach_tag(self->zero, tag);
	union bpf_attr attr = {};
	__u8 buf[64];

	ASSERT_LE(0, link);
	memset(buf, 0xa5, sizeof(buf));
	attr.info.bpf_fd = link;
	attr.info.info = (__u64)(unsigned long)buf;
	attr.info.info_len = 24;
	/* The kernel wants zeroes in a variable part that it does not know of. */
	memset(buf, 0, 24);
	ASSERT_EQ(0, syscall(__NR_bpf, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)));
	EXPECT_EQ(24, attr.info.info_len);
	EXPECT_EQ(tag, *(__s64 *)(buf + 16));
	EXPECT_EQ(0xa5, buf[24]);
	close(link);
}

PROVE_F(link, fdinfo, "fdinfo says the same in text")
{
	int link = hook_attach_tag(self->zero, tag);
	char path[64], text[2048], expected[64];
	struct hook_link_info info;

	ASSERT_LE(0, link);
	EXPECT_EQ(0, lands_on(self));
	ASSERT_EQ(0, victim_settle(&self->victim));
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", link);
	ASSERT_LT(0, sys_read(path, text, sizeof(text)));
	ASSERT_EQ(0, hook_info(link, &info));
	EXPECT_NE(NULL, strstr(text, "link_type:\tsched\n"));
	EXPECT_NE(NULL, strstr(text, "hook:\tcfs_select_rq\n"));
	snprintf(expected, sizeof(expected), "tag:\t%lld\n", (long long)tag);
	EXPECT_NE(NULL, strstr(text, expected));
	snprintf(expected, sizeof(expected), "calls:\t%llu\n", info.calls);
	EXPECT_NE(NULL, strstr(text, expected));
	snprintf(expected, sizeof(expected), "decided:\t%llu\n", info.decided);
	EXPECT_NE(NULL, strstr(text, expected));
	EXPECT_NE(NULL, strstr(text, "refused:\t0\n"));
	close(link);
}

TEST_HARNESS_MAIN
