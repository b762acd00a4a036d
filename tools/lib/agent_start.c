// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* The life of a set of agents: threads, queues, attachment, the end. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent_internal.h"

/* All of a process' memory is locked; the default of 8 MB a thread would be much. */
#define STACK_SIZE	(256 << 10)
/* How long to wait for agents that hand over. */
#define ATTACH_NS	10000000000ULL
#define ATTACH_WAIT_US	200
/* The kernel's patience while nobody is attached, during a hand-over. */
#define HANDOVER_GRACE	"5000"

static int become_agent(struct tagsched_agent *a)
{
	struct tagsched_enclave *e = a->as->e;
	__u64 end = ts_now() + ATTACH_NS;
	char command[64];
	ssize_t len;

	snprintf(command, sizeof(command), "become agent %d %d", a->cpu,
		 tagsched_queue__fd(a->queue));
	for (;;) {
		len = write(e->ctl_fd, command, strlen(command));
		if (len >= 0)
			return 0;
		if (errno != EBUSY || ts_now() > end || ts_stopped(a->as))
			return -errno;
		usleep(ATTACH_WAIT_US);
	}
}

static int attach(struct tagsched_agent *a)
{
	struct tagsched_enclave *e = a->as->e;
	struct ghost_ioc_sw_get_info info = {
		.request = { .type = GHOST_AGENT, .arg = a->cpu },
	};
	int err = become_agent(a);

	if (err)
		return err;
	err = e->ioctl(e, GHOST_IOC_SW_GET_INFO, &info);
	if (err < 0)
		return err;
	a->sw = tagsched_sw__at(e, info.response.id, info.response.index);
	return a->sw ? 0 : -EPROTO;
}

static void sem_wait_for(sem_t *sem)
{
	while (sem_wait(sem) && errno == EINTR)
		;
}

static void *agent_thread(void *arg)
{
	struct tagsched_agent *a = arg;
	struct tagsched_agents *as = a->as;
	int err;

	a->err = attach(a);
	sem_post(&as->attached);
	sem_wait_for(&as->go);
	if (a->err || ts_stopped(as))
		return NULL;
	if (a == as->agents) {
		ts_lock(&as->lock);
		err = ts_discover(a);
		ts_unlock(&as->lock);
		if (err)
			ts_die(as, err);
		sem_post(&as->discovered);
	} else {
		/* the first one is let go alone, and then all others */
		sem_post(&as->go);
	}
	if (as->opts.model == TAGSCHED_MODEL_CENTRAL)
		ts_central_loop(a);
	else
		ts_percpu_loop(a);
	return NULL;
}

static int create_thread(struct tagsched_agent *a)
{
	sigset_t all, old;
	pthread_attr_t attr;
	int err;

	/* a signal that waits for an agent would not let it yield */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	err = pthread_create(&a->thread, &attr, agent_thread, a);
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	a->thread_made = !err;
	return -err;
}

static int make_agents(struct tagsched_agents *as)
{
	int cpu, n = 0;

	as->nr_agents = CPU_COUNT(&as->e->cpus);
	if (!as->nr_agents)
		return ts_err(-EINVAL, "enclave_%lu has no CPUs", as->e->id);
	as->by_cpu = calloc(CPU_SETSIZE, sizeof(*as->by_cpu));
	as->agents = aligned_alloc(_Alignof(struct tagsched_agent),
				   as->nr_agents * sizeof(*as->agents));
	if (!as->by_cpu || !as->agents)
		return ts_err(-ENOMEM, "agents: out of memory");
	memset(as->agents, 0, as->nr_agents * sizeof(*as->agents));
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &as->e->cpus))
			continue;
		as->agents[n].as = as;
		as->agents[n].cpu = cpu;
		as->by_cpu[cpu] = &as->agents[n++];
	}
	if (as->nr_agents == 1)
		as->opts.model = TAGSCHED_MODEL_PER_CPU;
	as->central_cpu = as->agents[0].cpu;
	return 0;
}

static int make_queues(struct tagsched_agents *as)
{
	TAGSCHED_OPTS(tagsched_queue_opts, opts, .kind = as->opts.queue,
		      .elems = as->opts.queue_elems);
	int i;

	for (i = 0; i < as->nr_agents; i++) {
		if (i && as->opts.model == TAGSCHED_MODEL_CENTRAL) {
			as->agents[i].queue = as->default_queue;
			continue;
		}
		as->agents[i].queue = tagsched_queue__create(as->e, &opts);
		if (!as->agents[i].queue)
			return -errno;
		if (!i)
			as->default_queue = as->agents[0].queue;
	}
	return 0;
}

static int set_wakeups(struct tagsched_agents *as)
{
	int i, err;

	for (i = 0; i < as->nr_agents; i++) {
		if (i && as->opts.model == TAGSCHED_MODEL_CENTRAL)
			break;
		err = tagsched_queue__set_wakeup(as->agents[i].queue, as->agents[i].cpu);
		if (err)
			return err;
	}
	return tagsched_queue__set_default(as->default_queue);
}

static int attach_err(const struct tagsched_agents *as, const struct tagsched_agent *a)
{
	static const char *const remedies[] = {
		[EPERM] = "; it needs CAP_SYS_NICE",
		[EBUSY] = "; there is an agent already that does not hand over",
		[EXDEV] = "; the enclave is being destroyed",
	};
	unsigned int n = -a->err;
	const char *remedy = n < sizeof(remedies) / sizeof(remedies[0]) ? remedies[n] : NULL;

	return ts_err(a->err, "enclave_%lu: cannot become the agent of CPU %d: %s%s", as->e->id,
		      a->cpu, strerror(-a->err), remedy ?: "");
}

static int attach_all(struct tagsched_agents *as)
{
	int i, err, made = 0;

	for (i = 0, err = 0; i < as->nr_agents && !err; i++) {
		err = create_thread(&as->agents[i]);
		made += !err;
	}
	/* threads are ready to attach when the others are asked to go */
	if (err)
		ts_err(err, "cannot create a thread for CPU %d: %s", as->agents[i - 1].cpu,
		       strerror(-err));
	else
		err = ts_handover_ask(as);
	if (err)
		ts_store(&as->stop, 1);
	for (i = 0; i < made; i++)
		sem_wait_for(&as->attached);
	for (i = 0; i < made && !err; i++) {
		if (as->agents[i].err)
			err = attach_err(as, &as->agents[i]);
	}
	return err;
}

/* The first agent looks for tasks that are there; then all begin. */
static int let_go(struct tagsched_agents *as)
{
	int err;

	sem_post(&as->go);
	sem_wait_for(&as->discovered);
	err = ts_load(&as->dead);
	if (err)
		return ts_err(err, "enclave_%lu: cannot take over its tasks: %s", as->e->id,
			      strerror(-err));
	err = tagsched_enclave__go_online(as->e);
	if (!err)
		sem_post(&as->go);
	return err;
}

static void keep_grace(struct tagsched_agents *as)
{
	if (ts_file_read(as->e->dir_fd, "grace_period", as->saved_grace,
			 sizeof(as->saved_grace)) <= 0 || atoi(as->saved_grace) >= 5000)
		as->saved_grace[0] = '\0';
	else
		ts_file_write(as->e->dir_fd, "grace_period", HANDOVER_GRACE);
}

static void restore_grace(struct tagsched_agents *as)
{
	if (as->saved_grace[0])
		ts_file_write(as->e->dir_fd, "grace_period", as->saved_grace);
	as->saved_grace[0] = '\0';
}

static int start(struct tagsched_agents *as)
{
	int err;

	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		return ts_err(-errno, "cannot lock the agents' memory: %m; see ulimit -l");
	err = make_agents(as) ?: ts_table_init(&as->table, as->ops->task_size);
	err = err ?: make_queues(as);
	if (!err && as->opts.ticks)
		err = tagsched_enclave__write(as->e, "deliver_ticks", "1");
	if (err)
		return err;
	keep_grace(as);
	err = attach_all(as);
	err = err ?: set_wakeups(as);
	err = err ?: let_go(as);
	restore_grace(as);
	return err ?: ts_handover_listen(as);
}

struct tagsched_agents *tagsched_agents__start(struct tagsched_enclave *e,
					       const struct tagsched_agent_ops *ops,
					       const struct tagsched_agents_opts *opts)
{
	struct tagsched_agents *as;
	int err;

	err = TS_CHECK_OPTS(opts, tagsched_agents_opts) ?: TS_CHECK_OPTS(ops, tagsched_agent_ops);
	if (!err && (!ops || !ops->enqueue || !ops->dequeue || !ops->pick))
		err = ts_err(-EINVAL, "a policy needs enqueue, dequeue and pick");
	if (err) {
		errno = -err;
		return NULL;
	}
	as = calloc(1, sizeof(*as));
	if (!as)
		return ts_err_ptr(-ENOMEM, "agents: out of memory");
	as->e = e;
	ts_enclave_read_tunables(e);
	as->ops = ops;
	if (opts)
		as->opts = *opts;
	as->listen_fd = -1;
	as->peer_fd = -1;
	sem_init(&as->attached, 0, 0);
	sem_init(&as->go, 0, 0);
	sem_init(&as->discovered, 0, 0);
	err = start(as);
	if (err) {
		tagsched_agents__destroy(as);
		errno = -err;
		return NULL;
	}
	return as;
}

/* An agent may miss a ping that comes before it is attached: again until it is gone. */
static void join(struct tagsched_agent *a)
{
	struct timespec ts;

	for (;;) {
		ts_ping(a->as->e, a->cpu);
		clock_gettime(CLOCK_REALTIME, &ts);
		ts.tv_nsec += 20000000;
		ts.tv_sec += ts.tv_nsec / 1000000000;
		ts.tv_nsec %= 1000000000;
		if (!pthread_timedjoin_np(a->thread, NULL, &ts))
			return;
	}
}

/* The kernel leaves an agent's status word to userspace, once the thread is really gone. */
static void free_word(struct tagsched_agent *a)
{
	int tries;

	for (tries = 0; tries < 100 && !tagsched_enclave__gone(a->as->e); tries++) {
		if (tagsched_sw__free(a->as->e, a->sw) != -EINVAL)
			return;
		usleep(1000);
	}
}

void tagsched_agents__destroy(struct tagsched_agents *as)
{
	int i;

	if (!as)
		return;
	tagsched_enclave__go_offline(as->e);
	ts_store(&as->stop, 1);
	for (i = 0; i < as->nr_agents; i++)
		sem_post(&as->go);
	for (i = 0; as->agents && i < as->nr_agents; i++)
		ts_ping(as->e, as->agents[i].cpu);
	for (i = 0; as->agents && i < as->nr_agents; i++) {
		if (as->agents[i].thread_made)
			join(&as->agents[i]);
	}
	for (i = 0; as->agents && i < as->nr_agents; i++) {
		if (as->agents[i].sw)
			free_word(&as->agents[i]);
		if (!i || as->agents[i].queue != as->default_queue)
			tagsched_queue__destroy(as->agents[i].queue);
	}
	ts_handover_close(as);
	ts_table_destroy(&as->table);
	sem_destroy(&as->attached);
	sem_destroy(&as->go);
	sem_destroy(&as->discovered);
	free(as->agents);
	free(as->by_cpu);
	free(as);
}

struct tagsched_enclave *tagsched_agents__enclave(const struct tagsched_agents *agents)
{
	return agents->e;
}

int tagsched_agents__stats(const struct tagsched_agents *as, struct tagsched_agents_stats *stats)
{
	int i;

	if (stats->sz != sizeof(*stats))
		return ts_err(-EINVAL, "struct tagsched_agents_stats: sz is %zu, %zu expected",
			      stats->sz, sizeof(*stats));
	memset(stats, 0, sizeof(*stats));
	stats->sz = sizeof(*stats);
	for (i = 0; i < as->nr_agents; i++) {
		const struct tagsched_agents_stats *s = &as->agents[i].stats;

		stats->passes += s->passes;
		stats->messages += s->messages;
		stats->commits += s->commits;
		stats->failed += s->failed;
		stats->yields += s->yields;
		stats->pings += s->pings;
		stats->moves += s->moves;
		stats->resyncs += s->resyncs;
		stats->lost += s->lost;
		stats->handovers += s->handovers;
	}
	stats->released = as->released;
	stats->tasks = ts_load(&as->table.len);
	stats->queued = ts_load(&as->nr_queued);
	return 0;
}
