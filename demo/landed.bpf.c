// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the tasks of some cgroups land, counted at the scheduler's tracepoints:
 * every wakeup, every start, every move by the load balancer, and the CPU time
 * that followed. Works on any kernel with BTF; decides nothing.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

#include "landed.h"

char LICENSE[] SEC("license") = "GPL";

#define TASK_ON_RQ_MIGRATING	2	/* kernel/sched/sched.h */

/* Filled before it starts, so that cgroups of no interest are not found. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LANDED_MAX_CGROUPS * LANDED_MAX_CPUS);
	__type(key, struct landed_key);
	__type(value, struct landed_counts);
} counts SEC(".maps");

static struct landed_counts *counts_of(struct task_struct *p, u32 cpu)
{
	struct landed_key key = {
		.cgroup = p->cgroups->dfl_cgrp->kn->id,
		.cpu = cpu,
	};

	return bpf_map_lookup_elem(&counts, &key);
}

SEC("tp_btf/sched_wakeup")
int BPF_PROG(on_wakeup, struct task_struct *p)
{
	struct landed_counts *c;

	/* It was about to sleep and is still running: nothing to place. */
	if (p == bpf_get_current_task_btf())
		return 0;
	c = counts_of(p, p->thread_info.cpu);
	if (c)
		__sync_fetch_and_add(&c->wakeups, 1);
	return 0;
}

SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(on_start, struct task_struct *p)
{
	struct landed_counts *c = counts_of(p, p->thread_info.cpu);

	if (c)
		__sync_fetch_and_add(&c->starts, 1);
	return 0;
}

SEC("tp_btf/sched_migrate_task")
int BPF_PROG(on_move, struct task_struct *p, int dest_cpu)
{
	struct landed_counts *c;

	/* A wakeup on another CPU comes by here too, and is counted above. */
	if (p->on_rq != TASK_ON_RQ_MIGRATING)
		return 0;
	c = counts_of(p, dest_cpu);
	if (c)
		__sync_fetch_and_add(&c->moved_in, 1);
	return 0;
}

SEC("tp_btf/sched_stat_runtime")
int BPF_PROG(on_runtime, struct task_struct *p, u64 ran)
{
	struct landed_counts *c = counts_of(p, p->thread_info.cpu);

	if (c)
		__sync_fetch_and_add(&c->runtime_ns, ran);
	return 0;
}
