// SPDX-License-Identifier: GPL-2.0-only
/*
 * trace_tags - print what trace_tags.bpf.c counts
 *
 * What is counted, and what it is bad at: see trace_tags.bpf.c.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>

#include "sample.h"
#include "trace_tags.h"
#include "trace_tags.skel.h"

#define NSEC_PER_MSEC	1000000ULL
#define MAX_TAGS	32

enum { OPT_TAG = 256, OPT_JSON };

struct trace_opts {
	int n;
	__s64 tags[MAX_TAGS];
	bool json;
	bool verbose;
};

struct row {
	struct place place;
	struct visits visits;
};

struct trace {
	struct trace_opts opts;
	struct trace_tags_bpf *skel;
	struct sample_links links;
	struct row rows[MAX_PLACES];
	int n;
};

static const struct argp_option options[] = {
	{ "tag", OPT_TAG, "TAG", 0, "Of this tag's tasks; again for more tags (all)", 0 },
	{ "json", OPT_JSON, NULL, 0, "Print JSON, an object a line", 0 },
	{ "verbose", 'v', NULL, 0, "Print the table once a second", 0 },
	{}
};

static error_t parse_opt(int key, char *arg, struct argp_state *state)
{
	struct trace_opts *opts = state->input;

	switch (key) {
	case OPT_TAG:
		if (opts->n == MAX_TAGS)
			argp_error(state, "more than %d tags: leave --tag out for all there are",
				   MAX_TAGS);
		opts->tags[opts->n++] = sample_parse_tag(arg, "--tag", state);
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
	.doc = "Counts, by tag and CPU, how often tasks of CFS were queued there, how long they "
	       "were runnable and how long they ran. Prints 'ready' when attached; Ctrl-C "
	       "detaches and prints the table.\v"
	       "It decides nothing.",
};

static int by_tag_and_cpu(const void *a, const void *b)
{
	const struct place *p = a, *q = b;

	if (p->tag != q->tag)
		return p->tag < q->tag ? -1 : 1;
	return p->cpu < q->cpu ? -1 : p->cpu > q->cpu;
}

static void read_rows(struct trace *t)
{
	const struct bpf_map *map = t->skel->maps.places;
	struct place *last = NULL;
	struct row *row = t->rows;

	/* Elements come, and none goes. */
	for (t->n = 0; t->n < MAX_PLACES; row++) {
		if (bpf_map__get_next_key(map, last, &row->place, sizeof(row->place)))
			break;
		last = &row->place;
		if (!bpf_map__lookup_elem(map, last, sizeof(*last), &row->visits,
					  sizeof(row->visits), 0))
			t->n++;
	}
	qsort(t->rows, t->n, sizeof(t->rows[0]), by_tag_and_cpu);
}

static void print_table(const struct trace *t)
{
	const struct row *row;

	printf("%20s %5s %10s %10s %12s %12s\n", "tag", "cpu", "queued", "woken", "runnable ms",
	       "ran ms");
	for (row = t->rows; row < t->rows + t->n; row++)
		printf("%20lld %5u %10llu %10llu %12.1f %12.1f\n", row->place.tag, row->place.cpu,
		       row->visits.queued, row->visits.woken,
		       (double)row->visits.runnable_ns / NSEC_PER_MSEC,
		       (double)row->visits.ran_ns / NSEC_PER_MSEC);
	printf("%llu changes of tags, %llu stays lost\n",
	       (unsigned long long)t->skel->bss->changes, (unsigned long long)t->skel->bss->lost);
	fflush(stdout);
}

static cJSON *json_table(const struct trace *t, const char *event)
{
	cJSON *json = cJSON_CreateObject(), *array;
	const struct row *row;

	cJSON_AddStringToObject(json, "event", event);
	array = cJSON_AddArrayToObject(json, "places");
	for (row = t->rows; row < t->rows + t->n; row++) {
		cJSON *o = cJSON_CreateObject();

		cJSON_AddItemToArray(array, o);
		sample_json_tag(o, "tag", row->place.tag);
		cJSON_AddNumberToObject(o, "cpu", row->place.cpu);
		cJSON_AddNumberToObject(o, "queued", row->visits.queued);
		cJSON_AddNumberToObject(o, "woken", row->visits.woken);
		cJSON_AddNumberToObject(o, "runnable_ns", row->visits.runnable_ns);
		cJSON_AddNumberToObject(o, "ran_ns", row->visits.ran_ns);
	}
	cJSON_AddNumberToObject(json, "changes", t->skel->bss->changes);
	cJSON_AddNumberToObject(json, "lost", t->skel->bss->lost);
	return json;
}

static void print_second(void *arg)
{
	struct trace *t = arg;

	read_rows(t);
	if (t->opts.json)
		sample_json_print(stdout, json_table(t, "second"));
	else
		print_table(t);
}

static int print_summary(struct trace *t)
{
	cJSON *json;
	int err;

	read_rows(t);
	if (!t->opts.json) {
		putchar('\n');
		print_table(t);
		putchar('\n');
		return sample_print_links(stdout, &t->links);
	}
	json = json_table(t, "summary");
	err = sample_json_links(json, &t->links);
	return sample_json_print(stdout, json) ?: err;
}

static int attach_for(struct trace *t, const __s64 *tag)
{
	const struct bpf_program *progs[] = {
		t->skel->progs.changed, t->skel->progs.dequeue, t->skel->progs.enqueue,
	};
	size_t i;
	int err = 0;

	for (i = 0; i < sizeof(progs) / sizeof(progs[0]) && !err; i++)
		err = tag ? sample_attach(&t->links, progs[i], *tag) :
			    sample_attach_all(&t->links, progs[i]);
	return err;
}

static int attach(struct trace *t)
{
	int i, err = 0;

	if (!t->opts.n)
		return attach_for(t, NULL);
	for (i = 0; i < t->opts.n && !err; i++)
		err = attach_for(t, &t->opts.tags[i]);
	return err;
}

static int load(struct trace *t)
{
	int err = tagsched_kernel__check(TAGSCHED_FEAT_BPF);

	if (err)
		return err;
	t->skel = trace_tags_bpf__open_and_load();
	return t->skel ? 0 : -errno;
}

int main(int argc, char **argv)
{
	static struct trace t;
	const char *doing = "load the programs";
	int err;

	tagsched_init();
	argp_parse(&argp, argc, argv, 0, NULL, &t.opts);
	sample_block_signals();

	err = load(&t);
	if (!err) {
		doing = "attach the programs";
		err = attach(&t);
	}
	if (!err) {
		doing = "read what was counted";
		sample_ready(stdout, t.opts.json);
		sample_wait(t.opts.verbose ? print_second : NULL, &t);
		err = print_summary(&t);
	}
	if (err)
		sample_fail("trace_tags", doing, err);
	sample_detach(&t.links);
	trace_tags_bpf__destroy(t.skel);
	return err ? 1 : 0;
}
