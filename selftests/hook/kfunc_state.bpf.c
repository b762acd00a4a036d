// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kfuncs say of every CPU, what the snapshot says, and the runqueues
 * themselves to compare.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include <tagsched.bpf.h>
#include "kfunc_state.h"

char LICENSE[] SEC("license") = "GPL";

extern const struct rq runqueues __ksym;

__s32 victim;
__u64 answers;
struct cpu_says said[MAX_CPUS];
struct cpu_says again[MAX_CPUS];
struct cpu_says truth[MAX_CPUS];
struct bpf_sched_cpu_info snapshots[MAX_CPUS];
__s32 snapshot_ret[MAX_CPUS];

/* a snapshot into less and into more room than there is to know */
struct {
	__u8 bytes[512];
} room;
__u32 room_size;
__s32 room_ret;

static __always_inline void ask(struct cpu_says *s, __s32 cpu)
{
#define X(name) bpf_sched_cpu_##name(cpu),
	const __s64 answers_of_cpu[] = { STATES(X) };
#undef X
	int i;

	for (i = 0; i < NR_STATES; i++)
		s->said[i] = answers_of_cpu[i];
}

SEC("sched/cfs_select_rq")
int BPF_PROG(say, struct sched_migrate_ctx *mig)
{
	__u32 size = room_size;
	int i;

	if (mig->task->pid != victim)
		return BPF_SCHED_NO_OPINION;
	for (i = 0; i < MAX_CPUS; i++) {
		ask(&said[i], i);
		snapshot_ret[i] = bpf_sched_cpu_snapshot(i, &snapshots[i], sizeof(snapshots[i]));
		ask(&again[i], i);
	}
	if (size <= sizeof(room))
		room_ret = bpf_sched_cpu_snapshot(0, (struct bpf_sched_cpu_info *)&room, size);
	answers++;
	return BPF_SCHED_NO_OPINION;
}

/* Only there with IRQ_TIME_ACCOUNTING. */
struct rq___irq {
	struct sched_avg avg_irq;
} __attribute__((preserve_access_index));

static __always_inline void look(struct cpu_says *s, const struct rq *rq)
{
	const struct rq___irq *irq = (const void *)rq;

	s->said[STATE_nr_running_cfs] = rq->cfs.h_nr_running;
	s->said[STATE_nr_running_cfs_nr] = rq->cfs.nr_running;
	s->said[STATE_nr_running_idle_policy] = rq->cfs.idle_h_nr_running;
	s->said[STATE_nr_running_rt] = rq->rt.rt_nr_running;
	s->said[STATE_runnable] = rq->cfs.avg.runnable_avg;
	s->said[STATE_util_rt] = rq->avg_rt.util_avg;
	s->said[STATE_util_dl] = rq->avg_dl.util_avg;
	s->said[STATE_util_irq] = 0;
	if (bpf_core_field_exists(irq->avg_irq))
		s->said[STATE_util_irq] = irq->avg_irq.util_avg;
	s->said[STATE_capacity_orig] = rq->cpu_capacity_orig;
	s->said[STATE_is_idle] = rq->curr == rq->idle && !rq->nr_running;
	s->said[STATE_idle_stamp] = s->said[STATE_is_idle] ? rq->idle_stamp : 0;
	s->said[STATE_avg_idle] = rq->avg_idle;
	s->said[STATE_exit_latency] = 0;
	if (rq->idle_state)
		s->said[STATE_exit_latency] = rq->idle_state->exit_latency_ns;
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
