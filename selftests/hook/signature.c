// SPDX-License-Identifier: GPL-2.0-only
/*
 * Signed policies, as long as signatures are not required: what is to be signed,
 * what it covers, and what a link tells of its signature.
 */
#include <errno.h>

#include "harness.h"
#include "signature.skel.h"

#define CONSTANT	(BPF_F_RDONLY_PROG)

static const __s64 tag = 4031, other_tag = 4032;

FIXTURE(signature) {
	int progs[3];
	struct hook_policy policy;
	char manifest[4096];
	struct hook_signature sig;
};

FIXTURE_SETUP(signature)
{
	/* Not in the order of hooks. */
	self->progs[0] = hook_const("cfs_check_preempt_tick", -1);
	self->progs[1] = hook_const("cfs_select_rq", 1);
	self->progs[2] = hook_const("cfs_wake_affine", -1);
	ASSERT_LE(0, self->progs[0]);
	ASSERT_LE(0, self->progs[1]);
	ASSERT_LE(0, self->progs[2]);
	self->policy = (struct hook_policy){
		.progs = self->progs, .nr = 3, .name = "sealed", .tag = &tag,
	};
}

FIXTURE_TEARDOWN(signature)
{
	close(self->progs[0]);
	close(self->progs[1]);
	close(self->progs[2]);
}

/* The digest of a program, as text: what its line of a manifest ends with. */
static int digest(int prog, char *hex)
{
	const struct hook_policy policy = { .progs = &prog, .nr = 1, .name = "one" };
	char manifest[4096];
	const char *space;
	int len;

	len = hook_manifest(&policy, manifest, sizeof(manifest));
	if (len < 0)
		return len;
	space = strrchr(manifest, ' ');
	snprintf(hex, 65, "%.64s", space ? space + 1 : "");
	return strlen(hex) == 64 ? 0 : -EINVAL;
}

/* Do two programs, which are closed, have the same digest? Negative for an error. */
static int same_digest(int a, int b)
{
	char hex[2][65];
	int err;

	if (a < 0 || b < 0)
		return a < 0 ? a : b;
	err = digest(a, hex[0]);
	if (!err)
		err = digest(b, hex[1]);
	close(a);
	close(b);
	return err ? err : !strcmp(hex[0], hex[1]);
}

PROVE_F(signature, manifest, "a manifest has the name, the tag, and the programs in the order of hooks; asking attaches nothing")
{
	const int sorted[] = { self->progs[1], self->progs[2], self->progs[0] };
	char again[4096], want[4096], hex[3][65];
	struct hook_policy policy = self->policy;
	int len, i;

	len = hook_manifest(&policy, self->manifest, sizeof(self->manifest));
	ASSERT_LT(0, len);
	EXPECT_EQ(len, (int)strlen(self->manifest));
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, digest(sorted[i], hex[i]));
	snprintf(want, sizeof(want),
		 "tagsched policy 1\nname: sealed\ntag: %lld\n"
		 "program: cfs_select_rq %s\nprogram: cfs_wake_affine %s\n"
		 "program: cfs_check_preempt_tick %s\n", (long long)tag, hex[0], hex[1], hex[2]);
	EXPECT_STREQ(want, self->manifest);
	policy.progs = sorted;
	EXPECT_EQ(len, hook_manifest(&policy, again, sizeof(again)));
	EXPECT_STREQ(self->manifest, again);
	policy.tag = NULL;
	ASSERT_LT(0, hook_manifest(&policy, again, sizeof(again)));
	EXPECT_NE(NULL, strstr(again, "\ntag: all\n"));
	/* A second policy of these hooks would be EEXIST if anything were attached. */
	i = hook_policy_create(&self->policy);
	EXPECT_LE(0, i);
	EXPECT_EQ(len, hook_manifest(&self->policy, again, sizeof(again)));
	close(i);
}

PROVE_F(signature, bad_requests, "a request for a manifest that makes no sense is EINVAL, ENOSPC or EFAULT")
{
	struct bpf_sched_policy_attr attr = {
		.name = "bad", .flags = BPF_SCHED_POLICY_MANIFEST,
		.manifest = (__u64)(unsigned long)self->manifest,
		.manifest_size = sizeof(self->manifest),
	}, bad;
	int one = self->progs[1];

#define EXPECT_BAD(ERR, ...) do {						\
	bad = attr;								\
	__VA_ARGS__;								\
	EXPECT_EQ(ERR, hook_policy_raw(one, HOOK_F_POLICY, 0, &bad, sizeof(bad)));	\
} while (0)
	EXPECT_BAD(-ENOSPC, bad.manifest_size = 10);
	EXPECT_BAD(-ENOSPC, bad.manifest_size = 0);
	EXPECT_BAD(-EFAULT, bad.manifest = 8);
	EXPECT_BAD(-EINVAL, bad.flags |= BPF_SCHED_POLICY_PRIORITY);
	EXPECT_BAD(-EINVAL, bad.flags |= BPF_SCHED_POLICY_REPLACE);
	EXPECT_BAD(-EINVAL, bad.signature = attr.manifest);
	EXPECT_BAD(-EINVAL, bad.flags = 0);
	EXPECT_BAD(-EINVAL, bad.flags = 0; bad.manifest_size = 0);
	EXPECT_BAD(-EINVAL, bad.flags = 1U << 3);
	bad = attr;
	EXPECT_LT(0, hook_policy_raw(one, HOOK_F_POLICY, 0, &bad, sizeof(bad)));
}

PROVE(covered, "a digest covers instructions, the hook, and the geometry of maps")
{
	const char *h = "cfs_select_rq";

	EXPECT_EQ(1, same_digest(hook_const(h, 1), hook_const(h, 1)));
	EXPECT_EQ(0, same_digest(hook_const(h, 1), hook_const(h, 2)));
	EXPECT_EQ(0, same_digest(hook_const(h, 1), hook_const("cfs_select_rq_exit", 1)));
	EXPECT_EQ(0, same_digest(hook_answer_from(h, 1, 4, 0, false),
				 hook_answer_from(h, 1, 8, 0, false)));
	EXPECT_EQ(0, same_digest(hook_answer_from(h, 1, 8, 0, false),
				 hook_answer_from(h, 1, 8, BPF_F_MMAPABLE, false)));
}

PROVE(constants, "a digest covers what is in a map that nobody can write to, and that nobody can; not other data")
{
	const char *h = "cfs_select_rq";

	EXPECT_EQ(1, same_digest(hook_answer_from(h, 1, 4, CONSTANT, true),
				 hook_answer_from(h, 1, 4, CONSTANT, true)));
	EXPECT_EQ(0, same_digest(hook_answer_from(h, 1, 4, CONSTANT, true),
				 hook_answer_from(h, 2, 4, CONSTANT, true)));
	EXPECT_EQ(0, same_digest(hook_answer_from(h, 1, 4, CONSTANT, true),
				 hook_answer_from(h, 1, 4, CONSTANT, false)));
	EXPECT_EQ(1, same_digest(hook_answer_from(h, 1, 4, 0, false),
				 hook_answer_from(h, 2, 4, 0, false)));
}

PROVE_F(signature, noted, "a good signature is noted, and the link gives it back")
{
	struct hook_signed_info info;
	struct hook_signature back;
	int link;

	ASSERT_EQ(0, hook_sign(&self->policy, HOOK_POLICY_KEY, &self->sig));
	link = hook_attach_signed(&self->policy, &self->sig);
	ASSERT_LE(0, link);
	ASSERT_EQ(0, hook_signed_info(link, &info, &back));
	EXPECT_EQ(0, info.signature_error);
	ASSERT_EQ(self->sig.size, back.size);
	EXPECT_EQ(0, memcmp(self->sig.data, back.data, back.size));
	ASSERT_EQ(0, hook_signed_info(link, &info, NULL));
	EXPECT_EQ(self->sig.size, info.signature_size);
	close(link);

	link = hook_policy_create(&self->policy);
	ASSERT_LE(0, link);
	ASSERT_EQ(0, hook_signed_info(link, &info, &back));
	EXPECT_EQ(0, info.signature_error);
	EXPECT_EQ(0, info.signature_size);
	close(link);
}

static int noted_error(const struct hook_policy *policy, const struct hook_signature *sig)
{
	int link = hook_attach_signed(policy, sig), err;
	struct hook_signed_info info;

	if (link < 0)
		return link;
	err = hook_signed_info(link, &info, NULL);
	close(link);
	return err ? err : info.signature_error;
}

PROVE_F(signature, not_required, "one that is not good is noted with the reason, and keeps nobody from attaching")
{
	struct hook_policy other = self->policy;
	struct hook_signature garbage = { .size = 100 };
	int link;

	ASSERT_EQ(0, hook_sign(&self->policy, HOOK_STRANGER_KEY, &self->sig));
	EXPECT_EQ(-ENOKEY, noted_error(&self->policy, &self->sig));
	EXPECT_EQ(-EBADMSG, noted_error(&self->policy, &garbage));
	ASSERT_EQ(0, hook_sign(&self->policy, HOOK_POLICY_KEY, &self->sig));
	EXPECT_EQ(0, noted_error(&self->policy, &self->sig));
	other.tag = &other_tag;
	EXPECT_EQ(-EKEYREJECTED, noted_error(&other, &self->sig));
	link = hook_attach(self->progs[1]);
	EXPECT_LE(0, link);
	close(link);
}

PROVE_F(signature, sizes, "a signature without a size or an address is EINVAL, one of megabytes E2BIG, one that is not there EFAULT")
{
	struct bpf_sched_policy_attr attr = { .name = "size" };
	int one = self->progs[1];

	attr.signature = (__u64)(unsigned long)self->sig.data;
	EXPECT_EQ(-EINVAL, hook_policy_raw(one, HOOK_F_POLICY, 0, &attr, sizeof(attr)));
	attr.signature_size = HOOK_MAX_SIGNATURE + 1;
	EXPECT_EQ(-E2BIG, hook_policy_raw(one, HOOK_F_POLICY, 0, &attr, sizeof(attr)));
	attr.signature_size = 0xffffffff;
	EXPECT_EQ(-E2BIG, hook_policy_raw(one, HOOK_F_POLICY, 0, &attr, sizeof(attr)));
	attr.signature_size = 100;
	attr.signature = 8;
	EXPECT_EQ(-EFAULT, hook_policy_raw(one, HOOK_F_POLICY, 0, &attr, sizeof(attr)));
	attr.signature = 0;
	EXPECT_EQ(-EINVAL, hook_policy_raw(one, HOOK_F_POLICY, 0, &attr, sizeof(attr)));
}

PROVE_F(signature, updated, "a policy one of whose programs is updated is no longer what was signed")
{
	int two = hook_const("cfs_select_rq", 2), link;
	struct hook_signed_info info;

	ASSERT_EQ(0, hook_sign(&self->policy, HOOK_POLICY_KEY, &self->sig));
	link = hook_attach_signed(&self->policy, &self->sig);
	ASSERT_LE(0, link);
	ASSERT_EQ(0, hook_update(link, two));
	ASSERT_EQ(0, hook_signed_info(link, &info, NULL));
	EXPECT_EQ(-EKEYREJECTED, info.signature_error);
	close(link);
	close(two);
}

/* The target and what would replace a function of it: one of the two is loaded. */
static struct signature_bpf *open_one(bool target)
{
	struct signature_bpf *skel = signature_bpf__open();

	if (skel) {
		bpf_program__set_autoload(skel->progs.select_rq, target);
		bpf_program__set_autoload(skel->progs.instead, !target);
	}
	return skel;
}

PROVE(extension, "no function of a sched program can be replaced by another program's")
{
	struct signature_bpf *target = open_one(true), *other = open_one(false);

	ASSERT_NE(NULL, target);
	ASSERT_NE(NULL, other);
	ASSERT_EQ(0, hook_prepare(target->obj));
	ASSERT_EQ(0, signature_bpf__load(target));
	ASSERT_EQ(0, bpf_program__set_attach_target(other->progs.instead,
						    bpf_program__fd(target->progs.select_rq),
						    "choose"));
	EXPECT_EQ(-EINVAL, signature_bpf__load(other));
	signature_bpf__destroy(target);
	signature_bpf__destroy(other);
}

TEST_HARNESS_MAIN
