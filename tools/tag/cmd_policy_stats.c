// SPDX-License-Identifier: GPL-2.0-only
/* tag policy stats: counters of policies, once or again and again. */
#include <cjson/cJSON.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tag.h"

#define DEFAULT_INTERVAL	1.0

/* Counters of a program as they were. */
struct sample {
	__u32 link_id;
	struct tagsched_prog_info prog;
};

struct samples {
	struct sample *list;
	size_t nr;
};

struct arguments {
	const char *name;	/* NULL: all */
	const char *pin_dir;
	bool watch;
	double interval;	/* s */
	unsigned long count;	/* 0: until interrupted */
};

/* One round. */
struct round {
	const struct arguments *args;
	const struct samples *before;	/* NULL: print totals */
	double elapsed;			/* s since then */
	struct samples now;
	cJSON *array;			/* NULL: text */
	bool headed;
};

enum { OPT_WATCH = 256, OPT_COUNT };

static const struct argp_option options[] = {
	{ "watch", OPT_WATCH, "SECONDS", OPTION_ARG_OPTIONAL,
	  "Print again and again how much the counters grow a second; default interval 1", 1 },
	{ "count", OPT_COUNT, "N", 0, "With --watch: end after N times", 1 },
	POLICY_PIN_DIR_OPTION,
	{ 0 }
};

static double parse_interval(const char *text, struct argp_state *state)
{
	double value;
	char *end;

	errno = 0;
	value = strtod(text, &end);
	if (!isdigit((unsigned char)*text) || *end || errno || value < 0.01 || value > 86400)
		argp_error(state, "--watch: '%s' is not a number of seconds from 0.01 to 86400", text);
	return value;
}

static unsigned long parse_count(const char *text, struct argp_state *state)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || errno || !value)
		argp_error(state, "--count: '%s' is not a number from 1", text);
	return value;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case OPT_WATCH:
		args->watch = true;
		args->interval = arg ? parse_interval(arg, state) : DEFAULT_INTERVAL;
		return 0;
	case OPT_COUNT:
		args->count = parse_count(arg, state);
		return 0;
	case POLICY_OPT_PIN_DIR:
		args->pin_dir = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (args->name)
			argp_error(state, "one policy at a time");
		args->name = arg;
		return 0;
	case ARGP_KEY_END:
		if (args->count && !args->watch)
			argp_error(state, "--count is for --watch");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* ---- one round ---- */

static int remember(struct samples *s, __u32 link_id, const struct tagsched_prog_info *prog)
{
	struct sample *list = reallocarray(s->list, s->nr + 1, sizeof(*list));

	if (!list)
		return fail("counters: out of memory");
	s->list = list;
	list[s->nr].link_id = link_id;
	list[s->nr++].prog = *prog;
	return 0;
}

/* A link's program of that hook, as it was; all 0 of one that is new. */
static struct tagsched_prog_info as_before(const struct round *r, __u32 link_id,
					   const struct tagsched_prog_info *prog)
{
	size_t i;

	for (i = 0; r->before && i < r->before->nr; i++) {
		const struct sample *s = &r->before->list[i];

		if (s->link_id == link_id && s->prog.attach_btf_id == prog->attach_btf_id)
			return s->prog;
	}
	return (struct tagsched_prog_info){ 0 };
}

static double rate(const struct round *r, __u64 now, __u64 before)
{
	return (now - before) / r->elapsed;
}

static void print_text(struct round *r, const struct policy_view *view,
		       const struct tagsched_prog_info *prog)
{
	const struct tagsched_prog_info old = as_before(r, view->info.id, prog);
	char title[96];

	if (!r->headed)
		printf("%-20s  %-26s  %14s  %14s  %14s\n", "POLICY", "HOOK",
		       r->before ? "CALLS/S" : "CALLS", r->before ? "DECIDED/S" : "DECIDED",
		       r->before ? "REFUSED/S" : "REFUSED");
	r->headed = true;
	printf("%-20s  %-26s  ", view->info.policy ? policy_title(view, title, sizeof(title)) : "-",
	       prog->hook);
	if (r->before)
		printf("%14.1f  %14.1f  %14.1f\n", rate(r, prog->calls, old.calls),
		       rate(r, prog->decided, old.decided), rate(r, prog->refused, old.refused));
	else
		printf("%14llu  %14llu  %14llu\n", (unsigned long long)prog->calls,
		       (unsigned long long)prog->decided, (unsigned long long)prog->refused);
}

static void add_json(struct round *r, const struct policy_view *view,
		     const struct tagsched_prog_info *prog)
{
	const struct tagsched_prog_info old = as_before(r, view->info.id, prog);
	cJSON *item = json_add_program(r->array, prog);

	if (view->info.policy)
		cJSON_AddStringToObject(item, "policy", view->info.name);
	else
		cJSON_AddNullToObject(item, "policy");
	json_add_u64(item, "link_id", view->info.id);
	if (!r->before)
		return;
	cJSON_AddNumberToObject(item, "calls_per_s", rate(r, prog->calls, old.calls));
	cJSON_AddNumberToObject(item, "decided_per_s", rate(r, prog->decided, old.decided));
	cJSON_AddNumberToObject(item, "refused_per_s", rate(r, prog->refused, old.refused));
}

/* In the first round of --watch nothing is printed: there is nothing to compare with. */
static int visit(const struct policy_view *view, void *arg)
{
	struct round *r = arg;
	bool print = r->before || !r->args->watch;
	size_t i;

	for (i = 0; i < policy_nr_progs(view); i++) {
		const struct tagsched_prog_info *prog = &view->progs[i];

		if (remember(&r->now, view->info.id, prog))
			return EXIT_FAILURE;
		if (print && r->array)
			add_json(r, view, prog);
		else if (print)
			print_text(r, view, prog);
	}
	return 0;
}

static int look(struct round *r)
{
	const struct arguments *args = r->args;
	struct policy_view view;
	int status;

	r->array = settings.json ? cJSON_CreateArray() : NULL;
	if (args->name) {
		status = policy_view_find(&view, args->pin_dir, args->name);
		if (!status)
			status = visit(&view, r);
	} else {
		status = policy_walk(args->pin_dir, visit, r);
	}
	if (!status && r->array && (r->before || !args->watch))
		return json_print_array("programs", r->array);
	cJSON_Delete(r->array);
	return status;
}

/* ---- again and again ---- */

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void nap(double seconds)
{
	struct timespec ts = { .tv_sec = seconds };

	ts.tv_nsec = (seconds - ts.tv_sec) * 1e9;
	nanosleep(&ts, NULL);
}

static int watch(const struct arguments *args)
{
	struct samples before = { 0 };
	unsigned long nr;
	double since = 0;
	int status = 0;

	for (nr = 0; !status && (!args->count || nr <= args->count); nr++) {
		struct round r = { .args = args, .before = nr ? &before : NULL };
		double time = now();

		r.elapsed = time - since;
		since = time;
		if (nr > 1 && !settings.json)
			putchar('\n');
		status = look(&r);
		free(before.list);
		before = r.now;
		/* Whoever reads a pipe wants it now; and ends us by closing it. */
		if (fflush(stdout))
			break;
		if (!status && (!args->count || nr < args->count))
			nap(args->interval);
	}
	free(before.list);
	return status;
}

static int once(const struct arguments *args)
{
	struct round r = { .args = args };
	int status = look(&r);

	free(r.now.list);
	return status;
}

int cmd_policy_stats(int argc, char **argv)
{
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "[NAME]",
		.doc = "Print the counters of all programs, or of those of one policy.\v"
		       "CALLS: how often the program was asked; DECIDED: its answer was taken; REFUSED: its answer was not allowed. POLICY is '-' for a program that is attached alone. Needs CAP_SYS_ADMIN, except with the NAME of a policy that is pinned.",
		.children = global_children,
	};
	struct arguments args = { 0 };

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	return args.watch ? watch(&args) : once(&args);
}
