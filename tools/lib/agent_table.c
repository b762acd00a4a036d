// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Tasks by gtid. Memory comes in slabs and is kept: agents must seldom allocate. */
#include <stdlib.h>

#include "agent_internal.h"

#define BUCKETS		8192
#define SLAB_TASKS	64

struct ts_slab {
	struct ts_slab *next;
	char tasks[] __attribute__((aligned(64)));
};

/* The sequence number is in the low bits; tasks forked one after the other spread well. */
static struct tagsched_task **bucket(const struct ts_table *table, __s64 gtid)
{
	return &table->buckets[(__u64)gtid % BUCKETS];
}

/* A task and the policy's data behind it. */
static size_t stride(const struct ts_table *table)
{
	return (sizeof(struct tagsched_task) + table->task_size + 63) & ~(size_t)63;
}

static int grow(struct ts_table *table)
{
	struct ts_slab *slab = malloc(sizeof(*slab) + SLAB_TASKS * stride(table));
	int i;

	if (!slab)
		return -ENOMEM;
	slab->next = table->slabs;
	table->slabs = slab;
	for (i = 0; i < SLAB_TASKS; i++) {
		struct tagsched_task *task = (void *)(slab->tasks + i * stride(table));

		task->chain = table->free;
		table->free = task;
	}
	return 0;
}

int ts_table_init(struct ts_table *table, size_t task_size)
{
	memset(table, 0, sizeof(*table));
	table->task_size = task_size;
	table->buckets = calloc(BUCKETS, sizeof(*table->buckets));
	return table->buckets ? grow(table) : -ENOMEM;
}

void ts_table_destroy(struct ts_table *table)
{
	struct ts_slab *slab;

	while ((slab = table->slabs)) {
		table->slabs = slab->next;
		free(slab);
	}
	free(table->buckets);
	memset(table, 0, sizeof(*table));
}

struct tagsched_task *ts_table_find(const struct ts_table *table, __s64 gtid)
{
	struct tagsched_task *task = *bucket(table, gtid);

	while (task && task->gtid != gtid)
		task = task->chain;
	return task;
}

struct tagsched_task *ts_table_add(struct ts_table *table, __s64 gtid)
{
	struct tagsched_task **head = bucket(table, gtid), *task;

	if (!table->free && grow(table))
		return NULL;
	task = table->free;
	table->free = task->chain;
	memset(task, 0, sizeof(*task) + table->task_size);
	task->gtid = gtid;
	task->tid = gtid >> GHOST_TID_SHIFT;
	task->cpu = -1;
	task->on_cpu = -1;
	task->data = table->task_size ? task + 1 : NULL;
	task->chain = *head;
	*head = task;
	table->len++;
	return task;
}

void ts_table_remove(struct ts_table *table, struct tagsched_task *task)
{
	struct tagsched_task **p = bucket(table, task->gtid);

	while (*p != task)
		p = &(*p)->chain;
	*p = task->chain;
	task->gtid = 0;
	task->chain = table->free;
	table->free = task;
	table->len--;
}

void ts_table_walk(struct ts_table *table, void (*fn)(struct tagsched_task *task, void *arg),
		   void *arg)
{
	struct tagsched_task *task, *next;
	int i;

	for (i = 0; i < BUCKETS; i++) {
		for (task = table->buckets[i]; task; task = next) {
			next = task->chain;
			fn(task, arg);
		}
	}
}
