// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel functions for BPF_PROG_TYPE_SCHED programs: the state of a CPU beyond
 * what bpf_kfuncs.c has, and all of it at once. All is read without the lock of
 * the CPU's runqueue: of another CPU it may be out of date, but is never torn.
 */
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/cpuidle.h>
#include <linux/sched/cputime.h>

#include <uapi/linux/bpf_sched.h>

#include "sched.h"
#include "bpf_kfuncs.h"

/* Of a CPU that has got a task by fork or by balancing the stamp is that of before. */
static s64 idle_stamp(int cpu)
{
	return idle_cpu(cpu) ? READ_ONCE(cpu_rq(cpu)->idle_stamp) : 0;
}

static s64 exit_latency(int cpu)
{
	struct cpuidle_state *state;
	s64 ns;

	rcu_read_lock();
	state = idle_get_state(cpu_rq(cpu));
	ns = state ? state->exit_latency_ns : 0;
	rcu_read_unlock();
	return ns;
}

static void fill_counts(struct bpf_sched_cpu_info *info, struct rq *rq)
{
	info->nr_running = READ_ONCE(rq->nr_running);
	info->nr_running_cfs = READ_ONCE(rq->cfs.h_nr_running);
	info->nr_running_cfs_nr = READ_ONCE(rq->cfs.nr_running);
	info->nr_running_idle_policy = READ_ONCE(rq->cfs.idle_h_nr_running);
	info->nr_running_rt = READ_ONCE(rq->rt.rt_nr_running);
}

static void fill_averages(struct bpf_sched_cpu_info *info, struct rq *rq)
{
	info->load = READ_ONCE(rq->cfs.avg.load_avg);
	info->runnable = READ_ONCE(rq->cfs.avg.runnable_avg);
	info->util = cpu_util_cfs(cpu_of(rq));
	info->util_rt = cpu_util_rt(rq);
	info->util_dl = cpu_util_dl(rq);
	info->util_irq = cpu_util_irq(rq);
	info->capacity = READ_ONCE(rq->cpu_capacity);
	info->capacity_orig = READ_ONCE(rq->cpu_capacity_orig);
}

static void fill_idle(struct bpf_sched_cpu_info *info, struct rq *rq)
{
	info->idle = idle_cpu(cpu_of(rq));
	info->available_idle = available_idle_cpu(cpu_of(rq));
	info->idle_stamp = idle_stamp(cpu_of(rq));
	info->avg_idle = READ_ONCE(rq->avg_idle);
	info->exit_latency = exit_latency(cpu_of(rq));
}

static void fill_topology(struct bpf_sched_cpu_info *info, int cpu)
{
	info->core = bpf_sched_cpu_core(cpu);
	info->die = bpf_sched_cpu_die(cpu);
	info->package = bpf_sched_cpu_package(cpu);
	info->node = bpf_sched_cpu_node(cpu);
	info->llc = bpf_sched_cpu_llc(cpu);
}

__diag_push();
__diag_ignore_all("-Wmissing-prototypes",
		  "Kernel functions whose definitions will be in vmlinux BTF");

/**
 * bpf_sched_cpu_nr_running_cfs - how many fair tasks are runnable on a CPU
 * @cpu: its number
 *
 * Return: the number, of those in all groups and with the one that runs; without
 * those that bandwidth control keeps from running; -EINVAL if there is no such
 * CPU.
 */
int bpf_sched_cpu_nr_running_cfs(s32 cpu)
{
	return bpf_sched_cpu_valid(cpu) ? READ_ONCE(cpu_rq(cpu)->cfs.h_nr_running) : -EINVAL;
}

/**
 * bpf_sched_cpu_nr_running_cfs_nr - how many entities share a CPU at the top level
 * @cpu: its number
 *
 * Return: the number of runnable tasks of the root group and of groups right
 * below it that have any; -EINVAL if there is no such CPU.
 */
int bpf_sched_cpu_nr_running_cfs_nr(s32 cpu)
{
	return bpf_sched_cpu_valid(cpu) ? READ_ONCE(cpu_rq(cpu)->cfs.nr_running) : -EINVAL;
}

/**
 * bpf_sched_cpu_nr_running_idle_policy - how many SCHED_IDLE tasks are runnable
 * @cpu: the CPU's number
 *
 * Return: the number, of those that bpf_sched_cpu_nr_running_cfs() counts, with
 * those in groups with cpu.idle; -EINVAL if there is no such CPU.
 */
int bpf_sched_cpu_nr_running_idle_policy(s32 cpu)
{
	return bpf_sched_cpu_valid(cpu) ? READ_ONCE(cpu_rq(cpu)->cfs.idle_h_nr_running) : -EINVAL;
}

/**
 * bpf_sched_cpu_nr_running_rt - how many real-time tasks are runnable on a CPU
 * @cpu: its number
 *
 * Return: the number; -EINVAL if there is no such CPU.
 */
int bpf_sched_cpu_nr_running_rt(s32 cpu)
{
	return bpf_sched_cpu_valid(cpu) ? READ_ONCE(cpu_rq(cpu)->rt.rt_nr_running) : -EINVAL;
}

/**
 * bpf_sched_cpu_runnable - how crowded a CPU is with fair tasks
 * @cpu: its number
 *
 * Return: the runnable average: what bpf_sched_cpu_util() is, but with the time
 * that tasks wait for the CPU counted as well, so that it grows with their
 * number; -EINVAL if there is no such CPU.
 */
s64 bpf_sched_cpu_runnable(s32 cpu)
{
	return bpf_sched_cpu_valid(cpu) ? READ_ONCE(cpu_rq(cpu)->cfs.avg.runnable_avg) : -EINVAL;
}

/**
 * bpf_sched_cpu_util_rt - how much of a CPU its real-time tasks use
 * @cpu: its number
 *
 * Return: the utilisation, 1024 being all of the largest CPU; -EINVAL if there is
 * no such CPU.
 */
s64 bpf_sched_cpu_util_rt(s32 cpu)
{
	return bpf_sched_cpu_valid(cpu) ? cpu_util_rt(cpu_rq(cpu)) : -EINVAL;
}

/**
 * bpf_sched_cpu_util_dl - how much of a CPU its deadline tasks use
 * @cpu: its number
 *
 * Return: the utilisation, 1024 being all of the largest CPU; -EINVAL if there is
 * no such CPU.
 */
s64 bpf_sched_cpu_util_dl(s32 cpu)
{
	return bpf_sched_cpu_valid(cpu) ? cpu_util_dl(cpu_rq(cpu)) : -EINVAL;
}

/**
 * bpf_sched_cpu_util_irq - how much of a CPU interrupts use
 * @cpu: its number
 *
 * Return: the utilisation, 1024 being all of the largest CPU; 0 on a kernel that
 * does not account for it (IRQ_TIME_ACCOUNTING); -EINVAL if there is no such CPU.
 */
s64 bpf_sched_cpu_util_irq(s32 cpu)
{
	return bpf_sched_cpu_valid(cpu) ? cpu_util_irq(cpu_rq(cpu)) : -EINVAL;
}

/**
 * bpf_sched_cpu_capacity_orig - what a CPU has to give to all
 * @cpu: its number
 *
 * Return: the capacity before interrupts and other classes take their part; 1024
 * is the largest CPU; -EINVAL if there is no such CPU.
 */
s64 bpf_sched_cpu_capacity_orig(s32 cpu)
{
	return bpf_sched_cpu_valid(cpu) ? READ_ONCE(cpu_rq(cpu)->cpu_capacity_orig) : -EINVAL;
}

/**
 * bpf_sched_cpu_is_idle - has a CPU nothing to run?
 * @cpu: its number
 *
 * Unlike bpf_sched_cpu_idle() this does not ask if it could take a task at once:
 * a virtual CPU may have been preempted by its host.
 *
 * Return: 1 or 0; -EINVAL if there is no such CPU.
 */
int bpf_sched_cpu_is_idle(s32 cpu)
{
	return bpf_sched_cpu_valid(cpu) ? idle_cpu(cpu) : -EINVAL;
}

/**
 * bpf_sched_cpu_idle_stamp - since when a CPU has been idle
 * @cpu: its number
 *
 * Return: when it ran out of fair tasks and found none to take over, in ns of its
 * runqueue's clock, which is about that of bpf_ktime_get_ns(); 0 if it is not
 * idle; -EINVAL if there is no such CPU.
 */
s64 bpf_sched_cpu_idle_stamp(s32 cpu)
{
	return bpf_sched_cpu_valid(cpu) ? idle_stamp(cpu) : -EINVAL;
}

/**
 * bpf_sched_cpu_avg_idle - how long a CPU is idle at a time
 * @cpu: its number
 *
 * Return: the average, in ns, with an upper bound; -EINVAL if there is no such
 * CPU.
 */
s64 bpf_sched_cpu_avg_idle(s32 cpu)
{
	return bpf_sched_cpu_valid(cpu) ? READ_ONCE(cpu_rq(cpu)->avg_idle) : -EINVAL;
}

/**
 * bpf_sched_cpu_exit_latency - how long an idle CPU takes to wake up
 * @cpu: its number
 *
 * Return: the exit latency of the idle state that it is in, in ns; 0 if it is not
 * idle or nobody knows; -EINVAL if there is no such CPU.
 */
s64 bpf_sched_cpu_exit_latency(s32 cpu)
{
	return bpf_sched_cpu_valid(cpu) ? exit_latency(cpu) : -EINVAL;
}

/**
 * bpf_sched_cpu_snapshot - all that there is to know of a CPU
 * @cpu:      its number
 * @info:     where to put it
 * @info__sz: how much room there is, in bytes: a program that was built for
 *	      another kernel has a struct of another size
 *
 * The fields are what the functions of their names say. They are read one after
 * the other, without the runqueue's lock. What the kernel does not know of @info
 * becomes 0.
 *
 * Return: 0; -EINVAL if there is no such CPU, and @info is as it was.
 */
int bpf_sched_cpu_snapshot(s32 cpu, struct bpf_sched_cpu_info *info, u32 info__sz)
{
	struct bpf_sched_cpu_info all = {};
	size_t known = min_t(size_t, info__sz, sizeof(all));

	if (!bpf_sched_cpu_valid(cpu))
		return -EINVAL;

	fill_counts(&all, cpu_rq(cpu));
	fill_averages(&all, cpu_rq(cpu));
	fill_idle(&all, cpu_rq(cpu));
	fill_topology(&all, cpu);
	memcpy(info, &all, known);
	memset((void *)info + known, 0, info__sz - known);
	return 0;
}

__diag_pop();

BTF_SET8_START(bpf_sched_cpu_kfunc_ids)
BTF_ID_FLAGS(func, bpf_sched_cpu_nr_running_cfs)
BTF_ID_FLAGS(func, bpf_sched_cpu_nr_running_cfs_nr)
BTF_ID_FLAGS(func, bpf_sched_cpu_nr_running_idle_policy)
BTF_ID_FLAGS(func, bpf_sched_cpu_nr_running_rt)
BTF_ID_FLAGS(func, bpf_sched_cpu_runnable)
BTF_ID_FLAGS(func, bpf_sched_cpu_util_rt)
BTF_ID_FLAGS(func, bpf_sched_cpu_util_dl)
BTF_ID_FLAGS(func, bpf_sched_cpu_util_irq)
BTF_ID_FLAGS(func, bpf_sched_cpu_capacity_orig)
BTF_ID_FLAGS(func, bpf_sched_cpu_is_idle)
BTF_ID_FLAGS(func, bpf_sched_cpu_idle_stamp)
BTF_ID_FLAGS(func, bpf_sched_cpu_avg_idle)
BTF_ID_FLAGS(func, bpf_sched_cpu_exit_latency)
BTF_ID_FLAGS(func, bpf_sched_cpu_snapshot)
BTF_SET8_END(bpf_sched_cpu_kfunc_ids)

static const struct btf_kfunc_id_set bpf_sched_cpu_kfunc_set = {
	.owner	= THIS_MODULE,
	.set	= &bpf_sched_cpu_kfunc_ids,
};

static int __init bpf_sched_cpu_init(void)
{
	return register_btf_kfunc_id_set(BPF_PROG_TYPE_SCHED, &bpf_sched_cpu_kfunc_set);
}
late_initcall(bpf_sched_cpu_init);
