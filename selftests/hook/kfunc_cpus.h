/* SPDX-License-Identifier: GPL-2.0-only */
/* What kfunc_cpus.bpf.c tells kfunc_cpus.c. */
#ifndef KFUNC_CPUS_H
#define KFUNC_CPUS_H

#define MAX_CPUS 8

/* struct cpu_state - of one CPU; the kernel's units, or a negative errno */
struct cpu_state {
	__s64 idle;
	__s64 nr_running;
	__s64 load;
	__s64 util;
	__s64 capacity;
};

#endif /* KFUNC_CPUS_H */
