// SPDX-License-Identifier: GPL-2.0-only
/* Queues of both kinds. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "../ghost.h"

#define BUSY	(1U << 31)
#define DISCARD	(1U << 30)
#define PAGE	4096

static int create_ring(const struct enclave *e, struct queue *q, int elems)
{
	struct ghost_ioc_create_queue req = { .elems = elems };

	q->fd = enclave_ioctl(e, GHOST_IOC_CREATE_QUEUE, &req);
	if (q->fd < 0)
		return q->fd;
	q->size = req.mapsize;
	q->header = mmap(NULL, q->size, PROT_READ | PROT_WRITE, MAP_SHARED, q->fd, 0);
	if (q->header == MAP_FAILED)
		return -errno;
	q->ring = (void *)((char *)q->header + q->header->start);
	return 0;
}

/* Slots of 8 bytes, as a ring has them. */
static int create_ringbuf(const struct enclave *e, struct queue *q, int elems)
{
	struct ghost_ioc_create_ringbuf_queue req = { .flags = GHOST_RINGBUF_F_NO_WAKEUP };
	size_t size = elems * 8 < PAGE ? PAGE : elems * 8;

	q->map_fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "messages", 0, 0, size, NULL);
	if (q->map_fd < 0)
		return q->map_fd;
	q->mask = size - 1;
	q->size = PAGE + 2 * size;
	q->consumer = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, q->map_fd, 0);
	q->producer = mmap(NULL, q->size, PROT_READ, MAP_SHARED, q->map_fd, PAGE);
	if (q->consumer == MAP_FAILED || q->producer == MAP_FAILED)
		return -errno;
	q->data = (char *)q->producer + PAGE;

	req.map_fd = q->map_fd;
	q->fd = enclave_ioctl(e, GHOST_IOC_CREATE_RINGBUF_QUEUE, &req);
	return q->fd < 0 ? q->fd : 0;
}

int queue_create(const struct enclave *e, struct queue *q, enum queue_kind kind, int elems)
{
	*q = (struct queue) { .kind = kind, .fd = -1, .map_fd = -1 };
	return kind == RING ? create_ring(e, q, elems) : create_ringbuf(e, q, elems);
}

void queue_close(struct queue *q)
{
	if (q->header && q->header != MAP_FAILED)
		munmap(q->header, q->size);
	if (q->consumer && q->consumer != MAP_FAILED)
		munmap(q->consumer, PAGE);
	if (q->producer && q->producer != MAP_FAILED)
		munmap(q->producer, q->size);
	if (q->fd >= 0)
		close(q->fd);
	if (q->map_fd >= 0)
		close(q->map_fd);
	q->fd = q->map_fd = -1;
}

static bool ring_next(struct queue *q, struct message *m)
{
	__u32 tail = q->ring->tail, nelems = q->header->nelems;
	struct ghost_msg *msg;

	while (tail != __atomic_load_n(&q->ring->head, __ATOMIC_ACQUIRE)) {
		msg = (void *)((char *)q->ring->slots + (tail & (nelems - 1)) * 8);
		tail += (msg->length + 7) / 8;
		if (msg->type != MSG_NOP)
			memcpy(m, msg, msg->length);
		__atomic_store_n(&q->ring->tail, tail, __ATOMIC_RELEASE);
		if (msg->type != MSG_NOP)
			return true;
	}
	return false;
}

static bool ringbuf_next(struct queue *q, struct message *m)
{
	unsigned long at = *q->consumer;
	__u32 len, *header;
	bool found = false;

	while (!found && at < __atomic_load_n(q->producer, __ATOMIC_ACQUIRE)) {
		header = (__u32 *)(q->data + (at & q->mask));
		len = __atomic_load_n(header, __ATOMIC_ACQUIRE);
		if (len & BUSY)
			return false;
		if (!(len & DISCARD)) {
			memcpy(m, header + 2, len);
			found = true;
		}
		at += ((len & ~DISCARD) + 8 + 7) / 8 * 8;
		__atomic_store_n(q->consumer, at, __ATOMIC_RELEASE);
	}
	return found;
}

bool queue_next(struct queue *q, struct message *m)
{
	memset(m, 0, sizeof(*m));
	return q->kind == RING ? ring_next(q, m) : ringbuf_next(q, m);
}

struct wanted {
	struct queue	*q;
	int		type;
	__s64		gtid;
	struct message	*m;
};

static bool found(void *arg)
{
	struct wanted *w = arg;

	while (queue_next(w->q, w->m))
		if (w->m->type == w->type && (!w->gtid || w->m->gtid == (__u64)w->gtid))
			return true;
	return false;
}

bool queue_wait(struct queue *q, int type, __s64 gtid, struct message *m)
{
	struct wanted w = { q, type, gtid, m };
	char what[64];

	snprintf(what, sizeof(what), "a message of type %d", type);
	return wait_for(what, found, &w);
}

int queue_set_default(const struct enclave *e, const struct queue *q)
{
	struct ghost_ioc_set_default_queue req = { .fd = q->fd };

	return enclave_ioctl(e, GHOST_IOC_SET_DEFAULT_QUEUE, &req);
}

int queue_set_wakeup(const struct enclave *e, const struct queue *q, int cpu)
{
	struct ghost_agent_wakeup w = { .cpu = cpu };
	struct ghost_ioc_config_queue_wakeup req = { .qfd = q->fd, .w = &w, .ninfo = 1 };

	return enclave_ioctl(e, GHOST_IOC_CONFIG_QUEUE_WAKEUP, &req);
}

int queue_assoc(const struct enclave *e, const struct queue *q, __s64 gtid, __u32 barrier)
{
	struct ghost_ioc_assoc_queue req = {
		.fd = q->fd, .src = { .type = GHOST_TASK, .arg = gtid }, .barrier = barrier,
	};

	return enclave_ioctl(e, GHOST_IOC_ASSOC_QUEUE, &req);
}
