// SPDX-License-Identifier: GPL-2.0-only
/* Text of tags: what is taken, what is refused, and what is written. */
#include <kselftest_harness.h>

#include "../internal.h"
#include "fake.h"

struct good {
	const char *text;
	__s64 tag;
};

TEST(parses_what_the_kernel_takes)
{
	static const struct good cases[] = {
		{ "0", 0 }, { "2", 2 }, { "-1", -1 }, { "+7", 7 },
		{ "0x10", 16 }, { "-0x10", -16 }, { "0X1f", 31 }, { "010", 8 },
		{ " 3", 3 }, { "3\n", 3 }, { "\n 3\t\n", 3 },
		{ "9223372036854775807", INT64_MAX },
		{ "-9223372036854775808", INT64_MIN },
		{ "0x7fffffffffffffff", INT64_MAX },
		{ "9007199254740993", 9007199254740993LL },
	};
	size_t i;
	__s64 tag;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ASSERT_EQ(0, tagsched_tag__parse(cases[i].text, &tag)) {
			TH_LOG("'%s'", cases[i].text);
		}
		ASSERT_EQ(cases[i].tag, tag);
	}
}

TEST(refuses_junk)
{
	static const char * const cases[] = {
		"", " ", "\n", "x", "2x", "2 3", "0x", "1.5", "1e3", "--1", "- 1", "default",
		"99999999999999999999x", "08",
	};
	size_t i;
	__s64 tag = 42;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ASSERT_EQ(-EINVAL, tagsched_tag__parse(cases[i], &tag)) {
			TH_LOG("'%s'", cases[i]);
		}
		ASSERT_EQ(42, tag);
		ASSERT_NE(NULL, strstr(tagsched_last_error(), "not a tag"));
	}
}

TEST(refuses_overflow_both_ways)
{
	__s64 tag = 42;

	EXPECT_EQ(-ERANGE, tagsched_tag__parse("9223372036854775808", &tag));
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "out of range"));
	EXPECT_EQ(-ERANGE, tagsched_tag__parse("-9223372036854775809", &tag));
	EXPECT_EQ(-ERANGE, tagsched_tag__parse("0x8000000000000000", &tag));
	EXPECT_EQ(42, tag);
}

FIXTURE(files) {
	struct fake fake;
};

FIXTURE_SETUP(files)
{
	ASSERT_EQ(0, fake_init(&self->fake));
	ASSERT_EQ(0, fake_file(&self->fake, "/proc/12/tag", "-5\n"));
	ASSERT_EQ(0, fake_file(&self->fake, "/proc/12/task/12/tag", "-5\n"));
	ASSERT_EQ(0, fake_file(&self->fake, "/proc/13/task/13/tag", "6\n"));
	ASSERT_EQ(0, fake_file(&self->fake, "/proc/self/tag", "1\n"));
	ASSERT_EQ(0, fake_file(&self->fake, "/proc/thread-self/tag", "4\n"));
	ASSERT_EQ(0, fake_dir(&self->fake, "/proc/14/task/14"));
}

FIXTURE_TEARDOWN(files)
{
	fake_destroy(&self->fake);
}

TEST_F(files, reads_process_and_thread)
{
	__s64 tag;

	EXPECT_EQ(0, tagsched_process__get_tag(12, &tag));
	EXPECT_EQ(-5, tag);
	EXPECT_EQ(0, tagsched_thread__get_tag(13, &tag));
	EXPECT_EQ(6, tag);
	EXPECT_EQ(0, tagsched_process__get_tag(0, &tag));
	EXPECT_EQ(1, tag);
	EXPECT_EQ(0, tagsched_thread__get_tag(0, &tag));
	EXPECT_EQ(4, tag);
}

TEST_F(files, writes_all_64_bits)
{
	__s64 tag;

	EXPECT_EQ(0, tagsched_process__set_tag(12, INT64_MIN));
	EXPECT_STREQ("-9223372036854775808\n", fake_text(&self->fake, "/proc/12/tag"));
	EXPECT_EQ(0, tagsched_process__get_tag(12, &tag));
	EXPECT_EQ(INT64_MIN, tag);
	EXPECT_EQ(0, tagsched_thread__set_tag(13, INT64_MAX));
	EXPECT_STREQ("9223372036854775807\n", fake_text(&self->fake, "/proc/13/task/13/tag"));
}

TEST_F(files, clears_with_the_word_default)
{
	EXPECT_EQ(0, tagsched_process__clear_tag(12));
	EXPECT_STREQ("default\n", fake_text(&self->fake, "/proc/12/tag"));
	EXPECT_EQ(0, tagsched_thread__clear_tag(13));
	EXPECT_STREQ("default\n", fake_text(&self->fake, "/proc/13/task/13/tag"));
}

TEST_F(files, missing_process_is_not_a_missing_kernel_option)
{
	__s64 tag;

	EXPECT_EQ(-ESRCH, tagsched_process__get_tag(99, &tag));
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "no such process"));
	EXPECT_EQ(-ESRCH, tagsched_thread__set_tag(99, 1));
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "no such thread"));
	EXPECT_EQ(-ENOTSUP, tagsched_process__get_tag(14, &tag));
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "CONFIG_SCHED_TAG"));
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "/proc/14/tag"));
}

TEST_F(files, must_fail_on_negative_ids)
{
	__s64 tag;

	EXPECT_EQ(-EINVAL, tagsched_process__get_tag(-1, &tag));
	EXPECT_EQ(-EINVAL, tagsched_thread__set_tag(-1, 1));
}

TEST_F(files, must_fail_on_a_file_that_is_no_tag)
{
	__s64 tag = 42;

	ASSERT_EQ(0, fake_file(&self->fake, "/proc/12/tag", "what\n"));
	EXPECT_EQ(-EBADMSG, tagsched_process__get_tag(12, &tag));
	EXPECT_EQ(42, tag);
}

TEST_F(files, feature_check_looks_for_the_file)
{
	EXPECT_EQ(0, tagsched_kernel__check(TAGSCHED_FEAT_TAG));
	ts_set_root("/nonexistent");
	EXPECT_EQ(-ENOTSUP, tagsched_kernel__check(TAGSCHED_FEAT_TAG));
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "CONFIG_SCHED_TAG"));
}

TEST_HARNESS_MAIN
