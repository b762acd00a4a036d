// SPDX-License-Identifier: GPL-2.0-only
/* tag rules apply: give the processes that rules match their tags, once or for good. */
#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "tag.h"

#define DEFAULT_INTERVAL	10	/* seconds */
#define MAX_INTERVAL		86400

static const struct argp_option options[] = {
	{ "follow", 'f', NULL, 0, "Go on with new processes, and those that become others", 1 },
	{ "interval", 'i', "SECONDS", 0,
	  "With --follow, look at all processes every so often, for what the kernel does not tell: moves between control groups; default 10, 0: never", 1 },
	{ 0 }
};

static unsigned int parse_interval(const char *arg, struct argp_state *state)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(arg, &end, 10);
	if (errno || end == arg || *end || *arg == '-' || value > MAX_INTERVAL)
		argp_error(state, "--interval: '%s' is not a number of seconds up to %d", arg,
			   MAX_INTERVAL);
	return value;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct rules_run *run = state->input;

	switch (key) {
	case 'f':
		run->follow = true;
		return 0;
	case 'i':
		run->interval = parse_interval(arg, state);
		run->interval_given = true;
		return 0;
	case ARGP_KEY_END:
		if (run->interval_given && !run->follow)
			argp_error(state, "--interval: needs --follow");
		break;
	}
	return rules_parse_file(key, arg, state, &run->file);
}

/* ---- results ---- */

static cJSON *json_change(const struct tagsched_rules_entry *e)
{
	cJSON *item = cJSON_CreateObject();

	json_add_s64(item, "pid", e->pid);
	cJSON_AddStringToObject(item, "comm", e->comm);
	json_add_s64(item, "old_tag", e->old_tag);
	json_add_s64(item, "tag", e->tag);
	cJSON_AddNumberToObject(item, "line", e->rule->line);
	return item;
}

static int print_change(struct rules_run *run, const struct tagsched_rules_entry *e)
{
	if (run->array)
		cJSON_AddItemToArray(run->array, json_change(e));
	else if (settings.json)
		return json_print_line(json_change(e));
	else if (settings.verbose)
		printf("pid %d (%s): tag %lld, was %lld, by line %d\n", e->pid, e->comm,
		       (long long)e->tag, (long long)e->old_tag, e->rule->line);
	return 0;
}

int rules_note(const struct tagsched_rules_entry *e, void *arg)
{
	struct rules_run *run = arg;

	/* Without the right to write there is no use in going on. */
	if (e->err == -EPERM)
		return fail_lib();
	if (e->err) {
		if (!run->failed++)
			snprintf(run->why, sizeof(run->why), "%s", tagsched_last_error());
		return 0;
	}
	return e->changed ? print_change(run, e) : 0;
}

static int apply_once(struct rules_run *run)
{
	int ret;

	run->array = settings.json ? cJSON_CreateArray() : NULL;
	ret = tagsched_rules__apply(run->rules, NULL, rules_note, run);
	if (ret) {
		cJSON_Delete(run->array);
		return ret < 0 ? fail_lib() : ret;
	}
	ret = settings.json ? json_print_array("changed", run->array) : EXIT_SUCCESS;
	if (run->failed)
		return fail("%lu processes were left out; the first: %s", run->failed, run->why);
	return ret;
}

int cmd_rules_apply(int argc, char **argv)
{
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "FILE",
		.doc = "Give the processes that the rules in FILE match their tags.\v"
		       "The first rule that matches a process counts; what none matches is left alone. With --follow it goes on until SIGINT or SIGTERM, and reads FILE again at SIGHUP. If FILE has an error nothing is changed. Needs CAP_SYS_NICE, for rules about executables CAP_SYS_PTRACE, and for --follow CAP_NET_ADMIN.",
		.children = global_children,
	};
	struct rules_run run = { .interval = DEFAULT_INTERVAL };
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &run);
	run.rules = tagsched_rules__open(run.file);
	if (!run.rules)
		return fail_lib();
	status = run.follow ? rules_follow(&run) : apply_once(&run);
	tagsched_rules__close(run.rules);
	return status;
}
