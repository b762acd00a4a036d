// SPDX-License-Identifier: GPL-2.0-only
/* What the kfuncs say of every CPU, and the runqueues themselves to compare. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <tagsched.bpf.h>
#include "kfunc_cpus.h"

char LICENSE[] SEC("license") = "GPL";

extern const struct rq runqueues __ksym;

__s32 victim;
__u64 answers;
struct cpu_state said[MAX_CPUS];
struct cpu_state truth[MAX_CPUS];

struct bpf_sched_cpumask mask;
__s32 prev_cpu;
__s32 picked;

SEC("sched/cfs_select_rq")
int BPF_PROG(say, struct sched_migrate_ctx *mig)
{
	int i;

	if (mig->task->pid != victim)
		return BPF_SCHED_NO_OPINION;
	for (i = 0; i < MAX_CPUS; i++) {
		said[i].idle = bpf_sched_cpu_idle(i);
		said[i].nr_running = bpf_sched_cpu_nr_running(i);
		said[i].load = bpf_sched_cpu_load(i);
		said[i].util = bpf_sched_cpu_util(i);
		said[i].capacity = bpf_sched_cpu_capacity(i);
	}
	picked = bpf_sched_pick_idle_cpu(mig->task, bpf_sched_mask(&mask), prev_cpu);
	answers++;
	return BPF_SCHED_NO_OPINION;
}

static __always_inline void look(struct cpu_state *s, const struct rq *rq)
{
	__u64 util = rq->cfs.avg.util_avg, est = rq->cfs.avg.util_est.enqueued;

	if (est > util)
		util = est;
	if (util > rq->cpu_capacity_orig)
		util = rq->cpu_capacity_orig;
	s->idle = rq->curr == rq->idle && !rq->nr_running;
	s->nr_running = rq->nr_running;
	s->load = rq->cfs.avg.load_avg;
	s->util = util;
	s->capacity = rq->cpu_capacity;
}

/* Run on demand by BPF_PROG_TEST_RUN. */
SEC("raw_tp")
int look_at_all(void *ctx)
{
	const struct rq *rq;
	int i;

	for (i = 0; i < MAX_CPUS; i++) {
		rq = bpf_per_cpu_ptr(&runqueues, i);
		if (rq)
			look(&truth[i], rq);
	}
	return 0;
}
