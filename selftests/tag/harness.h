/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's kselftest harness, with test descriptions that are sentences:
 * each names the promise of design.md that the test proves ("T2: ...").
 */
#ifndef _TAG_HARNESS_H
#define _TAG_HARNESS_H

#include "kselftest_harness.h"

/* Emulated debug kernels are slow: only a hang may run into this. Seconds. */
#define TAG_TIMEOUT	900

#define __TAG_DESCRIBE(object, text)					\
	static struct __test_metadata object;				\
	static void __attribute__((constructor)) object##_describe(void) \
	{								\
		object.name = text;					\
	}

/**
 * TAG_TEST() - a test without a fixture, with its own timeout and description
 * @test_name: C name of the test
 * @text: description that the TAP line shows
 */
#define TAG_TEST(test_name, text)					\
	__TAG_DESCRIBE(_##test_name##_object, text)			\
	static void __attribute__((constructor)) _timeout_##test_name(void) \
	{								\
		_##test_name##_object.timeout = TAG_TIMEOUT;		\
	}								\
	TEST(test_name)

/**
 * TAG_TEST_F() - a test of a fixture, with its own timeout and description
 * @fixture_name: name of the fixture
 * @test_name: C name of the test
 * @text: description that the TAP line shows
 */
#define TAG_TEST_F(fixture_name, test_name, text)			\
	__TAG_DESCRIBE(_##fixture_name##_##test_name##_object, text)	\
	TEST_F_TIMEOUT(fixture_name, test_name, TAG_TIMEOUT)

#endif /* _TAG_HARNESS_H */
