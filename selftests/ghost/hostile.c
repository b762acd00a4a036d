// SPDX-License-Identifier: GPL-2.0-only
/* Whoever may manage an enclave may write nonsense into its memory: nobody else is to notice. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

#define NOBODY	65534

/*
 * The enclave under attack has CPUs 1 and 2, a neighbour has CPU 3 and a task that
 * runs there. A third task is of CFS, on CPU 0.
 */
FIXTURE(hostile)
{
	struct stage	st;
	struct enclave	other;
	struct queue	oq;
	struct agent	oa;
	struct subject	neighbour;
	struct subject	normal;
	__s64		dead;
	int		rounds;
	bool		ordered;	/* the neighbour's agent has been */
};

static __s64 dead_gtid(void)
{
	pid_t pid = fork();
	__s64 gtid;

	if (!pid) {
		pause();
		_exit(0);
	}
	gtid = gtid_of(pid);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return gtid;
}

static bool cpus_come(void *arg)
{
	return enclave_write(arg, "cpulist", "3") == 0;
}

/* The agent gives up its CPU for the task, and is back when it is pinged. */
static long run_neighbour(struct agent *a, void *arg)
{
	struct subject *s = arg;
	__u64 mask = 1 << 3;
	struct ghost_ioc_commit_txn req = { .mask_ptr = &mask, .mask_len = sizeof(mask) };
	struct request r = {
		.cpu = 3, .gtid = s->gtid, .agent_barrier = agent_barrier(a),
		.task_barrier = enclave_find_sw(a->enclave, s->gtid)->barrier,
		.commit_flags = COMMIT_AT_TXN_COMMIT,
	};

	txn_fill(a->enclave, &r);
	return enclave_ioctl(a->enclave, GHOST_IOC_COMMIT_TXN, &req);
}

/* A ping that comes before the commit is none for it. */
static bool is_back(void *arg)
{
	FIXTURE_DATA(hostile) *f = arg;

	if (agent_done(&f->oa, NULL))
		return true;
	agent_ping(&f->other, 3);
	return false;
}

/* Off its CPU the neighbour's task is quiet. */
static bool neighbour_stops(FIXTURE_DATA(hostile) *f)
{
	if (f->ordered && !wait_for("the neighbour's agent", is_back, f))
		return false;
	f->ordered = false;
	return subject_wait_ready(&f->other, &f->neighbour);
}

static bool neighbour_runs(void *arg)
{
	FIXTURE_DATA(hostile) *f = arg;
	unsigned long from = f->neighbour.shared->turns;
	int i;

	if (!neighbour_stops(f))
		return false;
	agent_order(&f->oa, run_neighbour, &f->neighbour);
	f->ordered = true;
	for (i = 0; i < 100 && f->neighbour.shared->turns < from + 2; i++)
		usleep(1000);
	return f->neighbour.shared->turns >= from + 2;
}

FIXTURE_SETUP(hostile)
{
	struct message m;

	ASSERT_EQ(0, stage_set(&self->st, GHOST_ABI_91, RING));
	ASSERT_EQ(0, enclave_write(&self->st.e, "cpulist", "1-2"));
	ASSERT_EQ(0, stage_enter(&self->st, &m));
	subject_wake(&self->st.s);

	ASSERT_EQ(0, enclave_create(&self->other, GHOST_ABI_91, NULL));
	ASSERT_TRUE(wait_for("CPU 3", cpus_come, &self->other));
	ASSERT_EQ(0, enclave_write(&self->other, "runnable_timeout", "0"));
	ASSERT_EQ(0, enclave_write(&self->other, "grace_period", "600000"));
	ASSERT_EQ(0, queue_create(&self->other, &self->oq, RING, 4096));
	ASSERT_EQ(0, queue_set_default(&self->other, &self->oq));
	ASSERT_EQ(0, agent_start(&self->oa, &self->other, 3, &self->oq));
	ASSERT_EQ(0, subject_start(&self->neighbour));
	ASSERT_TRUE(subject_wait_blocked(&self->neighbour));
	ASSERT_EQ(0, subject_enter(&self->other, &self->neighbour));
	subject_wake(&self->neighbour);
	ASSERT_TRUE(subject_wait_ready(&self->other, &self->neighbour));
	ASSERT_TRUE(wait_for("the neighbour's task to run", neighbour_runs, self));

	ASSERT_EQ(0, subject_start(&self->normal));
	/* It unpins itself when it begins. */
	ASSERT_TRUE(subject_wait_blocked(&self->normal));
	ASSERT_EQ(0, sys_pin(self->normal.pid, 0));
	subject_wake(&self->normal);
	self->dead = dead_gtid();
	ASSERT_LT(0, self->dead);
	self->rounds = sys_is_slow() ? 150 : 600;
	srandom(1);
}

FIXTURE_TEARDOWN(hostile)
{
	EXPECT_TRUE(neighbour_stops(self));
	agent_stop(&self->oa);
	EXPECT_EQ(0, stage_strike(&self->st));
	EXPECT_EQ(0, enclave_end(&self->other));
	subject_end(&self->neighbour);
	subject_end(&self->normal);
	queue_close(&self->oq);
}

/* --- what must be so afterwards --- */

/* Pages as the kernel made them. */
static void clean_pages(const struct enclave *e)
{
	struct ghost_txn *txn;
	int cpu;

	for (cpu = 1; cpu < 3; cpu++) {
		txn = txn_of(e, cpu);
		memset(txn, 0, sizeof(*txn));
		txn->cpu = cpu;
		txn->sync_group_owner = -1;
		txn->state = GHOST_TXN_COMPLETE;
	}
}

static bool works(FIXTURE_DATA(hostile) *f)
{
	struct request off = { .cpu = 2, .gtid = GHOST_NULL_GTID };
	struct drive d;

	clean_pages(&f->st.e);
	if (txn_commit(&f->st.a, &off) != GHOST_TXN_COMPLETE)
		return false;
	drive_init(&d, &f->st, &f->st.s);
	return drive_until_counts(&d, &f->st.s);
}

static bool others_untouched(FIXTURE_DATA(hostile) *f)
{
	cpu_set_t set;

	if (sys_policy(f->normal.pid) != SCHED_OTHER || !subject_runs(&f->normal) ||
	    f->normal.shared->cpu != 0)
		return false;
	if (sched_getaffinity(f->normal.pid, sizeof(set), &set) || CPU_COUNT(&set) != 1)
		return false;
	/* Still its enclave's, and it has run nowhere else. */
	if (sys_policy(f->neighbour.pid) != SCHED_GHOST)
		return false;
	if (!wait_for("the neighbour's task to run", neighbour_runs, f))
		return false;
	return f->neighbour.shared->cpu == 3 && enclave_exists(&f->other) &&
	       enclave_exists(&f->st.e);
}

static void fill_random(void *mem, size_t size)
{
	unsigned char *byte = mem;

	while (size--)
		*byte++ = random() >> 7;
}

/* --- transactions --- */

static __s64 some_gtid(FIXTURE_DATA(hostile) *f)
{
	const __s64 gtids[] = {
		f->st.s.gtid, f->neighbour.gtid, f->normal.gtid, f->dead,
		gtid_of(f->st.a.tid), gtid_of(f->oa.tid), gtid_of(getpid()), gtid_of(2),
		GHOST_NULL_GTID, GHOST_AGENT_GTID, GHOST_IDLE_GTID, -3,
		random(), -random(), (__s64)random() << 32 | random(), (__s64)(1ULL << 63),
	};

	return gtids[random() % (sizeof(gtids) / sizeof(gtids[0]))];
}

/* Mostly nonsense; now and then so little of it that the commit gets far. */
static void garble(FIXTURE_DATA(hostile) *f, int cpu)
{
	struct ghost_txn *txn = txn_of(&f->st.e, cpu);
	struct ghost_status_word *sw = enclave_find_sw(&f->st.e, f->st.s.gtid);

	fill_random(&f->st.e.txns[cpu], random() % 4 ? sizeof(*txn) : GHOST_CPU_DATA_SIZE);
	if (random() % 8) {
		txn->version = 0;
		txn->cpu = cpu;
	}
	if (random() % 2)
		txn->run_flags = 0;
	if (random() % 2)
		txn->commit_flags = random() % 2 ? COMMIT_AT_TXN_COMMIT : random() % 8;
	if (random() % 2)
		txn->task_barrier = sw ? sw->barrier : 0;
	txn->gtid = some_gtid(f);
	/* The agent that commits must not give up its own CPU. */
	txn->agent_barrier = 1U << 30 | random();
	if (random() % 8)
		__atomic_store_n(&txn->state, GHOST_TXN_READY, __ATOMIC_RELEASE);
}

PROVE_F(hostile, pages, "random transactions, alone and in groups, while tasks run: each ends as the ABI says, nobody outside is touched")
{
	int i, cpu, completed = 0;

	for (i = 0; i < self->rounds; i++) {
		for (cpu = 0; cpu < 4; cpu++)
			garble(self, cpu);
		if (i % 2) {
			ASSERT_EQ(0, txn_commit_mask(&self->st.a, random() % 2 ? ~0ULL : 0xf));
		} else {
			ASSERT_LE(0, txn_commit_group(&self->st.a, random() % 2 ? ~0ULL : 0xf));
		}
		completed += txn_state(&self->st.e, 2) == GHOST_TXN_COMPLETE;
		if (self->neighbour.shared->woken)
			ASSERT_EQ(3, self->neighbour.shared->cpu);
	}
	/* Else all of it was refused at the door. */
	EXPECT_LT(0, completed);
	EXPECT_TRUE(works(self));
	EXPECT_TRUE(others_untouched(self));
}

struct scribbler {
	const struct enclave	*e;
	bool			stop;
};

static void *scribble(void *arg)
{
	struct scribbler *s = arg;
	unsigned int seed = 1;
	__u32 *word;

	sys_pin(0, 0);
	while (!__atomic_load_n(&s->stop, __ATOMIC_RELAXED)) {
		word = (__u32 *)txn_of(s->e, 1 + rand_r(&seed) % 2);
		/* Not the agent's barrier, see garble(). */
		seed = rand_r(&seed);
		if (seed % 16 != 3)
			word[seed % 16] = rand_r(&seed) % 3 ? rand_r(&seed) : GHOST_TXN_READY;
	}
	return NULL;
}

PROVE_F(hostile, during, "transactions that change while they are committed: the kernel goes by what it has read")
{
	struct scribbler s = { .e = &self->st.e };
	pthread_t thread;
	int i, cpu;

	ASSERT_EQ(0, pthread_create(&thread, NULL, scribble, &s));
	for (i = 0; i < self->rounds / 2; i++) {
		for (cpu = 1; cpu < 3; cpu++)
			garble(self, cpu);
		if (i % 2) {
			ASSERT_EQ(0, txn_commit_mask(&self->st.a, 0x6));
		} else {
			ASSERT_LE(0, txn_commit_group(&self->st.a, 0x6));
		}
	}
	s.stop = true;
	pthread_join(thread, NULL);
	EXPECT_TRUE(works(self));
	EXPECT_TRUE(others_untouched(self));
}

PROVE_F(hostile, foreign, "a commit of another enclave's task is NOT_PERMITTED, of one in no enclave or dead TARGET_STALE or NOT_FOUND")
{
	struct request r = { .cpu = 2, .gtid = self->neighbour.gtid };
	__u32 known;

	ASSERT_TRUE(neighbour_stops(self));
	known = enclave_find_sw(&self->other, self->neighbour.gtid)->barrier;
	r.task_barrier = known;

	EXPECT_EQ(GHOST_TXN_NOT_PERMITTED, txn_commit(&self->st.a, &r));
	r.gtid = self->normal.gtid;
	EXPECT_EQ(GHOST_TXN_TARGET_STALE, txn_commit(&self->st.a, &r));
	r.gtid = self->dead;
	EXPECT_EQ(GHOST_TXN_TARGET_NOT_FOUND, txn_commit(&self->st.a, &r));
	r.gtid = gtid_of(self->oa.tid);
	EXPECT_EQ(GHOST_TXN_INVALID_TARGET, txn_commit(&self->st.a, &r));
	/* The other way round: the neighbour's CPU, by its own transaction. */
	r = (struct request) { .cpu = 3, .gtid = self->neighbour.gtid, .task_barrier = known };
	r.commit_flags = COMMIT_AT_TXN_COMMIT;
	txn_fill(&self->other, &r);
	EXPECT_EQ(0, txn_commit_mask(&self->st.a, 1 << 3));
	EXPECT_EQ(GHOST_TXN_READY, txn_state(&self->other, 3));
	EXPECT_EQ(known, enclave_find_sw(&self->other, self->neighbour.gtid)->barrier);
	__atomic_store_n(&txn_of(&self->other, 3)->state, GHOST_TXN_ABORTED, __ATOMIC_RELEASE);
	EXPECT_TRUE(others_untouched(self));
}

PROVE_F(hostile, outside, "transactions of CPUs outside the enclave, by the ioctl and by themselves, are left as they are")
{
	struct request r = { .gtid = self->st.s.gtid };
	struct ghost_txn before;
	int i;

	for (r.cpu = 0; r.cpu < 4; r.cpu += 3) {
		for (i = 0; i < 3; i++) {
			r.commit_flags = i;
			txn_fill(&self->st.e, &r);
			before = *txn_of(&self->st.e, r.cpu);
			EXPECT_EQ(0, txn_commit_mask(&self->st.a, 1ULL << r.cpu));
			EXPECT_EQ(0, txn_commit_group(&self->st.a, 1ULL << r.cpu));
			EXPECT_EQ(0, memcmp(&before, txn_of(&self->st.e, r.cpu), sizeof(before)));
		}
	}
	EXPECT_TRUE(works(self));
	EXPECT_TRUE(others_untouched(self));
}

/* --- queues --- */

PROVE_F(hostile, queue, "random bytes all over a queue while tasks run: a new queue works at once")
{
	struct ghost_status_word *sw = enclave_find_sw(&self->st.e, self->st.s.gtid);
	struct queue next;
	struct message m;
	int i;

	for (i = 0; i < self->rounds / 4; i++) {
		fill_random(self->st.q.header, self->st.q.size < 8192 ? self->st.q.size : 8192);
		if (sched_setscheduler(self->st.s.pid, SCHED_GHOST, &(struct sched_param) {}))
			break;
		sys_pin(self->st.s.pid, 2);
		sys_unpin(self->st.s.pid);
	}
	EXPECT_EQ(self->rounds / 4, i);

	ASSERT_EQ(0, queue_create(&self->st.e, &next, RING, 4096));
	EXPECT_EQ(0, queue_assoc(&self->st.e, &next, self->st.s.gtid, sw->barrier));
	sys_pin(self->st.s.pid, 2);
	ASSERT_TRUE(queue_next(&next, &m));
	EXPECT_EQ(MSG_TASK_AFFINITY_CHANGED, m.type);
	EXPECT_EQ(self->st.s.gtid, m.gtid);
	/* works() reads the stage's own. */
	munmap(self->st.q.header, self->st.q.size);
	close(self->st.q.fd);
	self->st.q = next;
	EXPECT_TRUE(works(self));
	EXPECT_TRUE(others_untouched(self));
}

/* --- descriptors --- */

#define NR_THINGS	5

/* An enclave of CPU 2, and one thing less after the other. */
static int let_go(struct subject *s, const int *order)
{
	struct enclave e;
	struct agent a;
	struct queue q;
	int i, err;

	err = enclave_create(&e, GHOST_ABI_91, NULL);
	while (!err && enclave_write(&e, "cpulist", "2") == -EBUSY)
		usleep(1000);
	if (err || queue_create(&e, &q, RING, 64) || queue_set_default(&e, &q) ||
	    agent_start(&a, &e, 2, &q) || subject_enter(&e, s))
		return 1;
	for (i = 0; i < NR_THINGS; i++) {
		switch (order[i]) {
		case 0:
			close(e.ctl);
			e.ctl = -1;
			break;
		case 1:
			close(q.fd);
			q.fd = -1;
			break;
		case 2:
			munmap(q.header, q.size);
			munmap(e.txns, e.txn_size);
			munmap(e.sw, GHOST_SW_REGION_SIZE);
			break;
		case 3:
			close(e.dir);
			break;
		case 4:
			pthread_mutex_lock(&a.lock);
			a.quit = true;
			pthread_cond_broadcast(&a.changed);
			pthread_mutex_unlock(&a.lock);
			pthread_join(a.thread, NULL);
			break;
		}
	}
	return 0;
}

static bool is_normal(void *arg)
{
	struct subject *s = arg;

	return sys_policy(s->pid) == SCHED_OTHER;
}

static void shuffle(int *order)
{
	int i, j, t;

	for (i = NR_THINGS - 1; i > 0; i--) {
		j = random() % (i + 1);
		t = order[i];
		order[i] = order[j];
		order[j] = t;
	}
}

PROVE(closing, "descriptors, mappings and agents let go in any order: the enclave ends, its task is of CFS, its CPU is free")
{
	int order[NR_THINGS] = { 0, 1, 2, 3, 4 }, i, status;
	struct subject s;
	pid_t pid;

	ASSERT_EQ(0, sys_pin(0, 0));
	ASSERT_EQ(0, ghostfs_mount());
	ASSERT_EQ(0, subject_start(&s));
	ASSERT_TRUE(subject_wait_blocked(&s));
	srandom(1);
	for (i = 0; i < (sys_is_slow() ? 10 : 40); i++) {
		shuffle(order);
		pid = fork();
		if (!pid)
			_exit(let_go(&s, order));
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		ASSERT_TRUE(WIFEXITED(status));
		ASSERT_EQ(0, WEXITSTATUS(status));
		/* The grace period is over when the next one gets the CPU. */
		ASSERT_TRUE(wait_for("a task to be one of CFS", is_normal, &s));
	}
	subject_wake(&s);
	EXPECT_TRUE(subject_runs(&s));
	subject_end(&s);
}

/* --- people --- */

static int try_open(const struct enclave *e, const char *file, int flags)
{
	int fd = enclave_open_file(e, file, flags);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

/* Exit status: the line of what was not refused as it should be. */
#define REFUSED(err, call) do { if ((call) != (err)) return __LINE__ % 256; } while (0)

static int be_nobody(FIXTURE_DATA(hostile) *f)
{
	static const char * const files[] = {
		"ctl", "cpulist", "cpumask", "agent_online", "commit_at_tick", "deliver_ticks",
		"deliver_agent_runnability", "deliver_cpu_availability", "live_dangerously",
		"runnable_timeout", "grace_period", "persist", "dispatch_boost", "tag",
		"switchto_disabled", "wake_on_waker_cpu", "cpu_data",
	};
	struct ghost_ioc_run ping = { .gtid = GHOST_AGENT_GTID, .run_cpu = 1 };
	const struct enclave *e = &f->st.e;
	char text[32];
	unsigned int i;
	int ctl;

	if (setgid(NOBODY) || setuid(NOBODY))
		return 255;
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		REFUSED(-EACCES, try_open(e, files[i], O_RDWR));
	REFUSED(-EACCES, try_open(e, "sw_regions/sw_0", O_RDONLY));
	REFUSED(-EACCES, sys_write(GHOSTFS "/ctl", "create 77 91"));
	REFUSED(0, try_open(e, "status", O_RDONLY));

	/* What is open for reading only is no way in. */
	ctl = enclave_open_file(e, "ctl", O_RDONLY);
	if (ctl < 0)
		return 254;
	REFUSED(-1, ioctl(ctl, GHOST_IOC_NULL));
	REFUSED(EACCES, errno);
	REFUSED(-1, write(ctl, "destroy", 7));
	/* What was inherited does not give the right to be an agent, or to ping one. */
	REFUSED(-EPERM, enclave_ctl(e, "become agent 1 -1"));
	REFUSED(-EPERM, enclave_ioctl(e, GHOST_IOC_RUN, &ping));

	/* Only one's own threads may be delegated. */
	snprintf(text, sizeof(text), "%d", f->normal.pid);
	REFUSED(-EPERM, enclave_write(e, "tasks", text));
	snprintf(text, sizeof(text), "%d", getppid());
	REFUSED(-EPERM, enclave_write(e, "tasks", text));
	snprintf(text, sizeof(text), "%d", 1);
	REFUSED(-EPERM, enclave_write(e, "tasks", text));
	/* Nor may those of others be taken out. */
	REFUSED(-1, sched_setscheduler(f->st.s.pid, SCHED_OTHER, &(struct sched_param) {}));
	REFUSED(EPERM, errno);
	return 0;
}

PROVE_F(hostile, nobody, "somebody without privileges gets EACCES for the files, EPERM for agents and for tasks of others")
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(be_nobody(self));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_TRUE(WIFEXITED(status));
	/* The line. */
	EXPECT_EQ(0, WEXITSTATUS(status));
	EXPECT_EQ(SCHED_GHOST, sys_policy(self->st.s.pid));
	EXPECT_EQ(SCHED_OTHER, sys_policy(self->normal.pid));
	EXPECT_TRUE(others_untouched(self));
}

TEST_HARNESS_MAIN
