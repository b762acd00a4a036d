// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls every kfunc that tagsched.bpf.h declares, so that loading it compares
 * every declaration with the kernel's. What they return is not looked at.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <tagsched.bpf.h>

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct bpf_sched_cpumask);
} masks SEC(".maps");

long sink;
/* Nobody sets it: the object may be attached, and tags are not to change then. */
bool may_write;
char text[] = "0-3";

static struct bpf_sched_cpumask *scratch(void)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&masks, &zero);
}

SEC("sched/cfs_select_rq")
int BPF_PROG(tags_and_cpus, struct sched_migrate_ctx *mig)
{
	struct task_group *tg = bpf_sched_task_group(mig->task);
	const struct cpumask *allowed = bpf_sched_task_cpus(mig->task);
	long sum = 0;

	if (tg)
		sum += bpf_sched_group_tag(tg);
	if (allowed) {
		sum += bpf_sched_pick_idle_cpu(mig->task, allowed, mig->prev_cpu);
		sum += bpf_sched_restrict_cpus(mig, allowed);
	}
	sum += bpf_sched_task_tag(mig->task);
	sum += bpf_sched_cpu_idle(0);
	sum += bpf_sched_cpu_nr_running(0);
	sum += bpf_sched_cpu_load(0);
	sum += bpf_sched_cpu_util(0);
	sum += bpf_sched_cpu_capacity(0);
	sum += bpf_sched_nr_cpus();
	sink = sum;
	return BPF_SCHED_NO_OPINION;
}

SEC("sched/cfs_enqueue_task")
int BPF_PROG(writes_and_cgroups, struct task_struct *p, int cpu, int flags)
{
	struct task_group *tg = bpf_sched_task_group(p);
	u64 id = bpf_sched_task_cgroup_id(p);
	long sum = bpf_sched_task_in_cgroup(p, id);

	if (!may_write)
		return 0;
	if (tg) {
		sum += bpf_sched_group_cgroup_id(tg);
		sum += bpf_sched_set_group_tag(tg, 1);
		sum += bpf_sched_clear_group_tag(tg);
	}
	sum += bpf_sched_entity_is_task(&p->se);
	sum += bpf_sched_entity_in_cgroup(&p->se, id);
	sum += bpf_sched_set_task_tag(p, 1);
	sum += bpf_sched_clear_task_tag(p);
	sink = sum;
	return 0;
}

SEC("sched/cfs_wake_affine")
int BPF_PROG(state_of_cpus, struct sched_affine_ctx *aff)
{
	struct bpf_sched_cpu_info info = {};
	long sum = bpf_sched_cpu_snapshot(0, &info, sizeof(info));

	sum += bpf_sched_cpu_nr_running_cfs(0);
	sum += bpf_sched_cpu_nr_running_cfs_nr(0);
	sum += bpf_sched_cpu_nr_running_idle_policy(0);
	sum += bpf_sched_cpu_nr_running_rt(0);
	sum += bpf_sched_cpu_runnable(0);
	sum += bpf_sched_cpu_util_rt(0);
	sum += bpf_sched_cpu_util_dl(0);
	sum += bpf_sched_cpu_util_irq(0);
	sum += bpf_sched_cpu_capacity_orig(0);
	sum += bpf_sched_cpu_is_idle(0);
	sum += bpf_sched_cpu_idle_stamp(0);
	sum += bpf_sched_cpu_avg_idle(0);
	sum += bpf_sched_cpu_exit_latency(0);
	sink = sum;
	return BPF_SCHED_NO_OPINION;
}

static u32 count(const struct cpumask *mask)
{
	return mask ? bpf_sched_cpumask_weight(mask) : 0;
}

SEC("sched/cfs_check_preempt_wakeup")
int BPF_PROG(topology, struct task_struct *curr, struct task_struct *p)
{
	long sum = count(bpf_sched_possible_cpus()) + count(bpf_sched_isolated_cpus());

	sum += count(bpf_sched_smt_cpus(0)) + count(bpf_sched_llc_cpus(0));
	sum += count(bpf_sched_package_cpus(0)) + count(bpf_sched_node_cpus(0));
	sum += bpf_sched_cpu_core(0);
	sum += bpf_sched_cpu_die(0);
	sum += bpf_sched_cpu_package(0);
	sum += bpf_sched_cpu_node(0);
	sum += bpf_sched_cpu_llc(0);
	sum += bpf_sched_cpus_share_cache(0, 1);
	sum += bpf_sched_nr_nodes();
	sum += bpf_sched_node_distance(0, 0);
	sum += bpf_sched_node_capacity(0);
	sum += bpf_sched_node_util(0);
	sum += bpf_sched_node_nr_running(0);
	sink = sum;
	return BPF_SCHED_NO_OPINION;
}

SEC("sched/cfs_check_preempt_tick")
int BPF_PROG(entities, struct sched_entity *curr, unsigned long delta_exec)
{
	struct sched_entity *left = bpf_sched_entity_leftmost(curr);
	struct task_struct *p = bpf_sched_entity_task(curr);
	struct task_group *tg = bpf_sched_entity_group(curr);
	long sum = bpf_sched_entity_tag(curr);

	if (left)
		sum += bpf_sched_entity_tag(left);
	if (p)
		sum += bpf_sched_task_tag(p);
	if (tg)
		sum += bpf_sched_group_tag(tg);
	sink = sum;
	return BPF_SCHED_NO_OPINION;
}

SEC("sched/cfs_select_rq_exit")
int BPF_PROG(cpumasks, struct sched_migrate_ctx *mig)
{
	const struct cpumask *online = bpf_sched_online_cpus();
	const struct cpumask *active = bpf_sched_active_cpus();
	struct bpf_sched_cpumask *mask = scratch();
	long sum = 0;

	if (!online || !active || !mask)
		return BPF_SCHED_NO_OPINION;
	sum += bpf_sched_cpumask_copy(mask, online);
	sum += bpf_sched_cpumask_and(mask, online, active);
	sum += bpf_sched_cpumask_or(mask, bpf_sched_mask(mask), active);
	sum += bpf_sched_cpumask_andnot(mask, online, bpf_sched_mask(mask));
	sum += bpf_sched_cpumask_clear(mask);
	sum += bpf_sched_cpumask_setall(mask);
	sum += bpf_sched_cpumask_clear_cpu(mask, 0);
	sum += bpf_sched_cpumask_set_cpu(mask, 0);
	sum += bpf_sched_cpumask_test_cpu(bpf_sched_mask(mask), 0);
	sum += bpf_sched_cpumask_empty(bpf_sched_mask(mask));
	sum += bpf_sched_cpumask_equal(online, bpf_sched_mask(mask));
	sum += bpf_sched_cpumask_subset(online, bpf_sched_mask(mask));
	sum += bpf_sched_cpumask_intersects(online, active);
	sum += bpf_sched_cpumask_weight(online);
	sum += bpf_sched_cpumask_first(online);
	sum += bpf_sched_cpumask_next(online, -1);
	sum += bpf_sched_cpumask_next_and(online, bpf_sched_mask(mask), -1);
	sum += bpf_sched_cpumask_any_and(online, active);
	sum += bpf_sched_cpumask_next_wrap(online, -1);
	sum += bpf_sched_cpumask_weight_and(online, active);
	sum += bpf_sched_cpumask_parse(mask, text, sizeof(text));
	sink = sum;
	return BPF_SCHED_NO_OPINION;
}

char LICENSE[] SEC("license") = "GPL";
