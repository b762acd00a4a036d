// SPDX-License-Identifier: GPL-2.0-only
/* What the kfuncs say of a task, its entity, its group and its CPUs. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <tagsched.bpf.h>

char LICENSE[] SEC("license") = "GPL";

/* about the task that is placed */
__s32 victim;
__u64 answers;
__s64 task_tag;
__s64 group_tag;
__u64 group_id;
__s64 entity_tag;
__s32 entity_pid;
bool entity_has_group;
struct bpf_sched_cpumask allowed;
struct bpf_sched_cpumask online;
struct bpf_sched_cpumask active;
__u32 nr_cpus;
__s32 is_task;
__u64 task_cgroup, group_cgroup;
__u64 ask_id[3];	/* is the task in these? */
__s32 task_in[3];
__s32 entity_in[3];

static __always_inline __u64 cgroup_id(struct task_group *tg)
{
	return tg->css.cgroup->kn->id;
}

SEC("sched/cfs_select_rq")
int BPF_PROG(about_task, struct sched_migrate_ctx *mig)
{
	struct task_struct *p = mig->task, *of_entity;
	const struct cpumask *cpus;
	struct task_group *tg;
	int i;

	if (p->pid != victim)
		return BPF_SCHED_NO_OPINION;

	task_tag = bpf_sched_task_tag(p);
	tg = bpf_sched_task_group(p);
	group_tag = tg ? bpf_sched_group_tag(tg) : -1;
	group_id = tg ? cgroup_id(tg) : 0;
	entity_tag = bpf_sched_entity_tag(&p->se);
	of_entity = bpf_sched_entity_task(&p->se);
	entity_pid = of_entity ? of_entity->pid : -1;
	entity_has_group = bpf_sched_entity_group(&p->se);
	is_task = bpf_sched_entity_is_task(&p->se);
	task_cgroup = bpf_sched_task_cgroup_id(p);
	group_cgroup = tg ? bpf_sched_group_cgroup_id(tg) : 0;
	for (i = 0; i < 3; i++) {
		task_in[i] = bpf_sched_task_in_cgroup(p, ask_id[i]);
		entity_in[i] = bpf_sched_entity_in_cgroup(&p->se, ask_id[i]);
	}

	cpus = bpf_sched_task_cpus(p);
	if (cpus)
		bpf_sched_cpumask_copy(&allowed, cpus);
	cpus = bpf_sched_online_cpus();
	if (cpus)
		bpf_sched_cpumask_copy(&online, cpus);
	cpus = bpf_sched_active_cpus();
	if (cpus)
		bpf_sched_cpumask_copy(&active, cpus);
	nr_cpus = bpf_sched_nr_cpus();
	answers++;
	return BPF_SCHED_NO_OPINION;
}

/* about the entities that meet at the tick of one CPU */
__s32 tick_cpu = -1;
__u64 tasks;		/* entities of tasks */
__u64 groups;		/* entities of groups */
__u64 neither;		/* or both: not an entity */
__u64 group_ids[2];	/* the two groups that are expected */
__s64 group_tags[2];
__u64 seen[2];
__u64 wrong_id;
__u64 wrong_tag;
__u64 wrong_cgroup;
__s32 pids[2];		/* the two tasks that are expected */
__u64 leftmost_other;
__u64 leftmost_wrong;

static __always_inline void check_group(struct sched_entity *curr, struct task_group *tg)
{
	__u64 id = cgroup_id(tg);
	int i = id == group_ids[1];

	if (bpf_sched_entity_is_task(curr) || bpf_sched_group_cgroup_id(tg) != id ||
	    !bpf_sched_entity_in_cgroup(curr, id) ||
	    bpf_sched_entity_in_cgroup(curr, group_ids[(i ^ 1) & 1]))
		__sync_fetch_and_add(&wrong_cgroup, 1);
	if (id != group_ids[0] && id != group_ids[1]) {
		__sync_fetch_and_add(&wrong_id, 1);
		return;
	}
	__sync_fetch_and_add(&seen[i & 1], 1);
	if (bpf_sched_entity_tag(curr) != group_tags[i & 1] ||
	    bpf_sched_group_tag(tg) != group_tags[i & 1])
		__sync_fetch_and_add(&wrong_tag, 1);
}

/* Two tasks share a queue: while one runs, the other is the leftmost in it. */
static __always_inline void check_leftmost(struct sched_entity *curr, struct task_struct *p)
{
	struct sched_entity *left = bpf_sched_entity_leftmost(curr);
	struct task_struct *other;

	if (!left)
		return;
	other = bpf_sched_entity_task(left);
	if (!other)
		return;
	if ((p->pid == pids[0] && other->pid == pids[1]) ||
	    (p->pid == pids[1] && other->pid == pids[0]))
		__sync_fetch_and_add(&leftmost_other, 1);
	else if (other->pid == p->pid)
		__sync_fetch_and_add(&leftmost_wrong, 1);
}

SEC("sched/cfs_check_preempt_tick")
int BPF_PROG(about_entity, struct sched_entity *curr, unsigned long delta_exec)
{
	struct task_struct *p = bpf_sched_entity_task(curr);
	struct task_group *tg = bpf_sched_entity_group(curr);

	if ((__s32)bpf_get_smp_processor_id() != tick_cpu)
		return BPF_SCHED_NO_OPINION;
	if (p && !tg) {
		__sync_fetch_and_add(&tasks, 1);
		check_leftmost(curr, p);
	} else if (tg && !p) {
		__sync_fetch_and_add(&groups, 1);
		check_group(curr, tg);
	} else {
		__sync_fetch_and_add(&neither, 1);
	}
	return BPF_SCHED_NO_OPINION;
}
