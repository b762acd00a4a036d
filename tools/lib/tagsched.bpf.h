/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What a BPF scheduling program includes:
 *
 *	#include "vmlinux.h"		(of a kernel with BPF_SCHED)
 *	#include <bpf/bpf_helpers.h>
 *	#include <bpf/bpf_tracing.h>
 *	#include <tagsched.bpf.h>
 *
 *	SEC("sched/cfs_select_rq")
 *	int BPF_PROG(pick, struct sched_migrate_ctx *mig)
 *	{
 *		return bpf_sched_task_tag(mig->task) == 2 ? 0 : BPF_SCHED_NO_OPINION;
 *	}
 *
 *	char LICENSE[] SEC("license") = "GPL";
 *
 * BPF_PROG() takes the name "ctx" for itself: call the argument something
 * else; and it needs -Wno-unused-parameter under -Wextra.
 *
 * vmlinux.h has the types: struct sched_migrate_ctx, struct sched_affine_ctx,
 * struct bpf_sched_cpumask, struct bpf_sched_cpu_info, enum bpf_sched_verdict.
 * For a compile check against the vmlinux.h of another kernel define
 * TAGSCHED_DEFINE_TYPES.
 *
 * Pointers: a kfunc takes a hook's arguments, members embedded in them, task
 * from the two ctx structs, and what kfuncs return. A pointer reached by
 * walking other fields can be read and is refused by the verifier as an argument.
 */
#ifndef TAGSCHED_BPF_H
#define TAGSCHED_BPF_H

#ifndef __VMLINUX_H__
#error "include vmlinux.h before tagsched.bpf.h"
#endif

#include <bpf/bpf_helpers.h>

struct cpumask;
struct sched_entity;
struct task_group;
struct task_struct;

#ifdef TAGSCHED_DEFINE_TYPES

enum bpf_sched_verdict {
	BPF_SCHED_NO_OPINION	= -1,
	BPF_SCHED_KEEP		= 0,
	BPF_SCHED_PREEMPT	= 1,
	BPF_SCHED_PREV_CPU	= 0,
	BPF_SCHED_THIS_CPU	= 1,
};

struct sched_migrate_ctx {
	struct task_struct *task;
	int prev_cpu;
	int curr_cpu;
	int new_cpu;
	int wake_flags;
	int is_sync;
} __attribute__((preserve_access_index));

struct sched_affine_ctx {
	struct task_struct *task;
	int prev_cpu;
	int curr_cpu;
	int is_sync;
} __attribute__((preserve_access_index));

struct bpf_sched_cpumask {
	u64 bits[128];
};

struct bpf_sched_cpu_info {
	u32 nr_running;
	u32 nr_running_cfs;
	u32 nr_running_cfs_nr;
	u32 nr_running_idle_policy;
	u32 nr_running_rt;
	u32 idle;
	u32 available_idle;
	s32 core;
	s32 die;
	s32 package;
	s32 node;
	s32 llc;
	u64 load;
	u64 runnable;
	u64 util;
	u64 util_rt;
	u64 util_dl;
	u64 util_irq;
	u64 capacity;
	u64 capacity_orig;
	u64 idle_stamp;
	u64 avg_idle;
	u64 exit_latency;
} __attribute__((preserve_access_index));

#endif /* TAGSCHED_DEFINE_TYPES */

/*
 * sched_migrate_ctx.wake_flags. Macros in the kernel, so vmlinux.h lacks them.
 */
#ifndef WF_EXEC
#define WF_EXEC		0x02	/* exec: the task moves itself */
#endif
#ifndef WF_FORK
#define WF_FORK		0x04	/* a new task */
#endif
#ifndef WF_TTWU
#define WF_TTWU		0x08	/* wakeup */
#endif
#ifndef WF_SYNC
#define WF_SYNC		0x10	/* the waker is about to sleep */
#endif

/* Errors that kfuncs return, negated; macros in the kernel too. */
#ifndef EPERM
#define EPERM		1
#endif
#ifndef ENOENT
#define ENOENT		2
#endif
#ifndef ESRCH
#define ESRCH		3
#endif
#ifndef E2BIG
#define E2BIG		7
#endif
#ifndef ENODEV
#define ENODEV		19
#endif
#ifndef EINVAL
#define EINVAL		22
#endif
#ifndef ENOSPC
#define ENOSPC		28
#endif
#ifndef ERANGE
#define ERANGE		34
#endif
#ifndef ELOOP
#define ELOOP		40
#endif

/* Most CPUs that a struct bpf_sched_cpumask can name; a macro in the kernel too. */
#ifndef BPF_SCHED_CPUMASK_BITS
#define BPF_SCHED_CPUMASK_BITS	8192
#endif

/**
 * bpf_sched_mask() - a mask of the program's own as the source of a mask operation
 * @mask: in a map or a global: 1 KiB does not fit the stack
 *
 * A global is one for all CPUs: hooks run on every CPU at once, so keep
 * scratch masks in a BPF_MAP_TYPE_PERCPU_ARRAY.
 */
static __always_inline const struct cpumask *bpf_sched_mask(struct bpf_sched_cpumask *mask)
{
	return (const struct cpumask *)mask;
}

/*
 * The same types by another name, for the declarations below only. clang keeps
 * no more than a forward declaration of a struct that it first meets as the
 * pointer of a member, and libbpf then finds the kernel's function to be of
 * another type. Behind a typedef the struct is kept whole.
 */
typedef struct task_struct bpf_sched_task_t;
typedef struct task_group bpf_sched_group_t;
typedef struct sched_entity bpf_sched_entity_t;
typedef struct sched_migrate_ctx bpf_sched_migrate_t;
typedef struct cpumask bpf_sched_kmask_t;
typedef struct bpf_sched_cpumask bpf_sched_mask_t;
typedef struct bpf_sched_cpu_info bpf_sched_cpu_info_t;

/* Tags: effective tag; of a group, 0 when it and its ancestors have none. */
extern s64 bpf_sched_task_tag(bpf_sched_task_t *p) __ksym;
extern s64 bpf_sched_group_tag(bpf_sched_group_t *tg) __ksym;
extern s64 bpf_sched_entity_tag(bpf_sched_entity_t *se) __ksym;

/*
 * Own tag of a thread or of a group: written soon, after the program has
 * returned, as by a write to /proc or cpu.tag. 0 if it will be, or is so already;
 * -ENOSPC: too many writes are waiting (512); -ELOOP: a tag_changed program asks,
 * told of a write that such a program had asked for, and so on, nine in a row;
 * -ESRCH, -ENODEV: the task or the group is gone; -EINVAL: the root group,
 * or an autogroup.
 */
extern int bpf_sched_set_task_tag(bpf_sched_task_t *p, s64 tag) __ksym;
extern int bpf_sched_clear_task_tag(bpf_sched_task_t *p) __ksym;
extern int bpf_sched_set_group_tag(bpf_sched_group_t *tg, s64 tag) __ksym;
extern int bpf_sched_clear_group_tag(bpf_sched_group_t *tg) __ksym;

/* Entities. The task of an entity (NULL for a group's), the group that it stands for (NULL for a task's). */
extern bpf_sched_task_t *bpf_sched_entity_task(bpf_sched_entity_t *se) __ksym;
extern bpf_sched_group_t *bpf_sched_entity_group(bpf_sched_entity_t *se) __ksym;
/* Group of a task; check for NULL. */
extern bpf_sched_group_t *bpf_sched_task_group(bpf_sched_task_t *p) __ksym;
/* Leftmost queued entity of the runqueue level that @se is on; may be NULL. */
extern bpf_sched_entity_t *bpf_sched_entity_leftmost(bpf_sched_entity_t *se) __ksym;
extern int bpf_sched_entity_is_task(bpf_sched_entity_t *se) __ksym;	/* 1 or 0 */

/* Cgroups, by id: the inode number of the directory. 0: an autogroup has none. */
extern u64 bpf_sched_group_cgroup_id(bpf_sched_group_t *tg) __ksym;
extern u64 bpf_sched_task_cgroup_id(bpf_sched_task_t *p) __ksym;
/* In that cgroup or one below it: 1 or 0 */
extern int bpf_sched_task_in_cgroup(bpf_sched_task_t *p, u64 id) __ksym;
extern int bpf_sched_entity_in_cgroup(bpf_sched_entity_t *se, u64 id) __ksym;

/* CPUs: -EINVAL for a number that is no CPU. */
extern int bpf_sched_cpu_idle(s32 cpu) __ksym;		/* 1 or 0 */
extern int bpf_sched_cpu_nr_running(s32 cpu) __ksym;	/* runnable tasks of every class */
extern s64 bpf_sched_cpu_load(s32 cpu) __ksym;		/* CFS load average */
extern s64 bpf_sched_cpu_util(s32 cpu) __ksym;		/* CFS utilisation, 0 to capacity */
extern s64 bpf_sched_cpu_capacity(s32 cpu) __ksym;	/* what is left for CFS, at most 1024 */
extern u32 bpf_sched_nr_cpus(void) __ksym;		/* highest CPU number + 1 */
/* runnable: of CFS in all groups; entities of CFS at the top; SCHED_IDLE; real-time */
extern int bpf_sched_cpu_nr_running_cfs(s32 cpu) __ksym;
extern int bpf_sched_cpu_nr_running_cfs_nr(s32 cpu) __ksym;
extern int bpf_sched_cpu_nr_running_idle_policy(s32 cpu) __ksym;
extern int bpf_sched_cpu_nr_running_rt(s32 cpu) __ksym;
extern s64 bpf_sched_cpu_runnable(s32 cpu) __ksym;	/* CFS, running or waiting */
extern s64 bpf_sched_cpu_util_rt(s32 cpu) __ksym;	/* 0 to 1024 */
extern s64 bpf_sched_cpu_util_dl(s32 cpu) __ksym;
extern s64 bpf_sched_cpu_util_irq(s32 cpu) __ksym;
extern s64 bpf_sched_cpu_capacity_orig(s32 cpu) __ksym;	/* all of it */
extern int bpf_sched_cpu_is_idle(s32 cpu) __ksym;	/* 1 or 0; perhaps not ready at once */
extern s64 bpf_sched_cpu_idle_stamp(s32 cpu) __ksym;	/* idle since, ns; 0: it is not */
extern s64 bpf_sched_cpu_avg_idle(s32 cpu) __ksym;	/* ns */
extern s64 bpf_sched_cpu_exit_latency(s32 cpu) __ksym;	/* of its idle state, ns; 0: none */
/* All at once: bpf_sched_cpu_snapshot(cpu, &info, sizeof(info)): 0, or info is as before. */
extern int bpf_sched_cpu_snapshot(s32 cpu, bpf_sched_cpu_info_t *info, u32 info__sz) __ksym;

/* Where a CPU is; -EINVAL for a number that is no CPU. llc: lowest CPU that shares it. */
extern s32 bpf_sched_cpu_core(s32 cpu) __ksym;
extern s32 bpf_sched_cpu_die(s32 cpu) __ksym;
extern s32 bpf_sched_cpu_package(s32 cpu) __ksym;
extern s32 bpf_sched_cpu_node(s32 cpu) __ksym;
extern s32 bpf_sched_cpu_llc(s32 cpu) __ksym;
extern int bpf_sched_cpus_share_cache(s32 a, s32 b) __ksym;	/* 1 or 0 */

/* Nodes: -EINVAL for a number that is no node; sums over its active CPUs. */
extern u32 bpf_sched_nr_nodes(void) __ksym;		/* highest node number + 1 */
extern int bpf_sched_node_distance(s32 a, s32 b) __ksym;	/* 10: the same node */
extern s64 bpf_sched_node_capacity(s32 node) __ksym;
extern s64 bpf_sched_node_util(s32 node) __ksym;
extern s64 bpf_sched_node_nr_running(s32 node) __ksym;

/* The kernel's own masks; check for NULL: a number that is no CPU, no node. */
extern const bpf_sched_kmask_t *bpf_sched_task_cpus(bpf_sched_task_t *p) __ksym;
extern const bpf_sched_kmask_t *bpf_sched_online_cpus(void) __ksym;
extern const bpf_sched_kmask_t *bpf_sched_active_cpus(void) __ksym;
extern const bpf_sched_kmask_t *bpf_sched_possible_cpus(void) __ksym;
extern const bpf_sched_kmask_t *bpf_sched_isolated_cpus(void) __ksym;	/* isolcpus= */
extern const bpf_sched_kmask_t *bpf_sched_smt_cpus(s32 cpu) __ksym;	/* of its core */
extern const bpf_sched_kmask_t *bpf_sched_llc_cpus(s32 cpu) __ksym;	/* of its last level cache */
extern const bpf_sched_kmask_t *bpf_sched_package_cpus(s32 cpu) __ksym;
extern const bpf_sched_kmask_t *bpf_sched_node_cpus(s32 node) __ksym;

/*
 * In cfs_select_rq: for this decision CFS chooses inside @mask & allowed &
 * active CPUs. 0, -EINVAL if that is empty, -EPERM in another hook.
 */
extern int bpf_sched_restrict_cpus(bpf_sched_migrate_t *ctx,
				   const bpf_sched_kmask_t *mask) __ksym;

/*
 * An idle CPU in @mask & allowed & active CPUs: @prev_cpu first, then one that
 * shares its cache, then any. -ENOENT if none is idle.
 */
extern s32 bpf_sched_pick_idle_cpu(bpf_sched_task_t *p, const bpf_sched_kmask_t *mask,
				   s32 prev_cpu) __ksym;

/*
 * Mask operations. A destination is a mask of the program's own; a source is
 * one of the kernel's, or bpf_sched_mask() of one's own.
 */
extern int bpf_sched_cpumask_copy(bpf_sched_mask_t *dst, const bpf_sched_kmask_t *src) __ksym;
/* and, andnot: 1 if the result has a CPU, else 0 */
extern int bpf_sched_cpumask_and(bpf_sched_mask_t *dst, const bpf_sched_kmask_t *a,
				 const bpf_sched_kmask_t *b) __ksym;
extern int bpf_sched_cpumask_or(bpf_sched_mask_t *dst, const bpf_sched_kmask_t *a,
				const bpf_sched_kmask_t *b) __ksym;
extern int bpf_sched_cpumask_andnot(bpf_sched_mask_t *dst, const bpf_sched_kmask_t *a,
				    const bpf_sched_kmask_t *b) __ksym;
extern int bpf_sched_cpumask_clear(bpf_sched_mask_t *dst) __ksym;
extern int bpf_sched_cpumask_setall(bpf_sched_mask_t *dst) __ksym;
/* 0 or -EINVAL */
extern int bpf_sched_cpumask_set_cpu(bpf_sched_mask_t *dst, s32 cpu) __ksym;
extern int bpf_sched_cpumask_clear_cpu(bpf_sched_mask_t *dst, s32 cpu) __ksym;
/* 1, 0 or -EINVAL */
extern int bpf_sched_cpumask_test_cpu(const bpf_sched_kmask_t *src, s32 cpu) __ksym;
/* 1 or 0 */
extern int bpf_sched_cpumask_empty(const bpf_sched_kmask_t *src) __ksym;
extern int bpf_sched_cpumask_equal(const bpf_sched_kmask_t *a, const bpf_sched_kmask_t *b) __ksym;
extern int bpf_sched_cpumask_subset(const bpf_sched_kmask_t *a, const bpf_sched_kmask_t *b) __ksym;
extern int bpf_sched_cpumask_intersects(const bpf_sched_kmask_t *a, const bpf_sched_kmask_t *b) __ksym;
/* number of CPUs */
extern u32 bpf_sched_cpumask_weight(const bpf_sched_kmask_t *src) __ksym;
extern u32 bpf_sched_cpumask_weight_and(const bpf_sched_kmask_t *a,
					const bpf_sched_kmask_t *b) __ksym;
/* a CPU, or -ENOENT if there is none; next: after @cpu, -1 to begin; any_and: spread over calls */
extern s32 bpf_sched_cpumask_first(const bpf_sched_kmask_t *src) __ksym;
extern s32 bpf_sched_cpumask_next(const bpf_sched_kmask_t *src, s32 cpu) __ksym;
extern s32 bpf_sched_cpumask_next_and(const bpf_sched_kmask_t *a, const bpf_sched_kmask_t *b,
				      s32 cpu) __ksym;
extern s32 bpf_sched_cpumask_any_and(const bpf_sched_kmask_t *a, const bpf_sched_kmask_t *b) __ksym;
/* the next, and after the last the first; -ENOENT only if there is none */
extern s32 bpf_sched_cpumask_next_wrap(const bpf_sched_kmask_t *src, s32 cpu) __ksym;
/*
 * "0-3,8", up to 127 bytes, from memory that the program may write (no constant).
 * 0, -EINVAL, -ERANGE or -E2BIG; then the mask is empty.
 */
extern int bpf_sched_cpumask_parse(bpf_sched_mask_t *dst, const char *str, u32 str__sz) __ksym;

/* ---- what an object says of itself to the tag command and to libtagsched ---- */

/*
 * A variable that can be changed while the policy runs: "tag policy set NAME
 * quantum_ms=20", or tagsched_policy__set(). An integer, a bool or an enum:
 *
 *	u32 quantum_ms TAGSCHED_TUNABLE = 10;
 *
 * Read it once a decision: it changes at any time. Not const, nor static where
 * no program writes to it, as the compiler would take it for a constant.
 */
#define TAGSCHED_TUNABLE	SEC(".data.tunable")

/* Policy's name, unless the command line gives one: up to 31 letters, digits, '_', '-'. */
#define TAGSCHED_POLICY(NAME) \
	char tagsched_policy_name[] SEC(".data.tagsched") = NAME

/*
 * The tag that the policy is for, unless the command line gives one. Without
 * it the policy is for all tags.
 */
#define TAGSCHED_TAGS(...) \
	__s64 tagsched_policy_tags[] SEC(".data.tagsched") = { __VA_ARGS__ }

#endif /* TAGSCHED_BPF_H */
