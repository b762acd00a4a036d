// SPDX-License-Identifier: GPL-2.0-only
/* Host unit tests: nearest-rank percentiles. */
#include "kselftest_harness.h"

#include "percentile.h"

TEST(one_sample_is_every_percentile)
{
	const uint64_t v[] = { 7 };

	EXPECT_EQ(7, percentile(v, 1, 0));
	EXPECT_EQ(7, percentile(v, 1, 1));
	EXPECT_EQ(7, percentile(v, 1, 500));
	EXPECT_EQ(7, percentile(v, 1, 1000));
}

TEST(textbook_example)
{
	/* 15 20 35 40 50: 30th percentile 20, 40th 20, 50th 35, 100th 50 */
	const uint64_t v[] = { 15, 20, 35, 40, 50 };

	EXPECT_EQ(15, percentile(v, 5, 50));
	EXPECT_EQ(20, percentile(v, 5, 300));
	EXPECT_EQ(20, percentile(v, 5, 400));
	EXPECT_EQ(35, percentile(v, 5, 500));
	EXPECT_EQ(50, percentile(v, 5, 1000));
}

TEST(median_of_an_even_number_is_a_sample)
{
	const uint64_t v[] = { 1, 2, 3, 4 };

	EXPECT_EQ(2, percentile(v, 4, 500));
	EXPECT_EQ(3, percentile(v, 4, 501));
}

TEST(p99_of_a_hundred_leaves_out_one)
{
	uint64_t v[100];
	int i;

	for (i = 0; i < 100; i++)
		v[i] = i + 1;
	EXPECT_EQ(99, percentile(v, 100, 990));
	EXPECT_EQ(100, percentile(v, 100, 991));
	EXPECT_EQ(100, percentile(v, 100, 1000));
}

TEST(p99_of_fewer_than_a_hundred_is_the_maximum)
{
	uint64_t v[99];
	int i;

	for (i = 0; i < 99; i++)
		v[i] = i;
	EXPECT_EQ(98, percentile(v, 99, 990));
}

TEST(sort_orders_large_values)
{
	uint64_t v[] = { UINT64_MAX, 0, 1ULL << 63, 5, UINT64_MAX - 1, 5 };
	const uint64_t want[] = { 0, 5, 5, 1ULL << 63, UINT64_MAX - 1, UINT64_MAX };
	int i;

	samples_sort(v, 6);
	for (i = 0; i < 6; i++)
		EXPECT_EQ(want[i], v[i]);
}

TEST(percentile_agrees_with_its_definition)
{
	uint64_t v[257];
	unsigned int permille;
	int i;

	for (i = 0; i < 257; i++)
		v[i] = (i * 7919ULL) % 101;	/* with many ties */
	samples_sort(v, 257);
	for (permille = 1; permille <= 1000; permille++) {
		uint64_t got = percentile(v, 257, permille);
		int below = 0, upto = 0;

		for (i = 0; i < 257; i++) {
			below += v[i] < got;
			upto += v[i] <= got;
		}
		EXPECT_GE(upto * 1000, 257 * (int)permille);
		EXPECT_LT(below * 1000, 257 * (int)permille);
	}
}

TEST_HARNESS_MAIN
