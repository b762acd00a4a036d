// SPDX-License-Identifier: GPL-2.0-only
/* Which of act three's promises is said to be broken. */
#include <kselftest_harness.h>

#include "phases.h"

FIXTURE(phases) {
	struct phases p;
};

FIXTURE_SETUP(phases)
{
	self->p = (struct phases) {
		.threads = 4,
		.seconds = 4,
		.due = 1600,
		.phase = {
			[PHASE_BEFORE] = { .served = 1600, .least = 400, .enclaves = 1 },
			[PHASE_DELEGATED] = {
				.served = 1500, .least = 300, .policy = POLICY_DELEGATED, .enclaves = 2,
			},
			[PHASE_AFTER] = { .served = 1600, .least = 400, .enclaves = 1 },
		},
	};
}

FIXTURE_TEARDOWN(phases)
{
}

TEST_F(phases, all_kept)
{
	EXPECT_EQ(NULL, phases_verdict(&self->p));
}

TEST_F(phases, a_thread_that_stands_still)
{
	int i;

	for (i = 0; i < NR_PHASES; i++) {
		struct phases p = self->p;

		p.phase[i].least = 0;
		EXPECT_STREQ("each thread serves requests in each phase", phases_verdict(&p));
	}
}

TEST_F(phases, policies)
{
	struct phases p = self->p;

	p.phase[PHASE_DELEGATED].policy = POLICY_MIXED;
	EXPECT_STREQ("all threads have policy 18 while delegated", phases_verdict(&p));
	p = self->p;
	p.phase[PHASE_DELEGATED].policy = POLICY_NORMAL;
	EXPECT_STREQ("all threads have policy 18 while delegated", phases_verdict(&p));
	p = self->p;
	p.phase[PHASE_AFTER].policy = POLICY_DELEGATED;
	EXPECT_STREQ("all threads have policy 0 afterwards", phases_verdict(&p));
	p = self->p;
	p.phase[PHASE_BEFORE].policy = POLICY_DELEGATED;
	EXPECT_STREQ("all threads have policy 0 before", phases_verdict(&p));
}

TEST_F(phases, enclaves)
{
	self->p.phase[PHASE_AFTER].enclaves = 2;
	EXPECT_STREQ("the enclave is gone afterwards", phases_verdict(&self->p));
	self->p.phase[PHASE_DELEGATED].enclaves = 1;
	EXPECT_STREQ("there is an enclave while delegated", phases_verdict(&self->p));
}

TEST_HARNESS_MAIN
