// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs that must load (pass_*) and programs that must be refused (fail_*);
 * verifier.c knows with which words. Each is loaded by itself.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <tagsched.bpf.h>

char LICENSE[] SEC("license") = "GPL";

#define BPF_F_NO_PREALLOC	1

__s64 sink;
__s32 unknown;
struct bpf_sched_cpumask mask;
const volatile struct bpf_sched_cpumask constant_mask;
char text[8] = "0-3";

/* ---- maps ---- */

#define ARRAY_LIKE(name, map_type, value_type)		\
struct {						\
	__uint(type, map_type);				\
	__uint(max_entries, 4);				\
	__type(key, __u32);				\
	__type(value, value_type);			\
} name SEC(".maps")

struct half_mask {
	__u64 bits[64];
};

struct four_bytes {
	__u32 bits;
};

struct with_timer {
	struct bpf_timer timer;
};

struct with_lock {
	struct bpf_spin_lock lock;
	__u32 value;
};

ARRAY_LIKE(array, BPF_MAP_TYPE_ARRAY, __u64);
ARRAY_LIKE(percpu_array, BPF_MAP_TYPE_PERCPU_ARRAY, __u64);
ARRAY_LIKE(hash, BPF_MAP_TYPE_HASH, __u64);
ARRAY_LIKE(percpu_hash, BPF_MAP_TYPE_PERCPU_HASH, __u64);
ARRAY_LIKE(lru_hash, BPF_MAP_TYPE_LRU_HASH, __u64);
ARRAY_LIKE(lru_percpu_hash, BPF_MAP_TYPE_LRU_PERCPU_HASH, __u64);
ARRAY_LIKE(masks, BPF_MAP_TYPE_ARRAY, struct bpf_sched_cpumask);
ARRAY_LIKE(half_masks, BPF_MAP_TYPE_ARRAY, struct half_mask);
ARRAY_LIKE(tiny, BPF_MAP_TYPE_ARRAY, struct four_bytes);
ARRAY_LIKE(timers, BPF_MAP_TYPE_ARRAY, struct with_timer);
ARRAY_LIKE(locks, BPF_MAP_TYPE_ARRAY, struct with_lock);

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ringbuf SEC(".maps");

struct inner_array {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} inner SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct inner_array);
} array_of_maps SEC(".maps") = { .values = { &inner } };

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct inner_array);
} hash_of_maps SEC(".maps") = { .values = { [0] = &inner } };

struct trie_key {
	__u32 prefix;
	__u32 data;
};

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 4);
	__type(key, struct trie_key);
	__type(value, __u64);
} trie SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} programs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 4);
	__type(value, __u64);
} queue SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 4);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, 8 * sizeof(__u64));
} stacks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} events SEC(".maps");

/* ---- must load: arguments, walks, verdicts ---- */

SEC("?sched/cfs_select_rq")
int BPF_PROG(pass_read_ctx, struct sched_migrate_ctx *mig)
{
	sink = mig->prev_cpu + mig->curr_cpu + mig->new_cpu + mig->wake_flags + mig->is_sync;
	return mig->prev_cpu;
}

SEC("?sched/cfs_select_rq_exit")
int BPF_PROG(pass_unknown_cpu, struct sched_migrate_ctx *mig)
{
	return unknown;
}

SEC("?sched/cfs_wake_affine")
int BPF_PROG(pass_affine_task, struct sched_affine_ctx *aff)
{
	return bpf_sched_task_tag(aff->task) ? BPF_SCHED_THIS_CPU : BPF_SCHED_PREV_CPU;
}

SEC("?sched/cfs_check_preempt_tick")
int BPF_PROG(pass_two_args, struct sched_entity *curr, unsigned long delta_exec)
{
	return delta_exec > 1000000 && bpf_sched_entity_tag(curr) == 1 ?
		BPF_SCHED_PREEMPT : BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_check_preempt_wakeup")
int BPF_PROG(pass_branches, struct task_struct *curr, struct task_struct *p)
{
	if (unknown == 1)
		return BPF_SCHED_PREEMPT;
	if (unknown == 2)
		return BPF_SCHED_KEEP;
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_check_preempt_wakeup")
int BPF_PROG(pass_bounded_verdict, struct task_struct *curr, struct task_struct *p)
{
	return unknown & 1;
}

SEC("?sched/cfs_wakeup_preempt_entity")
int BPF_PROG(pass_walk_and_read, struct sched_entity *curr, struct sched_entity *se)
{
	struct task_struct *p = bpf_sched_entity_task(curr);

	if (p)
		sink = p->real_parent->real_parent->pid + p->mm->map_count;
	sink += se->cfs_rq->nr_running;
	return BPF_SCHED_NO_OPINION;
}

/* ---- must load: kfuncs ---- */

SEC("?sched/cfs_select_rq")
int BPF_PROG(pass_ctx_task, struct sched_migrate_ctx *mig)
{
	sink = bpf_sched_task_tag(mig->task);
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(pass_embedded, struct sched_migrate_ctx *mig)
{
	sink = bpf_sched_entity_tag(&mig->task->se);
	sink += bpf_sched_cpumask_weight((const struct cpumask *)&mig->task->cpus_mask);
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_check_preempt_tick")
int BPF_PROG(pass_result_of_kfunc, struct sched_entity *curr, unsigned long delta_exec)
{
	struct sched_entity *left = bpf_sched_entity_leftmost(curr);
	struct task_struct *p = left ? bpf_sched_entity_task(left) : NULL;
	struct task_group *tg = p ? bpf_sched_task_group(p) : NULL;

	if (tg)
		sink = bpf_sched_group_tag(tg);
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(pass_masks, struct sched_migrate_ctx *mig)
{
	const struct cpumask *allowed = bpf_sched_task_cpus(mig->task);
	const struct cpumask *online = bpf_sched_online_cpus();

	if (!allowed || !online)
		return BPF_SCHED_NO_OPINION;
	bpf_sched_cpumask_and(&mask, allowed, online);
	bpf_sched_restrict_cpus(mig, bpf_sched_mask(&mask));
	return bpf_sched_pick_idle_cpu(mig->task, bpf_sched_mask(&mask), mig->prev_cpu);
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(pass_mask_in_map, struct sched_migrate_ctx *mig)
{
	__u32 key = 1;
	struct bpf_sched_cpumask *m = bpf_map_lookup_elem(&masks, &key);

	if (!m)
		return BPF_SCHED_NO_OPINION;
	bpf_sched_cpumask_setall(m);
	return bpf_sched_cpumask_first(bpf_sched_mask(m));
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(pass_kfunc_write, struct sched_migrate_ctx *mig)
{
	struct task_group *tg = bpf_sched_task_group(mig->task);

	sink = bpf_sched_set_task_tag(mig->task, 1);
	if (tg)
		sink += bpf_sched_set_group_tag(tg, 1);
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/tag_changed")
int BPF_PROG(pass_kfunc_write_group, struct task_group *tg, int pid, s64 old_tag, s64 new_tag)
{
	sink = bpf_sched_clear_group_tag(tg);
	return 0;
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(pass_snapshot, struct sched_migrate_ctx *mig)
{
	struct bpf_sched_cpu_info info = {};

	sink = bpf_sched_cpu_snapshot(unknown, &info, sizeof(info));
	return info.available_idle ? unknown : BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(pass_topology_mask, struct sched_migrate_ctx *mig)
{
	const struct cpumask *llc = bpf_sched_llc_cpus(mig->prev_cpu);

	return llc ? bpf_sched_pick_idle_cpu(mig->task, llc, mig->prev_cpu) : BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(pass_parse, struct sched_migrate_ctx *mig)
{
	char on_stack[8] = "0-3";

	sink = bpf_sched_cpumask_parse(&mask, on_stack, sizeof(on_stack));
	sink += bpf_sched_cpumask_parse(&mask, text, unknown & 7);
	return BPF_SCHED_NO_OPINION;
}

/* ---- must load: maps, subprograms, loops ---- */

#define PASS_MAP(name)							\
SEC("?sched/cfs_select_rq")						\
int BPF_PROG(pass_map_##name, struct sched_migrate_ctx *mig)		\
{									\
	__u32 key = 0;							\
	__u64 *value = bpf_map_lookup_elem(&name, &key), one = 1;	\
									\
	if (value)							\
		(*value)++;						\
	else								\
		bpf_map_update_elem(&name, &key, &one, BPF_ANY);	\
	return BPF_SCHED_NO_OPINION;					\
}

PASS_MAP(array)
PASS_MAP(percpu_array)
PASS_MAP(hash)
PASS_MAP(percpu_hash)
PASS_MAP(lru_hash)
PASS_MAP(lru_percpu_hash)

#define PASS_MAP_OF_MAPS(name)						\
SEC("?sched/cfs_select_rq")						\
int BPF_PROG(pass_map_##name, struct sched_migrate_ctx *mig)		\
{									\
	__u32 key = 0;							\
	void *map = bpf_map_lookup_elem(&name, &key);			\
	__u64 *value = map ? bpf_map_lookup_elem(map, &key) : NULL;	\
									\
	if (value)							\
		(*value)++;						\
	return BPF_SCHED_NO_OPINION;					\
}

PASS_MAP_OF_MAPS(array_of_maps)
PASS_MAP_OF_MAPS(hash_of_maps)

SEC("?sched/cfs_check_preempt_tick")
int BPF_PROG(pass_map_ringbuf, struct sched_entity *curr, unsigned long delta_exec)
{
	__u64 *event = bpf_ringbuf_reserve(&ringbuf, sizeof(*event), 0);

	if (event) {
		*event = delta_exec;
		bpf_ringbuf_submit(event, 0);
	}
	return BPF_SCHED_NO_OPINION;
}

static __noinline int verdict_of(int x)
{
	return x > 5 ? 1 : 0;
}

SEC("?sched/cfs_check_preempt_wakeup")
int BPF_PROG(pass_subprogram, struct task_struct *curr, struct task_struct *p)
{
	return verdict_of(unknown) ? BPF_SCHED_PREEMPT : BPF_SCHED_KEEP;
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(pass_loop, struct sched_migrate_ctx *mig)
{
	int i;

	for (i = 0; i < 64; i++)
		if (bpf_sched_cpu_idle(i) == 1)
			return i;
	return BPF_SCHED_NO_OPINION;
}

/* ---- must be refused: more kfuncs ---- */

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_walk_set_tag, struct sched_migrate_ctx *mig)
{
	sink = bpf_sched_set_task_tag(mig->task->real_parent, 1);
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_walk_set_group, struct sched_migrate_ctx *mig)
{
	sink = bpf_sched_set_group_tag(mig->task->sched_task_group, 1);
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_walk_clear_tag, struct sched_migrate_ctx *mig)
{
	sink = bpf_sched_clear_task_tag(mig->task->group_leader);
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_walk_in_cgroup, struct sched_migrate_ctx *mig)
{
	sink = bpf_sched_task_in_cgroup(mig->task->real_parent, 1);
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_check_preempt_tick")
int BPF_PROG(fail_walk_is_task, struct sched_entity *curr, unsigned long delta_exec)
{
	struct sched_entity *up = curr->parent;

	if (up)
		sink = bpf_sched_entity_is_task(up);
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_walk_cgroup_id, struct sched_migrate_ctx *mig)
{
	sink = bpf_sched_group_cgroup_id(mig->task->sched_task_group);
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_unchecked_llc, struct sched_migrate_ctx *mig)
{
	return bpf_sched_cpumask_first(bpf_sched_llc_cpus(mig->prev_cpu));
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_unchecked_set_group, struct sched_migrate_ctx *mig)
{
	sink = bpf_sched_set_group_tag(bpf_sched_task_group(mig->task), 1);
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_task_set_as_group, struct sched_migrate_ctx *mig)
{
	sink = bpf_sched_set_group_tag((struct task_group *)mig->task, 1);
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_number_set_tag, struct sched_migrate_ctx *mig)
{
	sink = bpf_sched_set_task_tag((struct task_struct *)(long)mig->prev_cpu, 1);
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_size_beyond_stack, struct sched_migrate_ctx *mig)
{
	struct bpf_sched_cpu_info info = {};

	sink = bpf_sched_cpu_snapshot(0, &info, sizeof(info) + 8);
	return info.idle;
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_size_unknown, struct sched_migrate_ctx *mig)
{
	sink = bpf_sched_cpumask_parse(&mask, text, unknown);
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_size_beyond_map, struct sched_migrate_ctx *mig)
{
	sink = bpf_sched_cpumask_parse(&mask, text, 4096);
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_size_of_constant, struct sched_migrate_ctx *mig)
{
	sink = bpf_sched_cpumask_parse(&mask, (const char *)&constant_mask, 4);
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_size_kernel_memory, struct sched_migrate_ctx *mig)
{
	sink = bpf_sched_cpumask_parse(&mask, mig->task->comm, 16);
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_mask_parse_kernel, struct sched_migrate_ctx *mig)
{
	const struct cpumask *online = bpf_sched_online_cpus();

	if (online)
		sink = bpf_sched_cpumask_parse((struct bpf_sched_cpumask *)online, text, 4);
	return BPF_SCHED_NO_OPINION;
}

/* ---- must be refused: the context ---- */

SEC("?sched/cfs_select_rq")
int fail_ctx_past_one(unsigned long long *ctx)
{
	sink = ctx[1];
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_check_preempt_wakeup")
int fail_ctx_past_two(unsigned long long *ctx)
{
	sink = ctx[2];
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_check_preempt_tick")
int fail_ctx_misaligned(unsigned long long *ctx)
{
	sink = *(volatile __u64 *)((char *)ctx + 4);
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_select_rq")
int fail_ctx_narrow(unsigned long long *ctx)
{
	sink = *(__u32 *)ctx;
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_check_preempt_tick")
int fail_ctx_narrow_scalar(unsigned long long *ctx)
{
	sink = *(volatile __u32 *)(ctx + 1);
	return BPF_SCHED_NO_OPINION;
}

/* Half an address. */
SEC("?sched/cfs_check_preempt_wakeup")
int fail_ctx_narrow_to_kfunc(unsigned long long *ctx)
{
	sink = bpf_sched_task_tag((struct task_struct *)(unsigned long)*(__u32 *)ctx);
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_select_rq")
int fail_ctx_negative(unsigned long long *ctx)
{
	sink = *(volatile __u64 *)(ctx - 1);
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_select_rq")
int fail_ctx_write(unsigned long long *ctx)
{
	*(volatile __u64 *)ctx = 0;
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_select_rq")
int fail_ctx_as_mask(unsigned long long *ctx)
{
	return bpf_sched_cpumask_weight((const struct cpumask *)ctx);
}

/* ---- must be refused: writes ---- */

SEC("?sched/cfs_check_preempt_wakeup")
int BPF_PROG(fail_write_task, struct task_struct *curr, struct task_struct *p)
{
	p->prio = 100;
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_check_preempt_tick")
int BPF_PROG(fail_write_entity, struct sched_entity *curr, unsigned long delta_exec)
{
	curr->vruntime = 0;
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_write_migrate_ctx, struct sched_migrate_ctx *mig)
{
	mig->new_cpu = 0;
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_write_walked, struct sched_migrate_ctx *mig)
{
	mig->task->real_parent->prio = 100;
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_write_kernel_mask, struct sched_migrate_ctx *mig)
{
	const struct cpumask *online = bpf_sched_online_cpus();

	if (online)
		((struct cpumask *)online)->bits[0] = 0;
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_read_past_struct, struct sched_migrate_ctx *mig)
{
	sink = *(volatile __u64 *)((char *)mig + 4096);
	return BPF_SCHED_NO_OPINION;
}

/* ---- must be refused: walked pointers as arguments ---- */

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_walk_parent, struct sched_migrate_ctx *mig)
{
	sink = bpf_sched_task_tag(mig->task->real_parent);
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_check_preempt_wakeup")
int BPF_PROG(fail_walk_group, struct task_struct *curr, struct task_struct *p)
{
	sink = bpf_sched_group_tag(p->sched_task_group);
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_check_preempt_tick")
int BPF_PROG(fail_walk_entity, struct sched_entity *curr, unsigned long delta_exec)
{
	struct sched_entity *up = curr->parent;

	if (up)
		sink = bpf_sched_entity_tag(up);
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_walk_mask, struct sched_migrate_ctx *mig)
{
	return bpf_sched_cpumask_first((const struct cpumask *)mig->task->cpus_ptr);
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_walk_embedded, struct sched_migrate_ctx *mig)
{
	sink = bpf_sched_entity_tag(&mig->task->group_leader->se);
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_wakeup_preempt_entity")
int BPF_PROG(fail_walk_result, struct sched_entity *curr, struct sched_entity *se)
{
	struct task_struct *p = bpf_sched_entity_task(se);

	if (p)
		sink = bpf_sched_task_tag(p->group_leader);
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_walk_restrict, struct sched_migrate_ctx *mig)
{
	return bpf_sched_restrict_cpus(mig, (const struct cpumask *)mig->task->cpus_ptr);
}

/* ---- must be refused: arguments of another type ---- */

SEC("?sched/cfs_check_preempt_tick")
int BPF_PROG(fail_entity_as_task, struct sched_entity *curr, unsigned long delta_exec)
{
	sink = bpf_sched_task_tag((struct task_struct *)curr);
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_check_preempt_wakeup")
int BPF_PROG(fail_task_as_entity, struct task_struct *curr, struct task_struct *p)
{
	sink = bpf_sched_entity_tag((struct sched_entity *)p);
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_wake_affine")
int BPF_PROG(fail_affine_as_migrate, struct sched_affine_ctx *aff)
{
	bpf_sched_restrict_cpus((struct sched_migrate_ctx *)aff, bpf_sched_mask(&mask));
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_task_as_mask, struct sched_migrate_ctx *mig)
{
	return bpf_sched_cpumask_first((const struct cpumask *)mig->task);
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_number_as_task, struct sched_migrate_ctx *mig)
{
	sink = bpf_sched_task_tag((struct task_struct *)(unsigned long)unknown);
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_null_as_task, struct sched_migrate_ctx *mig)
{
	sink = bpf_sched_task_tag(NULL);
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_task_as_number, struct sched_migrate_ctx *mig)
{
	return bpf_sched_cpu_idle((long)mig->task);
}

SEC("?sched/cfs_check_preempt_wakeup")
int BPF_PROG(fail_inside_task, struct task_struct *curr, struct task_struct *p)
{
	sink = bpf_sched_task_tag((struct task_struct *)((char *)p + 64));
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_check_preempt_tick")
int BPF_PROG(fail_number_as_pointer, struct sched_entity *curr, unsigned long delta_exec)
{
	sink = *(volatile __u64 *)delta_exec;
	return BPF_SCHED_NO_OPINION;
}

/* ---- must be refused: masks ---- */

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_mask_kernel_dst, struct sched_migrate_ctx *mig)
{
	const struct cpumask *online = bpf_sched_online_cpus();

	if (online)
		bpf_sched_cpumask_clear((struct bpf_sched_cpumask *)online);
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_mask_task_dst, struct sched_migrate_ctx *mig)
{
	bpf_sched_cpumask_setall((struct bpf_sched_cpumask *)&mig->task->cpus_mask);
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_mask_half, struct sched_migrate_ctx *mig)
{
	__u32 key = 0;
	struct half_mask *half = bpf_map_lookup_elem(&half_masks, &key);

	if (half)
		bpf_sched_cpumask_setall((struct bpf_sched_cpumask *)half);
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_mask_tiny_src, struct sched_migrate_ctx *mig)
{
	__u32 key = 0;
	struct four_bytes *bits = bpf_map_lookup_elem(&tiny, &key);

	return bits ? bpf_sched_cpumask_first((const struct cpumask *)bits) : -1;
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_mask_stack_dst, struct sched_migrate_ctx *mig)
{
	__u64 bits = 0;

	bpf_sched_cpumask_setall((struct bpf_sched_cpumask *)&bits);
	return bits & 1;
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_mask_read_only, struct sched_migrate_ctx *mig)
{
	bpf_sched_cpumask_setall((struct bpf_sched_cpumask *)&constant_mask);
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_mask_past_end, struct sched_migrate_ctx *mig)
{
	__u32 key = 0;
	struct bpf_sched_cpumask *m = bpf_map_lookup_elem(&masks, &key);

	if (m)
		bpf_sched_cpumask_setall((struct bpf_sched_cpumask *)((char *)m + 8));
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_mask_null, struct sched_migrate_ctx *mig)
{
	return bpf_sched_cpumask_first(NULL);
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_mask_null_dst, struct sched_migrate_ctx *mig)
{
	return bpf_sched_cpumask_clear(NULL);
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_mask_unchecked_map, struct sched_migrate_ctx *mig)
{
	__u32 key = unknown;
	struct bpf_sched_cpumask *m = bpf_map_lookup_elem(&masks, &key);

	return bpf_sched_cpumask_first(bpf_sched_mask(m));
}

/* ---- must be refused: results that may be NULL ---- */

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_unchecked_group, struct sched_migrate_ctx *mig)
{
	sink = bpf_sched_group_tag(bpf_sched_task_group(mig->task));
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_check_preempt_tick")
int BPF_PROG(fail_unchecked_read, struct sched_entity *curr, unsigned long delta_exec)
{
	struct task_struct *p = bpf_sched_entity_task(curr);

	sink = p->pid;
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_unchecked_mask, struct sched_migrate_ctx *mig)
{
	return bpf_sched_cpumask_first(bpf_sched_task_cpus(mig->task));
}

/* ---- must be refused: verdicts ---- */

SEC("?sched/cfs_check_preempt_wakeup")
int BPF_PROG(fail_verdict_two, struct task_struct *curr, struct task_struct *p)
{
	return 2;
}

SEC("?sched/cfs_check_preempt_tick")
int BPF_PROG(fail_verdict_minus_two, struct sched_entity *curr, unsigned long delta_exec)
{
	return -2;
}

SEC("?sched/cfs_wakeup_preempt_entity")
int BPF_PROG(fail_verdict_unknown, struct sched_entity *curr, struct sched_entity *se)
{
	return unknown;
}

SEC("?sched/cfs_wake_affine")
int BPF_PROG(fail_verdict_mask, struct sched_affine_ctx *aff)
{
	return unknown & 3;
}

SEC("?sched/cfs_wake_affine")
int BPF_PROG(fail_verdict_one_path, struct sched_affine_ctx *aff)
{
	if (unknown)
		return BPF_SCHED_THIS_CPU;
	return aff->prev_cpu;
}

/* ---- must be refused: maps and helpers ---- */

#define FAIL_MAP(name, statement)					\
SEC("?sched/cfs_select_rq")						\
int BPF_PROG(fail_map_##name, struct sched_migrate_ctx *mig)		\
{									\
	statement;							\
	return BPF_SCHED_NO_OPINION;					\
}

FAIL_MAP(trie, struct trie_key key = {}; bpf_map_lookup_elem(&trie, &key))
FAIL_MAP(queue, __u64 value = 1; bpf_map_push_elem(&queue, &value, 0))
FAIL_MAP(stacks, __u32 key = 0; bpf_map_delete_elem(&stacks, &key))
FAIL_MAP(events, __u64 value = 1;
	 bpf_perf_event_output(ctx, &events, 0, &value, sizeof(value)))
FAIL_MAP(programs, bpf_tail_call(ctx, &programs, 0))
FAIL_MAP(timers, __u32 key = 0; sink = !!bpf_map_lookup_elem(&timers, &key))
FAIL_MAP(locks, __u32 key = 0; sink = !!bpf_map_lookup_elem(&locks, &key))

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_timer, struct sched_migrate_ctx *mig)
{
	__u32 key = 0;
	struct with_timer *t = bpf_map_lookup_elem(&timers, &key);

	if (t)
		bpf_timer_init(&t->timer, &timers, 1);
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_spin_lock, struct sched_migrate_ctx *mig)
{
	__u32 key = 0;
	struct with_lock *l = bpf_map_lookup_elem(&locks, &key);

	if (l) {
		bpf_spin_lock(&l->lock);
		l->value++;
		bpf_spin_unlock(&l->lock);
	}
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_helper_signal, struct sched_migrate_ctx *mig)
{
	bpf_send_signal(9);
	return BPF_SCHED_NO_OPINION;
}

SEC("?sched/cfs_select_rq")
int BPF_PROG(fail_helper_user_memory, struct sched_migrate_ctx *mig)
{
	__u64 value;

	bpf_probe_read_user(&value, sizeof(value), (void *)4096);
	return BPF_SCHED_NO_OPINION;
}

/* ---- must be refused: kfuncs elsewhere ---- */

SEC("?tp_btf/sched_switch")
int BPF_PROG(fail_kfunc_in_tracing, bool preempt, struct task_struct *prev,
	     struct task_struct *next)
{
	sink = bpf_sched_task_tag(next);
	return 0;
}

SEC("?raw_tp/sched_switch")
int fail_kfunc_in_raw_tp(void *ctx)
{
	return bpf_sched_nr_cpus();
}

SEC("?tc")
int fail_kfunc_in_tc(struct __sk_buff *skb)
{
	return bpf_sched_cpu_idle(0);
}

SEC("?tc")
int fail_kfunc_write_in_tc(void *skb)
{
	return bpf_sched_cpumask_parse(&mask, text, sizeof(text));
}
