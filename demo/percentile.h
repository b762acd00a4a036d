/* SPDX-License-Identifier: GPL-2.0-only */
/* Percentiles of samples that are all kept. */
#ifndef DEMO_PERCENTILE_H
#define DEMO_PERCENTILE_H

#include <stddef.h>
#include <stdint.h>

/* Sort ascending, in place. */
void samples_sort(uint64_t *samples, size_t n);

/**
 * percentile() - nearest-rank percentile
 * @sorted: samples, ascending
 * @n: their number, at least 1
 * @permille: 500 for the median, 990 for p99, 1000 for the maximum
 *
 * The smallest sample that at least @permille / 1000 of all samples do not
 * exceed: always one that was measured, never a value between two.
 */
uint64_t percentile(const uint64_t *sorted, size_t n, unsigned int permille);

#endif /* DEMO_PERCENTILE_H */
