/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's kselftest harness, with sentences for names. */
#ifndef HARNESS_H
#define HARNESS_H

#include "agent.h"
#include "kselftest_harness.h"

/* It ends a test that hangs and decides nothing else. */
#define GUARD_SECONDS	1700

/* What a test says is seen before it ends, however that is. */
static void __attribute__((constructor)) say_at_once(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
}

/**
 * PROVE() - a TEST() with a sentence for its name
 * @id:   C identifier, unique in the file
 * @text: what the test proves
 */
#define PROVE(id, text)							\
	static struct __test_metadata _##id##_object;			\
	static void __attribute__((constructor)) _prove_##id(void)	\
	{								\
		_##id##_object.name = text;				\
		_##id##_object.timeout = GUARD_SECONDS;			\
	}								\
	TEST(id)

/* PROVE_F() - the same for TEST_F() */
#define PROVE_F(fixture_name, id, text)					\
	static struct __test_metadata _##fixture_name##_##id##_object;	\
	static void __attribute__((constructor))			\
		_prove_##fixture_name##_##id(void)			\
	{								\
		_##fixture_name##_##id##_object.name = text;		\
		_##fixture_name##_##id##_object.timeout = GUARD_SECONDS; \
	}								\
	TEST_F(fixture_name, id)

#endif /* HARNESS_H */
