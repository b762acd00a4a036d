// SPDX-License-Identifier: GPL-2.0-only
/* Options that every command takes, before or after its name. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "tag.h"

struct settings settings;

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "Print JSON", -2 },
	{ "verbose", 'v', NULL, 0, "Print old and new tags, and what is attached", -2 },
	{ NULL, 'h', NULL, OPTION_HIDDEN, NULL, -1 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	(void)arg;
	switch (key) {
	case 'j':
		settings.json = true;
		return 0;
	case 'v':
		settings.verbose = true;
		return 0;
	case 'h':
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp global_argp = { .options = options, .parser = parse };

const struct argp_child global_children[] = {
	{ &global_argp, 0, NULL, 0 },
	{ 0 }
};

char *take_negative(int *argc, char **argv, const char *with_arg)
{
	int i;

	for (i = 1; i < *argc; i++) {
		char *word = argv[i];

		if (word[0] != '-' || !strcmp(word, "--"))
			return NULL; /* the operand is an ordinary one */
		if (isdigit((unsigned char)word[1])) {
			memmove(&argv[i], &argv[i + 1], (*argc - i) * sizeof(*argv));
			--*argc;
			return word;
		}
		if (word[1] && word[1] != '-' && !word[2] && strchr(with_arg, word[1]))
			i++;
	}
	return NULL;
}
