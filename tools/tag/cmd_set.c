// SPDX-License-Identifier: GPL-2.0-only
/* tag set, tag clear: give own tags, drop own tags. */
#include <stdlib.h>

#include "tag.h"

struct arguments {
	const char *value;	/* NULL until it is seen */
	struct targets targets;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		if (!args->value)
			args->value = arg;
		else
			target_add_pid(&args->targets, arg, state);
		return 0;
	case ARGP_KEY_END:
		if (!args->value)
			argp_error(state, "which tag? give an integer or 'default'");
		if (!args->targets.nr)
			argp_error(state, "whose tag? give a PID, -t TID or -g CGROUP");
		return 0;
	default:
		return target_option(key, arg, state, &args->targets);
	}
}

static int change(const struct argp *argp, int argc, char **argv, const char *text)
{
	struct arguments args = { .value = text };
	struct value value;
	int status;

	argp_parse(argp, argc, argv, 0, NULL, &args);
	status = value_parse(args.value, &value);
	if (!status)
		status = change_tags(&args.targets, &value);
	targets_free(&args.targets);
	return status;
}

int cmd_set(int argc, char **argv)
{
	const struct argp argp = {
		.options = target_options,
		.parser = parse,
		.args_doc = "VALUE [PID...]",
		.doc = "Give processes, threads and control groups a tag of their own.\v"
		       "VALUE is a 64-bit signed integer in base 10, or with prefix 0x or 0, or the word 'default', which drops the own tag. Needs CAP_SYS_NICE.",
		.children = global_children,
	};
	const char *text;

	/* First: it changes argc. */
	text = take_negative(&argc, argv, "ptg");
	return change(&argp, argc, argv, text);
}

int cmd_clear(int argc, char **argv)
{
	const struct argp argp = {
		.options = target_options,
		.parser = parse,
		.args_doc = "[PID...]",
		.doc = "Drop the own tags of processes, threads and control groups.\v"
		       "The tag of the group, or of the group above, is in effect again. Needs CAP_SYS_NICE.",
		.children = global_children,
	};

	return change(&argp, argc, argv, "default");
}
