// SPDX-License-Identifier: GPL-2.0-only
/* What BPF_PROG_LOAD asks of a sched program beside its instructions. */
#include <errno.h>

#include "harness.h"

static char log_buf[65536];

static const struct bpf_insn no_opinion[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = -1 },
	{ .code = BPF_JMP | BPF_EXIT },
};

/**
 * struct request - what a program is loaded with
 * @license: its licence
 * @func:    the kernel function that is its attach target; NULL for none
 * @btf_id:  instead of @func's, if not 0
 * @attach_type: expected attach type
 * @flags:   BPF_F_*
 * @insns:   the program
 * @cnt:     number of instructions
 */
struct request {
	const char *license;
	const char *func;
	__u32 btf_id;
	__u32 attach_type;
	__u32 flags;
	const struct bpf_insn *insns;
	size_t cnt;
};

static const struct request good = {
	.license = "GPL",
	.func = "bpf_sched_cfs_select_rq",
	.attach_type = HOOK_ATTACH_TYPE,
	.insns = no_opinion,
	.cnt = 2,
};

static int request_load(const struct request *r)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts,
		.expected_attach_type = r->attach_type,
		.prog_flags = r->flags,
		.log_buf = log_buf,
		.log_size = sizeof(log_buf),
		.log_level = 1);
	int id = r->btf_id ? (int)r->btf_id : r->func ? hook_btf_id(r->func) : 0;

	if (id < 0)
		return id;
	log_buf[0] = '\0';
	opts.attach_btf_id = id;
	return bpf_prog_load(HOOK_PROG_TYPE, "request", r->license, r->insns, r->cnt,
			     &opts);
}

/* Load what is good but for one assignment; the words must be in the log. */
#define EXPECT_REFUSED(error, words, change) do {			\
	struct request r = good;					\
									\
	r.change;							\
	EXPECT_EQ(error, request_load(&r));				\
	EXPECT_NE(NULL, strstr(log_buf, words)) {			\
		TH_LOG("%s: \"%s\" is not in:\n%s", #change, words, log_buf); \
	}								\
} while (0)

PROVE(complete, "a program with all that is asked of it loads")
{
	int i;

	EXPECT_LE(0, request_load(&good));
	for (i = 0; hook_names[i]; i++)
		EXPECT_LE(0, hook_const(hook_names[i], -1));
}

PROVE(not_gpl, "a program that is not GPL is refused, and told so")
{
	static const char words[] = "sched programs must have a GPL compatible license";

	EXPECT_REFUSED(-EINVAL, words, license = "Proprietary");
	EXPECT_REFUSED(-EINVAL, words, license = "BSD");
	EXPECT_REFUSED(-EINVAL, words, license = "");
}

PROVE(unknown_hook, "a kernel function that is no hook is refused, and named")
{
	EXPECT_REFUSED(-EINVAL, "schedule is not a scheduler hook", func = "schedule");
	EXPECT_REFUSED(-EINVAL, "try_to_wake_up is not a scheduler hook",
		       func = "try_to_wake_up");
	EXPECT_REFUSED(-EINVAL, "bpf_sched_task_tag is not a scheduler hook",
		       func = "bpf_sched_task_tag");
}

PROVE(no_function, "an attach target that is no function, or none, is refused")
{
	struct btf *btf = btf__load_vmlinux_btf();
	int task = btf__find_by_name_kind(btf, "task_struct", BTF_KIND_STRUCT);

	ASSERT_LT(0, task);
	EXPECT_REFUSED(-EINVAL, "is not a function", btf_id = task);
	EXPECT_REFUSED(-EINVAL, "", func = NULL);
	EXPECT_REFUSED(-EINVAL, "", btf_id = 0x7ffffff);
	btf__free(btf);
}

PROVE(attach_type, "another expected attach type is refused")
{
	EXPECT_REFUSED(-EINVAL, "", attach_type = 0);
	EXPECT_REFUSED(-EINVAL, "", attach_type = BPF_TRACE_FENTRY);
	EXPECT_REFUSED(-EINVAL, "", attach_type = BPF_LSM_MAC);
	EXPECT_REFUSED(-EINVAL, "", attach_type = HOOK_ATTACH_TYPE + 1);
}

PROVE(sleepable, "a sleepable program is refused")
{
	EXPECT_REFUSED(-EINVAL, "can be sleepable", flags = BPF_F_SLEEPABLE);
}

PROVE(pointer_answer, "a pointer is no answer")
{
	static const struct bpf_insn insns[] = {
		{ .code = BPF_LDX | BPF_MEM | BPF_DW, .dst_reg = BPF_REG_0, .src_reg = BPF_REG_1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	EXPECT_REFUSED(-EINVAL, "R0 is not a known value", insns = insns);
	EXPECT_REFUSED(-EINVAL, "R0 is not a known value",
		       func = "bpf_sched_cfs_check_preempt_wakeup"; r.insns = insns);
}

PROVE(no_answer, "a program that sets no answer is refused")
{
	static const struct bpf_insn insns[] = { { .code = BPF_JMP | BPF_EXIT } };

	EXPECT_REFUSED(-EACCES, "R0 !read_ok", insns = insns; r.cnt = 1);
}

TEST_HARNESS_MAIN
