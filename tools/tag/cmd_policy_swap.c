// SPDX-License-Identifier: GPL-2.0-only
/* tag policy swap: let another policy take the place of one that is loaded. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#include "tag.h"

struct arguments {
	const char *name;
	const char *file;
	const char *signature;
	const char *pin_dir;
};

static const struct argp_option options[] = {
	POLICY_SIGNATURE_OPTION,
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
	case POLICY_OPT_SIGNATURE:
		args->signature = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (!args->name)
			args->name = arg;
		else if (!args->file)
			args->file = arg;
		else
			argp_error(state, "one policy and one file at a time");
		return 0;
	case ARGP_KEY_END:
		if (!args->name)
			argp_error(state, "which policy? 'tag policy ls' lists their names");
		if (!args->file)
			argp_error(state, "which file? give a BPF object file");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int swap(struct tagsched_policy *policy, const struct arguments *args)
{
	TAGSCHED_OPTS(tagsched_swap_opts, opts, .signature_file = args->signature);
	struct policy_view old;
	int status;

	/* Before the verifier has its say: is there anything to swap? */
	status = policy_view_find(&old, args->pin_dir, args->name);
	if (!status)
		status = policy_load(policy);
	if (status)
		return status;
	if (tagsched_policy__swap(policy, args->pin_dir, &opts))
		return fail_lib();
	return policy_print(tagsched_policy__link_fd(policy), args->pin_dir);
}

int cmd_policy_swap(int argc, char **argv)
{
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "NAME FILE",
		.doc = "Let the policy in a BPF object file take the place of a policy that is loaded.\v"
		       "It gets the name, tag, priority and pin of the old one. Each scheduling decision is made by the old or the new, none by plain CFS in between. Tunables are those of the new one, with the values of its file. Needs CAP_BPF, CAP_PERFMON and CAP_SYS_NICE.",
		.children = global_children,
	};
	TAGSCHED_OPTS(tagsched_policy_opts, opts);
	struct arguments args = { 0 };
	struct tagsched_policy *policy;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	opts.name = args.name;
	policy = tagsched_policy__open(args.file, &opts);
	if (!policy)
		return fail_lib();
	status = swap(policy, &args);
	tagsched_policy__destroy(policy);
	return status;
}
