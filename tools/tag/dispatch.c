// SPDX-License-Identifier: GPL-2.0-only
/* From a word on the command line to the function of a command. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tag.h"

error_t parse_command(int key, char *arg, struct argp_state *state)
{
	struct command_parser *parser = state->input;

	(void)arg;
	switch (key) {
	case ARGP_KEY_ARG:
		/* What follows is the command's own to parse. */
		parser->index = state->next - 1;
		state->next = state->argc;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which command?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int dispatch(const char *prefix, const struct command *commands, int argc, char **argv)
{
	static char name[64];	/* argp keeps it for its messages */
	const struct command *c;

	for (c = commands; c->name; c++) {
		if (strcmp(c->name, argv[0]))
			continue;
		snprintf(name, sizeof(name), "%s %s", prefix, c->name);
		argv[0] = name;
		return c->run(argc, argv);
	}
	return fail("%s: no such command; %s --help lists the commands", argv[0], prefix);
}
