// SPDX-License-Identifier: GPL-2.0-only
/*
 * Delegation of scheduling to userspace: what a BPF program of an enclave may
 * do, as the verifier asks when it is loaded.
 *
 * Programs run with interrupts off and a runqueue lock or a pi_lock held.
 * Helpers and maps that take a lock which is held around a wakeup, that
 * allocate, or that wake a task directly are not for them. A bpf_spin_lock is:
 * its holder has interrupts off and calls nothing.
 */
#include <linux/bpf_verifier.h>

#include "ghost_bpf.h"

static_assert(sizeof(struct bpf_ghost_sched) == 16);
static_assert(offsetof(struct bpf_ghost_sched, next_gtid) == 8);
static_assert(sizeof(struct bpf_ghost_msg) == 64);
static_assert(offsetof(struct bpf_ghost_msg, type) == 48);
static_assert(offsetof(struct bpf_ghost_msg, seqnum) == 52);
static_assert(offsetof(struct bpf_ghost_msg, pref_cpu) == 56);
static_assert(sizeof(struct bpf_ghost_msg_84) == 56);
static_assert(offsetof(struct bpf_ghost_msg_84, type) == 40);
static_assert(offsetof(struct bpf_ghost_msg_84, seqnum) == 44);
static_assert(offsetof(struct bpf_ghost_msg_84, pref_cpu) == 48);
static_assert(sizeof(struct bpf_ghost_select_rq) == 32);
static_assert(offsetof(struct bpf_ghost_select_rq, skip_ttwu_queue) == 24);
static_assert(sizeof(struct bpf_ghost_halt_poll) == 4);

/* Program types and attach points are numbered in the order of the slots. */
static_assert(BPF_PROG_TYPE_GHOST_MSG - BPF_PROG_TYPE_GHOST_SCHED == GHOST_BPF_MSG);
static_assert(BPF_PROG_TYPE_GHOST_SELECT_RQ - BPF_PROG_TYPE_GHOST_SCHED == GHOST_BPF_SELECT_RQ);
static_assert(BPF_PROG_TYPE_GHOST_HALT_POLL - BPF_PROG_TYPE_GHOST_SCHED == GHOST_BPF_HALT_POLL);
static_assert(BPF_GHOST_MSG_SEND - BPF_GHOST_SCHED_PNT == GHOST_BPF_MSG);
static_assert(BPF_GHOST_SELECT_RQ - BPF_GHOST_SCHED_PNT == GHOST_BPF_SELECT_RQ);
static_assert(BPF_GHOST_HALT_POLL - BPF_GHOST_SCHED_PNT == GHOST_BPF_HALT_POLL);

/**
 * ghost_bpf_check_load - does the attach type go with the program type?
 * @type:	 one of BPF_PROG_TYPE_GHOST_*
 * @attach_type: GHOST_BPF_ATTACH_TYPE() of a version and an attach point
 *
 * Return: 0 or -EINVAL.
 */
int ghost_bpf_check_load(enum bpf_prog_type type, u32 attach_type)
{
	unsigned int abi = ghost_bpf_abi(attach_type);

	if (abi != GHOST_ABI_84 && abi != GHOST_ABI_91)
		return -EINVAL;
	if (ghost_bpf_slot(attach_type) != type - BPF_PROG_TYPE_GHOST_SCHED)
		return -EINVAL;
	return 0;
}

/**
 * ghost_bpf_helper - is this the id of a helper beyond the documented ones?
 * @type:	program type
 * @func_id:	number of the helper
 *
 * Return: whether the verifier should look it up.
 */
bool ghost_bpf_helper(enum bpf_prog_type type, int func_id)
{
	return ghost_bpf_prog_type(type) && func_id >= GHOST_BPF_FUNC_wake_agent &&
	       func_id <= GHOST_BPF_FUNC_get_comm;
}

/**
 * ghost_bpf_map_allowed - may a program of an enclave use this map?
 * @map: the map
 *
 * As for scheduler hooks, see bpf_sched_map_allowed(), and also queues, and
 * values with a bpf_spin_lock.
 *
 * Return: whether it may.
 */
bool ghost_bpf_map_allowed(const struct bpf_map *map)
{
	if (map_value_has_timer(map) || map_value_has_kptrs(map))
		return false;

	switch (map->map_type) {
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_LRU_HASH:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
	case BPF_MAP_TYPE_QUEUE:
	case BPF_MAP_TYPE_STACK:
	case BPF_MAP_TYPE_RINGBUF:
		return true;
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
	case BPF_MAP_TYPE_HASH_OF_MAPS:
		return ghost_bpf_map_allowed(map->inner_map_meta);
	default:
		return false;
	}
}

/**
 * ghost_bpf_check_return - check what a program may answer, when it is loaded
 * @log:	for the message
 * @type:	program type
 * @r0:		what the verifier knows of R0 at the exit
 *
 * CPUs and the like are checked when a program returns them.
 *
 * Return: 0 or -EINVAL.
 */
int ghost_bpf_check_return(struct bpf_verifier_log *log, enum bpf_prog_type type,
			   const struct bpf_reg_state *r0)
{
	if (r0->type != SCALAR_VALUE) {
		bpf_log(log, "At program exit the register R0 is not a known value\n");
		return -EINVAL;
	}

	if (type == BPF_PROG_TYPE_GHOST_SCHED && !tnum_in(tnum_range(0, INT_MAX), r0->var_off)) {
		bpf_log(log, "At program exit R0 may be negative, or above INT_MAX\n");
		return -EINVAL;
	}

	return 0;
}

static const struct bpf_func_proto *
ghost_bpf_func_proto(enum bpf_func_id func_id, const struct bpf_prog *prog)
{
	switch (func_id) {
	/* Timers take locks that are held around wakeups. */
	case BPF_FUNC_timer_init:
	case BPF_FUNC_timer_set_callback:
	case BPF_FUNC_timer_start:
	case BPF_FUNC_timer_cancel:
	/* Program arrays are refused. */
	case BPF_FUNC_tail_call:
	/* May free an object in place. */
	case BPF_FUNC_kptr_xchg:
	case BPF_FUNC_user_ringbuf_drain:
	/* Nested, they run for hours. Loops that the verifier bounds are fine. */
	case BPF_FUNC_loop:
	case BPF_FUNC_for_each_map_elem:
	/* The current task is not the subject, and may not fault. */
	case BPF_FUNC_probe_read_user:
	case BPF_FUNC_probe_read_user_str:
	case BPF_FUNC_task_pt_regs:
		return NULL;
	case BPF_FUNC_get_current_pid_tgid:
		return &bpf_get_current_pid_tgid_proto;
	case BPF_FUNC_get_current_comm:
		return &bpf_get_current_comm_proto;
	default:
		break;
	}

	if ((int)func_id >= GHOST_BPF_FUNC_wake_agent)
		return ghost_bpf_helper_proto(func_id, ghost_bpf_slot(prog->expected_attach_type));
	return bpf_base_func_proto(func_id);
}

/* The context of an attach point is what it is in the ABI; nothing is converted. */
static unsigned int ctx_size(u32 attach_type)
{
	switch (ghost_bpf_slot(attach_type)) {
	case GHOST_BPF_PNT:
		return sizeof(struct bpf_ghost_sched);
	case GHOST_BPF_MSG:
		return ghost_bpf_abi(attach_type) == GHOST_ABI_84 ?
		       sizeof(struct bpf_ghost_msg_84) : sizeof(struct bpf_ghost_msg);
	case GHOST_BPF_SELECT_RQ:
		return sizeof(struct bpf_ghost_select_rq);
	case GHOST_BPF_HALT_POLL:
		return sizeof(struct bpf_ghost_halt_poll);
	default:
		return 0;
	}
}

static bool ghost_bpf_is_valid_access(int off, int size, enum bpf_access_type type,
				      const struct bpf_prog *prog,
				      struct bpf_insn_access_aux *info)
{
	return off >= 0 && size > 0 && off % size == 0 &&
	       off + size <= ctx_size(prog->expected_attach_type);
}

const struct bpf_prog_ops ghost_bpf_prog_ops = {
};

const struct bpf_verifier_ops ghost_bpf_verifier_ops = {
	.get_func_proto		= ghost_bpf_func_proto,
	.is_valid_access	= ghost_bpf_is_valid_access,
};
