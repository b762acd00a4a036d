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
 * struct bpf_sched_cpumask, enum bpf_sched_verdict. For a compile check against
 * the vmlinux.h of another kernel define TAGSCHED_DEFINE_TYPES.
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
#ifndef EINVAL
#define EINVAL		22
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

/* Tags: effective tag; of a group, 0 when it and its ancestors have none. */
extern s64 bpf_sched_task_tag(bpf_sched_task_t *p) __ksym;
extern s64 bpf_sched_group_tag(bpf_sched_group_t *tg) __ksym;
extern s64 bpf_sched_entity_tag(bpf_sched_entity_t *se) __ksym;

/* Entities. The task of an entity (NULL for a group's), the group that it stands for (NULL for a task's). */
extern bpf_sched_task_t *bpf_sched_entity_task(bpf_sched_entity_t *se) __ksym;
extern bpf_sched_group_t *bpf_sched_entity_group(bpf_sched_entity_t *se) __ksym;
/* Group of a task; check for NULL. */
extern bpf_sched_group_t *bpf_sched_task_group(bpf_sched_task_t *p) __ksym;
/* Leftmost queued entity of the runqueue level that @se is on; may be NULL. */
extern bpf_sched_entity_t *bpf_sched_entity_leftmost(bpf_sched_entity_t *se) __ksym;

/* CPUs: -EINVAL for a number that is no CPU. */
extern int bpf_sched_cpu_idle(s32 cpu) __ksym;		/* 1 or 0 */
extern int bpf_sched_cpu_nr_running(s32 cpu) __ksym;	/* runnable tasks of every class */
extern s64 bpf_sched_cpu_load(s32 cpu) __ksym;		/* CFS load average */
extern s64 bpf_sched_cpu_util(s32 cpu) __ksym;		/* CFS utilisation, 0 to capacity */
extern s64 bpf_sched_cpu_capacity(s32 cpu) __ksym;	/* what is left for CFS, at most 1024 */
extern u32 bpf_sched_nr_cpus(void) __ksym;		/* highest CPU number + 1 */

/* The kernel's own masks; check for NULL. */
extern const bpf_sched_kmask_t *bpf_sched_task_cpus(bpf_sched_task_t *p) __ksym;
extern const bpf_sched_kmask_t *bpf_sched_online_cpus(void) __ksym;
extern const bpf_sched_kmask_t *bpf_sched_active_cpus(void) __ksym;

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
/* a CPU, or -ENOENT if there is none; next: after @cpu, -1 to begin; any_and: spread over calls */
extern s32 bpf_sched_cpumask_first(const bpf_sched_kmask_t *src) __ksym;
extern s32 bpf_sched_cpumask_next(const bpf_sched_kmask_t *src, s32 cpu) __ksym;
extern s32 bpf_sched_cpumask_next_and(const bpf_sched_kmask_t *a, const bpf_sched_kmask_t *b,
				      s32 cpu) __ksym;
extern s32 bpf_sched_cpumask_any_and(const bpf_sched_kmask_t *a, const bpf_sched_kmask_t *b) __ksym;

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
