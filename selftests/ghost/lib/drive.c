// SPDX-License-Identifier: GPL-2.0-only
/* A policy for one task. */
#include <stdio.h>
#include <string.h>

#include "../ghost.h"

void drive_init(struct drive *d, struct stage *st, const struct subject *s)
{
	memset(d, 0, sizeof(*d));
	d->by = &st->a;
	d->q = &st->q;
	d->cpu = st->b.cpu;
	d->gtid = s->gtid;
}

/* The newest message of the task, if it is of this type (any: 0). */
static bool take(struct drive *d, int type, struct message *m)
{
	struct message next;

	while (queue_next(d->q, &next)) {
		if (next.type >= MSG_CPU_TICK || next.gtid != (__u64)d->gtid)
			continue;
		if (d->nr < (int)(sizeof(d->log) / sizeof(d->log[0])))
			d->log[d->nr++] = next;
		if (next.type != type)
			continue;
		if (m)
			*m = next;
		return true;
	}
	return false;
}

void drive_drain(struct drive *d)
{
	take(d, 0, NULL);
}

void drive_once(struct drive *d)
{
	struct ghost_status_word *sw = enclave_find_sw(d->by->enclave, d->gtid);
	struct request r = {
		.cpu = d->cpu, .gtid = d->gtid,
		.run_flags = d->run_flags, .commit_flags = d->commit_flags,
	};
	__u32 flags;

	if (!sw)
		return;
	flags = __atomic_load_n(&sw->flags, __ATOMIC_ACQUIRE);
	if (!(flags & GHOST_SW_TASK_RUNNABLE) || (flags & GHOST_SW_TASK_ONCPU))
		return;
	r.task_barrier = __atomic_load_n(&sw->barrier, __ATOMIC_ACQUIRE);
	d->state = txn_commit(d->by, &r);
}

struct awaited {
	struct drive	*d;
	int		type;
	struct message	*m;
	bool		(*done)(void *arg);
	void		*arg;
};

static bool message_or_commit(void *arg)
{
	struct awaited *w = arg;

	if (take(w->d, w->type, w->m))
		return true;
	drive_once(w->d);
	return false;
}

bool drive_until(struct drive *d, int type, struct message *m)
{
	struct awaited w = { .d = d, .type = type, .m = m };
	char what[64];

	snprintf(what, sizeof(what), "a message of type %d from a task that is driven", type);
	return wait_for(what, message_or_commit, &w);
}

static bool done_or_commit(void *arg)
{
	struct awaited *w = arg;

	if (w->done(w->arg))
		return true;
	drive_drain(w->d);
	drive_once(w->d);
	return false;
}

bool drive_while_not(struct drive *d, const char *what, bool (*done)(void *arg), void *arg)
{
	struct awaited w = { .d = d, .done = done, .arg = arg };

	return wait_for(what, done_or_commit, &w);
}

struct counted {
	struct subject	*s;
	unsigned long	value;
};

static bool has_woken(void *arg)
{
	struct counted *c = arg;

	return c->s->shared->woken >= c->value;
}

bool drive_until_woken(struct drive *d, struct subject *s, unsigned long times)
{
	struct counted c = { s, times };

	return drive_while_not(d, "a driven task to be woken", has_woken, &c);
}

static bool has_turned(void *arg)
{
	struct counted *c = arg;

	return c->s->shared->turns > c->value + 1;
}

bool drive_until_counts(struct drive *d, struct subject *s)
{
	struct counted c = { s, s->shared->turns };

	return drive_while_not(d, "a driven task to run", has_turned, &c);
}

int drive_find(const struct drive *d, int type, int from)
{
	int i;

	for (i = from; i < d->nr; i++)
		if (d->log[i].type == type)
			return i;
	return -1;
}
