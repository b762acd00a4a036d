/* SPDX-License-Identifier: GPL-2.0-only */
/* An enclave in ordinary memory, whose kernel is the test. */
#ifndef AGENT_FAKE_H
#define AGENT_FAKE_H

#include "../agent_internal.h"

#define FAKE_WORDS	16
#define FAKE_CPUS	3

/* One agent per CPU, a native queue for each, and a policy that notes what it is told. */
struct agent_fake {
	struct tagsched_enclave e;
	struct tagsched_agents as;
	struct tagsched_agent agents[FAKE_CPUS];
	struct tagsched_agent *by_cpu[CPU_SETSIZE];
	struct tagsched_queue queues[FAKE_CPUS];
	struct tagsched_runq runq;
	char trace[256];	/* "+1" task 1 was enqueued, "-1" dequeued, "n1" new, "d1" dead */
	int assoc_answer;	/* of ASSOC_QUEUE */
	int txn_answer;		/* state of every transaction that is committed */
	int freed;		/* status words */
	int pings;
	int ping_cpu;		/* of the last one */
	int commits;		/* system calls */
	int yields;
	int yield_flags;	/* of the last one */
	bool stop_at_yield;
};

/* One per test process. NULL without memory. */
struct agent_fake *agent_fake_make(enum tagsched_model model);
/* Put a message of @size bytes with its header into queue @cpu. */
void agent_fake_send(struct agent_fake *f, int cpu, __u16 type, __u32 seqnum, const void *payload,
		     size_t size);
struct ghost_status_word *agent_fake_word(struct agent_fake *f, int index);
/* gtid of task number @n. */
__s64 agent_fake_gtid(int n);
/* TASK_NEW of task @n, whose word is number @n, and the word itself. */
void agent_fake_new(struct agent_fake *f, int cpu, int n, bool runnable);
/* A message whose payload begins with the gtid and may be zero behind it. */
void agent_fake_task(struct agent_fake *f, int cpu, int n, __u16 type, __u32 seqnum);
struct tagsched_task *agent_fake_find(struct agent_fake *f, int n);

#endif /* AGENT_FAKE_H */
