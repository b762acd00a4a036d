// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* CPU lists as the kernel reads and writes them. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent_internal.h"

static int number(const char **p, unsigned long *n)
{
	char *end;

	if (!isdigit((unsigned char)**p))	/* strtoul would take sign and space */
		return -EINVAL;
	errno = 0;
	*n = strtoul(*p, &end, 10);
	*p = end;
	return errno || *n >= CPU_SETSIZE ? -ERANGE : 0;
}

int ts_cpulist_parse(const char *text, cpu_set_t *cpus)
{
	const char *p = text;

	CPU_ZERO(cpus);
	while (*p && *p != '\n') {
		unsigned long first, last;
		int err = number(&p, &first);

		if (err)
			return err;
		last = first;
		if (*p == '-') {
			p++;
			err = number(&p, &last);
			if (err)
				return err;
		}
		if (last < first)
			return -EINVAL;
		for (; first <= last; first++)
			CPU_SET(first, cpus);
		if (*p == ',' && isdigit((unsigned char)p[1]))
			p++;
		else if (*p && *p != '\n')
			return -EINVAL;
	}
	return 0;
}

int ts_cpulist_format(const cpu_set_t *cpus, char *buf, size_t size)
{
	size_t used = 0;
	int cpu, last;

	buf[0] = '\0';
	for (cpu = 0; cpu < CPU_SETSIZE; cpu = last + 1) {
		const char *comma = used ? "," : "";

		last = cpu;
		if (!CPU_ISSET(cpu, cpus))
			continue;
		while (last + 1 < CPU_SETSIZE && CPU_ISSET(last + 1, cpus))
			last++;
		if (last > cpu)
			used += snprintf(buf + used, size - used, "%s%d-%d", comma, cpu, last);
		else
			used += snprintf(buf + used, size - used, "%s%d", comma, cpu);
		if (used >= size)
			return -ENAMETOOLONG;
	}
	return 0;
}
