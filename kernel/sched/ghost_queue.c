// SPDX-License-Identifier: GPL-2.0-only
/*
 * Delegation of scheduling to userspace: queues, by which the kernel tells an
 * agent what its tasks do. Here are what both kinds have in common and the ring
 * that is mapped from the queue's own fd; ghost_ringbuf.c has the other.
 *
 * The consumer can write to all of a ring's memory. The kernel keeps its own
 * numbers, and reads only the tail, any value of which is harmless.
 */
#include <linux/anon_inodes.h>
#include <linux/bpf.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "ghost_internal.h"

#define SLOT_SIZE	8

/* --- the ring --- */

static void *ring_slot(struct ghost_queue *q, u32 n)
{
	return (void *)q->ring->slots + (n & (q->nelems - 1)) * SLOT_SIZE;
}

static bool ring_write(struct ghost_queue *q, const void *rec, unsigned int len)
{
	const unsigned int slots = DIV_ROUND_UP(len, SLOT_SIZE);
	unsigned int to_end = q->nelems - (q->head & (q->nelems - 1));
	unsigned int pad = slots > to_end ? to_end : 0;
	/* Pairs with the consumer's release: what it has read may be overwritten. */
	u32 used = q->head - smp_load_acquire(&q->ring->tail);

	if (used > q->nelems || q->nelems - used < slots + pad)
		return false;

	if (pad) {
		struct ghost_msg *nop = ring_slot(q, q->head);

		nop->type = MSG_NOP;
		nop->length = pad * SLOT_SIZE;
		nop->seqnum = 0;
		q->head += pad;
	}
	memcpy(ring_slot(q, q->head), rec, len);
	q->head += slots;
	/* Pairs with the consumer's acquire: first the message, then the head. */
	smp_store_release(&q->ring->head, q->head);
	return true;
}

static int ring_init(struct ghost_queue *q, unsigned int nelems, size_t mapsize, int node)
{
	q->header = ghost_vmalloc_user(mapsize, node);
	if (!q->header)
		return -ENOMEM;
	q->header->start = sizeof(*q->header);
	q->header->nelems = nelems;
	q->ring = (void *)(q->header + 1);
	q->nelems = nelems;
	q->mapsize = mapsize;
	q->write = ring_write;
	return 0;
}

/* --- waking --- */

/* Only of its own enclave is an agent woken. */
static void wake_agent_of(const struct ghost_queue *q, int cpu)
{
	if (rcu_access_pointer(cpu_rq(cpu)->ghost.enclave) == q->enclave)
		ghost_wake_agent(cpu);
}

void ghost_wake_for_queue(struct ghost_queue *q, int preferred_cpu)
{
	const struct ghost_wakeups *w;
	int i, cpu;

	rcu_read_lock();
	w = rcu_dereference(q->wakeups);
	if (w) {
		cpu = w->cpus[0];
		for (i = 1; i < w->nr; i++)
			if (w->cpus[i] == preferred_cpu)
				cpu = preferred_cpu;
		wake_agent_of(q, cpu);
	}
	rcu_read_unlock();
}

/* --- producing --- */

struct resync_record {
	struct ghost_msg				hdr;
	struct ghost_msg_payload_queue_resync		payload;
};

/* Messages were lost: say so. q->lock is held. */
static bool tell_of_loss(struct ghost_queue *q)
{
	const struct resync_record rec = {
		.hdr.type	= MSG_QUEUE_RESYNC,
		.hdr.length	= sizeof(rec),
		.payload.lost	= q->lost,
	};

	if (!q->write(q, &rec, sizeof(rec)))
		return false;
	WRITE_ONCE(q->lost, 0);
	atomic_dec(&q->enclave->nr_lost);
	/* The message that comes next may be one that wakes nobody. */
	ghost_wake_for_queue(q, -1);
	return true;
}

/* A message is lost. q->lock is held. */
static void count_lost(struct ghost_queue *q)
{
	if (q->ring)
		WRITE_ONCE(q->ring->overflow, ++q->overflow);
	atomic64_inc(&q->enclave->lost);
	WRITE_ONCE(q->lost, q->lost + 1);
	if (q->lost > 1)
		return;
	atomic_inc(&q->enclave->nr_lost);
	hrtimer_start(&q->resync, TICK_NSEC, HRTIMER_MODE_REL_PINNED_HARD);
}

bool ghost_queue_produce(struct ghost_queue *q, const void *rec, unsigned int len)
{
	bool ok;

	raw_spin_lock(&q->lock);
	ok = (likely(!q->lost) || tell_of_loss(q)) && q->write(q, rec, len);
	if (unlikely(!ok))
		count_lost(q);
	raw_spin_unlock(&q->lock);
	return ok;
}

/* false: there is still no room. q->lock is held. */
static bool resync(struct ghost_queue *q)
{
	return !q->lost || tell_of_loss(q);
}

/* An idle CPU has no tick, and its agent waits for what was lost. */
static enum hrtimer_restart resync_fn(struct hrtimer *timer)
{
	struct ghost_queue *q = container_of(timer, struct ghost_queue, resync);
	enum hrtimer_restart ret = HRTIMER_NORESTART;

	/* Timers expire with interrupts off. */
	raw_spin_lock(&q->lock);
	/* Told by a producer meanwhile, and full again: it is armed already. */
	if (!resync(q) && !hrtimer_is_queued(timer)) {
		hrtimer_forward_now(timer, TICK_NSEC);
		ret = HRTIMER_RESTART;
	}
	raw_spin_unlock(&q->lock);
	return ret;
}

void ghost_queue_resync(struct ghost_enclave *e)
{
	struct ghost_queue *q;
	unsigned long flags;

	raw_spin_lock_irqsave(&e->lock, flags);
	list_for_each_entry(q, &e->queues, node) {
		if (!READ_ONCE(q->lost))
			continue;
		raw_spin_lock(&q->lock);
		resync(q);
		raw_spin_unlock(&q->lock);
	}
	raw_spin_unlock_irqrestore(&e->lock, flags);
}

/* --- life --- */

static void queue_free_work(struct work_struct *work)
{
	struct ghost_queue *q = container_of(work, struct ghost_queue, free_work);
	struct ghost_enclave *e = q->enclave;
	struct ghost_wakeups *w = rcu_dereference_protected(q->wakeups, true);
	unsigned long flags;

	raw_spin_lock_irqsave(&e->lock, flags);
	list_del(&q->node);
	raw_spin_unlock_irqrestore(&e->lock, flags);

	/* Nobody produces any more, but the timer may still tell. */
	hrtimer_cancel(&q->resync);
	if (q->lost)
		atomic_dec(&e->nr_lost);
	if (w)
		kfree_rcu(w, rcu);
	vfree(q->header);
	if (q->map)
		bpf_map_put_with_uref(q->map);
	irq_work_sync(&q->put_irq);
	kfree(q);
	ghost_enclave_put(e);
}

static void queue_put_irq(struct irq_work *work)
{
	queue_work(system_unbound_wq,
		   &container_of(work, struct ghost_queue, put_irq)->free_work);
}

void ghost_queue_get(struct ghost_queue *q)
{
	refcount_inc(&q->ref);
}

/* Under a runqueue's lock nothing may be freed, nor a worker be woken. */
void ghost_queue_put(struct ghost_queue *q)
{
	if (q && refcount_dec_and_test(&q->ref))
		irq_work_queue(&q->put_irq);
}

struct ghost_queue *ghost_queue_alloc(struct ghost_enclave *e)
{
	struct ghost_queue *q = kzalloc(sizeof(*q), GFP_KERNEL);
	unsigned long flags;

	if (!q)
		return NULL;
	refcount_set(&q->ref, 1);
	raw_spin_lock_init(&q->lock);
	hrtimer_init(&q->resync, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	q->resync.function = resync_fn;
	init_irq_work(&q->put_irq, queue_put_irq);
	INIT_WORK(&q->free_work, queue_free_work);
	ghost_enclave_get(e);
	q->enclave = e;

	raw_spin_lock_irqsave(&e->lock, flags);
	list_add_tail(&q->node, &e->queues);
	raw_spin_unlock_irqrestore(&e->lock, flags);
	return q;
}

static int queue_release(struct inode *inode, struct file *file)
{
	struct ghost_queue *q = file->private_data;
	struct ghost_enclave *e = q->enclave;
	unsigned long flags;

	/* What no agent can read is nobody's default. */
	raw_spin_lock_irqsave(&e->lock, flags);
	if (e->def_q == q)
		e->def_q = NULL;
	raw_spin_unlock_irqrestore(&e->lock, flags);
	ghost_queue_put(q);
	return 0;
}

static int queue_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct ghost_queue *q = file->private_data;

	/* A BPF ring buffer is mapped through its map. */
	if (!q->header)
		return -EINVAL;
	return ghost_mmap_prepare(vma, q->mapsize, true) ?:
	       remap_vmalloc_range(vma, q->header, 0);
}

static const struct file_operations queue_fops = {
	.release	= queue_release,
	.mmap		= queue_mmap,
	.llseek		= noop_llseek,
};

int ghost_queue_install(struct ghost_queue *q)
{
	int fd = anon_inode_getfd("[ghost_queue]", &queue_fops, q, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		ghost_queue_put(q);
	return fd;
}

/* The caller holds the file, which holds the queue. */
static struct ghost_queue *queue_of(struct file *file)
{
	if (!file || file->f_op != &queue_fops)
		return ERR_PTR(-EBADF);
	return file->private_data;
}

struct ghost_queue *ghost_queue_from_fd(int fd)
{
	struct fd f = fdget(fd);
	struct ghost_queue *q = queue_of(f.file);

	if (!IS_ERR(q))
		ghost_queue_get(q);
	fdput(f);
	return q;
}

/* --- ioctls --- */

static size_t ring_mapsize(unsigned int nelems)
{
	return PAGE_ALIGN(sizeof(struct ghost_queue_header) + sizeof(struct ghost_ring) +
			  nelems * SLOT_SIZE);
}

/**
 * ghost_create_queue - GHOST_IOC_CREATE_QUEUE
 * @e:	 the enclave
 * @arg: see the ABI
 *
 * Return: a file descriptor, -EFAULT, -EINVAL, -ENOMEM or why there is no fd.
 */
int ghost_create_queue(struct ghost_enclave *e, struct ghost_ioc_create_queue __user *arg)
{
	struct ghost_ioc_create_queue req;
	struct ghost_queue *q;
	u64 mapsize;
	int ret;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
	if (req.elems < 0 || req.elems > GHOST_MAX_QUEUE_ELEMS || !is_power_of_2(req.elems))
		return -EINVAL;
	if (req.flags)
		return -EINVAL;
	if (req.node < 0 || req.node >= MAX_NUMNODES || !node_online(req.node))
		return -EINVAL;
	mapsize = ring_mapsize(req.elems);
	if (put_user(mapsize, &arg->mapsize))
		return -EFAULT;

	q = ghost_queue_alloc(e);
	if (!q)
		return -ENOMEM;
	ret = ring_init(q, req.elems, mapsize, req.node);
	if (ret) {
		ghost_queue_put(q);
		return ret;
	}
	return ghost_queue_install(q);
}

/* A queue of this enclave. */
static struct ghost_queue *own_queue(struct ghost_enclave *e, int fd)
{
	struct ghost_queue *q = ghost_queue_from_fd(fd);

	if (IS_ERR(q) || q->enclave == e)
		return q;
	ghost_queue_put(q);
	return ERR_PTR(-EINVAL);
}

/* The barrier that a change of @p's queue is checked against. */
static u32 current_barrier(struct rq *rq, struct task_struct *p)
{
	if (!p->ghost.agent)
		return READ_ONCE(p->ghost.sw->barrier);
	ghost_publish_agent_barrier(rq);
	return atomic_read(&rq->ghost.agent_barrier);
}

/* *q is exchanged for the queue that @p had. */
static int change_queue(struct ghost_enclave *e, struct task_struct *p, u32 barrier,
			struct ghost_queue **q)
{
	struct rq_flags rf;
	struct rq *rq;
	int ret = 0;

	rq = task_rq_lock(p, &rf);
	if (!p->ghost.sw || p->ghost.enclave != e) {
		ret = -ENOENT;
	} else if (current_barrier(rq, p) != barrier) {
		ret = -ESTALE;
	} else {
		if (p->ghost.dst_q == *q)
			ret |= GHOST_ASSOC_SF_ALREADY;
		if (p->ghost.new_task || p->ghost.inhibited_by)
			ret |= GHOST_ASSOC_SF_BRAND_NEW;
		swap(p->ghost.dst_q, *q);
	}
	task_rq_unlock(rq, p, &rf);
	return ret;
}

/**
 * ghost_assoc_queue - GHOST_IOC_ASSOC_QUEUE: where the messages of a task or agent go
 * @e:	 the enclave; queue and target must be its own
 * @arg: see the ABI
 *
 * Return: GHOST_ASSOC_SF_*; -EFAULT, -EINVAL, -EBADF, -ENOENT, -ESTALE.
 */
int ghost_assoc_queue(struct ghost_enclave *e, struct ghost_ioc_assoc_queue __user *arg)
{
	struct ghost_ioc_assoc_queue req;
	struct task_struct *p;
	struct ghost_queue *q;
	int ret;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
	if (req.flags || req.src.type != GHOST_TASK)
		return -EINVAL;
	q = own_queue(e, req.fd);
	if (IS_ERR(q))
		return PTR_ERR(q);

	p = ghost_get_task(req.src.arg, e);
	if (p) {
		ret = change_queue(e, p, req.barrier, &q);
		put_task_struct(p);
	} else {
		ret = -ENOENT;
	}
	ghost_queue_put(q);
	return ret;
}

/**
 * ghost_set_default_queue - GHOST_IOC_SET_DEFAULT_QUEUE: of tasks that enter from now on
 * @e:	 the enclave
 * @arg: see the ABI
 *
 * Return: 0, -EFAULT, -EBADF, -EINVAL (a queue of another enclave).
 */
int ghost_set_default_queue(struct ghost_enclave *e,
			    struct ghost_ioc_set_default_queue __user *arg)
{
	struct ghost_ioc_set_default_queue req;
	struct ghost_queue *q;
	struct fd f;
	int ret = 0;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;

	/* The file is held, so that its release, which clears def_q, comes later. */
	f = fdget(req.fd);
	q = queue_of(f.file);
	if (IS_ERR(q)) {
		ret = PTR_ERR(q);
	} else if (q->enclave != e) {
		ret = -EINVAL;
	} else {
		raw_spin_lock_irq(&e->lock);
		e->def_q = q;
		raw_spin_unlock_irq(&e->lock);
	}
	fdput(f);
	return ret;
}

static struct ghost_wakeups *copy_wakeups(const struct ghost_ioc_config_queue_wakeup *req)
{
	struct ghost_agent_wakeup info[GHOST_MAX_WINFO];
	struct ghost_wakeups *w;
	int i;

	if (copy_from_user(info, (const void __user *)req->w, req->ninfo * sizeof(*info)))
		return ERR_PTR(-EFAULT);
	for (i = 0; i < req->ninfo; i++)
		if (info[i].prio || (unsigned int)info[i].cpu >= nr_cpu_ids ||
		    !cpu_online(info[i].cpu))
			return ERR_PTR(-EINVAL);

	w = kzalloc(sizeof(*w), GFP_KERNEL);
	if (!w)
		return ERR_PTR(-ENOMEM);
	w->nr = req->ninfo;
	for (i = 0; i < req->ninfo; i++)
		w->cpus[i] = info[i].cpu;
	return w;
}

/**
 * ghost_config_queue_wakeup - GHOST_IOC_CONFIG_QUEUE_WAKEUP: whom messages wake
 * @e:	 the enclave
 * @arg: see the ABI
 *
 * Return: 0, -EFAULT, -EINVAL, -EBADF, -ENOMEM.
 */
int ghost_config_queue_wakeup(struct ghost_enclave *e,
			      struct ghost_ioc_config_queue_wakeup __user *arg)
{
	struct ghost_ioc_config_queue_wakeup req;
	struct ghost_wakeups *w = NULL, *old;
	struct ghost_queue *q;
	unsigned long flags;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
	if (req.ninfo < 0 || req.ninfo > GHOST_MAX_WINFO || req.flags)
		return -EINVAL;
	q = own_queue(e, req.qfd);
	if (IS_ERR(q))
		return PTR_ERR(q);
	if (req.ninfo) {
		w = copy_wakeups(&req);
		if (IS_ERR(w)) {
			ghost_queue_put(q);
			return PTR_ERR(w);
		}
	}

	raw_spin_lock_irqsave(&q->lock, flags);
	old = rcu_replace_pointer(q->wakeups, w, lockdep_is_held(&q->lock));
	/* Messages may be waiting that woke nobody. */
	if (w)
		wake_agent_of(q, w->cpus[w->nr - 1]);
	raw_spin_unlock_irqrestore(&q->lock, flags);

	if (old)
		kfree_rcu(old, rcu);
	ghost_queue_put(q);
	return 0;
}
