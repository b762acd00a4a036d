// SPDX-License-Identifier: GPL-2.0-only
/* The watchdog: whose fault it is that a task waits, and what becomes of it. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

#define CPU		1	/* the only one of the enclave */
#define TIMEOUT		"200"
#define LONG_MS		1500	/* more than five of that */
#define HOGS		3
#define TAG		"4713"

/* --- time, as the watchdog counts it --- */

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void pass(long ms)
{
	long end = now_ms() + ms;

	while (now_ms() <= end)
		usleep(10000);
}

/* --- what there is to see --- */

static bool lives(const struct enclave *e)
{
	char text[512];

	return enclave_read(e, "status", text, sizeof(text)) > 0 && strstr(text, "dying no\n");
}

/* The enclave has gone, and taken its agent with it. */
static bool is_ended(const struct enclave *e, pid_t *agent)
{
	pid_t pid = *agent;
	int status;

	if (!enclave_wait_gone(e))
		return false;
	*agent = 0;
	return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
	       WTERMSIG(status) == SIGKILL;
}

/* For longer than the watchdog lets it, if that is on. */
static bool does_not_run(const struct subject *s)
{
	unsigned long turns = s->shared->turns;

	pass(LONG_MS);
	return s->shared->turns == turns;
}

/* --- an agent: a process of its own, as it may be killed --- */

enum conduct { SERVES, IDLES, SPINS };

static __u32 flags_of(const struct ghost_status_word *sw)
{
	return __atomic_load_n(&sw->flags, __ATOMIC_ACQUIRE);
}

static bool is_waiting(const struct ghost_status_word *sw)
{
	return (flags_of(sw) & (GHOST_SW_TASK_RUNNABLE | GHOST_SW_TASK_ONCPU)) ==
	       GHOST_SW_TASK_RUNNABLE;
}

/* Its own CPU to the task; until it is back. */
static void lend(struct agent *a, struct request *r)
{
	__u64 mask = 1ULL << r->cpu;
	struct ghost_ioc_commit_txn req = { .mask_ptr = &mask, .mask_len = sizeof(mask) };

	txn_fill(a->enclave, r);
	enclave_ioctl(a->enclave, GHOST_IOC_COMMIT_TXN, &req);
}

/* The status word of the only task, once it has come. */
static struct ghost_status_word *meet(struct agent *a, struct queue *q, struct request *r)
{
	static struct ghost_status_word *sw;
	struct message m;

	while (queue_next(q, &m)) {
		if (m.type != MSG_TASK_NEW)
			continue;
		sw = enclave_sw(a->enclave, m.new.sw_info.index);
		r->gtid = m.gtid;
	}
	return sw;
}

/* As it should be: the task has the CPU whenever others have left it. */
static void serve(struct agent *a, struct queue *q)
{
	struct request r = { .cpu = a->cpu, .commit_flags = COMMIT_AT_TXN_COMMIT };
	struct ghost_status_word *own = agent_sw(a), *sw;
	bool waits;

	for (;;) {
		r.agent_barrier = __atomic_load_n(&own->barrier, __ATOMIC_ACQUIRE);
		sw = meet(a, q, &r);
		waits = sw && is_waiting(sw);
		if (waits && !(flags_of(own) & GHOST_SW_BOOST_PRIO)) {
			r.task_barrier = __atomic_load_n(&sw->barrier, __ATOMIC_ACQUIRE);
			lend(a, &r);
		} else {
			agent_yield(a, r.agent_barrier, waits ? RTLA_ON_IDLE : 0);
		}
	}
}

static void be_agent(const struct enclave *of, enum conduct conduct)
{
	struct enclave e;
	struct agent a = { .enclave = &e, .cpu = CPU };
	struct queue q;
	char command[64];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (enclave_attach(&e, of) || queue_create(&e, &q, RING, 4096) ||
	    queue_set_default(&e, &q) || queue_set_wakeup(&e, &q, CPU))
		_exit(1);
	snprintf(command, sizeof(command), "become agent %d %d", CPU, q.fd);
	if (enclave_ctl(&e, command))
		_exit(2);
	if (conduct == SERVES)
		serve(&a, &q);
	while (conduct == SPINS)
		;
	/* Whatever it is told, it has nothing to do. */
	for (;;)
		agent_yield_now(&a, NULL);
}

static pid_t attach(const struct enclave *e, enum conduct conduct)
{
	pid_t pid = fork();

	if (!pid)
		be_agent(e, conduct);
	return enclave_wait_agent(e, CPU, pid) ? pid : -1;
}

/* --- one CPU, one task, an agent as the test wants it --- */

FIXTURE(watchdog)
{
	struct enclave	e;
	struct subject	s;
	struct herd	hogs;
	pid_t		agent;
};

FIXTURE_SETUP(watchdog)
{
	ASSERT_EQ(0, sys_pin(0, 0));
	ASSERT_EQ(0, enclave_create(&self->e, GHOST_ABI_91, "1"));
	ASSERT_EQ(0, enclave_write(&self->e, "runnable_timeout", TIMEOUT));
	ASSERT_EQ(0, subject_start(&self->s));
	ASSERT_TRUE(subject_wait_blocked(&self->s));
	ASSERT_EQ(0, sys_pin(self->s.pid, CPU));
}

FIXTURE_TEARDOWN(watchdog)
{
	EXPECT_EQ(0, enclave_end(&self->e));
	subject_end(&self->s);
	herd_end(&self->hogs);
	if (self->agent > 0) {
		kill(self->agent, SIGKILL);
		waitpid(self->agent, NULL, 0);
	}
}

static void spin(int number, unsigned short *seed)
{
	volatile int i;

	for (i = 0; i < 10000; i++)
		;
}

/* Tasks of CFS that want the CPU all the time. */
static bool take_cpu(struct herd *hogs)
{
	int i;

	if (herd_start(hogs, HOGS, spin))
		return false;
	for (i = 0; i < HOGS; i++)
		if (sys_pin(hogs->pids[i], CPU))
			return false;
	return herd_progresses(hogs);
}

/* The task is delegated, and can run from now on. */
static int delegate(const struct enclave *e, struct subject *s)
{
	int err = subject_enter(e, s);

	if (!err)
		subject_wake(s);
	return err;
}

PROVE_F(watchdog, cfs_hogs_are_no_fault,
	"a task that waits since CFS keeps the CPU ends no enclave, and runs when CFS has left")
{
	ASSERT_TRUE(take_cpu(&self->hogs));
	self->agent = attach(&self->e, SERVES);
	ASSERT_LT(0, self->agent);
	ASSERT_EQ(0, delegate(&self->e, &self->s));
	ASSERT_TRUE(subject_wait_ready(&self->e, &self->s));

	EXPECT_TRUE(does_not_run(&self->s));
	EXPECT_TRUE(herd_progresses(&self->hogs));
	EXPECT_TRUE(lives(&self->e));
	EXPECT_EQ(SCHED_GHOST, sys_policy(self->s.pid));

	herd_end(&self->hogs);
	EXPECT_TRUE(subject_runs(&self->s));
	EXPECT_TRUE(lives(&self->e));
	EXPECT_EQ(SCHED_GHOST, sys_policy(self->s.pid));
}

PROVE_F(watchdog, idle_agent_is_at_fault,
	"an agent that leaves a task waiting beside an idle CPU ends its enclave; the task runs")
{
	self->agent = attach(&self->e, IDLES);
	ASSERT_LT(0, self->agent);
	/* Nobody waits: that is no fault. */
	pass(LONG_MS);
	EXPECT_TRUE(lives(&self->e));

	ASSERT_EQ(0, delegate(&self->e, &self->s));
	ASSERT_TRUE(is_ended(&self->e, &self->agent));
	EXPECT_TRUE(sys_becomes(self->s.pid, SCHED_OTHER));
	EXPECT_TRUE(subject_runs(&self->s));
}

struct fuss {
	const struct enclave	*e;
	pid_t			pid;
	int			nr;
};

static bool gone_meanwhile(void *arg)
{
	struct fuss *f = arg;

	f->nr++;
	setpriority(PRIO_PROCESS, f->pid, f->nr % 20);
	sys_pin_mask(f->pid, f->nr % 2 ? 1 << CPU : 1 << CPU | 1);
	return !lives(f->e);
}

PROVE_F(watchdog, a_change_is_no_turn,
	"a task that is reniced and moved about while it waits has waited nevertheless")
{
	struct fuss f = { &self->e, self->s.pid, 0 };

	self->agent = attach(&self->e, IDLES);
	ASSERT_LT(0, self->agent);
	ASSERT_EQ(0, delegate(&self->e, &self->s));
	ASSERT_TRUE(wait_for("the watchdog", gone_meanwhile, &f));
	ASSERT_TRUE(is_ended(&self->e, &self->agent));
	EXPECT_TRUE(subject_runs(&self->s));
}

PROVE_F(watchdog, spinning_agent_is_at_fault_beside_hogs,
	"an agent that spins where CFS wants the CPU ends its enclave; all others run")
{
	ASSERT_TRUE(take_cpu(&self->hogs));
	self->agent = attach(&self->e, SPINS);
	ASSERT_LT(0, self->agent);
	ASSERT_EQ(0, delegate(&self->e, &self->s));
	ASSERT_TRUE(is_ended(&self->e, &self->agent));
	EXPECT_TRUE(sys_becomes(self->s.pid, SCHED_OTHER));
	EXPECT_TRUE(subject_runs(&self->s));
	EXPECT_TRUE(herd_progresses(&self->hogs));
}

PROVE_F(watchdog, timeout_0_is_off,
	"runnable_timeout 0: a task waits for as long as it takes; with another the enclave ends")
{
	ASSERT_EQ(0, enclave_write(&self->e, "runnable_timeout", "0"));
	self->agent = attach(&self->e, IDLES);
	ASSERT_LT(0, self->agent);
	ASSERT_EQ(0, delegate(&self->e, &self->s));
	ASSERT_TRUE(subject_wait_ready(&self->e, &self->s));

	EXPECT_TRUE(does_not_run(&self->s));
	EXPECT_TRUE(lives(&self->e));
	EXPECT_EQ(SCHED_GHOST, sys_policy(self->s.pid));

	ASSERT_EQ(0, enclave_write(&self->e, "runnable_timeout", TIMEOUT));
	EXPECT_TRUE(enclave_wait_gone(&self->e));
	EXPECT_TRUE(sys_becomes(self->s.pid, SCHED_OTHER));
	EXPECT_TRUE(subject_runs(&self->s));
}

/* --- two tasks and a policy that runs them on CPUs 2 and 3; one goes astray --- */

/* A slow policy may be late, and is not to be at fault for that. */
#define PATIENT		"2000"
#define PATIENT_MS	2000

FIXTURE(stray)
{
	struct enclave	e;
	struct policy	p;
	struct subject	s;
	struct subject	other;
};

FIXTURE_SETUP(stray)
{
	ASSERT_EQ(0, sys_pin(0, 0));
	ASSERT_EQ(0, enclave_create(&self->e, GHOST_ABI_91, "1-3"));
	ASSERT_EQ(0, enclave_write(&self->e, "runnable_timeout", PATIENT));
	ASSERT_EQ(0, policy_start(&self->p, &self->e, RING));
	ASSERT_TRUE(policy_wait_ready(&self->p));
	ASSERT_EQ(0, subject_start(&self->s));
	ASSERT_EQ(0, subject_start(&self->other));
	ASSERT_TRUE(subject_wait_blocked(&self->s));
	ASSERT_TRUE(subject_wait_blocked(&self->other));
}

FIXTURE_TEARDOWN(stray)
{
	EXPECT_EQ(0, self->p.shared->bad) {
		TH_LOG("state %d", self->p.shared->bad_state);
	}
	EXPECT_EQ(0, policy_stop(&self->p));
	EXPECT_EQ(0, enclave_end(&self->e));
	subject_end(&self->s);
	subject_end(&self->other);
}

/* Both are delegated, and run. */
static bool both_run(struct subject *s, struct subject *other)
{
	subject_wake(s);
	subject_wake(other);
	return sys_becomes(s->pid, SCHED_GHOST) && sys_becomes(other->pid, SCHED_GHOST) &&
	       subject_runs(s) && subject_runs(other);
}

/* Where no agent can run it: it is back in CFS, and runs there. */
static bool goes_astray(struct subject *s)
{
	return !sys_pin(s->pid, 0) && sys_becomes(s->pid, SCHED_OTHER) && subject_runs(s);
}

static bool goes_on(const struct enclave *e, struct subject *other)
{
	return lives(e) && sys_policy(other->pid) == SCHED_GHOST && subject_runs(other);
}

PROVE_F(stray, stray_goes_back,
	"a task that may run on no CPU of its enclave goes back to CFS, for good; the others stay")
{
	ASSERT_EQ(0, subject_enter(&self->e, &self->s));
	ASSERT_EQ(0, subject_enter(&self->e, &self->other));
	ASSERT_TRUE(both_run(&self->s, &self->other));

	ASSERT_TRUE(goes_astray(&self->s));
	EXPECT_TRUE(goes_on(&self->e, &self->other));
	/* Nobody's tag wants it back. */
	ASSERT_EQ(0, sys_pin(self->s.pid, 2));
	pass(PATIENT_MS);
	EXPECT_EQ(SCHED_OTHER, sys_policy(self->s.pid));
	EXPECT_TRUE(subject_runs(&self->s));
	EXPECT_TRUE(goes_on(&self->e, &self->other));
}

PROVE_F(stray, stray_by_tag_returns,
	"one that its tag has delegated goes back to CFS, and is delegated again when it may run")
{
	ASSERT_EQ(0, enclave_write(&self->e, "tag", TAG));
	ASSERT_EQ(0, sys_set_tag(self->s.pid, TAG));
	ASSERT_EQ(0, sys_set_tag(self->other.pid, TAG));
	ASSERT_TRUE(both_run(&self->s, &self->other));

	ASSERT_TRUE(goes_astray(&self->s));
	EXPECT_TRUE(goes_on(&self->e, &self->other));
	/* Its tag does not bring it where it may not run. */
	pass(PATIENT_MS);
	EXPECT_EQ(SCHED_OTHER, sys_policy(self->s.pid));

	ASSERT_EQ(0, sys_pin(self->s.pid, 2));
	EXPECT_TRUE(sys_becomes(self->s.pid, SCHED_GHOST));
	EXPECT_TRUE(subject_runs(&self->s));
	EXPECT_EQ(SCHED_GHOST, sys_policy(self->s.pid));
	EXPECT_TRUE(goes_on(&self->e, &self->other));
}

TEST_HARNESS_MAIN
