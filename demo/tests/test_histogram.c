// SPDX-License-Identifier: GPL-2.0-only
/* Host unit tests: buckets of the histogram. */
#include "kselftest_harness.h"

#include "histogram.h"

TEST(small_values_have_their_own_buckets)
{
	uint64_t v;

	for (v = 0; v < 64; v++) {
		EXPECT_EQ(v, histogram_bucket(v));
		EXPECT_EQ(v, histogram_floor(v));
	}
}

TEST(buckets_touch_and_do_not_overlap)
{
	unsigned int b;

	for (b = 1; b < HISTOGRAM_BUCKETS; b++) {
		EXPECT_LT(histogram_floor(b - 1), histogram_floor(b));
		EXPECT_EQ(b, histogram_bucket(histogram_floor(b)));
		EXPECT_EQ(b - 1, histogram_bucket(histogram_floor(b) - 1));
	}
}

TEST(a_bucket_is_at_most_a_32nd_wide)
{
	unsigned int b;

	for (b = 64; b < HISTOGRAM_BUCKETS - 1; b++) {
		uint64_t from = histogram_floor(b), width = histogram_floor(b + 1) - from;

		EXPECT_LE(width, from / 32);
	}
}

TEST(the_largest_value_has_the_last_bucket)
{
	EXPECT_EQ(HISTOGRAM_BUCKETS - 1, histogram_bucket(UINT64_MAX));
}

TEST_HARNESS_MAIN
