// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that an agent maps: that it is what it is said to be, and that nothing
 * but munmap() and the end of its enclave takes it away. How it is mapped: mmap.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

#define PAGE	4096L
#define ELEMS	1024			/* some pages */
#define NAMES	"enclave_|ghost_queue"	/* in /proc/PID/maps */

static int create_queue(const struct enclave *e, int elems, size_t *size)
{
	struct ghost_ioc_create_queue req = { .elems = elems };
	int fd = enclave_ioctl(e, GHOST_IOC_CREATE_QUEUE, &req);

	*size = req.mapsize;
	return fd;
}

/* The address or a negative errno. */
static long map(int fd, size_t size, int prot, int flags, off_t off)
{
	void *mem = mmap(NULL, size, prot, flags, fd, off);

	return mem == MAP_FAILED ? -errno : (long)mem;
}

static sigjmp_buf caught;

static void catch(int signal)
{
	siglongjmp(caught, signal);
}

/* Read a byte, and write it if so; the signal for that, or 0. */
static int touch(long mem, bool write)
{
	volatile char *p = (volatile char *)mem;
	int nr;

	signal(SIGSEGV, catch);
	signal(SIGBUS, catch);
	nr = sigsetjmp(caught, 1);
	if (!nr) {
		char c = *p;

		if (write)
			*p = c;
	}
	signal(SIGSEGV, SIG_DFL);
	signal(SIGBUS, SIG_DFL);
	return nr;
}

FIXTURE(map)
{
	struct enclave	e;
	int		fd;
	size_t		size;
	bool		writable;
};

FIXTURE_VARIANT(map)
{
	const char	*file;	/* NULL: a queue */
	int		prot;
};

FIXTURE_VARIANT_ADD(map, transactions)
{
	.file = "cpu_data", .prot = PROT_READ | PROT_WRITE,
};

FIXTURE_VARIANT_ADD(map, words)
{
	.file = "sw_regions/sw_0", .prot = PROT_READ,
};

FIXTURE_VARIANT_ADD(map, queue)
{
	.prot = PROT_READ | PROT_WRITE,
};

FIXTURE_SETUP(map)
{
	struct stat st;

	self->writable = variant->prot & PROT_WRITE;
	ASSERT_EQ(0, enclave_create(&self->e, GHOST_ABI_91, "1-3"));
	if (!variant->file) {
		self->fd = create_queue(&self->e, ELEMS, &self->size);
		ASSERT_LE(0, self->fd);
		return;
	}
	self->fd = enclave_open_file(&self->e, variant->file,
				     self->writable ? O_RDWR : O_RDONLY);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, fstat(self->fd, &st));
	self->size = st.st_size;
}

FIXTURE_TEARDOWN(map)
{
	close(self->fd);
	EXPECT_EQ(0, enclave_end(&self->e));
}

PROVE_F(map, whole, "[C16] mmap: shared, whole and from the beginning; all else is EINVAL")
{
	int fd = self->fd, prot = variant->prot;
	size_t size = self->size;
	long mem;

	EXPECT_EQ(-EINVAL, map(fd, size, prot, MAP_PRIVATE, 0));
	EXPECT_EQ(-EINVAL, map(fd, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, 0));
	EXPECT_EQ(-EINVAL, map(fd, size, prot, MAP_SHARED, PAGE));
	EXPECT_EQ(-EINVAL, map(fd, size, prot, MAP_SHARED, 1L << 40));
	EXPECT_EQ(-EINVAL, map(fd, size + PAGE, prot, MAP_SHARED, 0));
	EXPECT_EQ(-EINVAL, map(fd, size - PAGE, prot, MAP_SHARED, 0));
	EXPECT_EQ(-EINVAL, map(fd, size - PAGE, prot, MAP_SHARED, PAGE));
	mem = map(fd, size, prot, MAP_SHARED, 0);
	ASSERT_LT(0, mem);
	EXPECT_EQ(0, touch(mem, self->writable));
	EXPECT_EQ(0, touch(mem + size - 1, self->writable));
}

/* What a child dies of that touches the memory; or maps it anew, and then does. */
static int touch_in_child(int fd, long mem, size_t size)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (size)
			mem = map(fd, size, PROT_READ, MAP_SHARED, 0);
		_exit(mem > 0 ? touch(mem, false) : 255);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

PROVE_F(map, fork,
	"[C16] fork: a child has no mapping, the parent keeps its own; a child can make one")
{
	long mem = map(self->fd, self->size, variant->prot, MAP_SHARED, 0);

	ASSERT_LT(0, mem);
	EXPECT_EQ(SIGSEGV, touch_in_child(-1, mem, 0));
	EXPECT_EQ(SIGSEGV, touch_in_child(-1, mem + self->size - 1, 0));
	EXPECT_EQ(0, touch(mem, self->writable));
	EXPECT_EQ(0, touch_in_child(self->fd, 0, self->size));
	EXPECT_EQ(0, touch(mem, self->writable));
}

PROVE_F(map, close,
	"[C16] close: mappings outlive the descriptor, each other, and are the same memory")
{
	long mem = map(self->fd, self->size, variant->prot, MAP_SHARED, 0);
	long again = map(self->fd, self->size, variant->prot, MAP_SHARED, 0);

	ASSERT_LT(0, mem);
	ASSERT_LT(0, again);
	EXPECT_EQ(0, close(self->fd));
	self->fd = -1;
	if (self->writable) {
		memset((char *)mem + self->size - 8, 0x5a, 8);
		EXPECT_EQ(0, memcmp((char *)again + self->size - 8, "ZZZZZZZZ", 8));
	} else {
		EXPECT_EQ(0, memcmp((void *)again, (void *)mem, self->size));
	}
	EXPECT_EQ(0, munmap((void *)mem, self->size));
	EXPECT_EQ(SIGSEGV, touch(mem, false));
	EXPECT_EQ(0, touch(again, self->writable));
	EXPECT_EQ(0, munmap((void *)again, self->size));
}

PROVE_F(map, part,
	"[C16] munmap of a part leaves the rest; a mapping can be moved, and never grows")
{
	size_t size = self->size;
	long mem = map(self->fd, size, variant->prot, MAP_SHARED, 0);
	long moved;

	ASSERT_LT(0, mem);
	EXPECT_EQ(MAP_FAILED, mremap((void *)mem, size, size + PAGE, MREMAP_MAYMOVE));
	EXPECT_EQ(EFAULT, errno);
	moved = (long)mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_EQ((void *)moved, mremap((void *)mem, size, size, MREMAP_MAYMOVE | MREMAP_FIXED,
					(void *)moved));
	EXPECT_EQ(SIGSEGV, touch(mem, false));
	EXPECT_EQ(0, touch(moved, self->writable));
	EXPECT_EQ(0, munmap((void *)moved, PAGE));
	EXPECT_EQ(SIGSEGV, touch(moved, false));
	EXPECT_EQ(0, touch(moved + PAGE, self->writable));
	EXPECT_EQ(0, touch(moved + size - 1, self->writable));
}

PROVE_F(map, execve, "[C16] exec: no mapping and no descriptor is left")
{
	/* Before, where there is one: so that it would be seen. */
	static const char before[] = "grep -qE '" NAMES "' /proc/$PPID/maps";
	static const char after[] = "grep -E '" NAMES "' /proc/$$/maps && exit 3;"
				    "ls -l /proc/$$/fd | grep -E '" NAMES "' && exit 4; exit 0";
	int status;
	pid_t pid = fork();

	ASSERT_LE(0, pid);
	if (!pid) {
		if (map(self->fd, self->size, variant->prot, MAP_SHARED, 0) < 0)
			_exit(1);
		if (system(before))
			_exit(2);
		execl("/bin/sh", "sh", "-c", after, NULL);
		_exit(5);
	}
	waitpid(pid, &status, 0);
	EXPECT_EQ(0, status);
	EXPECT_EQ(0, touch_in_child(self->fd, 0, self->size));
}

/* A system call that reads there. */
static int give_to_pipe(long mem)
{
	int ends[2], ret;

	if (pipe(ends))
		return -errno;
	ret = write(ends[1], (void *)mem, 8) < 0 ? -errno : 0;
	close(ends[0]);
	close(ends[1]);
	return ret;
}

static bool is_torn_down(void *mem)
{
	return touch((long)mem, false) == SIGBUS;
}

PROVE_F(map, destroyed,
	"[C16] destruction tears down what files map (SIGBUS, EFAULT, ENODEV), not queues")
{
	long mem = map(self->fd, self->size, variant->prot, MAP_SHARED, 0), again;

	ASSERT_LT(0, mem);
	ASSERT_EQ(0, give_to_pipe(mem));
	ASSERT_EQ(0, enclave_ctl(&self->e, "destroy"));
	ASSERT_TRUE(enclave_wait_gone(&self->e));

	again = map(self->fd, self->size, variant->prot, MAP_SHARED, 0);
	if (variant->file) {
		EXPECT_EQ(-ENODEV, again);
		/* The file cannot be found any more before its mappings go, from the front. */
		EXPECT_TRUE(wait_for("a mapping to go", is_torn_down,
				     (void *)(mem + (long)self->size - 1)));
		EXPECT_EQ(SIGBUS, touch(mem, false));
		EXPECT_EQ(-EFAULT, give_to_pipe(mem));
	} else {
		EXPECT_EQ(0, touch(again, true));
		EXPECT_EQ(0, touch(mem, true));
	}
	/* The addresses are still taken, and can be given back. */
	EXPECT_EQ(0, munmap((void *)mem, self->size));
	EXPECT_EQ(SIGSEGV, touch(mem, false));
}

/* Until the enclave has gone. The first error of all the calls. */
static int map_until_gone(const struct enclave *e, const char *file, size_t size, int prot)
{
	long mem;
	int fd;

	for (;;) {
		fd = file ? enclave_open_file(e, file, prot & PROT_WRITE ? O_RDWR : O_RDONLY) :
			    create_queue(e, ELEMS, &size);
		if (fd < 0)
			return fd;
		mem = map(fd, size, prot, MAP_SHARED, 0);
		close(fd);
		if (mem < 0)
			return mem;
		touch(mem, prot & PROT_WRITE);
		munmap((void *)mem, size);
	}
}

PROVE_F(map, race, "[C16] destruction while processes map: each finds it gone, none anything else")
{
	int status, i, err;
	pid_t pid[2];

	for (i = 0; i < 2; i++) {
		pid[i] = fork();
		if (!pid[i])
			_exit(-map_until_gone(&self->e, variant->file, self->size, variant->prot));
	}
	usleep(20000);
	EXPECT_EQ(0, enclave_ctl(&self->e, "destroy"));
	for (i = 0; i < 2; i++) {
		waitpid(pid[i], &status, 0);
		EXPECT_TRUE(WIFEXITED(status));
		err = WEXITSTATUS(status);
		EXPECT_TRUE(err == ENODEV || (variant->file && err == ENOENT)) {
			TH_LOG("%s", strerror(err));
		}
	}
}

FIXTURE(kinds)
{
	struct stage	st;
};

FIXTURE_SETUP(kinds)
{
	ASSERT_EQ(0, stage_set(&self->st, GHOST_ABI_91, RING));
}

FIXTURE_TEARDOWN(kinds)
{
	EXPECT_EQ(0, stage_strike(&self->st));
}

PROVE_F(kinds, words_write, "[C16] status words: nobody writes there, a debugger neither")
{
	int fd = enclave_open_file(&self->st.e, "sw_regions/sw_0", O_RDONLY), mem;
	struct ghost_status_word *sw = agent_sw(&self->st.a);
	__u64 gtid = sw->gtid, other = ~gtid;

	EXPECT_EQ(-EACCES, enclave_open_file(&self->st.e, "sw_regions/sw_0", O_WRONLY));
	EXPECT_EQ(-EACCES, map(fd, GHOST_SW_REGION_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, 0));
	EXPECT_EQ(-1, mprotect(self->st.e.sw, GHOST_SW_REGION_SIZE, PROT_READ | PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(SIGSEGV, touch((long)sw, true));
	/* This writes to what is read-only, where that is private. */
	mem = open("/proc/self/mem", O_RDWR);
	ASSERT_LE(0, mem);
	EXPECT_EQ((ssize_t)sizeof(gtid), pread(mem, &gtid, sizeof(gtid), (long)&sw->gtid));
	EXPECT_EQ(-1, pwrite(mem, &other, sizeof(other), (long)&sw->gtid));
	EXPECT_EQ(EIO, errno);
	EXPECT_EQ(gtid, sw->gtid);
	close(mem);
	close(fd);
}

PROVE_F(kinds, regions, "status words: each region is memory of its own, and says which it is")
{
	struct ghost_sw_region_header *h;
	struct stat st;
	int fd;

	ASSERT_EQ(0, enclave_ctl(&self->st.e, "create sw_region 9 0"));
	fd = enclave_open_file(&self->st.e, "sw_regions/sw_9", O_RDONLY);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, fstat(fd, &st));
	EXPECT_EQ(GHOST_SW_REGION_SIZE, st.st_size);
	h = (void *)map(fd, GHOST_SW_REGION_SIZE, PROT_READ, MAP_SHARED, 0);
	ASSERT_LT(0, (long)h);
	EXPECT_EQ(9, h->id);
	EXPECT_EQ(0, self->st.e.sw->id);
	/* The two agents are in the first one. */
	EXPECT_EQ(h->capacity, h->available);
	EXPECT_EQ(self->st.e.sw->capacity - 2, self->st.e.sw->available);
	close(fd);
}

PROVE_F(kinds, read_only, "transactions: who opened them for reading reads, and never writes")
{
	int fd = enclave_open_file(&self->st.e, "cpu_data", O_RDONLY);
	size_t size = self->st.e.txn_size;
	struct ghost_cpu_data *txns;

	EXPECT_EQ(-EACCES, map(fd, size, PROT_READ | PROT_WRITE, MAP_SHARED, 0));
	txns = (void *)map(fd, size, PROT_READ, MAP_SHARED, 0);
	ASSERT_LT(0, (long)txns);
	EXPECT_EQ(-1, mprotect(txns, size, PROT_READ | PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(SIGSEGV, touch((long)txns, true));
	/* What is written through the other mapping is there. */
	EXPECT_EQ(2, txns[2].txn.cpu);
	txn_of(&self->st.e, 2)->gtid = 4711;
	EXPECT_EQ(4711, txns[2].txn.gtid);
	close(fd);
}

PROVE_F(kinds, enclaves, "transactions: each enclave has its own")
{
	struct enclave other;

	ASSERT_EQ(0, enclave_create(&other, GHOST_ABI_91, NULL));
	txn_of(&self->st.e, 3)->gtid = 4711;
	txn_of(&other, 3)->gtid = 42;
	EXPECT_EQ(4711, txn_of(&self->st.e, 3)->gtid);
	EXPECT_EQ(42, txn_of(&other, 3)->gtid);
	EXPECT_EQ(0, enclave_end(&other));
	EXPECT_EQ(4711, txn_of(&self->st.e, 3)->gtid);
}

PROVE_F(kinds, sizes, "queues: of every size, one has mapsize bytes, and says where its slots are")
{
	struct ghost_queue_header *h;
	struct ghost_ring *ring;
	size_t size;
	int elems, fd;

	for (elems = 1; elems <= GHOST_MAX_QUEUE_ELEMS; elems *= 2) {
		fd = create_queue(&self->st.e, elems, &size);
		ASSERT_LE(0, fd);
		EXPECT_EQ(-EINVAL, map(fd, size + PAGE, PROT_READ, MAP_SHARED, 0));
		h = (void *)map(fd, size, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
		ASSERT_LT(0, (long)h);
		EXPECT_EQ(0, h->version);
		EXPECT_EQ(64, h->start);
		EXPECT_EQ(elems, (int)h->nelems);
		ring = (void *)((char *)h + h->start);
		EXPECT_EQ(0, ring->head | ring->tail | ring->overflow);
		EXPECT_EQ(0, touch((long)h + size - 1, true));
		munmap(h, size);
		close(fd);
	}
}

PROVE_F(kinds, orphan,
	"[C16] queues: closed and still mapped, one gets the messages of whose queue it was")
{
	struct message m;

	ASSERT_EQ(0, stage_enter(&self->st, &m));
	ASSERT_EQ(0, close(self->st.q.fd));
	self->st.q.fd = -1;
	subject_order(&self->st.s, SPIN);
	subject_wake(&self->st.s);
	EXPECT_TRUE(queue_wait(&self->st.q, MSG_TASK_WAKEUP, self->st.s.gtid, &m));
}

PROVE_F(kinds, survivor,
	"[C16] queues: closed, and without enclave, the memory is the mapper's until munmap()")
{
	struct ghost_queue_header *h;
	size_t size, i, wrong = 0;
	struct enclave other;
	unsigned char *p;
	int fd;

	/* Without agents: these would be killed, and they are threads of the test. */
	ASSERT_EQ(0, enclave_create(&other, GHOST_ABI_91, NULL));
	fd = create_queue(&other, 4096, &size);
	ASSERT_LE(0, fd);
	h = (void *)map(fd, size, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
	ASSERT_LT(0, (long)h);
	ASSERT_EQ(0, close(fd));
	ASSERT_EQ(0, enclave_end(&other));
	EXPECT_EQ(4096, (int)h->nelems);

	/* If it were free by now, these would take it, and zero it. */
	p = (unsigned char *)h;
	memset(p, 0x5a, size);
	for (i = 0; i < 32; i++) {
		ASSERT_NE(MAP_FAILED, mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE |
					   MAP_ANONYMOUS | MAP_POPULATE, -1, 0));
	}
	for (i = 0; i < size; i++)
		wrong += p[i] != 0x5a;
	EXPECT_EQ(0, wrong);
	EXPECT_EQ(0, munmap(h, size));
}

TEST_HARNESS_MAIN
