// SPDX-License-Identifier: GPL-2.0-only
/* tag policy load: load, attach and pin a policy. */
#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "tag.h"

struct arguments {
	const char *file;
	const char *name;
	const char *pin_dir;
	bool scoped;
	__s64 tag;
};

enum { OPT_NAME = 256, OPT_TAG, OPT_PIN_DIR };

static const struct argp_option options[] = {
	{ "name", OPT_NAME, "NAME", 0, "Policy's name; default is the file's up to the first dot", 1 },
	{ "tag", OPT_TAG, "VALUE", 0, "Ask the policy about tasks with this tag only", 1 },
	{ "pin-dir", OPT_PIN_DIR, "DIR", 0,
	  "Directory of pins in a BPF file system; default " TAGSCHED_PIN_DIR, 1 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case OPT_NAME:
		args->name = arg;
		return 0;
	case OPT_TAG:
		args->scoped = true;
		if (tagsched_tag__parse(arg, &args->tag))
			argp_error(state, "%s", tagsched_last_error());
		return 0;
	case OPT_PIN_DIR:
		args->pin_dir = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (args->file)
			argp_error(state, "one file at a time");
		args->file = arg;
		return 0;
	case ARGP_KEY_END:
		if (!args->file)
			argp_error(state, "which file? give a BPF object file");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int print_links(const struct tagsched_policy *policy)
{
	struct tagsched_links *links = tagsched_policy__links(policy);
	const char *name = tagsched_policy__name(policy);
	cJSON *array = settings.json ? cJSON_CreateArray() : NULL;
	size_t i;

	for (i = 0; i < tagsched_links__count(links); i++) {
		struct tagsched_link_info info = { .sz = sizeof(info) };

		if (tagsched_link__info(tagsched_links__fd(links, i), &info)) {
			cJSON_Delete(array);
			return fail_lib();
		}
		if (settings.json) {
			cJSON *item = cJSON_CreateObject();

			cJSON_AddStringToObject(item, "policy", name);
			cJSON_AddStringToObject(item, "hook", tagsched_links__hook(links, i));
			json_add_u64(item, "link_id", info.id);
			json_add_u64(item, "prog_id", info.prog_id);
			cJSON_AddItemToArray(array, item);
		} else {
			printf("%s: attached to %s as link %u\n", name,
			       tagsched_links__hook(links, i), info.id);
		}
	}
	return settings.json ? json_print_array("links", array) : EXIT_SUCCESS;
}

static int load(struct tagsched_policy *policy, const struct arguments *args)
{
	TAGSCHED_OPTS(tagsched_attach_opts, opts,
		.scoped = args->scoped,
		.tag = args->tag,
	);
	int err;

	if (tagsched_kernel__check(TAGSCHED_FEAT_BPF) ||
	    tagsched_policy__check_pin(policy, args->pin_dir))
		return fail_lib();
	err = tagsched_policy__load(policy);
	if (err) {
		/* Only the verifier can say why it refuses a program. */
		if (err != -ENOTSUP && err != -ENOENT && err != -EPERM)
			log_print();
		return fail_lib();
	}
	if (tagsched_policy__attach(policy, &opts))
		return fail_lib();
	if (tagsched_policy__pin(policy, args->pin_dir))
		return fail_lib();
	return settings.verbose || settings.json ? print_links(policy) : EXIT_SUCCESS;
}

int cmd_policy_load(int argc, char **argv)
{
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "FILE",
		.doc = "Load the programs of a BPF object file, attach them to their hooks and pin them.\v"
		       "They stay attached until 'tag policy unload NAME'. Needs CAP_BPF, CAP_PERFMON and CAP_SYS_NICE.",
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
	status = load(policy, &args);
	tagsched_policy__destroy(policy);
	return status;
}
