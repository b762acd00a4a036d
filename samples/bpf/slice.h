/* SPDX-License-Identifier: GPL-2.0-only */
/* What slice's BPF and user parts share: the counters. */
#ifndef SLICE_H
#define SLICE_H

enum slice_count {
	TICK_WITHIN,		/* a tick within the slice: stays */
	TICK_OVER,		/* a tick after it: makes way */
	WAKEUP_WITHIN,		/* somebody woke up within the slice: stays */
	NR_SLICE_COUNTS
};

#endif /* SLICE_H */
