/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Delegation of scheduling to userspace: BPF programs of an enclave, as
 * kernel/bpf, the wakeup path and the idle loop see them.
 */
#ifndef _LINUX_GHOST_BPF_H
#define _LINUX_GHOST_BPF_H

#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched_ghost.h>
#include <uapi/linux/bpf.h>
#include <uapi/linux/ghost_bpf.h>

struct bpf_map;
struct bpf_prog;
struct bpf_reg_state;
struct bpf_verifier_log;

#ifdef CONFIG_SCHED_CLASS_GHOST

static inline bool ghost_bpf_prog_type(enum bpf_prog_type type)
{
	return type >= BPF_PROG_TYPE_GHOST_SCHED && type <= BPF_PROG_TYPE_GHOST_HALT_POLL;
}

/* "disable my bpf_prog_load": may the current process load no programs? */
static inline bool ghost_bpf_load_denied(void)
{
	return READ_ONCE(current->signal->ghost_no_bpf_load);
}

/* A child of the current process inherits that. */
static inline void ghost_bpf_fork(struct signal_struct *sig)
{
	sig->ghost_no_bpf_load = ghost_bpf_load_denied();
}

int ghost_bpf_check_load(enum bpf_prog_type type, u32 attach_type);
bool ghost_bpf_helper(enum bpf_prog_type type, int func_id);
bool ghost_bpf_map_allowed(const struct bpf_map *map);
int ghost_bpf_check_return(struct bpf_verifier_log *log, enum bpf_prog_type type,
			   const struct bpf_reg_state *r0);
int ghost_bpf_link_attach(const union bpf_attr *attr, struct bpf_prog *prog);

bool __ghost_bpf_dont_idle(void);
bool __ghost_bpf_wakes_directly(const struct task_struct *p);

/* Must this CPU go through the scheduler once more before it idles? */
static __always_inline bool ghost_bpf_dont_idle(void)
{
	return ghost_enabled() && __ghost_bpf_dont_idle();
}

/* Is the task that wakes up not for the wake list of a remote CPU? */
static __always_inline bool ghost_bpf_wakes_directly(const struct task_struct *p)
{
	return ghost_enabled() && __ghost_bpf_wakes_directly(p);
}

#else

static inline bool ghost_bpf_prog_type(enum bpf_prog_type type) { return false; }
static inline bool ghost_bpf_load_denied(void) { return false; }
static inline void ghost_bpf_fork(struct signal_struct *sig) { }
static inline int ghost_bpf_check_load(enum bpf_prog_type type, u32 attach_type)
{
	return -EINVAL;
}

static inline bool ghost_bpf_helper(enum bpf_prog_type type, int func_id) { return false; }
static inline bool ghost_bpf_map_allowed(const struct bpf_map *map) { return false; }
static inline int ghost_bpf_check_return(struct bpf_verifier_log *log,
					 enum bpf_prog_type type,
					 const struct bpf_reg_state *r0)
{
	return -EINVAL;
}

static inline int ghost_bpf_link_attach(const union bpf_attr *attr, struct bpf_prog *prog)
{
	return -EINVAL;
}

static inline bool ghost_bpf_dont_idle(void) { return false; }
static inline bool ghost_bpf_wakes_directly(const struct task_struct *p) { return false; }

#endif /* CONFIG_SCHED_CLASS_GHOST */

#endif /* _LINUX_GHOST_BPF_H */
