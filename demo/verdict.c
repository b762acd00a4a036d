// SPDX-License-Identifier: GPL-2.0-only
/* What the demo promises of its figures. */
#include <string.h>

#include "percentile.h"
#include "verdict.h"

#define NSEC_PER_MSEC	1e6

static double p99_ms(const struct latency_run *run)
{
	return percentile(run->response, run->n, 990) / NSEC_PER_MSEC;
}

/* Share of the tagged wakeups that landed on CPUs asked for, in percent. */
static double landed_percent(const struct placements *two)
{
	uint64_t asked = 0, all = 0;
	int i;

	for (i = 0; i < two->n; i++) {
		const struct placement *p = &two->p[i];

		if (strcmp(p->run, RUN_TAGGED))
			continue;
		asked += placement_sum(p, p->wakeups, true);
		all += placement_sum(p, p->wakeups, false);
	}
	return all ? 100.0 * asked / all : 0;
}

int verdict(const struct act_one *one, const struct placements *two, struct criterion *criteria)
{
	const struct criterion all[] = {
		{
			.name = "p99_against_fifo",
			.text = "(c) p99 response, at most 1.2 times (d)'s",
			.unit = "ms",
			.measured = p99_ms(one->tags),
			.limit = 1.2 * p99_ms(one->fifo),
		}, {
			.name = "p99_against_weight",
			.text = "(c) p99 response, at most 0.4 times (b)'s",
			.unit = "ms",
			.measured = p99_ms(one->tags),
			.limit = 0.4 * p99_ms(one->weight),
		}, {
			.name = "batch_against_weight",
			.text = "(c) batch work, at least 95 % of (b)'s",
			.unit = "units",
			.measured = one->tags->batch,
			.limit = 0.95 * one->weight->batch,
			.at_least = true,
		}, {
			.name = "landed_where_asked",
			.text = "tagged wake-ups on the CPUs asked for, at least 99 %",
			.unit = "%",
			.measured = landed_percent(two),
			.limit = 99,
			.at_least = true,
		},
	};

	memcpy(criteria, all, sizeof(all));
	return sizeof(all) / sizeof(all[0]);
}

bool criterion_met(const struct criterion *c)
{
	return c->at_least ? c->measured >= c->limit : c->measured <= c->limit;
}
