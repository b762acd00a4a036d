/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Conveniences for BPF scheduling programs, inline, on top of the kernel
 * functions: walking masks, choosing a CPU, switching a task's tag.
 *
 *	#include <tagsched.bpf.h>
 *	#include <tagsched_util.bpf.h>
 *
 *	bpf_sched_for_each_cpu(cpu, mask)
 *		if (bpf_sched_cpu_idle(cpu) == 1)
 *			return cpu;
 *
 * The verifier goes through a loop turn by turn, and a choice is a loop with a
 * body of some 50 instructions: few of them fit in a program. It runs them with
 * scheduler locks held, and each CPU of the mask costs a few reads of its
 * runqueue: choose from a core, a cache or a node rather than from the machine.
 */
#ifndef TAGSCHED_UTIL_BPF_H
#define TAGSCHED_UTIL_BPF_H

#ifndef TAGSCHED_BPF_H
#error "include tagsched.bpf.h before tagsched_util.bpf.h"
#endif

/*
 * A loop ends after so many CPUs, whatever is left in the mask: the verifier
 * wants a bound. Define it before, for a larger machine or a smaller program.
 */
#ifndef TAGSCHED_MAX_CPUS
#define TAGSCHED_MAX_CPUS	256
#endif

/**
 * bpf_sched_next_turn() - one more turn of a loop that ends with a call
 * @turn: how many it has had
 *
 * The verifier of 6.1 refuses a jump back, or a fall through, right after a call
 * ("back-edge from insn"), and the compiler may count before the call: this is an
 * instruction that stays where it is.
 *
 * Return: @turn + 1.
 */
static __always_inline s32 bpf_sched_next_turn(s32 turn)
{
	asm volatile("%0 += 1" : "+r"(turn));
	return turn;
}

/**
 * bpf_sched_for_each_cpu() - a loop over the CPUs of a mask, from the lowest
 * @cpu:  name of the variable, an s32 that lives in the loop
 * @mask: a const struct cpumask *
 */
#define bpf_sched_for_each_cpu(cpu, mask)					\
	for (s32 cpu = bpf_sched_cpumask_first(mask), turn_##cpu = 0;		\
	     cpu >= 0 && turn_##cpu < TAGSCHED_MAX_CPUS;			\
	     cpu = bpf_sched_cpumask_next(mask, cpu),				\
	     turn_##cpu = bpf_sched_next_turn(turn_##cpu))

/* bpf_sched_for_each_cpu_and() - over the CPUs that two masks have in common */
#define bpf_sched_for_each_cpu_and(cpu, a, b)					\
	for (s32 cpu = bpf_sched_cpumask_next_and(a, b, -1), turn_##cpu = 0;	\
	     cpu >= 0 && turn_##cpu < TAGSCHED_MAX_CPUS;			\
	     cpu = bpf_sched_cpumask_next_and(a, b, cpu),			\
	     turn_##cpu = bpf_sched_next_turn(turn_##cpu))

/*
 * bpf_sched_for_each_cpu_wrap() - over the CPUs of a mask, the first one being the
 * next after @start and the last one @start itself, if it is in the mask
 */
#define bpf_sched_for_each_cpu_wrap(cpu, mask, start)				\
	for (s32 cpu = bpf_sched_cpumask_next_wrap(mask, start), turn_##cpu = 0, \
	     turns_##cpu = bpf_sched_cpumask_weight(mask);			\
	     cpu >= 0 && turn_##cpu < turns_##cpu && turn_##cpu < TAGSCHED_MAX_CPUS; \
	     cpu = bpf_sched_cpumask_next_wrap(mask, cpu),			\
	     turn_##cpu = bpf_sched_next_turn(turn_##cpu))

/* Smaller is better: idle ones by exit latency, then the others by tasks, then load. */
static __always_inline s64 bpf_sched_busyness(s32 cpu)
{
	s64 most = (1LL << 40) - 1, rank;

	if (bpf_sched_cpu_idle(cpu) == 1) {
		rank = bpf_sched_cpu_exit_latency(cpu);
		return rank < most ? rank : most;
	}
	rank = bpf_sched_cpu_load(cpu);
	return ((s64)bpf_sched_cpu_nr_running(cpu) + 1) * (most + 1) + (rank < most ? rank : most);
}

/**
 * bpf_sched_idlest_cpu() - the CPU of a mask with the least to do
 * @p:	  the task that it is for
 * @mask: the CPUs to choose from
 *
 * An idle one if there is any, of several the one that wakes up fastest; else the
 * one with the fewest runnable tasks; of several the one with the smallest load.
 *
 * Return: a CPU that is active and allowed for @p, or -ENOENT.
 */
static __always_inline s32 bpf_sched_idlest_cpu(bpf_sched_task_t *p, const struct cpumask *mask)
{
	const struct cpumask *allowed = bpf_sched_task_cpus(p);
	const struct cpumask *active = bpf_sched_active_cpus();
	s32 best = -ENOENT;
	s64 least = 0;

	if (!allowed || !active)
		return -ENOENT;
	bpf_sched_for_each_cpu_and(cpu, mask, allowed) {
		s64 rank = bpf_sched_busyness(cpu);

		if ((best < 0 || rank < least) && bpf_sched_cpumask_test_cpu(active, cpu) == 1) {
			best = cpu;
			least = rank;
		}
	}
	return best;
}

/**
 * bpf_sched_least_loaded_cpu() - the CPU of a mask with the smallest load average
 * @p:	  the task that it is for
 * @mask: the CPUs to choose from
 *
 * Return: a CPU that is active and allowed for @p, or -ENOENT.
 */
static __always_inline s32 bpf_sched_least_loaded_cpu(bpf_sched_task_t *p,
						      const struct cpumask *mask)
{
	const struct cpumask *allowed = bpf_sched_task_cpus(p);
	const struct cpumask *active = bpf_sched_active_cpus();
	s32 best = -ENOENT;
	s64 least = 0;

	if (!allowed || !active)
		return -ENOENT;
	bpf_sched_for_each_cpu_and(cpu, mask, allowed) {
		s64 load = bpf_sched_cpu_load(cpu);

		if ((best < 0 || load < least) && bpf_sched_cpumask_test_cpu(active, cpu) == 1) {
			best = cpu;
			least = load;
		}
	}
	return best;
}

/**
 * bpf_sched_llc_least_loaded() - the CPU with the smallest load near another one
 * @p:	 the task that it is for
 * @cpu: whose last level cache: mostly where @p ran last
 *
 * Return: a CPU that shares the cache of @cpu, is active and allowed for @p, or
 * -ENOENT, also if there is no CPU @cpu.
 */
static __always_inline s32 bpf_sched_llc_least_loaded(bpf_sched_task_t *p, s32 cpu)
{
	const struct cpumask *llc = bpf_sched_llc_cpus(cpu);

	return llc ? bpf_sched_least_loaded_cpu(p, llc) : -ENOENT;
}

/**
 * bpf_sched_switch_tag() - give a task another tag if it has a certain one
 * @p:	  the task
 * @from: the effective tag that it must have
 * @to:	  the own tag that it gets, soon
 *
 * Return: 1 if it gets it, 0 if it has another tag than @from, or an error of
 * bpf_sched_set_task_tag().
 */
static __always_inline int bpf_sched_switch_tag(bpf_sched_task_t *p, s64 from, s64 to)
{
	int err;

	if (bpf_sched_task_tag(p) != from)
		return 0;
	err = bpf_sched_set_task_tag(p, to);
	return err ? err : 1;
}

#endif /* TAGSCHED_UTIL_BPF_H */
