/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's kselftest harness, with sentences for names, and skeletons. */
#ifndef HARNESS_H
#define HARNESS_H

#include "hook.h"
#include "kselftest_harness.h"

/*
 * Long enough for the debug kernel in an emulator on a busy machine: it ends a
 * test that hangs and decides nothing else.
 */
#define HOOK_GUARD_SECONDS	800

/**
 * PROVE() - a TEST() with a sentence for its name
 * @id:   C identifier, unique in the file
 * @text: what the test proves, with the number of the promise in brackets
 */
#define PROVE(id, text)							\
	static struct __test_metadata _##id##_object;			\
	static void __attribute__((constructor)) _prove_##id(void)	\
	{								\
		_##id##_object.name = text;				\
		_##id##_object.timeout = HOOK_GUARD_SECONDS;		\
	}								\
	TEST(id)

/* PROVE_F() - the same for TEST_F() */
#define PROVE_F(fixture_name, id, text)					\
	static struct __test_metadata _##fixture_name##_##id##_object;	\
	static void __attribute__((constructor))			\
		_prove_##fixture_name##_##id(void)			\
	{								\
		_##fixture_name##_##id##_object.name = text;		\
		_##fixture_name##_##id##_object.timeout =		\
			HOOK_GUARD_SECONDS;				\
	}								\
	TEST_F(fixture_name, id)

/**
 * HOOK_SKELETON() - define load(), which opens, prepares and loads a skeleton
 * @name: as given to bpftool gen skeleton
 *
 * load() returns NULL on failure; libbpf has then printed why.
 */
#define HOOK_SKELETON(name)						\
	static struct name *load(void)					\
	{								\
		struct name *skel = name##__open();			\
									\
		if (!skel)						\
			return NULL;					\
		if (hook_prepare(skel->obj) || name##__load(skel)) {	\
			name##__destroy(skel);				\
			return NULL;					\
		}							\
		return skel;						\
	}

#endif /* HARNESS_H */
