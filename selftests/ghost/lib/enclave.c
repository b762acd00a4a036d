// SPDX-License-Identifier: GPL-2.0-only
/* Enclaves: their files, their memory. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <unistd.h>

#include "../ghost.h"

int ghostfs_mount(void)
{
	if (!access(GHOSTFS "/version", F_OK))
		return 0;
	return mount("ghost", GHOSTFS, "ghost", 0, NULL) && errno != EBUSY ? -errno : 0;
}

static int create_dir(struct enclave *e)
{
	char text[64];
	int err;

	for (e->id = 1; e->id < 1000; e->id++) {
		snprintf(text, sizeof(text), "create %lu %d", e->id, e->abi);
		err = sys_write(GHOSTFS "/ctl", text);
		if (err != -EEXIST)
			return err;
	}
	return -EEXIST;
}

static void *map_file(const struct enclave *e, const char *file, int prot, size_t *size)
{
	int fd = enclave_open_file(e, file, prot & PROT_WRITE ? O_RDWR : O_RDONLY);
	off_t end;
	void *mem;

	if (fd < 0)
		return MAP_FAILED;
	end = lseek(fd, 0, SEEK_END);
	mem = mmap(NULL, end, prot, MAP_SHARED, fd, 0);
	close(fd);
	if (size)
		*size = end;
	return mem;
}

static int map_memory(struct enclave *e)
{
	e->txns = map_file(e, "cpu_data", PROT_READ | PROT_WRITE, &e->txn_size);
	e->sw = map_file(e, "sw_regions/sw_0", PROT_READ, NULL);
	return e->txns == MAP_FAILED || e->sw == MAP_FAILED ? -errno : 0;
}

int enclave_attach(struct enclave *e, const struct enclave *of)
{
	*e = (struct enclave) { .id = of->id, .abi = of->abi, .ctl = -1 };
	e->dir = dup(of->dir);
	if (e->dir < 0)
		return -errno;
	e->ctl = enclave_open_file(e, "ctl", O_RDWR);
	return e->ctl < 0 ? e->ctl : map_memory(e);
}

int enclave_create(struct enclave *e, int abi, const char *cpus)
{
	char path[128];
	int err;

	*e = (struct enclave) { .abi = abi, .dir = -1, .ctl = -1 };
	err = ghostfs_mount();
	if (!err)
		err = create_dir(e);
	if (err)
		return err;

	snprintf(path, sizeof(path), GHOSTFS "/enclave_%lu", e->id);
	e->dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (e->dir < 0)
		return -errno;
	e->ctl = enclave_open_file(e, "ctl", O_RDWR);
	if (e->ctl < 0)
		return e->ctl;
	err = enclave_ctl(e, "create sw_region 0 0");
	if (!err && cpus)
		err = enclave_write(e, "cpulist", cpus);
	return err ?: map_memory(e);
}

int enclave_open_file(const struct enclave *e, const char *file, int flags)
{
	int fd = openat(e->dir, file, flags | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int enclave_read(const struct enclave *e, const char *file, char *buf, size_t size)
{
	int fd = enclave_open_file(e, file, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = read(fd, buf, size - 1);
	if (n < 0)
		n = -errno;
	else
		buf[n] = '\0';
	close(fd);
	return n;
}

int enclave_write(const struct enclave *e, const char *file, const char *text)
{
	int fd = enclave_open_file(e, file, O_WRONLY), err = 0;

	if (fd < 0)
		return fd;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

int enclave_ctl(const struct enclave *e, const char *command)
{
	return pwrite(e->ctl, command, strlen(command), 0) < 0 ? -errno : 0;
}

bool enclave_exists(const struct enclave *e)
{
	char path[128];

	snprintf(path, sizeof(path), GHOSTFS "/enclave_%lu", e->id);
	return !access(path, F_OK);
}

static bool gone(void *arg)
{
	return !enclave_exists(arg);
}

bool enclave_wait_gone(const struct enclave *e)
{
	return wait_for("an enclave to go", gone, (void *)e);
}

struct attaching {
	const struct enclave	*e;
	int			cpu;
	pid_t			tid;
};

/* status has a line of "CPU:TID" for all agents. */
static bool is_attached(void *arg)
{
	struct attaching *at = arg;
	char text[512], agent[32];

	snprintf(agent, sizeof(agent), "%d:%d", at->cpu, at->tid);
	return enclave_read(at->e, "status", text, sizeof(text)) > 0 && strstr(text, agent);
}

bool enclave_wait_agent(const struct enclave *e, int cpu, pid_t tid)
{
	struct attaching at = { e, cpu, tid };

	return wait_for("an agent", is_attached, &at);
}

int enclave_end(struct enclave *e)
{
	int err = 0;

	if (e->ctl >= 0 && enclave_exists(e)) {
		err = enclave_ctl(e, "destroy");
		if (err == -ENODEV)
			err = 0;
	}
	if (!enclave_wait_gone(e))
		err = -ETIMEDOUT;
	if (e->txns && e->txns != MAP_FAILED)
		munmap(e->txns, e->txn_size);
	if (e->sw && e->sw != MAP_FAILED)
		munmap(e->sw, GHOST_SW_REGION_SIZE);
	close(e->ctl);
	close(e->dir);
	return err;
}

struct ghost_status_word *enclave_sw(const struct enclave *e, __u32 index)
{
	return (struct ghost_status_word *)((char *)e->sw + e->sw->start) + index;
}

struct ghost_status_word *enclave_find_sw(const struct enclave *e, __s64 gtid)
{
	struct ghost_status_word *sw;
	__u32 i;

	for (i = 0; i < e->sw->capacity; i++) {
		sw = enclave_sw(e, i);
		if ((__atomic_load_n(&sw->flags, __ATOMIC_ACQUIRE) & GHOST_SW_F_INUSE) &&
		    sw->gtid == (__u64)gtid)
			return sw;
	}
	return NULL;
}

int enclave_ioctl(const struct enclave *e, unsigned long cmd, void *arg)
{
	int ret = ioctl(e->ctl, cmd, arg);

	return ret < 0 ? -errno : ret;
}
