// SPDX-License-Identifier: GPL-2.0-only
/* The end of an enclave: by command, by a race, with its creator, its last agent, its watchdog. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

/* Agents are killed, so each is a process of its own. */
enum agent_mode { YIELDS, SLEEPS, SPINS, NR_MODES };

FIXTURE(destroy)
{
	struct enclave	e;
	struct queue	q;
	struct subject	s;
	pid_t		agent[4];	/* by CPU */
};

FIXTURE_SETUP(destroy)
{
	ASSERT_EQ(0, sys_pin(0, 0));
	ASSERT_EQ(0, enclave_create(&self->e, GHOST_ABI_91, "1-3"));
	ASSERT_EQ(0, enclave_write(&self->e, "runnable_timeout", "0"));
	ASSERT_EQ(0, queue_create(&self->e, &self->q, RING, 4096));
	ASSERT_EQ(0, queue_set_default(&self->e, &self->q));
	ASSERT_EQ(0, subject_start(&self->s));
	ASSERT_TRUE(subject_wait_blocked(&self->s));
}

FIXTURE_TEARDOWN(destroy)
{
	int cpu;

	EXPECT_EQ(0, enclave_end(&self->e));
	subject_end(&self->s);
	queue_close(&self->q);
	for (cpu = 0; cpu < 4; cpu++) {
		if (self->agent[cpu] <= 0)
			continue;
		kill(self->agent[cpu], SIGKILL);
		waitpid(self->agent[cpu], NULL, 0);
	}
}

static void be_agent(const struct enclave *e, int cpu, enum agent_mode mode)
{
	struct agent a = { .enclave = e, .cpu = cpu };
	char command[64];
	__u32 barrier = 0;
	int err = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(command, sizeof(command), "become agent %d -1", cpu);
	if (enclave_ctl(e, command))
		_exit(1);
	while (mode == SPINS)
		;
	while (mode == SLEEPS)
		pause();
	/* Whatever it is told of, it has nothing to do. */
	while (!err || err == -ESTALE)
		err = agent_yield(&a, err ? barrier++ : barrier, 0);
	_exit(2);
}

static pid_t attach(const struct enclave *e, int cpu, enum agent_mode mode)
{
	pid_t pid = fork();

	if (!pid)
		be_agent(e, cpu, mode);
	return enclave_wait_agent(e, cpu, pid) ? pid : -1;
}

static bool killed(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
	       WTERMSIG(status) == SIGKILL;
}

static bool is_normal(void *arg)
{
	struct subject *s = arg;

	return sys_policy(s->pid) == SCHED_OTHER;
}

static bool becomes_normal(struct subject *s)
{
	return wait_for("a task to be one of CFS", is_normal, s);
}

static bool cpus_come(void *arg)
{
	return enclave_write(arg, "cpulist", "1-3") == 0;
}

PROVE_F(destroy, all, "[C11] destroy: agents that yield, sleep and spin are killed, tasks are of CFS with their nice value, CPUs are free")
{
	struct subject blocked = {};
	struct enclave next;
	int mode;

	for (mode = YIELDS; mode < NR_MODES; mode++) {
		self->agent[mode + 1] = attach(&self->e, mode + 1, mode);
		ASSERT_LT(0, self->agent[mode + 1]);
	}
	ASSERT_EQ(0, subject_start(&blocked));
	ASSERT_TRUE(subject_wait_blocked(&blocked));
	ASSERT_EQ(0, setpriority(PRIO_PROCESS, self->s.pid, 7));
	ASSERT_EQ(0, subject_enter(&self->e, &self->s));
	ASSERT_EQ(0, subject_enter(&self->e, &blocked));
	ASSERT_EQ(0, setpriority(PRIO_PROCESS, blocked.pid, -3));
	subject_wake(&self->s);
	ASSERT_TRUE(subject_wait_ready(&self->e, &self->s));
	EXPECT_EQ(SCHED_GHOST, sys_policy(self->s.pid));

	ASSERT_EQ(0, enclave_ctl(&self->e, "destroy"));
	ASSERT_TRUE(enclave_wait_gone(&self->e));
	for (mode = YIELDS; mode < NR_MODES; mode++) {
		EXPECT_TRUE(killed(self->agent[mode + 1]));
		self->agent[mode + 1] = 0;
	}
	EXPECT_TRUE(becomes_normal(&self->s));
	EXPECT_TRUE(becomes_normal(&blocked));
	EXPECT_EQ(7, getpriority(PRIO_PROCESS, self->s.pid));
	EXPECT_EQ(-3, getpriority(PRIO_PROCESS, blocked.pid));
	EXPECT_TRUE(subject_runs(&self->s));
	subject_wake(&blocked);
	EXPECT_TRUE(subject_runs(&blocked));

	ASSERT_EQ(0, enclave_create(&next, GHOST_ABI_91, NULL));
	EXPECT_TRUE(wait_for("the CPUs of an enclave that has gone", cpus_come, &next));
	EXPECT_EQ(0, enclave_end(&next));
	subject_end(&blocked);
}

PROVE_F(destroy, running, "[C11] destroy: a task that runs at that moment goes on")
{
	struct stage *st = calloc(1, sizeof(*st));
	pid_t pid;
	int status;

	/* Its agents, and so its process, are killed. */
	pid = fork();
	if (!pid) {
		struct request r = { .cpu = 3 };
		struct message m;

		if (enclave_write(&self->e, "cpulist", "") || stage_set(st, GHOST_ABI_91, RING))
			_exit(1);
		/* The task is the test's. */
		if (subject_enter(&st->e, &self->s) ||
		    !queue_wait(&st->q, MSG_TASK_NEW, self->s.gtid, &m))
			_exit(2);
		subject_wake(&self->s);
		if (!subject_wait_ready(&st->e, &self->s))
			_exit(3);
		r.cpu = 2;
		r.gtid = self->s.gtid;
		while (!self->s.shared->woken) {
			r.task_barrier = enclave_find_sw(&st->e, r.gtid)->barrier;
			txn_commit(&st->a, &r);
		}
		enclave_ctl(&st->e, "destroy");
		pause();
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGKILL, WTERMSIG(status));
	EXPECT_LT(0, self->s.shared->woken);
	EXPECT_TRUE(becomes_normal(&self->s));
	EXPECT_TRUE(subject_runs(&self->s));
	free(st);
}

PROVE_F(destroy, twice, "[C11] destroy again: success, or ENODEV once the file has gone")
{
	int other = enclave_open_file(&self->e, "ctl", O_RDWR);

	ASSERT_LE(0, other);
	ASSERT_EQ(0, enclave_ctl(&self->e, "destroy"));
	if (write(other, "destroy", 7) < 0)
		EXPECT_EQ(ENODEV, errno);
	close(other);
}

/* --- races --- */

struct racer {
	pthread_barrier_t	*start;
	const struct enclave	*e;
	struct subject		*s;
	int			delay;	/* in rounds of a loop */
	int			err;
};

static void *race_destroy(void *arg)
{
	struct racer *r = arg;

	sys_pin(0, 1);
	pthread_barrier_wait(r->start);
	for (volatile int i = 0; i < r->delay; i++)
		;
	r->err = enclave_ctl(r->e, "destroy");
	return NULL;
}

static void *race_enter(void *arg)
{
	struct racer *r = arg;

	sys_pin(0, 2);
	pthread_barrier_wait(r->start);
	for (volatile int i = 0; i < r->delay; i++)
		;
	r->err = subject_enter(r->e, r->s);
	return NULL;
}

/* Without a region of status words, as enclave_create() makes one. */
static int create_bare(struct enclave *e, bool words)
{
	static unsigned long id = 5000;
	char path[64];
	int err;

	if (words)
		return enclave_create(e, GHOST_ABI_91, NULL);
	/* A new one each time: a name that has gone may be taken for a moment. */
	*e = (struct enclave) { .id = id, .abi = GHOST_ABI_91 };
	id++;
	snprintf(path, sizeof(path), "create %lu 91", e->id);
	err = sys_write(GHOSTFS "/ctl", path);
	if (err)
		return err;
	snprintf(path, sizeof(path), GHOSTFS "/enclave_%lu", e->id);
	e->dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	e->ctl = enclave_open_file(e, "ctl", O_RDWR);
	return e->ctl < 0 ? e->ctl : 0;
}

/* One round; the error of entering. */
static int race(struct subject *s, bool words, int offset)
{
	struct enclave e;
	pthread_barrier_t start;
	struct racer d = { &start, &e, s, offset < 0 ? -offset : 0, 0 };
	struct racer n = { &start, &e, s, offset > 0 ? offset : 0, 0 };
	pthread_t thread[2];
	int err = create_bare(&e, words);

	if (err)
		return err;
	pthread_barrier_init(&start, NULL, 2);
	pthread_create(&thread[0], NULL, race_destroy, &d);
	pthread_create(&thread[1], NULL, race_enter, &n);
	pthread_join(thread[0], NULL);
	pthread_join(thread[1], NULL);
	err = d.err ? -EIO : n.err;
	if (enclave_end(&e) || !becomes_normal(s))
		return -EIO;
	return err;
}

struct outcomes {
	int	ahead;
	int	behind;
	int	illegal;	/* the errno of one that is not to be */
};

/*
 * One of both is late by up to so many rounds of a loop, in steps. If it makes no
 * difference that is too little: the machine is slow.
 */
static struct outcomes races(struct subject *s, bool words, int ahead)
{
	int step, err, steps = sys_is_slow() ? 8 : 50;
	long longest = 20000;
	struct outcomes o = {};

	for (; (!o.ahead || !o.behind) && longest < 20000L << 10; longest *= 2) {
		for (step = -steps; step <= steps; step++) {
			err = race(s, words, longest / steps * step);
			if (err == ahead)
				o.ahead++;
			else if (err == -EXDEV || err == -ENODEV || err == -ENOENT ||
				 err == -EBADF)
				o.behind++;
			else
				o.illegal = err;
		}
	}
	return o;
}

PROVE_F(destroy, races_bare, "[C11] destroy races with entry without status words: ENOMEM ahead of it; EXDEV, ENODEV, ENOENT or EBADF behind; both occur")
{
	struct outcomes o = races(&self->s, false, -ENOMEM);

	EXPECT_EQ(0, o.illegal);
	EXPECT_LT(0, o.ahead);
	EXPECT_LT(0, o.behind);
}

PROVE_F(destroy, races, "[C11] destroy races with entry: success, or the errno of a dying enclave; the task is of CFS in the end")
{
	struct outcomes o = races(&self->s, true, 0);

	EXPECT_EQ(0, o.illegal);
	EXPECT_LT(0, o.ahead);
	EXPECT_LT(0, o.behind);
	subject_wake(&self->s);
	EXPECT_TRUE(subject_runs(&self->s));
}

/* --- other ends --- */

PROVE_F(destroy, ephemeral, "[C11] an ephemeral enclave ends with its creator, though others have its files open: its tasks are of CFS")
{
	int to[2], status;
	char path[64], c;
	pid_t pid;

	ASSERT_EQ(0, pipe(to));
	pid = fork();
	if (!pid) {
		close(to[1]);
		if (sys_write(GHOSTFS "/ctl", "create 4001 91 ephemeral"))
			_exit(1);
		if (sys_write(GHOSTFS "/enclave_4001/ctl", "create sw_region 0 0"))
			_exit(2);
		kill(getpid(), SIGSTOP);
		_exit(read(to[0], &c, 1) == 1 ? 0 : 3);
	}
	close(to[0]);
	ASSERT_EQ(pid, waitpid(pid, &status, WUNTRACED));
	ASSERT_TRUE(WIFSTOPPED(status));

	struct enclave e = { .id = 4001, .abi = GHOST_ABI_91 };

	snprintf(path, sizeof(path), GHOSTFS "/enclave_%lu", e.id);
	e.dir = open(path, O_PATH | O_DIRECTORY);
	e.ctl = enclave_open_file(&e, "ctl", O_RDWR);
	ASSERT_LE(0, e.ctl);
	ASSERT_EQ(0, enclave_write(&e, "runnable_timeout", "0"));
	ASSERT_EQ(0, subject_enter(&e, &self->s));
	EXPECT_EQ(SCHED_GHOST, sys_policy(self->s.pid));
	EXPECT_TRUE(enclave_exists(&e));

	kill(pid, SIGKILL);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(enclave_wait_gone(&e));
	EXPECT_TRUE(becomes_normal(&self->s));
	subject_wake(&self->s);
	EXPECT_TRUE(subject_runs(&self->s));
	close(to[1]);
	close(e.ctl);
	close(e.dir);
}

PROVE_F(destroy, grace, "an enclave whose last agent was killed ends after grace_period; its tasks are of CFS")
{
	ASSERT_EQ(0, enclave_write(&self->e, "grace_period", "1"));
	self->agent[1] = attach(&self->e, 1, SLEEPS);
	self->agent[2] = attach(&self->e, 2, YIELDS);
	ASSERT_LT(0, self->agent[1]);
	ASSERT_LT(0, self->agent[2]);
	ASSERT_EQ(0, subject_enter(&self->e, &self->s));
	subject_wake(&self->s);

	/* Not with the first of two. */
	kill(self->agent[1], SIGKILL);
	EXPECT_TRUE(killed(self->agent[1]));
	self->agent[1] = 0;
	usleep(200000);
	EXPECT_TRUE(enclave_exists(&self->e));
	EXPECT_EQ(SCHED_GHOST, sys_policy(self->s.pid));

	kill(self->agent[2], SIGKILL);
	EXPECT_TRUE(killed(self->agent[2]));
	self->agent[2] = 0;
	EXPECT_TRUE(enclave_wait_gone(&self->e));
	EXPECT_TRUE(becomes_normal(&self->s));
	EXPECT_TRUE(subject_runs(&self->s));
}

PROVE_F(destroy, persist, "persist: an enclave stays without agents, its tasks wait, and a new agent finds them")
{
	ASSERT_EQ(0, enclave_write(&self->e, "grace_period", "1"));
	ASSERT_EQ(0, enclave_write(&self->e, "persist", "1"));
	self->agent[1] = attach(&self->e, 1, YIELDS);
	ASSERT_LT(0, self->agent[1]);
	ASSERT_EQ(0, subject_enter(&self->e, &self->s));
	kill(self->agent[1], SIGKILL);
	EXPECT_TRUE(killed(self->agent[1]));
	/* Longer than the grace period; a kernel that ends it has ended it by then. */
	usleep(300000);
	EXPECT_TRUE(enclave_exists(&self->e));
	EXPECT_EQ(SCHED_GHOST, sys_policy(self->s.pid));
	self->agent[1] = attach(&self->e, 1, YIELDS);
	EXPECT_LT(0, self->agent[1]);
}

PROVE_F(destroy, handed_over, "an agent that attaches within grace_period keeps the enclave")
{
	pid_t second;

	ASSERT_EQ(0, enclave_write(&self->e, "grace_period", "600000"));
	self->agent[1] = attach(&self->e, 1, YIELDS);
	ASSERT_LT(0, self->agent[1]);
	ASSERT_EQ(0, subject_enter(&self->e, &self->s));
	kill(self->agent[1], SIGKILL);
	EXPECT_TRUE(killed(self->agent[1]));
	second = attach(&self->e, 2, YIELDS);
	self->agent[1] = second;
	ASSERT_LT(0, second);
	EXPECT_EQ(SCHED_GHOST, sys_policy(self->s.pid));
	EXPECT_TRUE(enclave_exists(&self->e));
}

PROVE_F(destroy, watchdog, "runnable_timeout: an enclave whose agents leave a task waiting ends, even if they spin; the task runs")
{
	int cpu;

	for (cpu = 1; cpu < 4; cpu++) {
		self->agent[cpu] = attach(&self->e, cpu, SPINS);
		ASSERT_LT(0, self->agent[cpu]);
	}
	ASSERT_EQ(0, subject_enter(&self->e, &self->s));
	ASSERT_EQ(0, enclave_write(&self->e, "runnable_timeout", "100"));
	/* A blocked one is no reason. */
	usleep(300000);
	EXPECT_TRUE(enclave_exists(&self->e));
	subject_wake(&self->s);
	EXPECT_TRUE(enclave_wait_gone(&self->e));
	EXPECT_TRUE(becomes_normal(&self->s));
	EXPECT_TRUE(subject_runs(&self->s));
}

TEST_HARNESS_MAIN
