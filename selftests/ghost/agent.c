// SPDX-License-Identifier: GPL-2.0-only
/* Agents: how a thread becomes one, what it is then, how it gives up its CPU, is woken and dies. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

FIXTURE(agent)
{
	struct stage	st;
};

FIXTURE_SETUP(agent)
{
	ASSERT_EQ(0, stage_set(&self->st, GHOST_ABI_91, RING));
}

FIXTURE_TEARDOWN(agent)
{
	EXPECT_EQ(0, stage_strike(&self->st));
}

static unsigned long affinity(pid_t tid)
{
	unsigned long mask = 0;
	cpu_set_t set;
	int cpu;

	if (sched_getaffinity(tid, sizeof(set), &set))
		return 0;
	for (cpu = 0; cpu < 64; cpu++)
		mask |= CPU_ISSET(cpu, &set) ? 1UL << cpu : 0;
	return mask;
}

PROVE_F(agent, become,
	"[C3] become agent gives policy 0x40000012, affinity {cpu}, a status word with IS_AGENT")
{
	struct agent *a = &self->st.a;
	struct ghost_status_word *sw = agent_sw(a);

	EXPECT_EQ(0x40000012, sys_policy(a->tid));
	EXPECT_EQ(1UL << 1, affinity(a->tid));
	ASSERT_NE(NULL, sw);
	EXPECT_EQ((__u64)gtid_of(a->tid), sw->gtid);
	EXPECT_EQ(GHOST_SW_F_INUSE | GHOST_SW_F_ALLOCATED | GHOST_SW_TASK_IS_AGENT,
		  sw->flags & (GHOST_SW_F_INUSE | GHOST_SW_F_ALLOCATED | GHOST_SW_TASK_IS_AGENT |
			       GHOST_SW_F_CANFREE | GHOST_SW_TASK_MSG_GATED));
}

/* What the thread finds when the write has returned. */
static long look_at_self(struct agent *a, void *arg)
{
	struct ghost_status_word *sw = arg;

	*sw = *agent_sw(a);
	return sched_getcpu();
}

PROVE_F(agent, oncpu, "[C3] an agent that runs is RUNNABLE and ONCPU, on its own CPU")
{
	struct ghost_status_word sw;

	EXPECT_EQ(1, agent_do(&self->st.a, look_at_self, &sw));
	EXPECT_NE(0, sw.flags & GHOST_SW_TASK_RUNNABLE);
	EXPECT_NE(0, sw.flags & GHOST_SW_TASK_ONCPU);
	EXPECT_NE(0, sw.switch_time);
}

PROVE_F(agent, silent, "becoming an agent produces no message")
{
	struct message m;

	EXPECT_FALSE(queue_next(&self->st.q, &m));
}

/* A thread that does not become an agent, and what is left of its affinity. */
struct refused {
	const struct enclave	*e;
	const char		*command;
	bool			unprivileged;
	int			err;
	unsigned long		mask;
};

static void *be_refused(void *arg)
{
	struct refused *r = arg;

	sys_pin(0, 0);
	r->err = r->unprivileged ? sys_drop_cap(CAP_SYS_NICE) : 0;
	if (!r->err)
		r->err = enclave_ctl(r->e, r->command);
	r->mask = affinity(0);
	return NULL;
}

static struct refused refuse(const struct enclave *e, const char *command, bool unprivileged)
{
	struct refused r = { e, command, unprivileged, 0, 0 };
	pthread_t thread;

	pthread_create(&thread, NULL, be_refused, &r);
	pthread_join(thread, NULL);
	return r;
}

PROVE_F(agent, refused,
	"[C3] become agent: EBADF, EINVAL, EPERM, ENODEV, in the ABI's order; affinity comes back")
{
	const struct enclave *e = &self->st.e;
	unsigned long all = (1UL << sys_nr_cpus()) - 1;
	struct refused r;

	EXPECT_EQ(-EBADF, refuse(e, "become agent 4096 -2", false).err);
	EXPECT_EQ(-EINVAL, refuse(e, "become agent 4096 -1", false).err);
	EXPECT_EQ(-EINVAL, refuse(e, "become agent -1 -1", false).err);

	r = refuse(e, "become agent 3 -1", true);
	EXPECT_EQ(-EPERM, r.err);
	EXPECT_EQ(all, r.mask);
	r = refuse(e, "become agent 3 0", false);
	EXPECT_EQ(-EBADF, r.err);
	EXPECT_EQ(all, r.mask);
	r = refuse(e, "become agent 0 -1", false);
	EXPECT_EQ(-ENODEV, r.err);
	EXPECT_EQ(all, r.mask);
}

PROVE_F(agent, busy,
	"[C3] become agent: EBUSY if taken; the affinity comes back, except during a hand-over")
{
	unsigned long all = (1UL << sys_nr_cpus()) - 1;
	struct refused r;
	int online;

	r = refuse(&self->st.e, "become agent 1 -1", false);
	EXPECT_EQ(-EBUSY, r.err);
	EXPECT_EQ(1UL << 1, r.mask);

	online = enclave_open_file(&self->st.e, "agent_online", O_RDWR);
	ASSERT_LE(0, online);
	r = refuse(&self->st.e, "become agent 1 -1", false);
	EXPECT_EQ(-EBUSY, r.err);
	EXPECT_EQ(all, r.mask);
	close(online);
}

PROVE_F(agent, no_queue, "[C3] become agent: ENXIO without any queue")
{
	struct enclave other;
	struct refused r;

	ASSERT_EQ(0, enclave_create(&other, GHOST_ABI_91, "0"));
	r = refuse(&other, "become agent 0 -1", false);
	EXPECT_EQ(-ENXIO, r.err);
	EXPECT_EQ((1UL << sys_nr_cpus()) - 1, r.mask);
	EXPECT_EQ(0, enclave_end(&other));
}

/* A task that wants to be an agent as well, and what it is told. */
struct climber {
	int	err[2];
};

static void climb(const struct enclave *e, const struct enclave *other,
		  volatile struct climber *to)
{
	if (enclave_write(e, "tasks", "0"))
		_exit(1);
	to->err[0] = enclave_ctl(e, "become agent 2 -1");
	to->err[1] = enclave_ctl(other, "become agent 2 -1");
	_exit(0);
}

PROVE_F(agent, is_task,
	"[C3] become agent: EALREADY for a task of the enclave, EPERM for one of another")
{
	volatile struct climber *to = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
					   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct subject s = {};
	struct enclave other;
	struct drive d;
	int status;

	ASSERT_EQ(0, enclave_create(&other, GHOST_ABI_91, NULL));
	s.pid = fork();
	if (!s.pid) {
		sys_unpin(0);
		climb(&self->st.e, &other, to);
	}
	s.gtid = gtid_of(s.pid);
	drive_init(&d, &self->st, &s);
	ASSERT_TRUE(drive_until(&d, MSG_TASK_DEAD, NULL));
	EXPECT_EQ(s.pid, waitpid(s.pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(-EALREADY, to->err[0]);
	EXPECT_EQ(-EPERM, to->err[1]);
	EXPECT_EQ(0, enclave_end(&other));
}

PROVE_F(agent, foreign_queue, "become agent: a queue of another enclave is EBADF")
{
	struct enclave other;
	char command[64];
	struct queue q;

	ASSERT_EQ(0, enclave_create(&other, GHOST_ABI_91, NULL));
	ASSERT_EQ(0, queue_create(&other, &q, RING, 64));
	snprintf(command, sizeof(command), "become agent 3 %d", q.fd);
	EXPECT_EQ(-EBADF, refuse(&self->st.e, command, false).err);
	queue_close(&q);
	EXPECT_EQ(0, enclave_end(&other));
}

PROVE_F(agent, no_words, "become agent: ENOMEM without status words")
{
	struct enclave e = { .abi = GHOST_ABI_91 };
	char path[64];
	struct queue q;

	ASSERT_EQ(0, sys_write(GHOSTFS "/ctl", "create 4712 91"));
	e.id = 4712;
	snprintf(path, sizeof(path), GHOSTFS "/enclave_%lu", e.id);
	e.dir = open(path, O_PATH | O_DIRECTORY);
	e.ctl = enclave_open_file(&e, "ctl", O_RDWR);
	ASSERT_LE(0, e.ctl);
	EXPECT_EQ(0, enclave_write(&e, "cpulist", "0"));
	ASSERT_EQ(0, queue_create(&e, &q, RING, 64));
	EXPECT_EQ(0, queue_set_default(&e, &q));
	EXPECT_EQ(-ENOMEM, refuse(&e, "become agent 0 -1", false).err);
	queue_close(&q);
	EXPECT_EQ(0, enclave_end(&e));
}

static long become_again(struct agent *a, void *arg)
{
	return enclave_ctl(arg, "become agent 3 -1");
}

static long leave(struct agent *a, void *arg)
{
	struct sched_param p = {};

	return sched_setscheduler(0, SCHED_OTHER, &p) ? -errno : 0;
}

static long clear_reset(struct agent *a, void *arg)
{
	struct sched_param p = {};

	return sched_setscheduler(0, SCHED_GHOST, &p) ? -errno : 0;
}

PROVE_F(agent, restrictions,
	"an agent's affinity is EINVAL, its leaving and its reset-on-fork EPERM to change")
{
	struct sched_param p = {};
	pid_t tid = self->st.a.tid;

	EXPECT_EQ(-EINVAL, sys_pin(tid, 2));
	EXPECT_EQ(-EINVAL, sys_unpin(tid));
	EXPECT_EQ(-EPERM, agent_do(&self->st.a, leave, NULL));
	EXPECT_EQ(-EPERM, agent_do(&self->st.a, clear_reset, NULL));
	EXPECT_EQ(-1, sched_setscheduler(tid, SCHED_OTHER, &p));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, sched_setscheduler(tid, SCHED_FIFO, &(struct sched_param) { 1 }));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(0, sched_setscheduler(tid, SCHED_GHOST | SCHED_RESET_ON_FORK, &p));
	/* It is pinned to begin with, so that is what a second attempt runs into. */
	EXPECT_EQ(-EINVAL, agent_do(&self->st.a, become_again, &self->st.e));
	EXPECT_EQ(0x40000012, sys_policy(tid));
	EXPECT_EQ(1UL << 1, affinity(tid));
}

PROVE_F(agent, never_a_task, "an agent cannot be delegated")
{
	struct enclave other;
	char text[32];

	ASSERT_EQ(0, enclave_create(&other, GHOST_ABI_91, NULL));
	snprintf(text, sizeof(text), "%d", self->st.a.tid);
	EXPECT_EQ(-EPERM, enclave_write(&other, "tasks", text));
	/* In its own enclave it is already. */
	EXPECT_EQ(0, enclave_write(&self->st.e, "tasks", text));
	EXPECT_EQ(0x40000012, sys_policy(self->st.a.tid));
	ASSERT_LE(0, enclave_read(&self->st.e, "tasks", text, sizeof(text)));
	EXPECT_STREQ("", text);
	EXPECT_EQ(0, enclave_end(&other));
}

static long fork_once(struct agent *a, void *arg)
{
	int *policy = arg, status;
	pid_t pid = fork();

	if (!pid) {
		pause();
		_exit(0);
	}
	if (pid < 0)
		return -errno;
	*policy = sys_policy(pid);
	kill(pid, SIGKILL);
	return waitpid(pid, &status, 0) == pid ? 0 : -errno;
}

PROVE_F(agent, children, "children of an agent do not inherit its policy")
{
	int policy = -1;

	ASSERT_EQ(0, agent_do(&self->st.a, fork_once, &policy));
	EXPECT_EQ(SCHED_OTHER, policy);
}

static long open_files(struct agent *a, void *arg)
{
	int *errs = arg, fd;

	errs[0] = enclave_open_file(a->enclave, "status", O_RDONLY);
	fd = enclave_open_file(a->enclave, "agent_online", O_RDWR);
	errs[1] = fd < 0 ? fd : close(fd);
	return 0;
}

PROVE_F(agent, deadlock,
	"an agent that opens a file is told EDEADLK, unless it lives dangerously; not agent_online")
{
	int errs[2];

	ASSERT_EQ(0, agent_do(&self->st.a, open_files, errs));
	EXPECT_EQ(-EDEADLK, errs[0]);
	EXPECT_EQ(0, errs[1]);
	ASSERT_EQ(0, enclave_write(&self->st.e, "live_dangerously", "1"));
	ASSERT_EQ(0, agent_do(&self->st.a, open_files, errs));
	EXPECT_LE(0, errs[0]);
	close(errs[0]);
}

PROVE_F(agent, pinged, "[C8] a ping returns an agent from its yield, and counts two")
{
	__u32 barrier;
	long ret = -1;

	agent_order(&self->st.a, agent_yield_now, 0);
	ASSERT_TRUE(agent_wait_yielded(&self->st.a));
	EXPECT_FALSE(agent_done(&self->st.a, NULL));
	barrier = agent_barrier(&self->st.a);
	EXPECT_EQ(0, agent_ping(&self->st.e, 1));
	EXPECT_EQ(0, agent_wait(&self->st.a));
	EXPECT_TRUE(agent_done(&self->st.a, &ret));
	EXPECT_EQ(0, ret);
	EXPECT_EQ(barrier + 2, agent_barrier(&self->st.a));
}

static long ping_and_yield(struct agent *a, void *arg)
{
	__u32 barrier = agent_barrier(a);
	int *second = arg, err;

	agent_ping(a->enclave, a->cpu);
	err = agent_yield(a, barrier, 0);
	/* The failure has published what there is to know. */
	*second = agent_barrier(a) - barrier;
	return err;
}

PROVE_F(agent, stale,
	"[C7] a yield with a barrier that is out of date is ESTALE, and publishes the right one")
{
	int counted = 0;

	EXPECT_EQ(-ESTALE, agent_do(&self->st.a, ping_and_yield, &counted));
	EXPECT_EQ(2, counted);
}

/* A process with an agent of CPU 3 that has given it up. Mappings are not inherited. */
static void be_agent(const struct enclave *e)
{
	struct agent a = { .enclave = e, .cpu = 3 };
	__u32 barrier = 0;

	if (enclave_ctl(e, "become agent 3 -1"))
		_exit(1);
	while (agent_yield(&a, barrier, 0) == -ESTALE)
		barrier++;
	_exit(2);
}

static bool can_free(void *arg)
{
	struct ghost_status_word *sw = arg;

	return __atomic_load_n(&sw->flags, __ATOMIC_ACQUIRE) & GHOST_SW_F_CANFREE;
}

PROVE_F(agent, sigkill,
	"[C8] SIGKILL kills an agent that has given up its CPU; its status word can be freed then")
{
	struct ghost_ioc_sw_get_info req = { .request = { .type = GHOST_AGENT, .arg = 3 } };
	struct agent c = { .enclave = &self->st.e, .cpu = 3 };
	struct ghost_status_word *sw;
	int status;
	pid_t pid = fork();

	if (!pid)
		be_agent(&self->st.e);
	ASSERT_TRUE(agent_wait_yielded(&c));
	ASSERT_EQ(0, enclave_ioctl(&self->st.e, GHOST_IOC_SW_GET_INFO, &req));
	sw = enclave_sw(&self->st.e, req.response.index);
	EXPECT_EQ(-EINVAL, enclave_ioctl(&self->st.e, GHOST_IOC_SW_FREE, &req.response));

	kill(pid, SIGKILL);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	ASSERT_TRUE(wait_for("an agent's last switch", can_free, sw));
	EXPECT_EQ(0, sw->flags & (GHOST_SW_TASK_ONCPU | GHOST_SW_TASK_RUNNABLE));
	EXPECT_EQ(0, enclave_ioctl(&self->st.e, GHOST_IOC_SW_FREE, &req.response));
	EXPECT_EQ(-EINVAL, enclave_ioctl(&self->st.e, GHOST_IOC_SW_GET_INFO, &req));
}

PROVE_F(agent, killed_task,
	"[C8] a task that runs on the CPU of an agent that is killed is told, and waits")
{
	struct request r = { .cpu = 3, .gtid = self->st.s.gtid };
	struct agent c = { .enclave = &self->st.e, .cpu = 3 };
	struct subject *s = &self->st.s;
	struct ghost_status_word *sw;
	struct message m;
	struct drive d;
	int status;
	pid_t pid = fork();

	if (!pid)
		be_agent(&self->st.e);
	ASSERT_TRUE(agent_wait_yielded(&c));
	ASSERT_EQ(0, stage_enter(&self->st, &m));
	subject_order(s, SPIN);
	subject_wake(s);
	drive_init(&d, &self->st, s);
	d.cpu = 3;
	ASSERT_TRUE(drive_until_counts(&d, s));
	EXPECT_EQ(3, s->shared->cpu);

	sw = agent_sw(&c);
	ASSERT_NE(NULL, sw);
	kill(pid, SIGKILL);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	/* Until then commits find an agent. */
	ASSERT_TRUE(wait_for("an agent's last switch", can_free, sw));
	ASSERT_TRUE(subject_wait_ready(&self->st.e, s));
	do {
		ASSERT_TRUE(queue_wait(&self->st.q, MSG_TASK_PREEMPT, s->gtid, &m));
	} while (m.seqnum != enclave_find_sw(&self->st.e, s->gtid)->barrier);
	r.task_barrier = m.seqnum;
	EXPECT_EQ(GHOST_TXN_NO_AGENT, txn_commit(&self->st.a, &r));
	d.cpu = 2;
	EXPECT_TRUE(drive_until_counts(&d, s));
	EXPECT_EQ(2, s->shared->cpu);
}

static void nothing(int sig)
{
}

PROVE_F(agent, signal, "[C8] any signal returns an agent from its yield, with 0")
{
	struct sigaction action = { .sa_handler = nothing };

	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	agent_order(&self->st.a, agent_yield_now, 0);
	ASSERT_TRUE(agent_wait_yielded(&self->st.a));
	ASSERT_EQ(0, syscall(SYS_tgkill, getpid(), self->st.a.tid, SIGUSR1));
	EXPECT_EQ(0, agent_wait(&self->st.a));
}

PROVE_F(agent, gone,
	"[C8] an agent that exits leaves its CPU without agent: commits there say NO_AGENT")
{
	struct request r = { .cpu = 2, .gtid = GHOST_NULL_GTID };

	EXPECT_EQ(GHOST_TXN_COMPLETE, txn_commit(&self->st.a, &r));
	agent_stop(&self->st.b);
	EXPECT_EQ(GHOST_TXN_NO_AGENT, txn_commit(&self->st.a, &r));
	/* Another can take its place. */
	ASSERT_EQ(0, agent_start(&self->st.b, &self->st.e, 2, NULL));
	EXPECT_EQ(GHOST_TXN_COMPLETE, txn_commit(&self->st.a, &r));
}

TEST_HARNESS_MAIN
