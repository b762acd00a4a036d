// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Enclaves: made, opened, bound to a tag, destroyed. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <unistd.h>

#include "agent_internal.h"

#define NAME_SIZE	48
/* As long as a dying enclave may take to release its CPUs. */
#define CPU_TRIES	10
#define CPU_WAIT_US	50000

static int sys_ioctl(struct tagsched_enclave *e, unsigned long request, void *arg)
{
	int ret = ioctl(e->ctl_fd, request, arg);

	return ret < 0 ? -errno : ret;
}

static int no_ghost(void)
{
	return ts_err(-ENOTSUP,
		      TAGSCHED_GHOST_DIR ": not there; the kernel needs CONFIG_SCHED_CLASS_GHOST=y");
}

static int mount_ghostfs(void)
{
	if (!access(TAGSCHED_GHOST_DIR "/version", F_OK))
		return 0;
	if (!mount("ghost", TAGSCHED_GHOST_DIR, "ghost", 0, NULL) || errno == EBUSY)
		return 0;
	if (errno == ENOENT || errno == ENODEV)
		return no_ghost();
	return ts_err(-errno, TAGSCHED_GHOST_DIR ": cannot mount ghostfs: %m; are you root?");
}

static int check_abi(int abi)
{
	char text[256], *line, *save;
	int len;

	len = ts_file_read(AT_FDCWD, TAGSCHED_GHOST_DIR "/version", text, sizeof(text));
	if (len < 0)
		return ts_err(len, TAGSCHED_GHOST_DIR "/version: %s", strerror(-len));
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (atoi(line) == abi)
			return 0;
	}
	return ts_err(-ENOTSUP, "ABI %d is not among those that the kernel serves ("
		      TAGSCHED_GHOST_DIR "/version)", abi);
}

static void *map_file(const struct tagsched_enclave *e, const char *file, int prot, size_t *size)
{
	struct stat st;
	void *map;
	int fd;

	fd = openat(e->dir_fd, file, (prot & PROT_WRITE ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	map = fstat(fd, &st) ? MAP_FAILED : mmap(NULL, st.st_size, prot, MAP_SHARED, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		return NULL;
	*size = st.st_size;
	return map;
}

static int map_memory(struct tagsched_enclave *e)
{
	struct ghost_sw_region_header *sw;
	int err;

	err = ts_file_write(e->dir_fd, "ctl", "create sw_region 0 0");
	if (err && err != -EEXIST)
		return ts_err(err, "enclave_%lu: cannot make status words: %s", e->id,
			      strerror(-err));
	e->cpu_data = map_file(e, "cpu_data", PROT_READ | PROT_WRITE, &e->cpu_data_size);
	if (!e->cpu_data)
		return ts_err(-errno, "enclave_%lu/cpu_data: cannot map: %m", e->id);
	e->sw = map_file(e, "sw_regions/sw_0", PROT_READ, &e->sw_size);
	if (!e->sw)
		return ts_err(-errno, "enclave_%lu/sw_regions/sw_0: cannot map: %m", e->id);
	sw = e->sw;
	if (sw->start < sizeof(*sw) || sw->start > e->sw_size ||
	    sw->capacity > (e->sw_size - sw->start) / sizeof(struct ghost_status_word))
		return ts_err(-EPROTO, "enclave_%lu/sw_regions/sw_0: header makes no sense", e->id);
	return 0;
}

static int read_abi(struct tagsched_enclave *e)
{
	char text[16];
	int len = tagsched_enclave__read(e, "abi_version", text, sizeof(text));

	if (len < 0)
		return len;
	e->abi = atoi(text);
	if (e->abi != GHOST_ABI_84 && e->abi != GHOST_ABI_91)
		return ts_err(-ENOTSUP, "enclave_%lu: ABI %s is not known to this library", e->id,
			      text);
	return 0;
}

static __u32 read_number(struct tagsched_enclave *e, const char *file)
{
	char text[16];

	return tagsched_enclave__read(e, file, text, sizeof(text)) > 0 ?
	       strtoul(text, NULL, 10) : 0;
}

void ts_enclave_read_tunables(struct tagsched_enclave *e)
{
	ts_store(&e->boost_us, read_number(e, "dispatch_boost"));
	ts_store(&e->timeout_ms, read_number(e, "runnable_timeout"));
}

static int read_cpus(struct tagsched_enclave *e)
{
	char text[4096];
	int len = tagsched_enclave__read(e, "cpulist", text, sizeof(text));

	return len < 0 ? len : ts_cpulist_parse(text, &e->cpus);
}

static struct tagsched_enclave *open_files(unsigned long id)
{
	struct tagsched_enclave *e = calloc(1, sizeof(*e));
	char path[sizeof(TAGSCHED_GHOST_DIR) + NAME_SIZE];
	int err;

	if (!e)
		return ts_err_ptr(-ENOMEM, "enclave_%lu: out of memory", id);
	e->id = id;
	e->ioctl = sys_ioctl;
	e->online_fd = -1;
	e->ctl_fd = -1;
	snprintf(path, sizeof(path), TAGSCHED_GHOST_DIR "/enclave_%lu", id);
	e->dir_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (e->dir_fd >= 0)
		e->ctl_fd = openat(e->dir_fd, "ctl", O_RDWR | O_CLOEXEC);
	if (e->ctl_fd < 0) {
		err = -errno;
		ts_err(err, "%s: %s", path, strerror(-err));
	} else {
		err = read_abi(e);
	}
	if (err) {
		tagsched_enclave__close(e);
		errno = -err;
		return NULL;
	}
	return e;
}

struct tagsched_enclave *tagsched_enclave__open(unsigned long id)
{
	struct tagsched_enclave *e;
	int err;

	err = mount_ghostfs();
	if (err) {
		errno = -err;
		return NULL;
	}
	e = open_files(id);
	if (!e)
		return NULL;
	err = read_cpus(e);
	if (!err)
		err = map_memory(e);
	if (err) {
		tagsched_enclave__close(e);
		errno = -err;
		return NULL;
	}
	return e;
}

/* The number of the new enclave, or a negative errno. */
static long make(int abi, bool ephemeral)
{
	char command[64];
	long id = 0;
	int err;

	do {
		id++;
		snprintf(command, sizeof(command), "create %ld %d%s", id, abi,
			 ephemeral ? " ephemeral" : "");
		err = ts_file_write(AT_FDCWD, TAGSCHED_GHOST_DIR "/ctl", command);
	} while (err == -EEXIST && id < LONG_MAX);
	if (err)
		return ts_err(err, TAGSCHED_GHOST_DIR "/ctl: cannot create an enclave: %s%s",
			      strerror(-err), err == -EACCES ? "; are you root?" : "");
	return id;
}

static int take_cpus(struct tagsched_enclave *e, const char *cpus)
{
	char online[4096];
	int tries, err, len;

	if (!cpus) {
		len = ts_read("/sys/devices/system/cpu/online", online, sizeof(online));
		if (len < 0)
			return ts_err(len, "/sys/devices/system/cpu/online: %s", strerror(-len));
		cpus = online;
	}
	err = ts_cpulist_parse(cpus, &e->cpus);
	if (err || !CPU_COUNT(&e->cpus))
		return ts_err(err ?: -EINVAL, "CPU list '%s': write for example 0-3,8", cpus);
	for (tries = 0; tries < CPU_TRIES; tries++) {
		err = ts_file_write(e->dir_fd, "cpulist", cpus);
		if (err != -EBUSY)
			break;
		usleep(CPU_WAIT_US);
	}
	if (err == -EBUSY)
		return ts_err(err, "CPU list '%s': another enclave has one of these CPUs; see %s",
			      cpus, TAGSCHED_GHOST_DIR "/enclave_*/cpulist");
	return err ? ts_err(err, "enclave_%lu/cpulist: cannot write '%s': %s", e->id, cpus,
			    strerror(-err)) : 0;
}

static int write_number(struct tagsched_enclave *e, const char *file, __u32 n)
{
	char text[16];

	if (!n)
		return 0;
	snprintf(text, sizeof(text), "%u", n);
	return tagsched_enclave__write(e, file, text);
}

static int configure(struct tagsched_enclave *e, const struct tagsched_enclave_opts *opts)
{
	return take_cpus(e, opts->cpus) ?:
	       write_number(e, "persist", opts->persist) ?:
	       write_number(e, "grace_period", opts->grace_ms) ?:
	       write_number(e, "runnable_timeout", opts->timeout_ms) ?:
	       write_number(e, "dispatch_boost", opts->boost_us) ?:
	       map_memory(e);
}

struct tagsched_enclave *tagsched_enclave__create(const struct tagsched_enclave_opts *opts)
{
	static const struct tagsched_enclave_opts defaults = { .sz = sizeof(defaults) };
	struct tagsched_enclave *e;
	long id;
	int abi, err;

	err = TS_CHECK_OPTS(opts, tagsched_enclave_opts);
	if (!opts)
		opts = &defaults;
	abi = opts->abi ?: GHOST_ABI_91;
	err = err ?: mount_ghostfs() ?: check_abi(abi);
	id = err ?: make(abi, opts->ephemeral);
	if (id < 0) {
		errno = -id;
		return NULL;
	}
	e = open_files(id);
	if (!e)
		return NULL;
	err = configure(e, opts);
	if (err) {
		/* the caller wants to know why, not that this went well */
		if (e->ctl_fd >= 0 && write(e->ctl_fd, "destroy", 7) < 0)
			err = err ?: -errno;
		tagsched_enclave__close(e);
		errno = -err;
		return NULL;
	}
	return e;
}

int tagsched_enclave__find(__s64 tag, unsigned long *id)
{
	char file[sizeof(TAGSCHED_GHOST_DIR) + NAME_SIZE + NAME_SIZE], text[32];
	struct dirent **list;
	int nr, i, ret = -ENOENT;

	nr = mount_ghostfs();
	if (nr)
		return nr;
	nr = ts_scandir(TAGSCHED_GHOST_DIR, &list);
	if (nr < 0)
		return ts_err(nr, TAGSCHED_GHOST_DIR ": %s", strerror(-nr));
	for (i = 0; i < nr; i++) {
		unsigned long n;
		__s64 bound;

		if (ret && sscanf(list[i]->d_name, "enclave_%lu", &n) == 1) {
			snprintf(file, sizeof(file), TAGSCHED_GHOST_DIR "/enclave_%lu/tag", n);
			if (ts_file_read(AT_FDCWD, file, text, sizeof(text)) > 0 &&
			    strcmp(text, "none") && !tagsched_tag__parse(text, &bound) &&
			    bound == tag) {
				*id = n;
				ret = 0;
			}
		}
		free(list[i]);
	}
	free(list);
	return ret ? ts_err(ret, "tag %lld is bound to no enclave", (long long)tag) : 0;
}

unsigned long tagsched_enclave__id(const struct tagsched_enclave *e)
{
	return e->id;
}

int tagsched_enclave__abi(const struct tagsched_enclave *e)
{
	return e->abi;
}

const cpu_set_t *tagsched_enclave__cpus(const struct tagsched_enclave *e)
{
	return &e->cpus;
}

static int file_err(const struct tagsched_enclave *e, const char *file, int err)
{
	if (err == -ENODEV || err == -ENOENT)
		return ts_err(err, "enclave_%lu/%s: %s; the enclave may be gone", e->id, file,
			      strerror(-err));
	return ts_err(err, "enclave_%lu/%s: %s", e->id, file, strerror(-err));
}

int tagsched_enclave__read(const struct tagsched_enclave *e, const char *file, char *buf,
			   size_t size)
{
	int len = ts_file_read(e->dir_fd, file, buf, size);

	return len < 0 ? file_err(e, file, len) : len;
}

int tagsched_enclave__write(const struct tagsched_enclave *e, const char *file, const char *text)
{
	int err = ts_file_write(e->dir_fd, file, text);

	return err ? file_err(e, file, err) : 0;
}

int tagsched_enclave__bind_tag(struct tagsched_enclave *e, __s64 tag)
{
	char text[24];
	int err;

	snprintf(text, sizeof(text), "%lld", (long long)tag);
	err = tagsched_enclave__write(e, "tag", text);
	if (err == -EEXIST)
		return ts_err(err, "enclave_%lu: tag %lld is bound to another enclave", e->id,
			      (long long)tag);
	return err;
}

int tagsched_enclave__unbind_tag(struct tagsched_enclave *e)
{
	return tagsched_enclave__write(e, "tag", "none");
}

int tagsched_enclave__go_online(struct tagsched_enclave *e)
{
	if (e->online_fd >= 0)
		return 0;
	e->online_fd = openat(e->dir_fd, "agent_online", O_RDWR | O_CLOEXEC);
	return e->online_fd < 0 ? file_err(e, "agent_online", -errno) : 0;
}

void tagsched_enclave__go_offline(struct tagsched_enclave *e)
{
	if (e->online_fd >= 0)
		close(e->online_fd);
	e->online_fd = -1;
}

bool tagsched_enclave__gone(const struct tagsched_enclave *e)
{
	char id[24];

	return pread(e->ctl_fd, id, sizeof(id), 0) < 0 && errno == ENODEV;
}

int tagsched_enclave__destroy(struct tagsched_enclave *e)
{
	static const char command[] = "destroy";

	if (write(e->ctl_fd, command, strlen(command)) < 0 && errno != ENODEV)
		return file_err(e, "ctl", -errno);
	return 0;
}

void tagsched_enclave__close(struct tagsched_enclave *e)
{
	if (!e)
		return;
	tagsched_enclave__go_offline(e);
	if (e->cpu_data)
		munmap(e->cpu_data, e->cpu_data_size);
	if (e->sw)
		munmap(e->sw, e->sw_size);
	if (e->ctl_fd >= 0)
		close(e->ctl_fd);
	if (e->dir_fd >= 0)
		close(e->dir_fd);
	free(e);
}
