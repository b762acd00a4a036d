// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many tasks that do everything a task can do, at random, under an agent that is
 * valid: its picture is the kernel's whenever nothing happens, and nothing is left
 * behind in the end.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

#define TAG		"815"
#define SECONDS		60	/* how long they do so, in all */
#define QUIET_POINTS	4

static const char * const groups[] = { "ghost-race-0", "ghost-race-1", "ghost-race-2" };
/* Where the policy has CPUs to give. */
static const unsigned long masks[] = { 1 << 2, 1 << 3, 1 << 2 | 1 << 3, 0xf };
static struct enclave enclave;

FIXTURE(race)
{
	struct policy	p;
	struct herd	h;
};

FIXTURE_VARIANT(race)
{
	enum queue_kind	kind;
};

FIXTURE_VARIANT_ADD(race, ring)
{
	.kind = RING,
};

FIXTURE_VARIANT_ADD(race, ringbuf)
{
	.kind = RINGBUF,
};

FIXTURE_SETUP(race)
{
	int i;

	memset(self, 0, sizeof(*self));
	ASSERT_EQ(0, sys_pin(0, 0));
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, cg_make(groups[i]));
	}
	/* One of them is short of CPU. */
	ASSERT_EQ(0, cg_write(groups[2], "cpu.max", "50000 100000"));
	ASSERT_EQ(0, enclave_create(&enclave, GHOST_ABI_91, "1-3"));
	ASSERT_EQ(0, enclave_write(&enclave, "runnable_timeout", "0"));
	ASSERT_EQ(0, enclave_write(&enclave, "tag", TAG));
	ASSERT_EQ(0, policy_start(&self->p, &enclave, variant->kind));
	ASSERT_TRUE(policy_wait_ready(&self->p));
}

FIXTURE_TEARDOWN(race)
{
	int i;

	policy_stop(&self->p);
	EXPECT_EQ(0, enclave_end(&enclave));
	herd_end(&self->h);
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(0, cg_remove(groups[i]));
	}
}

static int below(unsigned short *seed, int n)
{
	return nrand48(seed) % n;
}

static void run_child(unsigned short *seed, bool exec)
{
	pid_t pid = fork();

	if (!pid) {
		if (exec)
			execl("/bin/true", "true", NULL);
		if (below(seed, 2))
			usleep(100);
		_exit(0);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

static void *short_thread(void *arg)
{
	usleep(100);
	return NULL;
}

static void run_thread(void)
{
	pthread_t thread;

	if (!pthread_create(&thread, NULL, short_thread, NULL))
		pthread_join(thread, NULL);
}

static void change_class(unsigned short *seed)
{
	struct sched_param normal = {}, realtime = { 1 };

	if (!below(seed, 3)) {
		enclave_write(&enclave, "tasks", "0");
		return;
	}
	/* Not for long. */
	if (!below(seed, 2))
		sched_setscheduler(0, SCHED_FIFO, &realtime);
	sched_setscheduler(0, SCHED_OTHER, &normal);
}

static void wake_itself(void)
{
	int ends[2];
	char c;

	if (pipe(ends))
		return;
	if (write(ends[1], "", 1) == 1 && read(ends[0], &c, 1) == 1)
		usleep(50);
	close(ends[0]);
	close(ends[1]);
}

static void anything(int number, unsigned short *seed)
{
	volatile int i;

	switch (below(seed, 24)) {
	case 0:
		run_child(seed, !below(seed, 16));
		break;
	case 1:
		run_thread();
		break;
	case 2:
	case 3:
		sys_pin_mask(0, masks[below(seed, 4)]);
		break;
	case 4:
		setpriority(PRIO_PROCESS, 0, below(seed, 20));
		break;
	case 5:
		/* One move at a time in the whole system, and each waits for RCU: not all of them. */
		if (number % 50 == 0)
			cg_add(groups[below(seed, 3)], getpid());
		break;
	case 6:
	case 7:
		sys_write("/proc/self/tag", below(seed, 3) ? TAG : "default");
		break;
	case 8:
	case 9:
		change_class(seed);
		break;
	case 10:
	case 11:
		wake_itself();
		break;
	case 12:
	case 13:
		sched_yield();
		break;
	case 14:
	case 15:
	case 16:
		usleep(below(seed, 3000));
		break;
	default:
		for (i = below(seed, 5000); i > 0; i--)
			;
	}
}

static int nr_enclaves(void)
{
	DIR *dir = opendir(GHOSTFS);
	struct dirent *d;
	int nr = 0;

	while (dir && (d = readdir(dir)))
		nr += !strncmp(d->d_name, "enclave_", 8);
	if (dir)
		closedir(dir);
	return nr;
}

/* A child that is not stopped may wake up in the middle: what is wrong stays wrong. */
static bool has_picture(void *arg)
{
	return !policy_check(arg);
}

PROVE_F(race, all,
	"[C5] [G2] at quiet points the agent knows what the kernel knows; in the end all are in CFS")
{
	int i, nr = sys_is_slow() ? 100 : variant->kind == RING ? 1000 : 300;

	ASSERT_EQ(0, herd_start(&self->h, nr, anything));
	for (i = 0; i < QUIET_POINTS; i++) {
		sleep(SECONDS / QUIET_POINTS);
		ASSERT_TRUE(herd_hold(&self->h, &enclave));
		EXPECT_TRUE(wait_for("the agent to know all", has_picture, &self->p));
		herd_release(&self->h);
	}
	EXPECT_TRUE(herd_progresses(&self->h));
	EXPECT_EQ(0, self->p.shared->bad) {
		TH_LOG("state %d", self->p.shared->bad_state);
	}
	printf("# %d tasks, %lu steps, %lu messages, %lu commits, %lu failed, %lu resyncs\n", nr,
	       herd_steps(&self->h), self->p.shared->messages, self->p.shared->commits,
	       self->p.shared->failed, self->p.shared->resyncs);
	fflush(stdout);

	ASSERT_EQ(0, enclave_ctl(&enclave, "destroy"));
	ASSERT_TRUE(enclave_wait_gone(&enclave));
	EXPECT_EQ(0, nr_enclaves());
	policy_kill(&self->p);
	EXPECT_TRUE(herd_progresses(&self->h));
	EXPECT_EQ(0, herd_with_policy(&self->h, SCHED_GHOST));
	EXPECT_FALSE(sys_warned());
}

PROVE_F(race, killed,
	"[G2] the agent is killed in the middle of all that: every task is in CFS and goes on")
{
	int nr = sys_is_slow() ? 50 : 300;

	ASSERT_EQ(0, herd_start(&self->h, nr, anything));
	ASSERT_TRUE(herd_progresses(&self->h));
	policy_kill(&self->p);
	ASSERT_TRUE(enclave_wait_gone(&enclave));
	EXPECT_TRUE(herd_progresses(&self->h));
	EXPECT_EQ(0, herd_with_policy(&self->h, SCHED_GHOST));
	EXPECT_FALSE(sys_warned());
}

TEST_HARNESS_MAIN
