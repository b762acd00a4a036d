/* SPDX-License-Identifier: GPL-2.0-only */
/* CPU lists as taskset and cpuset write them. */
#ifndef CPULIST_H
#define CPULIST_H

#include <stddef.h>
#include <stdint.h>

#define CPULIST_CPUS	8192		/* what struct bpf_sched_cpumask holds */

struct cpulist {
	uint64_t bits[CPULIST_CPUS / 64];
};

/**
 * cpulist_parse() - read a CPU list
 * @text: items separated by commas: N, FIRST-LAST or FIRST-LAST:STRIDE, as in "0-3,8,16-31:2"
 * @ncpus: numbers from here on are an error
 * @list: result, undefined after an error
 * @why: on error one line that says what is wrong, "" on success
 * @size: of @why in bytes
 *
 * Return: 0, -EINVAL (not a list, or empty), -ERANGE (no such CPU).
 */
int cpulist_parse(const char *text, int ncpus, struct cpulist *list, char *why, size_t size);

/* Write @list in its shortest form ("0-1,5"), cut to @size bytes; "" if empty. */
void cpulist_format(const struct cpulist *list, char *buf, size_t size);

static inline int cpulist_has(const struct cpulist *list, int cpu)
{
	return list->bits[cpu / 64] >> (cpu % 64) & 1;
}

#endif /* CPULIST_H */
