// SPDX-License-Identifier: GPL-2.0-only
/* tag enclave create: an enclave, for agents to come. */
#include <cjson/cJSON.h>
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "tag.h"

struct arguments {
	struct tagsched_ghostfs_opts opts;
	__s64 tag;
	unsigned int timeout, grace, boost;
};

enum {
	OPT_ID = 256,
	OPT_ABI,
	OPT_CPUS,
	OPT_TAG,
	OPT_PERSIST,
	OPT_GID,
	OPT_TIMEOUT,
	OPT_GRACE,
	OPT_BOOST,
};

static const struct argp_option options[] = {
	{ "id", OPT_ID, "ID", 0, "Number of the enclave, from 1; default is the first that is free", 1 },
	{ "cpus", OPT_CPUS, "LIST", 0, "Its CPUs, such as 0,2-3; default is none yet", 1 },
	{ "tag", OPT_TAG, "VALUE", 0, "Delegate the tasks with this tag to it", 1 },
	{ "persist", OPT_PERSIST, NULL, 0, "It stays when its last agent has gone", 1 },
	{ "abi", OPT_ABI, "VERSION", 0, "Version of the ABI, 84 or 91; default is 91", 1 },
	{ "gid", OPT_GID, "GID", 0, "Group of its files, whose members may write to them", 1 },
	{ "timeout", OPT_TIMEOUT, "MS", 0,
	  "Destroy it when a task has waited for so long; 0: never", 1 },
	{ "grace", OPT_GRACE, "MS", 0,
	  "How long new agents may take to come when the last one has gone", 1 },
	{ "boost", OPT_BOOST, "US", 0,
	  "A task that is dispatched runs above the fair class for so long; 0: it does not", 1 },
	{ 0 }
};

static unsigned int parse_number(const char *text, const char *option, unsigned int min,
				 struct argp_state *state)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || errno || value < min || value > UINT_MAX)
		argp_error(state, "--%s: '%s' is not a number from %u to %u", option, text, min,
			   UINT_MAX);
	return value;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;
	struct tagsched_ghostfs_opts *opts = &args->opts;

	switch (key) {
	case OPT_ID:
		opts->id = parse_number(arg, "id", 1, state);
		return 0;
	case OPT_ABI:
		opts->abi = parse_number(arg, "abi", 1, state);
		return 0;
	case OPT_CPUS:
		opts->cpus = arg;
		return 0;
	case OPT_TAG:
		if (tagsched_tag__parse(arg, &args->tag))
			argp_error(state, "%s", tagsched_last_error());
		opts->tag = &args->tag;
		return 0;
	case OPT_PERSIST:
		opts->persist = true;
		return 0;
	case OPT_GID:
		opts->set_gid = true;
		opts->gid = parse_number(arg, "gid", 0, state);
		return 0;
	case OPT_TIMEOUT:
		args->timeout = parse_number(arg, "timeout", 0, state);
		opts->timeout_ms = &args->timeout;
		return 0;
	case OPT_GRACE:
		args->grace = parse_number(arg, "grace", 0, state);
		opts->grace_ms = &args->grace;
		return 0;
	case OPT_BOOST:
		args->boost = parse_number(arg, "boost", 0, state);
		opts->boost_us = &args->boost;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s': takes no operand", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int print_json(unsigned long id)
{
	cJSON *array = cJSON_CreateArray(), *item = cJSON_CreateObject();
	char path[64];

	snprintf(path, sizeof(path), TAGSCHED_GHOSTFS "/enclave_%lu", id);
	json_add_u64(item, "enclave", id);
	cJSON_AddStringToObject(item, "path", path);
	cJSON_AddItemToArray(array, item);
	return json_print_array("enclaves", array);
}

int cmd_enclave_create(int argc, char **argv)
{
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.doc = "Make an enclave and print its number.\v"
		       "Nothing is delegated to it until agents are there; those that come with tagsched make an enclave themselves if there is none. Mounts ghostfs if it is not mounted. Needs root.",
		.children = global_children,
	};
	struct arguments args = { .opts.sz = sizeof(args.opts) };
	unsigned long id;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	if (tagsched_ghostfs__mount() || tagsched_ghostfs__create(&args.opts, &id))
		return fail_lib();
	if (settings.json)
		return print_json(id);
	printf("%lu\n", id);
	return EXIT_SUCCESS;
}
