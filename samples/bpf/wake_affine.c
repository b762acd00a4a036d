// SPDX-License-Identifier: GPL-2.0-only
/*
 * wake_affine - load the policy of wake_affine.bpf.c
 *
 * What the policy does, its knobs and what it is bad at: see wake_affine.bpf.c.
 */
#include <bpf/libbpf.h>
#include <errno.h>

#include "report.h"
#include "wake_affine.h"
#include "wake_affine.skel.h"

enum { OPT_NEAR = 256, OPT_HOME, OPT_JSON };

struct wish {
	__s64 tag;
	__u32 wish;
};

struct affine_opts {
	int n;
	struct wish wishes[MAX_TAGS];
	bool json;
	bool verbose;
};

struct affine {
	struct affine_opts opts;
	struct wake_affine_bpf *skel;
	struct sample_links links;
};

static const struct report_label labels[NR_WAKE_AFFINE_COUNTS] = {
	[NEAR_PULLED]	= { "near_pulled", "near: pulled to the waker's cache" },
	[HOME_STAYED]	= { "home_stayed", "home: stayed in its own" },
	[HOME_FULL]	= { "home_full",   "home: pulled, no CPU of its own was idle" },
	[SAME_CACHE]	= { "same_cache",  "both caches are one: left to CFS" },
};

static const struct argp_option options[] = {
	{ "near", OPT_NEAR, "TAG", 0, "Pull this tag's tasks to their wakers; again for more", 0 },
	{ "home", OPT_HOME, "TAG", 0, "Leave this tag's tasks in their caches; again for more", 0 },
	{ "json", OPT_JSON, NULL, 0, "Print JSON, an object a line", 0 },
	{ "verbose", 'v', NULL, 0, "Print what was decided once a second", 0 },
	{}
};

static void add_wish(struct affine_opts *opts, __s64 tag, enum wake_wish wish,
		     struct argp_state *state)
{
	int i;

	for (i = 0; i < opts->n; i++)
		if (opts->wishes[i].tag == tag)
			argp_error(state, "tag %lld has a wish already", (long long)tag);
	if (opts->n == MAX_TAGS)
		argp_error(state, "more than %d tags", MAX_TAGS);
	opts->wishes[opts->n++] = (struct wish) { tag, wish };
}

static error_t parse_opt(int key, char *arg, struct argp_state *state)
{
	struct affine_opts *opts = state->input;

	switch (key) {
	case OPT_NEAR:
		add_wish(opts, sample_parse_tag(arg, "--near", state), WISH_NEAR, state);
		break;
	case OPT_HOME:
		add_wish(opts, sample_parse_tag(arg, "--home", state), WISH_HOME, state);
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
			argp_error(state, "at least one --near TAG or --home TAG is needed");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	.options = options,
	.parser = parse_opt,
	.doc = "Tasks wake up in the cache of who wakes them (--near) or in the one where they "
	       "ran last (--home). Prints 'ready' when attached; Ctrl-C detaches and prints "
	       "what was decided.\v"
	       "Within a cache CFS chooses the CPU.",
};

static int load(void *arg)
{
	struct affine *a = arg;
	int i, err = tagsched_kernel__check(TAGSCHED_FEAT_BPF);

	if (err)
		return err;
	a->skel = wake_affine_bpf__open_and_load();
	if (!a->skel)
		return -errno;
	for (i = 0; i < a->opts.n && !err; i++) {
		const struct wish *w = &a->opts.wishes[i];

		err = bpf_map__update_elem(a->skel->maps.wishes, &w->tag, sizeof(w->tag), &w->wish,
					   sizeof(w->wish), BPF_ANY);
	}
	return err;
}

static int attach(void *arg)
{
	struct affine *a = arg;
	int i, err = 0;

	for (i = 0; i < a->opts.n && !err; i++)
		err = sample_attach(&a->links, a->skel->progs.wake, a->opts.wishes[i].tag);
	return err;
}

/* Until the end of the run. */
static int report(void *arg)
{
	const struct affine *a = arg;
	struct report r = {
		.name = "wake_affine", .labels = labels, .n = NR_WAKE_AFFINE_COUNTS,
		.counts = a->skel->maps.counts, .links = &a->links, .json = a->opts.json,
	};

	sample_ready(stdout, a->opts.json);
	sample_wait(a->opts.verbose ? report_second : NULL, &r);
	return report_summary(&r, cJSON_CreateObject());
}

static const struct sample sample = {
	.name = "wake_affine", .load = load, .attach = attach, .run = report,
};

int main(int argc, char **argv)
{
	struct affine a = {};
	int status;

	tagsched_init();
	argp_parse(&argp, argc, argv, 0, NULL, &a.opts);
	status = sample_main(&sample, &a);
	sample_detach(&a.links);
	wake_affine_bpf__destroy(a.skel);
	return status;
}
