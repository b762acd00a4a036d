/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * What BPF_PROG_TYPE_SCHED programs answer, and the size of their cpumasks.
 */
#ifndef _UAPI_LINUX_BPF_SCHED_H
#define _UAPI_LINUX_BPF_SCHED_H

#include <linux/types.h>

/*
 * Answers of the hooks that decide between two things. The hooks that choose
 * a CPU return its number. BPF_SCHED_NO_OPINION, and for a CPU any negative
 * number, leaves the decision to the next program and at last to the kernel.
 */
enum bpf_sched_verdict {
	BPF_SCHED_NO_OPINION	= -1,

	/* cfs_check_preempt_*, cfs_wakeup_preempt_entity: the one that runs... */
	BPF_SCHED_KEEP		= 0,	/* ... stays */
	BPF_SCHED_PREEMPT	= 1,	/* ... makes way */

	/* cfs_wake_affine: the wakeup goes to... */
	BPF_SCHED_PREV_CPU	= 0,	/* ... where the task ran last */
	BPF_SCHED_THIS_CPU	= 1,	/* ... where the waker runs */

	/* cfs_tag_pick_next_entity: next runs... */
	BPF_SCHED_PICK_STOCK	= 0,	/* ... whom CFS has chosen */
	BPF_SCHED_PICK_TAGGED	= 1,	/* ... who has the highest tag */

	/* cfs_can_migrate_task: load balancing... */
	BPF_SCHED_DENY		= 0,	/* ... leaves the task where it is */
	BPF_SCHED_ALLOW		= 1,	/* ... may take it, warm cache or not */
};

#define BPF_SCHED_CPUMASK_BITS	8192

/*
 * A set of CPUs in a program's own memory (a map or global variable: it is too
 * large for the stack). Has the same size on every kernel, so that a compiled
 * program runs on all of them; bits from nr_cpu_ids on are ignored.
 */
struct bpf_sched_cpumask {
	__u64 bits[BPF_SCHED_CPUMASK_BITS / 64];
};

/*
 * What bpf_sched_cpu_snapshot() tells of a CPU; a later kernel may tell more, at
 * the end. Capacities and averages are on the scale on which the largest CPU has
 * 1024; of one whose load is always one task of nice 0, @load is 1024.
 */
struct bpf_sched_cpu_info {
	__u32	nr_running;		/* runnable tasks of all classes */
	__u32	nr_running_cfs;		/* of the fair class, in all groups */
	__u32	nr_running_cfs_nr;	/* entities of the fair class at the top level */
	__u32	nr_running_idle_policy;	/* SCHED_IDLE, or in a group with cpu.idle */
	__u32	nr_running_rt;		/* real-time */
	__u32	idle;			/* 1: nothing to run */
	__u32	available_idle;		/* 1: and ready to take a task at once */
	__s32	core;			/* numbers of where it is */
	__s32	die;
	__s32	package;
	__s32	node;
	__s32	llc;			/* lowest CPU that shares the last level cache */
	__u64	load;			/* averages of the fair class */
	__u64	runnable;
	__u64	util;
	__u64	util_rt;
	__u64	util_dl;
	__u64	util_irq;
	__u64	capacity;		/* what is left to the fair class */
	__u64	capacity_orig;		/* all of it */
	__u64	idle_stamp;		/* since when idle, ns of the runqueue's clock */
	__u64	avg_idle;		/* ns */
	__u64	exit_latency;		/* of the idle state that it is in, ns */
};

#define BPF_SCHED_NAME_LEN	32

/* bpf_sched_policy_attr.flags */
#define BPF_SCHED_POLICY_PRIORITY	(1U << 0) /* @priority says who is asked first */
#define BPF_SCHED_POLICY_REPLACE	(1U << 1) /* take the place of @replace_fd */
#define BPF_SCHED_POLICY_MANIFEST	(1U << 2) /* attach nothing, fill @manifest */

/*
 * A policy: several programs, at most one a hook, that are attached, swapped
 * and detached in one step. For link_create.sched.policy with BPF_F_SCHED_POLICY.
 *
 * The links of two policies with tags in common (a policy without a tag has all)
 * that answer the same hook are refused with EEXIST, unless the newcomer gives a
 * priority that the other does not have. Of two the one with the higher
 * priority is asked first; who gives none has priority 0.
 *
 * BPF_SCHED_POLICY_REPLACE: the new policy gets the scope, the priority and the
 * place of the old, which is detached, all in one step: each decision is made
 * by the one or the other.
 *
 * BPF_SCHED_POLICY_MANIFEST, alone: nothing is attached. What a signature of the
 * policy has to cover, a text, is written to @manifest; its length is returned.
 */
struct bpf_sched_policy_attr {
	char		name[BPF_SCHED_NAME_LEN]; /* letters, digits, _ - . and zeros */
	__aligned_u64	prog_fds;	/* __u32[], besides link_create.prog_fd */
	__u32		nr_progs;	/* how many of them */
	__u32		flags;
	__s32		priority;
	__u32		replace_fd;	/* the link of the policy to replace */
	__aligned_u64	signature;	/* PKCS#7, DER; or 0 */
	__u32		signature_size;	/* in bytes */
	__u32		manifest_size;	/* room there, in bytes */
	__aligned_u64	manifest;	/* with BPF_SCHED_POLICY_MANIFEST */
};

/* One program of a link, for bpf_link_info.sched.progs. */
struct bpf_sched_prog_info {
	__u32	prog_id;
	__u32	attach_btf_id;	/* BTF type id of the hook */
	__u64	calls;
	__u64	decided;	/* calls whose answer was taken */
	__u64	refused;	/* calls whose answer was not valid */
};

/* Why a link decides no more, in bpf_sched_exit.reason. */
enum bpf_sched_exit_reason {
	BPF_SCHED_EXIT_NONE,		/* it does */
	BPF_SCHED_EXIT_DETACHED,	/* somebody detached it */
	BPF_SCHED_EXIT_REPLACED,	/* another policy has taken its place */
	BPF_SCHED_EXIT_STALL,		/* a runnable task was passed over for too long */
	BPF_SCHED_EXIT_REFUSED,		/* too many answers were not valid */
	BPF_SCHED_EXIT_SYSRQ,		/* an operator pressed the key */
};

/* The exit record of a link. */
struct bpf_sched_exit {
	__u32	reason;
	__s32	cpu;		/* where */
	__u64	time;		/* when, in ns of CLOCK_REALTIME */
	__u64	value;		/* STALL: ms that the task waited; REFUSED: answers */
	__s64	tag;		/* STALL: effective tag of the task that waited */
	__s32	pid;		/* STALL: that task, 0 for a group */
	__u32	attach_btf_id;	/* REFUSED: the hook */
	char	comm[16];
};

#endif /* _UAPI_LINUX_BPF_SCHED_H */
