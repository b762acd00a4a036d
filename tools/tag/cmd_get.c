// SPDX-License-Identifier: GPL-2.0-only
/* tag get: print effective tags. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#include "tag.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct targets *targets = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		target_add_pid(targets, arg, state);
		return 0;
	case ARGP_KEY_END:
		if (!targets->nr)
			argp_error(state, "whose tag? give a PID, -t TID or -g CGROUP");
		return 0;
	default:
		return target_option(key, arg, state, targets);
	}
}

/* One value stands alone, for scripts; several are named. */
static void print_text(const struct target *t, __s64 tag, bool named)
{
	if (named) {
		target_print(t);
		putchar('\t');
	}
	printf("%lld\n", (long long)tag);
}

static void add_json(cJSON *array, const struct target *t, __s64 tag)
{
	cJSON *item = cJSON_CreateObject();

	json_add_target(item, t);
	json_add_s64(item, "tag", tag);
	cJSON_AddItemToArray(array, item);
}

static int get_all(const struct targets *targets)
{
	cJSON *array = settings.json ? cJSON_CreateArray() : NULL;
	size_t i;
	__s64 tag;

	for (i = 0; i < targets->nr; i++) {
		const struct target *t = &targets->list[i];

		if (target_get(t, &tag)) {
			cJSON_Delete(array);
			return fail_lib();
		}
		if (settings.json)
			add_json(array, t, tag);
		else
			print_text(t, tag, targets->nr > 1);
	}
	return settings.json ? json_print_array("tags", array) : EXIT_SUCCESS;
}

int cmd_get(int argc, char **argv)
{
	const struct argp argp = {
		.options = target_options,
		.parser = parse,
		.args_doc = "[PID...]",
		.doc = "Print the effective tags of processes, threads and control groups.\v"
		       "The effective tag is the own tag if there is one, else that of the nearest tagged group above, else 0.",
		.children = global_children,
	};
	struct targets targets = { 0 };
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &targets);
	status = get_all(&targets);
	targets_free(&targets);
	return status;
}
