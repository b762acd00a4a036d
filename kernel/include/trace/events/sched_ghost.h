/* SPDX-License-Identifier: GPL-2.0-only */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM sched

#if !defined(_TRACE_SCHED_GHOST_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_SCHED_GHOST_H

#include <linux/sched.h>
#include <linux/tracepoint.h>

/*
 * What is latched on this CPU was set, by a commit, a yield or a program: @old
 * was to run next, and now @new is. Either may be NULL, for nobody, and the
 * idle task, for idling; they may be the same.
 */
TRACE_EVENT(sched_ghost_latched,

	TP_PROTO(struct task_struct *old, struct task_struct *new, int run_flags),

	TP_ARGS(old, new, run_flags),

	TP_STRUCT__entry(
		__field(pid_t,	old_pid)
		__field(pid_t,	new_pid)
		__field(int,	run_flags)
	),

	TP_fast_assign(
		__entry->old_pid	= old ? old->pid : -1;
		__entry->new_pid	= new ? new->pid : -1;
		__entry->run_flags	= run_flags;
	),

	TP_printk("old_pid=%d new_pid=%d run_flags=0x%x",
		  __entry->old_pid, __entry->new_pid, __entry->run_flags)
);

#endif /* _TRACE_SCHED_GHOST_H */

/* Not the default, sched.h. */
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE sched_ghost
#include <trace/define_trace.h>
