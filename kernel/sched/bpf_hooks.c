// SPDX-License-Identifier: GPL-2.0-only
/*
 * From fair.c to the BPF programs of a hook: out of line, as none of this runs
 * while no program is attached. Also the restriction of a task's CPUs for one
 * decision.
 */
#include <linux/sched/cputime.h>

#include "sched.h"
#include "bpf_hooks.h"
#include "bpf_restrict.h"

/**
 * struct placement - a choice of a CPU by select_task_rq_fair()
 * @task:	whose
 * @epoch:	of the hooks' keys when it began
 * @table:	the programs that are asked in all of it
 * @ctx:	while cfs_select_rq is asked
 * @restricted: @cpus counts
 * @cpus:	what a program has limited the choice to
 *
 * select_task_rq_fair() runs with interrupts off and does not nest, hence one a
 * CPU. The task's own mask is never touched, so nobody else can see it
 * restricted.
 */
struct placement {
	struct task_struct		*task;
	unsigned long			epoch;
	const struct bpf_sched_table	*table;
	struct sched_migrate_ctx	*ctx;
	bool				restricted;
	struct cpumask			cpus;
};

static DEFINE_PER_CPU(struct placement, placement);

/*
 * The placement of @p that has begun on this CPU. One whose end was not asked
 * for, as the hooks were switched off in its middle, is over: its epoch is.
 */
static struct placement *placement_of(const struct task_struct *p)
{
	struct placement *pl = this_cpu_ptr(&placement);

	return pl->task == p && pl->epoch == bpf_sched_epoch() ? pl : NULL;
}

int bpf_sched_restrict(struct sched_migrate_ctx *ctx, const struct cpumask *mask)
{
	struct placement *pl = this_cpu_ptr(&placement);

	if (pl->ctx != ctx)
		return -EPERM;

	/* @mask may be a program's, which another CPU can write: copy, then look. */
	cpumask_and(&pl->cpus, mask, ctx->task->cpus_ptr);
	pl->restricted = cpumask_and(&pl->cpus, &pl->cpus, cpu_active_mask);
	return pl->restricted ? 0 : -EINVAL;
}

const struct cpumask *__bpf_sched_select_cpus(struct task_struct *p)
{
	const struct placement *pl = placement_of(p);

	return pl && pl->restricted ? &pl->cpus : p->cpus_ptr;
}

/*
 * The stock choice looks at the task's CPUs where it searches, but may return
 * the previous or the waker's CPU unseen. Put that right.
 */
static int restricted_cpu(const struct cpumask *cpus, int cpu)
{
	int i;

	if (cpumask_test_cpu(cpu, cpus))
		return cpu;

	for_each_cpu(i, cpus)
		if (available_idle_cpu(i))
			return i;
	return cpumask_any_distribute(cpus);
}

static struct sched_migrate_ctx migrate_ctx(struct task_struct *p, int prev_cpu,
					    int wake_flags, int new_cpu)
{
	return (struct sched_migrate_ctx) {
		.task		= p,
		.prev_cpu	= prev_cpu,
		.curr_cpu	= smp_processor_id(),
		.new_cpu	= new_cpu,
		.wake_flags	= wake_flags,
		.is_sync	= (wake_flags & WF_SYNC) && !(current->flags & PF_EXITING),
	};
}

static int run_task_hook(const struct bpf_sched_table *table, enum bpf_sched_hook_id hook,
			 struct task_struct *p, void *ctx, int in0, int in1)
{
	s64 tag = __sched_task_tag(p);
	const struct bpf_sched_subject subject = {
		.tag = tag, .tag2 = tag, .task = p, .in = { in0, in1 },
	};
	const u64 args[] = { (unsigned long)ctx };

	return bpf_sched_run_table(table, hook, args, &subject);
}

int __bpf_sched_select_rq(struct task_struct *p, int prev_cpu, int wake_flags)
{
	struct sched_migrate_ctx ctx = migrate_ctx(p, prev_cpu, wake_flags, prev_cpu);
	struct placement *pl = this_cpu_ptr(&placement);
	int cpu;

	pl->task = p;
	pl->epoch = bpf_sched_epoch();
	pl->table = bpf_sched_current_table();
	pl->restricted = false;
	pl->ctx = &ctx;
	cpu = run_task_hook(pl->table, BPF_SCHED_HOOK_cfs_select_rq, p, &ctx, prev_cpu, prev_cpu);
	pl->ctx = NULL;

	/* A choice makes a restriction void. */
	if (cpu >= 0)
		pl->restricted = false;
	return cpu;
}

int __bpf_sched_select_rq_exit(struct task_struct *p, int prev_cpu, int wake_flags,
			       int new_cpu)
{
	struct placement *pl = placement_of(p);
	struct sched_migrate_ctx ctx;
	int cpu;

	/* The hooks have been switched on in the middle: the next one is theirs. */
	if (!pl)
		return new_cpu;

	if (pl->restricted)
		new_cpu = restricted_cpu(&pl->cpus, new_cpu);
	pl->task = NULL;

	ctx = migrate_ctx(p, prev_cpu, wake_flags, new_cpu);
	cpu = run_task_hook(pl->table, BPF_SCHED_HOOK_cfs_select_rq_exit, p, &ctx,
			    prev_cpu, new_cpu);
	return cpu < 0 ? new_cpu : cpu;
}

int __bpf_sched_wake_affine(struct task_struct *p, int this_cpu, int prev_cpu, int sync)
{
	const struct placement *pl = placement_of(p);
	struct sched_affine_ctx ctx = {
		.task		= p,
		.prev_cpu	= prev_cpu,
		.curr_cpu	= this_cpu,
		.is_sync	= sync,
	};

	return run_task_hook(pl ? pl->table : bpf_sched_current_table(),
			     BPF_SCHED_HOOK_cfs_wake_affine, p, &ctx, prev_cpu, this_cpu);
}

int __bpf_sched_check_preempt_tick(struct sched_entity *curr, unsigned long delta_exec)
{
	s64 tag = sched_entity_tag(curr);
	const struct bpf_sched_subject subject = {
		.tag = tag, .tag2 = tag, .task = bpf_sched_se_task(curr), .in = { delta_exec },
	};
	const u64 args[] = { (unsigned long)curr, delta_exec };

	if (bpf_sched_has_turn(curr))
		return BPF_SCHED_NO_OPINION;
	return bpf_sched_run(BPF_SCHED_HOOK_cfs_check_preempt_tick, args, &subject);
}

int __bpf_sched_check_preempt_wakeup(struct task_struct *curr, struct task_struct *p)
{
	s64 tag = __sched_task_tag(curr);
	const struct bpf_sched_subject subject = {
		.tag	= tag,
		.tag2	= __sched_task_tag(p),
		.task	= p,
		.in	= { curr->pid, tag },
	};
	const u64 args[] = { (unsigned long)curr, (unsigned long)p };

	if (bpf_sched_has_turn(&curr->se))
		return BPF_SCHED_KEEP;
	return bpf_sched_run(BPF_SCHED_HOOK_cfs_check_preempt_wakeup, args, &subject);
}

int __bpf_sched_wakeup_preempt_entity(struct sched_entity *curr, struct sched_entity *se)
{
	s64 tag = sched_entity_tag(curr);
	const struct bpf_sched_subject subject = {
		.tag	= tag,
		.tag2	= sched_entity_tag(se),
		.task	= bpf_sched_se_task(se),
		.in	= { bpf_sched_se_pid(curr), tag },
	};
	const u64 args[] = { (unsigned long)curr, (unsigned long)se };

	return bpf_sched_run(BPF_SCHED_HOOK_cfs_wakeup_preempt_entity, args, &subject);
}

int __bpf_sched_can_migrate(struct task_struct *p, int src_cpu, int dst_cpu)
{
	s64 tag = __sched_task_tag(p);
	const struct bpf_sched_subject subject = {
		.tag = tag, .tag2 = tag, .task = p, .in = { src_cpu, dst_cpu },
	};
	const u64 args[] = { (unsigned long)p, src_cpu, dst_cpu };

	return bpf_sched_run(BPF_SCHED_HOOK_cfs_can_migrate_task, args, &subject);
}

void __bpf_sched_queued(enum bpf_sched_hook_id hook, struct rq *rq, struct task_struct *p,
			int flags)
{
	s64 tag = __sched_task_tag(p);
	const struct bpf_sched_subject subject = { .tag = tag, .tag2 = tag };
	const u64 args[] = { (unsigned long)p, cpu_of(rq), flags };

	bpf_sched_run(hook, args, &subject);
}

void __bpf_sched_notify_tag(struct task_struct *p, struct task_group *tg, s64 old_tag,
			    s64 new_tag)
{
	const struct bpf_sched_subject subject = { .tag = old_tag, .tag2 = new_tag };
	const u64 args[] = { (unsigned long)tg, p ? p->pid : 0, old_tag, new_tag };
	unsigned long flags;

	local_irq_save(flags);
	bpf_sched_run(BPF_SCHED_HOOK_tag_changed, args, &subject);
	local_irq_restore(flags);
}
