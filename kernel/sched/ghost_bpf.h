/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of ghost_bpf*.c share.
 */
#ifndef _KERNEL_SCHED_GHOST_BPF_H
#define _KERNEL_SCHED_GHOST_BPF_H

#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/ghost_bpf.h>

#include "ghost_internal.h"

/**
 * struct ghost_bpf_run_ctx - what helpers know of the program that calls them
 * @run_ctx:	found through the current task, while the program runs
 * @enclave:	whose program it is
 * @rq:		the locked and unpinned runqueue of this CPU, for a program that
 *		picks; NULL for the others
 */
struct ghost_bpf_run_ctx {
	struct bpf_run_ctx	run_ctx;
	struct ghost_enclave	*enclave;
	struct rq		*rq;
};

/* The halves of an attach type. */
static inline unsigned int ghost_bpf_abi(u32 attach_type)
{
	return attach_type >> 16;
}

/* An enum ghost_bpf_slot if it is in range. */
static inline unsigned int ghost_bpf_slot(u32 attach_type)
{
	return (attach_type & 0xffff) - BPF_GHOST_SCHED_PNT;
}

/* ghost_bpf_helpers.c: NULL if programs of this attach point may not call it. */
const struct bpf_func_proto *ghost_bpf_helper_proto(int func_id, unsigned int slot);

#endif /* _KERNEL_SCHED_GHOST_BPF_H */
