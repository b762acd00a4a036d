// SPDX-License-Identifier: GPL-2.0-only
/* What most tests begin with. */
#include <errno.h>
#include <string.h>

#include "../ghost.h"

static int set_agents(struct stage *st)
{
	int err = agent_start(&st->a, &st->e, 1, &st->q);

	return err ?: agent_start(&st->b, &st->e, 2, &st->q);
}

int stage_set(struct stage *st, int abi, enum queue_kind kind)
{
	int err;

	memset(st, 0, sizeof(*st));
	st->q.fd = -1;
	st->q.map_fd = -1;
	st->s.wake = -1;
	err = sys_pin(0, 0);
	if (!err)
		err = enclave_create(&st->e, abi, "1-3");
	/* Tests let tasks wait, on slow machines for long. */
	if (!err)
		err = enclave_write(&st->e, "runnable_timeout", "0");
	/* And their agents go one after the other: who stops the last still looks at it. */
	if (!err)
		err = enclave_write(&st->e, "grace_period", "600000");
	if (!err)
		err = queue_create(&st->e, &st->q, kind, 4096);
	if (!err)
		err = queue_set_default(&st->e, &st->q);
	if (!err)
		err = set_agents(st);
	if (!err)
		err = subject_start(&st->s);
	return err ?: subject_wait_blocked(&st->s) ? 0 : -ETIMEDOUT;
}

int stage_strike(struct stage *st)
{
	int err;

	agent_stop(&st->a);
	agent_stop(&st->b);
	err = st->e.id ? enclave_end(&st->e) : 0;
	subject_end(&st->s);
	queue_close(&st->q);
	return err;
}

int stage_enter(struct stage *st, struct message *m)
{
	int err = subject_enter(&st->e, &st->s);

	if (err)
		return err;
	return queue_wait(&st->q, MSG_TASK_NEW, st->s.gtid, m) ? 0 : -ETIMEDOUT;
}
