// SPDX-License-Identifier: GPL-2.0-only
/* [C16] Memory that the kernel shares with an agent: how it can be mapped, and for how long. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

enum what { CPU_DATA, WORDS, QUEUE };

FIXTURE(mmap)
{
	struct enclave	e;
	struct queue	q;
	int		fd;
	size_t		size;
	int		prot;		/* all that is allowed */
};

FIXTURE_VARIANT(mmap)
{
	enum what	what;
};

FIXTURE_VARIANT_ADD(mmap, cpu_data)
{
	.what = CPU_DATA,
};

FIXTURE_VARIANT_ADD(mmap, status_words)
{
	.what = WORDS,
};

FIXTURE_VARIANT_ADD(mmap, queue)
{
	.what = QUEUE,
};

FIXTURE_SETUP(mmap)
{
	struct stat st;

	ASSERT_EQ(0, enclave_create(&self->e, GHOST_ABI_91, "1"));
	ASSERT_EQ(0, queue_create(&self->e, &self->q, RING, 512));
	self->prot = PROT_READ | PROT_WRITE;
	if (variant->what == QUEUE) {
		self->fd = dup(self->q.fd);
		self->size = self->q.size;
		return;
	}
	if (variant->what == WORDS)
		self->prot = PROT_READ;
	if (variant->what == WORDS)
		self->fd = enclave_open_file(&self->e, "sw_regions/sw_0", O_RDONLY);
	else
		self->fd = enclave_open_file(&self->e, "cpu_data", O_RDWR);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, fstat(self->fd, &st));
	self->size = st.st_size;
}

FIXTURE_TEARDOWN(mmap)
{
	close(self->fd);
	queue_close(&self->q);
	EXPECT_EQ(0, enclave_end(&self->e));
}

static void *map(FIXTURE_DATA(mmap) *self)
{
	return mmap(NULL, self->size, self->prot, MAP_SHARED, self->fd, 0);
}

static int refused(FIXTURE_DATA(mmap) *self, size_t size, int prot, int flags, off_t offset)
{
	void *mem = mmap(NULL, size, prot, flags, self->fd, offset);

	if (mem == MAP_FAILED)
		return -errno;
	munmap(mem, size);
	return 0;
}

PROVE_F(mmap, rules,
	"[C16] MAP_SHARED, offset 0, the whole length, never PROT_EXEC; what is read-only stays so")
{
	void *mem;

	EXPECT_EQ(-EINVAL, refused(self, self->size, self->prot, MAP_PRIVATE, 0));
	EXPECT_EQ(-EINVAL, refused(self, self->size + 4096, self->prot, MAP_SHARED, 0));
	EXPECT_EQ(-EINVAL, refused(self, self->size, self->prot, MAP_SHARED, 4096));
	if (self->size > 4096) {
		EXPECT_EQ(-EINVAL, refused(self, 4096, self->prot, MAP_SHARED, 0));
	}
	/* ghostfs itself is mounted so that nothing in it can be executed, which is EPERM. */
	EXPECT_EQ(variant->what == QUEUE ? -EACCES : -EPERM,
		  refused(self, self->size, self->prot | PROT_EXEC, MAP_SHARED, 0));
	/* It was opened for reading: that is refused before the file system is asked. */
	if (!(self->prot & PROT_WRITE)) {
		EXPECT_EQ(-EACCES, refused(self, self->size, PROT_WRITE, MAP_SHARED, 0));
	}

	mem = map(self);
	ASSERT_NE(MAP_FAILED, mem);
	EXPECT_EQ(-1, mprotect(mem, self->size, PROT_READ | PROT_EXEC));
	EXPECT_EQ(EACCES, errno);
	if (self->prot & PROT_WRITE) {
		EXPECT_EQ(0, mprotect(mem, self->size, PROT_READ));
		EXPECT_EQ(0, mprotect(mem, self->size, PROT_READ | PROT_WRITE));
	} else {
		EXPECT_EQ(-1, mprotect(mem, self->size, PROT_READ | PROT_WRITE));
		EXPECT_EQ(EACCES, errno);
	}
	EXPECT_EQ(0, munmap(mem, self->size));
}

static int in_child(void (*fn)(void *mem), void *mem)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		fn(mem);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return status;
}

static void touch(void *mem)
{
	*(volatile char *)mem;
}

static void exec_true(void *mem)
{
	execl("/bin/true", "true", NULL);
	_exit(127);
}

PROVE_F(mmap, fork_exec, "[C16] fork does not inherit the mapping, exec drops it, and both work")
{
	void *mem = map(self);
	int status;

	ASSERT_NE(MAP_FAILED, mem);
	touch(mem);
	status = in_child(touch, mem);
	EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	EXPECT_EQ(0, in_child(exec_true, mem));
	touch(mem);
	EXPECT_EQ(0, munmap(mem, self->size));
}

PROVE_F(mmap, outlives_fd,
	"[C16] the mapping outlives its descriptor; parts of it can be unmapped")
{
	char *mem = map(self);

	ASSERT_NE(MAP_FAILED, (void *)mem);
	close(self->fd);
	touch(mem);
	touch(mem + self->size - 1);
	if (self->size > 4096) {
		EXPECT_EQ(0, munmap(mem + 4096, 4096));
		touch(mem);
	}
	EXPECT_EQ(0, munmap(mem, self->size));
	self->fd = dup(0);
}

static sigjmp_buf out;

static void got_signal(int sig)
{
	siglongjmp(out, sig);
}

/* The signal that a read of it ends with, 0: none. */
static int read_signal(void *mem)
{
	struct sigaction action = { .sa_handler = got_signal }, bus, segv;
	int sig;

	sigaction(SIGBUS, &action, &bus);
	sigaction(SIGSEGV, &action, &segv);
	sig = sigsetjmp(out, 1);
	if (!sig)
		touch(mem);
	sigaction(SIGBUS, &bus, NULL);
	sigaction(SIGSEGV, &segv, NULL);
	return sig;
}

/* A file cannot be found any more some time before its mappings have gone. */
static bool is_torn_down(void *mem)
{
	return read_signal(mem) == SIGBUS;
}

PROVE_F(mmap, destroyed,
	"[C16] with the enclave a file's mapping goes, and mapping again is ENODEV; a queue's stays")
{
	void *mem = map(self);

	ASSERT_NE(MAP_FAILED, mem);
	touch(mem);
	ASSERT_EQ(0, enclave_ctl(&self->e, "destroy"));
	ASSERT_TRUE(enclave_wait_gone(&self->e));
	if (variant->what == QUEUE) {
		EXPECT_EQ(0, read_signal(mem));
		EXPECT_EQ(0, refused(self, self->size, self->prot, MAP_SHARED, 0));
	} else {
		EXPECT_TRUE(wait_for("a mapping to go", is_torn_down, mem));
		EXPECT_EQ(-ENODEV, refused(self, self->size, self->prot, MAP_SHARED, 0));
	}
	EXPECT_EQ(0, munmap(mem, self->size));
}

PROVE_F(mmap, last_reference,
	"[C16] the memory stays as long as it is mapped, whatever else is closed first")
{
	void *mem = map(self);

	ASSERT_NE(MAP_FAILED, mem);
	ASSERT_EQ(0, enclave_ctl(&self->e, "destroy"));
	ASSERT_TRUE(enclave_wait_gone(&self->e));
	close(self->fd);
	queue_close(&self->q);
	close(self->e.ctl);
	self->fd = dup(0);
	self->e.ctl = dup(0);
	if (variant->what == QUEUE) {
		EXPECT_EQ(0, read_signal(mem));
	} else {
		EXPECT_TRUE(wait_for("a mapping to go", is_torn_down, mem));
	}
	EXPECT_EQ(0, munmap(mem, self->size));
}

PROVE(ringbuf, "[C16] a queue in a BPF ring buffer is mapped by its map, not by its own fd")
{
	struct enclave e;
	struct queue q;

	ASSERT_EQ(0, enclave_create(&e, GHOST_ABI_91, NULL));
	ASSERT_EQ(0, queue_create(&e, &q, RINGBUF, 512));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_SHARED, q.fd, 0));
	EXPECT_EQ(EINVAL, errno);
	queue_close(&q);
	EXPECT_EQ(0, enclave_end(&e));
}

TEST_HARNESS_MAIN
