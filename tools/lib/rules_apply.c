// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Giving processes the tags that rules say. */
#include <stdio.h>
#include <unistd.h>

#include "rules_internal.h"

struct apply {
	struct tagsched_rules *rules;
	bool dry_run;
	int (*fn)(const struct tagsched_rules_entry *e, void *arg);
	void *arg;
};

static bool is_gone(int err)
{
	return err == -ENOENT || err == -ESRCH;
}

/* ---- what is left alone ---- */

static int has_agent(const struct tagsched_ghostfs_entry *e, void *arg)
{
	const pid_t *pid = arg;
	size_t i;

	for (i = 0; i < e->nr_agents; i++) {
		if (e->agents[i].pid == *pid)
			return 1;
	}
	return 0;
}

/* Where there are no enclaves there are no agents. */
static bool is_agent(pid_t pid)
{
	return tagsched_ghostfs__walk(has_agent, &pid) == 1;
}

static bool is_exempt(const struct ts_proc *p)
{
	return p->kthread || p->dead || p->pid == getpid();
}

/* ---- one process ---- */

static void unreadable(struct tagsched_rules_entry *e, int err)
{
	e->err = ts_err(err, "%d (%s): cannot see what it is: %s%s", e->pid, e->comm, strerror(-err),
			err == -EACCES || err == -EPERM ?
			"; rules about executables need CAP_SYS_PTRACE, so run it as root" : "");
}

static void unwritable(struct tagsched_rules_entry *e, int err)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/tag", e->pid);
	e->err = ts_tagfile_err(err, path, true);
}

/* Negative errno if it is gone or cannot be read; 0 otherwise, with @e->err. */
static int write_tag(const struct ts_proc *p, struct tagsched_rules_entry *e)
{
	bool clear = e->rule->action == TAGSCHED_RULE_CLEAR;
	int err;

	err = ts_tagfile_write_at(p->dir, "tag", clear ? NULL : &e->rule->tag);
	if (is_gone(err))
		return err;
	if (err) {
		unwritable(e, err);
		return 0;
	}
	if (!clear) {
		e->tag = e->rule->tag;
		e->changed = true;
		return 0;
	}
	err = ts_tagfile_read_at(p->dir, "tag", &e->tag);
	e->changed = e->tag != e->old_tag;
	return err;
}

/* As write_tag(). */
static int give_tag(const struct apply *a, const struct ts_proc *p, struct tagsched_rules_entry *e)
{
	const struct tagsched_rule *rule = e->rule;
	int err = ts_tagfile_read_at(p->dir, "tag", &e->old_tag);

	/* A kernel without tags looks like a process that is gone. */
	if (err)
		return a->dry_run && is_gone(err) ? 0 : err;
	e->tagged = true;
	e->tag = e->old_tag;
	if (rule->action == TAGSCHED_RULE_KEEP ||
	    (rule->action == TAGSCHED_RULE_SET && rule->tag == e->old_tag) || is_agent(p->pid))
		return 0;
	if (!a->dry_run)
		return write_tag(p, e);
	if (rule->action == TAGSCHED_RULE_SET) {
		e->tag = rule->tag;
		e->changed = true;
	}
	return 0;
}

static int look_at(const struct apply *a, struct ts_proc *p)
{
	struct tagsched_rules_entry e = { .sz = sizeof(e), .pid = p->pid, .comm = p->comm };
	const struct ts_rule *rule = NULL;
	int ret;

	ret = ts_rules_match(a->rules, p, &rule);
	if (!ret || is_gone(ret))
		return 0;
	if (ret > 0) {
		e.rule = &rule->pub;
		ret = give_tag(a, p, &e);
		if (is_gone(ret))
			return 0;
	}
	if (ret < 0)
		unreadable(&e, ret);
	return a->fn(&e, a->arg);
}

static int visit(pid_t pid, void *arg)
{
	const struct apply *a = arg;
	struct ts_proc *p = &a->rules->proc;
	int ret;

	ret = ts_proc_open(p, pid);
	if (is_gone(ret))
		return 0;
	if (ret < 0) {
		struct tagsched_rules_entry e = { .sz = sizeof(e), .pid = pid, .comm = "?" };

		unreadable(&e, ret);
		return a->fn(&e, a->arg);
	}
	if (!is_exempt(p))
		ret = look_at(a, p);
	ts_proc_close(p);
	return ret;
}

/* ---- the API ---- */

static int init(struct apply *a, const struct tagsched_rules_opts *opts)
{
	int err = TS_CHECK_OPTS(opts, tagsched_rules_opts);

	if (err)
		return err;
	a->dry_run = TS_OPT(opts, dry_run);
	return a->dry_run ? 0 : tagsched_kernel__check(TAGSCHED_FEAT_TAG);
}

int tagsched_rules__apply(struct tagsched_rules *rules, const struct tagsched_rules_opts *opts,
			  int (*fn)(const struct tagsched_rules_entry *e, void *arg), void *arg)
{
	struct apply a = { .rules = rules, .fn = fn, .arg = arg };

	return init(&a, opts) ?: ts_process_walk(visit, &a);
}

int tagsched_rules__apply_to(struct tagsched_rules *rules, pid_t pid,
			     const struct tagsched_rules_opts *opts,
			     int (*fn)(const struct tagsched_rules_entry *e, void *arg), void *arg)
{
	struct apply a = { .rules = rules, .fn = fn, .arg = arg };

	return init(&a, opts) ?: visit(pid, &a);
}
