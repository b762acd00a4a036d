// SPDX-License-Identifier: GPL-2.0-only
/* Command line of every agent: see options.h. */
#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "options.h"

#define MAX_NUMBER	1000000000
#define MAX_BOOST	100000	/* what the kernel takes */
#define MAX_SLICE	4000000	/* ms, which are microseconds in 32 bits */

enum { OPT_PERSIST = 256, OPT_TIMEOUT, OPT_BOOST, OPT_SLICE, OPT_SPIN };

static const struct argp_option general[] = {
	{ "tag", 't', "TAG", 0, "Schedule every task with this tag (needed)", 0 },
	{ "cpus", 'c', "LIST", 0, "CPUs to schedule, as in 0-3,8 (default: all online)", 0 },
	{ "queue", 'q', "KIND", 0, "Take messages from a ring (default) or a ringbuf (BPF)", 0 },
	{ "abi", 'a', "VERSION", 0, "Speak version 84 or 91 (default) of the ABI", 0 },
	{ "persist", OPT_PERSIST, NULL, 0,
	  "If the agent dies tasks wait for the next one instead of going back to CFS", 0 },
	{ "timeout", OPT_TIMEOUT, "MS", 0,
	  "Give up, and all tasks back to CFS, if one waits for longer (default: the kernel's)", 0 },
	{ "boost", OPT_BOOST, "USEC", 0,
	  "Let a task that is dispatched run before CFS tasks for so long", 0 },
	{ "slice", OPT_SLICE, "MS", 0,
	  "Let a task run for so long while others wait (default: 100)", 0 },
	{ "stats", 's', NULL, 0, "Print once a second what was done", 0 },
	{ "json", 'j', NULL, 0, "Print JSON", 0 },
	{ 0 }
};

static const struct argp_option spin[] = {
	{ "spin", OPT_SPIN, "USEC", 0,
	  "Look for messages for so long before sleeping until there are some (default: always)", 0 },
	{ 0 }
};

static unsigned int number(const char *arg, const char *name, unsigned int max,
			   struct argp_state *state)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(arg, &end, 10);
	if (!isdigit((unsigned char)*arg) || *end || errno || !n || n > max)
		argp_error(state, "%s: '%s' is not a number from 1 to %u", name, arg, max);
	return n;
}

static void parse_tag(const char *arg, struct options *o, struct argp_state *state)
{
	if (tagsched_tag__parse(arg, &o->agents.tag))
		argp_error(state, "--tag: '%s' is not a 64-bit integer", arg);
	o->have_tag = true;
	o->agents.bind = true;
}

static void parse_queue(const char *arg, struct options *o, struct argp_state *state)
{
	if (!strcmp(arg, "ring"))
		o->agents.queue = TAGSCHED_QUEUE_RING;
	else if (!strcmp(arg, "ringbuf"))
		o->agents.queue = TAGSCHED_QUEUE_RINGBUF;
	else
		argp_error(state, "--queue: '%s' is neither ring nor ringbuf", arg);
}

static void parse_abi(const char *arg, struct options *o, struct argp_state *state)
{
	o->enclave.abi = number(arg, "--abi", MAX_NUMBER, state);
	if (o->enclave.abi != 84 && o->enclave.abi != 91)
		argp_error(state, "--abi: '%s' is neither 84 nor 91", arg);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 't':
		parse_tag(arg, o, state);
		break;
	case 'c':
		o->enclave.cpus = arg;
		break;
	case 'q':
		parse_queue(arg, o, state);
		break;
	case 'a':
		parse_abi(arg, o, state);
		break;
	case OPT_PERSIST:
		o->enclave.persist = true;
		break;
	case OPT_TIMEOUT:
		o->enclave.timeout_ms = number(arg, "--timeout", MAX_NUMBER, state);
		break;
	case OPT_BOOST:
		o->enclave.boost_us = number(arg, "--boost", MAX_BOOST, state);
		break;
	case OPT_SLICE:
		o->agents.slice_us = 1000 * number(arg, "--slice", MAX_SLICE, state);
		break;
	case 's':
		o->stats = true;
		break;
	case 'j':
		o->json = true;
		break;
	case ARGP_KEY_INIT:
		if (o->central)
			state->child_inputs[0] = o;
		break;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected argument '%s'", arg);
		break;
	case ARGP_KEY_END:
		if (!o->have_tag)
			argp_error(state, "--tag is missing: which tasks shall be scheduled?");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* Of agents that spin. */
static error_t parse_spin(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	if (key != OPT_SPIN)
		return ARGP_ERR_UNKNOWN;
	o->agents.spin_us = number(arg, "--spin", MAX_NUMBER, state);
	return 0;
}

static void print_version(FILE *stream, struct argp_state *state)
{
	fprintf(stream, "%s from tagsched %s\n", state->name, tagsched_version());
}

void (*argp_program_version_hook)(FILE *stream, struct argp_state *state) = print_version;

void options_init(struct options *o, enum tagsched_model model)
{
	memset(o, 0, sizeof(*o));
	o->enclave.sz = sizeof(o->enclave);
	o->agents.sz = sizeof(o->agents);
	o->agents.enclave = &o->enclave;
	o->agents.model = model;
	o->central = model == TAGSCHED_MODEL_CENTRAL;
}

void options_parse(struct options *o, int argc, char **argv, const char *doc)
{
	static const struct argp spin_argp = { .options = spin, .parser = parse_spin };
	static const struct argp_child children[] = { { &spin_argp, 0, NULL, 0 }, { 0 } };
	struct argp argp = {
		.options = general,
		.parser = parse,
		.doc = doc,
		.children = o->central ? children : NULL,
	};

	argp_err_exit_status = EXIT_FAILURE;
	argp_parse(&argp, argc, argv, 0, NULL, o);
}
