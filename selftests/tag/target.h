/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Something to tag, for rules that hold for every kind of tag file.
 */
#ifndef _TAG_TARGET_H
#define _TAG_TARGET_H

#include <stdbool.h>
#include <sys/types.h>

#include "util.h"

enum target_kind { GROUP_FILE, GROUP_ALIAS, PROCESS_FILE, THREAD_FILE };

/**
 * struct target - a fresh group and a sleeping task, and one file of them
 * @base: parent of @group
 * @group: untagged group
 * @task: untagged task, in the root group
 * @path: the tag file of the kind that was asked for
 *
 * Owned by the test, from target_start() to target_stop().
 */
struct target {
	char base[TAG_PATH_MAX];
	char group[TAG_PATH_MAX];
	pid_t task;
	char path[2 * TAG_PATH_MAX];
};

/* Both return 0 or a negative errno. */
int target_start(struct target *target, enum target_kind kind);
int target_stop(struct target *target);

static inline bool target_is_group(enum target_kind kind)
{
	return kind == GROUP_FILE || kind == GROUP_ALIAS;
}

/* Variants of a fixture whose variant struct has a member "kind". */
#define TARGET_VARIANTS(fixture)					\
	FIXTURE_VARIANT_ADD(fixture, group_cpu_tag) { .kind = GROUP_FILE }; \
	FIXTURE_VARIANT_ADD(fixture, group_tag) { .kind = GROUP_ALIAS };	\
	FIXTURE_VARIANT_ADD(fixture, process) { .kind = PROCESS_FILE };	\
	FIXTURE_VARIANT_ADD(fixture, thread) { .kind = THREAD_FILE }

#endif /* _TAG_TARGET_H */
