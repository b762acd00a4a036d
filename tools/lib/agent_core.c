// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* What every agent thread does: attach, yield, lock; and how long a slice is. */

#include "agent_internal.h"

void ts_lock(struct ts_lock *lock)
{
	__u32 ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);

	while (ts_load(&lock->owner) != ticket)
		ts_pause();
}

void ts_unlock(struct ts_lock *lock)
{
	ts_store(&lock->owner, lock->owner + 1);
}

/* The first error counts. All agents notice when they look next: ping them. */
void ts_die(struct tagsched_agents *as, int err)
{
	int none = 0, i;

	__atomic_compare_exchange_n(&as->dead, &none, err, false, __ATOMIC_ACQ_REL,
				    __ATOMIC_RELAXED);
	ts_store(&as->stop, 1);
	for (i = 0; i < as->nr_agents; i++)
		ts_ping(as->e, as->agents[i].cpu);
}

int ts_ping(struct tagsched_enclave *e, int cpu)
{
	struct ghost_ioc_run run = { .gtid = GHOST_AGENT_GTID, .run_cpu = cpu };

	return e->ioctl(e, GHOST_IOC_RUN, &run);
}

int ts_yield(struct tagsched_agent *a, __u32 barrier, int run_flags)
{
	struct ghost_ioc_run run = {
		.agent_barrier = barrier,
		.run_cpu = a->cpu,
		.run_flags = run_flags,
	};
	int err = a->as->e->ioctl(a->as->e, GHOST_IOC_RUN, &run);

	if (err < 0 && err != -ESTALE)
		ts_die(a->as, err);
	return err;
}

/*
 * All that wait may have to be served by one CPU, and each of them before the
 * kernel's watchdog takes the agents for dead: in half of that time.
 */
__u32 ts_slice_us(const struct tagsched_agents *as)
{
	__u64 slice = as->opts.slice_us ? as->opts.slice_us : TS_SLICE_US;
	__u64 fair = ts_load(&as->e->timeout_ms) * 500ULL / (ts_load(&as->nr_queued) + 1);

	if (!fair || slice <= fair)
		return slice;
	return fair > TS_SLICE_MIN_US ? fair : TS_SLICE_MIN_US;
}

int tagsched_agent__cpu(const struct tagsched_agent *agent)
{
	return agent->cpu;
}

void *tagsched_agent__arg(const struct tagsched_agent *agent)
{
	return agent->as->opts.arg;
}

bool tagsched_agent__boosted(const struct tagsched_agent *agent)
{
	return agent->boosted;
}

struct tagsched_enclave *tagsched_agent__enclave(const struct tagsched_agent *agent)
{
	return agent->as->e;
}
