// SPDX-License-Identifier: GPL-2.0-only
/*
 * load - one configuration of the demo: servers and batch work side by side
 *
 * Two child processes, each in a cgroup of its own if one is named: `online`
 * (online.c), whose threads answer requests that arrive on a schedule, and
 * `offline` (offline.c), whose threads hog the CPU. Who gets it when is up to
 * what was set up around this program: weights, tags, a policy, SCHED_FIFO.
 *
 * Work is counted in rounds of a loop, calibrated against the CPU clock before
 * anything else runs, so that a request costs the same in each configuration.
 *
 * Prints one JSON object: the set-up, the batch units done, and for every
 * request its wake-to-run and response time in ns.
 */
#include <argp.h>
#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

enum { OPT_NAP = 256, OPT_NAP_EVERY, OPT_UNIT, OPT_ONLINE_CGROUP, OPT_OFFLINE_CGROUP };

static const struct argp_option options[] = {
	{ "name", 'n', "NAME", 0, "Name of the configuration, for the record", 0 },
	{ "online", 'o', "N", 0, "Threads that answer requests (4)", 0 },
	{ "offline", 'f', "N", 0, "Threads of batch work (4)", 0 },
	{ "online-cgroup", OPT_ONLINE_CGROUP, "DIR", 0, "cgroup for the online threads", 0 },
	{ "offline-cgroup", OPT_OFFLINE_CGROUP, "DIR", 0, "cgroup for the batch work", 0 },
	{ "fifo", 'F', "PRIO", 0, "Run the online threads under SCHED_FIFO", 0 },
	{ "period", 'p', "US", 0, "Time between two requests of a thread (10000)", 0 },
	{ "stagger", 'g', "US", 0, "Time between the first requests of two threads (1430)", 0 },
	{ "work", 'w', "US", 0, "CPU time of a request (1600)", 0 },
	{ "unit", OPT_UNIT, "US", 0, "CPU time of a unit of batch work (100)", 0 },
	{ "nap-every", OPT_NAP_EVERY, "UNITS", 0,
	  "Batch work blocks after so many units (0: never)", 0 },
	{ "nap", OPT_NAP, "US", 0, "How long it blocks (1000)", 0 },
	{ "seconds", 's', "S", 0, "Time over which requests arrive (5)", 0 },
	{}
};

static int64_t parse_number(const char *arg, const char *what, int64_t min, int64_t max,
			    struct argp_state *state)
{
	char *end;
	long long v;

	errno = 0;
	v = strtoll(arg, &end, 10);
	if (errno || end == arg || *end || v < min || v > max)
		argp_error(state, "%s: '%s' is not a number from %lld to %lld", what, arg,
			   (long long)min, (long long)max);
	return v;
}

static error_t parse_opt(int key, char *arg, struct argp_state *state)
{
	struct load_opts *opts = state->input;

	switch (key) {
	case 'n':
		opts->name = arg;
		break;
	case 'o':
		opts->online = parse_number(arg, "--online", 1, LOAD_MAX_THREADS, state);
		break;
	case 'f':
		opts->offline = parse_number(arg, "--offline", 0, LOAD_MAX_THREADS, state);
		break;
	case OPT_ONLINE_CGROUP:
		opts->online_cgroup = arg;
		break;
	case OPT_OFFLINE_CGROUP:
		opts->offline_cgroup = arg;
		break;
	case 'F':
		opts->fifo_prio = parse_number(arg, "--fifo", 1, 99, state);
		break;
	case 'p':
		opts->period_ns = parse_number(arg, "--period", 100, 10000000, state) * 1000;
		break;
	case 'g':
		opts->stagger_ns = parse_number(arg, "--stagger", 0, 10000000, state) * 1000;
		break;
	case 'w':
		opts->work_ns = parse_number(arg, "--work", 1, 10000000, state) * 1000;
		break;
	case OPT_UNIT:
		opts->unit_ns = parse_number(arg, "--unit", 10, 1000000, state) * 1000;
		break;
	case OPT_NAP_EVERY:
		opts->nap_every = parse_number(arg, "--nap-every", 0, 1000000, state);
		break;
	case OPT_NAP:
		opts->nap_ns = parse_number(arg, "--nap", 1, 10000000, state) * 1000;
		break;
	case 's':
		opts->duration_ns = parse_number(arg, "--seconds", 1, 3600, state) * NSEC_PER_SEC;
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
	.doc = "Runs servers and batch work side by side and prints what latency "
	       "the servers saw and how much work the batch got done, as JSON.",
};

static struct load_shared *shared_create(const struct load_opts *opts)
{
	int requests = opts->duration_ns / opts->period_ns;
	size_t size = sizeof(struct load_shared) +
		      (size_t)requests * opts->online * sizeof(struct load_sample);
	struct load_shared *sh;

	sh = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (sh == MAP_FAILED)
		return NULL;
	sh->opts = *opts;
	sh->requests = requests;
	return sh;
}

static int join_cgroup(const char *dir)
{
	char path[512];
	int fd, err = 0;

	if (!dir)
		return 0;
	snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, "0", 1) != 1)
		err = -errno;
	close(fd);
	return err;
}

static pid_t spawn(struct load_shared *sh, const char *what, const char *cgroup,
		   int (*run)(struct load_shared *sh))
{
	pid_t pid = fork();
	int err;

	if (pid)
		return pid;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	err = join_cgroup(cgroup);
	if (err)
		fprintf(stderr, "load: %s cannot join cgroup %s: %s\n", what, cgroup,
			strerror(-err));
	else
		err = run(sh);
	if (err)
		fprintf(stderr, "load: %s: %s\n", what, strerror(-err));
	_exit(err ? 1 : 0);
}

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -ECHILD;
}

/* Wait until each thread waits for the start, then let all start at once. */
static int start_all(struct load_shared *sh)
{
	const struct timespec nap = { .tv_nsec = 5 * NSEC_PER_MSEC };
	int all = sh->opts.online + sh->opts.offline;

	while (__atomic_load_n(&sh->ready, __ATOMIC_SEQ_CST) < all) {
		if (waitpid(-1, NULL, WNOHANG) > 0)
			return -ECHILD;	/* it has said why */
		nanosleep(&nap, NULL);
	}
	__atomic_store_n(&sh->start_ns, load_now() + 50 * NSEC_PER_MSEC, __ATOMIC_SEQ_CST);
	return 0;
}

static int run(struct load_shared *sh)
{
	double loops_per_ns = load_loops_per_ns();
	pid_t online, offline;
	int err, err2;

	sh->request_loops = sh->opts.work_ns * loops_per_ns;
	sh->unit_loops = sh->opts.unit_ns * loops_per_ns;

	online = spawn(sh, "online", sh->opts.online_cgroup, load_run_online);
	if (online < 0)
		return -errno;
	offline = spawn(sh, "offline", sh->opts.offline_cgroup, load_run_offline);
	err = offline < 0 ? -errno : start_all(sh);
	if (err) {
		kill(online, SIGKILL);
		if (offline > 0)
			kill(offline, SIGKILL);
		return err;
	}

	err = wait_for(online);
	__atomic_store_n(&sh->stop, 1, __ATOMIC_RELAXED);
	err2 = wait_for(offline);
	return err ?: err2;
}

static void add_samples(cJSON *out, const struct load_shared *sh)
{
	cJSON *wake = cJSON_AddArrayToObject(out, "wake_ns");
	cJSON *response = cJSON_AddArrayToObject(out, "response_ns");
	int i, n = sh->requests * sh->opts.online;

	for (i = 0; i < n; i++) {
		cJSON_AddItemToArray(wake, cJSON_CreateNumber(sh->samples[i].wake));
		cJSON_AddItemToArray(response, cJSON_CreateNumber(sh->samples[i].response));
	}
}

static void add_batch(cJSON *out, const struct load_shared *sh)
{
	cJSON *units = cJSON_AddArrayToObject(out, "batch_units");
	int i;

	for (i = 0; i < sh->opts.offline; i++)
		cJSON_AddItemToArray(units, cJSON_CreateNumber(sh->batch[i].units));
}

static int print_results(const struct load_shared *sh)
{
	const struct load_opts *opts = &sh->opts;
	cJSON *out = cJSON_CreateObject();
	struct utsname uts = {};
	char *text;

	uname(&uts);
	cJSON_AddStringToObject(out, "name", opts->name);
	cJSON_AddStringToObject(out, "kernel", uts.release);
	cJSON_AddNumberToObject(out, "cpus", sysconf(_SC_NPROCESSORS_ONLN));
	cJSON_AddNumberToObject(out, "online_threads", opts->online);
	cJSON_AddNumberToObject(out, "offline_threads", opts->offline);
	cJSON_AddNumberToObject(out, "fifo_prio", opts->fifo_prio);
	cJSON_AddNumberToObject(out, "period_ns", opts->period_ns);
	cJSON_AddNumberToObject(out, "stagger_ns", opts->stagger_ns);
	cJSON_AddNumberToObject(out, "work_ns", opts->work_ns);
	cJSON_AddNumberToObject(out, "work_loops", sh->request_loops);
	cJSON_AddNumberToObject(out, "unit_ns", opts->unit_ns);
	cJSON_AddNumberToObject(out, "unit_loops", sh->unit_loops);
	cJSON_AddNumberToObject(out, "duration_ns", opts->duration_ns);
	add_batch(out, sh);
	add_samples(out, sh);

	text = cJSON_PrintUnformatted(out);
	cJSON_Delete(out);
	if (!text)
		return -ENOMEM;
	puts(text);
	free(text);
	return fflush(stdout) ? -errno : 0;
}

int main(int argc, char **argv)
{
	struct load_opts opts = {
		.name = "load",
		.online = 4,
		.offline = 4,
		.period_ns = 10 * NSEC_PER_MSEC,
		.stagger_ns = 1430000,
		.work_ns = 1600000,
		.unit_ns = 100000,
		.nap_ns = NSEC_PER_MSEC,
		.duration_ns = 5 * NSEC_PER_SEC,
	};
	struct load_shared *sh;
	int err;

	argp_parse(&argp, argc, argv, 0, NULL, &opts);
	sh = shared_create(&opts);
	if (!sh) {
		fprintf(stderr, "load: no memory for the samples: %s\n", strerror(errno));
		return 1;
	}
	err = run(sh);
	if (!err)
		err = print_results(sh);
	if (err)
		fprintf(stderr, "load: %s: %s\n", opts.name, strerror(-err));
	return err ? 1 : 0;
}
