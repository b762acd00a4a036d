// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * One line of a file of rules: words "KEY=VALUE", and a comment behind "#". A
 * value, or a part of it, may be in quotes of either kind. A backslash is one:
 * regular expressions have enough of them.
 */
#include <ctype.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>

#include "rules_internal.h"

#define COMM_MAX	15	/* characters of a name that the kernel keeps */

/* ---- words ---- */

/*
 * Cuts the next word off, without its quotes. 1; 0 at the end of the line;
 * -EINVAL with last error.
 */
static int next_word(char **pos, char **word, const char *where)
{
	char *from = *pos, *to, quote = 0;

	while (isspace((unsigned char)*from))
		from++;
	if (!*from || *from == '#')
		return 0;
	*word = from;
	for (to = from; *from && (quote || !isspace((unsigned char)*from)); from++) {
		if (quote ? *from == quote : *from == '"' || *from == '\'')
			quote = quote ? 0 : *from;
		else
			*to++ = *from;
	}
	if (quote)
		return ts_err(-EINVAL, "%s: a %c that is not closed; put another behind the value",
			      where, quote);
	*pos = *from ? from + 1 : from;
	*to = '\0';
	return 1;
}

/* ---- keys ---- */

/* Numbers stand for themselves, whether somebody has them or not. */
static bool is_id(const char *text, unsigned int *id)
{
	unsigned long long value;
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	value = strtoull(text, &end, 10);
	/* the last one means "none" to the kernel */
	if (errno || *end || value >= UINT_MAX)
		return false;
	*id = value;
	return true;
}

static int set_user(struct ts_rule *rule, enum ts_rule_key key, const char *value, const char *where)
{
	struct passwd *user;

	(void)key;
	if (is_id(value, &rule->uid))
		return 0;
	user = getpwnam(value);
	if (!user)
		return ts_err(-EINVAL, "%s: user '%s': no such user; 'getent passwd' lists them",
			      where, value);
	rule->uid = user->pw_uid;
	return 0;
}

static int set_group(struct ts_rule *rule, enum ts_rule_key key, const char *value, const char *where)
{
	struct group *group;

	(void)key;
	if (is_id(value, &rule->gid))
		return 0;
	group = getgrnam(value);
	if (!group)
		return ts_err(-EINVAL, "%s: group '%s': no such group; 'getent group' lists them",
			      where, value);
	rule->gid = group->gr_gid;
	return 0;
}

static int set_glob(struct ts_rule *rule, enum ts_rule_key key, const char *value, const char *where)
{
	rule->globs[key] = strdup(value);
	return rule->globs[key] ? 0 : ts_err(-ENOMEM, "%s: out of memory", where);
}

/* A glob of absolute paths. */
static int set_path(struct ts_rule *rule, enum ts_rule_key key, const char *value, const char *where)
{
	if (!strchr("/*?[", *value))
		return ts_err(-EINVAL, "%s: '%s' fits no path, as they begin with '/'; give '*/%s'",
			      where, value, value);
	return set_glob(rule, key, value, where);
}

static int set_comm(struct ts_rule *rule, enum ts_rule_key key, const char *value, const char *where)
{
	if (!strpbrk(value, "*?[\\") && strlen(value) > COMM_MAX)
		return ts_err(-EINVAL,
			      "%s: '%s' fits no name, as the kernel keeps %d characters; give '%.*s'",
			      where, value, COMM_MAX, COMM_MAX, value);
	return set_glob(rule, key, value, where);
}

static int set_regex(struct ts_rule *rule, enum ts_rule_key key, const char *value, const char *where)
{
	char why[128];
	int err = regcomp(&rule->regex, value, REG_EXTENDED | REG_NOSUB);

	(void)key;
	if (!err)
		return 0;
	regerror(err, &rule->regex, why, sizeof(why));
	return ts_err(-EINVAL, "%s: '%s': not an extended regular expression: %s; see regex(7)",
		      where, value, why);
}

static const struct {
	const char *name;
	int (*set)(struct ts_rule *rule, enum ts_rule_key key, const char *value,
		   const char *where);
} keys[] = {
	[TS_RULE_COMM] = { "comm", set_comm },
	[TS_RULE_USER] = { "user", set_user },
	[TS_RULE_GROUP] = { "group", set_group },
	[TS_RULE_CGROUP] = { "cgroup", set_path },
	[TS_RULE_CMDLINE] = { "cmdline", set_regex },
	[TS_RULE_EXE] = { "exe", set_path },
};

/* ---- rules ---- */

static int set_tag(struct tagsched_rule *rule, const char *value, const char *where)
{
	char why[PATH_MAX];

	if (!strcmp(value, "default")) {
		rule->action = TAGSCHED_RULE_CLEAR;
	} else if (!strcmp(value, "keep")) {
		rule->action = TAGSCHED_RULE_KEEP;
	} else if (tagsched_tag__parse(value, &rule->tag)) {
		snprintf(why, sizeof(why), "%s", tagsched_last_error());
		return ts_err(-EINVAL, "%s: %s; or 'default' or 'keep'", where, why);
	}
	return 0;
}

static int twice(const char *key, const char *where)
{
	return ts_err(-EINVAL,
		      "%s: %s= twice; a rule is about all that it says, so write a rule for each",
		      where, key);
}

static int set_key(struct ts_rule *rule, const char *name, const char *value, const char *where)
{
	enum ts_rule_key key;
	int err;

	for (key = 0; key < TS_RULE_NR_KEYS; key++) {
		if (strcmp(keys[key].name, name))
			continue;
		if (rule->has[key])
			return twice(name, where);
		err = keys[key].set(rule, key, value, where);
		rule->has[key] = !err;
		return err;
	}
	return ts_err(-EINVAL,
		      "%s: '%s': no such key; there are user, group, cgroup, exe, comm, cmdline and tag",
		      where, name);
}

static int set_word(struct ts_rule *rule, char *word, bool *tagged, const char *where)
{
	char *value = strchr(word, '=');

	if (!value || value == word)
		return ts_err(-EINVAL, "%s: '%s': not KEY=VALUE; a value with spaces needs quotes",
			      where, word);
	*value++ = '\0';
	if (!*value)
		return ts_err(-EINVAL, "%s: %s= without a value; give one, or leave it out", where,
			      word);
	if (strcmp(word, "tag"))
		return set_key(rule, word, value, where);
	if (*tagged)
		return twice(word, where);
	*tagged = true;
	return set_tag(&rule->pub, value, where);
}

static bool asks_for_something(const struct ts_rule *rule)
{
	int key;

	for (key = 0; key < TS_RULE_NR_KEYS; key++) {
		if (rule->has[key])
			return true;
	}
	return false;
}

static int parse_words(struct ts_rule *rule, char *line, const char *where)
{
	bool tagged = false;
	char *word;
	int ret;

	while ((ret = next_word(&line, &word, where)) > 0) {
		ret = set_word(rule, word, &tagged, where);
		if (ret)
			return ret;
	}
	if (ret)
		return ret;
	if (!asks_for_something(rule) && !tagged)
		return 0;
	if (!tagged)
		return ts_err(-EINVAL, "%s: no tag; add tag=VALUE, tag=default or tag=keep", where);
	if (!asks_for_something(rule))
		return ts_err(-EINVAL,
			      "%s: whom is it about? add user=, group=, cgroup=, exe=, comm= or cmdline=; cgroup=* is everybody",
			      where);
	return 1;
}

/* The line without white space around it. */
static char *copy_line(const char *line)
{
	size_t len;

	while (isspace((unsigned char)*line))
		line++;
	len = strlen(line);
	while (len && isspace((unsigned char)line[len - 1]))
		len--;
	return strndup(line, len);
}

int ts_rule_parse(struct ts_rule *rule, char *line, const char *where)
{
	int ret;

	rule->text = copy_line(line);
	if (!rule->text)
		return ts_err(-ENOMEM, "%s: out of memory", where);
	ret = parse_words(rule, line, where);
	if (ret <= 0)
		ts_rule_free(rule);
	return ret;
}

void ts_rule_free(struct ts_rule *rule)
{
	int key;

	for (key = 0; key < TS_RULE_NR_KEYS; key++)
		free(rule->globs[key]);
	if (rule->has[TS_RULE_CMDLINE])
		regfree(&rule->regex);
	free(rule->text);
}
