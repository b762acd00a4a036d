// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Rules that give tags to processes: reading the file. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "rules_internal.h"

static int add_line(struct tagsched_rules *rules, char *line, const char *path, int number)
{
	char where[PATH_MAX + 32];
	struct ts_rule *list, *rule;
	int ret;

	list = reallocarray(rules->list, rules->nr + 1, sizeof(*list));
	if (!list)
		return ts_err(-ENOMEM, "%s: out of memory", path);
	rules->list = list;
	rule = &list[rules->nr];
	memset(rule, 0, sizeof(*rule));
	rule->pub.sz = sizeof(rule->pub);
	rule->pub.line = number;
	snprintf(where, sizeof(where), "%s:%d", path, number);
	ret = ts_rule_parse(rule, line, where);
	if (ret > 0)
		rules->nr++;
	return ret < 0 ? ret : 0;
}

static int read_lines(struct tagsched_rules *rules, FILE *f, const char *path)
{
	size_t size = 0;
	char *line = NULL;
	int number = 0, err = 0;
	ssize_t len;

	while (!err && (len = getline(&line, &size, f)) >= 0) {
		number++;
		if (strlen(line) != (size_t)len)
			err = ts_err(-EINVAL,
				     "%s:%d: a NUL byte; rules are text, so is this the right file?",
				     path, number);
		else
			err = add_line(rules, line, path, number);
	}
	if (!err && ferror(f))
		err = ts_err(-errno, "%s: cannot read: %s", path, strerror(errno));
	free(line);
	return err;
}

static FILE *open_file(const char *path)
{
	int fd = ts_open(path, O_RDONLY);
	FILE *f;

	if (fd < 0)
		return ts_err_ptr(fd, "%s: cannot open: %s%s", path, strerror(-fd),
				  fd == -ENOENT ? "; give a file of rules" : "");
	f = fdopen(fd, "r");
	if (!f) {
		close(fd);
		return ts_err_ptr(-ENOMEM, "%s: out of memory", path);
	}
	return f;
}

struct tagsched_rules *tagsched_rules__open(const char *path)
{
	struct tagsched_rules *rules;
	FILE *f = open_file(path);
	int err;
	size_t i;

	if (!f)
		return NULL;
	rules = calloc(1, sizeof(*rules));
	err = rules ? read_lines(rules, f, path) : ts_err(-ENOMEM, "%s: out of memory", path);
	fclose(f);
	if (err) {
		tagsched_rules__close(rules);
		errno = -err;
		return NULL;
	}
	/* The list moves no more. */
	for (i = 0; i < rules->nr; i++)
		rules->list[i].pub.text = rules->list[i].text;
	return rules;
}

size_t tagsched_rules__count(const struct tagsched_rules *rules)
{
	return rules->nr;
}

const struct tagsched_rule *tagsched_rules__at(const struct tagsched_rules *rules, size_t index)
{
	return index < rules->nr ? &rules->list[index].pub : NULL;
}

void tagsched_rules__close(struct tagsched_rules *rules)
{
	if (!rules)
		return;
	while (rules->nr)
		ts_rule_free(&rules->list[--rules->nr]);
	free(rules->list);
	free(rules);
}
