/* SPDX-License-Identifier: GPL-2.0-only */
/* What trace_tags' BPF and user parts share. */
#ifndef TRACE_TAGS_H
#define TRACE_TAGS_H

#define MAX_PLACES	8192	/* pairs of tag and CPU */
#define MAX_STAYS	16384	/* threads that are in a queue at once */

/* struct place - a tag on a CPU */
struct place {
	long long tag;
	unsigned int cpu;
	unsigned int zero;
};

/* struct visits - what its tasks did there */
struct visits {
	unsigned long long queued;	/* times that one came into the queue */
	unsigned long long woken;	/* of these, because it woke up */
	unsigned long long runnable_ns;	/* in the queue, running or not */
	unsigned long long ran_ns;	/* on the CPU */
};

#endif /* TRACE_TAGS_H */
