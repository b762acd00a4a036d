// SPDX-License-Identifier: GPL-2.0-only
/* Host unit tests: CPU lists. */
#include <errno.h>

#include "kselftest_harness.h"

#include "cpulist.h"

#define NCPUS	16

static int parse(const char *text, char *formatted, size_t size)
{
	struct cpulist list;
	char why[256];
	int err = cpulist_parse(text, NCPUS, &list, why, sizeof(why));

	if (!err)
		cpulist_format(&list, formatted, size);
	else
		snprintf(formatted, size, "%s", why);
	return err;
}

/* text parses and prints as want */
#define EXPECT_LIST(text, want) do {					\
	char got[256];							\
	EXPECT_EQ(0, parse(text, got, sizeof(got)));			\
	EXPECT_STREQ(want, got);					\
} while (0)

/* text is refused with err, and the message names what */
#define EXPECT_REFUSED(text, err, what) do {				\
	char why[256];							\
	EXPECT_EQ(err, parse(text, why, sizeof(why)));			\
	EXPECT_NE(NULL, strstr(why, what))				\
		TH_LOG("message: %s", why);				\
} while (0)

TEST(one_cpu)
{
	EXPECT_LIST("0", "0");
	EXPECT_LIST("15", "15");
	EXPECT_LIST("007", "7");
}

TEST(ranges_and_items)
{
	EXPECT_LIST("0-3", "0-3");
	EXPECT_LIST("5-5", "5");
	EXPECT_LIST("0-1,4,8-9", "0-1,4,8-9");
}

TEST(stride)
{
	EXPECT_LIST("0-7:2", "0,2,4,6");
	EXPECT_LIST("1-8:3", "1,4,7");
	EXPECT_LIST("0-3:100", "0");
}

TEST(order_and_overlap_do_not_matter)
{
	EXPECT_LIST("4,0-1,1-2", "0-2,4");
	EXPECT_LIST("3,3,3", "3");
}

TEST(neighbours_join)
{
	EXPECT_LIST("0,1,2", "0-2");
	EXPECT_LIST("0-15", "0-15");
}

TEST(empty_is_refused)
{
	EXPECT_REFUSED("", -EINVAL, "empty");
}

TEST(junk_is_refused)
{
	EXPECT_REFUSED("x", -EINVAL, "'x'");
	EXPECT_REFUSED("1,", -EINVAL, "''");
	EXPECT_REFUSED(",1", -EINVAL, "',1'");
	EXPECT_REFUSED("1 2", -EINVAL, "'1 2'");
	EXPECT_REFUSED(" 1", -EINVAL, "' 1'");
	EXPECT_REFUSED("-1", -EINVAL, "'-1'");
	EXPECT_REFUSED("+1", -EINVAL, "'+1'");
	EXPECT_REFUSED("1-", -EINVAL, "'1-'");
	EXPECT_REFUSED("1-2-3", -EINVAL, "'1-2-3'");
	EXPECT_REFUSED("0-3:", -EINVAL, "'0-3:'");
	EXPECT_REFUSED("0-3:0", -EINVAL, "'0-3:0'");
	EXPECT_REFUSED("0x1", -EINVAL, "'0x1'");
	EXPECT_REFUSED("0-1,2-x", -EINVAL, "'2-x'");
}

TEST(backwards_range_is_refused)
{
	EXPECT_REFUSED("3-1", -EINVAL, "3-1");
}

TEST(absent_cpu_is_refused)
{
	EXPECT_REFUSED("16", -ERANGE, "'16'");
	EXPECT_REFUSED("0,8-16", -ERANGE, "'8-16'");
	EXPECT_REFUSED("99999999999999999999999", -ERANGE, "past CPU 15");
}

TEST(format_is_cut_not_overrun)
{
	struct cpulist list;
	char why[64], small[6];

	memset(small, 'x', sizeof(small));
	ASSERT_EQ(0, cpulist_parse("0-1,4,8-9", NCPUS, &list, why, sizeof(why)));
	cpulist_format(&list, small, 5);
	EXPECT_STREQ("0-1,", small);
	EXPECT_EQ('x', small[5]);
}

TEST(format_of_nothing)
{
	struct cpulist list = {};
	char buf[8];

	cpulist_format(&list, buf, sizeof(buf));
	EXPECT_STREQ("", buf);
}

TEST(largest_machine)
{
	struct cpulist list;
	char why[64], buf[32];

	ASSERT_EQ(0, cpulist_parse("8191", 100000, &list, why, sizeof(why)));
	cpulist_format(&list, buf, sizeof(buf));
	EXPECT_STREQ("8191", buf);
	EXPECT_EQ(-ERANGE, cpulist_parse("8192", 100000, &list, why, sizeof(why)));
}

TEST_HARNESS_MAIN
