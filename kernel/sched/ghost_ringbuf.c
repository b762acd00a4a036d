// SPDX-License-Identifier: GPL-2.0-only
/*
 * Delegation of scheduling to userspace: a queue in a BPF ring buffer that the
 * agent owns. Its records are the messages, byte for byte, so that what reads
 * ring buffers reads them.
 */
#include <linux/bpf.h>
#include <linux/uaccess.h>

#include "ghost_internal.h"

/* The ring buffer serializes with other producers of the map, such as programs. */
static bool ringbuf_write(struct ghost_queue *q, const void *rec, unsigned int len)
{
	return !bpf_ringbuf_output_proto.func((unsigned long)q->map, (unsigned long)rec, len,
					      q->map_flags, 0);
}

static struct bpf_map *get_ringbuf(int fd)
{
	struct fd f = fdget(fd);
	struct bpf_map *map = __bpf_map_get(f);

	if (IS_ERR(map))
		return map;

	if (map->map_type != BPF_MAP_TYPE_RINGBUF)
		map = ERR_PTR(-EINVAL);
	else if (!(f.file->f_mode & FMODE_CAN_WRITE))
		map = ERR_PTR(-EPERM);
	else
		bpf_map_inc_with_uref(map);
	fdput(f);
	return map;
}

/**
 * ghost_create_ringbuf_queue - GHOST_IOC_CREATE_RINGBUF_QUEUE
 * @e:	 the enclave
 * @arg: the map, and whether somebody waits for it in epoll
 *
 * Return: a file descriptor that every ioctl takes for a queue; -EFAULT, -EINVAL
 * (flags, no map or one of another type), -EBADF (no fd), -EPERM (read-only), -ENOMEM.
 */
int ghost_create_ringbuf_queue(struct ghost_enclave *e,
			       struct ghost_ioc_create_ringbuf_queue __user *arg)
{
	struct ghost_ioc_create_ringbuf_queue req;
	struct ghost_queue *q;
	struct bpf_map *map;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
	if (req.flags & ~GHOST_RINGBUF_F_NO_WAKEUP)
		return -EINVAL;
	map = get_ringbuf(req.map_fd);
	if (IS_ERR(map))
		return PTR_ERR(map);

	q = ghost_queue_alloc(e);
	if (!q) {
		bpf_map_put_with_uref(map);
		return -ENOMEM;
	}
	q->map = map;
	q->map_flags = req.flags & GHOST_RINGBUF_F_NO_WAKEUP ? BPF_RB_NO_WAKEUP : 0;
	q->write = ringbuf_write;
	return ghost_queue_install(q);
}
