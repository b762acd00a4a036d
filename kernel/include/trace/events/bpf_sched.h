/* SPDX-License-Identifier: GPL-2.0-only */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM sched

#if !defined(_TRACE_BPF_SCHED_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_BPF_SCHED_H

#include <linux/tracepoint.h>

/*
 * A program attached to a scheduler hook gave an answer that the kernel does
 * not act on, such as a CPU that the task is not allowed on. The pid is 0 for
 * hooks that are not about one task.
 */
TRACE_EVENT(bpf_sched_refused,

	TP_PROTO(const char *hook, u32 link_id, pid_t pid, int answer),

	TP_ARGS(hook, link_id, pid, answer),

	TP_STRUCT__entry(
		__string(hook,	hook)
		__field(u32,	link_id)
		__field(pid_t,	pid)
		__field(int,	answer)
	),

	TP_fast_assign(
		__assign_str(hook, hook);
		__entry->link_id	= link_id;
		__entry->pid		= pid;
		__entry->answer		= answer;
	),

	TP_printk("hook=%s link_id=%u pid=%d answer=%d",
		  __get_str(hook), __entry->link_id, __entry->pid, __entry->answer)
);

/*
 * A link has been ended for what it did: its programs are asked no more. See
 * enum bpf_sched_exit_reason and struct bpf_sched_exit for the values.
 */
TRACE_EVENT(bpf_sched_ejected,

	TP_PROTO(u32 link_id, const char *name, u32 reason, pid_t pid, s64 tag, u64 value),

	TP_ARGS(link_id, name, reason, pid, tag, value),

	TP_STRUCT__entry(
		__field(u32,	link_id)
		__string(name,	name)
		__field(u32,	reason)
		__field(pid_t,	pid)
		__field(s64,	tag)
		__field(u64,	value)
	),

	TP_fast_assign(
		__entry->link_id	= link_id;
		__assign_str(name, name);
		__entry->reason		= reason;
		__entry->pid		= pid;
		__entry->tag		= tag;
		__entry->value		= value;
	),

	TP_printk("link_id=%u name=%s reason=%u pid=%d tag=%lld value=%llu",
		  __entry->link_id, __get_str(name), __entry->reason, __entry->pid,
		  __entry->tag, __entry->value)
);

#endif /* _TRACE_BPF_SCHED_H */

/* Not the default, sched.h. */
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE bpf_sched
#include <trace/define_trace.h>
