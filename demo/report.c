// SPDX-License-Identifier: GPL-2.0-only
/*
 * report - turn the records of the demo's runs into tables, JSON and a picture
 *
 *	report --json results.json --svg latency.svg RECORD...
 *
 * A record is what load or landed wrote; its name says which configuration it
 * is of. Exits with 1 unless every promise of the demo is kept.
 */
#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "results.h"
#include "runs.h"
#include "svg.h"
#include "table.h"
#include "verdict.h"

struct report {
	const char *json;
	const char *svg;
	struct latency_run cfs, weight, tags, fifo;
	struct placements two;
};

static const struct argp_option options[] = {
	{ "json", 'j', "FILE", 0, "Write everything measured there", 0 },
	{ "svg", 's', "FILE", 0, "Draw the latency distributions there", 0 },
	{}
};

/* Where the record of a configuration is kept, NULL for a name that is none. */
static struct latency_run *slot(struct report *r, const char *name)
{
	struct {
		const char *name;
		struct latency_run *run;
	} slots[] = {
		{ "cfs", &r->cfs },
		{ "weight", &r->weight },
		{ "tags", &r->tags },
		{ "fifo", &r->fifo },
	};
	size_t i;

	for (i = 0; i < sizeof(slots) / sizeof(slots[0]); i++)
		if (!strcmp(slots[i].name, name))
			return slots[i].run;
	return NULL;
}

static int read_latency(struct report *r, const char *path)
{
	struct latency_run run, *to;
	int err = latency_run_read(path, &run);

	if (err)
		return err;
	to = slot(r, run.name);
	if (!to || to->n) {	/* unknown, or there already */
		latency_run_free(&run);
		return -EINVAL;
	}
	*to = run;
	return 0;
}

static int read_record(struct report *r, const char *path)
{
	cJSON *json = json_read(path);
	bool placement;

	if (!json)
		return -errno;
	placement = cJSON_HasObjectItem(json, "cgroups");
	cJSON_Delete(json);
	return placement ? placements_read(path, &r->two) : read_latency(r, path);
}

static error_t parse_opt(int key, char *arg, struct argp_state *state)
{
	struct report *r = state->input;
	int err;

	switch (key) {
	case 'j':
		r->json = arg;
		break;
	case 's':
		r->svg = arg;
		break;
	case ARGP_KEY_ARG:
		err = read_record(r, arg);
		if (err)
			argp_failure(state, 2, -err, "cannot use record %s", arg);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	.options = options,
	.parser = parse_opt,
	.args_doc = "RECORD...",
	.doc = "Turns the records of the demo's runs into tables, JSON and a picture.",
};

/* The first thing that is missing, NULL if all is there. */
static const char *missing(const struct report *r)
{
	if (!r->cfs.n)
		return "cfs";
	if (!r->weight.n)
		return "weight";
	if (!r->tags.n)
		return "tags";
	if (!r->fifo.n)
		return "fifo";
	return r->two.n ? NULL : "the placements";
}

static int write_json(const struct report *r, const struct act_one *one,
		      const struct criterion *criteria, int n)
{
	FILE *f = fopen(r->json, "w");
	int err;

	if (!f)
		return -errno;
	err = results_write(f, one, &r->two, criteria, n);
	if (fclose(f) && !err)
		err = -errno;
	return err;
}

static int write_svg(const struct report *r, const struct act_one *one)
{
	FILE *f = fopen(r->svg, "w");

	if (!f)
		return -errno;
	svg_latency(f, one);
	return fclose(f) ? -errno : 0;
}

static int write_files(const struct report *r, const struct act_one *one,
		       const struct criterion *criteria, int n)
{
	int err;

	err = r->json ? write_json(r, one, criteria, n) : 0;
	if (err) {
		fprintf(stderr, "report: cannot write %s: %s\n", r->json, strerror(-err));
		return err;
	}
	err = r->svg ? write_svg(r, one) : 0;
	if (err)
		fprintf(stderr, "report: cannot write %s: %s\n", r->svg, strerror(-err));
	return err;
}

/* Name each promise that was not kept. */
static int judge(const struct criterion *criteria, int n)
{
	int i, broken = 0;

	for (i = 0; i < n; i++) {
		const struct criterion *c = &criteria[i];

		if (criterion_met(c))
			continue;
		fprintf(stderr, "report: not met: %s: %s: measured %.3f %s, needed %s %.3f %s\n",
			c->name, c->text, c->measured, c->unit, c->at_least ? ">=" : "<=",
			c->limit, c->unit);
		broken++;
	}
	return broken;
}

int main(int argc, char **argv)
{
	struct criterion criteria[MAX_CRITERIA];
	static struct report r;
	const struct act_one one = {
		.cfs = &r.cfs,
		.weight = &r.weight,
		.tags = &r.tags,
		.fifo = &r.fifo,
	};
	const char *lacks;
	int n, err;

	argp_parse(&argp, argc, argv, 0, NULL, &r);
	lacks = missing(&r);
	if (lacks) {
		fprintf(stderr, "report: there is no record of %s\n", lacks);
		return 2;
	}

	n = verdict(&one, &r.two, criteria);
	table_latency(stdout, &one);
	table_placement(stdout, &r.two);
	table_criteria(stdout, criteria, n);
	fflush(stdout);
	err = write_files(&r, &one, criteria, n) ? 2 : !!judge(criteria, n);

	latency_run_free(&r.cfs);
	latency_run_free(&r.weight);
	latency_run_free(&r.tags);
	latency_run_free(&r.fifo);
	placements_free(&r.two);
	return err;
}
