// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Messages: from records of either ABI to struct tagsched_msg. */
#include "agent_internal.h"

/* Payloads by type, and how long they are in ABI 84 and 91. */
#define P(X)	sizeof(struct ghost_msg_payload_##X)

static const struct msg_type {
	const char *name;
	__u16 type;
	__u16 size[2];
} types[] = {
	{ "TASK_DEAD", MSG_TASK_DEAD, { P(task_dead_84), P(task_dead) } },
	{ "TASK_BLOCKED", MSG_TASK_BLOCKED, { P(task_blocked), P(task_blocked) } },
	{ "TASK_WAKEUP", MSG_TASK_WAKEUP, { P(task_wakeup), P(task_wakeup) } },
	{ "TASK_NEW", MSG_TASK_NEW, { P(task_new_84), P(task_new) } },
	{ "TASK_PREEMPT", MSG_TASK_PREEMPT, { P(task_preempt), P(task_preempt) } },
	{ "TASK_YIELD", MSG_TASK_YIELD, { P(task_yield), P(task_yield) } },
	{ "TASK_DEPARTED", MSG_TASK_DEPARTED, { P(task_departed), P(task_departed) } },
	{ "TASK_SWITCHTO", MSG_TASK_SWITCHTO, { P(task_switchto), P(task_switchto) } },
	{ "TASK_AFFINITY_CHANGED", MSG_TASK_AFFINITY_CHANGED,
	  { P(task_affinity_changed), P(task_affinity_changed) } },
	{ "TASK_ON_CPU", MSG_TASK_ON_CPU, { P(task_on_cpu), P(task_on_cpu) } },
	{ "TASK_PRIORITY_CHANGED", MSG_TASK_PRIORITY_CHANGED,
	  { P(task_priority_changed), P(task_priority_changed) } },
	{ "CPU_TICK", MSG_CPU_TICK, { P(cpu_tick_84), P(cpu_tick) } },
	{ "CPU_TIMER_EXPIRED", MSG_CPU_TIMER_EXPIRED, { P(timer), P(timer) } },
	{ "CPU_NOT_IDLE", MSG_CPU_NOT_IDLE, { P(cpu_not_idle), P(cpu_not_idle) } },
	{ "CPU_AVAILABLE", MSG_CPU_AVAILABLE, { P(cpu), P(cpu) } },
	{ "CPU_BUSY", MSG_CPU_BUSY, { P(cpu), P(cpu) } },
	{ "CPU_AGENT_BLOCKED", MSG_CPU_AGENT_BLOCKED, { P(cpu), P(cpu) } },
	{ "CPU_AGENT_WAKEUP", MSG_CPU_AGENT_WAKEUP, { P(cpu), P(cpu) } },
	{ "QUEUE_RESYNC", MSG_QUEUE_RESYNC, { P(queue_resync), P(queue_resync) } },
	{ "NOP", MSG_NOP, { 0, 0 } },
};

union payload {
	__u64 gtid;
	struct ghost_msg_payload_task_dead dead;
	struct ghost_msg_payload_task_blocked blocked;
	struct ghost_msg_payload_task_wakeup wakeup;
	struct ghost_msg_payload_task_new new;
	struct ghost_msg_payload_task_preempt preempt;
	struct ghost_msg_payload_task_yield yield;
	struct ghost_msg_payload_task_departed departed;
	struct ghost_msg_payload_task_switchto switchto;
	struct ghost_msg_payload_task_on_cpu on_cpu;
	struct ghost_msg_payload_task_priority_changed priority;
	struct ghost_msg_payload_cpu_tick tick;
	struct ghost_msg_payload_timer timer;
	struct ghost_msg_payload_cpu_not_idle not_idle;
	struct ghost_msg_payload_cpu cpu;
	struct ghost_msg_payload_queue_resync resync;
};

static const struct msg_type *find_type(unsigned int type)
{
	size_t i;

	/* the table begins with the task messages, in the order of their numbers */
	if (type >= MSG_TASK_DEAD && type <= MSG_TASK_PRIORITY_CHANGED)
		return &types[type - MSG_TASK_DEAD];
	for (i = MSG_TASK_PRIORITY_CHANGED - MSG_TASK_DEAD + 1;
	     i < sizeof(types) / sizeof(types[0]); i++) {
		if (types[i].type == type)
			return &types[i];
	}
	return NULL;
}

const char *tagsched_msg__name(unsigned int type)
{
	const struct msg_type *t = find_type(type);

	return t ? t->name : NULL;
}

static void decode_task(const union payload *p, int abi, struct tagsched_msg *m)
{
	m->gtid = p->gtid;
	switch (m->type) {
	case MSG_TASK_DEAD:
		if (abi >= GHOST_ABI_91)
			m->cpu = p->dead.cpu;
		break;
	case MSG_TASK_BLOCKED:
		m->runtime = p->blocked.runtime;
		m->cpu_seqnum = p->blocked.cpu_seqnum;
		m->cpu = p->blocked.cpu;
		m->from_switchto = p->blocked.from_switchto;
		break;
	case MSG_TASK_WAKEUP:
		m->agent_data = p->wakeup.agent_data;
		m->deferrable = p->wakeup.deferrable;
		m->last_ran_cpu = p->wakeup.last_ran_cpu;
		m->wake_up_cpu = p->wakeup.wake_up_cpu;
		m->waker_cpu = p->wakeup.waker_cpu;
		break;
	case MSG_TASK_NEW:
		m->parent_gtid = p->new.parent_gtid;
		m->runtime = p->new.runtime;
		m->runnable = p->new.runnable;
		m->nice = p->new.nice;
		m->sw_region = p->new.sw_info.id;
		m->sw_index = p->new.sw_info.index;
		if (abi >= GHOST_ABI_91)
			m->agent_data = p->new.agent_data;
		break;
	case MSG_TASK_PREEMPT:
		m->was_latched = p->preempt.was_latched;
		/* fall through - the rest is that of a yield */
	case MSG_TASK_YIELD:
		m->runtime = p->yield.runtime;
		m->cpu_seqnum = p->yield.cpu_seqnum;
		m->agent_data = p->yield.agent_data;
		m->cpu = p->yield.cpu;
		m->from_switchto = p->yield.from_switchto;
		break;
	case MSG_TASK_DEPARTED:
		m->cpu_seqnum = p->departed.cpu_seqnum;
		m->cpu = p->departed.cpu;
		m->from_switchto = p->departed.from_switchto;
		m->was_current = p->departed.was_current;
		break;
	case MSG_TASK_SWITCHTO:
		m->runtime = p->switchto.runtime;
		m->cpu_seqnum = p->switchto.cpu_seqnum;
		m->cpu = p->switchto.cpu;
		break;
	case MSG_TASK_ON_CPU:
		m->commit_time = p->on_cpu.commit_time;
		m->cpu_seqnum = p->on_cpu.cpu_seqnum;
		m->cpu = p->on_cpu.cpu;
		break;
	case MSG_TASK_PRIORITY_CHANGED:
		m->nice = p->priority.nice;
		break;
	}
}

static void decode_cpu(const union payload *p, int abi, struct tagsched_msg *m)
{
	m->cpu = p->cpu.cpu;
	switch (m->type) {
	case MSG_CPU_TICK:
		if (abi >= GHOST_ABI_91)
			m->is_agent = p->tick.is_agent;
		break;
	case MSG_CPU_TIMER_EXPIRED:
		m->timer_type = p->timer.type;
		m->timer_cookie = p->timer.cookie;
		break;
	case MSG_CPU_NOT_IDLE:
		m->next_gtid = p->not_idle.next_gtid;
		break;
	}
}

int tagsched_msg__decode(const void *record, size_t size, int abi, struct tagsched_msg *msg)
{
	const struct msg_type *t;
	struct ghost_msg header;
	union payload p;
	size_t need;

	if (size < sizeof(header))
		return -EBADMSG;
	memcpy(&header, record, sizeof(header));
	if (header.length < sizeof(header) || header.length > size)
		return -EBADMSG;
	memset(msg, 0, sizeof(*msg));
	msg->type = header.type;
	msg->seqnum = header.seqnum;
	msg->cpu = -1;
	t = find_type(header.type);
	if (!t)
		return header.length;
	need = t->size[abi >= GHOST_ABI_91];
	if (header.length - sizeof(header) < need)
		return -EBADMSG;
	memcpy(&p, (const char *)record + sizeof(header), need);
	if (header.type >= MSG_TASK_DEAD && header.type < MSG_CPU_TICK)
		decode_task(&p, abi, msg);
	else if (header.type >= MSG_CPU_TICK && header.type < MSG_QUEUE_RESYNC)
		decode_cpu(&p, abi, msg);
	else if (header.type == MSG_QUEUE_RESYNC)
		msg->lost = p.resync.lost;
	return header.length;
}

_Static_assert(TAGSCHED_MSG_TASK_DEAD == (int)MSG_TASK_DEAD, "TASK_DEAD");
_Static_assert(TAGSCHED_MSG_TASK_PRIORITY_CHANGED == (int)MSG_TASK_PRIORITY_CHANGED,
	       "PRIORITY_CHANGED");
_Static_assert(TAGSCHED_MSG_CPU_TICK == (int)MSG_CPU_TICK, "CPU_TICK");
_Static_assert(TAGSCHED_MSG_CPU_AGENT_WAKEUP == (int)MSG_CPU_AGENT_WAKEUP, "AGENT_WAKEUP");
_Static_assert(TAGSCHED_MSG_QUEUE_RESYNC == (int)MSG_QUEUE_RESYNC, "RESYNC");
