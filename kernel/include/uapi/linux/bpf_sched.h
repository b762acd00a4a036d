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

#endif /* _UAPI_LINUX_BPF_SCHED_H */
