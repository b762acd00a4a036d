// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Queues: what both kinds share, and the kernel's own ring. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent_internal.h"

#define SLOT_SIZE	8

static int ring_create(struct tagsched_queue *q, __u32 elems)
{
	struct ghost_ioc_create_queue create = { .elems = elems };
	struct ghost_queue_header *header;

	q->fd = q->e->ioctl(q->e, GHOST_IOC_CREATE_QUEUE, &create);
	if (q->fd < 0)
		return ts_err(q->fd, "enclave_%lu: cannot create a queue of %u slots: %s", q->e->id,
			      elems, strerror(-q->fd));
	q->map = mmap(NULL, create.mapsize, PROT_READ | PROT_WRITE, MAP_SHARED, q->fd, 0);
	if (q->map == MAP_FAILED) {
		q->map = NULL;
		return ts_err(-errno, "enclave_%lu: cannot map a queue: %m", q->e->id);
	}
	q->map_size = create.mapsize;
	header = q->map;
	q->ring = (struct ghost_ring *)((char *)q->map + header->start);
	q->nelems = header->nelems;
	return 0;
}

struct tagsched_queue *tagsched_queue__create(struct tagsched_enclave *e,
					      const struct tagsched_queue_opts *opts)
{
	struct tagsched_queue *q;
	__u32 elems = opts && opts->elems ? opts->elems : GHOST_MAX_QUEUE_ELEMS;
	int err;

	err = TS_CHECK_OPTS(opts, tagsched_queue_opts);
	if (err) {
		errno = -err;
		return NULL;
	}
	if (elems & (elems - 1) || elems > GHOST_MAX_QUEUE_ELEMS)
		return ts_err_ptr(-EINVAL, "queue of %u slots: must be a power of two up to %u",
				  elems, GHOST_MAX_QUEUE_ELEMS);
	q = calloc(1, sizeof(*q));
	if (!q)
		return ts_err_ptr(-ENOMEM, "queue: out of memory");
	q->e = e;
	q->kind = opts ? opts->kind : TAGSCHED_QUEUE_RING;
	q->fd = -1;
	q->map_fd = -1;
	err = q->kind == TAGSCHED_QUEUE_RINGBUF ? ts_ringbuf_create(q, elems) :
						  ring_create(q, elems);
	if (err) {
		tagsched_queue__destroy(q);
		errno = -err;
		return NULL;
	}
	return q;
}

void tagsched_queue__destroy(struct tagsched_queue *q)
{
	if (!q)
		return;
	if (q->kind == TAGSCHED_QUEUE_RINGBUF)
		ts_ringbuf_destroy(q);
	else if (q->map)
		munmap(q->map, q->map_size);
	if (q->fd >= 0)
		close(q->fd);
	free(q);
}

int tagsched_queue__fd(const struct tagsched_queue *q)
{
	return q->fd;
}

/*
 * A message is in consecutive slots, so it can be decoded where it lies. Its
 * slots are given back afterwards: the kernel may overwrite them then.
 */
int ts_ring_next(struct tagsched_queue *q, struct tagsched_msg *msg)
{
	struct ghost_ring *ring = q->ring;
	__u32 tail = ring->tail, slot, room;
	int len;

	for (;;) {
		__u32 head = ts_load(&ring->head);

		if (head == tail)
			return 0;
		slot = tail & (q->nelems - 1);
		room = q->nelems - slot;
		if (room > head - tail)
			room = head - tail;
		len = tagsched_msg__decode((const char *)ring->slots + (size_t)slot * SLOT_SIZE,
					   (size_t)room * SLOT_SIZE, q->e->abi, msg);
		/* where the next record begins is unknown if this one makes no sense */
		if (len < 0)
			tail = head;
		else
			tail += (len + SLOT_SIZE - 1) / SLOT_SIZE;
		ts_store(&ring->tail, tail);
		if (len < 0)
			return len;
		if (msg->type != MSG_NOP)
			return 1;
	}
}

int tagsched_queue__next(struct tagsched_queue *q, struct tagsched_msg *msg)
{
	return q->kind == TAGSCHED_QUEUE_RINGBUF ? ts_ringbuf_next(q, msg) : ts_ring_next(q, msg);
}

int tagsched_queue__set_default(struct tagsched_queue *q)
{
	struct ghost_ioc_set_default_queue arg = { .fd = q->fd };
	int err = q->e->ioctl(q->e, GHOST_IOC_SET_DEFAULT_QUEUE, &arg);

	return err < 0 ? ts_err(err, "enclave_%lu: cannot set the default queue: %s", q->e->id,
				strerror(-err)) : 0;
}

int tagsched_queue__set_wakeup(struct tagsched_queue *q, int cpu)
{
	struct ghost_agent_wakeup wakeup = { .cpu = cpu };
	struct ghost_ioc_config_queue_wakeup arg = {
		.qfd = q->fd,
		.w = &wakeup,
		.ninfo = cpu >= 0,
	};
	int err = q->e->ioctl(q->e, GHOST_IOC_CONFIG_QUEUE_WAKEUP, &arg);

	return err < 0 ? ts_err(err, "enclave_%lu: cannot let a queue wake the agent of CPU %d: %s",
				q->e->id, cpu, strerror(-err)) : 0;
}

int tagsched_queue__associate(struct tagsched_queue *q, __s64 gtid, __u32 seqnum)
{
	struct ghost_ioc_assoc_queue arg = {
		.fd = q->fd,
		.src = { .type = GHOST_TASK, .arg = gtid },
		.barrier = seqnum,
	};

	/* -ESTALE and -ENOENT are everyday answers: no last error is composed for them */
	return q->e->ioctl(q->e, GHOST_IOC_ASSOC_QUEUE, &arg);
}
