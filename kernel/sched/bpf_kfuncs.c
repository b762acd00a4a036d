// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel functions for BPF_PROG_TYPE_SCHED programs: tags, entities, CPUs.
 *
 * They take no lock, so that a program can call them whatever its hook's caller
 * holds, and are safe for every value of their scalar arguments. Pointers are
 * hook arguments, members of them, or results of these functions: the verifier
 * refuses all others. All are valid until the program returns.
 */
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/sched/cputime.h>

#include "sched.h"
#include "bpf_hooks.h"
#include "bpf_kfuncs.h"
#include "bpf_restrict.h"

__diag_push();
__diag_ignore_all("-Wmissing-prototypes",
		  "Kernel functions whose definitions will be in vmlinux BTF");

/**
 * bpf_sched_task_tag - the effective tag of a task
 * @p: the task
 *
 * Return: own tag, else that of the nearest tagged ancestor group, else 0.
 */
s64 bpf_sched_task_tag(struct task_struct *p)
{
	return __sched_task_tag(p);
}

/**
 * bpf_sched_group_tag - the tag that a group passes to its tasks
 * @tg: the group
 *
 * Return: own tag, else that of the nearest tagged ancestor, else 0.
 */
s64 bpf_sched_group_tag(struct task_group *tg)
{
	return sched_group_tag(tg);
}

/**
 * bpf_sched_entity_tag - the tag of what an entity stands for
 * @se: the entity
 *
 * Return: the effective tag of the task, or the tag of the group.
 */
s64 bpf_sched_entity_tag(struct sched_entity *se)
{
	return sched_entity_tag(se);
}

/**
 * bpf_sched_entity_task - the task that an entity stands for
 * @se: the entity
 *
 * Return: the task, NULL if it is a group's entity.
 */
struct task_struct *bpf_sched_entity_task(struct sched_entity *se)
{
	return entity_is_task(se) ? container_of(se, struct task_struct, se) : NULL;
}

/**
 * bpf_sched_entity_group - the group that an entity stands for
 * @se: the entity
 *
 * Return: the group, NULL if it is a task's entity.
 */
struct task_group *bpf_sched_entity_group(struct sched_entity *se)
{
	return entity_is_task(se) ? NULL : group_cfs_rq(se)->tg;
}

/**
 * bpf_sched_task_group - the group that a task is in
 * @p: the task
 *
 * Return: the group; the root group counts as one.
 */
struct task_group *bpf_sched_task_group(struct task_struct *p)
{
	return READ_ONCE(p->sched_task_group);
}

/**
 * bpf_sched_entity_leftmost - who has waited longest beside an entity
 * @se: an entity
 *
 * That is the one with the smallest vruntime of those queued, not running, on
 * the same level of the same CPU's runqueue. In a hook that is not called with
 * that runqueue's lock held the answer may be out of date.
 *
 * Return: the entity, which can be @se itself, or NULL if none is queued.
 */
struct sched_entity *bpf_sched_entity_leftmost(struct sched_entity *se)
{
	struct rb_node *left;

	left = READ_ONCE(cfs_rq_of(se)->tasks_timeline.rb_leftmost);
	return left ? rb_entry(left, struct sched_entity, run_node) : NULL;
}

/**
 * bpf_sched_cpu_idle - is a CPU idle and ready to take a task at once?
 * @cpu: its number
 *
 * Return: 1 or 0; -EINVAL if there is no such CPU.
 */
int bpf_sched_cpu_idle(s32 cpu)
{
	return bpf_sched_cpu_valid(cpu) ? available_idle_cpu(cpu) : -EINVAL;
}

/**
 * bpf_sched_cpu_nr_running - how many tasks are runnable on a CPU
 * @cpu: its number
 *
 * Return: the number, of all scheduling classes and with the one that runs;
 * -EINVAL if there is no such CPU.
 */
int bpf_sched_cpu_nr_running(s32 cpu)
{
	return bpf_sched_cpu_valid(cpu) ? READ_ONCE(cpu_rq(cpu)->nr_running) : -EINVAL;
}

/**
 * bpf_sched_cpu_load - the load average of a CPU's fair tasks
 * @cpu: its number
 *
 * Return: the load, on the scale where a task of nice 0 that always wants to
 * run is 1024; -EINVAL if there is no such CPU.
 */
s64 bpf_sched_cpu_load(s32 cpu)
{
	return bpf_sched_cpu_valid(cpu) ? READ_ONCE(cpu_rq(cpu)->cfs.avg.load_avg) : -EINVAL;
}

/**
 * bpf_sched_cpu_util - how much of a CPU its fair tasks use
 * @cpu: its number
 *
 * Return: the utilisation, on the scale of bpf_sched_cpu_capacity(); -EINVAL
 * if there is no such CPU.
 */
s64 bpf_sched_cpu_util(s32 cpu)
{
	return bpf_sched_cpu_valid(cpu) ? cpu_util_cfs(cpu) : -EINVAL;
}

/**
 * bpf_sched_cpu_capacity - what a CPU has to give to fair tasks
 * @cpu: its number
 *
 * Return: the capacity that interrupts and other classes leave; 1024 is the
 * whole of the largest CPU; -EINVAL if there is no such CPU.
 */
s64 bpf_sched_cpu_capacity(s32 cpu)
{
	return bpf_sched_cpu_valid(cpu) ? READ_ONCE(cpu_rq(cpu)->cpu_capacity) : -EINVAL;
}

/**
 * bpf_sched_nr_cpus - the upper bound of CPU numbers
 *
 * Return: one more than the largest number that a CPU can have (nr_cpu_ids).
 */
u32 bpf_sched_nr_cpus(void)
{
	return nr_cpu_ids;
}

/**
 * bpf_sched_task_cpus - the CPUs that a task is allowed on
 * @p: the task
 *
 * Return: the mask, with the affinity and the cpuset accounted for.
 */
const struct cpumask *bpf_sched_task_cpus(struct task_struct *p)
{
	return READ_ONCE(p->cpus_ptr);
}

/**
 * bpf_sched_online_cpus - the CPUs that are online
 *
 * Return: the mask.
 */
const struct cpumask *bpf_sched_online_cpus(void)
{
	return cpu_online_mask;
}

/**
 * bpf_sched_active_cpus - the CPUs that tasks can be put on
 *
 * Return: the mask; a CPU that is going offline is not in it.
 */
const struct cpumask *bpf_sched_active_cpus(void)
{
	return cpu_active_mask;
}

/**
 * bpf_sched_restrict_cpus - limit the CPUs that CFS chooses from, once
 * @ctx:  the argument of the cfs_select_rq hook
 * @mask: the CPUs
 *
 * Holds for the choice that follows if no program chooses the CPU itself. The
 * task's own mask stays as it is.
 *
 * Return: 0; -EINVAL if @mask has no active CPU that the task is allowed on,
 * in which case nothing is restricted; -EPERM in any other hook.
 */
int bpf_sched_restrict_cpus(struct sched_migrate_ctx *ctx, const struct cpumask *mask)
{
	return bpf_sched_restrict(ctx, mask);
}

/**
 * bpf_sched_pick_idle_cpu - an idle CPU for a task
 * @p:	      the task
 * @mask:     the CPUs to choose from
 * @prev_cpu: where its cache may be warm; any other value for no preference
 *
 * Only active CPUs that the task is allowed on count. @prev_cpu comes first,
 * then those that share its cache, then the others.
 *
 * Return: the number, or -ENOENT if none is idle.
 */
s32 bpf_sched_pick_idle_cpu(struct task_struct *p, const struct cpumask *mask, s32 prev_cpu)
{
	const struct cpumask *allowed = READ_ONCE(p->cpus_ptr);
	s32 cpu, found = -ENOENT;

	if (!bpf_sched_cpu_valid(prev_cpu))
		prev_cpu = -1;

	for_each_cpu_and(cpu, mask, allowed) {
		if (!cpu_active(cpu) || !available_idle_cpu(cpu))
			continue;
		if (cpu == prev_cpu)
			return cpu;
		if (found < 0 || (prev_cpu >= 0 && !cpus_share_cache(found, prev_cpu) &&
				  cpus_share_cache(cpu, prev_cpu)))
			found = cpu;
	}
	return found;
}

__diag_pop();

BTF_SET8_START(bpf_sched_kfunc_ids)
BTF_ID_FLAGS(func, bpf_sched_task_tag)
BTF_ID_FLAGS(func, bpf_sched_group_tag)
BTF_ID_FLAGS(func, bpf_sched_entity_tag)
BTF_ID_FLAGS(func, bpf_sched_entity_task, KF_RET_NULL)
BTF_ID_FLAGS(func, bpf_sched_entity_group, KF_RET_NULL)
BTF_ID_FLAGS(func, bpf_sched_task_group, KF_RET_NULL)
BTF_ID_FLAGS(func, bpf_sched_entity_leftmost, KF_RET_NULL)
BTF_ID_FLAGS(func, bpf_sched_cpu_idle)
BTF_ID_FLAGS(func, bpf_sched_cpu_nr_running)
BTF_ID_FLAGS(func, bpf_sched_cpu_load)
BTF_ID_FLAGS(func, bpf_sched_cpu_util)
BTF_ID_FLAGS(func, bpf_sched_cpu_capacity)
BTF_ID_FLAGS(func, bpf_sched_nr_cpus)
BTF_ID_FLAGS(func, bpf_sched_task_cpus, KF_RET_NULL)
BTF_ID_FLAGS(func, bpf_sched_online_cpus, KF_RET_NULL)
BTF_ID_FLAGS(func, bpf_sched_active_cpus, KF_RET_NULL)
BTF_ID_FLAGS(func, bpf_sched_restrict_cpus)
BTF_ID_FLAGS(func, bpf_sched_pick_idle_cpu)
BTF_SET8_END(bpf_sched_kfunc_ids)

static const struct btf_kfunc_id_set bpf_sched_kfunc_set = {
	.owner	= THIS_MODULE,
	.set	= &bpf_sched_kfunc_ids,
};

static int __init bpf_sched_kfuncs_init(void)
{
	/* Programs get the names of the answers from vmlinux BTF. */
	BTF_TYPE_EMIT_ENUM(BPF_SCHED_NO_OPINION);

	return register_btf_kfunc_id_set(BPF_PROG_TYPE_SCHED, &bpf_sched_kfunc_set);
}
late_initcall(bpf_sched_kfuncs_init);
