/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's kselftest harness, with sentences for names. */
#ifndef HARNESS_H
#define HARNESS_H

#include "ghost.h"
#include "kselftest_harness.h"

/* Ends a test that hangs, and decides nothing else. */
#define TEST_SECONDS	600

/**
 * PROVE() - a TEST() with a sentence for its name
 * @id:   C identifier, unique in the file
 * @text: what the test proves, with the row of the checklist in brackets
 */
#define PROVE(id, text)							\
	static struct __test_metadata _##id##_object;			\
	static void __attribute__((constructor)) _prove_##id(void)	\
	{								\
		_##id##_object.name = text;				\
		_##id##_object.timeout = TEST_SECONDS;			\
	}								\
	TEST(id)

/* PROVE_F() - the same for TEST_F() */
#define PROVE_F(fixture_name, id, text)					\
	static struct __test_metadata _##fixture_name##_##id##_object;	\
	static void __attribute__((constructor))			\
		_prove_##fixture_name##_##id(void)			\
	{								\
		_##fixture_name##_##id##_object.name = text;		\
		_##fixture_name##_##id##_object.timeout = TEST_SECONDS;	\
	}								\
	TEST_F(fixture_name, id)

#endif /* HARNESS_H */
