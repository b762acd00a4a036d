/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tracepoint sched:sched_tag_change, recorded in a trace instance of the
 * test's own, so that nobody else's tracing gets in the way.
 */
#ifndef _TAG_EVENTS_H
#define _TAG_EVENTS_H

#include <sys/types.h>
#include <linux/types.h>

#define EVENTS_MAX	256

/* One event; a group's has a pid of 0. */
struct tag_event {
	char comm[16];
	pid_t pid;
	__u64 cgroup;
	__s64 old_tag;
	__s64 new_tag;
	char how[16];
};

/* All return 0 (events_read(): the number of events) or a negative errno. */
int events_start(void);
int events_stop(void);

/* What was recorded since the last call of events_clear(), oldest first. */
int events_read(struct tag_event events[EVENTS_MAX]);
int events_clear(void);

/* The text of the event's "format" file, in a static buffer; "" if none. */
const char *events_format(void);

#endif /* _TAG_EVENTS_H */
