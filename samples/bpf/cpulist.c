// SPDX-License-Identifier: GPL-2.0-only
/* CPU lists as taskset and cpuset write them. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpulist.h"

/* A number in @p, which is moved behind it; -1 if there is none. */
static long number(const char **p)
{
	unsigned long v;
	char *end;

	if (!isdigit((unsigned char)**p))	/* strtoul would take sign and space */
		return -1;
	errno = 0;
	v = strtoul(*p, &end, 10);
	*p = end;
	return errno || v > CPULIST_CPUS ? CPULIST_CPUS : (long)v;
}

static int item(const char **p, long *first, long *last, long *stride)
{
	*first = number(p);
	*last = *first;
	*stride = 1;
	if (*first < 0)
		return -EINVAL;
	if (**p == '-') {
		(*p)++;
		*last = number(p);
		if (*last < 0)
			return -EINVAL;
		if (**p == ':') {
			(*p)++;
			*stride = number(p);
			if (*stride < 1)
				return -EINVAL;
		}
	}
	return **p == ',' || **p == '\0' ? 0 : -EINVAL;
}

int cpulist_parse(const char *text, int ncpus, struct cpulist *list, char *why, size_t size)
{
	const char *p = text;

	memset(list, 0, sizeof(*list));
	snprintf(why, size, "%s", "");
	if (!*text) {
		snprintf(why, size, "the CPU list is empty; write for example 0-3,8");
		return -EINVAL;
	}
	if (ncpus > CPULIST_CPUS)
		ncpus = CPULIST_CPUS;

	for (;;) {
		const char *begin = p;
		long first, last, stride, cpu;

		if (item(&p, &first, &last, &stride)) {
			snprintf(why, size, "CPU list '%s': cannot read '%s'; write for example 0-3,8",
				 text, begin);
			return -EINVAL;
		}
		if (last < first) {
			snprintf(why, size, "CPU list '%s': the range %ld-%ld runs backwards",
				 text, first, last);
			return -EINVAL;
		}
		if (last >= ncpus) {
			snprintf(why, size, "CPU list '%s': '%.*s' goes past CPU %d, the last of this machine",
				 text, (int)(p - begin), begin, ncpus - 1);
			return -ERANGE;
		}
		for (cpu = first; cpu <= last; cpu += stride)
			list->bits[cpu / 64] |= 1ULL << (cpu % 64);
		if (!*p)
			return 0;
		p++;	/* the comma */
	}
}

void cpulist_format(const struct cpulist *list, char *buf, size_t size)
{
	size_t len = 0;
	int cpu, last;

	snprintf(buf, size, "%s", "");
	for (cpu = 0; cpu < CPULIST_CPUS; cpu = last + 1) {
		const char *comma = len ? "," : "";

		last = cpu;
		if (!cpulist_has(list, cpu))
			continue;
		while (last + 1 < CPULIST_CPUS && cpulist_has(list, last + 1))
			last++;
		if (last > cpu)
			len += snprintf(buf + len, size - len, "%s%d-%d", comma, cpu, last);
		else
			len += snprintf(buf + len, size - len, "%s%d", comma, cpu);
		if (len >= size)
			return;
	}
}
