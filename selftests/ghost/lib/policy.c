// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process that schedules all tasks of an enclave: mostly in turn, for slices of
 * random length, one by one or as groups of transactions.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../ghost.h"

#define FIRST_CPU	1
#define NR_AGENTS	3	/* the first schedules, the others have CPUs to give */
#define MAX_TASKS	4096
#define HASH		1024
#define PASS_US		1000
#define MAX_SLICE	8	/* passes */
#define OWNER		1	/* of the groups */

enum state { FREE, BLOCKED, QUEUED, RUNNING };

struct task {
	__u64		gtid;
	__u32		seqnum;
	__u32		sw;
	enum state	state;
	int		cpu;
	int		next;		/* in its hash chain */
	int		behind;		/* in the queue of those that wait */
};

static struct enclave enclave;
static struct queue queue;
static struct agent agents[NR_AGENTS];
static struct task tasks[MAX_TASKS];	/* 0 is nobody */
static int chains[HASH];
static int head, tail;			/* of those that wait */
static int current[FIRST_CPU + NR_AGENTS];
static unsigned long turn_ends[FIRST_CPU + NR_AGENTS];	/* at which pass */
static struct policy self;

/* --- the table --- */

static int *chain_of(__u64 gtid)
{
	return &chains[(gtid ^ gtid >> GHOST_TID_SHIFT) % HASH];
}

static int find(__u64 gtid)
{
	int i;

	for (i = *chain_of(gtid); i; i = tasks[i].next)
		if (tasks[i].gtid == gtid)
			return i;
	return 0;
}

static int add(__u64 gtid, __u32 sw)
{
	int i, *chain = chain_of(gtid);

	for (i = 1; i < MAX_TASKS && tasks[i].state != FREE; i++)
		;
	if (i == MAX_TASKS)
		return 0;
	tasks[i] = (struct task) { .gtid = gtid, .sw = sw, .state = BLOCKED, .next = *chain };
	*chain = i;
	self.shared->nr_tasks++;
	return i;
}

static void enqueue(int i)
{
	if (tasks[i].state == QUEUED)
		return;
	tasks[i].state = QUEUED;
	tasks[i].behind = 0;
	if (head)
		tasks[tail].behind = i;
	else
		head = i;
	tail = i;
	self.shared->waiting++;
}

static int dequeue(void)
{
	int i = head;

	if (i) {
		head = tasks[i].behind;
		tasks[i].state = BLOCKED;
		self.shared->waiting--;
	}
	return i;
}

static void unqueue(int i)
{
	int *at = &head, last = 0;

	if (tasks[i].state != QUEUED)
		return;
	while (*at != i) {
		last = *at;
		at = &tasks[last].behind;
	}
	*at = tasks[i].behind;
	if (tail == i)
		tail = last;
	tasks[i].state = BLOCKED;
	self.shared->waiting--;
}

static void off_cpu(int i)
{
	if (tasks[i].state == RUNNING && current[tasks[i].cpu] == i)
		current[tasks[i].cpu] = 0;
	if (tasks[i].state == RUNNING)
		tasks[i].state = BLOCKED;
}

static void drop(int i)
{
	int *at;

	unqueue(i);
	off_cpu(i);
	for (at = chain_of(tasks[i].gtid); *at != i; at = &tasks[*at].next)
		;
	*at = tasks[i].next;
	tasks[i].state = FREE;
	self.shared->nr_tasks--;
}

static void free_word(__u32 index)
{
	struct ghost_sw_info info = { .index = index };

	enclave_ioctl(&enclave, GHOST_IOC_SW_FREE, &info);
}

/* --- what there is to know without messages --- */

static __u32 flags_of(const struct ghost_status_word *sw)
{
	return __atomic_load_n(&sw->flags, __ATOMIC_ACQUIRE);
}

static bool is_task(__u32 flags)
{
	return (flags & GHOST_SW_F_INUSE) && !(flags & GHOST_SW_TASK_IS_AGENT);
}

/* A task that nobody has told of: as a message would have. */
static void take_over(__u32 index)
{
	struct ghost_status_word *sw = enclave_sw(&enclave, index);
	int i = add(sw->gtid, index);

	tasks[i].seqnum = __atomic_load_n(&sw->barrier, __ATOMIC_ACQUIRE);
	if (flags_of(sw) & GHOST_SW_TASK_RUNNABLE)
		enqueue(i);
	self.shared->discovered++;
}

/* 12.2 of the ABI. */
static void discover_word(__u32 index)
{
	struct ghost_status_word *sw = enclave_sw(&enclave, index);
	int ret, tries;

	for (tries = 0; tries < 100; tries++) {
		if (!is_task(flags_of(sw)))
			return;
		ret = queue_assoc(&enclave, &queue, sw->gtid,
				  __atomic_load_n(&sw->barrier, __ATOMIC_ACQUIRE));
		if (ret != -ESTALE || flags_of(sw) & GHOST_SW_F_CANFREE)
			break;
	}
	if (ret < 0)
		free_word(index);
	else if (!ret)
		take_over(index);
}

static void discover(void)
{
	__u32 i;

	for (i = 0; i < enclave.sw->capacity; i++)
		discover_word(i);
}

/* Messages were lost: all that is known is thrown away, and built anew. */
static void rebuild(void)
{
	struct ghost_status_word *sw;
	__u32 n, from, index, flags;
	int i;

	self.shared->resyncs++;
	/* Whoever comes first each time would leave nothing to the last; low words come first. */
	from = random() % (self.shared->nr_tasks + 1);
	for (i = 1; i < MAX_TASKS; i++)
		if (tasks[i].state != FREE)
			drop(i);
	for (n = 0; n < enclave.sw->capacity; n++) {
		index = (from + n) % enclave.sw->capacity;
		sw = enclave_sw(&enclave, index);
		flags = flags_of(sw);
		if (!is_task(flags))
			continue;
		if (flags & GHOST_SW_F_CANFREE) {
			free_word(index);
			continue;
		}
		i = add(sw->gtid, index);
		tasks[i].seqnum = __atomic_load_n(&sw->barrier, __ATOMIC_ACQUIRE);
		flags = flags_of(sw);
		/* On some CPU: a message will tell when it has left that. */
		if (flags & GHOST_SW_TASK_ONCPU)
			tasks[i].state = RUNNING;
		else if (flags & GHOST_SW_TASK_RUNNABLE)
			enqueue(i);
	}
}

/* --- messages --- */

static void task_new(const struct message *m)
{
	int i = find(m->gtid);

	if (i)
		self.shared->twice++;
	else
		i = add(m->gtid, m->new.sw_info.index);
	tasks[i].seqnum = m->seqnum;
	if (m->new.runnable)
		enqueue(i);
}

static void task_changed(int i, const struct message *m)
{
	tasks[i].seqnum = m->seqnum;
	switch (m->type) {
	case MSG_TASK_BLOCKED:
		unqueue(i);
		off_cpu(i);
		break;
	case MSG_TASK_PREEMPT:
	case MSG_TASK_YIELD:
		off_cpu(i);
		enqueue(i);
		break;
	case MSG_TASK_WAKEUP:
		enqueue(i);
		break;
	case MSG_TASK_DEPARTED:
	case MSG_TASK_DEAD:
		drop(i);
		free_word(tasks[i].sw);
		break;
	}
}

static int take_messages(void)
{
	struct message m;
	int i, nr;

	for (nr = 0; queue_next(&queue, &m); nr++) {
		if (m.type == MSG_QUEUE_RESYNC) {
			rebuild();
		} else if (m.type == MSG_TASK_NEW) {
			task_new(&m);
		} else if (m.type < MSG_CPU_TICK) {
			/* One of before a rebuild is of no interest. */
			i = find(m.gtid);
			if (i && (__s32)(m.seqnum - tasks[i].seqnum) > 0)
				task_changed(i, &m);
		}
	}
	self.shared->messages += nr;
	return nr;
}

/* --- commits --- */

static void judge(int i, int cpu, int state, bool failed)
{
	switch (state) {
	case GHOST_TXN_COMPLETE:
		if (failed)
			break;	/* undone with its group */
		self.shared->commits++;
		tasks[i].state = RUNNING;
		tasks[i].cpu = cpu;
		current[cpu] = i;
		turn_ends[cpu] = self.shared->passes + 1 + random() % MAX_SLICE;
		return;
	case GHOST_TXN_TARGET_STALE:
	case GHOST_TXN_CPU_UNAVAIL:
	/* The enclave ends; or a message says so. */
	case GHOST_TXN_NO_AGENT:
	case GHOST_TXN_TARGET_NOT_FOUND:
		break;
	case GHOST_TXN_POISONED:
		if (failed)
			break;
		/* fall through */
	default:
		self.shared->bad++;
		self.shared->bad_state = state;
	}
	self.shared->failed++;
	enqueue(i);
}

/* Mostly who waits longest. */
static int choose(void)
{
	int i;

	if (!(random() % 4)) {
		i = dequeue();
		if (i)
			enqueue(i);
	}
	return dequeue();
}

/* Who gets a CPU whose turn it is; 0: nobody. */
static int fill(int cpu, bool group)
{
	struct request r = { .cpu = cpu };
	int i;

	if (current[cpu] && self.shared->passes < turn_ends[cpu])
		return 0;
	i = choose();
	if (!i)
		return 0;
	r.gtid = tasks[i].gtid;
	r.task_barrier = tasks[i].seqnum;
	r.commit_flags = COMMIT_AT_TXN_COMMIT;
	if (group)
		__atomic_store_n(&txn_of(&enclave, cpu)->sync_group_owner, OWNER,
				 __ATOMIC_RELEASE);
	txn_fill(&enclave, &r);
	return i;
}

/* After a failure it is still its owner's. */
static void disown(int cpu)
{
	__atomic_store_n(&txn_of(&enclave, cpu)->sync_group_owner, -1, __ATOMIC_RELEASE);
}

static bool submit(__u64 mask, bool group)
{
	struct ghost_ioc_commit_txn req = { .mask_ptr = &mask, .mask_len = sizeof(mask) };
	int ret;

	if (!group) {
		self.shared->bad += !!enclave_ioctl(&enclave, GHOST_IOC_COMMIT_TXN, &req);
		return true;
	}
	ret = enclave_ioctl(&enclave, GHOST_IOC_SYNC_GROUP_TXN, &req);
	self.shared->bad += ret < 0;
	self.shared->groups += ret == 1;
	return ret == 1;
}

/*
 * Each pass begins with another CPU: affinities are not looked at, and who is
 * refused on one must not meet the same one whenever it is his turn.
 */
static void give_cpus(void)
{
	int chosen[FIRST_CPU + NR_AGENTS] = {};
	bool group = !(random() % 4), ok;
	__u64 mask = 0;
	int i, cpu;

	for (i = 0; i < NR_AGENTS - 1; i++) {
		cpu = FIRST_CPU + 1 + (i + self.shared->passes) % (NR_AGENTS - 1);
		chosen[cpu] = fill(cpu, group);
		if (chosen[cpu])
			mask |= 1ULL << cpu;
	}
	if (!mask)
		return;
	ok = submit(mask, group);
	for (cpu = FIRST_CPU + 1; cpu < FIRST_CPU + NR_AGENTS; cpu++) {
		if (!chosen[cpu])
			continue;
		judge(chosen[cpu], cpu, txn_state(&enclave, cpu), !ok);
		if (group && !ok)
			disown(cpu);
	}
}

/* Those that run are told of by PREEMPT when others take their place. */
static long schedule(struct agent *a, void *arg)
{
	int nr;

	while (!self.shared->stop) {
		nr = take_messages();
		give_cpus();
		self.shared->passes++;
		if (!nr && self.shared->check)
			break;
		usleep(PASS_US);
	}
	return 0;
}

/* --- the picture --- */

/* One line for each of the first that are wrong. */
static void tell(unsigned int nr, const struct ghost_status_word *sw, __u32 index, int i)
{
	if (nr > 5)
		return;
	fprintf(stderr, "# word %u, gtid %#llx (thread %d), barrier %u, flags %#x: known as %d, "
		"word %u, seqnum %u, state %d on CPU %d\n", index, (unsigned long long)sw->gtid,
		(int)(sw->gtid >> GHOST_TID_SHIFT), sw->barrier, flags_of(sw), i, tasks[i].sw,
		tasks[i].seqnum, tasks[i].state, tasks[i].cpu);
}

static unsigned int compare(void)
{
	unsigned int wrong = 0, seen = 0;
	struct ghost_status_word *sw;
	__u32 index, flags;
	int i;

	for (index = 0; index < enclave.sw->capacity; index++) {
		sw = enclave_sw(&enclave, index);
		flags = flags_of(sw);
		if (!is_task(flags) || flags & GHOST_SW_F_CANFREE)
			continue;
		seen++;
		i = find(sw->gtid);
		if (i && tasks[i].sw == index && tasks[i].seqnum == sw->barrier &&
		    !!(flags & GHOST_SW_TASK_RUNNABLE) == (tasks[i].state != BLOCKED))
			continue;
		wrong++;
		tell(wrong, sw, index, i);
	}
	return wrong + abs((int)(seen - self.shared->nr_tasks));
}

/* --- life --- */

struct attempt {
	struct agent	*a;
	int		cpu;
	int		err;
};

static bool is_agent_now(void *arg)
{
	struct attempt *t = arg;

	t->err = agent_start(t->a, &enclave, t->cpu, &queue);
	return t->err != -EBUSY;
}

static bool is_offline(void *arg)
{
	char text[4];

	return enclave_read(&enclave, "agent_online", text, sizeof(text)) == 1 && text[0] == '0';
}

static int attach(const struct enclave *e, enum queue_kind kind)
{
	struct attempt t;
	int i, err;

	err = enclave_attach(&enclave, e);
	if (!err)
		err = queue_create(&enclave, &queue, kind, self.elems ?: 32768);
	if (err)
		return err;
	if (!wait_for("the agent before to go offline", is_offline, NULL))
		return -ETIMEDOUT;
	for (i = 0; i < NR_AGENTS; i++) {
		t = (struct attempt) { &agents[i], FIRST_CPU + i, 0 };
		if (!wait_for("an agent's CPU", is_agent_now, &t))
			return -ETIMEDOUT;
		if (t.err)
			return t.err;
	}
	err = queue_set_default(&enclave, &queue);
	if (!err)
		discover();
	return err;
}

static void run(const struct enclave *e, enum queue_kind kind)
{
	int online = -1, i;

	self.shared->err = attach(e, kind);
	if (!self.shared->err) {
		online = enclave_open_file(&enclave, "agent_online", O_RDWR);
		self.shared->err = online < 0 ? online : 0;
	}
	self.shared->ready = true;
	if (self.shared->err)
		_exit(1);

	while (!self.shared->stop) {
		agent_order(&agents[0], schedule, NULL);
		while (!agent_done(&agents[0], NULL))
			usleep(PASS_US);
		if (self.shared->check) {
			self.shared->mismatches = compare();
			self.shared->check = false;
		}
	}
	close(online);
	for (i = NR_AGENTS - 1; i >= 0; i--)
		agent_stop(&agents[i]);
	_exit(0);
}

int policy_start(struct policy *p, const struct enclave *e, enum queue_kind kind)
{
	p->shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (p->shared == MAP_FAILED)
		return -errno;
	p->pid = fork();
	if (p->pid < 0)
		return -errno;
	if (!p->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		sys_unpin(0);
		self = *p;
		run(e, kind);
	}
	return 0;
}

static bool is_ready(void *arg)
{
	struct policy *p = arg;

	return p->shared->ready;
}

bool policy_wait_ready(struct policy *p)
{
	return wait_for("a policy to get ready", is_ready, p) && !p->shared->err;
}

static bool has_ended(void *arg)
{
	siginfo_t info = {};
	struct policy *p = arg;

	return !waitid(P_PID, p->pid, &info, WEXITED | WNOHANG | WNOWAIT) && info.si_pid;
}

int policy_stop(struct policy *p)
{
	int status = -1;

	if (p->pid <= 0)
		return 0;
	p->shared->stop = true;
	if (!wait_for("a policy to end", has_ended, p))
		kill(p->pid, SIGKILL);
	waitpid(p->pid, &status, 0);
	p->pid = 0;
	return status;
}

void policy_kill(struct policy *p)
{
	if (p->pid <= 0)
		return;
	kill(p->pid, SIGKILL);
	waitpid(p->pid, NULL, 0);
	p->pid = 0;
}

static bool is_checked(void *arg)
{
	struct policy *p = arg;

	return !p->shared->check;
}

int policy_check(struct policy *p)
{
	p->shared->check = true;
	if (!wait_for("a policy to compare", is_checked, p))
		return -ETIMEDOUT;
	return p->shared->mismatches;
}
