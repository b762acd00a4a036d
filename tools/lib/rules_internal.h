/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* What the files of rules share. */
#ifndef TAGSCHED_RULES_INTERNAL_H
#define TAGSCHED_RULES_INTERNAL_H

#include <regex.h>

#include "internal.h"

/* What a rule asks for, the cheaper first. */
enum ts_rule_key {
	TS_RULE_COMM,
	TS_RULE_USER,
	TS_RULE_GROUP,
	TS_RULE_CGROUP,
	TS_RULE_CMDLINE,
	TS_RULE_EXE,
	TS_RULE_NR_KEYS,
};

struct ts_rule {
	struct tagsched_rule pub;
	bool has[TS_RULE_NR_KEYS];
	uid_t uid;
	gid_t gid;
	char *globs[TS_RULE_NR_KEYS];	/* of comm, cgroup and exe */
	regex_t regex;			/* of cmdline */
	char *text;			/* pub.text */
};

struct tagsched_rules {
	struct ts_rule *list;
	size_t nr;
	struct ts_proc proc;		/* the process that is looked at */
};

/* ---- rules_parse.c ---- */

/*
 * Makes a rule of a line, which is cut up. @where: "FILE:LINE", for messages.
 * 1; 0 if the line is empty or a comment; negative errno with last error, and
 * nothing to be freed.
 */
int ts_rule_parse(struct ts_rule *rule, char *line, const char *where);
void ts_rule_free(struct ts_rule *rule);

/* ---- rules_match.c ---- */

/*
 * The first rule that matches a process. 1, 0 if none does, negative errno if
 * that could not be found out.
 */
int ts_rules_match(const struct tagsched_rules *rules, struct ts_proc *p,
		   const struct ts_rule **found);

#endif /* TAGSCHED_RULES_INTERNAL_H */
