// SPDX-License-Identifier: GPL-2.0-only
/* tag policy unload: remove the pins of a policy. */
#include <stdio.h>
#include <stdlib.h>

#include "tag.h"

enum { OPT_PIN_DIR = 256 };

struct arguments {
	const char *name;
	const char *pin_dir;
};

static const struct argp_option options[] = {
	{ "pin-dir", OPT_PIN_DIR, "DIR", 0, "Directory of pins; default " TAGSCHED_PIN_DIR, 1 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case OPT_PIN_DIR:
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

int cmd_policy_unload(int argc, char **argv)
{
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "NAME",
		.doc = "Unload a policy that 'tag policy load' loaded.",
		.children = global_children,
	};
	struct arguments args = { 0 };
	int removed;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	removed = tagsched_policy__unload(args.pin_dir, args.name);
	if (removed < 0)
		return fail_lib();
	if (settings.verbose)
		printf("%s: %d programs unpinned\n", args.name, removed);
	return EXIT_SUCCESS;
}
