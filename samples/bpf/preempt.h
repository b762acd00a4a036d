/* SPDX-License-Identifier: GPL-2.0-only */
/* What preempt's BPF and user parts share: the counters. */
#ifndef PREEMPT_H
#define PREEMPT_H

enum preempt_count {
	WAKEUP_PREEMPT,		/* online woke, offline makes way */
	WAKEUP_KEEP,		/* offline woke, online stays */
	WAKEUP_SLICE,		/* online woke, online within its slice stays */
	TICK_PREEMPT,		/* offline runs, online waits: makes way */
	TICK_KEEP,		/* online runs, offline waits: stays */
	TICK_SLICE,		/* online runs, online waits: stays for its slice */
	TICK_SHARE,		/* the same, slice over: makes way */
	TICK_MAX_WAIT,		/* online runs, offline waited for --max-wait: makes way */
	PICK_PREEMPT,		/* buddy choice: online goes before offline */
	PICK_KEEP,		/* buddy choice: offline stays behind online */
	NR_PREEMPT_COUNTS
};

#endif /* PREEMPT_H */
