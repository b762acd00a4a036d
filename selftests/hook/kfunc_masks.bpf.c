// SPDX-License-Identifier: GPL-2.0-only
/* Every cpumask operation on two masks and a CPU that userspace gives. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <tagsched.bpf.h>

char LICENSE[] SEC("license") = "GPL";

__s32 victim;
__u64 answers;

/* in */
struct bpf_sched_cpumask a;
struct bpf_sched_cpumask b;
__s32 cpu;

/* out: masks */
struct bpf_sched_cpumask copied;
struct bpf_sched_cpumask anded;
struct bpf_sched_cpumask ored;
struct bpf_sched_cpumask andnoted;
struct bpf_sched_cpumask cleared;
struct bpf_sched_cpumask filled;
struct bpf_sched_cpumask with;
struct bpf_sched_cpumask without;
struct bpf_sched_cpumask in_place;

/* out: numbers */
__s32 copy_ret, and_ret, or_ret, andnot_ret, clear_ret, setall_ret, set_ret, clear_cpu_ret;
__s32 test, empty, same, subset, intersects, first, next, next_and, any_and;
__u32 weight, filled_weight, weight_and;
__s32 next_wrap;

/* parse: in and out */
char text[256];
__u32 text_size;
struct bpf_sched_cpumask parsed;
__s32 parse_ret;

SEC("sched/cfs_select_rq")
int BPF_PROG(compute, struct sched_migrate_ctx *mig)
{
	const struct cpumask *ma = bpf_sched_mask(&a), *mb = bpf_sched_mask(&b);

	if (mig->task->pid != victim)
		return BPF_SCHED_NO_OPINION;

	copy_ret = bpf_sched_cpumask_copy(&copied, ma);
	and_ret = bpf_sched_cpumask_and(&anded, ma, mb);
	or_ret = bpf_sched_cpumask_or(&ored, ma, mb);
	andnot_ret = bpf_sched_cpumask_andnot(&andnoted, ma, mb);
	clear_ret = bpf_sched_cpumask_clear(&cleared);
	setall_ret = bpf_sched_cpumask_setall(&filled);

	bpf_sched_cpumask_copy(&with, ma);
	set_ret = bpf_sched_cpumask_set_cpu(&with, cpu);
	bpf_sched_cpumask_copy(&without, ma);
	clear_cpu_ret = bpf_sched_cpumask_clear_cpu(&without, cpu);
	bpf_sched_cpumask_copy(&in_place, ma);
	bpf_sched_cpumask_and(&in_place, bpf_sched_mask(&in_place), mb);

	test = bpf_sched_cpumask_test_cpu(ma, cpu);
	empty = bpf_sched_cpumask_empty(ma);
	same = bpf_sched_cpumask_equal(ma, mb);
	subset = bpf_sched_cpumask_subset(ma, mb);
	intersects = bpf_sched_cpumask_intersects(ma, mb);
	weight = bpf_sched_cpumask_weight(ma);
	filled_weight = bpf_sched_cpumask_weight(bpf_sched_mask(&filled));
	first = bpf_sched_cpumask_first(ma);
	next = bpf_sched_cpumask_next(ma, cpu);
	next_and = bpf_sched_cpumask_next_and(ma, mb, cpu);
	any_and = bpf_sched_cpumask_any_and(ma, mb);
	weight_and = bpf_sched_cpumask_weight_and(ma, mb);
	next_wrap = bpf_sched_cpumask_next_wrap(ma, cpu);
	answers++;
	return BPF_SCHED_NO_OPINION;
}

SEC("sched/cfs_select_rq")
int BPF_PROG(parse, struct sched_migrate_ctx *mig)
{
	__u32 size = text_size;

	if (mig->task->pid != victim)
		return BPF_SCHED_NO_OPINION;
	/* What was there must go. */
	bpf_sched_cpumask_setall(&parsed);
	if (size <= sizeof(text))
		parse_ret = bpf_sched_cpumask_parse(&parsed, text, size);
	answers++;
	return BPF_SCHED_NO_OPINION;
}
