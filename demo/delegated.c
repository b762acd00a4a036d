// SPDX-License-Identifier: GPL-2.0-only
/*
 * delegated - act three of the demo: a server under CFS, under an agent, and
 * under CFS again when the agent was killed
 *
 * The server is a child process in a cgroup of its own. Its threads answer
 * requests that arrive on a schedule, and count them. This program stays
 * outside: it gives the cgroup a tag, starts the agent, kills it, and looks at
 * counts and policies in between.
 *
 * Prints a table, writes the same as JSON, and exits with 1 and the promise's
 * name if one is not kept.
 */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "load.h"
#include "phases.h"

#define RESET_ON_FORK	0x40000000

struct options {
	const char *cgroup;
	const char *output;
	const char *show;
	char **agent;
	int threads;
	int seconds;
	int patience;			/* seconds to wait for what must happen */
	int64_t period_ns;
	int64_t work_ns;
};

/* Shared with the server. Each thread writes to its own members. */
struct server {
	struct options opts;
	uint64_t loops;			/* load_spin() of a request */
	pid_t pid;
	struct {
		pid_t tid;		/* 0 until it runs (atomic) */
		uint64_t served;	/* atomic */
	} thread[LOAD_MAX_THREADS];
};

enum { OPT_SHOW = 256, OPT_PATIENCE };

static const struct argp_option options[] = {
	{ "cgroup", 'c', "DIR", 0, "cgroup of the server, and of the tag", 0 },
	{ "output", 'o', "FILE", 0, "Where the JSON goes", 0 },
	{ "threads", 't', "N", 0, "Threads of the server (4)", 0 },
	{ "seconds", 's', "S", 0, "Time of each phase (4)", 0 },
	{ "show", OPT_SHOW, "COMMAND", 0, "Run this with sh while the server is delegated", 0 },
	{ "patience", OPT_PATIENCE, "S", 0, "Give up when nothing has changed for so long (120)", 0 },
	{}
};

static int parse_number(const char *arg, int max, struct argp_state *state)
{
	char *end;
	long v = strtol(arg, &end, 10);

	if (end == arg || *end || v < 1 || v > max)
		argp_error(state, "'%s' is not a number from 1 to %d", arg, max);
	return v;
}

static error_t parse_opt(int key, char *arg, struct argp_state *state)
{
	struct options *opts = state->input;

	switch (key) {
	case 'c':
		opts->cgroup = arg;
		break;
	case 'o':
		opts->output = arg;
		break;
	case 't':
		opts->threads = parse_number(arg, LOAD_MAX_THREADS, state);
		break;
	case 's':
		opts->seconds = parse_number(arg, 3600, state);
		break;
	case OPT_SHOW:
		opts->show = arg;
		break;
	case OPT_PATIENCE:
		opts->patience = parse_number(arg, 3600, state);
		break;
	case ARGP_KEY_ARGS:
		opts->agent = state->argv + state->next;
		break;
	case ARGP_KEY_END:
		if (!opts->cgroup || !opts->output || !opts->agent)
			argp_error(state, "--cgroup, --output and the agent's command are needed");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	.options = options,
	.parser = parse_opt,
	.args_doc = "-- AGENT [ARG...]",
	.doc = "Runs a server, has an agent schedule it, kills the agent, and counts requests.",
};

static void nap(int64_t ns)
{
	const struct timespec ts = { .tv_sec = ns / NSEC_PER_SEC, .tv_nsec = ns % NSEC_PER_SEC };

	nanosleep(&ts, NULL);
}

static int write_file(const char *dir, const char *file, const char *text)
{
	char path[512];
	int fd, err = 0;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) < 0) {
		err = -errno;
		fprintf(stderr, "delegated: %s: cannot write '%s': %s\n", path, text,
			strerror(-err));
	}
	if (fd >= 0)
		close(fd);
	return err;
}

/* ---- the server ---- */

struct worker {
	struct server *s;
	int index;
};

static void *serve(void *arg)
{
	struct worker *w = arg;
	struct server *s = w->s;
	int64_t due = load_now();

	__atomic_store_n(&s->thread[w->index].tid, gettid(), __ATOMIC_SEQ_CST);
	for (;;) {
		int64_t now = load_now();

		due += s->opts.period_ns;
		if (due > now)
			nap(due - now);
		load_spin(s->loops);
		__atomic_fetch_add(&s->thread[w->index].served, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static int run_server(struct server *s)
{
	static struct worker workers[LOAD_MAX_THREADS];
	pthread_t id;
	int i, err;

	err = write_file(s->opts.cgroup, "cgroup.procs", "0");
	for (i = 0; i < s->opts.threads && !err; i++) {
		workers[i] = (struct worker) { .s = s, .index = i };
		err = -pthread_create(&id, NULL, serve, &workers[i]);
	}
	if (err)
		return err;
	for (;;)
		pause();
}

static pid_t spawn_server(struct server *s)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "server");
	_exit(run_server(s) ? 1 : 0);
}

static pid_t spawn_agent(const struct options *opts)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Standard output is the table's. */
	dup2(STDERR_FILENO, STDOUT_FILENO);
	execvp(opts->agent[0], opts->agent);
	fprintf(stderr, "delegated: %s: %s\n", opts->agent[0], strerror(errno));
	_exit(127);
}

/* ---- looking at it ---- */

/* Policy of all threads of the server, its first one as well. */
static int policy_of(const struct server *s)
{
	int i, policy = sched_getscheduler(s->pid) & ~RESET_ON_FORK;

	for (i = 0; i < s->opts.threads; i++) {
		int one = sched_getscheduler(s->thread[i].tid);

		if (one < 0 || (one & ~RESET_ON_FORK) != policy)
			return POLICY_MIXED;
	}
	return policy;
}

static int count_enclaves(void)
{
	glob_t g = {};
	int nr = 0;

	if (!glob("/sys/fs/ghost/enclave_*", GLOB_NOSORT, NULL, &g))
		nr = g.gl_pathc;
	globfree(&g);
	return nr;
}

static void measure(const struct server *s, struct phase *phase)
{
	uint64_t from[LOAD_MAX_THREADS] = { 0 };
	int policy = policy_of(s);
	int i;

	for (i = 0; i < s->opts.threads; i++)
		from[i] = __atomic_load_n(&s->thread[i].served, __ATOMIC_RELAXED);
	nap(s->opts.seconds * NSEC_PER_SEC);
	phase->least = UINT64_MAX;
	for (i = 0; i < s->opts.threads; i++) {
		uint64_t n = __atomic_load_n(&s->thread[i].served, __ATOMIC_RELAXED) - from[i];

		phase->served += n;
		if (n < phase->least)
			phase->least = n;
	}
	phase->policy = policy_of(s) == policy ? policy : POLICY_MIXED;
	phase->enclaves = count_enclaves();
}

/* ---- what must happen ---- */

static bool is_ready(const struct server *s, int unused)
{
	int i;

	(void)unused;
	for (i = 0; i < s->opts.threads; i++) {
		if (!__atomic_load_n(&s->thread[i].tid, __ATOMIC_SEQ_CST) ||
		    !__atomic_load_n(&s->thread[i].served, __ATOMIC_RELAXED))
			return false;
	}
	return true;
}

static bool is_delegated(const struct server *s, int unused)
{
	(void)unused;
	return policy_of(s) == POLICY_DELEGATED;
}

static bool is_back(const struct server *s, int enclaves)
{
	return policy_of(s) == POLICY_NORMAL && count_enclaves() <= enclaves;
}

/* Until @done, or @child has ended, or nobody believes in it any more. */
static int await(const struct server *s, const char *what, pid_t child,
		 bool (*done)(const struct server *s, int arg), int arg)
{
	int64_t until = load_now() + s->opts.patience * NSEC_PER_SEC;

	while (!done(s, arg)) {
		if (child && waitpid(child, NULL, WNOHANG) == child) {
			fprintf(stderr, "delegated: %s: the process has ended\n", what);
			return -ECHILD;
		}
		if (load_now() > until) {
			fprintf(stderr, "delegated: waited %d s in vain for this: %s\n",
				s->opts.patience, what);
			return -ETIMEDOUT;
		}
		nap(10 * NSEC_PER_MSEC);
	}
	return 0;
}

static void end(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static int play(struct server *s, pid_t *agent, struct phases *p)
{
	int err;

	err = await(s, "the server answers requests", s->pid, is_ready, 0);
	if (err)
		return err;
	measure(s, &p->phase[PHASE_BEFORE]);

	err = write_file(s->opts.cgroup, "tag", "2");
	if (err)
		return err;
	*agent = spawn_agent(&s->opts);
	if (*agent < 0)
		return -errno;
	err = await(s, "the agent gets the server's threads", *agent, is_delegated, 0);
	if (err)
		return err;
	if (s->opts.show && system(s->opts.show))
		fprintf(stderr, "delegated: failed: %s\n", s->opts.show);
	measure(s, &p->phase[PHASE_DELEGATED]);

	end(*agent);
	*agent = 0;
	/* That it does not happen is for the verdict to say. */
	await(s, "the server's threads are back under CFS, and the enclave gone", 0, is_back,
	      p->phase[PHASE_BEFORE].enclaves);
	measure(s, &p->phase[PHASE_AFTER]);
	return 0;
}

static int record(const struct options *opts, const struct phases *p)
{
	FILE *f = fopen(opts->output, "w");
	int err = f ? phases_write(f, p) : -errno;

	if (f && fclose(f) && !err)
		err = -errno;
	if (err)
		fprintf(stderr, "delegated: %s: %s\n", opts->output, strerror(-err));
	return err;
}

static int report(const struct options *opts, const struct phases *p)
{
	const char *broken = phases_verdict(p);

	phases_table(stdout, p);
	if (broken)
		printf("\n  NOT OK %s\n", broken);
	else
		printf("\n  ok     each thread serves on in each phase, policy 0, 18, 0, no enclave left\n");
	return record(opts, p) || broken ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct options opts = {
		.threads = 4,
		.seconds = 4,
		.patience = 120,
		.period_ns = 10 * NSEC_PER_MSEC,
		.work_ns = NSEC_PER_MSEC,
	};
	struct phases phases = {};
	struct server *s;
	pid_t agent = 0;
	int err;

	argp_parse(&argp, argc, argv, 0, NULL, &opts);
	s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (s == MAP_FAILED) {
		perror("delegated: mmap");
		return 1;
	}
	s->opts = opts;
	s->loops = opts.work_ns * load_loops_per_ns();
	phases.threads = opts.threads;
	phases.seconds = opts.seconds;
	phases.due = opts.threads * (opts.seconds * NSEC_PER_SEC / opts.period_ns);

	s->pid = spawn_server(s);
	err = s->pid < 0 ? -errno : play(s, &agent, &phases);
	end(agent);
	end(s->pid);
	if (err) {
		fprintf(stderr, "delegated: %s\n", strerror(-err));
		return 1;
	}
	return report(&opts, &phases);
}
