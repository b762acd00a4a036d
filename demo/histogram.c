// SPDX-License-Identifier: GPL-2.0-only
/* Histogram with buckets that grow with the value. */
#include "histogram.h"

#define SUB_BITS	5			/* 32 buckets to a power of two */
#define SUB		(1U << SUB_BITS)

unsigned int histogram_bucket(uint64_t value)
{
	unsigned int shift;

	if (value < 2 * SUB)
		return value;
	shift = 63 - __builtin_clzll(value) - SUB_BITS;
	/* value >> shift is from SUB to 2 * SUB - 1 */
	return shift * SUB + (value >> shift);
}

uint64_t histogram_floor(unsigned int bucket)
{
	unsigned int shift;

	if (bucket < 2 * SUB)
		return bucket;
	shift = bucket / SUB - 1;
	return (uint64_t)(bucket % SUB + SUB) << shift;
}
