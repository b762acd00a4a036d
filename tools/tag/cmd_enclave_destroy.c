// SPDX-License-Identifier: GPL-2.0-only
/* tag enclave destroy: end agents, give tasks back. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#include "tag.h"

struct arguments {
	unsigned long *ids;
	size_t nr;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		args->ids = calloc(state->argc, sizeof(*args->ids));
		if (!args->ids)
			argp_failure(state, EXIT_FAILURE, 0, "out of memory");
		return 0;
	case ARGP_KEY_ARG:
		args->ids[args->nr++] = enclave_parse(arg, state);
		return 0;
	case ARGP_KEY_END:
		if (!args->nr)
			argp_error(state, "which enclave? 'tag enclave ls' lists their numbers");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int destroy(const struct arguments *args)
{
	cJSON *array = settings.json ? cJSON_CreateArray() : NULL;
	size_t i;

	for (i = 0; i < args->nr; i++) {
		if (tagsched_ghostfs__destroy(args->ids[i])) {
			cJSON_Delete(array);
			return fail_lib();
		}
		if (array) {
			cJSON *item = cJSON_CreateObject();

			json_add_u64(item, "enclave", args->ids[i]);
			cJSON_AddItemToArray(array, item);
		} else if (settings.verbose) {
			printf("enclave %lu: destroyed\n", args->ids[i]);
		}
	}
	return array ? json_print_array("enclaves", array) : EXIT_SUCCESS;
}

int cmd_enclave_destroy(int argc, char **argv)
{
	const struct argp argp = {
		.parser = parse,
		.args_doc = "ID...",
		.doc = "Destroy enclaves.\v"
		       "Their agents are killed, and their tasks go on under CFS.",
		.children = global_children,
	};
	struct arguments args = { 0 };
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	status = destroy(&args);
	free(args.ids);
	return status;
}
