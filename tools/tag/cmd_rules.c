// SPDX-License-Identifier: GPL-2.0-only
/* tag rules: the level of commands about rules, and what these have in common. */
#include <cjson/cJSON.h>
#include <stdio.h>

#include "tag.h"

static const struct command commands[] = {
	{ "apply", cmd_rules_apply },
	{ "check", cmd_rules_check },
	{ NULL, NULL },
};

int cmd_rules(int argc, char **argv)
{
	const struct argp argp = {
		.parser = parse_command,
		.args_doc = "COMMAND [ARG...]",
		.doc = "Give tags to processes by what they are: user, group, program.\v"
		       "Commands:\n"
		       "  apply FILE            give the processes that rules match their tags\n"
		       "  check FILE            check a file of rules, and print what it matches",
		.children = global_children,
	};
	struct command_parser parser = { .index = argc };

	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &parser);
	return dispatch("tag rules", commands, argc - parser.index, argv + parser.index);
}

error_t rules_parse_file(int key, char *arg, struct argp_state *state, const char **file)
{
	switch (key) {
	case ARGP_KEY_ARG:
		if (*file)
			argp_error(state, "'%s': one file at a time", arg);
		*file = arg;
		return 0;
	case ARGP_KEY_END:
		if (!*file)
			argp_error(state, "which file? tag(1) says what rules look like");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const char *rules_tag_text(char *buf, size_t size, const struct tagsched_rule *rule)
{
	switch (rule->action) {
	case TAGSCHED_RULE_SET:
		snprintf(buf, size, "%lld", (long long)rule->tag);
		break;
	case TAGSCHED_RULE_CLEAR:
		snprintf(buf, size, "default");
		break;
	case TAGSCHED_RULE_KEEP:
		snprintf(buf, size, "keep");
		break;
	}
	return buf;
}

void rules_json_add_tag(struct cJSON *object, const struct tagsched_rule *rule)
{
	static const char * const actions[] = {
		[TAGSCHED_RULE_SET] = "set",
		[TAGSCHED_RULE_CLEAR] = "default",
		[TAGSCHED_RULE_KEEP] = "keep",
	};

	cJSON_AddStringToObject(object, "action", actions[rule->action]);
	json_add_tag(object, "tag", rule->action == TAGSCHED_RULE_SET, rule->tag);
}
