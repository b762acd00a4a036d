// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Which rule a process is a case of. */
#include <fnmatch.h>

#include "rules_internal.h"

/* All of these: 1, 0 or negative errno. */

static int match_glob(const struct ts_rule *rule, enum ts_rule_key key, const char *text)
{
	/* A star is for slashes too: behind that of a slice it is all that is below. */
	return !fnmatch(rule->globs[key], text, 0);
}

static int match_comm(const struct ts_rule *rule, struct ts_proc *p)
{
	return match_glob(rule, TS_RULE_COMM, p->comm);
}

static int match_user(const struct ts_rule *rule, struct ts_proc *p)
{
	uid_t uid;

	return ts_proc_user(p, &uid) ?: uid == rule->uid;
}

static int match_group(const struct ts_rule *rule, struct ts_proc *p)
{
	return ts_proc_in_group(p, rule->gid);
}

static int match_cgroup(const struct ts_rule *rule, struct ts_proc *p)
{
	const char *cgroup;

	return ts_proc_text(p, TS_PROC_CGROUP, &cgroup) ?:
	       match_glob(rule, TS_RULE_CGROUP, cgroup);
}

static int match_cmdline(const struct ts_rule *rule, struct ts_proc *p)
{
	const char *cmdline;

	return ts_proc_text(p, TS_PROC_CMDLINE, &cmdline) ?:
	       !regexec(&rule->regex, cmdline, 0, NULL, 0);
}

static int match_exe(const struct ts_rule *rule, struct ts_proc *p)
{
	const char *exe;

	return ts_proc_text(p, TS_PROC_EXE, &exe) ?: match_glob(rule, TS_RULE_EXE, exe);
}

static int match(const struct ts_rule *rule, struct ts_proc *p)
{
	static int (* const matchers[])(const struct ts_rule *rule, struct ts_proc *p) = {
		[TS_RULE_COMM] = match_comm,
		[TS_RULE_USER] = match_user,
		[TS_RULE_GROUP] = match_group,
		[TS_RULE_CGROUP] = match_cgroup,
		[TS_RULE_CMDLINE] = match_cmdline,
		[TS_RULE_EXE] = match_exe,
	};
	int key, ret;

	for (key = 0; key < TS_RULE_NR_KEYS; key++) {
		if (!rule->has[key])
			continue;
		ret = matchers[key](rule, p);
		if (ret <= 0)
			return ret;
	}
	return 1;
}

/*
 * A rule that cannot be decided ends the search: a later one that matches might
 * not be the one that counts.
 */
int ts_rules_match(const struct tagsched_rules *rules, struct ts_proc *p,
		   const struct ts_rule **found)
{
	size_t i;
	int ret;

	for (i = 0; i < rules->nr; i++) {
		ret = match(&rules->list[i], p);
		if (ret > 0)
			*found = &rules->list[i];
		if (ret)
			return ret;
	}
	return 0;
}
