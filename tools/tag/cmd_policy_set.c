// SPDX-License-Identifier: GPL-2.0-only
/* tag policy set: change tunables of a policy that runs. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tag.h"

struct arguments {
	const char *name;
	const char *pin_dir;
	char **pairs;	/* room for all words; each is VAR, '\0', VALUE */
	size_t nr;
};

static const struct argp_option options[] = {
	POLICY_PIN_DIR_OPTION,
	{ 0 }
};

static void add_pair(struct arguments *args, char *arg, struct argp_state *state)
{
	char *equals = strchr(arg, '=');

	if (!equals || equals == arg) {
		argp_error(state, "'%s': not of the form VAR=VALUE", arg);
		return;
	}
	*equals = '\0';
	args->pairs[args->nr++] = arg;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case POLICY_OPT_PIN_DIR:
		args->pin_dir = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (args->name)
			add_pair(args, arg, state);
		else
			args->name = arg;
		return 0;
	case ARGP_KEY_END:
		if (!args->name)
			argp_error(state, "which policy? 'tag policy ls' lists their names");
		if (!args->nr)
			argp_error(state, "which tunable? give VAR=VALUE; 'tag policy show' lists those there are");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const char *value_of(const char *pair)
{
	return pair + strlen(pair) + 1;
}

/* All are good, or none is set. */
static int set_all(struct tagsched_tunables *tunables, const struct arguments *args)
{
	size_t i;

	for (i = 0; i < args->nr; i++) {
		if (tagsched_tunables__check(tunables, args->pairs[i], value_of(args->pairs[i])))
			return fail("policy '%s': %s", args->name, tagsched_last_error());
	}
	for (i = 0; i < args->nr; i++) {
		if (tagsched_tunables__set(tunables, args->pairs[i], value_of(args->pairs[i])))
			return fail_lib();
	}
	return EXIT_SUCCESS;
}

static bool is_set(const struct arguments *args, const char *name)
{
	size_t i;

	for (i = 0; i < args->nr; i++) {
		if (!strcmp(args->pairs[i], name))
			return true;
	}
	return false;
}

/* What was set, as it is now. */
static int print_values(const struct tagsched_tunables *tunables, const struct arguments *args)
{
	cJSON *array = settings.json ? cJSON_CreateArray() : NULL;
	size_t i;

	for (i = 0; i < tagsched_tunables__count(tunables); i++) {
		struct tagsched_tunable t = { .sz = sizeof(t) };

		if (tagsched_tunables__at(tunables, i, &t)) {
			cJSON_Delete(array);
			return fail_lib();
		}
		if (!is_set(args, t.name))
			continue;
		if (!array) {
			printf("%s: %s=%s\n", args->name, t.name, t.value);
			continue;
		}
		json_add_tunable(array, &t);
	}
	return array ? json_print_array("tunables", array) : EXIT_SUCCESS;
}

static int set(const struct arguments *args)
{
	struct tagsched_tunables *tunables;
	int fd, status;

	fd = policy_open(args->pin_dir, args->name);
	if (fd < 0)
		return EXIT_FAILURE;
	tunables = tagsched_tunables__open(fd);
	close(fd);
	if (!tunables)
		return fail_lib();
	status = set_all(tunables, args);
	if (!status && (settings.verbose || settings.json))
		status = print_values(tunables, args);
	tagsched_tunables__close(tunables);
	return status;
}

int cmd_policy_set(int argc, char **argv)
{
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "NAME VAR=VALUE...",
		.doc = "Change tunables of a policy while it runs.\v"
		       "VALUE is an integer in base 10, or with prefix 0x or 0; 'true' or 'false'; or one of an enum's names: 'tag policy show' prints what there is. If one of several is not good, none is changed. Needs CAP_SYS_ADMIN.",
		.children = global_children,
	};
	struct arguments args = { .pairs = calloc(argc, sizeof(*args.pairs)) };
	int status;

	if (!args.pairs)
		return fail("tunables: out of memory");
	argp_parse(&argp, argc, argv, 0, NULL, &args);
	status = set(&args);
	free(args.pairs);
	return status;
}
