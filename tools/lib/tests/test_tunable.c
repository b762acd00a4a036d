// SPDX-License-Identifier: GPL-2.0-only
/* Tunables from text and back, by the types of an object file. */
#include <bpf/btf.h>
#include <kselftest_harness.h>

#include "../internal.h"

FIXTURE(tunable) {
	struct btf *btf;
	__u64 value;
};

FIXTURE_SETUP(tunable)
{
	self->btf = btf__parse(POLICY, NULL);
	ASSERT_NE(NULL, self->btf);
}

FIXTURE_TEARDOWN(tunable)
{
	btf__free(self->btf);
}

static int type_of(const struct btf *btf, const char *name)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_VAR);

	return id < 0 ? id : (int)btf__type_by_id(btf, id)->type;
}

#define PARSE(NAME, TEXT) \
	ts_tunable_parse(self->btf, type_of(self->btf, NAME), NAME, TEXT, &self->value)

static const char *format(const struct btf *btf, const char *name, __u64 value)
{
	static char buf[64];

	ts_tunable_format(btf, type_of(btf, name), value, buf, sizeof(buf));
	return buf;
}

static const char *describe(const struct btf *btf, const char *name)
{
	static struct tagsched_tunable t;

	ts_tunable_describe(btf, type_of(btf, name), &t);
	return t.type;
}

TEST_F(tunable, types_have_words)
{
	EXPECT_STREQ("s8", describe(self->btf, "tiny"));
	EXPECT_STREQ("u8", describe(self->btf, "octet"));
	EXPECT_STREQ("s16", describe(self->btf, "small"));
	EXPECT_STREQ("u16", describe(self->btf, "word"));
	EXPECT_STREQ("s32", describe(self->btf, "number"));
	/* volatile, and a typedef of a typedef */
	EXPECT_STREQ("u32", describe(self->btf, "quantum_ms"));
	EXPECT_STREQ("s64", describe(self->btf, "large"));
	EXPECT_STREQ("u64", describe(self->btf, "huge"));
	EXPECT_STREQ("bool", describe(self->btf, "on"));
	EXPECT_STREQ("enum mode", describe(self->btf, "mode"));
	EXPECT_STREQ("other", describe(self->btf, "text"));
	EXPECT_STREQ("other", describe(self->btf, "pair"));
}

struct bounds {
	const char *name, *min, *max, *below, *above;
	__u64 min_value, max_value;
};

static const struct bounds bounds[] = {
	{ "tiny", "-128", "127", "-129", "128", -128, 127 },
	{ "octet", "0", "255", "-1", "256", 0, 255 },
	{ "small", "-32768", "32767", "-32769", "32768", -32768, 32767 },
	{ "word", "0", "65535", "-1", "65536", 0, 65535 },
	{ "number", "-2147483648", "2147483647", "-2147483649", "2147483648", INT_MIN, INT_MAX },
	{ "quantum_ms", "0", "4294967295", "-1", "4294967296", 0, UINT_MAX },
	{ "large", "-9223372036854775808", "9223372036854775807", "-9223372036854775809",
	  "9223372036854775808", INT64_MIN, INT64_MAX },
	{ "huge", "0", "18446744073709551615", "-1", "18446744073709551616", 0, UINT64_MAX },
};

TEST_F(tunable, integers_to_their_bounds_and_no_further)
{
	size_t i;

	for (i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
		const struct bounds *b = &bounds[i];

		EXPECT_EQ(0, PARSE(b->name, b->min));
		EXPECT_EQ(b->min_value, self->value);
		EXPECT_STREQ(b->min, format(self->btf, b->name, self->value));
		EXPECT_EQ(0, PARSE(b->name, b->max));
		EXPECT_EQ(b->max_value, self->value);
		EXPECT_STREQ(b->max, format(self->btf, b->name, self->value));
		EXPECT_EQ(-ERANGE, PARSE(b->name, b->below)) {
			TH_LOG("%s %s", b->name, b->below);
		}
		EXPECT_EQ(-ERANGE, PARSE(b->name, b->above)) {
			TH_LOG("%s %s", b->name, b->above);
		}
		/* who is meant, what it takes */
		EXPECT_EQ(0, strncmp(tagsched_last_error(), b->name, strlen(b->name)));
		EXPECT_NE(NULL, strstr(tagsched_last_error(), b->max));
	}
}

TEST_F(tunable, values_are_cut_to_the_size)
{
	EXPECT_STREQ("-1", format(self->btf, "tiny", 0xff));
	EXPECT_STREQ("255", format(self->btf, "octet", 0xff));
	EXPECT_STREQ("-1", format(self->btf, "number", 0xffffffff));
}

TEST_F(tunable, other_bases)
{
	EXPECT_EQ(0, PARSE("octet", "0x10"));
	EXPECT_EQ(16, self->value);
	EXPECT_EQ(0, PARSE("number", "-0x10"));
	EXPECT_EQ((__u64)-16, self->value);
	EXPECT_EQ(0, PARSE("word", "010"));
	EXPECT_EQ(8, self->value);
}

TEST_F(tunable, must_fail_for_what_is_no_integer)
{
	static const char * const texts[] = { "", "x", "1x", "1 2", "1.5", "true", "0x", "--1" };
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		EXPECT_EQ(-EINVAL, PARSE("number", texts[i]));
		EXPECT_EQ(-EINVAL, PARSE("huge", texts[i]));
		EXPECT_NE(NULL, strstr(tagsched_last_error(), "is not an integer"));
	}
}

TEST_F(tunable, bools_are_true_or_false)
{
	EXPECT_EQ(0, PARSE("on", "true"));
	EXPECT_EQ(1, self->value);
	EXPECT_STREQ("true", format(self->btf, "on", 1));
	EXPECT_EQ(0, PARSE("on", "0"));
	EXPECT_EQ(0, self->value);
	EXPECT_STREQ("false", format(self->btf, "on", 0));
	EXPECT_EQ(-EINVAL, PARSE("on", "2"));
	EXPECT_EQ(-EINVAL, PARSE("on", ""));
	EXPECT_EQ(-EINVAL, PARSE("on", "True"));
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "neither true nor false"));
}

TEST_F(tunable, enums_by_name_and_by_number)
{
	EXPECT_EQ(0, PARSE("mode", "MODE_ON"));
	EXPECT_EQ(1, self->value);
	EXPECT_EQ(0, PARSE("mode", "7"));
	EXPECT_EQ(7, self->value);
	EXPECT_STREQ("MODE_AUTO", format(self->btf, "mode", 7));
	EXPECT_EQ(0, PARSE("mode", "-2"));
	EXPECT_STREQ("MODE_BACK", format(self->btf, "mode", (__u32)-2));
	/* a value that has no name */
	EXPECT_STREQ("3", format(self->btf, "mode", 3));
	EXPECT_EQ(-EINVAL, PARSE("mode", "3"));
	EXPECT_EQ(-EINVAL, PARSE("mode", "mode_on"));
	EXPECT_EQ(-EINVAL, PARSE("mode", ""));
	EXPECT_NE(NULL, strstr(tagsched_last_error(),
			       "MODE_OFF, MODE_ON, MODE_AUTO, MODE_BACK"));
}

TEST_F(tunable, must_fail_for_arrays_and_structs)
{
	EXPECT_EQ(-EINVAL, PARSE("text", "1"));
	EXPECT_EQ(-EINVAL, PARSE("pair", "1"));
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "cannot be set by name"));
	EXPECT_STREQ("", format(self->btf, "pair", 1));
}

TEST_HARNESS_MAIN
