// SPDX-License-Identifier: GPL-2.0-only
/* tag policy ls: all policies of the system, and programs that are attached alone. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#include "tag.h"

struct listing {
	const char *pin_dir;
	cJSON *array;	/* NULL: text */
	bool headed;
};

static const struct argp_option options[] = {
	POLICY_PIN_DIR_OPTION,
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct listing *l = state->input;

	switch (key) {
	case POLICY_OPT_PIN_DIR:
		l->pin_dir = arg;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s': takes no operand; tag policy show prints one policy", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void print_text(struct listing *l, const struct policy_view *view)
{
	const struct tagsched_link_info *info = &view->info;
	char title[96], scope[32];

	if (!l->headed)
		printf("%-20s  %8s  %5s  %6s  %10s  %8s  %12s  %10s  %s\n", "POLICY", "TAG", "PROGS",
		       "LINK", "GENERATION", "PRIORITY", "DECIDED", "REFUSED", "STATE");
	l->headed = true;
	printf("%-20s  %8s  %5u  %6u  %10llu  %8d  %12llu  %10llu  %s\n",
	       policy_title(view, title, sizeof(title)), policy_scope(view, scope, sizeof(scope)),
	       info->nr_progs, info->id, (unsigned long long)info->generation, info->priority,
	       (unsigned long long)info->decided, (unsigned long long)info->refused,
	       policy_state(view));
}

static void add_json(cJSON *array, const struct policy_view *view)
{
	cJSON *item = cJSON_CreateObject(), *hooks;
	size_t i;

	json_add_policy(item, view);
	hooks = cJSON_AddArrayToObject(item, "hooks");
	for (i = 0; i < policy_nr_progs(view); i++)
		cJSON_AddItemToArray(hooks, cJSON_CreateString(view->progs[i].hook));
	cJSON_AddItemToArray(array, item);
}

static int visit(const struct policy_view *view, void *arg)
{
	struct listing *l = arg;

	if (l->array)
		add_json(l->array, view);
	else
		print_text(l, view);
	return 0;
}

int cmd_policy_ls(int argc, char **argv)
{
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.doc = "List all scheduling policies.\v"
		       "POLICY is sched/HOOK for a program that is attached alone, without a policy. TAG: the tag that the policy is asked about. PROGS: number of its programs. GENERATION: of the table of programs that it came with. DECIDED: how often an answer was taken; REFUSED: how often one was not allowed. STATE: active, or why it decides no more, of which 'tag policy show' says more. Needs CAP_SYS_ADMIN.",
		.children = global_children,
	};
	struct listing l = { 0 };
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &l);
	l.array = settings.json ? cJSON_CreateArray() : NULL;
	status = policy_walk(l.pin_dir, visit, &l);
	if (!status && l.array)
		return json_print_array("policies", l.array);
	cJSON_Delete(l.array);
	return status;
}
