// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* The main thread of a process of agents, from finding an enclave to leaving it. */
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "agent_internal.h"

/* How long a stranded task waits for CFS, and a signal for an answer. */
#define SLICE_MS	100

int tagsched_agents__wait(struct tagsched_agents *as, int timeout_ms)
{
	__u64 end = ts_now() + timeout_ms * 1000000ULL, now;
	struct pollfd poll_fd = { .fd = as->listen_fd, .events = POLLIN };
	int err, n;

	ts_enclave_read_tunables(as->e);
	do {
		now = ts_now();
		n = now < end ? (end - now + 999999) / 1000000 : 0;
		n = poll(&poll_fd, 1, n < SLICE_MS ? n : SLICE_MS);
		ts_release_stranded(as);
		if (tagsched_enclave__gone(as->e))
			return ts_err(-ENODEV, "enclave_%lu was destroyed", as->e->id);
		err = ts_load(&as->dead);
		if (err)
			return ts_err(err, "enclave_%lu: an agent failed: %s", as->e->id,
				      strerror(-err));
		if (n < 0)
			return 0;
		if (n > 0) {
			as->peer_fd = ts_handover_accept(as);
			if (as->peer_fd >= 0)
				return 1;
		}
	} while (ts_now() < end);
	return 0;
}

static int end_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* The kernel never delegates an agent's process; until it is one, its tag would do so. */
static void hide(const struct tagsched_agents_opts *opts)
{
	__s64 tag;

	if (opts->bind && opts->tag && !tagsched_process__get_tag(0, &tag) && tag == opts->tag)
		tagsched_process__set_tag(0, 0);
}

static struct tagsched_enclave *get_enclave(const struct tagsched_agents_opts *opts, bool *mine)
{
	struct tagsched_enclave *e;
	unsigned long id;

	if (opts->bind && !tagsched_enclave__find(opts->tag, &id)) {
		*mine = false;
		e = tagsched_enclave__open(id);
		/* it may have gone since it was found */
		if (e || errno != ENOENT)
			return e;
	}
	*mine = true;
	return tagsched_enclave__create(opts->enclave);
}

static bool ended(int signal_fd)
{
	struct signalfd_siginfo info;

	return read(signal_fd, &info, sizeof(info)) == sizeof(info);
}

/* 0 after a signal, 1 for a successor, or a negative errno. */
static int serve(struct tagsched_agents *as, int signal_fd)
{
	__u64 second = ts_now() + 1000000000;
	int ret = 0;

	while (!ret && !ended(signal_fd)) {
		ret = tagsched_agents__wait(as, SLICE_MS);
		if (as->opts.second && ts_now() >= second) {
			as->opts.second(as, as->opts.arg);
			second += 1000000000;
		}
	}
	return ret;
}

/* @mine: the enclave is not, or no longer, another process'. */
static int run(struct tagsched_enclave *e, const struct tagsched_agent_ops *ops,
	       const struct tagsched_agents_opts *opts, int signal_fd, bool *mine)
{
	struct tagsched_agents *as = tagsched_agents__start(e, ops, opts);
	int ret;

	if (!as)
		return -errno;
	*mine = true;
	/* tasks come when an agent is online */
	ret = opts->bind ? tagsched_enclave__bind_tag(e, opts->tag) : 0;
	if (!ret && opts->ready)
		opts->ready(as, opts->arg);
	if (!ret)
		ret = serve(as, signal_fd);
	tagsched_agents__destroy(as);
	if (ret > 0)
		*mine = false;
	return ret;
}

int tagsched_agents__run(const struct tagsched_agent_ops *ops,
			 const struct tagsched_agents_opts *opts)
{
	static const struct tagsched_agents_opts defaults = { .sz = sizeof(defaults) };
	struct tagsched_enclave *e;
	int signal_fd, ret;
	bool mine;

	ret = TS_CHECK_OPTS(opts, tagsched_agents_opts);
	if (ret)
		return ret;
	opts = opts ?: &defaults;
	signal_fd = end_signals();
	if (signal_fd < 0)
		return ts_err(-errno, "cannot create a signal descriptor: %m");
	hide(opts);
	e = get_enclave(opts, &mine);
	if (!e) {
		ret = -errno;
	} else {
		ret = run(e, ops, opts, signal_fd, &mine);
		if (mine)
			tagsched_enclave__destroy(e);
		tagsched_enclave__close(e);
	}
	close(signal_fd);
	return ret < 0 ? ret : 0;
}
