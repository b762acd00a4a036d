// SPDX-License-Identifier: GPL-2.0-only
/* Every ioctl with every errno that it has, in the order in which they are found. */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

#define NO_CPU		4096
#define NO_GTID		(4194303LL << GHOST_TID_SHIFT | 1)
#define BAD		((void *)8)

FIXTURE(ioctls)
{
	struct stage	st;
	struct enclave	other;
	struct queue	foreign;	/* of the other enclave */
	__s64		me;		/* gtid of a task that is not delegated */
};

FIXTURE_SETUP(ioctls)
{
	ASSERT_EQ(0, stage_set(&self->st, GHOST_ABI_91, RING));
	ASSERT_EQ(0, enclave_create(&self->other, GHOST_ABI_84, NULL));
	ASSERT_EQ(0, queue_create(&self->other, &self->foreign, RING, 16));
	self->me = gtid_of(getpid());
	ASSERT_LT(0, self->me);
}

FIXTURE_TEARDOWN(ioctls)
{
	queue_close(&self->foreign);
	EXPECT_EQ(0, enclave_end(&self->other));
	EXPECT_EQ(0, stage_strike(&self->st));
}

#define IOCTL(nr, arg)	enclave_ioctl(&self->st.e, nr, arg)

PROVE_F(ioctls, border, "ioctls: ENOTTY for an unknown number, EACCES unless opened for writing")
{
	int fd = enclave_open_file(&self->st.e, "ctl", O_RDONLY);

	EXPECT_EQ(0, IOCTL(GHOST_IOC_NULL, NULL));
	EXPECT_EQ(-ENOTTY, IOCTL(_IO(GHOST_IOC_MAGIC, 12), NULL));
	EXPECT_EQ(-ENOTTY, IOCTL(_IO('h', 0), NULL));
	EXPECT_EQ(-1, ioctl(fd, GHOST_IOC_NULL, NULL));
	EXPECT_EQ(EACCES, errno);
	close(fd);
	/* Other files have no ioctls at all. */
	fd = enclave_open_file(&self->st.e, "tasks", O_RDWR);
	EXPECT_EQ(-1, ioctl(fd, GHOST_IOC_NULL, NULL));
	EXPECT_EQ(ENOTTY, errno);
	close(fd);
}

PROVE_F(ioctls, fault, "ioctls: EFAULT for a structure that cannot be read")
{
	static const unsigned long numbers[] = {
		GHOST_IOC_SW_GET_INFO, GHOST_IOC_SW_FREE, GHOST_IOC_CREATE_QUEUE,
		GHOST_IOC_ASSOC_QUEUE, GHOST_IOC_SET_DEFAULT_QUEUE,
		GHOST_IOC_CONFIG_QUEUE_WAKEUP, GHOST_IOC_GET_CPU_TIME, GHOST_IOC_COMMIT_TXN,
		GHOST_IOC_SYNC_GROUP_TXN, GHOST_IOC_TIMERFD_SETTIME, GHOST_IOC_RUN,
		GHOST_IOC_CREATE_RINGBUF_QUEUE,
	};
	unsigned int i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		EXPECT_EQ(-EFAULT, IOCTL(numbers[i], BAD)) {
			TH_LOG("%lx", numbers[i]);
		}
	}
}

static int get_info(const struct enclave *e, int type, __u64 arg)
{
	struct ghost_ioc_sw_get_info req = { .request = { .type = type, .arg = arg } };

	return enclave_ioctl(e, GHOST_IOC_SW_GET_INFO, &req);
}

PROVE_F(ioctls, sw_get_info, "SW_GET_INFO: EINVAL, ENODEV, ENOENT; else where the status word is")
{
	struct message m;

	EXPECT_EQ(-EINVAL, get_info(&self->st.e, GHOST_AGENT, NO_CPU));
	EXPECT_EQ(-ENODEV, get_info(&self->st.e, GHOST_AGENT, 0));
	EXPECT_EQ(-EINVAL, get_info(&self->st.e, GHOST_AGENT, 3));
	EXPECT_EQ(0, get_info(&self->st.e, GHOST_AGENT, 1));
	EXPECT_EQ(-ENODEV, get_info(&self->other, GHOST_AGENT, 1));
	EXPECT_EQ(-EINVAL, get_info(&self->st.e, 2, 1));
	EXPECT_EQ(-EINVAL, get_info(&self->st.e, -1, 1));

	EXPECT_EQ(-ENOENT, get_info(&self->st.e, GHOST_TASK, NO_GTID));
	EXPECT_EQ(-ENOENT, get_info(&self->st.e, GHOST_TASK, self->me));
	EXPECT_EQ(-ENOENT, get_info(&self->st.e, GHOST_TASK, 0));
	EXPECT_EQ(-ENOENT, get_info(&self->st.e, GHOST_TASK, -1));
	EXPECT_EQ(-ENOENT, get_info(&self->st.e, GHOST_TASK, self->st.s.gtid));
	ASSERT_EQ(0, stage_enter(&self->st, &m));
	EXPECT_EQ(0, get_info(&self->st.e, GHOST_TASK, self->st.s.gtid));
	EXPECT_EQ(-ENOENT, get_info(&self->other, GHOST_TASK, self->st.s.gtid));
}

static int sw_free(const struct enclave *e, __u32 id, __u32 index)
{
	struct ghost_sw_info info = { .id = id, .index = index };

	return enclave_ioctl(e, GHOST_IOC_SW_FREE, &info);
}

PROVE_F(ioctls, sw_free,
	"SW_FREE: ENOENT, EINVAL as long as the owner is there; then the slot is zero and free")
{
	struct ghost_status_word *sw, zero = {};
	struct sched_param normal = {};
	struct message m;
	__u32 index, available;

	ASSERT_EQ(0, stage_enter(&self->st, &m));
	index = m.new.sw_info.index;
	sw = enclave_sw(&self->st.e, index);
	EXPECT_EQ(-ENOENT, sw_free(&self->st.e, 7, 0));
	EXPECT_EQ(-ENOENT, sw_free(&self->st.e, 0, self->st.e.sw->capacity));
	EXPECT_EQ(-EINVAL, sw_free(&self->st.e, 0, index));
	EXPECT_EQ(-EINVAL, sw_free(&self->st.e, 0, self->st.e.sw->capacity - 1));

	ASSERT_EQ(0, sched_setscheduler(self->st.s.pid, SCHED_OTHER, &normal));
	ASSERT_TRUE(queue_wait(&self->st.q, MSG_TASK_DEPARTED, self->st.s.gtid, &m));
	EXPECT_NE(0, sw->flags & GHOST_SW_F_CANFREE);
	EXPECT_NE(0, sw->flags & GHOST_SW_TASK_MSG_GATED);
	available = self->st.e.sw->available;
	EXPECT_EQ(0, sw_free(&self->st.e, 0, index));
	EXPECT_EQ(available + 1, self->st.e.sw->available);
	EXPECT_EQ(0, memcmp(&zero, sw, sizeof(zero)));
	EXPECT_EQ(-EINVAL, sw_free(&self->st.e, 0, index));
}

static int create_queue(const struct enclave *e, int elems, int node, int flags, __u64 *size)
{
	struct ghost_ioc_create_queue req = { .elems = elems, .node = node, .flags = flags };
	int ret = enclave_ioctl(e, GHOST_IOC_CREATE_QUEUE, &req);

	if (size)
		*size = req.mapsize;
	return ret;
}

PROVE_F(ioctls, create_queue,
	"CREATE_QUEUE: EINVAL for elements, flags, node; else a fd and the size of its memory")
{
	static const int bad[] = { -1, 0, 3, 48, 65537, 131072, 0x7fffffff };
	struct rlimit limit, none;
	char path[64], name[64] = "";
	__u64 size;
	unsigned int i;
	int fd, elems;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		EXPECT_EQ(-EINVAL, create_queue(&self->st.e, bad[i], 0, 0, NULL));
	}
	EXPECT_EQ(-EINVAL, create_queue(&self->st.e, 16, 0, 1, NULL));
	EXPECT_EQ(-EINVAL, create_queue(&self->st.e, 16, -1, 0, NULL));
	EXPECT_EQ(-EINVAL, create_queue(&self->st.e, 16, 1023, 0, NULL));
	EXPECT_EQ(-EINVAL, create_queue(&self->st.e, 16, 100000, 0, NULL));

	for (elems = 1; elems <= GHOST_MAX_QUEUE_ELEMS; elems *= 16) {
		fd = create_queue(&self->st.e, elems, 0, 0, &size);
		ASSERT_LE(0, fd);
		EXPECT_EQ((64 + 12 + 8UL * elems + 4095) / 4096 * 4096, size);
		EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
		EXPECT_EQ(O_RDWR, fcntl(fd, F_GETFL) & O_ACCMODE);
		close(fd);
	}
	fd = create_queue(&self->st.e, 16, 0, 0, NULL);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ASSERT_LT(0, readlink(path, name, sizeof(name) - 1));
	EXPECT_STREQ("anon_inode:[ghost_queue]", name);
	close(fd);

	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
	none = limit;
	none.rlim_cur = 3;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
	fd = create_queue(&self->st.e, 16, 0, 0, NULL);
	setrlimit(RLIMIT_NOFILE, &limit);
	EXPECT_EQ(-EMFILE, fd);
}

static int create_ringbuf(const struct enclave *e, int map_fd, int flags)
{
	struct ghost_ioc_create_ringbuf_queue req = { .map_fd = map_fd, .flags = flags };

	return enclave_ioctl(e, GHOST_IOC_CREATE_RINGBUF_QUEUE, &req);
}

static int read_only_fd(int map_fd)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	union bpf_attr attr = { .open_flags = BPF_F_RDONLY };

	if (bpf_obj_get_info_by_fd(map_fd, &info, &len))
		return -errno;
	attr.map_id = info.id;
	return syscall(SYS_bpf, BPF_MAP_GET_FD_BY_ID, &attr, sizeof(attr));
}

PROVE_F(ioctls, create_ringbuf_queue,
	"CREATE_RINGBUF_QUEUE: EINVAL, EBADF, EPERM; else a fd like any queue's")
{
	int array, map, reader, fd;

	array = bpf_map_create(BPF_MAP_TYPE_ARRAY, "array", 4, 4, 1, NULL);
	ASSERT_LE(0, array);
	map = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "ring", 0, 0, 4096, NULL);
	ASSERT_LE(0, map);
	reader = read_only_fd(map);
	ASSERT_LE(0, reader);

	EXPECT_EQ(-EINVAL, create_ringbuf(&self->st.e, map, 2));
	EXPECT_EQ(-EBADF, create_ringbuf(&self->st.e, -1, 0));
	EXPECT_EQ(-EINVAL, create_ringbuf(&self->st.e, self->st.e.ctl, 0));
	EXPECT_EQ(-EINVAL, create_ringbuf(&self->st.e, array, 0));
	EXPECT_EQ(-EPERM, create_ringbuf(&self->st.e, reader, 0));
	close(reader);
	fd = create_ringbuf(&self->st.e, map, 0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	close(fd);
	close(map);
	close(array);
}

static int assoc(const struct enclave *e, int fd, int type, __u64 arg, __u32 barrier, int flags)
{
	struct ghost_ioc_assoc_queue req = {
		.fd = fd, .src = { .type = type, .arg = arg },
		.barrier = barrier, .flags = flags,
	};

	return enclave_ioctl(e, GHOST_IOC_ASSOC_QUEUE, &req);
}

PROVE_F(ioctls, assoc_queue,
	"ASSOC_QUEUE: EINVAL, EBADF, ENOENT, ESTALE; ALREADY if it was so before")
{
	const struct enclave *e = &self->st.e;
	__s64 gtid = self->st.s.gtid;
	struct queue q;
	struct message m;

	ASSERT_EQ(0, queue_create(e, &q, RING, 64));
	ASSERT_EQ(0, stage_enter(&self->st, &m));

	EXPECT_EQ(-EINVAL, assoc(e, q.fd, GHOST_TASK, gtid, m.seqnum, 1));
	EXPECT_EQ(-EINVAL, assoc(e, q.fd, GHOST_AGENT, 1, 0, 0));
	EXPECT_EQ(-EBADF, assoc(e, -1, GHOST_TASK, gtid, m.seqnum, 0));
	EXPECT_EQ(-EBADF, assoc(e, e->ctl, GHOST_TASK, gtid, m.seqnum, 0));
	EXPECT_EQ(-EINVAL, assoc(e, self->foreign.fd, GHOST_TASK, gtid, m.seqnum, 0));
	EXPECT_EQ(-ENOENT, assoc(e, q.fd, GHOST_TASK, NO_GTID, 0, 0));
	EXPECT_EQ(-ENOENT, assoc(e, q.fd, GHOST_TASK, self->me, 0, 0));
	EXPECT_EQ(-ENOENT, assoc(&self->other, self->foreign.fd, GHOST_TASK, gtid, m.seqnum, 0));
	EXPECT_EQ(-ESTALE, assoc(e, q.fd, GHOST_TASK, gtid, m.seqnum - 1, 0));

	EXPECT_EQ(0, assoc(e, q.fd, GHOST_TASK, gtid, m.seqnum, 0));
	EXPECT_EQ(GHOST_ASSOC_SF_ALREADY, assoc(e, q.fd, GHOST_TASK, gtid, m.seqnum, 0));
	/* From now on it is that queue which has its messages. */
	subject_order(&self->st.s, SPIN);
	subject_wake(&self->st.s);
	EXPECT_TRUE(queue_wait(&q, MSG_TASK_WAKEUP, gtid, &m));
	queue_close(&q);
}

PROVE_F(ioctls, assoc_brand_new,
	"ASSOC_QUEUE: BRAND_NEW as long as messages of the task are inhibited")
{
	struct sched_param normal = {};
	struct ghost_status_word *sw;
	struct message m;
	int err;

	ASSERT_EQ(0, stage_enter(&self->st, &m));
	ASSERT_EQ(0, sched_setscheduler(self->st.s.pid, SCHED_OTHER, &normal));
	ASSERT_EQ(0, subject_enter(&self->st.e, &self->st.s));
	sw = enclave_sw(&self->st.e, m.new.sw_info.index + 1);
	ASSERT_EQ((__u64)self->st.s.gtid, sw->gtid);
	err = assoc(&self->st.e, self->st.q.fd, GHOST_TASK, self->st.s.gtid, sw->barrier, 0);
	EXPECT_EQ(GHOST_ASSOC_SF_ALREADY | GHOST_ASSOC_SF_BRAND_NEW, err);
}

PROVE_F(ioctls, assoc_agent, "ASSOC_QUEUE: an agent is named by its gtid, with its own barrier")
{
	__s64 gtid = gtid_of(self->st.b.tid);
	__u32 barrier;
	struct queue q;

	ASSERT_EQ(0, queue_create(&self->st.e, &q, RING, 64));
	/* What is published may lag, until something compares it. */
	assoc(&self->st.e, q.fd, GHOST_TASK, gtid, -1, 0);
	barrier = agent_sw(&self->st.b)->barrier;
	EXPECT_EQ(-ESTALE, assoc(&self->st.e, q.fd, GHOST_TASK, gtid, barrier + 1, 0));
	EXPECT_EQ(0, assoc(&self->st.e, q.fd, GHOST_TASK, gtid, barrier, 0));
	EXPECT_EQ(GHOST_ASSOC_SF_ALREADY,
		  assoc(&self->st.e, q.fd, GHOST_TASK, gtid, barrier, 0));
	queue_close(&q);
}

static int set_default(const struct enclave *e, int fd)
{
	struct ghost_ioc_set_default_queue req = { .fd = fd };

	return enclave_ioctl(e, GHOST_IOC_SET_DEFAULT_QUEUE, &req);
}

PROVE_F(ioctls, set_default_queue,
	"SET_DEFAULT_QUEUE: EBADF, EINVAL; the default goes when its fd is closed")
{
	struct queue q, again;
	struct agent c;

	EXPECT_EQ(-EBADF, set_default(&self->st.e, -1));
	EXPECT_EQ(-EBADF, set_default(&self->st.e, self->st.e.ctl));
	EXPECT_EQ(-EINVAL, set_default(&self->st.e, self->foreign.fd));

	ASSERT_EQ(0, queue_create(&self->st.e, &q, RING, 64));
	ASSERT_EQ(0, set_default(&self->st.e, q.fd));
	queue_close(&q);
	EXPECT_EQ(-ENXIO, agent_start(&c, &self->st.e, 3, NULL));

	ASSERT_EQ(0, queue_create(&self->st.e, &again, RING, 64));
	ASSERT_EQ(0, set_default(&self->st.e, again.fd));
	EXPECT_EQ(0, agent_start(&c, &self->st.e, 3, NULL));
	agent_stop(&c);
	queue_close(&again);
}

static int config(const struct enclave *e, int fd, struct ghost_agent_wakeup *w, int nr, int flags)
{
	struct ghost_ioc_config_queue_wakeup req = {
		.qfd = fd, .w = w, .ninfo = nr, .flags = flags,
	};

	return enclave_ioctl(e, GHOST_IOC_CONFIG_QUEUE_WAKEUP, &req);
}

/* The authoritative one, which a comparison makes the kernel publish. */
static __u32 barrier_of(const struct stage *st, const struct agent *a)
{
	assoc(&st->e, st->q.fd, GHOST_TASK, gtid_of(a->tid), -1, 0);
	return agent_sw(a)->barrier;
}

PROVE_F(ioctls, config_queue_wakeup,
	"CONFIG_QUEUE_WAKEUP: EINVAL, EBADF, EFAULT; then the last agent of the list is woken")
{
	struct ghost_agent_wakeup w[3] = { { .cpu = 1 }, { .cpu = 2 } };
	struct ghost_agent_wakeup far = { .cpu = NO_CPU }, below = { .cpu = -1 };
	struct ghost_agent_wakeup prio = { .cpu = 1, .prio = 1 };
	const struct enclave *e = &self->st.e;
	int fd = self->st.q.fd;
	__u32 first, last;

	EXPECT_EQ(-EINVAL, config(e, fd, w, -1, 0));
	EXPECT_EQ(-EINVAL, config(e, fd, w, GHOST_MAX_WINFO + 1, 0));
	EXPECT_EQ(-EINVAL, config(e, fd, w, 1, 1));
	EXPECT_EQ(-EBADF, config(e, -1, w, 1, 0));
	EXPECT_EQ(-EBADF, config(e, e->ctl, BAD, 1, 0));
	EXPECT_EQ(-EINVAL, config(e, self->foreign.fd, w, 1, 0));
	EXPECT_EQ(-EFAULT, config(e, fd, BAD, 1, 0));
	EXPECT_EQ(-EINVAL, config(e, fd, &prio, 1, 0));
	EXPECT_EQ(-EINVAL, config(e, fd, &far, 1, 0));
	EXPECT_EQ(-EINVAL, config(e, fd, &below, 1, 0));

	first = barrier_of(&self->st, &self->st.a);
	last = barrier_of(&self->st, &self->st.b);
	EXPECT_EQ(0, config(e, fd, w, 2, 0));
	EXPECT_EQ(first, barrier_of(&self->st, &self->st.a));
	EXPECT_EQ(last + 1, barrier_of(&self->st, &self->st.b));
	EXPECT_EQ(0, config(e, fd, NULL, 0, 0));
	EXPECT_EQ(last + 1, barrier_of(&self->st, &self->st.b));
}

static int cpu_time(const struct enclave *e, __s64 gtid, __u64 *ns)
{
	struct ghost_ioc_get_cpu_time req = { .gtid = gtid };
	int ret = enclave_ioctl(e, GHOST_IOC_GET_CPU_TIME, &req);

	*ns = req.runtime;
	return ret;
}

PROVE_F(ioctls, get_cpu_time,
	"GET_CPU_TIME: ESRCH; else the time of a task, with the slice that is running")
{
	__u64 first, second, named;
	int i;

	EXPECT_EQ(-ESRCH, cpu_time(&self->st.e, NO_GTID, &first));
	EXPECT_EQ(-ESRCH, cpu_time(&self->st.e, -1, &first));
	EXPECT_EQ(-ESRCH, cpu_time(&self->st.e, self->me + 1, &first));
	EXPECT_EQ(0, cpu_time(&self->st.e, 0, &first));
	for (i = 0; i < 100000; i++)
		asm volatile("");
	EXPECT_EQ(0, cpu_time(&self->st.e, 0, &second));
	EXPECT_EQ(0, cpu_time(&self->st.e, self->me, &named));
	EXPECT_LT(0, first);
	EXPECT_LT(first, second);
	EXPECT_LT(second, named);
}

static int commit(const struct enclave *e, unsigned long nr, void *mask, __u32 len, int flags)
{
	struct ghost_ioc_commit_txn req = { .mask_ptr = mask, .mask_len = len, .flags = flags };

	return enclave_ioctl(e, nr, &req);
}

PROVE_F(ioctls, commit_txn,
	"COMMIT_TXN, SYNC_GROUP_TXN: EINVAL, EFAULT; a mask of any length; what is not READY stays")
{
	const struct enclave *e = &self->st.e;
	__u64 mask[64] = { 1 << 1 | 1 << 2 };

	memset(mask + 1, 0xff, sizeof(mask) - sizeof(mask[0]));
	EXPECT_EQ(-EINVAL, commit(e, GHOST_IOC_COMMIT_TXN, mask, 8, 1));
	EXPECT_EQ(-EINVAL, commit(e, GHOST_IOC_SYNC_GROUP_TXN, mask, 8, 1));
	EXPECT_EQ(-EFAULT, commit(e, GHOST_IOC_COMMIT_TXN, BAD, 8, 0));
	EXPECT_EQ(-EFAULT, commit(e, GHOST_IOC_SYNC_GROUP_TXN, BAD, 8, 0));

	EXPECT_EQ(0, commit(e, GHOST_IOC_COMMIT_TXN, BAD, 0, 0));
	EXPECT_EQ(0, commit(e, GHOST_IOC_COMMIT_TXN, mask, 8, 0));
	EXPECT_EQ(0, commit(e, GHOST_IOC_COMMIT_TXN, mask, sizeof(mask), 0));
	EXPECT_EQ(GHOST_TXN_COMPLETE, txn_state(e, 1));
	txn_of(e, 2)->state = GHOST_TXN_ABORTED;
	EXPECT_EQ(0, commit(e, GHOST_IOC_COMMIT_TXN, mask, 8, 0));
	EXPECT_EQ(GHOST_TXN_ABORTED, txn_state(e, 2));

	/* A group without members is complete, one without a READY transaction not. */
	EXPECT_EQ(1, commit(e, GHOST_IOC_SYNC_GROUP_TXN, BAD, 0, 0));
	EXPECT_EQ(0, commit(e, GHOST_IOC_SYNC_GROUP_TXN, mask, 8, 0));
	EXPECT_EQ(GHOST_TXN_ABORTED, txn_state(e, 2));
}

static int set_timer(const struct enclave *e, int fd, int flags, const void *in, void *out,
		     struct timerfd_ghost g)
{
	struct ghost_ioc_timerfd_settime req = {
		.timerfd = fd, .flags = flags, .in_tmr = in, .out_tmr = out, .timerfd_ghost = g,
	};

	return enclave_ioctl(e, GHOST_IOC_TIMERFD_SETTIME, &req);
}

PROVE_F(ioctls, timerfd_settime,
	"TIMERFD_SETTIME: EFAULT, EINVAL, EBADF in the ABI's order; the old setting")
{
	struct itimerspec in = { .it_value.tv_sec = 1000 }, wrong = { .it_value.tv_nsec = -1 }, out;
	struct timerfd_ghost on = { .cpu = 1, .flags = TIMERFD_GHOST_ENABLED }, off = {};
	struct timerfd_ghost flags = { .flags = 2 }, far = on, bare = on, none = on;
	const struct enclave *e = &self->st.e;
	int fd = timerfd_create(CLOCK_MONOTONIC, 0);

	far.cpu = NO_CPU;
	bare.cpu = 3;
	none.cpu = 0;
	EXPECT_EQ(-EFAULT, set_timer(e, -1, 0, BAD, NULL, flags));
	EXPECT_EQ(-EINVAL, set_timer(e, -1, 0, &in, NULL, flags));
	EXPECT_EQ(-EINVAL, set_timer(e, -1, 0, &in, NULL, far));
	EXPECT_EQ(-EINVAL, set_timer(e, -1, 0, &in, NULL, bare));
	EXPECT_EQ(-EINVAL, set_timer(e, -1, 0, &in, NULL, none));
	EXPECT_EQ(-EBADF, set_timer(e, -1, 0, &in, NULL, on));
	EXPECT_EQ(-EINVAL, set_timer(e, e->ctl, 0, &in, NULL, on));
	EXPECT_EQ(-EINVAL, set_timer(e, fd, 0x80, &in, NULL, on));
	EXPECT_EQ(-EINVAL, set_timer(e, fd, 0, &wrong, NULL, on));
	/* Who turns it off need not say for whom. */
	far.flags = 0;
	EXPECT_EQ(0, set_timer(e, fd, 0, &in, NULL, far));

	EXPECT_EQ(0, set_timer(e, fd, 0, &in, NULL, on));
	EXPECT_EQ(0, set_timer(e, fd, 0, &in, &out, off));
	EXPECT_LT(0, out.it_value.tv_sec);
	EXPECT_EQ(-EFAULT, set_timer(e, fd, 0, &in, BAD, on));
	close(fd);
}

static int run(const struct enclave *e, __s64 gtid, int cpu, int flags)
{
	struct ghost_ioc_run req = { .gtid = gtid, .run_cpu = cpu, .run_flags = flags };

	return enclave_ioctl(e, GHOST_IOC_RUN, &req);
}

/* In a process of its own. The errno, as the exit status. */
static int run_elsewhere(const struct enclave *e, bool privileged, void *arg)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (!privileged && sys_drop_cap(CAP_SYS_NICE))
			_exit(255);
		_exit(-enclave_ioctl(e, GHOST_IOC_RUN, arg));
	}
	waitpid(pid, &status, 0);
	return -WEXITSTATUS(status);
}

PROVE_F(ioctls, run, "RUN: EPERM before all else, then EFAULT, then EINVAL; a ping counts two")
{
	struct ghost_ioc_run ping = { .gtid = GHOST_AGENT_GTID, .run_cpu = 1 };
	const struct enclave *e = &self->st.e;
	__u32 barrier;

	EXPECT_EQ(-EPERM, run_elsewhere(e, false, BAD));
	EXPECT_EQ(-EPERM, run_elsewhere(e, false, &ping));
	EXPECT_EQ(-EFAULT, run_elsewhere(e, true, BAD));
	/* That agent is in another process. */
	EXPECT_EQ(-EINVAL, run_elsewhere(e, true, &ping));

	EXPECT_EQ(-EINVAL, run(e, GHOST_AGENT_GTID, NO_CPU, 0));
	EXPECT_EQ(-EINVAL, run(e, GHOST_AGENT_GTID, -1, 0));
	EXPECT_EQ(-EINVAL, run(e, GHOST_AGENT_GTID, 1, RTLA_ON_PREEMPT));
	EXPECT_EQ(-EINVAL, run(e, GHOST_AGENT_GTID, 1, RTLA_ON_IDLE));
	EXPECT_EQ(-EINVAL, run(e, GHOST_IDLE_GTID, 1, 0));
	EXPECT_EQ(-EINVAL, run(e, self->me, 1, 0));
	EXPECT_EQ(-EINVAL, run(e, GHOST_NULL_GTID, 0, 0));
	EXPECT_EQ(-EINVAL, run(e, GHOST_NULL_GTID, 1, 0));
	EXPECT_EQ(-EINVAL, run(e, GHOST_AGENT_GTID, 3, 0));
	EXPECT_EQ(-EINVAL, run(e, GHOST_AGENT_GTID, 0, 0));

	barrier = barrier_of(&self->st, &self->st.a);
	EXPECT_EQ(0, run(e, GHOST_AGENT_GTID, 1, 0));
	EXPECT_EQ(barrier + 2, barrier_of(&self->st, &self->st.a));
}

TEST_HARNESS_MAIN
