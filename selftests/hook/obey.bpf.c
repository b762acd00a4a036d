// SPDX-License-Identifier: GPL-2.0-only
/*
 * Answers one CPU for one kind of decision, and compares it with the CPU on
 * which the task then is: at the kernel's own tracepoints, so that a migration
 * a moment later does not count.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <tagsched.bpf.h>

char LICENSE[] SEC("license") = "GPL";

__s32 answer = -1;	/* for decisions of the kind below */
__u32 kind;		/* WF_TTWU, WF_FORK or WF_EXEC */

__u64 asked;		/* decisions of that kind */
__u64 obeyed;		/* ... that ended on the CPU expected */
__u64 disobeyed;	/* ... that did not */
__s32 wrong_cpu = -1;	/* where the last of those ended */
__s32 entry_cpu = -1;	/* new_cpu as the exit hook saw it */

struct expected {
	__s32 cpu;
	__u32 kind;
	__u32 arrived;	/* has been there: what a load balancer does later is its own */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct expected);
} expected SEC(".maps");

static __always_inline void expect(struct sched_migrate_ctx *mig, __s32 cpu)
{
	struct expected e = {
		.cpu = cpu,
		.kind = kind,
		.arrived = kind == WF_EXEC && mig->prev_cpu == cpu,
	};
	__u32 pid = mig->task->pid;

	bpf_map_update_elem(&expected, &pid, &e, BPF_ANY);
	__sync_fetch_and_add(&asked, 1);
}

static __always_inline int decide(struct sched_migrate_ctx *mig)
{
	/*
	 * An exec reads files, and sleeps for them: stay where the exec put us.
	 */
	if (!(mig->wake_flags & kind))
		return kind == WF_EXEC ? mig->prev_cpu : BPF_SCHED_NO_OPINION;
	expect(mig, answer);
	return answer;
}

SEC("sched/cfs_select_rq")
int BPF_PROG(choose, struct sched_migrate_ctx *mig)
{
	return decide(mig);
}

SEC("sched/cfs_select_rq_exit")
int BPF_PROG(correct, struct sched_migrate_ctx *mig)
{
	if (mig->wake_flags & kind)
		entry_cpu = mig->new_cpu;
	return decide(mig);
}

/* No opinion: whatever CFS chose is what must happen. */
SEC("sched/cfs_select_rq_exit")
int BPF_PROG(watch, struct sched_migrate_ctx *mig)
{
	if (mig->wake_flags & kind)
		expect(mig, mig->new_cpu);
	return BPF_SCHED_NO_OPINION;
}

static __always_inline void compare(struct task_struct *p, __u32 what, __s32 cpu)
{
	__u32 pid = p->pid;
	struct expected *e = bpf_map_lookup_elem(&expected, &pid);

	if (!e || e->kind != what || e->cpu == -1)
		return;
	if (e->cpu == cpu || e->arrived) {
		__sync_fetch_and_add(&obeyed, 1);
	} else {
		wrong_cpu = cpu;
		__sync_fetch_and_add(&disobeyed, 1);
	}
	e->cpu = -1;
}

SEC("tp_btf/sched_wakeup")
int BPF_PROG(on_wakeup, struct task_struct *p)
{
	compare(p, WF_TTWU, p->thread_info.cpu);
	return 0;
}

SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(on_fork, struct task_struct *p)
{
	compare(p, WF_FORK, p->thread_info.cpu);
	return 0;
}

/* An exec moves by a stopper, and then reads files: long enough to be balanced. */
SEC("tp_btf/sched_migrate_task")
int BPF_PROG(on_migrate, struct task_struct *p, int cpu)
{
	__u32 pid = p->pid;
	struct expected *e = bpf_map_lookup_elem(&expected, &pid);

	if (e && e->kind == WF_EXEC && e->cpu == cpu)
		e->arrived = 1;
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *p)
{
	compare(p, WF_EXEC, bpf_get_smp_processor_id());
	return 0;
}
