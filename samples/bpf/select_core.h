/* SPDX-License-Identifier: GPL-2.0-only */
/* What select_core's BPF and user parts share. */
#ifndef SELECT_CORE_H
#define SELECT_CORE_H

#define SELECT_MAX_TAGS		64	/* links that a hook takes */
#define SELECT_MAX_SCAN		256	/* preferred CPUs compared at most */

/* What became of the decisions for one tag. */
struct select_counts {
	unsigned long long stayed;	/* exec: alone on its CPU, a preferred one */
	unsigned long long idle;	/* an idle CPU of the preferred */
	unsigned long long busy;	/* the least loaded of the preferred */
	unsigned long long full;	/* all preferred full: left to CFS */
	unsigned long long barred;	/* none of the preferred usable: left to CFS */
};

#endif /* SELECT_CORE_H */
