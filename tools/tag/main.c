// SPDX-License-Identifier: GPL-2.0-only
/* tag: the first level of commands, and the only place that prints errors. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "tag.h"

static const struct command commands[] = {
	{ "get", cmd_get },
	{ "set", cmd_set },
	{ "clear", cmd_clear },
	{ "run", cmd_run },
	{ "ls", cmd_ls },
	{ "policy", cmd_policy },
	{ "rules", cmd_rules },
	{ "enclave", cmd_enclave },
	{ "agent", cmd_agent },
	{ "why", cmd_why },
	{ NULL, NULL },
};

static const char doc[] =
	"Show and set scheduling tags, load scheduling policies, delegate tasks to agents.\v"
	"Commands:\n"
	"  get PID...               print tags\n"
	"  set VALUE PID...         set tags\n"
	"  clear PID...             drop own tags: the group's tag is in effect again\n"
	"  run VALUE -- COMMAND...  run a command with a tag\n"
	"  ls                       list tagged groups and tasks\n"
	"  why PID...               print where a tag comes from, and what was decided\n"
	"  policy load FILE         load and attach a policy, pinned until unloaded\n"
	"  policy ls                list policies\n"
	"  policy show NAME         print all there is to know of a policy\n"
	"  policy stats [NAME]      print counters, once or again and again\n"
	"  policy set NAME VAR=...  change tunables of a policy while it runs\n"
	"  policy swap NAME FILE    let another policy take its place, without a gap\n"
	"  policy unload NAME       unload a policy\n"
	"  rules apply FILE         give tags to processes by user, group and program\n"
	"  rules check FILE         check rules, and print what they match\n"
	"  enclave ls               list enclaves, in which agents schedule tasks\n"
	"  enclave create           make an enclave and print its number\n"
	"  enclave bind ID VALUE    delegate the tasks with a tag to an enclave\n"
	"  enclave destroy ID...    destroy enclaves; their tasks go on under CFS\n"
	"  agent                    list agents, and how they fare\n"
	"\n"
	"get, set and clear take processes (PID or -p PID), threads (-t TID) and\n"
	"control groups (-g CGROUP). 'tag COMMAND --help' says more.";

static void print_version(FILE *stream, struct argp_state *state)
{
	(void)state;
	fprintf(stream, "tag from tagsched %s\n", tagsched_version());
}

void (*argp_program_version_hook)(FILE *stream, struct argp_state *state) = print_version;

/* A full disk or a closed pipe is an error too. */
static int close_stdout(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	if (errno != EPIPE)
		fail("standard output: cannot write: %m");
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	struct argp argp = {
		.parser = parse_command,
		.args_doc = "COMMAND [ARG...]",
		.doc = doc,
		.children = global_children,
	};
	struct command_parser parser = { .index = argc };
	char name[] = "tag";
	int status;

	argp_err_exit_status = EXIT_FAILURE;
	argv[0] = name;
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &parser);

	log_init();
	status = dispatch("tag", commands, argc - parser.index, argv + parser.index);
	status = close_stdout(status);
	if (status && *failure())
		fprintf(stderr, "tag: %s\n", failure());
	return status;
}
