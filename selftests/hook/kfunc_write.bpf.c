// SPDX-License-Identifier: GPL-2.0-only
/* Writes tags from hooks, as userspace asks. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <tagsched.bpf.h>
#include <tagsched_util.bpf.h>

char LICENSE[] SEC("license") = "GPL";

__s32 victim;		/* pid: whose wakeup */
__u64 answers;

/* in: what to do at the victim's wakeup */
bool set_task, clear_task, set_group, clear_group;
__s64 tag;
/* out: what was answered */
__s32 ret;

SEC("sched/cfs_select_rq")
int BPF_PROG(write, struct sched_migrate_ctx *mig)
{
	struct task_group *tg = bpf_sched_task_group(mig->task);

	if (mig->task->pid != victim || !tg)
		return BPF_SCHED_NO_OPINION;
	if (set_task)
		ret = bpf_sched_set_task_tag(mig->task, tag);
	if (clear_task)
		ret = bpf_sched_clear_task_tag(mig->task);
	if (set_group)
		ret = bpf_sched_set_group_tag(tg, tag);
	if (clear_group)
		ret = bpf_sched_clear_group_tag(tg);
	answers++;
	return BPF_SCHED_NO_OPINION;
}

/* ---- more at once than there is room for ---- */

#define MANY	600

bool armed;		/* once: the victim may wake up more than once for an order */
__u32 taken, refused, other, after_refusal;

SEC("sched/cfs_select_rq")
int BPF_PROG(flood, struct sched_migrate_ctx *mig)
{
	int i, err;

	if (mig->task->pid != victim || !armed)
		return BPF_SCHED_NO_OPINION;
	armed = false;
	taken = refused = other = after_refusal = 0;
	for (i = 0; i < MANY; i = bpf_sched_next_turn(i)) {
		err = bpf_sched_set_task_tag(mig->task, 1000 + i);
		if (!err && refused)
			after_refusal++;
		if (!err)
			taken++;
		else if (err == -ENOSPC)
			refused++;
		else
			other++;
	}
	answers++;
	return BPF_SCHED_NO_OPINION;
}

/* ---- a notice that asks for the next write ---- */

__u64 group_id;		/* whose */
__u64 told, loops, asked;
__s64 last_told;

SEC("sched/tag_changed")
int BPF_PROG(again, struct task_group *tg, int pid, s64 old_tag, s64 new_tag)
{
	int err;

	if (pid || bpf_sched_group_cgroup_id(tg) != group_id)
		return 0;
	told++;
	last_told = new_tag;
	err = bpf_sched_set_group_tag(tg, new_tag + 1);
	if (!err)
		asked++;
	else if (err == -ELOOP)
		loops++;
	return 0;
}

/* ---- what the notices say of a write ---- */

__u64 changes;
__s64 from, to;

SEC("sched/tag_changed")
int BPF_PROG(changed, struct task_group *tg, int pid, s64 old_tag, s64 new_tag)
{
	if (pid != victim)
		return 0;
	from = old_tag;
	to = new_tag;
	changes++;
	return 0;
}

/* ---- tasks that are about to be gone ---- */

__u64 dying, gone;

/* A task that exits leaves its CPU for the last time in this hook. */
SEC("sched/cfs_dequeue_task")
int BPF_PROG(bury, struct task_struct *p, int cpu, int flags)
{
	int err;

	if (!p->exit_state)
		return 0;
	err = bpf_sched_set_task_tag(p, tag);
	if (!err)
		__sync_fetch_and_add(&dying, 1);
	else if (err == -ESRCH)
		__sync_fetch_and_add(&gone, 1);
	return 0;
}

/* ---- all tasks of a group, all the time ---- */

__u64 storm_taken, storm_full, storm_other;

static __always_inline void count(int err)
{
	if (!err)
		__sync_fetch_and_add(&storm_taken, 1);
	else if (err == -ENOSPC)
		__sync_fetch_and_add(&storm_full, 1);
	else if (err != -ESRCH && err != -ENODEV)
		__sync_fetch_and_add(&storm_other, 1);
}

SEC("sched/cfs_enqueue_task")
int BPF_PROG(storm, struct task_struct *p, int cpu, int flags)
{
	struct task_group *tg = bpf_sched_task_group(p);

	if (!bpf_sched_task_in_cgroup(p, group_id))
		return 0;
	/* Tags from 1 to 4, or none. */
	if (bpf_get_prandom_u32() & 1)
		count(bpf_sched_set_task_tag(p, 1 + bpf_get_prandom_u32() % 4));
	else
		count(bpf_sched_clear_task_tag(p));
	if (tg)
		count(bpf_sched_set_group_tag(tg, bpf_get_prandom_u32() % 4));
	return 0;
}
