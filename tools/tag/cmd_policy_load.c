// SPDX-License-Identifier: GPL-2.0-only
/* tag policy load: load, attach and pin a policy. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "tag.h"

struct arguments {
	const char *file;
	const char *name;
	const char *pin_dir;
	struct tagsched_attach_opts *how;
};

enum { OPT_NAME = 256, OPT_TAG, OPT_PRIORITY };

static const struct argp_option options[] = {
	{ "name", OPT_NAME, "NAME", 0,
	  "Policy's name; default is what the file calls it, else the file's name up to the first dot",
	  1 },
	{ "tag", OPT_TAG, "VALUE", 0,
	  "Ask the policy about tasks with this tag only, or about 'all'; default is the tag that it claims, else all",
	  1 },
	{ "priority", OPT_PRIORITY, "N", 0,
	  "Let it stand beside other policies for the same tag and hook, asked before those with a lower priority",
	  1 },
	POLICY_SIGNATURE_OPTION,
	POLICY_PIN_DIR_OPTION,
	{ 0 }
};

static __s32 parse_priority(const char *text, struct argp_state *state)
{
	const char *digits = text + (*text == '-');
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (!isdigit((unsigned char)*digits) || *end || errno || value < INT_MIN || value > INT_MAX)
		argp_error(state, "--priority: '%s' is not a number from %d to %d", text, INT_MIN,
			   INT_MAX);
	return value;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case OPT_NAME:
		args->name = arg;
		return 0;
	case OPT_TAG:
		policy_parse_scope(args->how, arg, state);
		return 0;
	case OPT_PRIORITY:
		args->how->ranked = true;
		args->how->priority = parse_priority(arg, state);
		return 0;
	case POLICY_OPT_SIGNATURE:
		args->how->signature_file = arg;
		return 0;
	case POLICY_OPT_PIN_DIR:
		args->pin_dir = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (args->file)
			argp_error(state, "one file at a time");
		args->file = arg;
		return 0;
	case ARGP_KEY_END:
		if (!args->file)
			argp_error(state, "which file? give a BPF object file");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int load(struct tagsched_policy *policy, const struct arguments *args)
{
	int status;

	if (tagsched_kernel__check(TAGSCHED_FEAT_BPF) ||
	    tagsched_policy__check_pin(policy, args->pin_dir))
		return fail_lib();
	status = policy_load(policy);
	if (status)
		return status;
	if (tagsched_policy__attach(policy, args->how))
		return fail_lib();
	if (tagsched_policy__pin(policy, args->pin_dir))
		return fail_lib();
	return policy_print(tagsched_policy__link_fd(policy), args->pin_dir);
}

int cmd_policy_load(int argc, char **argv)
{
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "FILE",
		.doc = "Load the programs of a BPF object file, attach them to their hooks as one policy, and pin that.\v"
		       "It stays until 'tag policy unload NAME'. A policy that answers the same hook for the same tag as another is refused, unless --priority says who of them is asked first. Needs CAP_BPF, CAP_PERFMON and CAP_SYS_NICE.",
		.children = global_children,
	};
	TAGSCHED_OPTS(tagsched_policy_opts, opts);
	TAGSCHED_OPTS(tagsched_attach_opts, how);
	struct arguments args = { .how = &how };
	struct tagsched_policy *policy;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	opts.name = args.name;
	policy = tagsched_policy__open(args.file, &opts);
	if (!policy)
		return fail_lib();
	status = load(policy, &args);
	tagsched_policy__destroy(policy);
	return status;
}
