// SPDX-License-Identifier: GPL-2.0-only
/*
 * numa_pack - load the policy of numa_pack.bpf.c
 *
 * What the policy does, its knobs and what it is bad at: see numa_pack.bpf.c.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <unistd.h>

#include "numa_pack.h"
#include "numa_pack.skel.h"
#include "report.h"

#define FULL_PERCENT	100

enum { OPT_TAG = 256, OPT_FIRST, OPT_FULL, OPT_JSON };

struct pack_opts {
	struct sample_tags tags;
	uint32_t first;
	uint32_t full;
	bool json;
	bool verbose;
};

struct pack {
	struct pack_opts opts;
	struct numa_pack_bpf *skel;
	struct sample_links links;
};

static const struct report_label labels[NR_NUMA_PACK_COUNTS] = {
	[PACKED]	 = { "packed",	       "placed on the first node" },
	[SPILLED]	 = { "spilled",	       "placed on a later node, those before were full" },
	[ALL_FULL]	 = { "all_full",       "all nodes full: left to CFS" },
	[BARRED]	 = { "barred",	       "not allowed on the node with room: left to CFS" },
	[BALANCE_DENIED] = { "balance_denied", "balancing: stayed on its node" },
};

static const struct argp_option options[] = {
	{ "tag", OPT_TAG, "TAG", 0, "Whose tasks are packed; again for more tags", 0 },
	{ "first", OPT_FIRST, "NODE", 0, "The node that is filled first; then those after it (0)", 0 },
	{ "full", OPT_FULL, "PERCENT", 0,
	  "A node is full with so many runnable tasks for a hundred CPUs (100)", 0 },
	{ "json", OPT_JSON, NULL, 0, "Print JSON, an object a line", 0 },
	{ "verbose", 'v', NULL, 0, "Print what was decided once a second", 0 },
	{}
};

static void check_opts(const struct pack_opts *opts, struct argp_state *state)
{
	char path[64];

	if (!opts->tags.n)
		argp_error(state, "at least one --tag TAG is needed");
	if (!opts->full)
		argp_error(state, "--full 0: then every node is always full");
	snprintf(path, sizeof(path), "/sys/devices/system/node/node%u", opts->first);
	if (opts->first && access(path, F_OK))
		argp_error(state, "--first %u: this machine has no such node", opts->first);
}

static error_t parse_opt(int key, char *arg, struct argp_state *state)
{
	struct pack_opts *opts = state->input;

	switch (key) {
	case OPT_TAG:
		sample_add_tag(&opts->tags, arg, "", state);
		break;
	case OPT_FIRST:
		opts->first = sample_parse_number(arg, "--first", MAX_NODES - 1, state);
		break;
	case OPT_FULL:
		opts->full = sample_parse_number(arg, "--full", 10000, state);
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
	.doc = "A tag's tasks fill one NUMA node before they take the next. Prints 'ready' when "
	       "attached; Ctrl-C detaches and prints what was decided.\v"
	       "Within a node CFS chooses the CPU.",
};

static int load(void *arg)
{
	struct pack *p = arg;
	int err = tagsched_kernel__check(TAGSCHED_FEAT_BPF);

	if (err)
		return err;
	p->skel = numa_pack_bpf__open();
	if (!p->skel)
		return -errno;
	p->skel->bss->first_node = p->opts.first;
	p->skel->data->full_percent = p->opts.full;
	return numa_pack_bpf__load(p->skel);
}

static int attach(void *arg)
{
	struct pack *p = arg;
	int i, err = 0;

	for (i = 0; i < p->opts.tags.n && !err; i++) {
		err = sample_attach(&p->links, p->skel->progs.place, p->opts.tags.tags[i]);
		if (!err)
			err = sample_attach(&p->links, p->skel->progs.balance, p->opts.tags.tags[i]);
	}
	return err;
}

/* Until the end of the run. */
static int report(void *arg)
{
	const struct pack *p = arg;
	struct report r = {
		.name = "numa_pack", .labels = labels, .n = NR_NUMA_PACK_COUNTS,
		.counts = p->skel->maps.counts, .links = &p->links, .json = p->opts.json,
	};
	cJSON *head = cJSON_CreateObject();

	cJSON_AddNumberToObject(head, "first", p->opts.first);
	cJSON_AddNumberToObject(head, "full", p->opts.full);
	sample_ready(stdout, p->opts.json);
	sample_wait(p->opts.verbose ? report_second : NULL, &r);
	return report_summary(&r, head);
}

static const struct sample sample = {
	.name = "numa_pack", .load = load, .attach = attach, .run = report,
};

int main(int argc, char **argv)
{
	struct pack p = { .opts.full = FULL_PERCENT };
	int status;

	tagsched_init();
	argp_parse(&argp, argc, argv, 0, NULL, &p.opts);
	status = sample_main(&sample, &p);
	sample_detach(&p.links);
	numa_pack_bpf__destroy(p.skel);
	return status;
}
