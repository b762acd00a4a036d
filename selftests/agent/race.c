// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hundreds of tasks that do to themselves, and to each other, all that the
 * scheduler hears of, while they are delegated now and then: all of them end.
 */
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <linux/futex.h>

#include "harness.h"

#define NR_WORKERS	(sys_is_slow() ? 40 : 240)
#define MAX_WORKERS	240
#define NR_STEPS	(sys_is_slow() ? 20 : 25)
#define SHARED_FD	200	/* it outlives exec */

/* struct shared - what all workers and the test see */
struct shared {
	char groups[2][NAME_SIZE];
	int nr_cpus;
	volatile unsigned int bells[MAX_WORKERS];
	volatile unsigned int done;
	volatile unsigned int steps;
	volatile pid_t pids[MAX_WORKERS];
	/* what each does last, for those that hang */
	volatile int doing[MAX_WORKERS];
};

/* struct worker - one of them, as it goes through exec */
struct worker {
	struct shared *shared;
	unsigned int seed;
	int nr, left;
};

static unsigned int any(struct worker *w, unsigned int n)
{
	return rand_r(&w->seed) % n;
}

/* --- what it does --- */

static void compute(struct worker *w)
{
	volatile unsigned int i, n = any(w, 20000);

	for (i = 0; i < n; i++)
		;
}

static void wait_a_little(struct worker *w)
{
	usleep(any(w, 3000));
}

static void yield(struct worker *w)
{
	(void)w;
	sched_yield();
}

/* The other may be anything, or have gone. */
static pid_t somebody(struct worker *w)
{
	pid_t pid = any(w, 2) ? w->shared->pids[any(w, MAX_WORKERS)] : 0;

	return pid > 0 ? pid : 0;
}

static void affine(struct worker *w)
{
	unsigned int i, bits = 1 + any(w, (1U << w->shared->nr_cpus) - 1);
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	for (i = 0; i < 32; i++)
		if (bits & (1U << i))
			CPU_SET(i, &cpus);
	sched_setaffinity(somebody(w), sizeof(cpus), &cpus);
}

static void renice(struct worker *w)
{
	setpriority(PRIO_PROCESS, somebody(w), (int)any(w, 20) - 5);
}

static void regroup(struct worker *w)
{
	group_add(w->shared->groups[any(w, 2)], getpid());
}

static void retag(struct worker *w)
{
	static const char *const tags[] = { "2", "7", "default", "default" };

	sys_write("/proc/self/tag", tags[any(w, 4)]);
}

/* Those that compute with a real-time policy do it for moments only. */
static void repolicy(struct worker *w)
{
	static const int policies[] = { SCHED_FIFO, SCHED_RR, SCHED_BATCH, SCHED_IDLE, SCHED_OTHER };
	struct sched_param param = { .sched_priority = 1 };
	int policy = policies[any(w, 5)];
	pid_t pid = somebody(w);

	if (policy != SCHED_FIFO && policy != SCHED_RR)
		param.sched_priority = 0;
	sched_setscheduler(pid, policy, &param);
	if (!param.sched_priority)
		return;
	sched_yield();
	param.sched_priority = 0;
	sched_setscheduler(pid, SCHED_OTHER, &param);
}

static void ring(struct worker *w)
{
	volatile unsigned int *bell = &w->shared->bells[any(w, MAX_WORKERS)];

	__atomic_add_fetch(bell, 1, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, bell, FUTEX_WAKE, 100, NULL, NULL, 0);
}

static void listen_for_bell(struct worker *w)
{
	struct timespec most = { .tv_nsec = 20000000 };
	volatile unsigned int *bell = &w->shared->bells[any(w, MAX_WORKERS)];

	syscall(SYS_futex, bell, FUTEX_WAIT, *bell, &most, NULL, 0);
}

static void beget(struct worker *w)
{
	pid_t pid = fork();

	if (pid < 0)
		return;
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		w->seed ^= getpid();
		compute(w);
		if (any(w, 2))
			wait_a_little(w);
		if (any(w, 3) == 0)
			repolicy(w);
		_exit(0);
	}
	switch (any(w, 4)) {
	case 0:
		kill(pid, SIGKILL);
		break;
	case 1:
		kill(pid, SIGSTOP);
		sched_yield();
		kill(pid, SIGCONT);
		break;
	}
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static void *thread(void *arg)
{
	struct worker w = *(struct worker *)arg;

	w.seed ^= syscall(SYS_gettid);
	compute(&w);
	wait_a_little(&w);
	return NULL;
}

static void thread_off(struct worker *w)
{
	pthread_t t[2];
	int i, n;

	for (n = 0; n < 2 && !pthread_create(&t[n], NULL, thread, w); n++)
		;
	for (i = 0; i < n; i++)
		pthread_join(t[i], NULL);
}

static void become_another(struct worker *w)
{
	char nr[16], left[16], seed[16];

	snprintf(nr, sizeof(nr), "%d", w->nr);
	snprintf(left, sizeof(left), "%d", w->left);
	snprintf(seed, sizeof(seed), "%u", w->seed);
	execl("/proc/self/exe", "race", "worker", nr, left, seed, NULL);
}

static void (*const steps[])(struct worker *w) = {
	compute, wait_a_little, yield, affine, renice, regroup, retag, repolicy, ring,
	listen_for_bell, beget, thread_off, become_another,
};

#define NR_KINDS	(sizeof(steps) / sizeof(steps[0]))

static void __attribute__((noreturn)) work(struct worker *w)
{
	while (w->left > 0) {
		int kind = any(w, NR_KINDS);

		w->left--;
		w->shared->doing[w->nr] = kind;
		__atomic_add_fetch(&w->shared->steps, 1, __ATOMIC_RELAXED);
		steps[kind](w);
	}
	w->shared->doing[w->nr] = -1;
	__atomic_add_fetch(&w->shared->done, 1, __ATOMIC_SEQ_CST);
	/* some die at once, some with a bang, some at home */
	if (any(w, 3) == 0)
		kill(getpid(), SIGKILL);
	_exit(0);
}

static struct shared *map(void)
{
	return mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE, MAP_SHARED, SHARED_FD, 0);
}

/* A worker that has executed this program again. */
static void __attribute__((constructor)) worker(int argc, char **argv)
{
	struct worker w;

	if (argc != 5 || strcmp(argv[1], "worker"))
		return;
	w.shared = map();
	w.nr = atoi(argv[2]);
	w.left = atoi(argv[3]);
	w.seed = strtoul(argv[4], NULL, 10);
	if (w.shared == MAP_FAILED)
		_exit(1);
	work(&w);
}

/* --- the test --- */

FIXTURE(race) {
	struct shared *shared;
	int left;
};

FIXTURE_VARIANT(race) {
	const char *agent;
	const char *successor;	/* it replaces the agent half way */
};

/* a machine whose host is busy stands still for seconds */
#define LIMIT " --tag 2 --timeout 60000"
FIXTURE_VARIANT_ADD(race, fifo) { .agent = "tagsched-fifo" LIMIT };
FIXTURE_VARIANT_ADD(race, fifo_ringbuf) { .agent = "tagsched-fifo --queue ringbuf" LIMIT };
FIXTURE_VARIANT_ADD(race, central) { .agent = "tagsched-fifo-central" LIMIT };
FIXTURE_VARIANT_ADD(race, replaced) {
	.agent = "tagsched-fifo" LIMIT, .successor = "tagsched-fifo-central" LIMIT,
};

static void start_workers(struct shared *shared, unsigned int seed)
{
	struct worker w = { .shared = shared, .left = NR_STEPS };

	for (w.nr = 0; w.nr < NR_WORKERS; w.nr++) {
		pid_t pid = fork();

		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			w.seed = seed + w.nr;
			group_add(shared->groups[w.nr % 4 == 0], getpid());
			work(&w);
		}
		shared->pids[w.nr] = pid;
	}
}

/* Bury who has died; how many are left. */
static int bury(struct shared *shared, int *left)
{
	int i;

	for (i = 0; i < NR_WORKERS; i++) {
		if (shared->pids[i] > 0 && waitpid(shared->pids[i], NULL, WNOHANG) > 0) {
			shared->pids[i] = -1;
			(*left)--;
		}
	}
	return *left;
}

static void tell_who_hangs(const struct shared *shared)
{
	char path[64], text[512] = "";
	int i;

	for (i = 0; i < NR_WORKERS; i++) {
		if (shared->pids[i] <= 0)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/stat", shared->pids[i]);
		sys_read(path, text, sizeof(text));
		printf("# hangs: worker %d, policy %d, in step %d: %.40s\n", i,
		       task_policy(shared->pids[i]), shared->doing[i], text);
	}
}

FIXTURE_SETUP(race)
{
	int fd = memfd_create("race", 0);

	ASSERT_LE(0, fd);
	ASSERT_EQ(SHARED_FD, dup2(fd, SHARED_FD));
	ASSERT_EQ(0, ftruncate(SHARED_FD, sizeof(struct shared)));
	self->shared = map();
	ASSERT_NE(MAP_FAILED, (void *)self->shared);
	self->shared->nr_cpus = sys_nr_cpus();
	ASSERT_EQ(0, group_make(self->shared->groups[0], "race-served", "2"));
	ASSERT_EQ(0, group_make(self->shared->groups[1], "race-other", NULL));
	self->left = NR_WORKERS;
}

FIXTURE_TEARDOWN(race)
{
	group_remove(self->shared->groups[0]);
	group_remove(self->shared->groups[1]);
}

PROVE_F(race, all_end, "all tasks end, whatever they do while an agent schedules them")
{
	struct shared *s = self->shared;
	unsigned int half = NR_WORKERS * NR_STEPS / 2;
	pid_t agent = agent_start(variant->agent), next;
	unsigned int said = 0;
	unsigned int seed = getenv("SEED") ? atoi(getenv("SEED")) : time(NULL);

	ASSERT_LT(0, agent);
	printf("# SEED=%u\n", seed);
	start_workers(s, seed);
	if (variant->successor) {
		ASSERT_TRUE(WAIT_FOR(s->steps >= half, "half of the steps, %u done", s->steps));
		next = agent_start(variant->successor);
		ASSERT_LT(0, next);
		EXPECT_EQ(0, agent_end(agent, 0));
		agent = next;
	}
	/* patience as long as something happens */
	while (self->left) {
		unsigned int seen = s->steps;
		int left = self->left;

		if (seen / 1000 > said) {
			said = seen / 1000;
			printf("# %u steps, %d tasks\n", seen, left);
		}
		if (!WAIT_FOR(bury(s, &self->left) < left || s->steps > seen || !self->left,
			      "a step of %d tasks", left)) {
			tell_who_hangs(s);
			break;
		}
	}
	EXPECT_EQ(0, self->left);
	EXPECT_EQ(NR_WORKERS, s->done);
	EXPECT_TRUE(agent_runs(agent));
	EXPECT_EQ(1, enclaves());
	EXPECT_TRUE(WAIT_FOR(enclave_status(1, "nr_tasks 0"), "an enclave without tasks"));
	EXPECT_EQ(0, agent_end(agent, SIGINT));
	EXPECT_TRUE(WAIT_FOR(!enclaves(), "the end of the enclave"));
	EXPECT_EQ(0, tasks_with_policy(POLICY_GHOST));
}

TEST_HARNESS_MAIN
