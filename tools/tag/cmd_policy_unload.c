// SPDX-License-Identifier: GPL-2.0-only
/* tag policy unload: detach a policy and remove its pin. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#include "tag.h"

struct arguments {
	const char *name;
	const char *pin_dir;
};

static const struct argp_option options[] = {
	POLICY_PIN_DIR_OPTION,
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case POLICY_OPT_PIN_DIR:
		args->pin_dir = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (args->name)
			argp_error(state, "one policy at a time");
		args->name = arg;
		return 0;
	case ARGP_KEY_END:
		if (!args->name)
			argp_error(state, "which policy? 'tag policy ls' lists their names");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int print_json(const char *name, int programs)
{
	cJSON *root = cJSON_CreateObject();

	cJSON_AddStringToObject(root, "policy", name);
	json_add_s64(root, "programs", programs);
	return json_print(root);
}

int cmd_policy_unload(int argc, char **argv)
{
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "NAME",
		.doc = "Detach a policy that 'tag policy load' loaded, and remove its pin.\v"
		       "None of its programs is asked any more. What is left of a policy that was ejected goes too.",
		.children = global_children,
	};
	struct arguments args = { 0 };
	int removed;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	removed = tagsched_policy__unload(args.pin_dir, args.name);
	if (removed < 0)
		return fail_lib();
	if (settings.json)
		return print_json(args.name, removed);
	if (settings.verbose)
		printf("%s: %d programs unloaded\n", args.name, removed);
	return EXIT_SUCCESS;
}
