/* SPDX-License-Identifier: GPL-2.0-only */
/* Command line of every agent. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>

#include <tagsched_agent.h>

/* One run of an agent. Owned by main(). */
struct options {
	struct tagsched_enclave_opts enclave;
	struct tagsched_agents_opts agents;
	bool central;		/* in: --spin is an option */
	bool have_tag;
	bool stats;
	bool json;
};

/* Defaults, before options_parse(). */
void options_init(struct options *o, enum tagsched_model model);

/**
 * options_parse() - read the command line
 * @o: in: from options_init(); out: the options
 * @doc: what the agent does, for --help
 *
 * Ends the process after an error, --help or --version.
 */
void options_parse(struct options *o, int argc, char **argv, const char *doc);

#endif /* OPTIONS_H */
