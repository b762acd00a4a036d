/* SPDX-License-Identifier: GPL-2.0-only */
/* What kfunc_state.bpf.c tells kfunc_state.c. */
#ifndef KFUNC_STATE_H
#define KFUNC_STATE_H

#define MAX_CPUS 8

/* The questions about a CPU; STATES() expands to one item each. */
#define STATES(X)		\
	X(nr_running_cfs)	\
	X(nr_running_cfs_nr)	\
	X(nr_running_idle_policy) \
	X(nr_running_rt)	\
	X(runnable)		\
	X(util_rt)		\
	X(util_dl)		\
	X(util_irq)		\
	X(capacity_orig)	\
	X(is_idle)		\
	X(idle_stamp)		\
	X(avg_idle)		\
	X(exit_latency)

enum state_index {
#define X(name) STATE_##name,
	STATES(X)
#undef X
	NR_STATES
};

/* struct cpu_says - of one CPU; the kernel's units, or a negative errno */
struct cpu_says {
	__s64 said[NR_STATES];
};

#endif /* KFUNC_STATE_H */
