// SPDX-License-Identifier: GPL-2.0-only
/*
 * cpu_isolate - load the policy of cpu_isolate.bpf.c, and push off who runs
 *
 * What the policy does, its knobs and what it is bad at: see cpu_isolate.bpf.c.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cpu_isolate.h"
#include "cpu_isolate.skel.h"
#include "cpulist.h"
#include "report.h"

enum { OPT_TAG = 256, OPT_CPUS, OPT_PUSH, OPT_JSON };

struct isolate_opts {
	bool have_tag, have_cpus;
	__s64 tag;
	struct cpulist cpus;
	bool push;
	bool json;
	bool verbose;
};

struct isolate {
	struct isolate_opts opts;
	struct cpu_isolate_bpf *skel;
	struct sample_links links;
	struct report report;
	int ncpus;
	uint64_t pushed;	/* threads that were sent to their side */
};

static const struct report_label labels[NR_CPU_ISOLATE_COUNTS] = {
	[PLACED_IN]	  = { "placed_in",	 "the tag's tasks placed on its CPUs" },
	[PLACED_OUT]	  = { "placed_out",	 "others placed on the other CPUs" },
	[PLACED_BARRED]	  = { "placed_barred",	 "not allowed on their side: left to CFS" },
	[BALANCE_DENIED]  = { "balance_denied",	 "balancing: stayed on their side" },
	[BALANCE_ALLOWED] = { "balance_allowed", "balancing: back to their side" },
};

static const struct argp_option options[] = {
	{ "tag", OPT_TAG, "TAG", 0, "Whose the CPUs are", 0 },
	{ "cpus", OPT_CPUS, "LIST", 0, "The CPUs, as in 0-3,8", 0 },
	{ "push", OPT_PUSH, NULL, 0,
	  "Send who runs on the wrong side over, at once and then once a second", 0 },
	{ "json", OPT_JSON, NULL, 0, "Print JSON, an object a line", 0 },
	{ "verbose", 'v', NULL, 0, "Print what was decided once a second", 0 },
	{}
};

static int nr_cpus(void)
{
	return sysconf(_SC_NPROCESSORS_CONF);
}

static void parse_cpus(const char *arg, struct isolate_opts *opts, struct argp_state *state)
{
	char why[256];

	if (cpulist_parse(arg, nr_cpus(), &opts->cpus, why, sizeof(why)))
		argp_error(state, "--cpus %s: %s", arg, why);
	opts->have_cpus = true;
}

static void check_opts(const struct isolate_opts *opts, struct argp_state *state)
{
	int cpu, others = 0;

	if (!opts->have_tag || !opts->have_cpus)
		argp_error(state, "both --tag TAG and --cpus LIST are needed");
	if (!opts->tag)
		argp_error(state, "--tag 0 is everybody who has no tag; tag whose the CPUs shall be");
	for (cpu = 0; cpu < nr_cpus(); cpu++)
		others += !cpulist_has(&opts->cpus, cpu);
	if (!others)
		argp_error(state, "--cpus are all there are; leave some for the others");
}

static error_t parse_opt(int key, char *arg, struct argp_state *state)
{
	struct isolate_opts *opts = state->input;

	switch (key) {
	case OPT_TAG:
		opts->tag = sample_parse_tag(arg, "--tag", state);
		opts->have_tag = true;
		break;
	case OPT_CPUS:
		parse_cpus(arg, opts, state);
		break;
	case OPT_PUSH:
		opts->push = true;
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
	.doc = "The CPUs of --cpus are of the tasks of --tag: these run there only, and nobody "
	       "else does. Prints 'ready' when attached; Ctrl-C detaches and prints what was "
	       "decided.\v"
	       "Who is bound to a CPU stays on it.",
};

/* --- who runs already */

/* The CPU on which a thread is; negative if it has gone. */
static int cpu_of(pid_t tid)
{
	char path[64], line[1024], *at;
	int cpu = -ESRCH;
	FILE *f;
	int i;

	snprintf(path, sizeof(path), "/proc/%d/stat", tid);
	f = fopen(path, "r");
	if (!f)
		return -errno;
	at = fgets(line, sizeof(line), f) ? strrchr(line, ')') : NULL;
	/* Field 39; the one after the name is 3. */
	for (i = 2; at && i < 39; i++)
		at = strchr(at + 1, ' ');
	if (at)
		cpu = atoi(at);
	fclose(f);
	return cpu;
}

/* Keep a thread to its side for a moment. Who may run on the other side only stays. */
static bool push(const struct isolate *is, pid_t tid, bool owner)
{
	cpu_set_t all, some;
	int cpu;

	if (sched_getaffinity(tid, sizeof(all), &all))
		return false;
	some = all;
	for (cpu = 0; cpu < is->ncpus && cpu < CPU_SETSIZE; cpu++)
		if (!!cpulist_has(&is->opts.cpus, cpu) != owner)
			CPU_CLR(cpu, &some);
	if (!CPU_COUNT(&some) || sched_setaffinity(tid, sizeof(some), &some))
		return false;
	sched_setaffinity(tid, sizeof(all), &all);
	return true;
}

static int push_one(const struct tagsched_task_entry *e, void *arg)
{
	struct isolate *is = arg;
	bool owner = e->tag == is->opts.tag;
	int cpu = cpu_of(e->tid);

	if (cpu >= 0 && !!cpulist_has(&is->opts.cpus, cpu) != owner)
		is->pushed += push(is, e->tid, owner);
	return 0;
}

static void second(void *arg)
{
	struct isolate *is = arg;

	if (is->opts.push)
		tagsched_task__walk(push_one, is);
	if (is->opts.verbose)
		report_second(&is->report);
}

/* --- the policy */

static int fill_sides(const struct isolate *is)
{
	static struct cpulist mask;	/* as struct bpf_sched_cpumask has it */
	__u32 side;
	int cpu, err = 0;

	for (side = 0; side < 2 && !err; side++) {
		memset(&mask, 0, sizeof(mask));
		for (cpu = 0; cpu < is->ncpus; cpu++)
			if (!!cpulist_has(&is->opts.cpus, cpu) == !side)
				mask.bits[cpu / 64] |= 1ULL << (cpu % 64);
		err = bpf_map__update_elem(is->skel->maps.sides, &side, sizeof(side), &mask,
					   sizeof(mask), BPF_ANY);
	}
	return err;
}

static int load(void *arg)
{
	struct isolate *is = arg;
	int err = tagsched_kernel__check(TAGSCHED_FEAT_BPF);

	if (err)
		return err;
	is->skel = cpu_isolate_bpf__open();
	if (!is->skel)
		return -errno;
	is->skel->rodata->owner_tag = is->opts.tag;
	err = cpu_isolate_bpf__load(is->skel);
	return err ?: fill_sides(is);
}

/* For every tag: there is no other way to name "all but one". */
static int attach(void *arg)
{
	struct isolate *is = arg;
	int err = sample_attach_all(&is->links, is->skel->progs.place);

	return err ?: sample_attach_all(&is->links, is->skel->progs.balance);
}

static cJSON *head(const struct isolate *is)
{
	cJSON *json = cJSON_CreateObject();
	char cpus[256];

	cpulist_format(&is->opts.cpus, cpus, sizeof(cpus));
	sample_json_tag(json, "tag", is->opts.tag);
	cJSON_AddStringToObject(json, "cpus", cpus);
	cJSON_AddNumberToObject(json, "pushed", is->pushed);
	return json;
}

/* Until the end of the run. */
static int run(void *arg)
{
	struct isolate *is = arg;

	is->report = (struct report) {
		.name = "cpu_isolate", .labels = labels, .n = NR_CPU_ISOLATE_COUNTS,
		.counts = is->skel->maps.counts, .links = &is->links, .json = is->opts.json,
	};
	if (is->opts.push)
		tagsched_task__walk(push_one, is);
	sample_ready(stdout, is->opts.json);
	sample_wait(is->opts.verbose || is->opts.push ? second : NULL, is);
	return report_summary(&is->report, head(is));
}

static const struct sample sample = {
	.name = "cpu_isolate", .load = load, .attach = attach, .run = run,
};

int main(int argc, char **argv)
{
	struct isolate is = { .ncpus = nr_cpus() };
	int status;

	tagsched_init();
	argp_parse(&argp, argc, argv, 0, NULL, &is.opts);
	status = sample_main(&sample, &is);
	sample_detach(&is.links);
	cpu_isolate_bpf__destroy(is.skel);
	return status;
}
