// SPDX-License-Identifier: GPL-2.0-only
/* Many tasks at once. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../ghost.h"

static void any_step(int number, unsigned short *seed)
{
	volatile int i;

	switch (nrand48(seed) % 4) {
	case 0:
		usleep(nrand48(seed) % 2000);
		break;
	case 1:
		sched_yield();
		break;
	default:
		for (i = nrand48(seed) % 20000; i > 0; i--)
			;
	}
}

/* @start is a pipe: its end is the start of all. */
static void be_one(struct herd *h, int number, const int *start,
		   void (*step)(int number, unsigned short *seed))
{
	unsigned short seed[3] = { number, number >> 16, 0x5eed };
	char c;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sys_unpin(0);
	close(start[1]);
	h->counts[number] = 1;
	if (read(start[0], &c, 1))
		_exit(1);
	close(start[0]);
	for (;;) {
		step(number, seed);
		h->counts[number]++;
	}
}

static bool all_started(void *arg)
{
	const struct herd *h = arg;
	int i;

	for (i = 0; i < h->nr; i++)
		if (!h->counts[i])
			return false;
	return true;
}

int herd_start(struct herd *h, int nr, void (*step)(int number, unsigned short *seed))
{
	int start[2], i, err;

	if (pipe(start))
		return -errno;
	h->nr = nr;
	h->pids = calloc(nr, sizeof(*h->pids));
	h->counts = mmap(NULL, nr * sizeof(*h->counts), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!h->pids || h->counts == MAP_FAILED)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		h->pids[i] = fork();
		if (h->pids[i] < 0)
			return -errno;
		if (!h->pids[i])
			be_one(h, i, start, step ?: any_step);
	}
	close(start[0]);
	/* Until it has run, a child is pinned where its parent is. */
	err = wait_for("every task to start", all_started, h) ? 0 : -ETIMEDOUT;
	close(start[1]);
	return err;
}

int herd_enter(const struct herd *h, const struct enclave *e)
{
	char text[16];
	int i, err = 0;

	for (i = 0; i < h->nr && !err; i++) {
		snprintf(text, sizeof(text), "%d", h->pids[i]);
		err = enclave_write(e, "tasks", text);
	}
	return err;
}

struct progress {
	const struct herd	*h;
	unsigned long		*from;
};

static bool has_progressed(const struct progress *p, int i)
{
	return p->h->counts[i] >= p->from[i] + 2;
}

static bool all_progressed(void *arg)
{
	struct progress *p = arg;
	int i;

	for (i = 0; i < p->h->nr; i++)
		if (!has_progressed(p, i))
			return false;
	return true;
}

/* In times of what one task gets; three such waits fit in the limit of a program. */
static int patience(const struct herd *h)
{
	return 1 + h->nr / 250;
}

static void tell_of_laggards(const struct progress *p)
{
	int i, nr = 0;

	for (i = 0; i < p->h->nr; i++) {
		if (has_progressed(p, i))
			continue;
		if (!nr++)
			fprintf(stderr, "# such as %d, policy %d\n", p->h->pids[i],
				sys_policy(p->h->pids[i]));
	}
	fprintf(stderr, "# %d of %d tasks have not\n", nr, p->h->nr);
}

bool herd_progresses(const struct herd *h)
{
	struct progress p = { h, calloc(h->nr, sizeof(*p.from)) };
	bool ok;
	int i;

	for (i = 0; i < h->nr; i++)
		p.from[i] = h->counts[i];
	ok = wait_long("every task to do something", all_progressed, &p, patience(h));
	if (!ok)
		tell_of_laggards(&p);
	free(p.from);
	return ok;
}

unsigned long herd_steps(const struct herd *h)
{
	unsigned long sum = 0;
	int i;

	for (i = 0; i < h->nr; i++)
		sum += h->counts[i];
	return sum;
}

int herd_with_policy(const struct herd *h, int policy)
{
	int i, nr = 0;

	for (i = 0; i < h->nr; i++)
		nr += sys_policy(h->pids[i]) == policy;
	return nr;
}

struct holding {
	const struct herd	*h;
	const struct enclave	*e;
};

static bool is_stopped(pid_t pid)
{
	char path[64], text[256];
	const char *state;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (sys_read(path, text, sizeof(text)) < 0)
		return false;
	state = strrchr(text, ')');
	return state && state[2] == 'T';
}

static bool is_held(void *arg)
{
	struct holding *w = arg;
	struct ghost_status_word *sw;
	__u32 i, flags;
	int n;

	for (n = 0; n < w->h->nr; n++)
		if (!is_stopped(w->h->pids[n]))
			return false;
	for (i = 0; i < w->e->sw->capacity; i++) {
		sw = enclave_sw(w->e, i);
		flags = __atomic_load_n(&sw->flags, __ATOMIC_ACQUIRE);
		if ((flags & GHOST_SW_F_INUSE) && !(flags & GHOST_SW_TASK_IS_AGENT) &&
		    (flags & (GHOST_SW_TASK_RUNNABLE | GHOST_SW_TASK_ONCPU)))
			return false;
	}
	return true;
}

/* Who is not held: a line for each of the first. */
static void tell_of_runners(const struct holding *w)
{
	int i, nr = 0;
	char text[256];

	for (i = 0; i < w->h->nr; i++) {
		char path[64];

		if (is_stopped(w->h->pids[i]) || nr++ >= 5)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/stat", w->h->pids[i]);
		if (sys_read(path, text, sizeof(text)) > 0)
			fprintf(stderr, "# such as %.60s, policy %d\n", text,
				sys_policy(w->h->pids[i]));
	}
	fprintf(stderr, "# %d of %d tasks have not\n", nr, w->h->nr);
	for (i = 0, nr = 0; i < (int)w->e->sw->capacity && nr < 5; i++) {
		struct ghost_status_word *sw = enclave_sw(w->e, i);

		if (!(sw->flags & GHOST_SW_F_INUSE) || (sw->flags & GHOST_SW_TASK_IS_AGENT) ||
		    !(sw->flags & (GHOST_SW_TASK_RUNNABLE | GHOST_SW_TASK_ONCPU)))
			continue;
		fprintf(stderr, "# word %d, thread %d, flags %#x, barrier %u\n", i,
			(int)(sw->gtid >> GHOST_TID_SHIFT), sw->flags, sw->barrier);
		nr++;
	}
}

bool herd_hold(const struct herd *h, const struct enclave *e)
{
	struct holding w = { h, e };
	int i;

	for (i = 0; i < h->nr; i++)
		kill(h->pids[i], SIGSTOP);
	if (wait_long("tasks to stop", is_held, &w, patience(h)))
		return true;
	tell_of_runners(&w);
	return false;
}

void herd_release(const struct herd *h)
{
	int i;

	for (i = 0; i < h->nr; i++)
		kill(h->pids[i], SIGCONT);
}

void herd_end(struct herd *h)
{
	struct sched_param normal = {};
	int i;

	if (!h->pids)
		return;
	for (i = 0; i < h->nr; i++) {
		if (h->pids[i] <= 0)
			continue;
		/* One that is delegated would need an agent to die; no tag delegates it now. */
		kill(h->pids[i], SIGKILL);
		sched_setscheduler(h->pids[i], SCHED_OTHER, &normal);
	}
	for (i = 0; i < h->nr; i++)
		if (h->pids[i] > 0)
			waitpid(h->pids[i], NULL, 0);
	munmap((void *)h->counts, h->nr * sizeof(*h->counts));
	free(h->pids);
	h->pids = NULL;
}
