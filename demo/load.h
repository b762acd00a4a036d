/* SPDX-License-Identifier: GPL-2.0-only */
/* The demo's load: what its parts share. See load.c for what it does. */
#ifndef DEMO_LOAD_H
#define DEMO_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#define NSEC_PER_MSEC	1000000LL
#define NSEC_PER_SEC	1000000000LL

#define LOAD_MAX_THREADS	64

struct load_opts {
	const char *name;		/* of this configuration, for the record */
	const char *online_cgroup;	/* directory, or NULL: stay where we are */
	const char *offline_cgroup;
	int online;			/* threads that answer requests */
	int offline;			/* threads of batch work */
	int fifo_prio;			/* of the online threads; 0: SCHED_OTHER */
	int64_t period_ns;		/* between two requests of one thread */
	int64_t stagger_ns;		/* between the first requests of two threads */
	int64_t work_ns;		/* CPU time that a request takes */
	int64_t unit_ns;		/* CPU time of a unit of batch work */
	int64_t nap_every;		/* units between two naps; 0: never naps */
	int64_t nap_ns;
	int64_t duration_ns;		/* over which requests arrive */
};

/* A request: both times count from the instant it was due, in ns. */
struct load_sample {
	uint64_t wake;			/* due -> first instruction */
	uint64_t response;		/* due -> work done */
};

struct load_batch {
	uint64_t units;			/* finished while requests arrived */
};

/*
 * Shared by the three processes of a run (main, online, offline), in an
 * anonymous mapping that main owns. Each sample and batch record has one
 * writer; main reads them when the writers have exited.
 */
struct load_shared {
	struct load_opts opts;
	uint64_t request_loops;		/* calibrated: spin(request_loops) is work_ns */
	uint64_t unit_loops;
	int ready;			/* threads that wait for the start (atomic) */
	int stop;			/* batch work may end (atomic) */
	int64_t start_ns;		/* CLOCK_MONOTONIC, 0 until known (atomic) */
	int requests;			/* per online thread */
	struct load_batch batch[LOAD_MAX_THREADS];
	struct load_sample samples[];	/* [online thread][request] */
};

/* work.c: CPU work of a known length */
void load_spin(uint64_t loops);
double load_loops_per_ns(void);
int64_t load_now(void);
int64_t load_await_start(struct load_shared *sh);

/* online.c, offline.c: bodies of the two child processes; 0 or -errno */
int load_run_online(struct load_shared *sh);
int load_run_offline(struct load_shared *sh);

/* threads.c: run body(arg) in n named threads of this process, wait for all */
struct load_thread {
	struct load_shared *sh;
	int index;
	int err;
};
int load_run_threads(struct load_shared *sh, const char *name, int n,
		     int (*body)(struct load_thread *thread));

#endif /* DEMO_LOAD_H */
