/* SPDX-License-Identifier: GPL-2.0-only */
/* What pick_task's BPF and user parts share: the counters. */
#ifndef PICK_TASK_H
#define PICK_TASK_H

enum pick_task_count {
	PICK_HIGHER,		/* the higher tag ran instead of CFS's choice */
	PICK_LAGGED,		/* CFS's choice ran: it was behind by --lag */
	WAKEUP_HIGHER,		/* a higher tag woke up and took the CPU */
	WAKEUP_LOWER,		/* a lower one woke up and did not */
	NR_PICK_TASK_COUNTS
};

#endif /* PICK_TASK_H */
