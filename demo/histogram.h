/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Histogram with buckets that grow with the value: 32 to each power of two, so
 * a bucket is at most 1/32 (3 %) wide, and exact below 64.
 */
#ifndef DEMO_HISTOGRAM_H
#define DEMO_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#define HISTOGRAM_BUCKETS	((64 - 5 + 1) * 32)

/* Bucket of a value, and the smallest value of a bucket. */
unsigned int histogram_bucket(uint64_t value);
uint64_t histogram_floor(unsigned int bucket);

#endif /* DEMO_HISTOGRAM_H */
