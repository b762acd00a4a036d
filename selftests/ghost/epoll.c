// SPDX-License-Identifier: GPL-2.0-only
/* Who waits for messages with epoll, through libbpf, and who is not to be woken. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness.h"

#define PAGE	4096

FIXTURE(epoll)
{
	struct stage	st;
	struct queue	q;
	pthread_t	thread;
	bool		started;
	volatile pid_t	tid;
	volatile bool	failed;
	volatile unsigned int nr;	/* records that libbpf has handed over */
	struct ghost_msg last;
	__u64		gtid;
};

FIXTURE_VARIANT(epoll)
{
	unsigned int flags;
};

FIXTURE_VARIANT_ADD(epoll, wakes)
{
	.flags = 0,
};

FIXTURE_VARIANT_ADD(epoll, silent)
{
	.flags = GHOST_RINGBUF_F_NO_WAKEUP,
};

FIXTURE_SETUP(epoll)
{
	struct ghost_ioc_create_ringbuf_queue req = { .flags = variant->flags };

	memset(self, 0, sizeof(*self));
	ASSERT_EQ(0, stage_set(&self->st, GHOST_ABI_91, RING));
	self->q.map_fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "messages", 0, 0, PAGE, NULL);
	ASSERT_LE(0, self->q.map_fd);
	req.map_fd = self->q.map_fd;
	self->q.fd = enclave_ioctl(&self->st.e, GHOST_IOC_CREATE_RINGBUF_QUEUE, &req);
	ASSERT_LE(0, self->q.fd);
	ASSERT_EQ(0, queue_set_default(&self->st.e, &self->q));
	ASSERT_EQ(0, subject_enter(&self->st.e, &self->st.s));
}

FIXTURE_TEARDOWN(epoll)
{
	if (self->started) {
		pthread_cancel(self->thread);
		pthread_join(self->thread, NULL);
	}
	EXPECT_EQ(0, stage_strike(&self->st));
	queue_close(&self->q);
}

static int take(void *arg, void *data, size_t size)
{
	FIXTURE_DATA(epoll) *f = arg;

	if (size < sizeof(f->last) + sizeof(f->gtid))
		return -1;
	memcpy(&f->last, data, sizeof(f->last));
	memcpy(&f->gtid, (char *)data + sizeof(f->last), sizeof(f->gtid));
	f->nr++;
	return 0;
}

/* Takes what is there, tells who it is, and then sleeps until it is woken, once. */
static void *wait_once(void *arg)
{
	FIXTURE_DATA(epoll) *f = arg;
	struct ring_buffer *rb = ring_buffer__new(f->q.map_fd, take, f, NULL);

	if (!rb || ring_buffer__consume(rb) < 0) {
		f->failed = true;
		return NULL;
	}
	f->tid = syscall(SYS_gettid);
	if (ring_buffer__poll(rb, -1) < 0)
		f->failed = true;
	ring_buffer__free(rb);
	return NULL;
}

static bool sleeps(void *arg)
{
	FIXTURE_DATA(epoll) *f = arg;
	char path[64], text[256];
	const char *end;

	if (!f->tid)
		return f->failed;
	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", f->tid);
	if (sys_read(path, text, sizeof(text)) < 0)
		return false;
	end = strrchr(text, ')');
	return end && end[2] == 'S';
}

static unsigned long times_run(FIXTURE_DATA(epoll) *f)
{
	char path[64], text[128];
	unsigned long n = 0;

	snprintf(path, sizeof(path), "/proc/self/task/%d/schedstat", f->tid);
	if (sys_read(path, text, sizeof(text)) > 0)
		sscanf(text, "%*u %*u %lu", &n);
	return n;
}

static bool has_taken_more(void *arg)
{
	FIXTURE_DATA(epoll) *f = arg;

	return f->nr > 1;
}

PROVE_F(epoll, libbpf, "a ring buffer's records are messages for libbpf; GHOST_RINGBUF_F_NO_WAKEUP: nobody is woken by them")
{
	unsigned long before;
	int i;

	self->started = !pthread_create(&self->thread, NULL, wait_once, self);
	ASSERT_TRUE(self->started);
	ASSERT_TRUE(wait_for("a reader to wait", sleeps, self));
	ASSERT_FALSE(self->failed);
	EXPECT_EQ(1, self->nr);
	EXPECT_EQ(MSG_TASK_NEW, self->last.type);
	EXPECT_EQ(self->st.s.gtid, (__s64)self->gtid);

	before = times_run(self);
	EXPECT_LT(0, before);
	for (i = 0; i < 20; i++)
		ASSERT_EQ(0, setpriority(PRIO_PROCESS, self->st.s.pid, i % 2 ? 3 : 4));
	if (variant->flags & GHOST_RINGBUF_F_NO_WAKEUP) {
		/* Time for a wakeup to be seen; that there is none does not depend on it. */
		for (i = 0; i < 20; i++)
			usleep(10000);
		EXPECT_EQ(before, times_run(self));
		EXPECT_EQ(1, self->nr);
		return;
	}
	ASSERT_TRUE(wait_for("a reader to be woken", has_taken_more, self));
	EXPECT_EQ(MSG_TASK_PRIORITY_CHANGED, self->last.type);
	EXPECT_EQ(self->st.s.gtid, (__s64)self->gtid);
}

TEST_HARNESS_MAIN
