// SPDX-License-Identifier: GPL-2.0-only
/*
 * The batch side: hogs that work without end, in small units that are counted.
 * Only units finished while requests arrive count, but the hogs stay until the
 * last request is answered, so that a late one finds the same competition. With
 * nap_every set, a hog blocks now and then, as one that reads its input does.
 */
#include <time.h>

#include "load.h"

static int grind(struct load_thread *thread)
{
	struct load_shared *sh = thread->sh;
	const struct load_opts *opts = &sh->opts;
	const struct timespec nap = {
		.tv_sec = opts->nap_ns / NSEC_PER_SEC,
		.tv_nsec = opts->nap_ns % NSEC_PER_SEC,
	};
	struct load_batch *batch = &sh->batch[thread->index];
	int64_t from = load_await_start(sh) + opts->period_ns;
	int64_t until = from + opts->duration_ns;
	uint64_t done = 0;
	int64_t now;

	while (!__atomic_load_n(&sh->stop, __ATOMIC_RELAXED)) {
		load_spin(sh->unit_loops);
		now = load_now();
		if (now >= from && now < until)
			batch->units++;
		if (opts->nap_every && ++done % opts->nap_every == 0)
			nanosleep(&nap, NULL);
	}
	return 0;
}

int load_run_offline(struct load_shared *sh)
{
	return load_run_threads(sh, "offline", sh->opts.offline, grind);
}
