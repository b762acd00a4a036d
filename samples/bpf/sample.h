/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every sample's user side does besides its own policy: attach programs
 * and keep the links, wait for Ctrl-C or SIGTERM, report what was decided.
 */
#ifndef SAMPLE_H
#define SAMPLE_H

#include <argp.h>
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <tagsched.h>

#define SAMPLE_MAX_LINKS	128

struct bpf_map;
struct bpf_program;

/* Links of one run. Owned by main(); closing them detaches the programs. */
struct sample_links {
	int n;
	int fds[SAMPLE_MAX_LINKS];
};

/**
 * sample_attach() - attach a program to its hook for one tag
 * @links: where the link is kept
 * @prog: the program, loaded
 * @tag: the tag
 *
 * Return: 0 or a negative errno; tagsched_last_error() says more.
 */
int sample_attach(struct sample_links *links, const struct bpf_program *prog, __s64 tag);

/* The same for every tag, and for what has none. */
int sample_attach_all(struct sample_links *links, const struct bpf_program *prog);

/* Detach all. */
void sample_detach(struct sample_links *links);

#define SAMPLE_MAX_TAGS		32

/* The tags of a command line, each once. */
struct sample_tags {
	int n;
	__s64 tags[SAMPLE_MAX_TAGS];
};

/*
 * Add the tag of a --tag; a second one of a kind, or one too many, is argp_error()'s
 * affair. @instead: what to do who has more, "" for nothing.
 */
void sample_add_tag(struct sample_tags *tags, const char *arg, const char *instead,
		    struct argp_state *state);

/* A tag or a number of a command line; what is none is argp_error()'s affair. @what: the option */
__s64 sample_parse_tag(const char *arg, const char *what, struct argp_state *state);
uint64_t sample_parse_number(const char *arg, const char *what, uint64_t max,
			     struct argp_state *state);

/**
 * sample_block_signals() - from here on SIGINT and SIGTERM wait for sample_wait()
 *
 * Called before anything is attached, so that a signal never skips the summary.
 */
void sample_block_signals(void);

/* Tell whoever waits for it that the policy is attached: "ready" on a line. */
void sample_ready(FILE *out, bool json);

/* Say on stderr that main() cannot do something, and why: the library's last error, or errno's text. */
void sample_fail(const char *name, const char *doing, int err);

/**
 * sample_wait() - wait for SIGINT or SIGTERM
 * @tick: called once a second meanwhile, may be NULL
 * @arg: passed to @tick
 */
void sample_wait(void (*tick)(void *arg), void *arg);

/* struct sample - the steps of a policy's run, each of which gets main()'s own struct */
struct sample {
	const char *name;
	int (*load)(void *arg);
	int (*attach)(void *arg);
	int (*run)(void *arg);		/* says that it is ready, waits, reports */
};

/**
 * sample_main() - what is left of main() once the options are parsed
 * @s: the steps
 * @arg: passed to them
 *
 * Return: the exit status. What could not be done has been said on stderr.
 */
int sample_main(const struct sample *s, void *arg);

/**
 * sample_read_counts() - sum a per-CPU map's u64 counters over the CPUs
 * @map: the map; its value is an array of @n u64
 * @key: the element
 * @counts: result, @n sums
 * @n: counters in a value
 *
 * Return: 0 or a negative errno.
 */
int sample_read_counts(const struct bpf_map *map, const void *key, uint64_t *counts, int n);

/**
 * sample_print_links() - print a table of what the hooks asked and got
 * @out: where to
 * @links: the links
 */
int sample_print_links(FILE *out, const struct sample_links *links);

/**
 * sample_json_links() - the same for --json, as array "links" of @parent
 */
int sample_json_links(cJSON *parent, const struct sample_links *links);

/* Add a tag to @parent, all 64 bits of it. */
void sample_json_tag(cJSON *parent, const char *name, __s64 tag);

/* Print @json on a line of its own and free it. */
int sample_json_print(FILE *out, cJSON *json);

#endif /* SAMPLE_H */
