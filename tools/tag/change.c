// SPDX-License-Identifier: GPL-2.0-only
/* Changing tags, and printing old and new. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#include "tag.h"

static void print_text(const struct target *t, const char *when, __s64 tag)
{
	target_print(t);
	printf("'s %s tag: %lld\n", when, (long long)tag);
}

static void add_json(cJSON *array, const struct target *t, __s64 old, __s64 new)
{
	cJSON *item = cJSON_CreateObject();

	json_add_target(item, t);
	json_add_s64(item, "old_tag", old);
	json_add_s64(item, "tag", new);
	cJSON_AddItemToArray(array, item);
}

/* The new tag is read back: a cleared one depends on the group. */
static int change_one(const struct target *t, const struct value *value, cJSON *array)
{
	bool show = settings.verbose || settings.json;
	__s64 old, new;

	if (show && target_get(t, &old))
		return fail_lib();
	if (target_set(t, value))
		return fail_lib();
	if (!show)
		return 0;
	if (target_get(t, &new))
		return fail_lib();
	if (settings.json) {
		add_json(array, t, old, new);
	} else {
		print_text(t, "current", old);
		print_text(t, "new", new);
	}
	return 0;
}

int change_tags(const struct targets *targets, const struct value *value)
{
	cJSON *array = settings.json ? cJSON_CreateArray() : NULL;
	size_t i;

	for (i = 0; i < targets->nr; i++) {
		if (change_one(&targets->list[i], value, array)) {
			cJSON_Delete(array);
			return EXIT_FAILURE;
		}
	}
	return settings.json ? json_print_array("tags", array) : EXIT_SUCCESS;
}
