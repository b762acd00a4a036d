/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of policies have in common; for kselftest_harness.h. */
#ifndef POLICIES_H
#define POLICIES_H

#include <stdbool.h>

#include "run.h"

#define QUIET		OBJECTS "/quiet.bpf.o"
#define STAY		OBJECTS "/stay.bpf.o"
#define STARVE		OBJECTS "/starve.bpf.o"
#define TUNED		OBJECTS "/tuned.bpf.o"
#define UNTOUCHED	OBJECTS "/untouched.bpf.o"
#define WRONG		OBJECTS "/wrong.bpf.o"

/* Unloads all policies, and waits until no sched link is left; whether that is so. */
bool no_policies(struct result *r);

/* Runs a command that must succeed, and says so if it does not. */
#define RUN_OK(...) do {						\
	run(&self->r, __VA_ARGS__);					\
	ASSERT_EQ(0, self->r.status) {					\
		TH_LOG("%s", self->r.text);				\
	}								\
} while (0)

/* Runs a command that must fail with one line, which has a text in it. */
#define RUN_FAILS(TEXT, ...) do {					\
	run(&self->r, __VA_ARGS__);					\
	EXPECT_EQ(1, self->r.status);					\
	EXPECT_NE(NULL, strstr(self->r.text, TEXT)) {			\
		TH_LOG("%s", self->r.text);				\
	}								\
	EXPECT_EQ(self->r.text + strlen(self->r.text) - 1,		\
		  strchr(self->r.text, '\n'));				\
} while (0)

#define EXPECT_SAYS(TEXT)						\
	EXPECT_NE(NULL, strstr(self->r.text, TEXT)) {			\
		TH_LOG("%s", self->r.text);				\
	}

/* A line of 'tag policy show': its first word and the rest. */
#define EXPECT_LINE(KEY, VALUE) do {					\
	char line_[160];						\
									\
	snprintf(line_, sizeof(line_), "%-10s  %s\n", KEY, VALUE);	\
	EXPECT_SAYS(line_);						\
} while (0)

#endif /* POLICIES_H */
