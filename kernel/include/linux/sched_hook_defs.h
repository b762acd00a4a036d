/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hooks that BPF_PROG_TYPE_SCHED programs attach to, each declared once:
 *
 *	BPF_SCHED_HOOK(RET, DEFAULT, KIND, NAME, ARGS...)
 *
 * KIND says what a program may answer: CPU, the number of a CPU that is active
 * and allowed for the task, checked when it answers; VERDICT, a value of enum
 * bpf_sched_verdict, checked when it is loaded; or NOTICE: the hook only tells,
 * all programs in scope are called, and what they answer does not count.
 * DEFAULT is the answer when no program has an opinion.
 *
 * All hooks are called with interrupts off and with p->pi_lock (CPU, and
 * cfs_wake_affine) or the lock of the runqueue (the others) held; tag_changed
 * with the lock that serializes the writers of the tag.
 *
 * No include guard: whoever includes this file defines BPF_SCHED_HOOK first
 * and undefines it afterwards.
 */
BPF_SCHED_HOOK(int, BPF_SCHED_NO_OPINION, CPU, cfs_select_rq, struct sched_migrate_ctx *ctx)
BPF_SCHED_HOOK(int, BPF_SCHED_NO_OPINION, CPU, cfs_select_rq_exit, struct sched_migrate_ctx *ctx)
BPF_SCHED_HOOK(int, BPF_SCHED_NO_OPINION, VERDICT, cfs_wake_affine, struct sched_affine_ctx *ctx)
BPF_SCHED_HOOK(int, BPF_SCHED_NO_OPINION, VERDICT, cfs_check_preempt_tick,
	       struct sched_entity *curr, unsigned long delta_exec)
BPF_SCHED_HOOK(int, BPF_SCHED_NO_OPINION, VERDICT, cfs_check_preempt_wakeup,
	       struct task_struct *curr, struct task_struct *p)
BPF_SCHED_HOOK(int, BPF_SCHED_NO_OPINION, VERDICT, cfs_wakeup_preempt_entity,
	       struct sched_entity *curr, struct sched_entity *se)
BPF_SCHED_HOOK(int, BPF_SCHED_NO_OPINION, VERDICT, cfs_tag_pick_next_entity,
	       struct sched_entity *stock, struct sched_entity *tagged)
BPF_SCHED_HOOK(int, BPF_SCHED_NO_OPINION, VERDICT, cfs_can_migrate_task,
	       struct task_struct *p, int src_cpu, int dst_cpu)
BPF_SCHED_HOOK(int, BPF_SCHED_NO_OPINION, NOTICE, cfs_enqueue_task,
	       struct task_struct *p, int cpu, int flags)
BPF_SCHED_HOOK(int, BPF_SCHED_NO_OPINION, NOTICE, cfs_dequeue_task,
	       struct task_struct *p, int cpu, int flags)
BPF_SCHED_HOOK(int, BPF_SCHED_NO_OPINION, NOTICE, tag_changed,
	       struct task_group *tg, int pid, s64 old_tag, s64 new_tag)
