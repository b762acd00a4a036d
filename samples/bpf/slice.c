// SPDX-License-Identifier: GPL-2.0-only
/*
 * slice - load the policy of slice.bpf.c
 *
 * What the policy does, its knobs and what it is bad at: see slice.bpf.c.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "report.h"
#include "slice.h"
#include "slice.skel.h"

#define NSEC_PER_MSEC	1000000ULL
#define MAX_MSEC	10000
#define MAX_SLICES	32

enum { OPT_SLICE = 256, OPT_WHOLE, OPT_JSON };

struct tag_slice {
	__s64 tag;
	uint64_t ms;
};

struct slice_opts {
	int n;
	struct tag_slice slices[MAX_SLICES];
	bool whole;
	bool json;
	bool verbose;
};

struct slice {
	struct slice_opts opts;
	struct slice_bpf *skel;
	struct sample_links links;
};

static const struct report_label labels[NR_SLICE_COUNTS] = {
	[TICK_WITHIN]	= { "tick_within",   "tick: stayed, within its slice or not owed" },
	[TICK_OVER]	= { "tick_over",     "tick: made way, slice over" },
	[WAKEUP_WITHIN]	= { "wakeup_within", "wakeup: stayed, within its slice" },
};

static const struct argp_option options[] = {
	{ "slice", OPT_SLICE, "TAG=MS", 0, "How long a turn of the tag is; again for more tags", 0 },
	{ "whole", OPT_WHOLE, NULL, 0, "No wakeup ends such a turn before its time", 0 },
	{ "json", OPT_JSON, NULL, 0, "Print JSON, an object a line", 0 },
	{ "verbose", 'v', NULL, 0, "Print what was decided once a second", 0 },
	{}
};

static void add_slice(struct slice_opts *opts, char *arg, struct argp_state *state)
{
	char *ms = strchr(arg, '=');
	struct tag_slice s;
	int i;

	if (!ms)
		argp_error(state, "--slice '%s': write TAG=MS", arg);
	*ms++ = '\0';
	s.tag = sample_parse_tag(arg, "--slice", state);
	s.ms = sample_parse_number(ms, "--slice", MAX_MSEC, state);
	if (!s.ms)
		argp_error(state, "--slice %s=0 is no turn at all; leave the tag out for CFS's own", arg);
	for (i = 0; i < opts->n; i++)
		if (opts->slices[i].tag == s.tag)
			argp_error(state, "--slice: tag %s has one already", arg);
	if (opts->n == MAX_SLICES)
		argp_error(state, "more than %d tags", MAX_SLICES);
	opts->slices[opts->n++] = s;
}

static error_t parse_opt(int key, char *arg, struct argp_state *state)
{
	struct slice_opts *opts = state->input;

	switch (key) {
	case OPT_SLICE:
		add_slice(opts, arg, state);
		break;
	case OPT_WHOLE:
		opts->whole = true;
		break;
	case OPT_JSON:
		opts->json = true;
		break;
	case 'v':
		opts->verbose = true;
		break;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected argument '%s'", arg);
		break;
	case ARGP_KEY_END:
		if (!opts->n)
			argp_error(state, "at least one --slice TAG=MS is needed");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	.options = options,
	.parser = parse_opt,
	.doc = "Tasks of a tag run in turns of its own length. Prints 'ready' when attached; "
	       "Ctrl-C detaches and prints what was decided.\v"
	       "Shares stay as they are: longer turns come less often.",
};

static int load(void *arg)
{
	struct slice *s = arg;
	int i, err = tagsched_kernel__check(TAGSCHED_FEAT_BPF);

	if (err)
		return err;
	s->skel = slice_bpf__open();
	if (!s->skel)
		return -errno;
	s->skel->bss->whole = s->opts.whole;
	err = slice_bpf__load(s->skel);
	for (i = 0; i < s->opts.n && !err; i++) {
		const struct tag_slice *ts = &s->opts.slices[i];
		__u64 ns = ts->ms * NSEC_PER_MSEC;

		err = bpf_map__update_elem(s->skel->maps.slices, &ts->tag, sizeof(ts->tag), &ns,
					   sizeof(ns), BPF_ANY);
	}
	return err;
}

static int attach(void *arg)
{
	struct slice *s = arg;
	int i, err = 0;

	for (i = 0; i < s->opts.n && !err; i++) {
		err = sample_attach(&s->links, s->skel->progs.tick, s->opts.slices[i].tag);
		if (!err)
			err = sample_attach(&s->links, s->skel->progs.wakeup,
					    s->opts.slices[i].tag);
	}
	return err;
}

/* Until the end of the run. */
static int report(void *arg)
{
	const struct slice *s = arg;
	struct report r = {
		.name = "slice", .labels = labels, .n = NR_SLICE_COUNTS,
		.counts = s->skel->maps.counts, .links = &s->links, .json = s->opts.json,
	};

	sample_ready(stdout, s->opts.json);
	sample_wait(s->opts.verbose ? report_second : NULL, &r);
	return report_summary(&r, cJSON_CreateObject());
}

static const struct sample sample = {
	.name = "slice", .load = load, .attach = attach, .run = report,
};

int main(int argc, char **argv)
{
	struct slice s = {};
	int status;

	tagsched_init();
	argp_parse(&argp, argc, argv, 0, NULL, &s.opts);
	status = sample_main(&sample, &s);
	sample_detach(&s.links);
	slice_bpf__destroy(s.skel);
	return status;
}
