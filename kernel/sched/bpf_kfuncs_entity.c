// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel functions for BPF_PROG_TYPE_SCHED programs: entities, tasks and groups
 * as members of cgroups. A cgroup is named by its id, the inode number of its
 * directory, in the hierarchy that the cpu controller is in.
 */
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/cgroup.h>
#include <linux/sched/cputime.h>

#include "sched.h"

/* NULL for an autogroup. */
static struct cgroup *cgroup_of_group(const struct task_group *tg)
{
	return tg->css.cgroup;
}

/*
 * In the unified hierarchy that may be a cgroup for which the cpu controller is
 * not enabled: then the task's group is the one of an ancestor.
 */
static struct cgroup *cgroup_of_task(struct task_struct *p)
{
	if (cgroup_subsys_on_dfl(cpu_cgrp_subsys))
		return task_dfl_cgroup(p);
	return task_cgroup(p, cpu_cgrp_id);
}

static struct cgroup *cgroup_of_entity(struct sched_entity *se)
{
	if (entity_is_task(se))
		return cgroup_of_task(container_of(se, struct task_struct, se));
	return cgroup_of_group(group_cfs_rq(se)->tg);
}

static int inside(struct cgroup *cgrp, u64 id)
{
	for (; cgrp; cgrp = cgroup_parent(cgrp))
		if (cgroup_id(cgrp) == id)
			return 1;
	return 0;
}

__diag_push();
__diag_ignore_all("-Wmissing-prototypes",
		  "Kernel functions whose definitions will be in vmlinux BTF");

/**
 * bpf_sched_entity_is_task - does an entity stand for a task?
 * @se: the entity
 *
 * Return: 1, or 0 if it stands for a group.
 */
int bpf_sched_entity_is_task(struct sched_entity *se)
{
	return entity_is_task(se) ? 1 : 0;
}

/**
 * bpf_sched_group_cgroup_id - the cgroup of a group
 * @tg: the group
 *
 * Return: the cgroup's id; 0 if the group has none (an autogroup).
 */
u64 bpf_sched_group_cgroup_id(struct task_group *tg)
{
	struct cgroup *cgrp = cgroup_of_group(tg);

	return cgrp ? cgroup_id(cgrp) : 0;
}

/**
 * bpf_sched_task_cgroup_id - the cgroup that a task is in
 * @p: the task
 *
 * That of /proc/PID/cgroup, also where the cpu controller is not enabled for it
 * and the task's group is that of an ancestor.
 *
 * Return: the cgroup's id.
 */
u64 bpf_sched_task_cgroup_id(struct task_struct *p)
{
	u64 id;

	rcu_read_lock();
	id = cgroup_id(cgroup_of_task(p));
	rcu_read_unlock();
	return id;
}

/**
 * bpf_sched_task_in_cgroup - is a task in a cgroup, or in one below it?
 * @p:	the task
 * @id: the cgroup's id
 *
 * Return: 1 or 0; 0 also if there is no such cgroup.
 */
int bpf_sched_task_in_cgroup(struct task_struct *p, u64 id)
{
	int ret;

	rcu_read_lock();
	ret = inside(cgroup_of_task(p), id);
	rcu_read_unlock();
	return ret;
}

/**
 * bpf_sched_entity_in_cgroup - is what an entity stands for in a cgroup?
 * @se: the entity
 * @id: the cgroup's id
 *
 * Return: 1 if it is a task in the cgroup or below it, or if it is the group of
 * the cgroup or of one below it; else 0, also if there is no such cgroup.
 */
int bpf_sched_entity_in_cgroup(struct sched_entity *se, u64 id)
{
	int ret;

	rcu_read_lock();
	ret = inside(cgroup_of_entity(se), id);
	rcu_read_unlock();
	return ret;
}

__diag_pop();

BTF_SET8_START(bpf_sched_entity_kfunc_ids)
BTF_ID_FLAGS(func, bpf_sched_entity_is_task)
BTF_ID_FLAGS(func, bpf_sched_group_cgroup_id)
BTF_ID_FLAGS(func, bpf_sched_task_cgroup_id)
BTF_ID_FLAGS(func, bpf_sched_task_in_cgroup)
BTF_ID_FLAGS(func, bpf_sched_entity_in_cgroup)
BTF_SET8_END(bpf_sched_entity_kfunc_ids)

static const struct btf_kfunc_id_set bpf_sched_entity_kfunc_set = {
	.owner	= THIS_MODULE,
	.set	= &bpf_sched_entity_kfunc_ids,
};

static int __init bpf_sched_entity_init(void)
{
	return register_btf_kfunc_id_set(BPF_PROG_TYPE_SCHED, &bpf_sched_entity_kfunc_set);
}
late_initcall(bpf_sched_entity_init);
