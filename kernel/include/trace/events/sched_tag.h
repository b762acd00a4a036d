/* SPDX-License-Identifier: GPL-2.0-only */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM sched

#if !defined(_TRACE_SCHED_TAG_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_SCHED_TAG_H

#include <linux/sched.h>
#include <linux/tracepoint.h>

#ifndef _SCHED_TAG_HOW
#define _SCHED_TAG_HOW
/* How an effective tag came to change. */
enum sched_tag_how {
	SCHED_TAG_HOW_SET,
	SCHED_TAG_HOW_DEFAULT,
	SCHED_TAG_HOW_MOVE,
};
#endif

/*
 * The effective tag of a task or, with a pid of 0, of a task group changed:
 * an own tag was written or cleared, or the task moved to another group.
 */
TRACE_EVENT(sched_tag_change,

	TP_PROTO(struct task_struct *p, u64 cgroup, s64 old_tag, s64 new_tag, int how),

	TP_ARGS(p, cgroup, old_tag, new_tag, how),

	TP_STRUCT__entry(
		__array(char,	comm,	TASK_COMM_LEN)
		__field(pid_t,	pid)
		__field(u64,	cgroup)
		__field(s64,	old_tag)
		__field(s64,	new_tag)
		__field(int,	how)
	),

	TP_fast_assign(
		if (p)
			memcpy(__entry->comm, p->comm, TASK_COMM_LEN);
		else
			__entry->comm[0] = '\0';
		__entry->pid		= p ? p->pid : 0;
		__entry->cgroup		= cgroup;
		__entry->old_tag	= old_tag;
		__entry->new_tag	= new_tag;
		__entry->how		= how;
	),

	TP_printk("comm=%s pid=%d cgroup=%llu old_tag=%lld new_tag=%lld how=%s",
		  __entry->comm, __entry->pid, __entry->cgroup,
		  __entry->old_tag, __entry->new_tag,
		  __print_symbolic(__entry->how,
				   { 0, "set" }, { 1, "default" }, { 2, "move" }))
);

#endif /* _TRACE_SCHED_TAG_H */

/* Not the default, sched.h. */
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE sched_tag
#include <trace/define_trace.h>
