// SPDX-License-Identifier: GPL-2.0-only
/*
 * kernel.sched_bpf_require_signature=1: only what is signed by a key that the
 * kernel trusts is attached, and there is no way around that.
 */
#include <errno.h>
#include <stddef.h>

#include "harness.h"

#define ROUNDS	20

static const __s64 tag = 4041, other_tag = 4042;

/* Before all others, in a machine that has just been booted. */
PROVE(before, "what was attached before signatures are required stays, and can be neither updated nor replaced")
{
	int prog = hook_const("cfs_select_rq", 1), link, policy;
	const struct hook_policy first = { .progs = &prog, .nr = 1, .name = "first", .tag = &tag };
	struct hook_policy next = first;
	struct hook_policy_info info;
	char text[16];

	ASSERT_LE(0, sys_read(HOOK_REQUIRE, text, sizeof(text)));
	if (strcmp(text, "0\n"))
		SKIP(return, "signatures are required already");
	link = hook_attach_tag(prog, other_tag);
	policy = hook_policy_create(&first);
	ASSERT_LE(0, link);
	ASSERT_LE(0, policy);
	ASSERT_EQ(0, sys_write(HOOK_REQUIRE, "1"));
	EXPECT_EQ(-EKEYREJECTED, hook_update(link, prog));
	EXPECT_EQ(-EKEYREJECTED, hook_update(policy, prog));
	next.attr.flags = BPF_SCHED_POLICY_REPLACE;
	next.attr.replace_fd = policy;
	EXPECT_EQ(-EKEYREJECTED, hook_policy_create(&next));
	ASSERT_EQ(0, hook_policy_info(policy, &info, NULL));
	EXPECT_EQ(BPF_SCHED_EXIT_NONE, info.exit.reason);
	EXPECT_EQ(0, hook_detach(link));
	EXPECT_EQ(0, hook_detach(policy));
	close(link); close(policy); close(prog);
}

FIXTURE(locked) {
	int progs[2];
	struct hook_policy policy;
	struct hook_signature sig;	/* good for it */
};

FIXTURE_SETUP(locked)
{
	ASSERT_EQ(0, sys_write(HOOK_REQUIRE, "1"));
	self->progs[0] = hook_answer_from("cfs_select_rq", 1, 4, BPF_F_RDONLY_PROG, true);
	self->progs[1] = hook_const("cfs_check_preempt_tick", -1);
	ASSERT_LE(0, self->progs[0]);
	ASSERT_LE(0, self->progs[1]);
	self->policy = (struct hook_policy){
		.progs = self->progs, .nr = 2, .name = "sealed", .tag = &tag,
	};
	ASSERT_EQ(0, hook_sign(&self->policy, HOOK_POLICY_KEY, &self->sig));
}

FIXTURE_TEARDOWN(locked)
{
	close(self->progs[0]);
	close(self->progs[1]);
}

PROVE_F(locked, one_way, "the requirement cannot be taken back")
{
	char text[16];

	EXPECT_EQ(-EINVAL, sys_write(HOOK_REQUIRE, "0"));
	EXPECT_EQ(-EINVAL, sys_write(HOOK_REQUIRE, "2"));
	EXPECT_EQ(-EINVAL, sys_write(HOOK_REQUIRE, "-1"));
	EXPECT_EQ(0, sys_write(HOOK_REQUIRE, "1"));
	ASSERT_LE(0, sys_read(HOOK_REQUIRE, text, sizeof(text)));
	EXPECT_STREQ("1\n", text);
}

PROVE_F(locked, good, "a policy with a good signature is attached, and decides")
{
	struct hook_signed_info info;
	struct victim victim;
	int link, i, on_one = 0;

	ASSERT_EQ(0, sys_hold_tasks(true));
	ASSERT_EQ(0, victim_start(&victim, &tag));
	link = hook_attach_signed(&self->policy, &self->sig);
	ASSERT_LE(0, link);
	for (i = 0; i < ROUNDS; i++) {
		victim_settle(&victim);
		on_one += victim_wake(&victim) == 1;
	}
	EXPECT_LT(ROUNDS / 2, on_one);
	ASSERT_EQ(0, hook_signed_info(link, &info, NULL));
	EXPECT_LT(0, info.policy.link.decided);
	EXPECT_EQ(0, info.signature_error);
	EXPECT_EQ(self->sig.size, info.signature_size);
	victim_stop(&victim);
	sys_hold_tasks(false);
	close(link);
}

PROVE_F(locked, any_order, "the order of programs, the priority and other data are not signed")
{
	const int turned[] = { self->progs[1], self->progs[0] };
	int tuned[2] = {
		hook_answer_from("cfs_select_rq", 1, 4, 0, false),
		hook_answer_from("cfs_select_rq", 2, 4, 0, false),
	}, link;
	struct hook_policy policy = self->policy;

	policy.progs = turned;
	policy.attr.flags = BPF_SCHED_POLICY_PRIORITY;
	policy.attr.priority = 7;
	link = hook_attach_signed(&policy, &self->sig);
	EXPECT_LE(0, link);
	close(link);

	policy = self->policy;
	policy.progs = &tuned[0];
	policy.nr = 1;
	ASSERT_EQ(0, hook_sign(&policy, HOOK_POLICY_KEY, &self->sig));
	policy.progs = &tuned[1];
	link = hook_attach_signed(&policy, &self->sig);
	EXPECT_LE(0, link);
	close(link); close(tuned[0]); close(tuned[1]);
}

PROVE_F(locked, unsigned_policy, "a policy without a signature is EKEYREJECTED, also with an attribute too short for one")
{
	struct bpf_sched_policy_attr attr = { .name = "sealed" };

	EXPECT_EQ(-EKEYREJECTED, hook_policy_create(&self->policy));
	EXPECT_EQ(-EKEYREJECTED, hook_policy_raw(self->progs[0], HOOK_F_POLICY, 0, &attr,
						 offsetof(struct bpf_sched_policy_attr, signature)));
}

PROVE_F(locked, single, "a program alone is EKEYREJECTED, and no other command attaches one")
{
	LIBBPF_OPTS(bpf_prog_attach_opts, opts);

	EXPECT_EQ(-EKEYREJECTED, hook_attach(self->progs[0]));
	EXPECT_EQ(-EKEYREJECTED, hook_attach_tag(self->progs[0], tag));
	EXPECT_GT(0, bpf_prog_attach_opts(self->progs[0], 0, HOOK_ATTACH_TYPE, &opts));
	EXPECT_GT(0, bpf_raw_tracepoint_open(NULL, self->progs[0]));
	EXPECT_GT(0, bpf_raw_tracepoint_open("sched_switch", self->progs[0]));
}

PROVE_F(locked, stranger, "a key that the kernel does not trust is ENOKEY, also with its certificate in the signature")
{
	char manifest[4096];

	ASSERT_EQ(0, hook_sign(&self->policy, HOOK_STRANGER_KEY, &self->sig));
	EXPECT_EQ(-ENOKEY, hook_attach_signed(&self->policy, &self->sig));
	ASSERT_LT(0, hook_manifest(&self->policy, manifest, sizeof(manifest)));
	ASSERT_EQ(0, hook_sign_text(manifest, HOOK_STRANGER_KEY,
				    "-certfile " KEYS "/" HOOK_STRANGER_KEY ".pem", &self->sig));
	EXPECT_EQ(-ENOKEY, hook_attach_signed(&self->policy, &self->sig));
}

/* The signature is for self->policy; @nr programs of @progs come with it. */
static int attach_others(FIXTURE_DATA(locked) *self, const int *progs, int nr)
{
	struct hook_policy policy = self->policy;

	policy.progs = progs;
	policy.nr = nr;
	return hook_attach_signed(&policy, &self->sig);
}

PROVE_F(locked, other_programs, "with another instruction, constant, map, or set of programs it is EKEYREJECTED")
{
	const int select = self->progs[0], tick = self->progs[1];
	const int keep = hook_const("cfs_check_preempt_tick", 0);
	const int affine = hook_const("cfs_wake_affine", -1);
	const int two = hook_answer_from("cfs_select_rq", 2, 4, BPF_F_RDONLY_PROG, true);
	const int thawed = hook_answer_from("cfs_select_rq", 1, 4, BPF_F_RDONLY_PROG, false);
	const int large = hook_answer_from("cfs_select_rq", 1, 8, BPF_F_RDONLY_PROG, true);

	EXPECT_EQ(-EKEYREJECTED, attach_others(self, (int[]){ select, keep }, 2));
	EXPECT_EQ(-EKEYREJECTED, attach_others(self, (int[]){ two, tick }, 2));
	EXPECT_EQ(-EKEYREJECTED, attach_others(self, (int[]){ thawed, tick }, 2));
	EXPECT_EQ(-EKEYREJECTED, attach_others(self, (int[]){ large, tick }, 2));
	EXPECT_EQ(-EKEYREJECTED, attach_others(self, (int[]){ select }, 1));
	EXPECT_EQ(-EKEYREJECTED, attach_others(self, (int[]){ select, affine }, 2));
	EXPECT_EQ(-EKEYREJECTED, attach_others(self, (int[]){ select, tick, affine }, 3));
	close(keep); close(affine); close(two); close(thawed); close(large);
}

PROVE_F(locked, other_scope, "for another tag, for all, or under another name it is EKEYREJECTED")
{
	struct hook_policy policy = self->policy;

	policy.tag = &other_tag;
	EXPECT_EQ(-EKEYREJECTED, hook_attach_signed(&policy, &self->sig));
	policy.tag = NULL;
	EXPECT_EQ(-EKEYREJECTED, hook_attach_signed(&policy, &self->sig));
	policy.tag = &tag;
	policy.name = "seale";
	EXPECT_EQ(-EKEYREJECTED, hook_attach_signed(&policy, &self->sig));
	/* A name cannot pass for the lines that follow it. */
	policy.name = "sealed\ntag: all";
	EXPECT_EQ(-EINVAL, hook_attach_signed(&policy, &self->sig));
	policy.name = "sealed";
	EXPECT_EQ(-EKEYREJECTED, hook_policy_create(&policy));
}

PROVE_F(locked, cut, "a signature that is cut off, or has a byte changed, is refused")
{
	struct hook_signature cut = self->sig;
	size_t i;

	for (i = 0; i < self->sig.size; i += i < 64 ? 1 : 16) {
		cut.size = i;
		EXPECT_GT(0, hook_attach_signed(&self->policy, &cut)) {
			TH_LOG("attached with %zu of %zu bytes", i, self->sig.size);
		}
	}
	cut = self->sig;
	/* The digest and the key's name come first; what RSA made of it is last. */
	for (i = self->sig.size - 256; i < self->sig.size; i += 16) {
		cut.data[i] ^= 0x20;
		EXPECT_EQ(-EKEYREJECTED, hook_attach_signed(&self->policy, &cut));
		cut.data[i] ^= 0x20;
	}
}

PROVE_F(locked, garbage, "what is no signature is EBADMSG: zeros, noise, a text, one that brings its own text")
{
	struct hook_signature junk = { .size = 256 };
	unsigned short state[3] = { 7, 7, 7 };
	char manifest[4096];
	int round;
	size_t i;

	EXPECT_EQ(-EBADMSG, hook_attach_signed(&self->policy, &junk));
	for (round = 0; round < ROUNDS; round++) {
		junk.size = 1 + hook_random(state) % sizeof(junk.data);
		for (i = 0; i < junk.size; i++)
			junk.data[i] = hook_random(state);
		EXPECT_GT(0, hook_attach_signed(&self->policy, &junk));
	}
	junk.size = hook_manifest(&self->policy, manifest, sizeof(manifest));
	memcpy(junk.data, manifest, junk.size);
	EXPECT_EQ(-EBADMSG, hook_attach_signed(&self->policy, &junk));
	ASSERT_EQ(0, hook_sign_text(manifest, HOOK_POLICY_KEY, "-nodetach", &junk));
	EXPECT_EQ(-EBADMSG, hook_attach_signed(&self->policy, &junk));
	/* A signature of another text. */
	ASSERT_EQ(0, hook_sign_text("tagsched policy 1\n", HOOK_POLICY_KEY, "", &junk));
	EXPECT_EQ(-EKEYREJECTED, hook_attach_signed(&self->policy, &junk));
}

PROVE_F(locked, too_long, "a signature of megabytes is E2BIG, none with a size EINVAL")
{
	struct hook_signature huge = self->sig;
	struct bpf_sched_policy_attr attr = { .name = "size", .signature_size = 100 };

	huge.size = HOOK_MAX_SIGNATURE + 1;
	EXPECT_EQ(-E2BIG, hook_attach_signed(&self->policy, &huge));
	huge.size = 1U << 31;
	EXPECT_EQ(-E2BIG, hook_attach_signed(&self->policy, &huge));
	EXPECT_EQ(-EINVAL, hook_policy_raw(self->progs[0], HOOK_F_POLICY, 0, &attr, sizeof(attr)));
}

PROVE_F(locked, no_update, "a program of a signed policy is not updated, not even by itself: EKEYREJECTED, and it decides on")
{
	int link = hook_attach_signed(&self->policy, &self->sig);
	int two = hook_const("cfs_select_rq", 2);
	struct bpf_sched_prog_info about[HOOK_MAX_PROGS];
	struct hook_signed_info info;
	struct hook_policy_info policy;

	ASSERT_LE(0, link);
	ASSERT_LE(0, two);
	EXPECT_EQ(-EKEYREJECTED, hook_update(link, two));
	EXPECT_EQ(-EKEYREJECTED, hook_replace(link, two, self->progs[0]));
	EXPECT_EQ(-EKEYREJECTED, hook_update(link, self->progs[0]));
	ASSERT_EQ(0, hook_policy_info(link, &policy, about));
	EXPECT_EQ(hook_prog_id(self->progs[0]), (int)about[0].prog_id);
	ASSERT_EQ(0, hook_signed_info(link, &info, NULL));
	EXPECT_EQ(0, info.signature_error);
	close(link); close(two);
}

PROVE_F(locked, swap, "a swap needs the newcomer's own signature; without it the old one stays")
{
	const int new_progs[] = { hook_const("cfs_select_rq", 2) };
	int old = hook_attach_signed(&self->policy, &self->sig), link;
	struct hook_policy next = {
		.progs = new_progs, .nr = 1, .name = "next", .tag = &tag,
	};
	struct hook_signature sig;
	struct hook_policy_info info;

	ASSERT_LE(0, old);
	ASSERT_EQ(0, hook_sign(&next, HOOK_POLICY_KEY, &sig));
	next.attr.flags = BPF_SCHED_POLICY_REPLACE;
	next.attr.replace_fd = old;
	EXPECT_EQ(-EKEYREJECTED, hook_policy_create(&next));
	EXPECT_EQ(-EKEYREJECTED, hook_attach_signed(&next, &self->sig));
	ASSERT_EQ(0, hook_policy_info(old, &info, NULL));
	EXPECT_EQ(BPF_SCHED_EXIT_NONE, info.exit.reason);
	link = hook_attach_signed(&next, &sig);
	ASSERT_LE(0, link);
	ASSERT_EQ(0, hook_policy_info(old, &info, NULL));
	EXPECT_EQ(BPF_SCHED_EXIT_REPLACED, info.exit.reason);
	close(old); close(link); close(new_progs[0]);
}

TEST_HARNESS_MAIN
