/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * BPF hooks in the fair scheduler: what the scheduler calls, what the BPF core
 * calls, and the context structures that programs read.
 */
#ifndef _LINUX_BPF_SCHED_H
#define _LINUX_BPF_SCHED_H

#include <linux/jump_label.h>
#include <linux/types.h>
#include <uapi/linux/bpf_sched.h>

struct bpf_map;
struct bpf_prog;
struct bpf_reg_state;
struct bpf_verifier_env;
struct bpf_verifier_log;
struct task_struct;
union bpf_attr;

/**
 * struct sched_migrate_ctx - a choice of a CPU, for cfs_select_rq{,_exit}
 * @task:	who is to be placed
 * @prev_cpu:	where it ran last; where its parent runs for a new task
 * @curr_cpu:	where the wakeup, fork or exec happens
 * @new_cpu:	the CPU chosen so far; @prev_cpu in cfs_select_rq
 * @wake_flags:	WF_TTWU, WF_FORK or WF_EXEC, and WF_SYNC
 * @is_sync:	the waker is about to sleep
 *
 * On the stack of select_task_rq_fair(), which holds the task's pi_lock.
 */
struct sched_migrate_ctx {
	struct task_struct	*task;
	int			prev_cpu;
	int			curr_cpu;
	int			new_cpu;
	int			wake_flags;
	int			is_sync;
};

/**
 * struct sched_affine_ctx - where to wake a task, for cfs_wake_affine
 * @task:	who wakes up
 * @prev_cpu:	where it ran last
 * @curr_cpu:	where the waker runs
 * @is_sync:	the waker is about to sleep
 *
 * On the stack of wake_affine(); the task's pi_lock is held.
 */
struct sched_affine_ctx {
	struct task_struct	*task;
	int			prev_cpu;
	int			curr_cpu;
	int			is_sync;
};

enum bpf_sched_hook_id {
#define BPF_SCHED_HOOK(RET, DEFAULT, KIND, NAME, ...) BPF_SCHED_HOOK_##NAME,
#include <linux/sched_hook_defs.h>
#undef BPF_SCHED_HOOK
	BPF_SCHED_NR_HOOKS
};

#ifdef CONFIG_BPF_SCHED

enum bpf_sched_hook_kind {
	BPF_SCHED_KIND_CPU,
	BPF_SCHED_KIND_VERDICT,
};

/**
 * struct bpf_sched_hook_info - what is known of a hook at build time
 * @name:	as in SEC("sched/NAME"); the BTF function is bpf_sched_NAME
 * @kind:	what its programs may answer
 */
struct bpf_sched_hook_info {
	const char			*name;
	enum bpf_sched_hook_kind	kind;
};

extern const struct bpf_sched_hook_info bpf_sched_hook_info[BPF_SCHED_NR_HOOKS];
extern u32 bpf_sched_hook_btf_ids[BPF_SCHED_NR_HOOKS];
extern struct static_key_false bpf_sched_keys[BPF_SCHED_NR_HOOKS];

/* Is any program attached to the hook? One no-op instruction if none is. */
#define bpf_sched_enabled(NAME)	\
	static_branch_unlikely(&bpf_sched_keys[BPF_SCHED_HOOK_##NAME])

/**
 * struct bpf_sched_subject - whom a hook is about
 * @tag:	effective tag of the task or entity
 * @tag2:	that of the other one where the hook has two, else the same
 * @task:	for hooks of kind CPU: whose CPU is chosen
 */
struct bpf_sched_subject {
	s64			tag;
	s64			tag2;
	struct task_struct	*task;
};

int bpf_sched_run(enum bpf_sched_hook_id hook, const u64 *args,
		  const struct bpf_sched_subject *subject);

int bpf_sched_find_hook(const struct bpf_prog *prog);
int bpf_sched_verify_prog(struct bpf_verifier_log *log, const struct bpf_prog *prog);
int bpf_sched_check_return(struct bpf_verifier_log *log, const struct bpf_prog *prog,
			   const struct bpf_reg_state *r0);
bool bpf_sched_map_allowed(const struct bpf_map *map);
int bpf_sched_link_attach(const union bpf_attr *attr, struct bpf_prog *prog);

#else

static inline int bpf_sched_verify_prog(struct bpf_verifier_log *log,
					const struct bpf_prog *prog)
{
	return -EOPNOTSUPP;
}

static inline int bpf_sched_check_return(struct bpf_verifier_log *log,
					 const struct bpf_prog *prog,
					 const struct bpf_reg_state *r0)
{
	return -EOPNOTSUPP;
}

static inline bool bpf_sched_map_allowed(const struct bpf_map *map)
{
	return false;
}

static inline int bpf_sched_link_attach(const union bpf_attr *attr, struct bpf_prog *prog)
{
	return -EOPNOTSUPP;
}

#endif /* CONFIG_BPF_SCHED */

#endif /* _LINUX_BPF_SCHED_H */
