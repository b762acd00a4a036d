// SPDX-License-Identifier: GPL-2.0-only
/* tag policy: the level of commands about policies. */
#include "tag.h"

static const struct command commands[] = {
	{ "load", cmd_policy_load },
	{ "ls", cmd_policy_ls },
	{ "show", cmd_policy_show },
	{ "stats", cmd_policy_stats },
	{ "set", cmd_policy_set },
	{ "sign", cmd_policy_sign },
	{ "swap", cmd_policy_swap },
	{ "unload", cmd_policy_unload },
	{ NULL, NULL },
};

int cmd_policy(int argc, char **argv)
{
	const struct argp argp = {
		.parser = parse_command,
		.args_doc = "COMMAND [ARG...]",
		.doc = "Sign, load, look at, tune, swap and unload BPF scheduling policies.\v"
		       "Commands:\n"
		       "  load FILE             load and attach a policy, pinned until unloaded\n"
		       "  ls                    list policies\n"
		       "  show NAME             print all there is to know of a policy\n"
		       "  stats [NAME]          print counters, once or again and again\n"
		       "  set NAME VAR=VALUE... change tunables of a policy while it runs\n"
		       "  sign FILE             sign a policy for kernels that want that\n"
		       "  swap NAME FILE        let another policy take its place, without a gap\n"
		       "  unload NAME           unload a policy",
		.children = global_children,
	};
	struct command_parser parser = { .index = argc };

	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &parser);
	return dispatch("tag policy", commands, argc - parser.index, argv + parser.index);
}
