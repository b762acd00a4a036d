// SPDX-License-Identifier: GPL-2.0-only
/*
 * Delegation of scheduling to userspace: status words, which the kernel writes
 * and userspace reads. Userspace cannot write to them: the kernel keeps state
 * in them.
 */
#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "ghost_internal.h"

void *ghost_vmalloc_user(size_t size, int node)
{
	return __vmalloc_node_range(PAGE_ALIGN(size), SHMLBA, VMALLOC_START, VMALLOC_END,
				    GFP_KERNEL_ACCOUNT | __GFP_ZERO, PAGE_KERNEL, VM_USERMAP, node,
				    __builtin_return_address(0));
}

/**
 * ghost_mmap_prepare - what holds for all mappings that agents make
 * @vma:	the mapping
 * @size:	of what is mapped; whole or not at all
 * @writable:	may it be written to?
 *
 * Context: mmap of a file.
 * Return: 0, -EINVAL (private, part, writable), -EACCES (executable).
 */
int ghost_mmap_prepare(struct vm_area_struct *vma, size_t size, bool writable)
{
	/* Not VM_SHARED: mm clears that for files that cannot be written to. */
	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC)
		return -EACCES;
	if (vma->vm_pgoff || vma->vm_end - vma->vm_start != size)
		return -EINVAL;
	if (!writable && (vma->vm_flags & VM_WRITE))
		return -EINVAL;

	vma->vm_flags &= ~VM_MAYEXEC;
	if (!writable)
		vma->vm_flags &= ~VM_MAYWRITE;
	vma->vm_flags |= VM_DONTCOPY;
	return 0;
}

static struct ghost_status_word *slot(const struct ghost_sw_region *r, u32 index)
{
	struct ghost_status_word *first = (void *)(r->header + 1);

	return first + index;
}

static void free_region(struct ghost_sw_region *r)
{
	vfree(r->header);
	bitmap_free(r->used);
	kfree(r);
}

static struct ghost_sw_region *alloc_region(struct ghost_enclave *e, u32 id, int node)
{
	const u32 capacity = (GHOST_SW_REGION_SIZE - sizeof(struct ghost_sw_region_header)) /
			     sizeof(struct ghost_status_word);
	struct ghost_sw_region *r = kzalloc(sizeof(*r), GFP_KERNEL);

	if (!r)
		return NULL;
	r->header = ghost_vmalloc_user(GHOST_SW_REGION_SIZE, node);
	r->used = bitmap_zalloc(capacity, GFP_KERNEL);
	if (!r->header || !r->used) {
		free_region(r);
		return NULL;
	}
	r->enclave = e;
	r->id = id;
	r->capacity = capacity;
	r->available = capacity;
	*r->header = (struct ghost_sw_region_header) {
		.id		= id,
		.numa_node	= node,
		.start		= sizeof(*r->header),
		.capacity	= capacity,
		.available	= capacity,
	};
	return r;
}

static struct ghost_sw_region *find_region(struct ghost_enclave *e, u32 id)
{
	struct ghost_sw_region *r;

	list_for_each_entry(r, &e->sw_regions, node)
		if (r->id == id)
			return r;
	return NULL;
}

int ghost_sw_create_region(struct ghost_enclave *e, u32 id, int node)
{
	struct ghost_sw_region *r;
	int ret;

	if (node < 0 || node >= MAX_NUMNODES || !node_online(node))
		return -ENODEV;
	r = alloc_region(e, id, node);
	if (!r)
		return -ENOMEM;

	/* The file comes first: it is what can fail, also since there is one of this name. */
	ret = ghost_files_add_sw_region(e, r);
	if (ret) {
		free_region(r);
		return ret;
	}

	raw_spin_lock_irq(&e->lock);
	list_add_tail(&r->node, &e->sw_regions);
	raw_spin_unlock_irq(&e->lock);
	return 0;
}

void ghost_sw_free_regions(struct ghost_enclave *e)
{
	struct ghost_sw_region *r, *next;

	list_for_each_entry_safe(r, next, &e->sw_regions, node)
		free_region(r);
}

int ghost_sw_mmap(struct ghost_sw_region *region, struct vm_area_struct *vma)
{
	return ghost_mmap_prepare(vma, GHOST_SW_REGION_SIZE, false) ?:
	       remap_vmalloc_range(vma, region->header, 0);
}

/* --- slots --- */

static void set_available(struct ghost_sw_region *r, u32 available)
{
	r->available = available;
	WRITE_ONCE(r->header->available, available);
}

static u32 take_slot(struct ghost_sw_region *r)
{
	u32 index = find_next_zero_bit(r->used, r->capacity, r->next);

	if (index >= r->capacity)
		index = find_first_zero_bit(r->used, r->capacity);
	__set_bit(index, r->used);
	r->next = index + 1 < r->capacity ? index + 1 : 0;
	set_available(r, r->available - 1);
	return index;
}

/**
 * ghost_sw_alloc - take a free status word
 * @e:	  the enclave
 * @info: where it is
 * @sw:	  the word itself, zero but for ALLOCATED
 *
 * Context: Takes e->lock.
 * Return: 0 or -ENOMEM.
 */
int ghost_sw_alloc(struct ghost_enclave *e, struct ghost_sw_info *info,
		   struct ghost_status_word **sw)
{
	struct ghost_sw_region *r;
	unsigned long flags;
	int ret = -ENOMEM;

	raw_spin_lock_irqsave(&e->lock, flags);
	list_for_each_entry(r, &e->sw_regions, node) {
		if (!r->available)
			continue;
		info->id = r->id;
		info->index = take_slot(r);
		*sw = slot(r, info->index);
		ghost_sw_flags(*sw, GHOST_SW_F_ALLOCATED, 0);
		ret = 0;
		break;
	}
	raw_spin_unlock_irqrestore(&e->lock, flags);
	return ret;
}

static void clear_slot(struct ghost_sw_region *r, u32 index)
{
	struct ghost_status_word *sw = slot(r, index);

	/* Not in use any more first: then nobody looks at the rest. */
	smp_store_release(&sw->flags, 0);
	memset(sw, 0, sizeof(*sw));
	__clear_bit(index, r->used);
	r->nr_freed++;
	set_available(r, r->available + 1);
}

void ghost_sw_release(struct ghost_enclave *e, struct ghost_sw_info info)
{
	struct ghost_sw_region *r;
	unsigned long flags;

	raw_spin_lock_irqsave(&e->lock, flags);
	r = find_region(e, info.id);
	if (!WARN_ON_ONCE(!r))
		clear_slot(r, info.index);
	raw_spin_unlock_irqrestore(&e->lock, flags);
}

/*
 * Who sets CANFREE still writes to the word, and may release it, until it lets
 * go of the runqueue lock that it holds. Wait for whoever holds one now.
 */
static void wait_for_owners(void)
{
	struct rq_flags rf;
	int cpu;

	/* A lock that is free has been let go since its owner set CANFREE. */
	smp_mb();
	for_each_possible_cpu(cpu) {
		struct rq *rq = cpu_rq(cpu);

		if (!raw_spin_is_locked(rq_lockp(rq)))
			continue;
		rq_lock_irqsave(rq, &rf);
		rq_unlock_irqrestore(rq, &rf);
	}
	/* What was written under a lock that was found free has been written. */
	smp_mb();
}

static int check_free(struct ghost_sw_region *r, u32 index, u32 *sw_flags)
{
	if (!r || index >= r->capacity)
		return -ENOENT;
	*sw_flags = READ_ONCE(slot(r, index)->flags);
	return *sw_flags & GHOST_SW_F_CANFREE ? 0 : -EINVAL;
}

/**
 * ghost_sw_free - userspace has seen the end of a task or agent
 * @e:	  the enclave
 * @info: its status word
 *
 * Context: Process context, no lock held.
 * Return: 0, -ENOENT (no such word), -EINVAL (its owner still uses it).
 */
int ghost_sw_free(struct ghost_enclave *e, struct ghost_sw_info info)
{
	struct ghost_sw_region *r;
	u64 seen = U64_MAX;
	u32 sw_flags;
	unsigned long flags;
	bool settled;
	int ret;

	/* If none was freed since, the word is the one whose owner was waited for. */
	for (;;) {
		settled = false;
		raw_spin_lock_irqsave(&e->lock, flags);
		r = find_region(e, info.id);
		ret = check_free(r, info.index, &sw_flags);
		if (!ret) {
			settled = seen == r->nr_freed;
			seen = r->nr_freed;
			if (settled)
				clear_slot(r, info.index);
		}
		raw_spin_unlock_irqrestore(&e->lock, flags);
		if (ret)
			return ret;
		if (settled)
			break;
		wait_for_owners();
	}

	if (sw_flags & GHOST_SW_TASK_MSG_GATED)
		ghost_uninhibit(e, info);
	return 0;
}

/* --- GHOST_IOC_SW_GET_INFO --- */

static int agent_info(struct ghost_enclave *e, u64 cpu, struct ghost_sw_info *info)
{
	struct rq_flags rf;
	struct rq *rq;
	int ret = 0;

	if (cpu >= nr_cpu_ids || !cpu_online(cpu))
		return -EINVAL;
	rq = cpu_rq(cpu);
	rq_lock_irqsave(rq, &rf);
	if (rcu_access_pointer(rq->ghost.enclave) != e)
		ret = -ENODEV;
	else if (!rq->ghost.agent || !rq->ghost.agent->ghost.sw)
		ret = -EINVAL;
	else
		*info = rq->ghost.agent->ghost.sw_info;
	rq_unlock_irqrestore(rq, &rf);
	return ret;
}

static int task_info(struct ghost_enclave *e, s64 gtid, struct ghost_sw_info *info)
{
	struct task_struct *p = ghost_get_task(gtid, e);
	struct rq_flags rf;
	struct rq *rq;
	int ret = 0;

	if (!p)
		return -ENOENT;
	rq = task_rq_lock(p, &rf);
	if (p->ghost.sw && p->ghost.enclave == e)
		*info = p->ghost.sw_info;
	else
		ret = -ENOENT;
	task_rq_unlock(rq, p, &rf);
	put_task_struct(p);
	return ret;
}

int ghost_sw_get_info(struct ghost_enclave *e, struct ghost_ioc_sw_get_info __user *arg)
{
	struct ghost_ioc_sw_get_info req;
	int ret;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;

	switch (req.request.type) {
	case GHOST_AGENT:
		ret = agent_info(e, req.request.arg, &req.response);
		break;
	case GHOST_TASK:
		ret = task_info(e, req.request.arg, &req.response);
		break;
	default:
		return -EINVAL;
	}
	if (!ret && copy_to_user(&arg->response, &req.response, sizeof(req.response)))
		return -EFAULT;
	return ret;
}
