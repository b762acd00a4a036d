// SPDX-License-Identifier: GPL-2.0-only
/* An unknown hook through libtagsched: a person reads which one it is. */
#include <errno.h>
#include <tagsched.h>

#include "harness.h"
#include "nonsense.skel.h"

PROVE(unknown_section, "SEC(\"sched/nonsense\") is refused by the library with a line that names it")
{
	TAGSCHED_OPTS(tagsched_policy_opts, opts, .name = "nonsense");
	struct tagsched_policy *policy;
	const void *elf;
	size_t size;

	elf = nonsense_bpf__elf_bytes(&size);
	policy = tagsched_policy__open_mem(elf, size, &opts);
	EXPECT_EQ(-ENOENT, policy ? tagsched_policy__load(policy) : -errno);
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "nonsense")) {
		TH_LOG("last error: \"%s\"", tagsched_last_error());
	}
	tagsched_policy__destroy(policy);
	EXPECT_EQ(-ENOENT, tagsched_hook__btf_id("nonsense"));
	EXPECT_EQ(NULL, tagsched_hook__find("nonsense"));
}

TEST_HARNESS_MAIN
