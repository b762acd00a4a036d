// SPDX-License-Identifier: GPL-2.0-only
/*
 * landed - run a command and count where the tasks of some cgroups land meanwhile
 *
 *	landed --name before --cgroup online=/sys/fs/cgroup/online:0-1 -- COMMAND...
 *
 * Counts every wakeup, start and move of the cgroup's tasks by CPU, and their
 * CPU time there. The CPU list after the colon is where they were asked to be:
 * it changes nothing and goes into the record. Prints one JSON object; exits as
 * the command does.
 */
#include <argp.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cpulist.h"
#include "landed.h"
#include "landed.skel.h"

struct group {
	char name[32];
	unsigned long long id;
	struct cpulist asked;
};

struct landed {
	const char *name;
	const char *output;
	int ngroups;
	struct group groups[LANDED_MAX_CGROUPS];
	int ncpus;
	char **command;
	struct landed_bpf *skel;
};

static const struct argp_option options[] = {
	{ "name", 'n', "NAME", 0, "Name of this run, for the record", 0 },
	{ "cgroup", 'c', "NAME=DIR:CPULIST", 0, "Count tasks of this cgroup; once for each", 0 },
	{ "output", 'o', "FILE", 0, "Write there instead of to stdout", 0 },
	{}
};

static void parse_group(struct landed *l, char *arg, struct argp_state *state)
{
	char *equals = strchr(arg, '='), *colon = strrchr(arg, ':');
	struct group *g = &l->groups[l->ngroups];
	char why[256];
	struct stat st;

	if (l->ngroups == LANDED_MAX_CGROUPS)
		argp_error(state, "--cgroup: more than %d", LANDED_MAX_CGROUPS);
	if (!equals || !colon || colon < equals || equals - arg >= (int)sizeof(g->name))
		argp_error(state, "--cgroup '%s': write NAME=DIR:CPULIST", arg);
	*equals = '\0';
	*colon = '\0';
	if (stat(equals + 1, &st))
		argp_failure(state, 1, errno, "--cgroup: %s", equals + 1);
	if (cpulist_parse(colon + 1, l->ncpus, &g->asked, why, sizeof(why)))
		argp_error(state, "--cgroup %s: %s", arg, why);
	snprintf(g->name, sizeof(g->name), "%s", arg);
	g->id = st.st_ino;
	l->ngroups++;
}

static error_t parse_opt(int key, char *arg, struct argp_state *state)
{
	struct landed *l = state->input;

	switch (key) {
	case 'n':
		l->name = arg;
		break;
	case 'c':
		parse_group(l, arg, state);
		break;
	case 'o':
		l->output = arg;
		break;
	case ARGP_KEY_ARGS:
		l->command = state->argv + state->next;
		break;
	case ARGP_KEY_END:
		if (!l->command)
			argp_error(state, "there is no command to run");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	.options = options,
	.parser = parse_opt,
	.args_doc = "-- COMMAND [ARG...]",
	.doc = "Runs a command and counts on which CPUs the tasks of some cgroups land meanwhile.",
};

static int prepare(struct landed *l)
{
	struct landed_counts zero = {};
	int i, err = 0;

	l->skel = landed_bpf__open_and_load();
	if (!l->skel)
		return -errno;
	for (i = 0; !err && i < l->ngroups * l->ncpus; i++) {
		struct landed_key key = {
			.cgroup = l->groups[i / l->ncpus].id,
			.cpu = i % l->ncpus,
		};

		err = bpf_map__update_elem(l->skel->maps.counts, &key, sizeof(key), &zero,
					   sizeof(zero), BPF_ANY);
	}
	return err ?: landed_bpf__attach(l->skel);
}

/* Exit status of the command, or a negative errno. */
static int run(const struct landed *l)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return -errno;
	if (!pid) {
		execvp(l->command[0], l->command);
		fprintf(stderr, "landed: cannot run %s: %s\n", l->command[0], strerror(errno));
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void add_asked(cJSON *out, const struct landed *l, const struct group *g)
{
	cJSON *asked = cJSON_AddArrayToObject(out, "asked_cpus");
	int cpu;

	for (cpu = 0; cpu < l->ncpus; cpu++)
		if (cpulist_has(&g->asked, cpu))
			cJSON_AddItemToArray(asked, cJSON_CreateNumber(cpu));
}

static int add_group(cJSON *out, const struct landed *l, const struct group *g)
{
	cJSON *wakeups, *starts, *moved_in, *runtime;
	int cpu, err;

	cJSON_AddStringToObject(out, "cgroup", g->name);
	add_asked(out, l, g);
	wakeups = cJSON_AddArrayToObject(out, "wakeups");
	starts = cJSON_AddArrayToObject(out, "starts");
	moved_in = cJSON_AddArrayToObject(out, "moved_in");
	runtime = cJSON_AddArrayToObject(out, "runtime_ns");
	for (cpu = 0; cpu < l->ncpus; cpu++) {
		struct landed_key key = { .cgroup = g->id, .cpu = cpu };
		struct landed_counts c;

		err = bpf_map__lookup_elem(l->skel->maps.counts, &key, sizeof(key), &c,
					   sizeof(c), 0);
		if (err)
			return err;
		cJSON_AddItemToArray(wakeups, cJSON_CreateNumber(c.wakeups));
		cJSON_AddItemToArray(starts, cJSON_CreateNumber(c.starts));
		cJSON_AddItemToArray(moved_in, cJSON_CreateNumber(c.moved_in));
		cJSON_AddItemToArray(runtime, cJSON_CreateNumber(c.runtime_ns));
	}
	return 0;
}

static int print_results(const struct landed *l)
{
	FILE *f = l->output ? fopen(l->output, "w") : stdout;
	cJSON *out = cJSON_CreateObject();
	int i, err = f ? 0 : -errno;
	cJSON *groups;
	char *text;

	cJSON_AddStringToObject(out, "name", l->name);
	cJSON_AddNumberToObject(out, "cpus", l->ncpus);
	groups = cJSON_AddArrayToObject(out, "cgroups");
	for (i = 0; !err && i < l->ngroups; i++) {
		cJSON *group = cJSON_CreateObject();

		cJSON_AddItemToArray(groups, group);
		err = add_group(group, l, &l->groups[i]);
	}
	text = err ? NULL : cJSON_PrintUnformatted(out);
	cJSON_Delete(out);
	if (text)
		fprintf(f, "%s\n", text);
	else if (!err)
		err = -ENOMEM;
	free(text);
	if (f && f != stdout && fclose(f) && !err)
		err = -errno;
	return err;
}

int main(int argc, char **argv)
{
	static struct landed l = { .name = "landed" };
	int err, status;

	l.ncpus = libbpf_num_possible_cpus();
	if (l.ncpus < 1 || l.ncpus > LANDED_MAX_CPUS) {
		fprintf(stderr, "landed: 1 to %d CPUs are supported, not %d\n", LANDED_MAX_CPUS,
			l.ncpus);
		return 1;
	}
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &l);

	err = prepare(&l);
	status = err ?: run(&l);
	if (l.skel)
		landed_bpf__detach(l.skel);
	if (status >= 0)
		err = print_results(&l);
	else
		err = status;
	landed_bpf__destroy(l.skel);
	if (err) {
		fprintf(stderr, "landed: %s: %s\n", l.name, strerror(-err));
		return 1;
	}
	return status;
}
