// SPDX-License-Identifier: GPL-2.0-only
/* Agents that do what they are told. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../ghost.h"

static void *agent_main(void *arg)
{
	struct agent *a = arg;
	char command[64];

	snprintf(command, sizeof(command), "become agent %d %d", a->cpu, a->queue_fd);
	a->err = enclave_ctl(a->enclave, command);

	pthread_mutex_lock(&a->lock);
	a->tid = syscall(SYS_gettid);
	a->ready = true;
	pthread_cond_broadcast(&a->changed);
	while (!a->err && !a->quit) {
		if (!a->fn) {
			pthread_cond_wait(&a->changed, &a->lock);
			continue;
		}
		pthread_mutex_unlock(&a->lock);
		a->result = a->fn(a, a->arg);
		pthread_mutex_lock(&a->lock);
		a->fn = NULL;
		a->done = true;
		pthread_cond_broadcast(&a->changed);
	}
	pthread_mutex_unlock(&a->lock);
	return NULL;
}

int agent_start(struct agent *a, const struct enclave *e, int cpu, const struct queue *q)
{
	int err;

	memset(a, 0, sizeof(*a));
	a->enclave = e;
	a->cpu = cpu;
	a->queue_fd = q ? q->fd : -1;
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->changed, NULL);
	err = pthread_create(&a->thread, NULL, agent_main, a);
	if (err)
		return -err;
	pthread_mutex_lock(&a->lock);
	while (!a->ready)
		pthread_cond_wait(&a->changed, &a->lock);
	pthread_mutex_unlock(&a->lock);
	if (a->err)
		pthread_join(a->thread, NULL);
	return a->err;
}

void agent_order(struct agent *a, long (*fn)(struct agent *a, void *arg), void *arg)
{
	pthread_mutex_lock(&a->lock);
	a->done = false;
	a->arg = arg;
	a->fn = fn;
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
}

bool agent_done(struct agent *a, long *result)
{
	bool done;

	pthread_mutex_lock(&a->lock);
	done = a->done;
	if (done && result)
		*result = a->result;
	pthread_mutex_unlock(&a->lock);
	return done;
}

static bool is_done(void *arg)
{
	return agent_done(arg, NULL);
}

long agent_wait(struct agent *a)
{
	return wait_for("an agent to be done", is_done, a) ? a->result : -ETIMEDOUT;
}

long agent_do(struct agent *a, long (*fn)(struct agent *a, void *arg), void *arg)
{
	agent_order(a, fn, arg);
	return agent_wait(a);
}

static long spin(struct agent *a, void *arg)
{
	__atomic_store_n(&a->spins, true, __ATOMIC_RELEASE);
	while (__atomic_load_n(&a->spins, __ATOMIC_ACQUIRE))
		;
	return 0;
}

static bool spins(void *arg)
{
	return __atomic_load_n((bool *)arg, __ATOMIC_ACQUIRE);
}

bool agent_spin(struct agent *a)
{
	agent_order(a, spin, NULL);
	return wait_for("an agent to spin", spins, &a->spins);
}

long agent_rest(struct agent *a)
{
	__atomic_store_n(&a->spins, false, __ATOMIC_RELEASE);
	return agent_wait(a);
}

static bool can_free(void *arg)
{
	struct ghost_status_word *sw = arg;

	return __atomic_load_n(&sw->flags, __ATOMIC_ACQUIRE) & GHOST_SW_F_CANFREE;
}

void agent_stop(struct agent *a)
{
	struct ghost_status_word *sw;
	struct ghost_sw_info info;

	if (!a->tid || a->err)
		return;
	sw = agent_sw(a);
	pthread_mutex_lock(&a->lock);
	a->quit = true;
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
	pthread_join(a->thread, NULL);
	/* The thread can be joined before its last switch. */
	if (sw && wait_for("an agent's last switch", can_free, sw)) {
		info.id = 0;
		info.index = sw - enclave_sw(a->enclave, 0);
		enclave_ioctl(a->enclave, GHOST_IOC_SW_FREE, &info);
	}
}

struct ghost_status_word *agent_sw(const struct agent *a)
{
	struct ghost_ioc_sw_get_info req = {
		.request = { .type = GHOST_AGENT, .arg = a->cpu },
	};

	if (enclave_ioctl(a->enclave, GHOST_IOC_SW_GET_INFO, &req))
		return NULL;
	return enclave_sw(a->enclave, req.response.index);
}

int agent_yield(struct agent *a, __u32 barrier, int flags)
{
	struct ghost_ioc_run run = {
		.gtid = GHOST_NULL_GTID, .run_cpu = a->cpu,
		.agent_barrier = barrier, .run_flags = flags,
	};
	int err;

	a->yielding = true;
	err = enclave_ioctl(a->enclave, GHOST_IOC_RUN, &run);
	a->yielding = false;
	return err;
}

__u32 agent_barrier(const struct agent *a)
{
	return __atomic_load_n(&agent_sw(a)->barrier, __ATOMIC_ACQUIRE);
}

/* What is published may lag; a yield that fails for that brings it up to date. */
long agent_yield_now(struct agent *a, void *flags)
{
	int err;

	do {
		err = agent_yield(a, agent_barrier(a), (long)flags);
	} while (err == -ESTALE);
	return err;
}

static bool has_yielded(void *arg)
{
	struct agent *a = arg;
	struct ghost_status_word *sw = agent_sw(a);

	/* One that has just been woken looks the same; another process' is not asked. */
	if (a->tid && !a->yielding)
		return false;
	/* In the ioctl: runnable, and not on its CPU. */
	return sw && (__atomic_load_n(&sw->flags, __ATOMIC_ACQUIRE) &
		      (GHOST_SW_TASK_RUNNABLE | GHOST_SW_TASK_ONCPU)) == GHOST_SW_TASK_RUNNABLE;
}

bool agent_wait_yielded(struct agent *a)
{
	return wait_for("an agent to give up its CPU", has_yielded, a);
}

int agent_ping(const struct enclave *e, int cpu)
{
	struct ghost_ioc_run run = { .gtid = GHOST_AGENT_GTID, .run_cpu = cpu };

	return enclave_ioctl(e, GHOST_IOC_RUN, &run);
}
