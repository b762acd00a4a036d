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

/*
 * The restriction that a cfs_select_rq program asked for. select_task_rq_fair()
 * runs with interrupts off and does not nest, hence one a CPU. The task's own
 * mask is never touched, so nobody else can see it restricted.
 */
struct select_restriction {
	struct task_struct		*task;
	struct sched_migrate_ctx	*ctx;
	struct cpumask			cpus;
};

static DEFINE_PER_CPU(struct select_restriction, select_restriction);

int bpf_sched_restrict(struct sched_migrate_ctx *ctx, const struct cpumask *mask)
{
	struct select_restriction *r = this_cpu_ptr(&select_restriction);

	if (r->ctx != ctx)
		return -EPERM;

	/* @mask may be a program's, which another CPU can write: copy, then look. */
	cpumask_and(&r->cpus, mask, ctx->task->cpus_ptr);
	if (!cpumask_and(&r->cpus, &r->cpus, cpu_active_mask)) {
		r->task = NULL;
		return -EINVAL;
	}
	r->task = ctx->task;
	return 0;
}

/*
 * The CPUs that @p is restricted to, or NULL. A program may be detached in the
 * middle of a decision, whose exit then does not end the restriction: what is
 * left over counts for nothing unless all of it is active and allowed.
 */
static const struct cpumask *restriction(const struct task_struct *p)
{
	const struct select_restriction *r = this_cpu_ptr(&select_restriction);

	if (r->task == p && cpumask_subset(&r->cpus, p->cpus_ptr) &&
	    cpumask_subset(&r->cpus, cpu_active_mask))
		return &r->cpus;
	return NULL;
}

const struct cpumask *__bpf_sched_select_cpus(struct task_struct *p)
{
	return restriction(p) ?: p->cpus_ptr;
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

static int run_task_hook(enum bpf_sched_hook_id hook, struct task_struct *p, void *ctx)
{
	s64 tag = __sched_task_tag(p);
	const struct bpf_sched_subject subject = { .tag = tag, .tag2 = tag, .task = p };
	const u64 args[] = { (unsigned long)ctx };

	return bpf_sched_run(hook, args, &subject);
}

int __bpf_sched_select_rq(struct task_struct *p, int prev_cpu, int wake_flags)
{
	struct sched_migrate_ctx ctx = migrate_ctx(p, prev_cpu, wake_flags, prev_cpu);
	struct select_restriction *r = this_cpu_ptr(&select_restriction);
	int cpu;

	r->task = NULL;
	r->ctx = &ctx;
	cpu = run_task_hook(BPF_SCHED_HOOK_cfs_select_rq, p, &ctx);
	r->ctx = NULL;

	/* A choice makes a restriction void. */
	if (cpu >= 0)
		r->task = NULL;
	return cpu;
}

int __bpf_sched_select_rq_exit(struct task_struct *p, int prev_cpu, int wake_flags,
			       int new_cpu)
{
	const struct cpumask *cpus = restriction(p);
	struct sched_migrate_ctx ctx;
	int cpu;

	if (cpus)
		new_cpu = restricted_cpu(cpus, new_cpu);
	this_cpu_write(select_restriction.task, NULL);

	if (!bpf_sched_enabled(cfs_select_rq_exit))
		return new_cpu;

	ctx = migrate_ctx(p, prev_cpu, wake_flags, new_cpu);
	cpu = run_task_hook(BPF_SCHED_HOOK_cfs_select_rq_exit, p, &ctx);
	return cpu < 0 ? new_cpu : cpu;
}

int __bpf_sched_wake_affine(struct task_struct *p, int this_cpu, int prev_cpu, int sync)
{
	struct sched_affine_ctx ctx = {
		.task		= p,
		.prev_cpu	= prev_cpu,
		.curr_cpu	= this_cpu,
		.is_sync	= sync,
	};

	return run_task_hook(BPF_SCHED_HOOK_cfs_wake_affine, p, &ctx);
}

int __bpf_sched_check_preempt_tick(struct sched_entity *curr, unsigned long delta_exec)
{
	s64 tag = sched_entity_tag(curr);
	const struct bpf_sched_subject subject = { .tag = tag, .tag2 = tag };
	const u64 args[] = { (unsigned long)curr, delta_exec };

	return bpf_sched_run(BPF_SCHED_HOOK_cfs_check_preempt_tick, args, &subject);
}

int __bpf_sched_check_preempt_wakeup(struct task_struct *curr, struct task_struct *p)
{
	const struct bpf_sched_subject subject = {
		.tag	= __sched_task_tag(curr),
		.tag2	= __sched_task_tag(p),
	};
	const u64 args[] = { (unsigned long)curr, (unsigned long)p };

	return bpf_sched_run(BPF_SCHED_HOOK_cfs_check_preempt_wakeup, args, &subject);
}

int __bpf_sched_wakeup_preempt_entity(struct sched_entity *curr, struct sched_entity *se)
{
	const struct bpf_sched_subject subject = {
		.tag	= sched_entity_tag(curr),
		.tag2	= sched_entity_tag(se),
	};
	const u64 args[] = { (unsigned long)curr, (unsigned long)se };

	return bpf_sched_run(BPF_SCHED_HOOK_cfs_wakeup_preempt_entity, args, &subject);
}
