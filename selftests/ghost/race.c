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
#define QUIET_POINTS	4
#define BUSY		32	/* waiting for a CPU: then pauses are longer */
#define LONGEST		4	/* times the usual one */

static const char * const groups[] = { "ghost-race-0", "ghost-race-1", "ghost-race-2" };
#define NR_GROUPS	3
/* Where the policy has CPUs to give. */
static const unsigned long masks[] = { 1 << 2, 1 << 3, 1 << 2 | 1 << 3, 0xf };
#define NR_MASKS	4
static struct enclave enclave;
/* Set before the tasks are made: they see them. */
static struct policy *policy;
static int nr_tasks;

FIXTURE(race)
{
	struct policy	p;
	struct herd	h;
};

FIXTURE_VARIANT(race)
{
	enum queue_kind	kind;
	int		nr_tasks;
	int		seconds;	/* how long they do so, in all */
};

FIXTURE_VARIANT_ADD(race, ring)
{
	.kind = RING,
	.nr_tasks = 1000,
	.seconds = 60,
};

FIXTURE_VARIANT_ADD(race, ringbuf)
{
	.kind = RINGBUF,
	.nr_tasks = 300,
	.seconds = 20,
};

FIXTURE_SETUP(race)
{
	int i;

	memset(self, 0, sizeof(*self));
	ASSERT_EQ(0, sys_pin(0, 0));
	for (i = 0; i < NR_GROUPS; i++) {
		ASSERT_EQ(0, cg_make(groups[i]));
	}
	/* One of them is short of CPU. */
	ASSERT_EQ(0, cg_write(groups[2], "cpu.max", "50000 100000"));
	ASSERT_EQ(0, enclave_create(&enclave, GHOST_ABI_91, "1-3"));
	ASSERT_EQ(0, enclave_write(&enclave, "runnable_timeout", "0"));
	ASSERT_EQ(0, enclave_write(&enclave, "tag", TAG));
	ASSERT_EQ(0, policy_start(&self->p, &enclave, variant->kind));
	ASSERT_TRUE(policy_wait_ready(&self->p));
	policy = &self->p;
}

FIXTURE_TEARDOWN(race)
{
	int i;

	policy_stop(&self->p);
	EXPECT_EQ(0, enclave_end(&enclave));
	herd_end(&self->h);
	for (i = 0; i < NR_GROUPS; i++) {
		EXPECT_EQ(0, cg_remove(groups[i]));
	}
}

static int below(unsigned short *seed, int n)
{
	return nrand48(seed) % n;
}

/* --- what a task does --- */

/*
 * A thousand tasks that never rest would hardly ever meet: each would wait in line.
 * All together they take some 2,000 steps a second, fewer while many wait, and on
 * a slow kernel: those of CFS would leave no CPU to the others.
 */
static void pause_a_while(unsigned short *seed)
{
	int usual = (sys_is_slow() ? 8000 : 1000) * nr_tasks;
	int times = 1 + policy->shared->waiting / BUSY;

	usleep(below(seed, usual) * (times < LONGEST ? times : LONGEST));
}

static void __attribute__((noreturn)) be_short(unsigned short *seed)
{
	if (below(seed, 2))
		usleep(100);
	_exit(0);
}

static void __attribute__((noreturn)) be_killed(void)
{
	for (;;)
		pause();
}

static void run_child(unsigned short *seed)
{
	int kind = below(seed, 16);
	pid_t pid = fork();

	if (!pid) {
		switch (kind) {
		case 0:
			execl("/bin/true", "true", NULL);
			_exit(1);
		case 1:
		case 2:
		case 3:
			be_killed();
		default:
			be_short(seed);
		}
	}
	if (pid > 0 && kind >= 1 && kind <= 3) {
		usleep(below(seed, 1000));
		kill(pid, SIGKILL);
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

/* --- what is done to a task, by itself or by another --- */

static void change_class(pid_t pid, unsigned short *seed)
{
	struct sched_param normal = {}, realtime = { 1 };
	char text[16];

	switch (below(seed, 4)) {
	case 0:
		snprintf(text, sizeof(text), "%d", pid);
		enclave_write(&enclave, "tasks", text);
		return;
	case 1:
		/* Not for long. */
		sched_setscheduler(pid, SCHED_FIFO, &realtime);
		break;
	}
	sched_setscheduler(pid, SCHED_OTHER, &normal);
}

static void change_tag(pid_t pid, unsigned short *seed)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/tag", pid);
	sys_write(path, below(seed, 4) ? TAG : "default");
}

static void change(pid_t pid, unsigned short *seed)
{
	switch (below(seed, 8)) {
	case 0:
	case 1:
		sys_pin_mask(pid, masks[below(seed, NR_MASKS)]);
		break;
	case 2:
	case 3:
		setpriority(PRIO_PROCESS, pid, below(seed, 20));
		break;
	case 4:
		change_class(pid, seed);
		break;
	default:
		change_tag(pid, seed);
	}
}

static void anything(int number, unsigned short *seed)
{
	volatile int i;

	pause_a_while(seed);
	switch (below(seed, 16)) {
	case 0:
		run_child(seed);
		break;
	case 1:
		run_thread();
		break;
	case 2:
	case 3:
		change(getpid(), seed);
		break;
	case 4:
	case 5:
		wake_itself();
		break;
	case 6:
	case 7:
		sched_yield();
		break;
	case 8:
		/* Longer than a turn. */
		for (i = below(seed, 2000000); i > 0; i--)
			;
		break;
	default:
		for (i = below(seed, 5000); i > 0; i--)
			;
	}
}

static void tell_time(const char *what)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	printf("# %ld s: %s, %u known, %u waiting; %lu passes, %lu messages, %lu commits, %lu failed\n",
	       (long)now.tv_sec, what, policy->shared->nr_tasks, policy->shared->waiting,
	       policy->shared->passes, policy->shared->messages, policy->shared->commits,
	       policy->shared->failed);
	fflush(stdout);
}

/*
 * What others do to them for some seconds. A move to another group is theirs alone:
 * there is one at a time in the whole system, and it waits for all who are forking.
 */
static unsigned long disturb(const struct herd *h, int seconds, unsigned short *seed)
{
	time_t end = time(NULL) + seconds;
	unsigned long changes;
	pid_t pid;

	for (changes = 0; time(NULL) < end; changes++) {
		pid = h->pids[below(seed, h->nr)];
		if (below(seed, 8))
			change(pid, seed);
		else
			cg_add(groups[below(seed, NR_GROUPS)], pid);
		usleep(1000);
	}
	return changes;
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

/* Who the kernel says is delegated. */
static unsigned int nr_delegated(void)
{
	static char text[65536];
	unsigned int nr = 0;
	char *c;

	if (enclave_read(&enclave, "tasks", text, sizeof(text)) < 0)
		return -1;
	for (c = text; *c; c++)
		nr += *c == '\n';
	return nr;
}

/* A child that is not stopped may wake up in the middle: what is wrong stays wrong. */
static bool has_picture(void *arg)
{
	struct policy *p = arg;

	return !policy_check(p) && p->shared->nr_tasks == nr_delegated();
}

PROVE_F(race, all,
	"[C5] [G2] at quiet points the agent knows what the kernel knows; in the end all are in CFS")
{
	unsigned short seed[3] = { 1, 2, 3 };
	unsigned long changes = 0;
	int i;

	nr_tasks = variant->nr_tasks;
	ASSERT_EQ(0, herd_start(&self->h, nr_tasks, anything));
	tell_time("started");
	for (i = 0; i < QUIET_POINTS; i++) {
		changes += disturb(&self->h, variant->seconds / QUIET_POINTS, seed);
		tell_time("disturbed");
		ASSERT_TRUE(herd_hold(&self->h, &enclave));
		EXPECT_TRUE(wait_for("the agent to know all", has_picture, &self->p));
		herd_release(&self->h);
		tell_time("compared");
	}
	EXPECT_TRUE(herd_progresses(&self->h));
	EXPECT_EQ(0, self->p.shared->bad) {
		TH_LOG("state %d", self->p.shared->bad_state);
	}
	printf("# %d tasks, %lu steps, %lu changes, %lu messages, %lu commits, %lu groups, %lu failed, %lu resyncs\n",
	       nr_tasks, herd_steps(&self->h), changes, self->p.shared->messages,
	       self->p.shared->commits, self->p.shared->groups, self->p.shared->failed,
	       self->p.shared->resyncs);
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
	nr_tasks = 300;
	ASSERT_EQ(0, herd_start(&self->h, nr_tasks, anything));
	ASSERT_TRUE(herd_progresses(&self->h));
	policy_kill(&self->p);
	ASSERT_TRUE(enclave_wait_gone(&enclave));
	EXPECT_TRUE(herd_progresses(&self->h));
	EXPECT_EQ(0, herd_with_policy(&self->h, SCHED_GHOST));
	EXPECT_FALSE(sys_warned());
}

TEST_HARNESS_MAIN
