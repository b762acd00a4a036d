// SPDX-License-Identifier: GPL-2.0-only
/*
 * preempt - load the policy of preempt.bpf.c for a pair of tags
 *
 * What the policy does, its knobs and what it is bad at: see preempt.bpf.c.
 */
#include <argp.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "preempt.h"
#include "preempt.skel.h"
#include "report.h"

#define NSEC_PER_USEC	1000ULL
#define NSEC_PER_MSEC	1000000ULL
#define SLICE_US	3000

enum { OPT_ONLINE = 256, OPT_OFFLINE, OPT_SLICE, OPT_MAX_WAIT, OPT_JSON };

struct preempt_opts {
	bool have_online, have_offline;
	__s64 online, offline;
	uint64_t slice_us;
	uint64_t max_wait_ms;
	bool json;
	bool verbose;
};

struct preempt {
	struct preempt_opts opts;
	struct preempt_bpf *skel;
	struct sample_links links;
};

static const struct report_label labels[NR_PREEMPT_COUNTS] = {
	[WAKEUP_PREEMPT] = { "wakeup_preempt", "wakeup: online took the CPU from offline" },
	[WAKEUP_KEEP]	 = { "wakeup_keep",    "wakeup: online kept the CPU from offline" },
	[WAKEUP_SLICE]	 = { "wakeup_slice",   "wakeup: online kept it from online, within its slice" },
	[TICK_PREEMPT]	 = { "tick_preempt",   "tick: online took the CPU from offline" },
	[TICK_KEEP]	 = { "tick_keep",      "tick: online kept the CPU from offline" },
	[TICK_SLICE]	 = { "tick_slice",     "tick: online kept it from online, within its slice" },
	[TICK_SHARE]	 = { "tick_share",     "tick: online handed it to online, slice over" },
	[TICK_MAX_WAIT]	 = { "tick_max_wait",  "tick: offline got it after --max-wait" },
	[PICK_PREEMPT]	 = { "pick_preempt",   "pick: online went before offline" },
	[PICK_KEEP]	 = { "pick_keep",      "pick: offline stayed behind online" },
};

static const struct argp_option options[] = {
	{ "online", OPT_ONLINE, "TAG", 0, "Tag of the tasks that go first", 0 },
	{ "offline", OPT_OFFLINE, "TAG", 0, "Tag of the tasks that make way", 0 },
	{ "slice", OPT_SLICE, "US", 0,
	  "How long an online task runs before another online task may take the CPU from it (3000)", 0 },
	{ "max-wait", OPT_MAX_WAIT, "MS", 0,
	  "Let offline run until the next tick or online wakeup when it has waited for so long (0: never)", 0 },
	{ "json", OPT_JSON, NULL, 0, "Print JSON, an object a line", 0 },
	{ "verbose", 'v', NULL, 0, "Print what was decided once a second", 0 },
	{}
};

static void check_opts(const struct preempt_opts *opts, struct argp_state *state)
{
	if (!opts->have_online || !opts->have_offline)
		argp_error(state, "both --online TAG and --offline TAG are needed");
	if (opts->online == opts->offline)
		argp_error(state, "--online and --offline are the same tag, %lld; give each side its own",
			   (long long)opts->online);
	if (!opts->offline)
		argp_error(state, "--offline 0 would hold back every untagged task, kernel threads included; tag the offline tasks");
}

static error_t parse_opt(int key, char *arg, struct argp_state *state)
{
	struct preempt_opts *opts = state->input;

	switch (key) {
	case OPT_ONLINE:
		opts->online = sample_parse_tag(arg, "--online", state);
		opts->have_online = true;
		break;
	case OPT_OFFLINE:
		opts->offline = sample_parse_tag(arg, "--offline", state);
		opts->have_offline = true;
		break;
	case OPT_SLICE:
		opts->slice_us = sample_parse_number(arg, "--slice", 10000000, state);
		break;
	case OPT_MAX_WAIT:
		opts->max_wait_ms = sample_parse_number(arg, "--max-wait", 3600000, state);
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
		check_opts(opts, state);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	.options = options,
	.parser = parse_opt,
	.doc = "Tasks tagged --online run before tasks tagged --offline: they take the CPU "
	       "from them at wakeups and ticks and never the other way round. Prints "
	       "'ready' when attached; Ctrl-C detaches and prints what was decided.\v"
	       "Without --max-wait offline tasks starve while online tasks keep a CPU busy.",
};

static cJSON *head(const struct preempt_opts *opts)
{
	cJSON *json = cJSON_CreateObject();

	sample_json_tag(json, "online", opts->online);
	sample_json_tag(json, "offline", opts->offline);
	return json;
}

/* Until the end of the run. */
static int report(void *arg)
{
	const struct preempt *p = arg;
	struct report r = {
		.name = "preempt", .labels = labels, .n = NR_PREEMPT_COUNTS,
		.counts = p->skel->maps.counts, .links = &p->links, .json = p->opts.json,
	};

	sample_ready(stdout, p->opts.json);
	sample_wait(p->opts.verbose ? report_second : NULL, &r);
	return report_summary(&r, head(&p->opts));
}

/*
 * A tick is about the running entity, so that hook is needed for both sides; the
 * others are about two, and one of the two being online is reason to ask.
 */
static int attach(void *arg)
{
	struct preempt *p = arg;
	const struct {
		const struct bpf_program *prog;
		__s64 tag;
	} want[] = {
		{ p->skel->progs.weigh, p->opts.online },
		{ p->skel->progs.tick, p->opts.online },
		{ p->skel->progs.tick, p->opts.offline },
		{ p->skel->progs.wakeup, p->opts.online },
	};
	size_t i;
	int err;

	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		err = sample_attach(&p->links, want[i].prog, want[i].tag);
		if (err)
			return err;
	}
	return 0;
}

static int load(void *arg)
{
	struct preempt *p = arg;
	int err = tagsched_kernel__check(TAGSCHED_FEAT_BPF);

	if (err)
		return err;
	p->skel = preempt_bpf__open();
	if (!p->skel)
		return -errno;
	p->skel->rodata->online_tag = p->opts.online;
	p->skel->rodata->offline_tag = p->opts.offline;
	p->skel->rodata->slice_ns = p->opts.slice_us * NSEC_PER_USEC;
	p->skel->rodata->max_wait_ns = p->opts.max_wait_ms * NSEC_PER_MSEC;
	return preempt_bpf__load(p->skel);
}

static const struct sample sample = {
	.name = "preempt", .load = load, .attach = attach, .run = report,
};

int main(int argc, char **argv)
{
	struct preempt p = { .opts.slice_us = SLICE_US };
	int status;

	tagsched_init();
	argp_parse(&argp, argc, argv, 0, NULL, &p.opts);
	status = sample_main(&sample, &p);
	sample_detach(&p.links);
	preempt_bpf__destroy(p.skel);
	return status;
}
