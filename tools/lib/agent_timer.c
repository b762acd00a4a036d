// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Timers whose expiry is a message to an agent. */
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "agent_internal.h"

/* Owned by the caller; refers to the enclave, which must outlive it. */
struct tagsched_timer {
	struct tagsched_enclave *e;
	int fd;
	struct timerfd_ghost assoc;
};

struct tagsched_timer *tagsched_timer__create(struct tagsched_enclave *e, int cpu, __u64 type,
					      __u64 cookie)
{
	struct tagsched_timer *timer = calloc(1, sizeof(*timer));
	int err;

	if (!timer)
		return ts_err_ptr(-ENOMEM, "timer: out of memory");
	timer->e = e;
	timer->assoc.cpu = cpu;
	timer->assoc.type = type;
	timer->assoc.cookie = cookie;
	timer->fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (timer->fd < 0) {
		err = -errno;
		free(timer);
		return ts_err_ptr(err, "cannot create a timer: %s", strerror(-err));
	}
	return timer;
}

int tagsched_timer__arm(struct tagsched_timer *timer, __u64 ns)
{
	struct itimerspec when = {
		.it_value = { .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 },
	};
	struct ghost_ioc_timerfd_settime arg = {
		.timerfd = timer->fd,
		.in_tmr = &when,
		.timerfd_ghost = timer->assoc,
	};

	_Static_assert(sizeof(when) == 32, "a 64-bit itimerspec");
	arg.timerfd_ghost.flags = ns ? TIMERFD_GHOST_ENABLED : 0;
	return timer->e->ioctl(timer->e, GHOST_IOC_TIMERFD_SETTIME, &arg);
}

void tagsched_timer__destroy(struct tagsched_timer *timer)
{
	if (!timer)
		return;
	close(timer->fd);
	free(timer);
}
