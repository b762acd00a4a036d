// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages: every type once, on purpose, with what it says, its sequence number,
 * what it does to the status word, and its place among the others. Of tasks: the
 * CPU messages are in timer.c. All of it with both kinds of queue.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

FIXTURE(messages)
{
	struct stage	st;
	struct drive	d;
};

FIXTURE_VARIANT(messages)
{
	int		abi;
	enum queue_kind	kind;
};

FIXTURE_VARIANT_ADD(messages, ring)
{
	.abi = GHOST_ABI_91, .kind = RING,
};

FIXTURE_VARIANT_ADD(messages, ringbuf)
{
	.abi = GHOST_ABI_91, .kind = RINGBUF,
};

FIXTURE_VARIANT_ADD(messages, ring_84)
{
	.abi = GHOST_ABI_84, .kind = RING,
};

FIXTURE_SETUP(messages)
{
	ASSERT_EQ(0, stage_set(&self->st, variant->abi, variant->kind));
	drive_init(&self->d, &self->st, &self->st.s);
}

FIXTURE_TEARDOWN(messages)
{
	EXPECT_EQ(0, stage_strike(&self->st));
}

static int payload(const struct message *m)
{
	return m->length - (int)sizeof(struct ghost_msg);
}

static struct ghost_status_word *word_of(const struct stage *st, const struct subject *s)
{
	return enclave_find_sw(&st->e, s->gtid);
}

PROVE_F(messages, new_blocked,
	"[C4] TASK_NEW of a task that sleeps: not runnable, number 1, its status word's place")
{
	struct ghost_status_word *sw;
	struct message m;

	ASSERT_EQ(0, setpriority(PRIO_PROCESS, self->st.s.pid, 7));
	ASSERT_EQ(0, stage_enter(&self->st, &m));
	EXPECT_EQ(variant->abi == GHOST_ABI_84 ? 40 : 48, payload(&m));
	EXPECT_EQ(1, m.seqnum);
	EXPECT_EQ((__u64)gtid_of(getpid()), m.new.parent_gtid);
	EXPECT_EQ(0, m.new.runnable);
	EXPECT_EQ(7, m.new.nice);
	EXPECT_LT(0, m.new.runtime);
	EXPECT_EQ(0, m.new.sw_info.id);
	sw = enclave_sw(&self->st.e, m.new.sw_info.index);
	EXPECT_EQ((__u64)self->st.s.gtid, sw->gtid);
	EXPECT_EQ(1, sw->barrier);
	EXPECT_EQ(GHOST_SW_F_INUSE | GHOST_SW_F_ALLOCATED, sw->flags);
}

/* A process that delegates itself, and says on which side of that it is. */
enum { BEFORE, AFTER };

static void enter_self(const struct enclave *e, volatile int *at)
{
	int fd = enclave_open_file(e, "tasks", O_WRONLY);

	*at = BEFORE;
	if (write(fd, "0", 1) != 1)
		_exit(1);
	*at = AFTER;
	_exit(0);
}

PROVE_F(messages, new_self,
	"[C4] TASK_NEW of a task that delegates itself: after it has left its CPU, runnable")
{
	volatile int *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct subject self_made = {};
	struct message m;
	__u32 flags;
	int status;

	self_made.pid = fork();
	if (!self_made.pid) {
		sys_unpin(0);
		enter_self(&self->st.e, at);
	}
	ASSERT_TRUE(queue_wait(&self->st.q, MSG_TASK_NEW, gtid_of(self_made.pid), &m));
	EXPECT_EQ(1, m.new.runnable);
	EXPECT_EQ(1, m.seqnum);
	flags = enclave_sw(&self->st.e, m.new.sw_info.index)->flags;
	EXPECT_NE(0, flags & GHOST_SW_TASK_RUNNABLE);
	EXPECT_EQ(BEFORE, *at);

	/* It gets to the end of the write when an agent lets it. */
	self_made.gtid = m.gtid;
	drive_init(&self->d, &self->st, &self_made);
	EXPECT_TRUE(drive_until(&self->d, MSG_TASK_DEAD, &m));
	EXPECT_EQ(AFTER, *at);
	EXPECT_EQ(self_made.pid, waitpid(self_made.pid, &status, 0));
	EXPECT_EQ(0, status);
}

/* Delegated, and in a loop on the agent's CPU. */
static bool get_running(struct stage *st, struct drive *d, struct message *m)
{
	if (stage_enter(st, m))
		return false;
	subject_order(&st->s, SPIN);
	subject_wake(&st->s);
	return drive_until_counts(d, &st->s);
}

PROVE_F(messages, wakeup,
	"[C5] WAKEUP: runnable, off the CPU, with the CPUs of the task and of its waker")
{
	struct ghost_status_word *sw;
	struct message m;
	__u32 barrier;

	ASSERT_EQ(0, stage_enter(&self->st, &m));
	sw = word_of(&self->st, &self->st.s);
	barrier = sw->barrier;
	subject_order(&self->st.s, SPIN);
	subject_wake(&self->st.s);
	ASSERT_TRUE(queue_wait(&self->st.q, MSG_TASK_WAKEUP, self->st.s.gtid, &m));
	EXPECT_EQ(32, payload(&m));
	EXPECT_EQ(barrier + 1, m.seqnum);
	EXPECT_EQ(0, m.wakeup.agent_data);
	EXPECT_LE(0, m.wakeup.last_ran_cpu);
	EXPECT_LE(0, m.wakeup.wake_up_cpu);
	EXPECT_EQ(0, m.wakeup.waker_cpu);
	EXPECT_GT(sys_nr_cpus(), m.wakeup.last_ran_cpu);
	EXPECT_GT(sys_nr_cpus(), m.wakeup.wake_up_cpu);
	EXPECT_EQ(GHOST_SW_TASK_RUNNABLE,
		  sw->flags & (GHOST_SW_TASK_RUNNABLE | GHOST_SW_TASK_ONCPU));
	EXPECT_EQ(m.seqnum, sw->barrier);
	EXPECT_FALSE(queue_next(&self->st.q, &m));
}

PROVE_F(messages, blocked, "[C5] BLOCKED: not runnable, with the CPU and the runtime")
{
	struct ghost_status_word *sw;
	struct message m;

	ASSERT_TRUE(get_running(&self->st, &self->d, &m));
	sw = word_of(&self->st, &self->st.s);
	EXPECT_NE(0, sw->switch_time);
	subject_order(&self->st.s, BLOCK);
	ASSERT_TRUE(drive_until(&self->d, MSG_TASK_BLOCKED, &m));
	EXPECT_EQ(32, payload(&m));
	EXPECT_EQ(2, m.blocked.cpu);
	EXPECT_EQ(0, m.blocked.from_switchto);
	EXPECT_LT(0, m.blocked.runtime);
	EXPECT_LT(0, m.blocked.cpu_seqnum);
	EXPECT_EQ(m.seqnum, sw->barrier);
	EXPECT_EQ(0, sw->flags & GHOST_SW_TASK_RUNNABLE);
	EXPECT_EQ(m.blocked.runtime, sw->runtime);
}

PROVE_F(messages, yield,
	"[C5] YIELD: off the CPU, runnable, and it says that it yielded, not that it was preempted")
{
	struct message m;
	int at;

	ASSERT_TRUE(get_running(&self->st, &self->d, &m));
	subject_order(&self->st.s, YIELD);
	ASSERT_TRUE(drive_until(&self->d, MSG_TASK_YIELD, &m));
	EXPECT_EQ(40, payload(&m));
	EXPECT_EQ(2, m.yield.cpu);
	EXPECT_EQ(0, m.yield.from_switchto);
	EXPECT_EQ(0, m.yield.agent_data);
	EXPECT_LT(0, m.yield.runtime);
	EXPECT_NE(0, word_of(&self->st, &self->st.s)->flags & GHOST_SW_TASK_RUNNABLE);
	/* Nothing follows unless it is committed again. */
	at = self->d.nr;
	drive_drain(&self->d);
	EXPECT_EQ(at, self->d.nr);
}

static bool is_oncpu(void *arg)
{
	struct ghost_status_word *sw = arg;

	return __atomic_load_n(&sw->flags, __ATOMIC_ACQUIRE) & GHOST_SW_TASK_ONCPU;
}

static bool is_offcpu(void *arg)
{
	return !is_oncpu(arg);
}

static long just_run(struct agent *a, void *arg)
{
	return 0;
}

PROVE_F(messages, preempt,
	"[C5] PREEMPT of a task that runs when its CPU's agent does: was_latched is 0")
{
	struct ghost_status_word *sw;
	struct message m;

	ASSERT_TRUE(get_running(&self->st, &self->d, &m));
	sw = word_of(&self->st, &self->st.s);
	ASSERT_TRUE(drive_while_not(&self->d, "a task on its CPU", is_oncpu, sw));
	ASSERT_EQ(0, agent_do(&self->st.b, just_run, NULL));
	ASSERT_TRUE(queue_wait(&self->st.q, MSG_TASK_PREEMPT, self->st.s.gtid, &m));
	EXPECT_EQ(40, payload(&m));
	EXPECT_EQ(2, m.preempt.cpu);
	EXPECT_EQ(0, m.preempt.was_latched);
	EXPECT_EQ(0, m.preempt.from_switchto);
	EXPECT_LT(0, m.preempt.runtime);
	EXPECT_EQ(m.seqnum, sw->barrier);
	EXPECT_NE(0, sw->flags & GHOST_SW_TASK_RUNNABLE);
	EXPECT_TRUE(wait_for("a task off its CPU", is_offcpu, sw));
}

PROVE_F(messages, preempt_latched,
	"[C5] PREEMPT of a task that was latched and never ran: was_latched is 1")
{
	struct request task = {
		.cpu = 2, .gtid = self->st.s.gtid,
		.run_flags = DEFER_LATCHED_PREEMPTION_BY_AGENT,
	};
	struct request none = { .cpu = 2, .gtid = GHOST_NULL_GTID };
	struct message m;

	ASSERT_EQ(0, stage_enter(&self->st, &m));
	subject_order(&self->st.s, SPIN);
	subject_wake(&self->st.s);
	ASSERT_TRUE(queue_wait(&self->st.q, MSG_TASK_WAKEUP, self->st.s.gtid, &m));
	task.task_barrier = m.seqnum;
	/* Where the agent runs all the time nothing that is latched gets on the CPU. */
	ASSERT_TRUE(agent_spin(&self->st.b));
	EXPECT_EQ(GHOST_TXN_COMPLETE, txn_commit(&self->st.a, &task));
	EXPECT_EQ(GHOST_TXN_COMPLETE, txn_commit(&self->st.a, &none));
	EXPECT_EQ(0, agent_rest(&self->st.b));
	ASSERT_TRUE(queue_wait(&self->st.q, MSG_TASK_PREEMPT, self->st.s.gtid, &m));
	EXPECT_EQ(1, m.preempt.was_latched);
	EXPECT_EQ(2, m.preempt.cpu);
	EXPECT_EQ(task.task_barrier + 1, m.seqnum);
	EXPECT_EQ(0, self->st.s.shared->woken);
}

/* Latched where an agent runs, until a tick at most. */
static bool get_latched(struct stage *st)
{
	struct request r = {
		.cpu = 2, .gtid = st->s.gtid, .run_flags = DEFER_LATCHED_PREEMPTION_BY_AGENT,
	};
	struct message m;

	if (stage_enter(st, &m))
		return false;
	subject_order(&st->s, SPIN);
	subject_wake(&st->s);
	if (!queue_wait(&st->q, MSG_TASK_WAKEUP, st->s.gtid, &m) || !agent_spin(&st->b))
		return false;
	r.task_barrier = m.seqnum;
	return txn_commit(&st->a, &r) == GHOST_TXN_COMPLETE;
}

PROVE_F(messages, latched_affinity,
	"[C5] PREEMPT, was_latched 1, comes before the AFFINITY_CHANGED of a latched task")
{
	struct message m;

	ASSERT_TRUE(get_latched(&self->st));
	ASSERT_EQ(0, sys_pin(self->st.s.pid, 1));
	ASSERT_TRUE(queue_wait(&self->st.q, MSG_TASK_PREEMPT, self->st.s.gtid, &m));
	EXPECT_EQ(1, m.preempt.was_latched);
	EXPECT_EQ(3, m.seqnum);
	ASSERT_TRUE(queue_wait(&self->st.q, MSG_TASK_AFFINITY_CHANGED, self->st.s.gtid, &m));
	EXPECT_EQ(4, m.seqnum);
	EXPECT_EQ(0, agent_rest(&self->st.b));
	EXPECT_FALSE(queue_next(&self->st.q, &m));
}

PROVE_F(messages, latched_departed,
	"[C5] PREEMPT, was_latched 1, comes before the DEPARTED of a latched task")
{
	struct sched_param normal = {};
	struct message m;

	ASSERT_TRUE(get_latched(&self->st));
	ASSERT_EQ(0, sched_setscheduler(self->st.s.pid, SCHED_OTHER, &normal));
	ASSERT_TRUE(queue_wait(&self->st.q, MSG_TASK_PREEMPT, self->st.s.gtid, &m));
	EXPECT_EQ(1, m.preempt.was_latched);
	EXPECT_EQ(3, m.seqnum);
	ASSERT_TRUE(queue_wait(&self->st.q, MSG_TASK_DEPARTED, self->st.s.gtid, &m));
	EXPECT_EQ(4, m.seqnum);
	EXPECT_EQ(0, m.departed.was_current);
	EXPECT_EQ(0, agent_rest(&self->st.b));
	EXPECT_TRUE(subject_runs(&self->st.s));
}

PROVE_F(messages, dead, "[C5] exit is BLOCKED and then DEAD, the last of all; CANFREE before it")
{
	struct ghost_status_word *sw;
	struct ghost_sw_info info;
	struct message m;
	int dead, blocked;

	ASSERT_TRUE(get_running(&self->st, &self->d, &m));
	sw = word_of(&self->st, &self->st.s);
	subject_order(&self->st.s, EXIT);
	ASSERT_TRUE(drive_until(&self->d, MSG_TASK_DEAD, &m));
	EXPECT_EQ(variant->abi == GHOST_ABI_84 ? 8 : 16, payload(&m));
	if (variant->abi == GHOST_ABI_91) {
		EXPECT_EQ(2, m.dead.cpu);
	}
	EXPECT_NE(0, sw->flags & GHOST_SW_F_CANFREE);
	EXPECT_EQ(m.seqnum, sw->barrier);
	drive_drain(&self->d);
	dead = drive_find(&self->d, MSG_TASK_DEAD, 0);
	EXPECT_EQ(self->d.nr - 1, dead);
	blocked = drive_find(&self->d, MSG_TASK_BLOCKED, 0);
	EXPECT_EQ(dead - 1, blocked);
	/* Its end does not wait for that. */
	EXPECT_EQ(self->st.s.pid, waitpid(self->st.s.pid, NULL, 0));
	self->st.s.pid = 0;
	info = (struct ghost_sw_info) { 0, sw - enclave_sw(&self->st.e, 0) };
	EXPECT_EQ(0, enclave_ioctl(&self->st.e, GHOST_IOC_SW_FREE, &info));
	EXPECT_EQ(0, sw->flags);
}

static int leave(pid_t pid)
{
	struct sched_param normal = {};

	return sched_setscheduler(pid, SCHED_OTHER, &normal) ? -errno : 0;
}

PROVE_F(messages, departed,
	"[C5] DEPARTED of a task that sleeps: not current; CANFREE and MSG_GATED before it")
{
	struct ghost_status_word *sw;
	struct message m;

	ASSERT_EQ(0, stage_enter(&self->st, &m));
	sw = word_of(&self->st, &self->st.s);
	ASSERT_EQ(0, leave(self->st.s.pid));
	ASSERT_TRUE(queue_wait(&self->st.q, MSG_TASK_DEPARTED, self->st.s.gtid, &m));
	EXPECT_EQ(24, payload(&m));
	EXPECT_EQ(2, m.seqnum);
	EXPECT_EQ(0, m.departed.was_current);
	EXPECT_EQ(0, m.departed.from_switchto);
	EXPECT_EQ(GHOST_SW_F_CANFREE | GHOST_SW_TASK_MSG_GATED,
		  sw->flags & (GHOST_SW_F_CANFREE | GHOST_SW_TASK_MSG_GATED));
	EXPECT_EQ(2, sw->barrier);
	EXPECT_EQ(SCHED_OTHER, sys_policy(self->st.s.pid));
}

PROVE_F(messages, departed_running,
	"[C5] DEPARTED of a task that runs: was_current is 1, and it goes on running")
{
	struct ghost_status_word *sw;
	struct message m;
	int tries;

	/* It may be off the CPU for a moment when it is made to leave: another try then. */
	for (tries = 0; tries < 20; tries++) {
		subject_order(&self->st.s, BLOCK);
		ASSERT_TRUE(subject_wait_blocked(&self->st.s));
		ASSERT_TRUE(get_running(&self->st, &self->d, &m));
		sw = word_of(&self->st, &self->st.s);
		ASSERT_TRUE(drive_while_not(&self->d, "a task on its CPU", is_oncpu, sw));
		ASSERT_EQ(0, leave(self->st.s.pid));
		ASSERT_TRUE(queue_wait(&self->st.q, MSG_TASK_DEPARTED, self->st.s.gtid, &m));
		EXPECT_TRUE(subject_runs(&self->st.s));
		ASSERT_EQ(0, enclave_ioctl(&self->st.e, GHOST_IOC_SW_FREE,
					   &(struct ghost_sw_info) {
						0, sw - enclave_sw(&self->st.e, 0) }));
		if (m.departed.was_current)
			break;
	}
	EXPECT_EQ(1, m.departed.was_current);
	EXPECT_EQ(2, m.departed.cpu);
}

PROVE_F(messages, reentry,
	"a task that departed and comes back goes on counting, silent until its old word is freed")
{
	struct ghost_sw_info old;
	struct message m;

	ASSERT_EQ(0, stage_enter(&self->st, &m));
	old = m.new.sw_info;
	ASSERT_EQ(0, leave(self->st.s.pid));
	ASSERT_TRUE(queue_wait(&self->st.q, MSG_TASK_DEPARTED, self->st.s.gtid, &m));
	ASSERT_EQ(0, subject_enter(&self->st.e, &self->st.s));
	EXPECT_FALSE(queue_next(&self->st.q, &m));
	ASSERT_EQ(0, enclave_ioctl(&self->st.e, GHOST_IOC_SW_FREE, &old));
	ASSERT_TRUE(queue_wait(&self->st.q, MSG_TASK_NEW, self->st.s.gtid, &m));
	/* Counted: NEW, DEPARTED, the NEW that nobody heard, this one. */
	EXPECT_EQ(4, m.seqnum);
	EXPECT_EQ(0, m.new.runnable);
	EXPECT_NE(old.index, m.new.sw_info.index);
}

PROVE_F(messages, departed_again,
	"a task that comes and goes while it is silent leaves no status word behind")
{
	struct message m;
	__u32 available;
	int i;

	ASSERT_EQ(0, stage_enter(&self->st, &m));
	ASSERT_EQ(0, leave(self->st.s.pid));
	available = self->st.e.sw->available;
	for (i = 0; i < 10; i++) {
		ASSERT_EQ(0, subject_enter(&self->st.e, &self->st.s));
		ASSERT_EQ(0, leave(self->st.s.pid));
	}
	EXPECT_EQ(available, self->st.e.sw->available);
	ASSERT_TRUE(queue_wait(&self->st.q, MSG_TASK_DEPARTED, self->st.s.gtid, &m));
	EXPECT_FALSE(queue_next(&self->st.q, &m));
}

PROVE_F(messages, affinity, "[C5] AFFINITY_CHANGED: for each change, and only then")
{
	struct message m;

	ASSERT_EQ(0, stage_enter(&self->st, &m));
	ASSERT_EQ(0, sys_pin(self->st.s.pid, 2));
	ASSERT_TRUE(queue_wait(&self->st.q, MSG_TASK_AFFINITY_CHANGED, self->st.s.gtid, &m));
	EXPECT_EQ(8, payload(&m));
	EXPECT_EQ(2, m.seqnum);
	EXPECT_FALSE(queue_next(&self->st.q, &m));
}

PROVE_F(messages, priority,
	"[C5] PRIORITY_CHANGED: the nice value, which getpriority() has as well")
{
	struct message m;

	ASSERT_EQ(0, stage_enter(&self->st, &m));
	ASSERT_EQ(0, setpriority(PRIO_PROCESS, self->st.s.pid, -5));
	ASSERT_TRUE(queue_wait(&self->st.q, MSG_TASK_PRIORITY_CHANGED, self->st.s.gtid, &m));
	EXPECT_EQ(16, payload(&m));
	EXPECT_EQ(2, m.seqnum);
	EXPECT_EQ(-5, m.priority.nice);
	errno = 0;
	EXPECT_EQ(-5, getpriority(PRIO_PROCESS, self->st.s.pid));
	EXPECT_EQ(SCHED_GHOST, sys_policy(self->st.s.pid));
	EXPECT_FALSE(queue_next(&self->st.q, &m));
}

PROVE_F(messages, priority_attr, "[C5] PRIORITY_CHANGED: by sched_setattr() with policy 18 too")
{
	struct {
		__u32 size, policy;
		__u64 flags;
		__s32 nice;
		__u32 priority;
		__u64 runtime, deadline, period;
	} attr = { .size = 48, .policy = SCHED_GHOST, .nice = 11 };
	struct message m;

	ASSERT_EQ(0, stage_enter(&self->st, &m));
	ASSERT_EQ(0, syscall(SYS_sched_setattr, self->st.s.pid, &attr, 0));
	ASSERT_TRUE(queue_wait(&self->st.q, MSG_TASK_PRIORITY_CHANGED, self->st.s.gtid, &m));
	EXPECT_EQ(11, m.priority.nice);
	memset(&attr, 0, sizeof(attr));
	ASSERT_EQ(0, syscall(SYS_sched_getattr, self->st.s.pid, &attr, sizeof(attr), 0));
	EXPECT_EQ(SCHED_GHOST, attr.policy);
	EXPECT_EQ(11, attr.nice);
}

PROVE_F(messages, on_cpu,
	"[C5] ON_CPU: once for a commit that asks for it, after its commit, before what follows")
{
	struct ghost_txn *txn;
	struct message m;
	int on, next;

	ASSERT_EQ(0, stage_enter(&self->st, &m));
	self->d.run_flags = SEND_TASK_ON_CPU;
	subject_order(&self->st.s, SPIN);
	subject_wake(&self->st.s);
	ASSERT_TRUE(drive_until(&self->d, MSG_TASK_ON_CPU, &m));
	txn = txn_of(&self->st.e, 2);
	EXPECT_EQ(32, payload(&m));
	EXPECT_EQ(2, m.on_cpu.cpu);
	EXPECT_LE((__u64)txn->commit_time, m.on_cpu.commit_time);
	EXPECT_LT(txn->cpu_seqnum, m.on_cpu.cpu_seqnum);
	EXPECT_TRUE(drive_until_counts(&self->d, &self->st.s));
	drive_drain(&self->d);
	/* Between two of them it has left its CPU. */
	on = drive_find(&self->d, MSG_TASK_ON_CPU, 0);
	next = drive_find(&self->d, MSG_TASK_ON_CPU, on + 1);
	if (next >= 0) {
		EXPECT_EQ(MSG_TASK_PREEMPT, self->d.log[next - 1].type);
	}
}

/* The parent is driven, and the child's messages stay in the queue. */
static bool has_forked(void *arg)
{
	FIXTURE_DATA(messages) *self = arg;

	drive_once(&self->d);
	return self->st.s.shared->child;
}

PROVE_F(messages, fork,
	"[C4] TASK_NEW of a child: runnable, with its parent, before the parent's next message")
{
	struct subject child = {};
	struct message m;
	struct drive d;

	ASSERT_TRUE(get_running(&self->st, &self->d, &m));
	subject_order(&self->st.s, FORK);
	ASSERT_TRUE(wait_for("a fork", has_forked, self));
	child.pid = self->st.s.shared->child;
	child.gtid = gtid_of(child.pid);
	EXPECT_EQ(SCHED_GHOST, sys_policy(child.pid));
	drive_init(&d, &self->st, &child);
	ASSERT_TRUE(drive_until(&d, MSG_TASK_DEAD, NULL));
	EXPECT_EQ(MSG_TASK_NEW, d.log[0].type);
	EXPECT_EQ(1, d.log[0].seqnum);
	EXPECT_EQ(1, d.log[0].new.runnable);
	EXPECT_EQ((__u64)self->st.s.gtid, d.log[0].new.parent_gtid);
}

PROVE_F(messages, reset_on_fork, "a child of a task with reset-on-fork is none of the enclave's")
{
	struct sched_param p = {};
	struct message m;

	ASSERT_TRUE(get_running(&self->st, &self->d, &m));
	ASSERT_EQ(0, sched_setscheduler(self->st.s.pid, SCHED_GHOST | SCHED_RESET_ON_FORK, &p));
	subject_order(&self->st.s, FORK);
	ASSERT_TRUE(wait_for("a fork", has_forked, self));
	EXPECT_EQ(SCHED_OTHER, sys_policy(self->st.s.shared->child));
	EXPECT_EQ(SCHED_GHOST | SCHED_RESET_ON_FORK, sys_policy(self->st.s.pid));
}

/* A process that delegates itself and has a second thread then. */
static void *nothing(void *arg)
{
	return NULL;
}

static void enter_and_thread(const struct enclave *e)
{
	int fd = enclave_open_file(e, "tasks", O_WRONLY);
	pthread_t thread;

	if (write(fd, "0", 1) != 1 || pthread_create(&thread, NULL, nothing, NULL))
		_exit(1);
	pthread_join(thread, NULL);
	_exit(0);
}

/* Commits its first thread; the messages stay. */
struct threaded {
	struct drive	d;
	pid_t		pid;
	pid_t		tid;	/* of the second thread */
};

static bool has_thread(void *arg)
{
	struct threaded *t = arg;
	struct dirent *entry;
	char path[64];
	DIR *dir;

	drive_once(&t->d);
	snprintf(path, sizeof(path), "/proc/%d/task", t->pid);
	dir = opendir(path);
	if (!dir)
		return false;
	while ((entry = readdir(dir)))
		if (atoi(entry->d_name) && atoi(entry->d_name) != t->pid)
			t->tid = atoi(entry->d_name);
	closedir(dir);
	return t->tid;
}

PROVE_F(messages, thread, "[C4] TASK_NEW of a second thread: its parent is the process's parent")
{
	struct subject first = {};
	struct threaded t = {};
	struct message m;
	int status;

	t.pid = fork();
	if (!t.pid) {
		sys_unpin(0);
		enter_and_thread(&self->st.e);
	}
	first.gtid = gtid_of(t.pid);
	ASSERT_TRUE(queue_wait(&self->st.q, MSG_TASK_NEW, first.gtid, &m));
	drive_init(&t.d, &self->st, &first);
	ASSERT_TRUE(wait_for("a second thread", has_thread, &t));
	ASSERT_TRUE(queue_wait(&self->st.q, MSG_TASK_NEW, gtid_of(t.tid), &m));
	EXPECT_EQ(1, m.seqnum);
	EXPECT_EQ(1, m.new.runnable);
	EXPECT_EQ((__u64)gtid_of(getpid()), m.new.parent_gtid);

	t.d.gtid = m.gtid;
	EXPECT_TRUE(drive_until(&t.d, MSG_TASK_DEAD, NULL));
	t.d.gtid = first.gtid;
	EXPECT_TRUE(drive_until(&t.d, MSG_TASK_DEAD, NULL));
	EXPECT_EQ(t.pid, waitpid(t.pid, &status, 0));
	EXPECT_EQ(0, status);
}

PROVE_F(messages, discover, "discover tasks: one more TASK_NEW for each task, which counts")
{
	struct message m;
	char text[64];

	ASSERT_EQ(0, stage_enter(&self->st, &m));
	ASSERT_EQ(0, enclave_ctl(&self->st.e, "discover tasks"));
	ASSERT_TRUE(queue_wait(&self->st.q, MSG_TASK_NEW, self->st.s.gtid, &m));
	EXPECT_EQ(2, m.seqnum);
	EXPECT_EQ(0, m.new.runnable);
	EXPECT_FALSE(queue_next(&self->st.q, &m));
	ASSERT_LT(0, enclave_read(&self->st.e, "tasks", text, sizeof(text)));
	EXPECT_EQ(self->st.s.pid, atoi(text));
}

/* What may come right after what, of one task; see ghost-abi 6.4. */
static bool may_follow(const struct message *m, const struct message *next)
{
	switch (next->type) {
	case MSG_TASK_NEW:
		return false;
	case MSG_TASK_WAKEUP:
		return m->type == MSG_TASK_BLOCKED || (m->type == MSG_TASK_NEW && !m->new.runnable);
	case MSG_TASK_BLOCKED:
	case MSG_TASK_YIELD:
		/* From a CPU, so after having been runnable. */
		return m->type != MSG_TASK_BLOCKED;
	case MSG_TASK_PREEMPT:
		return m->type != MSG_TASK_BLOCKED;
	case MSG_TASK_DEAD:
		return m->type == MSG_TASK_BLOCKED;
	default:
		return true;
	}
}

PROVE_F(messages, order,
	"[C5] whatever a task does: each number is one more, each message may follow the last")
{
	struct message m;
	int i;

	ASSERT_EQ(0, stage_enter(&self->st, &m));
	self->d.log[self->d.nr++] = m;
	subject_order(&self->st.s, SPIN);
	subject_wake(&self->st.s);
	for (i = 0; i < 10; i++) {
		ASSERT_TRUE(drive_until_counts(&self->d, &self->st.s));
		subject_order(&self->st.s, YIELD);
		ASSERT_TRUE(drive_until(&self->d, MSG_TASK_YIELD, NULL));
		ASSERT_TRUE(drive_until_counts(&self->d, &self->st.s));
		subject_order(&self->st.s, BLOCK);
		ASSERT_TRUE(drive_until(&self->d, MSG_TASK_BLOCKED, NULL));
		subject_wake(&self->st.s);
		ASSERT_TRUE(drive_until_woken(&self->d, &self->st.s, i + 2));
	}
	subject_order(&self->st.s, EXIT);
	ASSERT_TRUE(drive_until(&self->d, MSG_TASK_DEAD, NULL));
	EXPECT_EQ(MSG_TASK_NEW, self->d.log[0].type);
	for (i = 1; i < self->d.nr; i++) {
		EXPECT_EQ(self->d.log[i - 1].seqnum + 1, self->d.log[i].seqnum);
		EXPECT_TRUE(may_follow(&self->d.log[i - 1], &self->d.log[i])) {
			TH_LOG("%d after %d", self->d.log[i].type, self->d.log[i - 1].type);
		}
	}
}

static bool has_counted_3(void *arg)
{
	struct ghost_status_word *sw = arg;

	return __atomic_load_n(&sw->barrier, __ATOMIC_ACQUIRE) == 3;
}

PROVE_F(messages, queue_closed, "a task goes on telling a queue whose descriptor is closed")
{
	struct message m;

	ASSERT_EQ(0, stage_enter(&self->st, &m));
	ASSERT_EQ(0, close(self->st.q.fd));
	self->st.q.fd = -1;
	ASSERT_EQ(0, setpriority(PRIO_PROCESS, self->st.s.pid, 3));
	ASSERT_TRUE(queue_wait(&self->st.q, MSG_TASK_PRIORITY_CHANGED, self->st.s.gtid, &m));
	EXPECT_EQ(2, m.seqnum);
}

PROVE_F(messages, no_queue, "a task without a queue counts its messages all the same")
{
	struct ghost_status_word *sw;
	struct message m;

	queue_close(&self->st.q);
	ASSERT_EQ(0, subject_enter(&self->st.e, &self->st.s));
	sw = word_of(&self->st, &self->st.s);
	ASSERT_NE(NULL, sw);
	EXPECT_EQ(1, sw->barrier);
	subject_order(&self->st.s, SPIN);
	subject_wake(&self->st.s);
	ASSERT_EQ(0, setpriority(PRIO_PROCESS, self->st.s.pid, 3));
	/* A wakeup may take place on the other CPU, later. */
	ASSERT_TRUE(wait_for("two messages that nobody gets", has_counted_3, sw));
	/* Given one, it tells from then on. */
	ASSERT_EQ(0, queue_create(&self->st.e, &self->st.q, variant->kind, 512));
	EXPECT_EQ(0, queue_assoc(&self->st.e, &self->st.q, self->st.s.gtid, 3));
	ASSERT_EQ(0, setpriority(PRIO_PROCESS, self->st.s.pid, 4));
	ASSERT_TRUE(queue_wait(&self->st.q, MSG_TASK_PRIORITY_CHANGED, self->st.s.gtid, &m));
	EXPECT_EQ(4, m.seqnum);
}

TEST_HARNESS_MAIN
