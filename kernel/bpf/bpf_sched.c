// SPDX-License-Identifier: GPL-2.0-only
/*
 * BPF_PROG_TYPE_SCHED: what a program attached to a scheduler hook may do.
 *
 * Programs run with a runqueue lock or a pi_lock held and interrupts off, so
 * they get only helpers and maps that take no lock a scheduler path may hold
 * and that never wake a task directly.
 */
#include <linux/bpf.h>
#include <linux/bpf_sched.h>
#include <linux/bpf_verifier.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/filter.h>
#include <linux/sched.h>

/*
 * The functions that programs name as their attach target. Nobody calls them:
 * they give each hook a BTF prototype.
 */
#define BPF_SCHED_HOOK(RET, DEFAULT, KIND, NAME, ...)			\
	RET bpf_sched_##NAME(__VA_ARGS__);				\
	noinline RET bpf_sched_##NAME(__VA_ARGS__) { return DEFAULT; }
#include <linux/sched_hook_defs.h>
#undef BPF_SCHED_HOOK

/* In the order of enum bpf_sched_hook_id. */
BTF_ID_LIST_GLOBAL(bpf_sched_hook_btf_ids, BPF_SCHED_NR_HOOKS)
#define BPF_SCHED_HOOK(RET, DEFAULT, KIND, NAME, ...) BTF_ID(func, bpf_sched_##NAME)
#include <linux/sched_hook_defs.h>
#undef BPF_SCHED_HOOK

const struct bpf_sched_hook_info bpf_sched_hook_info[BPF_SCHED_NR_HOOKS] = {
#define BPF_SCHED_HOOK(RET, DEFAULT, KIND, NAME, ...) \
	{ .name = #NAME, .kind = BPF_SCHED_KIND_##KIND },
#include <linux/sched_hook_defs.h>
#undef BPF_SCHED_HOOK
};

/* The pointers in these structures are as good as hook arguments. */
BTF_ID_LIST(bpf_sched_ctx_btf_ids)
BTF_ID(struct, sched_migrate_ctx)
BTF_ID(struct, sched_affine_ctx)
#define BPF_SCHED_NR_CTX 2

/**
 * bpf_sched_find_hook - the hook that a program was loaded for
 * @prog: a program of type BPF_PROG_TYPE_SCHED
 *
 * Return: an enum bpf_sched_hook_id, or -ENOENT.
 */
int bpf_sched_find_hook(const struct bpf_prog *prog)
{
	int i;

	if (prog->aux->attach_btf != bpf_get_btf_vmlinux())
		return -ENOENT;

	for (i = 0; i < BPF_SCHED_NR_HOOKS; i++)
		if (bpf_sched_hook_btf_ids[i] == prog->aux->attach_btf_id)
			return i;
	return -ENOENT;
}

/**
 * bpf_sched_verify_prog - checks of a program as a whole, when it is loaded
 * @log:  for the message
 * @prog: the program; its attach target has been looked up, its instructions are
 *	  as they were passed
 *
 * Return: 0 or -EINVAL.
 */
int bpf_sched_verify_prog(struct bpf_verifier_log *log, struct bpf_prog *prog)
{
	/* BPF_SCHED is no attach type of other programs. */
	if (prog->type != BPF_PROG_TYPE_SCHED)
		return -EINVAL;

	if (!prog->gpl_compatible) {
		bpf_log(log, "sched programs must have a GPL compatible license\n");
		return -EINVAL;
	}

	if (bpf_sched_find_hook(prog) < 0) {
		bpf_log(log, "%s is not a scheduler hook\n", prog->aux->attach_func_name);
		return -EINVAL;
	}

	bpf_sched_digest_insns(prog);
	return 0;
}

/**
 * bpf_sched_check_return - check what a program may answer, when it is loaded
 * @log:  for the message
 * @prog: the program
 * @r0:   what the verifier knows of R0 at the exit
 *
 * The number of a CPU is checked when a program returns it, not here.
 *
 * Return: 0 or -EINVAL.
 */
int bpf_sched_check_return(struct bpf_verifier_log *log, const struct bpf_prog *prog,
			   const struct bpf_reg_state *r0)
{
	int hook = bpf_sched_find_hook(prog);

	if (r0->type != SCALAR_VALUE) {
		bpf_log(log, "At program exit the register R0 is not a known value\n");
		return -EINVAL;
	}

	if (hook < 0 || bpf_sched_hook_info[hook].kind != BPF_SCHED_KIND_VERDICT)
		return 0;

	if (r0->s32_min_value < BPF_SCHED_NO_OPINION ||
	    r0->s32_max_value > BPF_SCHED_PREEMPT) {
		bpf_log(log, "At program exit R0 is in [%d, %d], %s takes [%d, %d]\n",
			r0->s32_min_value, r0->s32_max_value,
			bpf_sched_hook_info[hook].name,
			BPF_SCHED_NO_OPINION, BPF_SCHED_PREEMPT);
		return -EINVAL;
	}

	return 0;
}

/**
 * bpf_sched_map_allowed - may a scheduler program use this map?
 * @map: the map
 *
 * Left out are maps whose update calls the page or slab allocator, which can
 * wake kswapd, those that may free an object in an update, and program arrays,
 * as a tail call would get round bpf_sched_check_return().
 *
 * Return: whether it may.
 */
bool bpf_sched_map_allowed(const struct bpf_map *map)
{
	if (map_value_has_spin_lock(map) || map_value_has_timer(map) ||
	    map_value_has_kptrs(map))
		return false;

	switch (map->map_type) {
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_LRU_HASH:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
	case BPF_MAP_TYPE_RINGBUF:
		return true;
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
	case BPF_MAP_TYPE_HASH_OF_MAPS:
		return bpf_sched_map_allowed(map->inner_map_meta);
	default:
		return false;
	}
}

static const struct bpf_func_proto *
bpf_sched_func_proto(enum bpf_func_id func_id, const struct bpf_prog *prog)
{
	switch (func_id) {
	/* Timers take locks that are held around wakeups. */
	case BPF_FUNC_timer_init:
	case BPF_FUNC_timer_set_callback:
	case BPF_FUNC_timer_start:
	case BPF_FUNC_timer_cancel:
	/* Maps with a lock in them are refused. */
	case BPF_FUNC_spin_lock:
	case BPF_FUNC_spin_unlock:
	case BPF_FUNC_tail_call:
	/* May free an object in place. */
	case BPF_FUNC_kptr_xchg:
	case BPF_FUNC_user_ringbuf_drain:
	/* Nested, they run for hours. Loops that the verifier bounds are fine. */
	case BPF_FUNC_loop:
	case BPF_FUNC_for_each_map_elem:
	/* The current task is the waker or the preempted, not the subject. */
	case BPF_FUNC_probe_read_user:
	case BPF_FUNC_probe_read_user_str:
	case BPF_FUNC_task_pt_regs:
		return NULL;
	case BPF_FUNC_get_current_pid_tgid:
		return &bpf_get_current_pid_tgid_proto;
	case BPF_FUNC_get_current_comm:
		return &bpf_get_current_comm_proto;
	default:
		return bpf_base_func_proto(func_id);
	}
}

/*
 * Whole arguments only: a part of a pointer would pass for the pointer, and
 * could go to a kfunc.
 */
static bool bpf_sched_is_valid_access(int off, int size, enum bpf_access_type type,
				      const struct bpf_prog *prog,
				      struct bpf_insn_access_aux *info)
{
	return size == sizeof(u64) &&
	       bpf_tracing_btf_ctx_access(off, size, type, prog, info);
}

static bool bpf_sched_is_ctx(const struct btf *btf, const struct btf_type *t)
{
	int i;

	for (i = 0; i < BPF_SCHED_NR_CTX; i++)
		if (t == btf_type_by_id(btf, bpf_sched_ctx_btf_ids[i]))
			return true;
	return false;
}

/*
 * A pointer that was reached by walking fields may be stale or NULL. It can be
 * read through, as reads are made safe, but must not reach a kfunc: mark it,
 * as kfuncs take unmarked pointers only.
 */
static int bpf_sched_btf_struct_access(struct bpf_verifier_log *log,
				       const struct btf *btf,
				       const struct btf_type *t, int off, int size,
				       enum bpf_access_type atype,
				       u32 *next_btf_id, enum bpf_type_flag *flag)
{
	int ret;

	if (atype != BPF_READ) {
		bpf_log(log, "sched programs may only read struct %s\n",
			btf_name_by_offset(btf, t->name_off));
		return -EACCES;
	}

	ret = btf_struct_access(log, btf, t, off, size, atype, next_btf_id, flag);
	if (ret == PTR_TO_BTF_ID &&
	    (btf != bpf_get_btf_vmlinux() || !bpf_sched_is_ctx(btf, t)))
		*flag |= PTR_UNTRUSTED;
	return ret;
}

const struct bpf_prog_ops bpf_sched_prog_ops = {
};

const struct bpf_verifier_ops bpf_sched_verifier_ops = {
	.get_func_proto		= bpf_sched_func_proto,
	.is_valid_access	= bpf_sched_is_valid_access,
	.btf_struct_access	= bpf_sched_btf_struct_access,
};
