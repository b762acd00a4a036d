// SPDX-License-Identifier: GPL-2.0-only
/* An enclave in ordinary memory: see agent_fake.h. */
#include <stdio.h>
#include <stdlib.h>

#include "agent_fake.h"

static struct agent_fake *the_fake;

static void note(const struct tagsched_task *task, char what)
{
	size_t used = strlen(the_fake->trace);

	/* the sequence number of a fake gtid is the number of the task */
	snprintf(the_fake->trace + used, sizeof(the_fake->trace) - used, "%c%d", what,
		 (int)(task->gtid & 0xff));
}

static void enqueue(struct tagsched_agent *agent, struct tagsched_task *task,
		    enum tagsched_enqueue_reason reason)
{
	(void)agent;
	(void)reason;
	note(task, '+');
	tagsched_runq__push(&the_fake->runq, task);
}

static void dequeue(struct tagsched_agent *agent, struct tagsched_task *task)
{
	(void)agent;
	note(task, '-');
	tagsched_runq__remove(task);
}

static struct tagsched_task *pick(struct tagsched_agent *agent, int cpu)
{
	(void)agent;
	return tagsched_runq__pop(&the_fake->runq, cpu);
}

static void task_new(struct tagsched_agent *agent, struct tagsched_task *task,
		     const struct tagsched_msg *msg)
{
	(void)agent;
	(void)msg;
	note(task, 'n');
	/* there is no such thread: the real affinity is not asked for */
	memset(&task->allowed, 0xff, sizeof(task->allowed));
	task->allowed_known = true;
}

static void task_dead(struct tagsched_agent *agent, struct tagsched_task *task,
		      const struct tagsched_msg *msg)
{
	(void)agent;
	(void)msg;
	note(task, 'd');
}

static const struct tagsched_agent_ops ops = {
	.sz = sizeof(ops),
	.name = "fake",
	.task_size = 24,
	.enqueue = enqueue,
	.dequeue = dequeue,
	.pick = pick,
	.task_new = task_new,
	.task_dead = task_dead,
};

static int fake_commit(struct ghost_ioc_commit_txn *arg)
{
	int cpu;

	the_fake->commits++;
	for (cpu = 0; cpu < FAKE_CPUS; cpu++) {
		struct ghost_txn *txn = &the_fake->e.cpu_data[cpu].txn;

		if (CPU_ISSET(cpu, (cpu_set_t *)arg->mask_ptr) && txn->state == GHOST_TXN_READY)
			txn->state = the_fake->txn_answer;
	}
	return 0;
}

static int fake_run(const struct ghost_ioc_run *run)
{
	if (run->gtid == GHOST_AGENT_GTID) {
		the_fake->pings++;
		the_fake->ping_cpu = run->run_cpu;
		return 0;
	}
	the_fake->yields++;
	the_fake->yield_flags = run->run_flags;
	if (the_fake->stop_at_yield)
		the_fake->as.stop = 1;
	return 0;
}

static int fake_ioctl(struct tagsched_enclave *e, unsigned long request, void *arg)
{
	switch (request) {
	case GHOST_IOC_SW_FREE:
		memset(agent_fake_word(the_fake, ((struct ghost_sw_info *)arg)->index), 0,
		       sizeof(struct ghost_status_word));
		the_fake->freed++;
		return 0;
	case GHOST_IOC_ASSOC_QUEUE:
		return the_fake->assoc_answer;
	case GHOST_IOC_COMMIT_TXN:
		return fake_commit(arg);
	case GHOST_IOC_RUN:
		return fake_run(arg);
	}
	(void)e;
	return 0;
}

static int make_queue(struct agent_fake *f, struct tagsched_queue *q)
{
	q->e = &f->e;
	q->fd = -1;
	q->nelems = 64;
	q->ring = calloc(1, sizeof(*q->ring) + 64 * 8);
	return q->ring ? 0 : -ENOMEM;
}

struct agent_fake *agent_fake_make(enum tagsched_model model)
{
	struct agent_fake *f = aligned_alloc(128, (sizeof(*f) + 127) & ~127UL);
	int i;

	if (!f)
		return NULL;
	memset(f, 0, sizeof(*f));
	the_fake = f;
	f->txn_answer = GHOST_TXN_COMPLETE;
	f->e.abi = GHOST_ABI_91;
	f->e.ioctl = fake_ioctl;
	f->e.cpu_data_size = FAKE_CPUS * sizeof(*f->e.cpu_data);
	f->e.cpu_data = aligned_alloc(4096, f->e.cpu_data_size);
	f->e.sw_size = sizeof(*f->e.sw) + FAKE_WORDS * sizeof(struct ghost_status_word);
	f->e.sw = aligned_alloc(64, f->e.sw_size);
	if (!f->e.cpu_data || !f->e.sw)
		return NULL;
	memset(f->e.cpu_data, 0, f->e.cpu_data_size);
	memset(f->e.sw, 0, f->e.sw_size);
	f->e.sw->start = sizeof(*f->e.sw);
	f->e.sw->capacity = FAKE_WORDS;
	f->as.e = &f->e;
	f->as.ops = &ops;
	f->as.opts.model = model;
	f->as.agents = f->agents;
	f->as.by_cpu = f->by_cpu;
	f->as.nr_agents = FAKE_CPUS;
	f->as.default_queue = &f->queues[0];
	for (i = 0; i < FAKE_CPUS; i++) {
		f->e.cpu_data[i].txn.state = GHOST_TXN_COMPLETE;
		f->e.cpu_data[i].txn.sync_group_owner = -1;
		CPU_SET(i, &f->e.cpus);
		f->by_cpu[i] = &f->agents[i];
		f->agents[i].as = &f->as;
		f->agents[i].cpu = i;
		f->agents[i].queue = &f->queues[i];
		if (make_queue(f, &f->queues[i]))
			return NULL;
	}
	return ts_table_init(&f->as.table, ops.task_size) ? NULL : f;
}

void agent_fake_send(struct agent_fake *f, int cpu, __u16 type, __u32 seqnum, const void *payload,
		     size_t size)
{
	struct ghost_msg header = { type, sizeof(header) + size, seqnum };
	struct ghost_ring *ring = f->queues[cpu].ring;
	__u32 slots = (header.length + 7) / 8, room = 64 - ring->head % 64;
	char *slot = (char *)ring->slots + ring->head % 64 * 8;

	if (slots > room) {
		struct ghost_msg nop = { MSG_NOP, room * 8, 0 };

		memcpy(slot, &nop, sizeof(nop));
		ring->head += room;
		slot = (char *)ring->slots;
	}
	memcpy(slot, &header, sizeof(header));
	memcpy(slot + sizeof(header), payload, size);
	ring->head += slots;
}

struct ghost_status_word *agent_fake_word(struct agent_fake *f, int index)
{
	return (struct ghost_status_word *)((char *)f->e.sw + f->e.sw->start) + index;
}

__s64 agent_fake_gtid(int n)
{
	/* a thread id that no thread has: the largest of the ABI's */
	return (4194303LL << GHOST_TID_SHIFT) + n;
}

void agent_fake_new(struct agent_fake *f, int cpu, int n, bool runnable)
{
	struct ghost_msg_payload_task_new p = {
		.gtid = agent_fake_gtid(n),
		.runnable = runnable,
		.nice = n,
		.sw_info = { 0, n },
	};
	struct ghost_status_word *sw = agent_fake_word(f, n);

	sw->gtid = p.gtid;
	sw->barrier = 1;
	sw->flags = GHOST_SW_F_INUSE | (runnable ? GHOST_SW_TASK_RUNNABLE : 0);
	agent_fake_send(f, cpu, MSG_TASK_NEW, 1, &p, sizeof(p));
}

void agent_fake_task(struct agent_fake *f, int cpu, int n, __u16 type, __u32 seqnum)
{
	__u64 p[5] = { agent_fake_gtid(n) };

	agent_fake_send(f, cpu, type, seqnum, p, sizeof(p));
}

struct tagsched_task *agent_fake_find(struct agent_fake *f, int n)
{
	return ts_table_find(&f->as.table, agent_fake_gtid(n));
}
