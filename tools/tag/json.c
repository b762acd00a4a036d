// SPDX-License-Identifier: GPL-2.0-only
/* JSON output. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#include "tag.h"

void json_add_s64(struct cJSON *object, const char *name, __s64 value)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", (long long)value);
	cJSON_AddRawToObject(object, name, text);
}

void json_add_u64(struct cJSON *object, const char *name, __u64 value)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	cJSON_AddRawToObject(object, name, text);
}

void json_add_target(struct cJSON *object, const struct target *t)
{
	if (t->kind == TARGET_CGROUP)
		cJSON_AddStringToObject(object, "cgroup", t->cgroup);
	else
		json_add_s64(object, t->kind == TARGET_PID ? "pid" : "tid", t->id);
}

static int print(struct cJSON *root, char *text)
{
	cJSON_Delete(root);
	if (!text)
		return fail("JSON: out of memory");
	puts(text);
	cJSON_free(text);
	return EXIT_SUCCESS;
}

int json_print(struct cJSON *root)
{
	return print(root, cJSON_Print(root));
}

int json_print_line(struct cJSON *root)
{
	return print(root, cJSON_PrintUnformatted(root));
}

int json_print_array(const char *name, struct cJSON *array)
{
	cJSON *root = cJSON_CreateObject();

	cJSON_AddItemToObject(root, name, array);
	return json_print(root);
}
