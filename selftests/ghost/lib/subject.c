// SPDX-License-Identifier: GPL-2.0-only
/* Tasks that do as they are told. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../ghost.h"

__s64 gtid_of(pid_t tid)
{
	char path[64], text[32];
	int n;

	snprintf(path, sizeof(path), "/proc/%d/ghost/gtid", tid);
	n = sys_read(path, text, sizeof(text));
	return n < 0 ? n : strtoll(text, NULL, 10);
}

static void obey(struct subject *s, int from)
{
	pid_t child;
	char c;

	for (;;) {
		s->shared->turns++;
		s->shared->cpu = sched_getcpu();
		switch (s->shared->order) {
		case BLOCK:
			if (read(from, &c, 1) != 1)
				_exit(1);
			s->shared->order = SPIN;
			s->shared->woken++;
			break;
		case YIELD:
			s->shared->order = SPIN;
			sched_yield();
			break;
		case FORK:
			s->shared->order = SPIN;
			child = fork();
			if (!child)
				_exit(0);
			s->shared->child = child;
			break;
		case EXIT:
			_exit(0);
		}
	}
}

int subject_start(struct subject *s)
{
	int ends[2];

	s->shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (s->shared == MAP_FAILED || pipe(ends))
		return -errno;
	/* It blocks first, so that it is not in anybody's way. */
	s->shared->order = BLOCK;
	s->pid = fork();
	if (s->pid < 0)
		return -errno;
	if (!s->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ends[1]);
		/* The test may be pinned. */
		sys_unpin(0);
		obey(s, ends[0]);
	}
	close(ends[0]);
	s->wake = ends[1];
	s->gtid = gtid_of(s->pid);
	return s->gtid < 0 ? s->gtid : 0;
}

static bool is_blocked(void *arg)
{
	struct subject *s = arg;
	char path[64], text[256];
	const char *state;

	snprintf(path, sizeof(path), "/proc/%d/stat", s->pid);
	if (!s->shared->turns || sys_read(path, text, sizeof(text)) < 0)
		return false;
	state = strrchr(text, ')');
	return state && state[2] == 'S';
}

bool subject_wait_blocked(struct subject *s)
{
	return wait_for("a task to block", is_blocked, s);
}

void subject_order(struct subject *s, enum order order)
{
	s->shared->order = order;
}

void subject_wake(struct subject *s)
{
	if (write(s->wake, "", 1) != 1)
		perror("# subject_wake");
}

void subject_end(struct subject *s)
{
	struct sched_param normal = {};

	if (s->pid > 0) {
		/* One that is delegated needs an agent to die, and a tag may do that again. */
		kill(s->pid, SIGKILL);
		do {
			sched_setscheduler(s->pid, SCHED_OTHER, &normal);
			usleep(1000);
		} while (!waitpid(s->pid, NULL, WNOHANG));
	}
	close(s->wake);
	if (s->shared && s->shared != MAP_FAILED)
		munmap((void *)s->shared, 4096);
}

int subject_enter(const struct enclave *e, struct subject *s)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", s->gtid);
	return enclave_write(e, "tasks", text);
}

struct turns {
	struct subject	*s;
	unsigned long	from;
};

static bool counts(void *arg)
{
	struct turns *t = arg;

	return t->s->shared->turns > t->from + 1;
}

bool subject_runs(struct subject *s)
{
	struct turns t = { s, s->shared->turns };

	return wait_for("a task to run", counts, &t);
}

struct waiting {
	const struct enclave	*e;
	struct subject		*s;
};

static bool is_ready(void *arg)
{
	struct waiting *w = arg;
	struct ghost_status_word *sw = enclave_find_sw(w->e, w->s->gtid);

	return sw && (__atomic_load_n(&sw->flags, __ATOMIC_ACQUIRE) &
		      (GHOST_SW_TASK_RUNNABLE | GHOST_SW_TASK_ONCPU)) == GHOST_SW_TASK_RUNNABLE;
}

bool subject_wait_ready(const struct enclave *e, struct subject *s)
{
	struct waiting w = { e, s };

	return wait_for("a task to wait for an agent", is_ready, &w);
}
