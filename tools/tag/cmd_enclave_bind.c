// SPDX-License-Identifier: GPL-2.0-only
/* tag enclave bind: whose tasks an enclave gets. */
#include <cjson/cJSON.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tag.h"

struct arguments {
	bool has_id;
	unsigned long id;
	const char *value;
};

struct binding {
	bool bound;
	__s64 tag;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		if (!args->has_id) {
			args->id = enclave_parse(arg, state);
			args->has_id = true;
		} else if (!args->value) {
			args->value = arg;
		} else {
			argp_error(state, "'%s': an enclave has one tag", arg);
		}
		return 0;
	case ARGP_KEY_END:
		if (!args->has_id)
			argp_error(state, "which enclave? 'tag enclave ls' lists their numbers");
		if (!args->value)
			argp_error(state, "which tag? give an integer or 'none'");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* A negative tag looks like an option: take it out. */
static const char *take_value(int *argc, char **argv)
{
	int i;

	for (i = 1; i < *argc && strcmp(argv[i], "--"); i++) {
		const char *word = argv[i];

		if (word[0] != '-' || !isdigit((unsigned char)word[1]))
			continue;
		memmove(&argv[i], &argv[i + 1], (*argc - i) * sizeof(*argv));
		--*argc;
		return word;
	}
	return NULL;
}

static int get(const struct tagsched_ghostfs_entry *e, void *arg)
{
	struct binding *b = arg;

	b->bound = e->bound;
	b->tag = e->tag;
	return 0;
}

static int print_change(unsigned long id, const struct binding *old, const struct binding *new)
{
	cJSON *array, *item;
	char text[32];

	if (!settings.json) {
		printf("enclave %lu's current tag: %s\n", id,
		       tag_text(text, sizeof(text), old->bound, old->tag));
		printf("enclave %lu's new tag: %s\n", id,
		       tag_text(text, sizeof(text), new->bound, new->tag));
		return EXIT_SUCCESS;
	}
	array = cJSON_CreateArray();
	item = cJSON_CreateObject();
	json_add_u64(item, "enclave", id);
	json_add_tag(item, "old_tag", old->bound, old->tag);
	json_add_tag(item, "tag", new->bound, new->tag);
	cJSON_AddItemToArray(array, item);
	return json_print_array("enclaves", array);
}

int cmd_enclave_bind(int argc, char **argv)
{
	const struct argp argp = {
		.parser = parse,
		.args_doc = "ID VALUE",
		.doc = "Delegate the tasks whose effective tag is VALUE to an enclave.\v"
		       "VALUE is a 64-bit signed integer in base 10, or with prefix 0x or 0, or the word 'none': no tasks are delegated by their tag any more. A tag belongs to one enclave at most; 0 to none. Tasks are delegated while the enclave is online.",
		.children = global_children,
	};
	struct arguments args = { 0 };
	struct binding old, new;
	int err;

	args.value = take_value(&argc, argv);
	argp_parse(&argp, argc, argv, 0, NULL, &args);
	new.bound = strcmp(args.value, "none") && strcmp(args.value, "default");
	new.tag = 0;
	if (new.bound && tagsched_tag__parse(args.value, &new.tag))
		return fail_lib();

	if (tagsched_ghostfs__read(args.id, get, &old))
		return fail_lib();
	err = new.bound ? tagsched_ghostfs__bind(args.id, new.tag) :
			  tagsched_ghostfs__unbind(args.id);
	if (err)
		return fail_lib();
	return settings.verbose || settings.json ? print_change(args.id, &old, &new) : EXIT_SUCCESS;
}
