// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the verifier takes and what it refuses, each refusal with the words that
 * tell a person what is wrong.
 */
#include <errno.h>

#include "harness.h"
#include "verifier.skel.h"

#define LOG_SIZE	(256 * 1024)

static char log_buf[LOG_SIZE];

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

/* Load one program of the object, alone. Its words are in log_buf. */
static int load_one(const char *name)
{
	struct verifier_bpf *skel = verifier_bpf__open();
	struct bpf_program *prog;
	int err;

	if (!skel)
		return -errno;
	log_buf[0] = '\0';
	prog = bpf_object__find_program_by_name(skel->obj, name);
	err = prog ? bpf_program__set_autoload(prog, true) : -ENOENT;
	if (!err)
		err = hook_prepare(skel->obj);
	if (!err) {
		bpf_program__set_log_buf(prog, log_buf, sizeof(log_buf));
		err = verifier_bpf__load(skel);
	}
	verifier_bpf__destroy(skel);
	return err;
}

/* The end of the log is what a person reads. */
static const char *last_words(void)
{
	size_t len = strlen(log_buf);

	return len > 600 ? log_buf + len - 600 : log_buf;
}

/* What the verifier says of each program that it refuses. */
static const struct refusal {
	const char *prog;
	const char *says;
} refusals[] = {
	{ "fail_ctx_past_one", "func 'bpf_sched_cfs_select_rq' doesn't have 2-th argument" },
	{ "fail_ctx_past_two", "func 'bpf_sched_cfs_check_preempt_wakeup' doesn't have 3-th argument" },
	{ "fail_ctx_misaligned", "invalid bpf_context access off=4 size=8" },
	{ "fail_ctx_narrow", "invalid bpf_context access off=0 size=4" },
	{ "fail_ctx_narrow_scalar", "invalid bpf_context access off=8 size=4" },
	{ "fail_ctx_narrow_to_kfunc", "invalid bpf_context access off=0 size=4" },
	{ "fail_ctx_negative", "invalid bpf_context access" },
	{ "fail_ctx_write", "invalid bpf_context access" },
	{ "fail_ctx_as_mask", "invalid bpf_context access" },

	{ "fail_write_task", "sched programs may only read struct task_struct" },
	{ "fail_write_entity", "sched programs may only read struct sched_entity" },
	{ "fail_write_migrate_ctx", "sched programs may only read struct sched_migrate_ctx" },
	{ "fail_write_walked", "sched programs may only read struct task_struct" },
	{ "fail_write_kernel_mask", "sched programs may only read struct cpumask" },
	{ "fail_read_past_struct", "access beyond struct sched_migrate_ctx" },

	{ "fail_walk_parent", "untrusted, reached by walking fields: not for bpf_sched_task_tag" },
	{ "fail_walk_group", "untrusted, reached by walking fields: not for bpf_sched_group_tag" },
	{ "fail_walk_entity", "untrusted, reached by walking fields: not for bpf_sched_entity_tag" },
	{ "fail_walk_mask", "untrusted, reached by walking fields: not for bpf_sched_cpumask_first" },
	{ "fail_walk_embedded", "dereference of modified untrusted_ptr_" },
	{ "fail_walk_result", "untrusted, reached by walking fields: not for bpf_sched_task_tag" },
	{ "fail_walk_set_tag", "untrusted, reached by walking fields: not for bpf_sched_set_task_tag" },
	{ "fail_walk_set_group", "untrusted, reached by walking fields: not for bpf_sched_set_group_tag" },
	{ "fail_walk_clear_tag", "untrusted, reached by walking fields: not for bpf_sched_clear_task_tag" },
	{ "fail_walk_in_cgroup", "untrusted, reached by walking fields: not for bpf_sched_task_in_cgroup" },
	{ "fail_walk_is_task", "untrusted, reached by walking fields: not for bpf_sched_entity_is_task" },
	{ "fail_walk_cgroup_id", "untrusted, reached by walking fields: not for bpf_sched_group_cgroup_id" },
	{ "fail_walk_restrict", "untrusted, reached by walking fields: not for bpf_sched_restrict_cpus" },

	{ "fail_entity_as_task", "expected pointer to STRUCT task_struct but R1 has a pointer to STRUCT sched_entity" },
	{ "fail_task_as_entity", "expected pointer to STRUCT sched_entity but R1 has a pointer to STRUCT task_struct" },
	{ "fail_affine_as_migrate", "expected pointer to STRUCT sched_migrate_ctx but R1 has a pointer to STRUCT sched_affine_ctx" },
	{ "fail_task_as_mask", "expected pointer to STRUCT cpumask but R1 has a pointer to STRUCT task_struct" },
	{ "fail_number_as_task", "R1 may be NULL or is no pointer: bpf_sched_task_tag takes" },
	{ "fail_null_as_task", "R1 may be NULL or is no pointer: bpf_sched_task_tag takes" },
	{ "fail_task_as_number", "R1 is not a scalar" },
	{ "fail_task_set_as_group", "expected pointer to STRUCT task_group but R1 has a pointer to STRUCT task_struct" },
	{ "fail_number_set_tag", "R1 may be NULL or is no pointer: bpf_sched_set_task_tag takes" },
	{ "fail_inside_task", "expected pointer to STRUCT task_struct" },
	{ "fail_number_as_pointer", "invalid mem access 'scalar'" },

	{ "fail_mask_kernel_dst", "expected pointer to STRUCT bpf_sched_cpumask but R1 has a pointer to STRUCT cpumask" },
	{ "fail_mask_task_dst", "expected pointer to STRUCT bpf_sched_cpumask but R1 has a pointer to STRUCT task_struct" },
	{ "fail_mask_half", "invalid access to map value, value_size=512 off=0 size=1024" },
	{ "fail_mask_tiny_src", "invalid access to map value, value_size=4" },
	{ "fail_mask_stack_dst", "invalid indirect access to stack" },
	{ "fail_mask_read_only", "write into map forbidden" },
	{ "fail_mask_past_end", "invalid access to map value, value_size=1024 off=8 size=1024" },
	{ "fail_mask_null", "may be NULL or is no pointer" },
	{ "fail_mask_null_dst", "may be NULL or is no pointer" },
	{ "fail_mask_unchecked_map", "may be NULL or is no pointer" },

	{ "fail_unchecked_group", "R1 may be NULL or is no pointer: bpf_sched_group_tag takes" },
	{ "fail_unchecked_set_group", "R1 may be NULL or is no pointer: bpf_sched_set_group_tag takes" },
	{ "fail_unchecked_llc", "may be NULL or is no pointer" },
	{ "fail_unchecked_read", "invalid mem access 'ptr_or_null_'" },
	{ "fail_unchecked_mask", "may be NULL or is no pointer" },

	{ "fail_mask_parse_kernel", "expected pointer to STRUCT bpf_sched_cpumask but R1 has a pointer to STRUCT cpumask" },

	{ "fail_size_beyond_stack", "len pair leads to invalid memory access" },
	{ "fail_size_unknown", "len pair leads to invalid memory access" },
	{ "fail_size_beyond_map", "len pair leads to invalid memory access" },
	{ "fail_size_of_constant", "write into map forbidden" },
	{ "fail_size_kernel_memory", "bpf_sched_cpumask_parse args#1 pointer type INT char is not supported" },

	{ "fail_verdict_two", "R0 is in [2, 2], cfs_check_preempt_wakeup takes [-1, 1]" },
	{ "fail_verdict_minus_two", "R0 is in [-2, -2], cfs_check_preempt_tick takes [-1, 1]" },
	{ "fail_verdict_unknown", "cfs_wakeup_preempt_entity takes [-1, 1]" },
	{ "fail_verdict_mask", "R0 is in [0, 3], cfs_wake_affine takes [-1, 1]" },
	{ "fail_verdict_one_path", "cfs_wake_affine takes [-1, 1]" },

	{ "fail_map_trie", "sched programs use array, hash, ringbuf maps" },
	{ "fail_map_queue", "sched programs use array, hash, ringbuf maps" },
	{ "fail_map_stacks", "sched programs use array, hash, ringbuf maps" },
	{ "fail_map_events", "sched programs use array, hash, ringbuf maps" },
	{ "fail_map_programs", "sched programs use array, hash, ringbuf maps" },
	{ "fail_map_timers", "no lock or timer" },
	{ "fail_map_locks", "no lock or timer" },
	{ "fail_timer", "no lock or timer" },
	{ "fail_spin_lock", "no lock or timer" },
	{ "fail_helper_signal", "unknown func bpf_send_signal" },
	{ "fail_helper_user_memory", "unknown func bpf_probe_read_user" },

	{ "fail_kfunc_in_tracing", "calling kernel function bpf_sched_task_tag is not allowed" },
	{ "fail_kfunc_in_raw_tp", "calling kernel function bpf_sched_nr_cpus is not allowed" },
	{ "fail_kfunc_write_in_tc", "calling kernel function bpf_sched_cpumask_parse is not allowed" },
	{ "fail_kfunc_in_tc", "calling kernel function bpf_sched_cpu_idle is not allowed" },
};

#define NR_REFUSALS	(sizeof(refusals) / sizeof(refusals[0]))

static bool starts(const char *name, const char *prefix)
{
	return !strncmp(name, prefix, strlen(prefix));
}

/* A refusal fails for its own reason, so each is a result of its own. */
FIXTURE(refused) {
};

FIXTURE_VARIANT(refused) {
	const char *group;
};

FIXTURE_SETUP(refused)
{
	libbpf_set_print(quiet);
}

FIXTURE_TEARDOWN(refused)
{
}

#define GROUP(name)	FIXTURE_VARIANT_ADD(refused, name) { .group = "fail_" #name }

GROUP(ctx);
GROUP(write);
GROUP(read);
GROUP(walk);
GROUP(entity);
GROUP(task);
GROUP(affine);
GROUP(number);
GROUP(null);
GROUP(inside);
GROUP(mask);
GROUP(size);
GROUP(unchecked);
GROUP(verdict);
GROUP(map);
GROUP(timer);
GROUP(spin);
GROUP(helper);
GROUP(kfunc);

PROVE_F(refused, each, "[K1] the verifier refuses every bad program of this group, and says why")
{
	int err, n = 0;
	size_t i;

	for (i = 0; i < NR_REFUSALS; i++) {
		if (!starts(refusals[i].prog, variant->group))
			continue;
		n++;
		err = load_one(refusals[i].prog);
		EXPECT_GT(0, err) {
			TH_LOG("%s was loaded", refusals[i].prog);
		}
		EXPECT_NE(NULL, strstr(log_buf, refusals[i].says)) {
			TH_LOG("%s: \"%s\" is not in:\n%s", refusals[i].prog, refusals[i].says,
			       last_words());
		}
	}
	EXPECT_LT(0, n);
}

PROVE(all_known, "every program that must fail has a message to expect, and there are at least as many as must load")
{
	struct verifier_bpf *skel = verifier_bpf__open();
	struct bpf_program *prog;
	size_t i, fail = 0, pass = 0;

	ASSERT_NE(NULL, skel);
	bpf_object__for_each_program(prog, skel->obj) {
		const char *name = bpf_program__name(prog);

		if (starts(name, "pass_")) {
			pass++;
			continue;
		}
		fail++;
		for (i = 0; i < NR_REFUSALS; i++)
			if (!strcmp(refusals[i].prog, name))
				break;
		EXPECT_NE(NR_REFUSALS, i) {
			TH_LOG("%s has no message", name);
		}
	}
	EXPECT_EQ(NR_REFUSALS, fail);
	EXPECT_LE(pass, fail);
	EXPECT_LT(0, pass);
	verifier_bpf__destroy(skel);
}

PROVE(accepted, "the verifier takes every good program")
{
	struct verifier_bpf *skel = verifier_bpf__open();
	struct bpf_program *prog;

	ASSERT_NE(NULL, skel);
	bpf_object__for_each_program(prog, skel->obj)
		bpf_program__set_autoload(prog, starts(bpf_program__name(prog), "pass_"));
	ASSERT_EQ(0, hook_prepare(skel->obj));
	/* libbpf prints what the verifier says of the one that fails. */
	EXPECT_EQ(0, verifier_bpf__load(skel));
	verifier_bpf__destroy(skel);
}

TEST_HARNESS_MAIN
