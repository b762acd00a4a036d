// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * The table of hooks, expanded from the list that the kernel expands too. A
 * hook of a kind that the library does not know does not compile here.
 */
#include "internal.h"

static const struct tagsched_hook hooks[] = {
#define BPF_SCHED_HOOK(RET, DEFAULT, KIND, NAME, ...) {			\
		.name = #NAME,						\
		.func = "bpf_sched_" #NAME,				\
		.proto = #RET " " #NAME "(" #__VA_ARGS__ ")",		\
		.kind = TAGSCHED_HOOK_##KIND,				\
	},
#include "linux/sched_hook_defs.h"
#undef BPF_SCHED_HOOK
};

size_t tagsched_hook__count(void)
{
	return sizeof(hooks) / sizeof(hooks[0]);
}

const struct tagsched_hook *tagsched_hook__at(size_t index)
{
	return index < tagsched_hook__count() ? &hooks[index] : NULL;
}

const struct tagsched_hook *tagsched_hook__find(const char *name)
{
	size_t i;

	for (i = 0; i < tagsched_hook__count(); i++) {
		if (!strcmp(hooks[i].name, name))
			return &hooks[i];
	}
	return NULL;
}
