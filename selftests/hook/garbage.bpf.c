// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls every kfunc from every hook with numbers that make no sense, and counts
 * the results that make none.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <tagsched.bpf.h>

char LICENSE[] SEC("license") = "GPL";

__s32 tester;		/* pid: only its children get other tags */
__s32 given[2];		/* values that userspace wants tried; one call in two */
__u64 rounds[6];	/* in the order of the hooks */
__u64 bad;
__s32 bad_where;	/* line of the last bad result */
__s64 bad_result;
__s32 bad_number;

struct scratch {
	struct bpf_sched_cpumask rubbish;
	struct bpf_sched_cpumask result;
};

/* Hooks run on all CPUs at once, and in interrupts. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} scratch SEC(".maps");

#define MUST(condition, result, number) do {	\
	if (!(condition)) {			\
		bad_where = __LINE__;		\
		bad_result = (result);		\
		bad_number = (number);		\
		__sync_fetch_and_add(&bad, 1);	\
	}					\
} while (0)

/* INT_MIN, -1, nr_cpu_ids, INT_MAX, something at random, or what is given. */
static __always_inline __s32 number(void)
{
	__u32 dice = bpf_get_prandom_u32();

	if (dice & 1)
		return given[dice >> 1 & 1];
	switch (dice >> 1 & 7) {
	case 0:
		return -2147483647 - 1;
	case 1:
		return -1;
	case 2:
		return bpf_sched_nr_cpus();
	case 3:
		return 2147483647;
	case 4:
		return bpf_get_prandom_u32() % 8;
	case 5:
		return bpf_get_prandom_u32() % 16384;
	default:
		return bpf_get_prandom_u32();
	}
}

static __always_inline bool is_cpu(__s32 n)
{
	return n >= 0 && n < (__s32)bpf_sched_nr_cpus();
}

static __always_inline void cpus(void)
{
	__s32 n = number();
	__s64 ret;

	ret = bpf_sched_cpu_idle(n);
	MUST(is_cpu(n) ? ret == 0 || ret == 1 : ret == -EINVAL, ret, n);
	ret = bpf_sched_cpu_nr_running(n);
	MUST(is_cpu(n) ? ret >= 0 && ret < 100000 : ret == -EINVAL, ret, n);
	ret = bpf_sched_cpu_load(n);
	MUST(is_cpu(n) ? ret >= 0 : ret == -EINVAL, ret, n);
	ret = bpf_sched_cpu_util(n);
	MUST(is_cpu(n) ? ret >= 0 && ret <= 1024 : ret == -EINVAL, ret, n);
	ret = bpf_sched_cpu_capacity(n);
	MUST(is_cpu(n) ? ret > 0 && ret <= 1024 : ret == -EINVAL, ret, n);
}

static __always_inline bool is_node(__s32 n)
{
	return n >= 0 && n < (__s32)bpf_sched_nr_nodes();
}

/* A node's number below the bound may be one that is not possible. */
#define NODE_MUST(n, condition, result)	\
	MUST((is_node(n) && (condition)) || (result) == -EINVAL, result, n)

static __always_inline void state(void)
{
	struct bpf_sched_cpu_info info = {};
	__s32 n = number();
	__s64 ret;

	ret = bpf_sched_cpu_nr_running_cfs(n);
	MUST(is_cpu(n) ? ret >= 0 && ret < 100000 : ret == -EINVAL, ret, n);
	ret = bpf_sched_cpu_nr_running_cfs_nr(n);
	MUST(is_cpu(n) ? ret >= 0 && ret < 100000 : ret == -EINVAL, ret, n);
	ret = bpf_sched_cpu_nr_running_idle_policy(n);
	MUST(is_cpu(n) ? ret >= 0 && ret < 100000 : ret == -EINVAL, ret, n);
	ret = bpf_sched_cpu_nr_running_rt(n);
	MUST(is_cpu(n) ? ret >= 0 && ret < 100000 : ret == -EINVAL, ret, n);
	ret = bpf_sched_cpu_runnable(n);
	MUST(is_cpu(n) ? ret >= 0 : ret == -EINVAL, ret, n);
	ret = bpf_sched_cpu_util_rt(n);
	MUST(is_cpu(n) ? ret >= 0 && ret <= 1024 : ret == -EINVAL, ret, n);
	ret = bpf_sched_cpu_util_dl(n);
	MUST(is_cpu(n) ? ret >= 0 && ret <= 1024 : ret == -EINVAL, ret, n);
	ret = bpf_sched_cpu_util_irq(n);
	MUST(is_cpu(n) ? ret >= 0 && ret <= 1024 : ret == -EINVAL, ret, n);
	ret = bpf_sched_cpu_capacity_orig(n);
	MUST(is_cpu(n) ? ret > 0 && ret <= 1024 : ret == -EINVAL, ret, n);
	ret = bpf_sched_cpu_is_idle(n);
	MUST(is_cpu(n) ? ret == 0 || ret == 1 : ret == -EINVAL, ret, n);
	ret = bpf_sched_cpu_idle_stamp(n);
	MUST(is_cpu(n) ? ret >= 0 : ret == -EINVAL, ret, n);
	ret = bpf_sched_cpu_avg_idle(n);
	MUST(is_cpu(n) ? ret >= 0 : ret == -EINVAL, ret, n);
	ret = bpf_sched_cpu_exit_latency(n);
	MUST(is_cpu(n) ? ret >= 0 : ret == -EINVAL, ret, n);
	ret = bpf_sched_cpu_snapshot(n, &info, sizeof(info));
	MUST(ret == (is_cpu(n) ? 0 : -EINVAL), ret, n);
}

static __always_inline void topology(void)
{
	__s32 n = number(), m = number();
	__s64 ret;

	MUST(!bpf_sched_smt_cpus(n) == !is_cpu(n), 0, n);
	MUST(!bpf_sched_llc_cpus(n) == !is_cpu(n), 0, n);
	MUST(!bpf_sched_package_cpus(n) == !is_cpu(n), 0, n);
	if (!is_node(n))
		MUST(!bpf_sched_node_cpus(n), 0, n);
	ret = bpf_sched_cpu_core(n);
	MUST(is_cpu(n) ? ret >= -1 : ret == -EINVAL, ret, n);
	ret = bpf_sched_cpu_die(n);
	MUST(is_cpu(n) ? ret >= -1 : ret == -EINVAL, ret, n);
	ret = bpf_sched_cpu_package(n);
	MUST(is_cpu(n) ? ret >= -1 : ret == -EINVAL, ret, n);
	ret = bpf_sched_cpu_node(n);
	MUST(is_cpu(n) ? ret >= -1 : ret == -EINVAL, ret, n);
	ret = bpf_sched_cpu_llc(n);
	MUST(is_cpu(n) ? is_cpu(ret) : ret == -EINVAL, ret, n);
	ret = bpf_sched_cpus_share_cache(n, m);
	MUST(is_cpu(n) && is_cpu(m) ? ret == 0 || ret == 1 : ret == -EINVAL, ret, n);
	ret = bpf_sched_node_distance(n, m);
	MUST((is_node(n) && is_node(m) && ret > 0) || ret == -EINVAL, ret, n);
	ret = bpf_sched_node_capacity(n);
	NODE_MUST(n, ret >= 0, ret);
	ret = bpf_sched_node_util(n);
	NODE_MUST(n, ret >= 0, ret);
	ret = bpf_sched_node_nr_running(n);
	NODE_MUST(n, ret >= 0, ret);
}

/* Rare: each is a write that somebody has to do. */
static __always_inline void write(struct task_struct *p, struct task_group *tg)
{
	__s64 tag = (__s64)bpf_get_prandom_u32() << 32 | bpf_get_prandom_u32();
	int ret;

	if (p->real_parent->pid != tester || bpf_get_prandom_u32() & 15)
		return;
	ret = bpf_sched_set_task_tag(p, tag);
	MUST(!ret || ret == -ESRCH || ret == -ENOSPC || ret == -ELOOP, ret, 0);
	ret = bpf_sched_clear_task_tag(p);
	MUST(!ret || ret == -ESRCH || ret == -ENOSPC || ret == -ELOOP, ret, 0);
	if (!tg)
		return;
	/* The tests run in the root group, whose tag is fixed. */
	ret = bpf_sched_clear_group_tag(tg);
	MUST(!ret || ret == -EINVAL || ret == -ENODEV || ret == -ENOSPC || ret == -ELOOP, ret, 0);
	ret = bpf_sched_group_cgroup_id(tg) == 1 ? bpf_sched_set_group_tag(tg, tag) : -EINVAL;
	MUST(ret == -EINVAL, ret, 0);
}

static __always_inline void cgroups(struct task_struct *p)
{
	__u64 id = (__u64)number() << 32 | (__u32)number();
	int ret;

	ret = bpf_sched_task_in_cgroup(p, id);
	MUST(ret == 0 || ret == 1, ret, 0);
	ret = bpf_sched_entity_in_cgroup(&p->se, id);
	MUST(ret == 0 || ret == 1, ret, 0);
	ret = bpf_sched_task_in_cgroup(p, bpf_sched_task_cgroup_id(p));
	MUST(ret == 1, ret, 0);
}

static __always_inline void masks(struct task_struct *p)
{
	const struct cpumask *rubbish, *allowed = bpf_sched_task_cpus(p);
	__s32 n = number(), ret;
	struct scratch *s;
	__u32 zero = 0;

	s = bpf_map_lookup_elem(&scratch, &zero);
	if (!s || !allowed)
		return;
	rubbish = bpf_sched_mask(&s->rubbish);
	s->rubbish.bits[0] = (__u64)bpf_get_prandom_u32() << 32 | bpf_get_prandom_u32();
	s->rubbish.bits[bpf_get_prandom_u32() & 127] = ~0ULL;

	ret = bpf_sched_cpumask_set_cpu(&s->result, n);
	MUST(ret == (is_cpu(n) ? 0 : -EINVAL), ret, n);
	ret = bpf_sched_cpumask_test_cpu(bpf_sched_mask(&s->result), n);
	MUST(ret == (is_cpu(n) ? 1 : -EINVAL), ret, n);
	ret = bpf_sched_cpumask_clear_cpu(&s->result, n);
	MUST(ret == (is_cpu(n) ? 0 : -EINVAL), ret, n);

	ret = bpf_sched_cpumask_first(rubbish);
	MUST(is_cpu(ret) || ret == -ENOENT, ret, 0);
	ret = bpf_sched_cpumask_next(rubbish, n);
	MUST((is_cpu(ret) && ret > n) || ret == -ENOENT, ret, n);
	ret = bpf_sched_cpumask_next_and(rubbish, allowed, n);
	MUST((is_cpu(ret) && ret > n) || ret == -ENOENT, ret, n);
	ret = bpf_sched_cpumask_next_wrap(rubbish, n);
	MUST(is_cpu(ret) || ret == -ENOENT, ret, n);
	ret = bpf_sched_cpumask_weight_and(rubbish, allowed);
	MUST(ret >= 0 && ret <= (__s32)bpf_sched_nr_cpus(), ret, 0);
	ret = bpf_sched_cpumask_parse(&s->result, (const char *)&s->rubbish, n & 1023);
	MUST(ret <= 0, ret, n);
	ret = bpf_sched_cpumask_any_and(rubbish, rubbish);
	MUST(is_cpu(ret) || ret == -ENOENT, ret, 0);
	ret = bpf_sched_cpumask_weight(rubbish);
	MUST(ret >= 0 && ret <= (__s32)bpf_sched_nr_cpus(), ret, 0);
	ret = bpf_sched_pick_idle_cpu(p, rubbish, n);
	MUST(is_cpu(ret) || ret == -ENOENT, ret, n);
	if (is_cpu(ret))
		MUST(bpf_sched_cpumask_test_cpu(rubbish, ret) == 1, ret, n);

	bpf_sched_cpumask_copy(&s->result, rubbish);
	ret = bpf_sched_cpumask_equal(bpf_sched_mask(&s->result), rubbish);
	MUST(ret == 1, ret, 0);
	bpf_sched_cpumask_or(&s->result, rubbish, allowed);
	ret = bpf_sched_cpumask_subset(allowed, bpf_sched_mask(&s->result));
	MUST(ret == 1, ret, 0);
	ret = bpf_sched_cpumask_andnot(&s->result, rubbish, allowed);
	MUST(ret == 0 || ret == 1, ret, 0);
	ret = bpf_sched_cpumask_intersects(bpf_sched_mask(&s->result), allowed);
	MUST(ret == 0, ret, 0);
	bpf_sched_cpumask_setall(&s->result);
	ret = bpf_sched_cpumask_and(&s->result, bpf_sched_mask(&s->result), allowed);
	MUST(ret == 1, ret, 0);
	bpf_sched_cpumask_clear(&s->result);
	ret = bpf_sched_cpumask_empty(bpf_sched_mask(&s->result));
	MUST(ret == 1, ret, 0);
}

/* Tags are written all the while: two reads may be before and after that. */
#define SAME_SOON(a, b) ((a) == (b) || (a) == (b) || (a) == (b) || (a) == (b))

static __always_inline void entity(struct sched_entity *se)
{
	struct task_struct *p = bpf_sched_entity_task(se);
	struct task_group *tg = bpf_sched_entity_group(se);
	struct sched_entity *left = bpf_sched_entity_leftmost(se);

	MUST(!p != !tg, 0, 0);
	MUST(bpf_sched_entity_is_task(se) == !!p, 0, 0);
	if (p)
		MUST(SAME_SOON(bpf_sched_task_tag(p), bpf_sched_entity_tag(se)), 0, 0);
	if (tg)
		MUST(SAME_SOON(bpf_sched_group_tag(tg), bpf_sched_entity_tag(se)), 0, 0);
	/* Read it: another CPU may be changing that queue. */
	if (left)
		MUST(bpf_sched_entity_tag(left) != 0x7777777777777777, 0, 0);
}

static __always_inline void task(struct task_struct *p, int hook)
{
	struct task_group *tg = bpf_sched_task_group(p);

	__sync_fetch_and_add(&rounds[hook], 1);
	if (tg)
		bpf_sched_group_tag(tg);
	entity(&p->se);
	cgroups(p);
	write(p, tg);
	cpus();
	state();
	topology();
	masks(p);
}

SEC("sched/cfs_select_rq")
int BPF_PROG(select_rq, struct sched_migrate_ctx *mig)
{
	__u32 zero = 0;
	struct scratch *s = bpf_map_lookup_elem(&scratch, &zero);
	int ret;

	task(mig->task, 0);
	if (s) {
		ret = bpf_sched_restrict_cpus(mig, bpf_sched_mask(&s->rubbish));
		MUST(ret == 0 || ret == -EINVAL, ret, 0);
	}
	return number();
}

SEC("sched/cfs_select_rq_exit")
int BPF_PROG(select_rq_exit, struct sched_migrate_ctx *mig)
{
	__u32 zero = 0;
	struct scratch *s = bpf_map_lookup_elem(&scratch, &zero);
	int ret;

	task(mig->task, 1);
	if (s) {
		ret = bpf_sched_restrict_cpus(mig, bpf_sched_mask(&s->rubbish));
		MUST(ret == -EPERM, ret, 0);
	}
	return number();
}

SEC("sched/cfs_wake_affine")
int BPF_PROG(wake_affine, struct sched_affine_ctx *aff)
{
	task(aff->task, 2);
	return BPF_SCHED_NO_OPINION;
}

SEC("sched/cfs_check_preempt_tick")
int BPF_PROG(tick, struct sched_entity *curr, unsigned long delta_exec)
{
	struct task_struct *p = bpf_sched_entity_task(curr);

	entity(curr);
	if (p)
		task(p, 3);
	return BPF_SCHED_NO_OPINION;
}

SEC("sched/cfs_check_preempt_wakeup")
int BPF_PROG(preempt_wakeup, struct task_struct *curr, struct task_struct *p)
{
	task(curr, 4);
	task(p, 4);
	return BPF_SCHED_NO_OPINION;
}

SEC("sched/cfs_wakeup_preempt_entity")
int BPF_PROG(preempt_entity, struct sched_entity *curr, struct sched_entity *se)
{
	struct task_struct *p = bpf_sched_entity_task(curr);

	entity(curr);
	entity(se);
	if (p)
		task(p, 5);
	return BPF_SCHED_NO_OPINION;
}
