// SPDX-License-Identifier: GPL-2.0-only
/* What an agent is told of its CPU: timers, ticks, who else wants it, its own sleep. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

FIXTURE(cpu)
{
	struct stage	st;
	int		tfd;
};

FIXTURE_VARIANT(cpu)
{
	int	abi;
};

FIXTURE_VARIANT_ADD(cpu, abi_84)
{
	.abi = GHOST_ABI_84,
};

FIXTURE_VARIANT_ADD(cpu, abi_91)
{
	.abi = GHOST_ABI_91,
};

FIXTURE_SETUP(cpu)
{
	ASSERT_EQ(0, stage_set(&self->st, variant->abi, RING));
	self->tfd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	ASSERT_LE(0, self->tfd);
}

FIXTURE_TEARDOWN(cpu)
{
	close(self->tfd);
	EXPECT_EQ(0, stage_strike(&self->st));
}

/* --- timers --- */

static int set_timer(const struct stage *st, int tfd, int cpu, int flags, __u64 cookie)
{
	struct itimerspec in = { .it_value.tv_nsec = 1000000 };
	struct ghost_ioc_timerfd_settime req = {
		.timerfd = tfd, .in_tmr = &in,
		.timerfd_ghost = { .cpu = cpu, .flags = flags, .type = 77, .cookie = cookie },
	};

	return enclave_ioctl(&st->e, GHOST_IOC_TIMERFD_SETTIME, &req);
}

static bool expires(int tfd)
{
	struct pollfd p = { .fd = tfd, .events = POLLIN };
	__u64 times;

	return poll(&p, 1, GUARD_SECONDS * 1000) == 1 && read(tfd, &times, 8) == 8;
}

PROVE_F(cpu, timer, "[C13] a timerfd that expires tells the agent of its CPU, with type and cookie, and its reader as ever")
{
	struct message m;
	__u64 cookie;

	for (cookie = 1; cookie < 4; cookie++) {
		int cpu = cookie % 2 ? 1 : 2;

		ASSERT_EQ(0, set_timer(&self->st, self->tfd, cpu, TIMERFD_GHOST_ENABLED, cookie));
		ASSERT_TRUE(queue_wait(&self->st.q, MSG_CPU_TIMER_EXPIRED, 0, &m));
		EXPECT_EQ(8 + 24, m.length);
		EXPECT_EQ(cpu, m.timer.cpu);
		EXPECT_EQ(77, m.timer.type);
		EXPECT_EQ(cookie, m.timer.cookie);
		EXPECT_TRUE(expires(self->tfd));
	}
}

/* Nothing was sent before this one. */
static __u64 next_cookie(const struct stage *st, struct queue *q)
{
	int tfd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	struct message m = {};

	if (!set_timer(st, tfd, 1, TIMERFD_GHOST_ENABLED, 99))
		queue_wait(q, MSG_CPU_TIMER_EXPIRED, 0, &m);
	close(tfd);
	return m.timer.cookie;
}

PROVE_F(cpu, plain_settime, "[C13] timerfd_settime() removes the association: the timer expires, and no agent is told")
{
	struct itimerspec in = { .it_value.tv_nsec = 1000000 };
	struct itimerspec never = { .it_value.tv_sec = 1000000 };
	struct ghost_ioc_timerfd_settime req = {
		.timerfd = self->tfd, .in_tmr = &never,
		.timerfd_ghost = { .cpu = 1, .flags = TIMERFD_GHOST_ENABLED, .cookie = 1 },
	};

	ASSERT_EQ(0, enclave_ioctl(&self->st.e, GHOST_IOC_TIMERFD_SETTIME, &req));
	ASSERT_EQ(0, timerfd_settime(self->tfd, 0, &in, NULL));
	EXPECT_TRUE(expires(self->tfd));
	EXPECT_EQ(99, next_cookie(&self->st, &self->st.q));
}

PROVE_F(cpu, not_enabled, "[C13] a setting without TIMERFD_GHOST_ENABLED removes the association, whatever else it says")
{
	struct itimerspec never = { .it_value.tv_sec = 1000000 };
	struct ghost_ioc_timerfd_settime req = {
		.timerfd = self->tfd, .in_tmr = &never,
		.timerfd_ghost = { .cpu = 1, .flags = TIMERFD_GHOST_ENABLED, .cookie = 1 },
	};

	ASSERT_EQ(0, enclave_ioctl(&self->st.e, GHOST_IOC_TIMERFD_SETTIME, &req));
	/* The CPU is not looked at. */
	ASSERT_EQ(0, set_timer(&self->st, self->tfd, 4096, 0, 2));
	EXPECT_TRUE(expires(self->tfd));
	EXPECT_EQ(99, next_cookie(&self->st, &self->st.q));
}

PROVE_F(cpu, replaced, "[C13] a new setting replaces the association: the agent is told of that one only")
{
	struct itimerspec never = { .it_value.tv_sec = 1000000 };
	struct ghost_ioc_timerfd_settime req = {
		.timerfd = self->tfd, .in_tmr = &never,
		.timerfd_ghost = { .cpu = 1, .flags = TIMERFD_GHOST_ENABLED, .cookie = 1 },
	};
	struct message m;

	ASSERT_EQ(0, enclave_ioctl(&self->st.e, GHOST_IOC_TIMERFD_SETTIME, &req));
	ASSERT_EQ(0, set_timer(&self->st, self->tfd, 2, TIMERFD_GHOST_ENABLED, 2));
	ASSERT_TRUE(queue_wait(&self->st.q, MSG_CPU_TIMER_EXPIRED, 0, &m));
	EXPECT_EQ(2, m.timer.cookie);
	EXPECT_EQ(2, m.timer.cpu);
	EXPECT_EQ(99, next_cookie(&self->st, &self->st.q));
}

PROVE_F(cpu, timer_errors, "[C13] an association is EINVAL for other flags, no such CPU, no agent, and an agent of another process")
{
	int status;
	pid_t pid;

	EXPECT_EQ(-EINVAL, set_timer(&self->st, self->tfd, 1, 2, 1));
	EXPECT_EQ(-EINVAL, set_timer(&self->st, self->tfd, -1, TIMERFD_GHOST_ENABLED, 1));
	EXPECT_EQ(-EINVAL, set_timer(&self->st, self->tfd, 4096, TIMERFD_GHOST_ENABLED, 1));
	EXPECT_EQ(-EINVAL, set_timer(&self->st, self->tfd, 3, TIMERFD_GHOST_ENABLED, 1));
	EXPECT_EQ(-EINVAL, set_timer(&self->st, self->tfd, 0, TIMERFD_GHOST_ENABLED, 1));
	EXPECT_EQ(-EBADF, set_timer(&self->st, -1, 1, TIMERFD_GHOST_ENABLED, 1));
	EXPECT_EQ(-EINVAL, set_timer(&self->st, self->st.e.ctl, 1, TIMERFD_GHOST_ENABLED, 1));

	pid = fork();
	if (!pid)
		_exit(set_timer(&self->st, self->tfd, 1, TIMERFD_GHOST_ENABLED, 1) == -EINVAL &&
		      set_timer(&self->st, self->tfd, 1, 0, 1) == 0);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(1, WEXITSTATUS(status));
}

PROVE_F(cpu, timer_wakes, "[C13] a timer wakes the agent that the queue wakes")
{
	struct message m;

	ASSERT_EQ(0, queue_set_wakeup(&self->st.e, &self->st.q, 1));
	agent_order(&self->st.a, agent_yield_now, 0);
	ASSERT_TRUE(agent_wait_yielded(&self->st.a));
	ASSERT_EQ(0, set_timer(&self->st, self->tfd, 1, TIMERFD_GHOST_ENABLED, 5));
	EXPECT_EQ(0, agent_wait(&self->st.a));
	EXPECT_TRUE(queue_wait(&self->st.q, MSG_CPU_TIMER_EXPIRED, 0, &m));
}

PROVE_F(cpu, timer_orphan, "[C13] a timer whose agent has gone expires without a message, and pins nothing")
{
	struct itimerspec in = { .it_value.tv_nsec = 200000000 };
	struct ghost_ioc_timerfd_settime req = {
		.timerfd = self->tfd, .in_tmr = &in,
		.timerfd_ghost = { .cpu = 2, .flags = TIMERFD_GHOST_ENABLED, .cookie = 1 },
	};

	ASSERT_EQ(0, enclave_ioctl(&self->st.e, GHOST_IOC_TIMERFD_SETTIME, &req));
	agent_stop(&self->st.b);
	/* On a slow machine it has expired while the agent was there. */
	ASSERT_EQ(0, timerfd_gettime(self->tfd, &in));
	EXPECT_TRUE(expires(self->tfd));
	if (in.it_value.tv_sec || in.it_value.tv_nsec)
		EXPECT_EQ(99, next_cookie(&self->st, &self->st.q));
}

/* --- ticks --- */

struct ticks {
	struct drive	*d;
	struct queue	*q;
	int		cpu;		/* wanted: of this CPU */
	int		nr;
	int		foreign;	/* of a CPU where neither task nor agent ran */
	struct message	last;
};

/* Messages are not the driver's: it goes by the status word. */
static bool ticked(void *arg)
{
	struct ticks *t = arg;
	struct message m;

	while (queue_next(t->q, &m)) {
		if (m.type != MSG_CPU_TICK)
			continue;
		if (m.tick.cpu == t->cpu) {
			t->nr++;
			t->last = m;
		} else if (m.length == 16 ? !m.tick.is_agent : m.tick.cpu == 3) {
			t->foreign++;
		}
	}
	drive_once(t->d);
	return t->nr >= 5;
}

PROVE_F(cpu, tick, "[C13] deliver_ticks: the tick that finds a task is told; 84: the CPU alone, 91: that it is not the agent")
{
	struct subject hog = {};
	struct message m;
	struct ticks t = { .q = &self->st.q, .cpu = 2 };
	struct drive d;
	int i;

	/* Beside an agent's CPU with a task of another class. */
	ASSERT_EQ(0, subject_start(&hog));
	/* It unpins itself when it begins. */
	ASSERT_TRUE(subject_wait_blocked(&hog));
	ASSERT_EQ(0, sys_pin(hog.pid, 1));
	subject_wake(&hog);
	ASSERT_TRUE(subject_runs(&hog));

	ASSERT_EQ(0, enclave_write(&self->st.e, "deliver_ticks", "1"));
	ASSERT_EQ(0, stage_enter(&self->st, &m));
	subject_wake(&self->st.s);
	drive_init(&d, &self->st, &self->st.s);
	t.d = &d;
	ASSERT_TRUE(wait_for("ticks", ticked, &t));
	EXPECT_EQ(variant->abi == GHOST_ABI_84 ? 8 + 4 : 8 + 8, t.last.length);
	if (variant->abi == GHOST_ABI_91)
		EXPECT_EQ(0, t.foreign);

	/* When they are not wanted there are none, but for one on its way. */
	ASSERT_EQ(0, enclave_write(&self->st.e, "deliver_ticks", "0"));
	ticked(&t);
	t.nr = 0;
	for (i = 0; i < 200; i++) {
		ticked(&t);
		usleep(1000);
	}
	EXPECT_GE(1, t.nr);
	EXPECT_EQ(99, next_cookie(&self->st, &self->st.q));
	subject_end(&hog);
}

struct spin {
	struct queue	*q;
	struct message	m;
};

static long spin(struct agent *a, void *arg)
{
	struct spin *s = arg;

	/* Not for ever: nobody else can run here. */
	for (long i = 0; i < 2000000000L; i++)
		if (!(i & 1023) && queue_next(s->q, &s->m) && s->m.type == MSG_CPU_TICK)
			return 1;
	return 0;
}

PROVE_F(cpu, agent_tick, "[C13] deliver_ticks: the tick that finds the agent is told too; 91: that it is the agent")
{
	struct spin s = { .q = &self->st.q };

	ASSERT_EQ(0, enclave_write(&self->st.e, "deliver_ticks", "1"));
	ASSERT_EQ(1, agent_do(&self->st.a, spin, &s));
	EXPECT_EQ(1, s.m.tick.cpu);
	if (variant->abi == GHOST_ABI_91)
		EXPECT_EQ(1, s.m.tick.is_agent);
}

/* --- availability --- */

struct avail {
	struct stage	*st;
	int		type;	/* wanted, of CPU 2 */
	int		last;
	bool		twice;	/* the same one again */
};

static bool told(void *arg)
{
	struct avail *v = arg;
	struct message m;

	while (queue_next(&v->st->q, &m)) {
		if ((m.type != MSG_CPU_AVAILABLE && m.type != MSG_CPU_BUSY) || m.cpu.cpu != 2)
			continue;
		if (m.type == v->last)
			v->twice = true;
		v->last = m.type;
	}
	return v->last == v->type;
}

static bool is_available(struct stage *st)
{
	return __atomic_load_n(&agent_sw(&st->b)->flags, __ATOMIC_ACQUIRE) & GHOST_SW_CPU_AVAIL;
}

static bool becomes_busy(void *arg)
{
	return !is_available(arg);
}

static bool becomes_available(void *arg)
{
	return is_available(arg);
}

PROVE_F(cpu, available, "[C13] deliver_cpu_availability: BUSY when another class wants the CPU, AVAILABLE when not, in turn; so does the flag")
{
	struct avail v = { .st = &self->st };
	struct subject hog = {};
	int i;

	ASSERT_EQ(0, subject_start(&hog));
	ASSERT_TRUE(subject_wait_blocked(&hog));
	ASSERT_EQ(0, sys_pin(hog.pid, 2));
	ASSERT_EQ(0, enclave_write(&self->st.e, "deliver_cpu_availability", "1"));
	for (i = 0; i < 3; i++) {
		subject_order(&hog, SPIN);
		subject_wake(&hog);
		v.type = MSG_CPU_BUSY;
		ASSERT_TRUE(wait_for("MSG_CPU_BUSY", told, &v));
		ASSERT_TRUE(subject_runs(&hog));
		EXPECT_TRUE(wait_for("a CPU to be busy", becomes_busy, &self->st));

		subject_order(&hog, BLOCK);
		v.type = MSG_CPU_AVAILABLE;
		ASSERT_TRUE(wait_for("MSG_CPU_AVAILABLE", told, &v));
		EXPECT_TRUE(wait_for("a CPU to be available", becomes_available, &self->st));
		ASSERT_TRUE(subject_wait_blocked(&hog));
	}
	EXPECT_FALSE(v.twice);
	subject_end(&hog);
}

PROVE_F(cpu, own_work, "[C13] neither the agent nor its task makes a CPU busy for other classes: the flag stays")
{
	struct message m;
	struct drive d;
	int i, seen = 0;

	ASSERT_EQ(0, stage_enter(&self->st, &m));
	subject_wake(&self->st.s);
	drive_init(&d, &self->st, &self->st.s);
	for (i = 0; i < 50; i++) {
		ASSERT_TRUE(drive_until_counts(&d, &self->st.s));
		/* Kernel threads come and go. */
		seen += is_available(&self->st) && self->st.s.shared->cpu == 2;
	}
	EXPECT_LT(0, seen);
}

/* --- not idle --- */

static bool idle_committed(void *arg)
{
	struct stage *st = arg;
	struct request r = {
		.cpu = 2, .gtid = GHOST_IDLE_GTID, .run_flags = NEED_CPU_NOT_IDLE,
		.commit_flags = ALLOW_TASK_ONCPU,
	};

	return txn_commit(&st->a, &r) == GHOST_TXN_COMPLETE;
}

static bool idle_without_flag(void *arg)
{
	struct stage *st = arg;
	struct request r = {
		.cpu = 2, .gtid = GHOST_IDLE_GTID, .commit_flags = ALLOW_TASK_ONCPU,
	};

	return txn_commit(&st->a, &r) == GHOST_TXN_COMPLETE;
}

PROVE_F(cpu, not_idle, "[C13] MSG_CPU_NOT_IDLE: once for each time it is asked for, with who runs, when another class takes an idle CPU")
{
	struct subject hog = {};
	struct message m;
	int nr = 0;

	ASSERT_EQ(0, subject_start(&hog));
	ASSERT_TRUE(subject_wait_blocked(&hog));
	ASSERT_EQ(0, sys_pin(hog.pid, 2));

	ASSERT_TRUE(wait_for("idle on a CPU", idle_without_flag, &self->st));
	subject_wake(&hog);
	ASSERT_TRUE(subject_runs(&hog));
	while (queue_next(&self->st.q, &m))
		EXPECT_NE(MSG_CPU_NOT_IDLE, m.type);
	subject_order(&hog, BLOCK);
	ASSERT_TRUE(subject_wait_blocked(&hog));

	ASSERT_TRUE(wait_for("idle on a CPU", idle_committed, &self->st));
	subject_order(&hog, SPIN);
	subject_wake(&hog);
	ASSERT_TRUE(queue_wait(&self->st.q, MSG_CPU_NOT_IDLE, 0, &m));
	EXPECT_EQ(8 + 16, m.length);
	EXPECT_EQ(2, m.not_idle.cpu);
	EXPECT_NE(0, m.not_idle.next_gtid);

	/* Off and on the CPU again. */
	ASSERT_TRUE(subject_runs(&hog));
	subject_order(&hog, BLOCK);
	ASSERT_TRUE(subject_wait_blocked(&hog));
	subject_order(&hog, SPIN);
	subject_wake(&hog);
	ASSERT_TRUE(subject_runs(&hog));
	while (queue_next(&self->st.q, &m))
		nr += m.type == MSG_CPU_NOT_IDLE;
	EXPECT_EQ(0, nr);
	subject_end(&hog);
}

/* --- the agent's own sleep --- */

static long nothing(struct agent *a, void *arg)
{
	return 0;
}

static bool sleeps(void *arg)
{
	struct agent *a = arg;
	char path[64], text[256];
	const char *state;

	snprintf(path, sizeof(path), "/proc/%d/stat", a->tid);
	if (sys_read(path, text, sizeof(text)) < 0)
		return false;
	state = strrchr(text, ')');
	return state && state[2] == 'S';
}

struct sleep_log {
	int	last;
	int	nr;
	bool	twice;
};

static void read_sleeps(struct queue *q, struct sleep_log *l)
{
	struct message m;

	while (queue_next(q, &m)) {
		if ((m.type != MSG_CPU_AGENT_BLOCKED && m.type != MSG_CPU_AGENT_WAKEUP) ||
		    m.cpu.cpu != 2)
			continue;
		if (m.type == l->last)
			l->twice = true;
		l->last = m.type;
		l->nr++;
	}
}

struct yield_log {
	struct queue		*q;
	struct sleep_log	*log;
	int			before, after;
};

/* The agent's own look: nobody but itself says anything of CPU 2 in between. */
static long yield_quietly(struct agent *a, void *arg)
{
	struct yield_log *y = arg;
	long err;

	read_sleeps(y->q, y->log);
	y->before = y->log->nr;
	err = agent_yield_now(a, NULL);
	read_sleeps(y->q, y->log);
	y->after = y->log->nr;
	return err;
}

PROVE_F(cpu, runnability, "[C13] deliver_agent_runnability: AGENT_WAKEUP and AGENT_BLOCKED in turn when the agent sleeps; a yield is no sleep")
{
	struct agent *b = &self->st.b;
	struct yield_log y = { .q = &self->st.q };
	struct sleep_log l = {};

	ASSERT_TRUE(wait_for("an agent to sleep", sleeps, b));
	ASSERT_EQ(0, enclave_write(&self->st.e, "deliver_agent_runnability", "1"));
	ASSERT_EQ(0, agent_do(b, nothing, NULL));
	ASSERT_TRUE(wait_for("an agent to sleep", sleeps, b));
	read_sleeps(&self->st.q, &l);
	EXPECT_LE(2, l.nr);
	EXPECT_EQ(MSG_CPU_AGENT_BLOCKED, l.last);

	y.log = &l;
	agent_order(b, yield_quietly, &y);
	ASSERT_TRUE(agent_wait_yielded(b));
	ASSERT_EQ(0, agent_ping(&self->st.e, 2));
	ASSERT_EQ(0, agent_wait(b));
	EXPECT_EQ(y.before, y.after);
	ASSERT_TRUE(wait_for("an agent to sleep", sleeps, b));
	read_sleeps(&self->st.q, &l);
	EXPECT_EQ(MSG_CPU_AGENT_BLOCKED, l.last);
	EXPECT_FALSE(l.twice);

	/* And nothing when it is not wanted. */
	ASSERT_EQ(0, enclave_write(&self->st.e, "deliver_agent_runnability", "0"));
	l.nr = 0;
	ASSERT_EQ(0, agent_do(b, nothing, NULL));
	ASSERT_TRUE(wait_for("an agent to sleep", sleeps, b));
	read_sleeps(&self->st.q, &l);
	EXPECT_EQ(0, l.nr);
}

TEST_HARNESS_MAIN
