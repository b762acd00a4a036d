// SPDX-License-Identifier: GPL-2.0-only
/*
 * The numbers of the ABI, and the list of hooks, in the four places that have
 * them: sched_hook_defs.h, the running kernel's BTF, libtagsched and these tests.
 */
#include <limits.h>
#include <linux/bpf.h>
#include <tagsched.h>

#include "harness.h"

/* The kernel's own list, expanded as it is meant to be. */
static const struct {
	const char *name;
	const char *kind;
	const char *args;
} defs[] = {
#define BPF_SCHED_HOOK(ret, default_answer, kind, name, ...) \
	{ #name, #kind, #__VA_ARGS__ },
#include HOOK_DEFS
#undef BPF_SCHED_HOOK
};

#define NR_HOOKS	(sizeof(defs) / sizeof(defs[0]))
#define STUB		"bpf_sched_"

FIXTURE(abi) {
	struct btf *btf;
};

FIXTURE_SETUP(abi)
{
	self->btf = btf__load_vmlinux_btf();
	ASSERT_NE(NULL, self->btf);
}

FIXTURE_TEARDOWN(abi)
{
	btf__free(self->btf);
}

static bool enumerator_of(const struct btf *btf, const struct btf_type *t, const char *name,
			  long long *value)
{
	const struct btf_enum *e = btf_enum(t);
	int i;

	for (i = 0; i < btf_vlen(t); i++, e++) {
		if (strcmp(btf__name_by_offset(btf, e->name_off), name))
			continue;
		*value = e->val;
		return true;
	}
	return false;
}

/* Value of an enumerator of vmlinux, wherever it is; LLONG_MIN if nowhere. */
static long long enumerator(const struct btf *btf, const char *name)
{
	__u32 id, n = btf__type_cnt(btf);
	long long value;

	for (id = 1; id < n; id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);

		if (btf_is_enum(t) && enumerator_of(btf, t, name, &value))
			return value;
	}
	return LLONG_MIN;
}

PROVE_F(abi, numbers, "program, attach and link type: vmlinux BTF, libtagsched and these tests agree")
{
	EXPECT_EQ(40, enumerator(self->btf, "BPF_PROG_TYPE_SCHED"));
	EXPECT_EQ(64, enumerator(self->btf, "BPF_SCHED"));
	EXPECT_EQ(24, enumerator(self->btf, "BPF_LINK_TYPE_SCHED"));
	EXPECT_EQ(HOOK_PROG_TYPE, TAGSCHED_PROG_TYPE);
	EXPECT_EQ(HOOK_ATTACH_TYPE, TAGSCHED_ATTACH_TYPE);
	EXPECT_EQ(HOOK_LINK_TYPE, TAGSCHED_LINK_TYPE);
	EXPECT_EQ(HOOK_F_TAG, TAGSCHED_F_TAG);
	EXPECT_EQ(40, HOOK_PROG_TYPE);
	EXPECT_EQ(64, HOOK_ATTACH_TYPE);
	EXPECT_EQ(24, HOOK_LINK_TYPE);
}

PROVE_F(abi, verdicts, "the verdicts have the values that programs are compiled with")
{
	EXPECT_EQ(-1, enumerator(self->btf, "BPF_SCHED_NO_OPINION"));
	EXPECT_EQ(0, enumerator(self->btf, "BPF_SCHED_KEEP"));
	EXPECT_EQ(1, enumerator(self->btf, "BPF_SCHED_PREEMPT"));
	EXPECT_EQ(0, enumerator(self->btf, "BPF_SCHED_PREV_CPU"));
	EXPECT_EQ(1, enumerator(self->btf, "BPF_SCHED_THIS_CPU"));
	EXPECT_EQ(0, enumerator(self->btf, "BPF_SCHED_PICK_STOCK"));
	EXPECT_EQ(1, enumerator(self->btf, "BPF_SCHED_PICK_TAGGED"));
	EXPECT_EQ(0, enumerator(self->btf, "BPF_SCHED_DENY"));
	EXPECT_EQ(1, enumerator(self->btf, "BPF_SCHED_ALLOW"));
}

static int size_of(const struct btf *btf, const char *name)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_STRUCT);

	return id < 0 ? id : (int)btf__type_by_id(btf, id)->size;
}

/* Byte offset of a member, or -1. */
static int offset_of(const struct btf *btf, const char *name, const char *member)
{
	int i, id = btf__find_by_name_kind(btf, name, BTF_KIND_STRUCT);
	const struct btf_type *t = btf__type_by_id(btf, id < 0 ? 0 : id);

	for (i = 0; id > 0 && i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(btf, btf_members(t)[i].name_off), member))
			return btf_member_bit_offset(t, i) / 8;
	return -1;
}

PROVE_F(abi, structs, "the structs that programs and callers share have their sizes and offsets")
{
	EXPECT_EQ(1024, size_of(self->btf, "bpf_sched_cpumask"));
	EXPECT_EQ(1024, (int)sizeof(struct bpf_sched_cpumask));
	EXPECT_EQ(80, (int)sizeof(struct bpf_sched_policy_attr));
	EXPECT_EQ(80, size_of(self->btf, "bpf_sched_policy_attr"));
	EXPECT_EQ(32, (int)sizeof(struct bpf_sched_prog_info));
	EXPECT_EQ(32, size_of(self->btf, "bpf_sched_prog_info"));
	EXPECT_EQ(56, (int)sizeof(struct bpf_sched_exit));
	EXPECT_EQ(56, size_of(self->btf, "bpf_sched_exit"));
	EXPECT_EQ(32, size_of(self->btf, "sched_migrate_ctx"));
	EXPECT_EQ(0, offset_of(self->btf, "sched_migrate_ctx", "task"));
	EXPECT_EQ(8, offset_of(self->btf, "sched_migrate_ctx", "prev_cpu"));
	EXPECT_EQ(12, offset_of(self->btf, "sched_migrate_ctx", "curr_cpu"));
	EXPECT_EQ(16, offset_of(self->btf, "sched_migrate_ctx", "new_cpu"));
	EXPECT_EQ(20, offset_of(self->btf, "sched_migrate_ctx", "wake_flags"));
	EXPECT_EQ(24, offset_of(self->btf, "sched_migrate_ctx", "is_sync"));
	EXPECT_EQ(24, size_of(self->btf, "sched_affine_ctx"));
	EXPECT_EQ(0, offset_of(self->btf, "sched_affine_ctx", "task"));
	EXPECT_EQ(8, offset_of(self->btf, "sched_affine_ctx", "prev_cpu"));
	EXPECT_EQ(12, offset_of(self->btf, "sched_affine_ctx", "curr_cpu"));
	EXPECT_EQ(16, offset_of(self->btf, "sched_affine_ctx", "is_sync"));
	EXPECT_EQ(184, size_of(self->btf, "bpf_link_info"));
	EXPECT_EQ(184, (int)sizeof(struct hook_signed_info));
	EXPECT_EQ(168, (int)sizeof(struct hook_policy_info));
	EXPECT_EQ(56, (int)sizeof(struct hook_link_info));
}

PROVE_F(abi, in_kernel, "each line of sched_hook_defs.h is a function of the running kernel, with as many arguments")
{
	char func[128];
	size_t i;

	for (i = 0; i < NR_HOOKS; i++) {
		const struct btf_type *t;
		const char *c;
		int id, args = 1;

		snprintf(func, sizeof(func), STUB "%s", defs[i].name);
		id = btf__find_by_name_kind(self->btf, func, BTF_KIND_FUNC);
		ASSERT_LT(0, id) {
			TH_LOG("%s is not in vmlinux BTF", func);
		}
		t = btf__type_by_id(self->btf, btf__type_by_id(self->btf, id)->type);
		for (c = defs[i].args; *c; c++)
			args += *c == ',';
		EXPECT_EQ(args, btf_vlen(t)) {
			TH_LOG("%s(%s)", func, defs[i].args);
		}
		EXPECT_TRUE(btf_is_int(btf__type_by_id(self->btf, t->type)));
	}
}

PROVE_F(abi, in_library, "libtagsched's table of hooks is sched_hook_defs.h")
{
	size_t i;

	EXPECT_EQ(NR_HOOKS, tagsched_hook__count());
	for (i = 0; i < NR_HOOKS; i++) {
		const struct tagsched_hook *hook = tagsched_hook__find(defs[i].name);
		char func[128];

		ASSERT_NE(NULL, hook) {
			TH_LOG("libtagsched does not know %s", defs[i].name);
		}
		EXPECT_EQ(!strcmp(defs[i].kind, "CPU"), hook->kind == TAGSCHED_HOOK_CPU);
		snprintf(func, sizeof(func), STUB "%s", defs[i].name);
		EXPECT_STREQ(func, hook->func);
		EXPECT_EQ(hook_btf_id(func), tagsched_hook__btf_id(defs[i].name));
	}
	EXPECT_EQ(NULL, tagsched_hook__at(NR_HOOKS));
}

PROVE_F(abi, in_tests, "these tests know every hook, and every hook takes a program")
{
	size_t i;

	for (i = 0; i < NR_HOOKS; i++) {
		int prog;

		ASSERT_NE(NULL, hook_names[i]);
		EXPECT_STREQ(defs[i].name, hook_names[i]);
		EXPECT_EQ(!strcmp(defs[i].kind, "VERDICT"), hook_is_verdict(defs[i].name));
		EXPECT_EQ(!strcmp(defs[i].kind, "NOTICE"), hook_is_notice(defs[i].name));
		prog = hook_const(defs[i].name, -1);
		EXPECT_LE(0, prog);
		EXPECT_LE(0, hook_attach(prog));
	}
	EXPECT_EQ(NULL, hook_names[NR_HOOKS]);
}

PROVE_F(abi, no_more, "no function of the kernel takes a sched program beside the hooks")
{
	__u32 id, n = btf__type_cnt(self->btf);
	int taken = 0;

	for (id = 1; id < n; id++) {
		const struct btf_type *t = btf__type_by_id(self->btf, id);
		const char *name;

		if (!btf_is_func(t))
			continue;
		name = btf__name_by_offset(self->btf, t->name_off);
		if (strncmp(name, STUB, strlen(STUB)))
			continue;
		taken += hook_const(name + strlen(STUB), -1) >= 0;
	}
	EXPECT_EQ(NR_HOOKS, taken);
}

TEST_HARNESS_MAIN
