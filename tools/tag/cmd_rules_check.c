// SPDX-License-Identifier: GPL-2.0-only
/* tag rules check: is a file of rules in order, and what does it match. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#include "tag.h"

struct check {
	const char *file;
	struct tagsched_rules *rules;
	/* matched processes, copied, and how many by each rule */
	struct match {
		struct tagsched_rules_entry e;
		char comm[64];
	} *matches;
	size_t nr;
	unsigned int *counts;
	/* processes that could not be looked at, and why the first */
	unsigned int unseen;
	char why[PATH_MAX];
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct check *c = state->input;

	return rules_parse_file(key, arg, state, &c->file);
}

static int add(const struct tagsched_rules_entry *e, void *arg)
{
	struct check *c = arg;
	struct match *list;
	size_t i;

	if (e->err) {
		if (!c->unseen++)
			snprintf(c->why, sizeof(c->why), "%s", tagsched_last_error());
		return 0;
	}
	list = reallocarray(c->matches, c->nr + 1, sizeof(*list));
	if (!list)
		return fail("%s: out of memory", c->file);
	c->matches = list;
	list[c->nr].e = *e;
	snprintf(list[c->nr++].comm, sizeof(list->comm), "%s", e->comm);
	for (i = 0; tagsched_rules__at(c->rules, i) != e->rule; i++)
		;
	c->counts[i]++;
	return 0;
}

/* ---- text ---- */

static void print_rules(const struct check *c)
{
	const struct tagsched_rule *rule;
	char text[32];
	size_t i;

	if (tagsched_rules__count(c->rules))
		printf("%5s  %20s  %9s  %s\n", "LINE", "TAG", "PROCESSES", "RULE");
	for (i = 0; (rule = tagsched_rules__at(c->rules, i)); i++)
		printf("%5d  %20s  %9u  %s\n", rule->line, rules_tag_text(text, sizeof(text), rule),
		       c->counts[i], rule->text);
}

static void print_match(const struct match *m)
{
	const struct tagsched_rules_entry *e = &m->e;
	char now[32] = "?", then[32] = "-";

	if (e->tagged)
		snprintf(now, sizeof(now), "%lld", (long long)e->old_tag);
	if (e->changed || e->rule->action == TAGSCHED_RULE_CLEAR || !e->tagged)
		rules_tag_text(then, sizeof(then), e->rule);
	printf("%7d  %-15s  %20s  %20s  %4d\n", e->pid, m->comm, now, then, e->rule->line);
}

static int print_text(const struct check *c)
{
	size_t i;

	print_rules(c);
	if (c->nr)
		printf("\n%7s  %-15s  %20s  %20s  %4s\n", "PID", "COMMAND", "TAG NOW", "TAG THEN", "LINE");
	for (i = 0; i < c->nr; i++)
		print_match(&c->matches[i]);
	if (c->unseen)
		fprintf(stderr, "tag: %u processes were left out; the first: %s\n", c->unseen, c->why);
	return EXIT_SUCCESS;
}

/* ---- JSON ---- */

static cJSON *json_rules(const struct check *c)
{
	cJSON *array = cJSON_CreateArray(), *item;
	const struct tagsched_rule *rule;
	size_t i;

	for (i = 0; (rule = tagsched_rules__at(c->rules, i)); i++) {
		item = cJSON_CreateObject();
		cJSON_AddNumberToObject(item, "line", rule->line);
		cJSON_AddStringToObject(item, "rule", rule->text);
		rules_json_add_tag(item, rule);
		cJSON_AddNumberToObject(item, "processes", c->counts[i]);
		cJSON_AddItemToArray(array, item);
	}
	return array;
}

static cJSON *json_matches(const struct check *c)
{
	cJSON *array = cJSON_CreateArray(), *item;
	size_t i;

	for (i = 0; i < c->nr; i++) {
		const struct match *m = &c->matches[i];

		item = cJSON_CreateObject();
		json_add_s64(item, "pid", m->e.pid);
		cJSON_AddStringToObject(item, "comm", m->comm);
		json_add_tag(item, "old_tag", m->e.tagged, m->e.old_tag);
		rules_json_add_tag(item, m->e.rule);
		cJSON_AddNumberToObject(item, "line", m->e.rule->line);
		cJSON_AddBoolToObject(item, "differs", m->e.changed);
		cJSON_AddItemToArray(array, item);
	}
	return array;
}

static int print_json(const struct check *c)
{
	cJSON *root = cJSON_CreateObject();

	cJSON_AddItemToObject(root, "rules", json_rules(c));
	cJSON_AddItemToObject(root, "processes", json_matches(c));
	cJSON_AddNumberToObject(root, "left_out", c->unseen);
	return json_print(root);
}

/* ---- the command ---- */

static int check(struct check *c)
{
	TAGSCHED_OPTS(tagsched_rules_opts, opts, .dry_run = true);
	int ret;

	c->counts = calloc(tagsched_rules__count(c->rules) + 1, sizeof(*c->counts));
	if (!c->counts)
		return fail("%s: out of memory", c->file);
	ret = tagsched_rules__apply(c->rules, &opts, add, c);
	if (ret)
		return ret < 0 ? fail_lib() : ret;
	return settings.json ? print_json(c) : print_text(c);
}

int cmd_rules_check(int argc, char **argv)
{
	const struct argp argp = {
		.parser = parse,
		.args_doc = "FILE",
		.doc = "Check a file of rules, and print which processes they match and what would be done. Nothing is changed.\v"
		       "PROCESSES: how many have this as their first rule that matches. TAG NOW: effective tag of the process, '?' on a kernel without tags. TAG THEN: what 'tag rules apply' would write, '-' for nothing. An error in the file is the exit status 1.",
		.children = global_children,
	};
	struct check c = { 0 };
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &c);
	c.rules = tagsched_rules__open(c.file);
	status = c.rules ? check(&c) : fail_lib();
	tagsched_rules__close(c.rules);
	free(c.counts);
	free(c.matches);
	return status;
}
