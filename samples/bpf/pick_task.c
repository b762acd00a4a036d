// SPDX-License-Identifier: GPL-2.0-only
/*
 * pick_task - load the policy of pick_task.bpf.c
 *
 * What the policy does, its knobs and what it is bad at: see pick_task.bpf.c.
 */
#include <bpf/libbpf.h>
#include <errno.h>

#include "pick_task.h"
#include "pick_task.skel.h"
#include "report.h"

#define NSEC_PER_MSEC	1000000ULL

enum { OPT_TAG = 256, OPT_LAG, OPT_JSON };

struct pick_task_opts {
	struct sample_tags tags;
	uint64_t lag_ms;
	bool json;
	bool verbose;
};

struct pick_task {
	struct pick_task_opts opts;
	struct pick_task_bpf *skel;
	struct sample_links links;
};

static const struct report_label labels[NR_PICK_TASK_COUNTS] = {
	[PICK_HIGHER]	= { "pick_higher",   "pick: the higher tag ran instead of CFS's choice" },
	[PICK_LAGGED]	= { "pick_lagged",   "pick: CFS's choice ran, behind by --lag" },
	[WAKEUP_HIGHER]	= { "wakeup_higher", "wakeup: a higher tag took the CPU from a lower" },
	[WAKEUP_LOWER]	= { "wakeup_lower",  "wakeup: a lower tag did not" },
};

static const struct argp_option options[] = {
	{ "tag", OPT_TAG, "TAG", 0,
	  "A tag that ranks, before all lower ones; again for more of them (all there are)", 0 },
	{ "lag", OPT_LAG, "MS", 0,
	  "Let a lower tag go first that is behind by so much virtual time (0: as kernel.sched_bpf_lag_ms bounds it)", 0 },
	{ "json", OPT_JSON, NULL, 0, "Print JSON, an object a line", 0 },
	{ "verbose", 'v', NULL, 0, "Print what was decided once a second", 0 },
	{}
};

static error_t parse_opt(int key, char *arg, struct argp_state *state)
{
	struct pick_task_opts *opts = state->input;

	switch (key) {
	case OPT_TAG:
		sample_add_tag(&opts->tags, arg, ": leave --tag out for all there are", state);
		break;
	case OPT_LAG:
		opts->lag_ms = sample_parse_number(arg, "--lag", 3600000, state);
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
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	.options = options,
	.parser = parse_opt,
	.doc = "Of those that wait on a CPU, the one with the highest tag runs. Prints 'ready' "
	       "when attached; Ctrl-C detaches and prints what was decided.\v"
	       "Nobody starves: who was passed over for kernel.sched_bpf_lag_ms gets a turn.",
};

static int load(void *arg)
{
	struct pick_task *p = arg;
	int err = tagsched_kernel__check(TAGSCHED_FEAT_BPF);

	if (err)
		return err;
	p->skel = pick_task_bpf__open();
	if (!p->skel)
		return -errno;
	p->skel->bss->lag_ns = p->opts.lag_ms * NSEC_PER_MSEC;
	return pick_task_bpf__load(p->skel);
}

static int attach_for(struct pick_task *p, const __s64 *tag)
{
	const struct bpf_program *progs[] = { p->skel->progs.pick, p->skel->progs.wakeup };
	size_t i;
	int err = 0;

	for (i = 0; i < sizeof(progs) / sizeof(progs[0]) && !err; i++)
		err = tag ? sample_attach(&p->links, progs[i], *tag) :
			    sample_attach_all(&p->links, progs[i]);
	return err;
}

static int attach(void *arg)
{
	struct pick_task *p = arg;
	int i, err = 0;

	if (!p->opts.tags.n)
		return attach_for(p, NULL);
	for (i = 0; i < p->opts.tags.n && !err; i++)
		err = attach_for(p, &p->opts.tags.tags[i]);
	return err;
}

/* Until the end of the run. */
static int report(void *arg)
{
	const struct pick_task *p = arg;
	struct report r = {
		.name = "pick_task", .labels = labels, .n = NR_PICK_TASK_COUNTS,
		.counts = p->skel->maps.counts, .links = &p->links, .json = p->opts.json,
	};
	cJSON *head = cJSON_CreateObject();

	cJSON_AddNumberToObject(head, "lag_ms", p->opts.lag_ms);
	sample_ready(stdout, p->opts.json);
	sample_wait(p->opts.verbose ? report_second : NULL, &r);
	return report_summary(&r, head);
}

static const struct sample sample = {
	.name = "pick_task", .load = load, .attach = attach, .run = report,
};

int main(int argc, char **argv)
{
	struct pick_task p = {};
	int status;

	tagsched_init();
	argp_parse(&argp, argc, argv, 0, NULL, &p.opts);
	status = sample_main(&sample, &p);
	sample_detach(&p.links);
	pick_task_bpf__destroy(p.skel);
	return status;
}
