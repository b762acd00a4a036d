// SPDX-License-Identifier: GPL-2.0-only
/*
 * What may be written to a tag file, and what is refused: the same for the
 * files of groups, processes and threads. A refused write changes nothing.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness.h"
#include "target.h"
#include "util.h"

/* The tag before each write that must be refused. */
#define BEFORE		77
#define BEFORE_TEXT	"77"

/* More than any buffer that a write could be copied to: a page and a bit. */
#define LONG_TEXT	5000

FIXTURE(file) {
	struct target target;
	const char *path;
};

FIXTURE_VARIANT(file) {
	enum target_kind kind;
};

TARGET_VARIANTS(file);

FIXTURE_SETUP(file)
{
	ASSERT_EQ(0, target_start(&self->target, variant->kind));
	self->path = self->target.path;
}

FIXTURE_TEARDOWN(file)
{
	EXPECT_EQ(0, target_stop(&self->target));
}

struct good_text {
	const char *text;
	__s64 tag;
};

static const struct good_text good_texts[] = {
	{ "2", 2 },
	{ "2\n", 2 },
	{ "0", 0 },
	{ "1\n", 1 },
	{ "-0", 0 },
	{ "-5", -5 },
	{ "+5", 5 },
	{ " 7", 7 },
	{ "8 ", 8 },
	{ "\t9 \n", 9 },
	{ "10\n\n", 10 },
	{ "0x10", 16 },
	{ "0X1f\n", 31 },
	{ "-0x10", -16 },
	{ "0xDeadBeef", 0xdeadbeefLL },
	{ "017", 15 },
	{ "-017\n", -15 },
	{ "2147483648", 2147483648LL },
	{ "-2147483649", -2147483649LL },
	{ "4294967296", 4294967296LL },
	{ "9223372036854775806", LLONG_MAX - 1 },
	{ "9223372036854775807", LLONG_MAX },
	{ "-9223372036854775808", LLONG_MIN },
	{ "0x7fffffffffffffff", LLONG_MAX },
	{ "-0x8000000000000000", LLONG_MIN },
	{ "0777777777777777777777", LLONG_MAX },
};

TAG_TEST_F(file, accepts, "T1: an integer that fits an s64 is taken and reads back")
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(good_texts); i++) {
		ASSERT_EQ(0, tag_write(self->path, BEFORE_TEXT));
		EXPECT_EQ(0, tag_write(self->path, good_texts[i].text))
			TH_LOG("writing '%s'", good_texts[i].text);
		EXPECT_EQ(good_texts[i].tag, tag_value(self->path))
			TH_LOG("after '%s'", good_texts[i].text);
	}
}

static const char * const junk_texts[] = {
	"\n", " ", " \n\t", "x", "tag", "-", "+", "--5", "-+5", "+-5", "- 5",
	"2x", "2 3", "2,3", "2\n3", "2;", "1.5", "1e3", "1_000", "0x", "0xg", "x10",
	"08", "019", "0b1", "0o7", "1-", "NaN", "inf", "\xd9\xa2",
	"Default", "DEFAULT", "def", "defaul", "defaults", "default 2",
	"2 default", "default\ndefault", "none", "-default",
};

TAG_TEST_F(file, refuses_junk,
	   "T1: anything but one integer or default is EINVAL and changes nothing")
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(junk_texts); i++) {
		ASSERT_EQ(0, tag_write(self->path, BEFORE_TEXT));
		EXPECT_EQ(-EINVAL, tag_write(self->path, junk_texts[i]))
			TH_LOG("writing '%s'", junk_texts[i]);
		EXPECT_EQ(BEFORE, tag_value(self->path))
			TH_LOG("after '%s'", junk_texts[i]);
	}
}

static const char * const big_texts[] = {
	"9223372036854775808",
	"-9223372036854775809",
	"9223372036854775808\n",
	"18446744073709551615",
	"18446744073709551616",
	"18446744073709551618",
	"-18446744073709551615",
	"-18446744073709551616",
	"0x8000000000000000",
	"-0x8000000000000001",
	"0xffffffffffffffff",
	"0x10000000000000002",
	"01000000000000000000000",
	"-01000000000000000000001",
	"99999999999999999999999999",
};

TAG_TEST_F(file, refuses_overflow,
	   "T1: an integer outside s64 is ERANGE either way and changes nothing")
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(big_texts); i++) {
		ASSERT_EQ(0, tag_write(self->path, BEFORE_TEXT));
		EXPECT_EQ(-ERANGE, tag_write(self->path, big_texts[i]))
			TH_LOG("writing '%s'", big_texts[i]);
		EXPECT_EQ(BEFORE, tag_value(self->path))
			TH_LOG("after '%s'", big_texts[i]);
	}
}

/* The cgroup core takes a write of no bytes itself, before any controller. */
TAG_TEST_F(file, refuses_no_bytes, "T1: a write of no bytes changes nothing; EINVAL for a task")
{
	ASSERT_EQ(0, tag_write(self->path, BEFORE_TEXT));
	EXPECT_EQ(target_is_group(variant->kind) ? 0 : -EINVAL, tag_write_bytes(self->path, "", 0));
	EXPECT_EQ(BEFORE, tag_value(self->path));
}

TAG_TEST_F(file, refuses_nul, "T1: a NUL byte anywhere is EINVAL and changes nothing")
{
	ASSERT_EQ(0, tag_write(self->path, BEFORE_TEXT));
	EXPECT_EQ(-EINVAL, tag_write_bytes(self->path, "2\0", 2));
	EXPECT_EQ(-EINVAL, tag_write_bytes(self->path, "\0", 1));
	EXPECT_EQ(-EINVAL, tag_write_bytes(self->path, "\0" "2", 2));
	EXPECT_EQ(-EINVAL, tag_write_bytes(self->path, "2\0" "3", 3));
	EXPECT_EQ(-EINVAL, tag_write_bytes(self->path, "default\0x", 9));
	EXPECT_EQ(BEFORE, tag_value(self->path));
}

static bool refused(int err)
{
	return err == -EINVAL || err == -ERANGE;
}

/*
 * A write that is cut to a buffer's length must not be taken for the number
 * that its beginning spells, at any length.
 */
TAG_TEST_F(file, refuses_long_text,
	   "T1: a long text is refused whole, never taken for its beginning")
{
	char text[LONG_TEXT];
	size_t len;
	int err;

	memset(text, ' ', sizeof(text));
	text[0] = '5';
	ASSERT_EQ(0, tag_write(self->path, BEFORE_TEXT));
	for (len = 3; len < sizeof(text); len += len < 300 ? 1 : 93) {
		text[len - 1] = 'x';
		err = tag_write_bytes(self->path, text, len);
		text[len - 1] = ' ';
		/* The cgroup core refuses more than a page by itself. */
		EXPECT_TRUE(refused(err) || (err == -E2BIG && len > 4096))
			TH_LOG("%zu bytes: error %d", len, err);
		EXPECT_EQ(BEFORE, tag_value(self->path))
			TH_LOG("%zu bytes", len);
		if (!_metadata->passed)
			break;
	}
}

TAG_TEST_F(file, refuses_many_digits, "T1: hundreds of digits are refused and change nothing")
{
	char text[LONG_TEXT];
	int err;

	memset(text, '1', sizeof(text));
	ASSERT_EQ(0, tag_write(self->path, BEFORE_TEXT));
	EXPECT_TRUE(refused(tag_write_bytes(self->path, text, 40)));
	EXPECT_TRUE(refused(tag_write_bytes(self->path, text, 300)));
	err = tag_write_bytes(self->path, text, sizeof(text));
	EXPECT_TRUE(refused(err) || err == -E2BIG)
		TH_LOG("%zu bytes: error %d", sizeof(text), err);
	EXPECT_EQ(BEFORE, tag_value(self->path));
}

TAG_TEST_F(file, takes_default,
	   "T1: default clears the own tag, with and without newline or blanks")
{
	static const char * const texts[] = {
		"default", "default\n", " default", "default \n", "\tdefault\t",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		ASSERT_EQ(0, tag_write(self->path, BEFORE_TEXT));
		EXPECT_EQ(0, tag_write(self->path, texts[i]))
			TH_LOG("writing '%s'", texts[i]);
		EXPECT_EQ(0, tag_value(self->path))
			TH_LOG("after '%s'", texts[i]);
	}
	EXPECT_EQ(0, tag_write(self->path, "default"));
	EXPECT_EQ(0, tag_value(self->path));
}

TAG_TEST_F(file, takes_many_writes, "T1: one open file takes one write after another")
{
	char text[16] = "";
	int fd;

	fd = open(self->path, O_RDWR | O_CLOEXEC);
	ASSERT_GE(fd, 0);
	EXPECT_EQ(2, write(fd, "21", 2));
	EXPECT_EQ(21, tag_value(self->path));
	EXPECT_EQ(3, write(fd, "-3\n", 3));
	EXPECT_EQ(-3, tag_value(self->path));
	EXPECT_EQ(-1, write(fd, "x", 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(3, pread(fd, text, sizeof(text) - 1, 0));
	EXPECT_STREQ("-3\n", text);
	close(fd);
}

TAG_TEST_F(file, refuses_bad_address,
	   "T1: a write from a bad address is EFAULT and changes nothing")
{
	void *unmapped;
	int fd;

	unmapped = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, unmapped);
	ASSERT_EQ(0, tag_write(self->path, BEFORE_TEXT));
	fd = open(self->path, O_WRONLY | O_CLOEXEC);
	ASSERT_GE(fd, 0);
	EXPECT_EQ(-1, syscall(SYS_write, fd, unmapped, 2));
	EXPECT_EQ(EFAULT, errno);
	close(fd);
	EXPECT_EQ(BEFORE, tag_value(self->path));
}

TAG_TEST_F(file, starts_untagged, "T1: who was never tagged reads 0")
{
	EXPECT_EQ(0, tag_value(self->path));
}

TEST_HARNESS_MAIN
