// SPDX-License-Identifier: GPL-2.0-only
/* Counts what the hooks tell of one task. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <tagsched.bpf.h>

char LICENSE[] SEC("license") = "GPL";

int subject;		/* pid */
__u64 queued, unqueued, wrong_cpu, wrong_tag;
int last_cpu = -1;
__s64 tag;

__u64 changes, group_changes;
__s64 old_tag, new_tag, group_old, group_new;

SEC("sched/cfs_enqueue_task")
int BPF_PROG(enqueue, struct task_struct *p, int cpu, int flags)
{
	if (p->pid != subject)
		return 0;
	__sync_fetch_and_add(&queued, 1);
	last_cpu = cpu;
	if ((u32)cpu >= bpf_sched_nr_cpus())
		__sync_fetch_and_add(&wrong_cpu, 1);
	if (bpf_sched_task_tag(p) != tag)
		__sync_fetch_and_add(&wrong_tag, 1);
	return 12345;	/* does not count */
}

SEC("sched/cfs_dequeue_task")
int BPF_PROG(dequeue, struct task_struct *p, int cpu, int flags)
{
	if (p->pid != subject)
		return 0;
	__sync_fetch_and_add(&unqueued, 1);
	if (cpu != last_cpu)
		__sync_fetch_and_add(&wrong_cpu, 1);
	return -1;
}

SEC("sched/tag_changed")
int BPF_PROG(changed, struct task_group *tg, int pid, s64 from, s64 to)
{
	if (pid == subject) {
		__sync_fetch_and_add(&changes, 1);
		old_tag = from;
		new_tag = to;
	}
	if (!pid && bpf_sched_group_tag(tg) == to) {
		__sync_fetch_and_add(&group_changes, 1);
		group_old = from;
		group_new = to;
	}
	return 0;
}
