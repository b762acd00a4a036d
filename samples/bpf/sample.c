// SPDX-License-Identifier: GPL-2.0-only
/* What every sample's user side does besides its own policy: see sample.h. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sample.h"

static int attach(struct sample_links *links, const struct bpf_program *prog,
		  const struct tagsched_attach_opts *opts)
{
	int fd;

	if (links->n == SAMPLE_MAX_LINKS)
		return -E2BIG;
	fd = tagsched_link__create(bpf_program__fd(prog), opts);
	if (fd < 0)
		return fd;
	links->fds[links->n++] = fd;
	return 0;
}

int sample_attach(struct sample_links *links, const struct bpf_program *prog, __s64 tag)
{
	TAGSCHED_OPTS(tagsched_attach_opts, opts, .scoped = true, .tag = tag);

	return attach(links, prog, &opts);
}

int sample_attach_all(struct sample_links *links, const struct bpf_program *prog)
{
	return attach(links, prog, NULL);
}

void sample_detach(struct sample_links *links)
{
	while (links->n > 0)
		close(links->fds[--links->n]);
}

__s64 sample_parse_tag(const char *arg, const char *what, struct argp_state *state)
{
	__s64 tag = 0;

	if (tagsched_tag__parse(arg, &tag))
		argp_error(state, "%s: %s", what, tagsched_last_error());
	return tag;
}

void sample_add_tag(struct sample_tags *tags, const char *arg, const char *instead,
		    struct argp_state *state)
{
	__s64 tag = sample_parse_tag(arg, "--tag", state);
	int i;

	for (i = 0; i < tags->n; i++)
		if (tags->tags[i] == tag)
			argp_error(state, "--tag %lld is given twice", (long long)tag);
	if (tags->n == SAMPLE_MAX_TAGS)
		argp_error(state, "more than %d tags%s", SAMPLE_MAX_TAGS, instead);
	tags->tags[tags->n++] = tag;
}

uint64_t sample_parse_number(const char *arg, const char *what, uint64_t max,
			     struct argp_state *state)
{
	char *end;
	unsigned long long v;

	errno = 0;
	v = strtoull(arg, &end, 10);
	if (errno || end == arg || *end || strchr(arg, '-') || v > max)
		argp_error(state, "%s: '%s' is not a number from 0 to %llu", what, arg,
			   (unsigned long long)max);
	return v;
}

static void end_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
}

void sample_block_signals(void)
{
	sigset_t set;

	end_signals(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

void sample_ready(FILE *out, bool json)
{
	fputs(json ? "{\"event\":\"ready\"}\n" : "ready\n", out);
	fflush(out);
}

void sample_fail(const char *name, const char *doing, int err)
{
	const char *why = tagsched_last_error();

	fprintf(stderr, "%s: cannot %s: %s\n", name, doing, *why ? why : strerror(-err));
}

void sample_wait(void (*tick)(void *arg), void *arg)
{
	const struct timespec second = { .tv_sec = 1 };
	sigset_t set;

	end_signals(&set);
	while (sigtimedwait(&set, NULL, tick ? &second : NULL) < 0) {
		if (errno == EAGAIN && tick)
			tick(arg);
	}
}

int sample_main(const struct sample *s, void *arg)
{
	const char *doing = "load the policy";
	int err;

	sample_block_signals();
	err = s->load(arg);
	if (!err) {
		doing = "attach the policy";
		err = s->attach(arg);
	}
	if (!err) {
		doing = "read what was decided";
		err = s->run(arg);
	}
	if (err)
		sample_fail(s->name, doing, err);
	return err ? 1 : 0;
}

int sample_read_counts(const struct bpf_map *map, const void *key, uint64_t *counts, int n)
{
	int cpus = libbpf_num_possible_cpus(), cpu, i, err;
	uint64_t *values;

	if (cpus < 0)
		return cpus;
	values = calloc((size_t)cpus * n, sizeof(*values));
	if (!values)
		return -ENOMEM;
	err = bpf_map__lookup_elem(map, key, bpf_map__key_size(map), values,
				   (size_t)cpus * n * sizeof(*values), 0);
	for (i = 0; i < n; i++) {
		counts[i] = 0;
		for (cpu = 0; !err && cpu < cpus; cpu++)
			counts[i] += values[(size_t)cpu * n + i];
	}
	free(values);
	return err;
}

static int link_info(const struct sample_links *links, int i, struct tagsched_link_info *info)
{
	*info = (struct tagsched_link_info){ .sz = sizeof(*info) };
	return tagsched_link__info(links->fds[i], info);
}

int sample_print_links(FILE *out, const struct sample_links *links)
{
	struct tagsched_link_info info;
	int i, err;

	fprintf(out, "%-28s %8s %12s %12s %10s\n", "hook", "tag", "calls", "decided", "refused");
	for (i = 0; i < links->n; i++) {
		err = link_info(links, i, &info);
		if (err)
			return err;
		fprintf(out, "%-28s %8lld %12llu %12llu %10llu\n", info.hook,
			(long long)info.tag, (unsigned long long)info.calls,
			(unsigned long long)info.decided, (unsigned long long)info.refused);
	}
	return 0;
}

/* A JSON number in cJSON is a double, which a large tag does not fit. */
void sample_json_tag(cJSON *parent, const char *name, __s64 tag)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)tag);
	cJSON_AddRawToObject(parent, name, text);
}

int sample_json_links(cJSON *parent, const struct sample_links *links)
{
	cJSON *array = cJSON_AddArrayToObject(parent, "links");
	struct tagsched_link_info info;
	int i, err;

	for (i = 0; i < links->n; i++) {
		cJSON *link = cJSON_CreateObject();

		cJSON_AddItemToArray(array, link);
		err = link_info(links, i, &info);
		if (err)
			return err;
		cJSON_AddStringToObject(link, "hook", info.hook);
		sample_json_tag(link, "tag", info.tag);
		cJSON_AddNumberToObject(link, "calls", info.calls);
		cJSON_AddNumberToObject(link, "decided", info.decided);
		cJSON_AddNumberToObject(link, "refused", info.refused);
	}
	return 0;
}

int sample_json_print(FILE *out, cJSON *json)
{
	char *text = cJSON_PrintUnformatted(json);

	cJSON_Delete(json);
	if (!text)
		return -ENOMEM;
	fprintf(out, "%s\n", text);
	free(text);
	return fflush(out) ? -errno : 0;
}
