// SPDX-License-Identifier: GPL-2.0-only
/* Percentiles of samples that are all kept. */
#include <stdlib.h>

#include "percentile.h"

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

void samples_sort(uint64_t *samples, size_t n)
{
	qsort(samples, n, sizeof(*samples), compare);
}

uint64_t percentile(const uint64_t *sorted, size_t n, unsigned int permille)
{
	size_t rank = (n * permille + 999) / 1000;	/* rounded up: 1 is the first */

	return sorted[rank ? rank - 1 : 0];
}
