// SPDX-License-Identifier: GPL-2.0-only
/* tag policy unload: detach a policy and remove its pin. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#include "tag.h"

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
		.options = policy_name_options,
		.parser = policy_parse_name,
		.args_doc = "NAME",
		.doc = "Detach a policy that 'tag policy load' loaded, and remove its pin.\v"
		       "None of its programs is asked any more. What is left of a policy that was ejected goes too.",
		.children = global_children,
	};
	struct policy_name args = { 0 };
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
