// SPDX-License-Identifier: GPL-2.0-only
/* The demo's tables, for people. */
#include <string.h>

#include "percentile.h"
#include "table.h"

#define NSEC_PER_MSEC	1e6

static void latency_row(FILE *out, const char *label, const struct latency_run *run,
			const struct latency_run *weight)
{
	static const unsigned int at[] = { 500, 990, 1000 };
	size_t i;

	fprintf(out, "  %-24s", label);
	for (i = 0; i < 3; i++)
		fprintf(out, " %8.3f", percentile(run->wake, run->n, at[i]) / NSEC_PER_MSEC);
	fputs("  ", out);
	for (i = 0; i < 3; i++)
		fprintf(out, " %8.3f", percentile(run->response, run->n, at[i]) / NSEC_PER_MSEC);
	fprintf(out, " %9llu %6.1f %%\n", (unsigned long long)run->batch,
		weight->batch ? 100.0 * run->batch / weight->batch : 0);
}

void table_latency(FILE *out, const struct act_one *one)
{
	const struct latency_run *run = one->tags;

	fprintf(out, "Act one: %d CPU, %d online threads (a request each %g ms, %g ms of work: %.0f %% of the CPU)\n"
		"beside %d hogs; %zu requests in %g s, queueing included, none left out\n\n",
		run->cpus, run->online_threads, run->period_ns / NSEC_PER_MSEC,
		run->work_ns / NSEC_PER_MSEC,
		100.0 * run->online_threads * run->work_ns / run->period_ns,
		run->offline_threads, run->n, run->duration_ns / 1e9);
	fprintf(out, "  %-24s %26s   %26s %18s\n", "", "wake-to-run, ms", "response, ms", "batch work");
	fprintf(out, "  %-24s %8s %8s %8s   %8s %8s %8s %9s %8s\n", "", "p50", "p99", "max",
		"p50", "p99", "max", "units", "of (b)");
	latency_row(out, "(a) CFS", one->cfs, one->weight);
	latency_row(out, "(b) cpu.weight 10000:1", one->weight, one->weight);
	latency_row(out, "(c) tags and preempt", one->tags, one->weight);
	latency_row(out, "(d) SCHED_FIFO", one->fifo, one->weight);
	fprintf(out, "\n  (a) gives online half of the CPU, less than it asks for: its queue grows as long as it runs.\n"
		"  (b) starts each request at once, at the cost of the one that is being worked on: all are done late.\n");
}

static void placement_row(FILE *out, const struct placement *p, const char *what,
			  const uint64_t *counts, uint64_t unit)
{
	uint64_t all = placement_sum(p, counts, false);
	int cpu;

	fprintf(out, "  %-8s %-8s %-16s", p->cgroup, p->run, what);
	for (cpu = 0; cpu < p->cpus; cpu++)
		fprintf(out, " %8llu", (unsigned long long)(counts[cpu] / unit));
	if (all)
		fprintf(out, " %9.1f %%\n", 100.0 * placement_sum(p, counts, true) / all);
	else
		fprintf(out, " %11s\n", "-");
}

static void asked_text(FILE *out, const struct placement *p)
{
	const char *comma = "";
	int cpu;

	for (cpu = 0; cpu < p->cpus; cpu++) {
		if (!p->asked[cpu])
			continue;
		fprintf(out, "%s%d", comma, cpu);
		comma = ", ";
	}
}

void table_placement(FILE *out, const struct placements *two)
{
	int cpu, i;

	if (!two->n)
		return;
	fprintf(out, "\nAct two: %d CPUs, before and after tags and select_core", two->p[0].cpus);
	for (i = 0; i < two->n && !strcmp(two->p[i].run, two->p[0].run); i++) {
		fprintf(out, "%s%s asks for CPUs ", i ? "; " : "\n", two->p[i].cgroup);
		asked_text(out, &two->p[i]);
	}
	fprintf(out, "\n\n  %-8s %-8s %-16s", "cgroup", "", "");
	for (cpu = 0; cpu < two->p[0].cpus; cpu++)
		fprintf(out, "    CPU %d", cpu);
	fprintf(out, " %11s\n", "as asked");
	for (i = 0; i < two->n; i++)
		placement_row(out, &two->p[i], "wake-ups", two->p[i].wakeups, 1);
	for (i = 0; i < two->n; i++)
		placement_row(out, &two->p[i], "moved in later", two->p[i].moved_in, 1);
	for (i = 0; i < two->n; i++)
		placement_row(out, &two->p[i], "CPU time, ms", two->p[i].runtime_ns, 1000000);
	fprintf(out, "\n  select_core places tasks that wake; those that run on are the load balancer's to move.\n");
}

void table_criteria(FILE *out, const struct criterion *criteria, int n)
{
	int i;

	fputc('\n', out);
	for (i = 0; i < n; i++) {
		const struct criterion *c = &criteria[i];

		fprintf(out, "  %-6s %-54s %10.2f %s %10.2f %s\n", criterion_met(c) ? "ok" : "NOT OK",
			c->text, c->measured, c->at_least ? ">=" : "<=", c->limit, c->unit);
	}
}
