// SPDX-License-Identifier: GPL-2.0-only
/* tag run: a command with a tag. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tag.h"

struct arguments {
	const char *value;
	int command;	/* index in argv, 0 until it is seen */
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		if (!args->value) {
			args->value = arg;
		} else {
			/* The rest belongs to the command. */
			args->command = state->next - 1;
			state->next = state->argc;
		}
		return 0;
	case ARGP_KEY_END:
		if (!args->value)
			argp_error(state, "which tag? give an integer or 'default'");
		if (!args->command)
			argp_error(state, "which command?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* As the shell and util-linux have it: 127 not found, 126 found and not run. */
static int exec_failed(const char *command)
{
	int err = errno;

	if (err == ENOENT) {
		fail("%s: command not found; check its name and PATH", command);
		return EXIT_NOT_FOUND;
	}
	fail("%s: cannot run: %s%s", command, strerror(err),
	     err == EACCES ? "; is it executable?" : "");
	return EXIT_NOT_EXECUTABLE;
}

int cmd_run(int argc, char **argv)
{
	const struct argp argp = {
		.parser = parse,
		.args_doc = "VALUE [--] COMMAND [ARG...]",
		.doc = "Run a command with a tag of its own, which its children inherit.\v"
		       "Exit status: the command's; 127 if it is not found, 126 if it cannot be run, 1 for any other failure. Needs CAP_SYS_NICE.",
		.children = global_children,
	};
	struct target self = { .kind = TARGET_PID };
	struct targets targets = { .list = &self, .nr = 1 };
	struct arguments args = { 0 };
	struct value value;

	args.value = take_negative(&argc, argv, "");
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &args);
	if (value_parse(args.value, &value))
		return EXIT_FAILURE;
	self.id = getpid();
	if (change_tags(&targets, &value))
		return EXIT_FAILURE;
	fflush(stdout);
	execvp(argv[args.command], argv + args.command);
	return exec_failed(argv[args.command]);
}
