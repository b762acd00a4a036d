// SPDX-License-Identifier: GPL-2.0-only
/*
 * select_core - load the policy of select_core.bpf.c for a map of tags to CPUs
 *
 * What the policy does, its knobs and what it is bad at: see select_core.bpf.c.
 */
#include <argp.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cpulist.h"
#include "sample.h"
#include "select_core.h"
#include "select_core.skel.h"

#define FULL_AT		4

enum { OPT_MAP = 256, OPT_FULL, OPT_JSON };

/* struct select_counts as an array, for reading and printing */
#define NR_COUNTS	(sizeof(struct select_counts) / sizeof(uint64_t))

struct mapping {
	__s64 tag;
	struct cpulist cpus;
	uint64_t seen[NR_COUNTS];	/* by -v so far */
};

struct select_core {
	int n;
	struct mapping maps[SELECT_MAX_TAGS];
	int full_at;
	bool json;
	bool verbose;
	struct select_core_bpf *skel;
	struct sample_links links;
};

static const struct {
	const char *name;
	const char *head;
} labels[NR_COUNTS] = {
	{ "stayed", "stayed" },
	{ "idle", "idle" },
	{ "busy", "least" },
	{ "full", "full" },
	{ "barred", "barred" },
};

static const struct argp_option options[] = {
	{ "map", OPT_MAP, "TAG=CPULIST", 0,
	  "Tasks of TAG prefer these CPUs, for example 2=0-1,4; once for each tag", 0 },
	{ "full", OPT_FULL, "N", 0,
	  "A CPU is full from N runnable tasks on; when all preferred ones are, CFS chooses among those allowed (4)", 0 },
	{ "json", OPT_JSON, NULL, 0, "Print JSON, an object a line", 0 },
	{ "verbose", 'v', NULL, 0, "Print what was decided once a second", 0 },
	{}
};

/* "TAG=CPULIST" */
static void parse_map(struct select_core *sc, const char *arg, struct argp_state *state)
{
	struct mapping *map = &sc->maps[sc->n];
	int ncpus = libbpf_num_possible_cpus(), i;
	const char *equals = strchr(arg, '=');
	char tag[64], why[256];

	if (!equals || equals - arg >= (int)sizeof(tag))
		argp_error(state, "--map '%s': write TAG=CPULIST, for example 2=0-1", arg);
	if (sc->n == SELECT_MAX_TAGS)
		argp_error(state, "--map '%s': more than %d tags; the kernel takes no more programs at a hook",
			   arg, SELECT_MAX_TAGS);

	memcpy(tag, arg, equals - arg);
	tag[equals - arg] = '\0';
	if (tagsched_tag__parse(tag, &map->tag))
		argp_error(state, "--map '%s': %s", arg, tagsched_last_error());
	for (i = 0; i < sc->n; i++)
		if (sc->maps[i].tag == map->tag)
			argp_error(state, "--map '%s': tag %lld is mapped already; give it one list",
				   arg, (long long)map->tag);
	if (cpulist_parse(equals + 1, ncpus > 0 ? ncpus : CPULIST_CPUS, &map->cpus,
			  why, sizeof(why)))
		argp_error(state, "--map '%s': %s", arg, why);
	sc->n++;
}

static int parse_full(const char *arg, struct argp_state *state)
{
	char *end;
	long v;

	errno = 0;
	v = strtol(arg, &end, 10);
	if (errno || end == arg || *end || v < 1 || v > 1000000)
		argp_error(state, "--full: '%s' is not a number from 1 to 1000000", arg);
	return v;
}

static error_t parse_opt(int key, char *arg, struct argp_state *state)
{
	struct select_core *sc = state->input;

	switch (key) {
	case OPT_MAP:
		parse_map(sc, arg, state);
		break;
	case OPT_FULL:
		sc->full_at = parse_full(arg, state);
		break;
	case OPT_JSON:
		sc->json = true;
		break;
	case 'v':
		sc->verbose = true;
		break;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected argument '%s'", arg);
		break;
	case ARGP_KEY_END:
		if (!sc->n)
			argp_error(state, "at least one --map TAG=CPULIST is needed");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	.options = options,
	.parser = parse_opt,
	.doc = "Tasks of a tag wake up, and start, on the CPUs that the tag prefers, idle "
	       "ones first. Prints 'ready' when attached; Ctrl-C detaches and prints what "
	       "was decided.\v"
	       "A preference, not a fence: the load balancer may move running tasks elsewhere.",
};

static int read_counts(const struct select_core *sc, const struct mapping *map, uint64_t *counts)
{
	return sample_read_counts(sc->skel->maps.counts, &map->tag, counts, NR_COUNTS);
}

static void json_row(cJSON *array, const struct mapping *map, const uint64_t *counts)
{
	cJSON *row = cJSON_CreateObject();
	char cpus[256];
	size_t i;

	cpulist_format(&map->cpus, cpus, sizeof(cpus));
	cJSON_AddItemToArray(array, row);
	sample_json_tag(row, "tag", map->tag);
	cJSON_AddStringToObject(row, "cpus", cpus);
	for (i = 0; i < NR_COUNTS; i++)
		cJSON_AddNumberToObject(row, labels[i].name, counts[i]);
}

static void print_head(void)
{
	size_t i;

	printf("%8s %-16s", "tag", "cpus");
	for (i = 0; i < NR_COUNTS; i++)
		printf(" %10s", labels[i].head);
	putchar('\n');
}

static void print_row(const struct mapping *map, const uint64_t *counts)
{
	char cpus[256];
	size_t i;

	cpulist_format(&map->cpus, cpus, sizeof(cpus));
	printf("%8lld %-16s", (long long)map->tag, cpus);
	for (i = 0; i < NR_COUNTS; i++)
		printf(" %10llu", (unsigned long long)counts[i]);
	putchar('\n');
}

/* -v: what was decided in the last second */
static void print_second(void *arg)
{
	struct select_core *sc = arg;
	cJSON *json = NULL, *rows = NULL;
	int i;

	if (sc->json) {
		json = cJSON_CreateObject();
		cJSON_AddStringToObject(json, "event", "second");
		rows = cJSON_AddArrayToObject(json, "tags");
	}
	for (i = 0; i < sc->n; i++) {
		struct mapping *map = &sc->maps[i];
		uint64_t now[NR_COUNTS], delta[NR_COUNTS];
		size_t k;

		if (read_counts(sc, map, now))
			continue;
		for (k = 0; k < NR_COUNTS; k++) {
			delta[k] = now[k] - map->seen[k];
			map->seen[k] = now[k];
		}
		if (json)
			json_row(rows, map, delta);
		else
			print_row(map, delta);
	}
	if (json)
		sample_json_print(stdout, json);
	fflush(stdout);
}

static int json_summary(const struct select_core *sc)
{
	cJSON *json = cJSON_CreateObject(), *rows;
	uint64_t counts[NR_COUNTS];
	int i, err = 0;

	cJSON_AddStringToObject(json, "event", "summary");
	rows = cJSON_AddArrayToObject(json, "tags");
	for (i = 0; !err && i < sc->n; i++) {
		err = read_counts(sc, &sc->maps[i], counts);
		if (!err)
			json_row(rows, &sc->maps[i], counts);
	}
	if (!err)
		err = sample_json_links(json, &sc->links);
	return sample_json_print(stdout, json) ?: err;
}

static int print_summary(const struct select_core *sc)
{
	uint64_t counts[NR_COUNTS];
	int i, err;

	if (sc->json)
		return json_summary(sc);

	printf("\nselect_core: a CPU is full from %d runnable tasks on\n", sc->full_at);
	err = sample_print_links(stdout, &sc->links);
	putchar('\n');
	print_head();
	for (i = 0; !err && i < sc->n; i++) {
		err = read_counts(sc, &sc->maps[i], counts);
		if (!err)
			print_row(&sc->maps[i], counts);
	}
	printf("stayed: exec, alone on a preferred CPU; idle, least: idle or least loaded preferred CPU;\n"
	       "full, barred: left to CFS, as all preferred were full or none was usable\n");
	return err;
}

/* Fill the maps before anything is attached: no decision sees half of them. */
static int fill(struct select_core *sc)
{
	int cpus = libbpf_num_possible_cpus(), i, err = 0;
	struct select_counts *zero;

	if (cpus < 0)
		return cpus;
	zero = calloc(cpus, sizeof(*zero));
	if (!zero)
		return -ENOMEM;
	for (i = 0; !err && i < sc->n; i++) {
		struct mapping *map = &sc->maps[i];

		err = bpf_map__update_elem(sc->skel->maps.preferred, &map->tag, sizeof(map->tag),
					   &map->cpus, sizeof(map->cpus), BPF_ANY);
		if (!err)
			err = bpf_map__update_elem(sc->skel->maps.counts, &map->tag,
						   sizeof(map->tag), zero, cpus * sizeof(*zero),
						   BPF_ANY);
	}
	free(zero);
	return err;
}

static int load(void *arg)
{
	struct select_core *sc = arg;
	int err = tagsched_kernel__check(TAGSCHED_FEAT_BPF);

	if (err)
		return err;
	sc->skel = select_core_bpf__open();
	if (!sc->skel)
		return -errno;
	sc->skel->rodata->full_at = sc->full_at;
	return select_core_bpf__load(sc->skel) ?: fill(sc);
}

static int attach(void *arg)
{
	struct select_core *sc = arg;
	int i, err;

	for (i = 0; i < sc->n; i++) {
		err = sample_attach(&sc->links, sc->skel->progs.select_core, sc->maps[i].tag);
		if (err)
			return err;
	}
	return 0;
}

/* Until the end of the run. */
static int run(void *arg)
{
	struct select_core *sc = arg;

	sample_ready(stdout, sc->json);
	if (sc->verbose && !sc->json)
		print_head();
	sample_wait(sc->verbose ? print_second : NULL, sc);
	return print_summary(sc);
}

static const struct sample sample = {
	.name = "select_core", .load = load, .attach = attach, .run = run,
};

int main(int argc, char **argv)
{
	static struct select_core sc = { .full_at = FULL_AT };
	int status;

	tagsched_init();
	argp_parse(&argp, argc, argv, 0, NULL, &sc);
	status = sample_main(&sample, &sc);
	sample_detach(&sc.links);
	select_core_bpf__destroy(sc.skel);
	return status;
}
