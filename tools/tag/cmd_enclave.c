// SPDX-License-Identifier: GPL-2.0-only
/* tag enclave: the level of commands about enclaves, and what they share. */
#include <cjson/cJSON.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "tag.h"

unsigned long enclave_parse(const char *text, struct argp_state *state)
{
	unsigned long id;
	char *end;

	errno = 0;
	id = strtoul(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || errno)
		argp_error(state, "'%s': not the number of an enclave; 'tag enclave ls' lists them",
			   text);
	return id;
}

void json_add_tag(struct cJSON *object, const char *name, bool bound, __s64 tag)
{
	if (bound)
		json_add_s64(object, name, tag);
	else
		cJSON_AddNullToObject(object, name);
}

const char *tag_text(char *buf, size_t size, bool bound, __s64 tag)
{
	if (bound)
		snprintf(buf, size, "%lld", (long long)tag);
	else
		snprintf(buf, size, "none");
	return buf;
}

static const struct command commands[] = {
	{ "ls", cmd_enclave_ls },
	{ "create", cmd_enclave_create },
	{ "bind", cmd_enclave_bind },
	{ "destroy", cmd_enclave_destroy },
	{ NULL, NULL },
};

int cmd_enclave(int argc, char **argv)
{
	const struct argp argp = {
		.parser = parse_command,
		.args_doc = "COMMAND [ARG...]",
		.doc = "List, create, bind and destroy enclaves, in which agents schedule tasks.\v"
		       "Commands:\n"
		       "  ls             list enclaves\n"
		       "  create         make an enclave and print its number\n"
		       "  bind ID VALUE  delegate the tasks with a tag to an enclave\n"
		       "  destroy ID...  destroy enclaves; their tasks go on under CFS",
		.children = global_children,
	};
	struct command_parser parser = { .index = argc };

	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &parser);
	return dispatch("tag enclave", commands, argc - parser.index, argv + parser.index);
}
