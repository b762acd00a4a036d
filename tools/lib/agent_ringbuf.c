// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Queues in a BPF ring buffer. It is consumed from its pages, as libbpf's
 * ring_buffer__consume() does, but message by message and without epoll: the
 * kernel wakes the agent itself, and so is told not to wake pollers.
 */
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent_internal.h"

#define SLOT_SIZE	8

/* As many bytes as that many slots, in whole pages. */
static size_t data_size(__u32 elems)
{
	size_t page = sysconf(_SC_PAGESIZE), size = (size_t)elems * SLOT_SIZE;

	return size < page ? page : size;
}

/* Page 0 is the consumer's; page 1 the producer's, with the data behind it, twice. */
static int map_pages(struct tagsched_queue *q, size_t size)
{
	size_t page = sysconf(_SC_PAGESIZE);
	void *map;

	map = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, q->map_fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	q->consumer = map;
	map = mmap(NULL, page + 2 * size, PROT_READ, MAP_SHARED, q->map_fd, page);
	if (map == MAP_FAILED)
		return -errno;
	q->map = map;
	q->map_size = page + 2 * size;
	q->producer = map;
	q->data = (const char *)map + page;
	q->mask = size - 1;
	return 0;
}

int ts_ringbuf_create(struct tagsched_queue *q, __u32 elems)
{
	struct ghost_ioc_create_ringbuf_queue create = { .flags = GHOST_RINGBUF_F_NO_WAKEUP };
	size_t size = data_size(elems);
	int err;

	q->map_fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "ghost_queue", 0, 0, size, NULL);
	if (q->map_fd < 0)
		return ts_err(q->map_fd, "cannot create a BPF ring buffer of %zu bytes: %s", size,
			      strerror(-q->map_fd));
	err = map_pages(q, size);
	if (err)
		return ts_err(err, "cannot map a BPF ring buffer: %s", strerror(-err));
	create.map_fd = q->map_fd;
	q->fd = q->e->ioctl(q->e, GHOST_IOC_CREATE_RINGBUF_QUEUE, &create);
	if (q->fd < 0)
		return ts_err(q->fd, "enclave_%lu: cannot make a queue of a BPF ring buffer: %s",
			      q->e->id, strerror(-q->fd));
	return 0;
}

void ts_ringbuf_destroy(struct tagsched_queue *q)
{
	if (q->map)
		munmap(q->map, q->map_size);
	if (q->consumer)
		munmap(q->consumer, sysconf(_SC_PAGESIZE));
	if (q->map_fd >= 0)
		close(q->map_fd);
}

int ts_ringbuf_next(struct tagsched_queue *q, struct tagsched_msg *msg)
{
	unsigned long pos = *q->consumer;

	while (pos < ts_load(q->producer)) {
		const char *record = q->data + (pos & q->mask);
		__u32 header = ts_load((const __u32 *)record), len;
		int ret;

		if (header & BPF_RINGBUF_BUSY_BIT)
			return 0;
		len = header & ~BPF_RINGBUF_DISCARD_BIT;
		pos += (len + BPF_RINGBUF_HDR_SZ + 7) & ~7UL;
		ret = header & BPF_RINGBUF_DISCARD_BIT ? 0 :
		      tagsched_msg__decode(record + BPF_RINGBUF_HDR_SZ, len, q->e->abi, msg);
		ts_store(q->consumer, pos);
		if (ret)
			return ret < 0 ? ret : 1;
	}
	return 0;
}
