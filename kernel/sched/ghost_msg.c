// SPDX-License-Identifier: GPL-2.0-only
/*
 * Delegation of scheduling to userspace: the messages that tell an agent what
 * its tasks and its CPU do.
 *
 * The barrier of a task, or of an agent, counts every message that is due,
 * whether or not it can be delivered: what the agent then asks for is stale.
 */
#include "ghost_internal.h"

/* Payload sizes of the two ABIs. */
static const struct {
	u8	abi_84;
	u8	abi_91;
} payload_size[] = {
#define SIZE(TYPE, PAYLOAD) \
	[TYPE] = { sizeof(struct PAYLOAD), sizeof(struct PAYLOAD) }
#define SIZES(TYPE, PAYLOAD) \
	[TYPE] = { sizeof(struct PAYLOAD##_84), sizeof(struct PAYLOAD) }
	SIZES(MSG_TASK_DEAD,		ghost_msg_payload_task_dead),
	SIZE(MSG_TASK_BLOCKED,		ghost_msg_payload_task_blocked),
	SIZE(MSG_TASK_WAKEUP,		ghost_msg_payload_task_wakeup),
	SIZES(MSG_TASK_NEW,		ghost_msg_payload_task_new),
	SIZE(MSG_TASK_PREEMPT,		ghost_msg_payload_task_preempt),
	SIZE(MSG_TASK_YIELD,		ghost_msg_payload_task_yield),
	SIZE(MSG_TASK_DEPARTED,		ghost_msg_payload_task_departed),
	SIZE(MSG_TASK_SWITCHTO,		ghost_msg_payload_task_switchto),
	SIZE(MSG_TASK_AFFINITY_CHANGED,	ghost_msg_payload_task_affinity_changed),
	SIZE(MSG_TASK_ON_CPU,		ghost_msg_payload_task_on_cpu),
	SIZE(MSG_TASK_PRIORITY_CHANGED,	ghost_msg_payload_task_priority_changed),
	SIZE(MSG_TASK_LATCH_FAILURE,	ghost_msg_payload_task_latch_failure),
	SIZES(MSG_CPU_TICK,		ghost_msg_payload_cpu_tick),
	SIZE(MSG_CPU_TIMER_EXPIRED,	ghost_msg_payload_timer),
	SIZE(MSG_CPU_NOT_IDLE,		ghost_msg_payload_cpu_not_idle),
	SIZE(MSG_CPU_AVAILABLE,		ghost_msg_payload_cpu),
	SIZE(MSG_CPU_BUSY,		ghost_msg_payload_cpu),
	SIZE(MSG_CPU_AGENT_BLOCKED,	ghost_msg_payload_cpu),
	SIZE(MSG_CPU_AGENT_WAKEUP,	ghost_msg_payload_cpu),
	SIZE(MSG_QUEUE_RESYNC,		ghost_msg_payload_queue_resync),
};

unsigned int ghost_msg_payload_size(unsigned int abi, unsigned int type)
{
	if (type >= ARRAY_SIZE(payload_size))
		return 0;
	return abi == GHOST_ABI_84 ? payload_size[type].abi_84 : payload_size[type].abi_91;
}

struct record {
	struct ghost_msg		hdr;
	union ghost_msg_payload		payload;
};

/* What became of a message. */
enum outcome {
	NOT_SENT,	/* nobody to send it to, or a program held it back */
	LOST,		/* no room: the agent is told to look for itself */
	SENT,
};

/* Does the agent learn of it, now or when it rebuilds its picture? */
static bool will_learn(enum outcome o)
{
	return o != NOT_SENT;
}

/* No preference for an agent's CPU, and: wake nobody (from ABI 91 on). */
#define PREF_NONE	(-1)
#define PREF_NOBODY	(-2)

static enum outcome send(struct ghost_enclave *e, struct ghost_queue *q, struct record *rec,
			 int *pref_cpu)
{
	*pref_cpu = PREF_NONE;
	if (!ghost_bpf_msg(e, &rec->hdr.type, &rec->payload, rec->hdr.seqnum, pref_cpu))
		return NOT_SENT;
	return ghost_queue_produce(q, rec, rec->hdr.length) ? SENT : LOST;
}

static void wake_agent(struct ghost_enclave *e, struct ghost_queue *q, int cpu, int pref_cpu)
{
	if (e->abi >= GHOST_ABI_91) {
		if (pref_cpu == PREF_NOBODY)
			return;
		if (pref_cpu >= 0 && pref_cpu < nr_cpu_ids && ghost_cpu_enclave(pref_cpu) == e) {
			ghost_wake_agent(pref_cpu);
			return;
		}
	} else if (pref_cpu >= 0 && pref_cpu < nr_cpu_ids && cpu_online(pref_cpu)) {
		cpu = pref_cpu;
	}
	ghost_wake_for_queue(q, cpu);
}

/* --- about a task --- */

/* All of the payload is zeroed: a program sees it, and an initializer may leave some out. */
static void init_record(struct record *rec, const struct ghost_enclave *e, u16 type)
{
	memset(&rec->payload, 0, sizeof(rec->payload));
	rec->hdr.type = type;
	rec->hdr.length = sizeof(rec->hdr) + ghost_msg_payload_size(e->abi, type);
}

static void init_task_record(struct record *rec, struct task_struct *p, u16 type)
{
	init_record(rec, p->ghost.enclave, type);
	/* The first field of all of them. */
	rec->payload.dead.gtid = ghost_gtid(p);
}

static void set_lost(struct ghost_status_word *sw, bool lost)
{
	if (unlikely(lost))
		ghost_sw_flags(sw, GHOST_SW_TASK_MSG_LOST, 0);
	else if (unlikely(READ_ONCE(sw->flags) & GHOST_SW_TASK_MSG_LOST))
		ghost_sw_flags(sw, 0, GHOST_SW_TASK_MSG_LOST);
}

static enum outcome send_task(struct task_struct *p, struct record *rec, int wake_cpu)
{
	struct ghost_status_word *sw = p->ghost.sw;
	struct ghost_queue *q = p->ghost.dst_q;
	enum outcome outcome;
	int pref_cpu;

	rec->hdr.seqnum = sw->barrier + 1;
	/* Pairs with the agent's acquire: the flags that belong to the message come first. */
	smp_store_release(&sw->barrier, rec->hdr.seqnum);

	if (!q || p->ghost.inhibited_by)
		return NOT_SENT;

	outcome = send(p->ghost.enclave, q, rec, &pref_cpu);
	if (outcome == NOT_SENT)
		return outcome;
	set_lost(sw, outcome == LOST);
	if (wake_cpu >= 0)
		wake_agent(p->ghost.enclave, q, wake_cpu, pref_cpu);
	return outcome;
}

static u64 runtime(struct rq *rq, struct task_struct *p)
{
	u64 ns = ghost_task_runtime(rq, p);

	WRITE_ONCE(p->ghost.sw->runtime, ns);
	return ns;
}

static u64 parent_gtid(struct task_struct *p)
{
	u64 gtid;

	rcu_read_lock();
	gtid = ghost_gtid(rcu_dereference(p->real_parent));
	rcu_read_unlock();
	return gtid;
}

void ghost_msg_new(struct task_struct *p, bool runnable, bool wake)
{
	struct rq *rq = task_rq(p);
	struct record rec;

	if (!p->ghost.sw)
		return;
	init_task_record(&rec, p, MSG_TASK_NEW);
	rec.payload.newt.parent_gtid = parent_gtid(p);
	rec.payload.newt.runtime = runtime(rq, p);
	rec.payload.newt.runnable = runnable;
	rec.payload.newt.nice = task_nice(p);
	rec.payload.newt.sw_info = p->ghost.sw_info;
	send_task(p, &rec, wake ? cpu_of(rq) : -1);
}

void ghost_msg_blocked(struct rq *rq, struct task_struct *p)
{
	struct record rec;

	if (!p->ghost.sw)
		return;
	init_task_record(&rec, p, MSG_TASK_BLOCKED);
	rec.payload.blocked.runtime = runtime(rq, p);
	rec.payload.blocked.cpu_seqnum = ++rq->ghost.cpu_seqnum;
	rec.payload.blocked.cpu = cpu_of(rq);
	send_task(p, &rec, cpu_of(rq));
}

void ghost_msg_yield(struct rq *rq, struct task_struct *p)
{
	struct record rec;

	if (!p->ghost.sw)
		return;
	init_task_record(&rec, p, MSG_TASK_YIELD);
	rec.payload.yield.runtime = runtime(rq, p);
	rec.payload.yield.cpu_seqnum = ++rq->ghost.cpu_seqnum;
	rec.payload.yield.cpu = cpu_of(rq);
	send_task(p, &rec, cpu_of(rq));
}

void ghost_msg_preempt(struct rq *rq, struct task_struct *p, bool was_latched)
{
	struct record rec;

	if (p->ghost.sw) {
		init_task_record(&rec, p, MSG_TASK_PREEMPT);
		rec.payload.preempt.runtime = runtime(rq, p);
		rec.payload.preempt.cpu_seqnum = ++rq->ghost.cpu_seqnum;
		rec.payload.preempt.cpu = cpu_of(rq);
		rec.payload.preempt.was_latched = was_latched;
		send_task(p, &rec, cpu_of(rq));
	}
	if (rq->ghost.latch_flags & RTLA_ON_PREEMPT)
		ghost_schedule_to_agent(rq);
}

void ghost_msg_wakeup(struct rq *rq, struct task_struct *p)
{
	struct record rec;

	if (!p->ghost.sw)
		return;
	init_task_record(&rec, p, MSG_TASK_WAKEUP);
	rec.payload.wakeup.last_ran_cpu = p->ghost.last_cpu;
	rec.payload.wakeup.wake_up_cpu = cpu_of(rq);
	rec.payload.wakeup.waker_cpu = p->ghost.waker_cpu;
	send_task(p, &rec, cpu_of(rq));
}

void ghost_msg_on_cpu(struct rq *rq, struct task_struct *p)
{
	struct record rec;

	if (!p->ghost.sw)
		return;
	init_task_record(&rec, p, MSG_TASK_ON_CPU);
	rec.payload.on_cpu.commit_time = ktime_get_mono_fast_ns();
	rec.payload.on_cpu.cpu_seqnum = ++rq->ghost.cpu_seqnum;
	rec.payload.on_cpu.cpu = cpu_of(rq);
	send_task(p, &rec, -1);
}

void ghost_msg_affinity_changed(struct task_struct *p)
{
	struct record rec;

	/* Of a task that the agent does not know yet this is no news. */
	if (!p->ghost.sw || p->ghost.new_task)
		return;
	init_task_record(&rec, p, MSG_TASK_AFFINITY_CHANGED);
	send_task(p, &rec, -1);
}

void ghost_msg_priority_changed(struct task_struct *p)
{
	struct record rec;

	if (!p->ghost.sw || p->ghost.new_task)
		return;
	init_task_record(&rec, p, MSG_TASK_PRIORITY_CHANGED);
	rec.payload.priority.nice = task_nice(p);
	send_task(p, &rec, task_cpu(p));
}

bool ghost_msg_departed(struct rq *rq, struct task_struct *p, bool was_current)
{
	struct record rec;

	if (!p->ghost.sw)
		return false;
	init_task_record(&rec, p, MSG_TASK_DEPARTED);
	rec.payload.departed.cpu_seqnum = ++rq->ghost.cpu_seqnum;
	rec.payload.departed.cpu = cpu_of(rq);
	rec.payload.departed.was_current = was_current;
	return will_learn(send_task(p, &rec, cpu_of(rq)));
}

bool ghost_msg_dead(struct task_struct *p, int cpu)
{
	struct record rec;

	if (!p->ghost.sw)
		return false;
	init_task_record(&rec, p, MSG_TASK_DEAD);
	rec.payload.dead.cpu = cpu;
	return will_learn(send_task(p, &rec, cpu));
}

void ghost_msg_latch_failure(struct task_struct *p, int err)
{
	struct record rec;
	int pref_cpu;

	if (!p->ghost.sw)
		return;
	init_task_record(&rec, p, MSG_TASK_LATCH_FAILURE);
	rec.payload.latch_failure.errno_ = err;
	ghost_bpf_msg(p->ghost.enclave, &rec.hdr.type, &rec.payload,
		      READ_ONCE(p->ghost.sw->barrier), &pref_cpu);
}

/* --- about a CPU --- */

/* NULL: nobody is told. */
static struct ghost_enclave *told_enclave(struct rq *rq)
{
	struct task_struct *agent = rq->ghost.agent;

	return agent && agent->ghost.dst_q ? agent->ghost.enclave : NULL;
}

static void init_cpu_record(struct record *rec, struct rq *rq, u16 type)
{
	init_record(rec, rq->ghost.agent->ghost.enclave, type);
	/* The first field of all of them. */
	rec->payload.cpu.cpu = cpu_of(rq);
}

static void send_cpu(struct rq *rq, struct ghost_enclave *e, struct record *rec, bool wake)
{
	struct task_struct *agent = rq->ghost.agent;
	struct ghost_queue *q = agent->ghost.dst_q;
	enum outcome outcome;
	int pref_cpu;

	rec->hdr.seqnum = ghost_agent_barrier_inc(rq);
	outcome = send(e, q, rec, &pref_cpu);
	if (outcome == NOT_SENT)
		return;
	set_lost(agent->ghost.sw, outcome == LOST);
	if (wake)
		wake_agent(e, q, cpu_of(rq), pref_cpu);
}

static void send_plain(struct rq *rq, struct ghost_enclave *e, u16 type)
{
	struct record rec;

	init_cpu_record(&rec, rq, type);
	send_cpu(rq, e, &rec, false);
}

void ghost_msg_cpu_tick(struct rq *rq)
{
	struct ghost_enclave *e = told_enclave(rq);
	struct record rec;

	if (!e || !READ_ONCE(e->deliver_ticks))
		return;
	init_cpu_record(&rec, rq, MSG_CPU_TICK);
	rec.payload.tick.is_agent = rq->curr == rq->ghost.agent;
	send_cpu(rq, e, &rec, true);
}

void ghost_msg_cpu_timer(struct rq *rq, const struct timerfd_ghost *timer)
{
	struct ghost_enclave *e = told_enclave(rq);
	struct record rec;

	if (!e)
		return;
	init_cpu_record(&rec, rq, MSG_CPU_TIMER_EXPIRED);
	rec.payload.timer.type = timer->type;
	rec.payload.timer.cookie = timer->cookie;
	send_cpu(rq, e, &rec, true);
}

void ghost_msg_cpu_not_idle(struct rq *rq, struct task_struct *next)
{
	struct ghost_enclave *e = told_enclave(rq);
	struct record rec;

	if (!e)
		return;
	init_cpu_record(&rec, rq, MSG_CPU_NOT_IDLE);
	rec.payload.not_idle.next_gtid = ghost_gtid(next);
	send_cpu(rq, e, &rec, true);
}

void ghost_msg_cpu_available(struct rq *rq, bool available)
{
	struct ghost_enclave *e = told_enclave(rq);

	if (e && READ_ONCE(e->deliver_cpu_availability))
		send_plain(rq, e, available ? MSG_CPU_AVAILABLE : MSG_CPU_BUSY);
}

void ghost_msg_agent_blocked(struct rq *rq)
{
	struct ghost_enclave *e = told_enclave(rq);

	if (e && READ_ONCE(e->deliver_agent_runnability))
		send_plain(rq, e, MSG_CPU_AGENT_BLOCKED);
}

void ghost_msg_agent_wakeup(struct rq *rq)
{
	struct ghost_enclave *e = told_enclave(rq);

	if (e && READ_ONCE(e->deliver_agent_runnability))
		send_plain(rq, e, MSG_CPU_AGENT_WAKEUP);
}
