// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Enclaves as ghostfs shows them: listing, making, binding to a tag, destroying. */
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"

#define ENCLAVE_PREFIX	"enclave_"
/* Room for /sys/fs/ghost/enclave_ID/FILE. */
#define FILE_PATH_MAX	128
/* Agents of 256 CPUs and a page more. */
#define STATUS_MAX	16384

/* CPUs of a destroyed enclave are free again soon: its agents have to die first. */
#define BUSY_TRIES	10
#define BUSY_NAP_NS	50000000

/* ---- files ---- */

static int file_path(char *path, unsigned long id, const char *file)
{
	return ts_format(path, FILE_PATH_MAX, TAGSCHED_GHOSTFS "/" ENCLAVE_PREFIX "%lu%s%s", id,
			 *file ? "/" : "", file);
}

/* One write: the kernel takes each for a whole command. */
static int write_text(const char *path, const char *text)
{
	int fd, err = 0;

	fd = ts_open(path, O_WRONLY);
	if (fd < 0)
		return fd;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

static int write_file(unsigned long id, const char *file, const char *text)
{
	char path[FILE_PATH_MAX];
	int err;

	err = file_path(path, id, file);
	return err ?: write_text(path, text);
}

/* All of a file. */
static int read_text(unsigned long id, const char *file, char *buf, size_t size)
{
	char path[FILE_PATH_MAX];
	int ret;

	ret = file_path(path, id, file);
	if (!ret)
		ret = ts_read(path, buf, size);
	return ret < 0 ? ret : 0;
}

/* Its first line. */
static int read_line(unsigned long id, const char *file, char *buf, size_t size)
{
	int err = read_text(id, file, buf, size);

	if (!err)
		buf[strcspn(buf, "\n")] = '\0';
	return err;
}

static bool exists(unsigned long id)
{
	char path[FILE_PATH_MAX];
	struct stat st;

	return !file_path(path, id, "ctl") && !ts_stat(path, &st);
}

static int check_mounted(void)
{
	struct stat st;
	int err;

	if (!ts_stat(TAGSCHED_GHOSTFS "/version", &st))
		return 0;
	err = tagsched_kernel__check(TAGSCHED_FEAT_GHOST);
	if (err)
		return err;
	return ts_err(-ENOENT,
		      TAGSCHED_GHOSTFS ": ghostfs is not mounted; mount -t ghost none " TAGSCHED_GHOSTFS);
}

static int explain(int err, unsigned long id, const char *file, bool write)
{
	char path[FILE_PATH_MAX] = "";
	int unmounted;

	file_path(path, id, file);
	switch (err) {
	case -ENOENT:
	case -ENODEV:
		unmounted = check_mounted();
		if (unmounted)
			return unmounted;
		return ts_err(-ENOENT, "%lu: no such enclave; it may have been destroyed", id);
	case -EACCES:
	case -EPERM:
		return ts_err(err, "%s: permission denied; run it as root or as the enclave's owner",
			      path);
	case -EDEADLK:
		return ts_err(err,
			      "%s: an agent's thread may not open it; leave that to another thread, or set live_dangerously",
			      path);
	case -EXDEV:
		return ts_err(err, "%s: the enclave is being destroyed; create another one", path);
	case -ENAMETOOLONG:
		return ts_err(err, "%lu: too long a number for an enclave", id);
	default:
		return ts_err(err, "%s: cannot %s: %s", path, write ? "write" : "read",
			      strerror(-err));
	}
}

/* ---- lists of CPUs, as the kernel prints them ---- */

/* The next range of "0,2-3"; false at the end, or where it is no such list. */
static bool next_range(const char **list, long *from, long *to)
{
	char *end;

	while (**list == ',' || isspace((unsigned char)**list))
		++*list;
	if (!isdigit((unsigned char)**list))
		return false;
	*from = *to = strtol(*list, &end, 10);
	if (*end == '-' && isdigit((unsigned char)end[1]))
		*to = strtol(end + 1, &end, 10);
	*list = end;
	return true;
}

/* A CPU that is in both lists, or -1. */
static long common_cpu(const char *a, const char *b)
{
	long from, to, from_b, to_b;

	while (next_range(&a, &from, &to)) {
		const char *p = b;

		while (next_range(&p, &from_b, &to_b)) {
			if (from <= to_b && from_b <= to)
				return from > from_b ? from : from_b;
		}
	}
	return -1;
}

/* ---- reading ---- */

static unsigned int read_number(unsigned long id, const char *file)
{
	char text[32];

	return read_line(id, file, text, sizeof(text)) ? 0 : strtoul(text, NULL, 10);
}

/* Process and its name; a thread that is gone keeps pid 0. */
static void find_process(struct tagsched_ghostfs_agent *agent)
{
	char path[64], text[4096], *line;

	snprintf(path, sizeof(path), "/proc/%d/status", agent->tid);
	if (ts_read(path, text, sizeof(text)) < 0)
		return;
	line = strstr(text, "\nTgid:");
	if (line)
		agent->pid = strtol(line + strlen("\nTgid:"), NULL, 10);
	snprintf(path, sizeof(path), "/proc/%d/comm", agent->pid ?: agent->tid);
	if (ts_read(path, agent->comm, sizeof(agent->comm)) > 0)
		agent->comm[strcspn(agent->comm, "\n")] = '\0';
}

/* "CPU:TID CPU:TID ..." */
static int parse_agents(char *text, struct tagsched_ghostfs_agent **agents, size_t *nr)
{
	struct tagsched_ghostfs_agent *list;
	char *word, *save = NULL;

	for (word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		int cpu, tid;

		if (sscanf(word, "%d:%d", &cpu, &tid) != 2)
			continue;
		list = reallocarray(*agents, *nr + 1, sizeof(*list));
		if (!list)
			return -ENOMEM;
		*agents = list;
		list[*nr] = (struct tagsched_ghostfs_agent) { .cpu = cpu, .tid = tid };
		find_process(&list[(*nr)++]);
	}
	return 0;
}

static void parse_tag(const char *text, struct tagsched_ghostfs_entry *e)
{
	char *end;

	errno = 0;
	e->tag = strtoll(text, &end, 10);
	e->bound = end != text && !*end && !errno;
	if (!e->bound)
		e->tag = 0;
}

static bool is_yes(const char *text)
{
	return !strcmp(text, "yes");
}

/* Lines "key value"; those of a newer kernel are skipped. */
static int parse_status(char *text, struct tagsched_ghostfs_entry *e,
			struct tagsched_ghostfs_agent **agents)
{
	char *line, *save = NULL;
	int err = 0;

	for (line = strtok_r(text, "\n", &save); line && !err; line = strtok_r(NULL, "\n", &save)) {
		char *value = strchr(line, ' ');

		if (!value)
			continue;
		*value++ = '\0';
		if (!strcmp(line, "version"))
			e->abi = strtoul(value, NULL, 10);
		else if (!strcmp(line, "active"))
			e->online = is_yes(value);
		else if (!strcmp(line, "nr_tasks"))
			e->nr_tasks = strtoull(value, NULL, 10);
		else if (!strcmp(line, "ephemeral"))
			e->ephemeral = strtol(value, NULL, 10);
		else if (!strcmp(line, "tag"))
			parse_tag(value, e);
		else if (!strcmp(line, "dying"))
			e->dying = is_yes(value);
		else if (!strcmp(line, "lost"))
			e->lost = strtoll(value, NULL, 10);
		else if (!strcmp(line, "agents"))
			err = parse_agents(value, agents, &e->nr_agents);
	}
	return err;
}

typedef int (*entry_fn)(const struct tagsched_ghostfs_entry *e, void *arg);

static int visit(unsigned long id, entry_fn fn, void *arg)
{
	char path[FILE_PATH_MAX], cpus[4096], status[STATUS_MAX];
	struct tagsched_ghostfs_agent *agents = NULL;
	struct tagsched_ghostfs_entry e = {
		.sz = sizeof(e),
		.id = id,
		.path = path,
		.cpus = cpus,
		.lost = -1,
	};
	int err;

	err = file_path(path, id, "");
	if (!err)
		err = read_text(id, "status", status, sizeof(status));
	if (err)
		return explain(err, id, "status", false);
	err = read_line(id, "cpulist", cpus, sizeof(cpus));
	if (err)
		return explain(err, id, "cpulist", false);

	e.timeout_ms = read_number(id, "runnable_timeout");
	e.grace_ms = read_number(id, "grace_period");
	e.boost_us = read_number(id, "dispatch_boost");
	e.persist = read_number(id, "persist");
	err = parse_status(status, &e, &agents);
	e.agents = agents;
	err = err ? ts_err(err, "%s/status: out of memory", path) : fn(&e, arg);
	free(agents);
	return err;
}

int tagsched_ghostfs__read(unsigned long id, entry_fn fn, void *arg)
{
	return visit(id, fn, arg);
}

static bool parse_id(const char *name, unsigned long *id)
{
	size_t len = strlen(ENCLAVE_PREFIX);
	char *end;

	if (strncmp(name, ENCLAVE_PREFIX, len) || !isdigit((unsigned char)name[len]))
		return false;
	errno = 0;
	*id = strtoul(name + len, &end, 10);
	return !*end && !errno;
}

static int by_number(const void *a, const void *b)
{
	unsigned long x = *(const unsigned long *)a, y = *(const unsigned long *)b;

	return (x > y) - (x < y);
}

/* Numbers of all enclaves, in order; the caller frees them. Their number or negative errno. */
static int list_ids(unsigned long **ids)
{
	struct dirent **list;
	int nr, i, found = 0;

	nr = ts_scandir(TAGSCHED_GHOSTFS, &list);
	if (nr < 0)
		return ts_err(nr, TAGSCHED_GHOSTFS ": cannot read: %s", strerror(-nr));
	*ids = calloc(nr + 1, sizeof(**ids));
	for (i = 0; i < nr; i++) {
		if (*ids && parse_id(list[i]->d_name, *ids + found))
			found++;
		free(list[i]);
	}
	free(list);
	if (!*ids)
		return ts_err(-ENOMEM, TAGSCHED_GHOSTFS ": out of memory");
	qsort(*ids, found, sizeof(**ids), by_number);
	return found;
}

int tagsched_ghostfs__walk(entry_fn fn, void *arg)
{
	unsigned long *ids;
	int nr, i, err;

	err = check_mounted();
	if (err)
		return err;
	nr = list_ids(&ids);
	for (i = 0; i < nr && !err; i++) {
		err = visit(ids[i], fn, arg);
		if (err == -ENOENT)
			err = 0;	/* destroyed meanwhile */
	}
	if (nr >= 0)
		free(ids);
	return nr < 0 ? nr : err;
}

/* ---- mounting ---- */

int tagsched_ghostfs__mount(void)
{
	int err = check_mounted();

	if (err != -ENOENT)
		return err;
	/* Somebody else may have been faster. */
	if (!mount("ghost", TAGSCHED_GHOSTFS, "ghost", 0, NULL) || errno == EBUSY)
		return 0;
	err = -errno;
	return ts_err(err, TAGSCHED_GHOSTFS ": cannot mount ghostfs: %s%s", strerror(-err),
		      err == -EPERM ? "; run it as root" : "");
}

/* ---- CPUs ---- */

struct search {
	unsigned long id;	/* not this one */
	const char *cpus;	/* who has one of these */
	bool bound;		/* or this tag */
	__s64 tag;
	unsigned long found;
	long cpu;
};

static int match(const struct tagsched_ghostfs_entry *e, void *arg)
{
	struct search *s = arg;

	if (e->id == s->id)
		return 0;
	s->found = e->id;
	if (s->bound)
		return e->bound && e->tag == s->tag;
	s->cpu = common_cpu(s->cpus, e->cpus);
	return s->cpu >= 0;
}

static int explain_busy(int err, unsigned long id, const char *cpus)
{
	struct search s = { .id = id, .cpus = cpus };

	if (tagsched_ghostfs__walk(match, &s) == 1)
		return ts_err(err,
			      "%s: CPU %ld belongs to enclave %lu; choose other CPUs or destroy that enclave",
			      cpus, s.cpu, s.found);
	return ts_err(err, "%s: a CPU is not free yet, its enclave is being destroyed; try again",
		      cpus);
}

static bool taken(unsigned long id, const char *cpus)
{
	struct search s = { .id = id, .cpus = cpus };

	return tagsched_ghostfs__walk(match, &s) == 1;
}

int tagsched_ghostfs__set_cpus(unsigned long id, const char *cpus)
{
	const struct timespec nap = { .tv_nsec = BUSY_NAP_NS };
	int i, err;

	for (i = 0; i < BUSY_TRIES; i++) {
		err = write_file(id, "cpulist", cpus);
		if (err != -EBUSY || taken(id, cpus))
			break;
		nanosleep(&nap, NULL);
	}
	switch (err) {
	case 0:
		return 0;
	case -EBUSY:
		return explain_busy(err, id, cpus);
	case -EINVAL:
	case -ERANGE:
	case -EOVERFLOW:
		return ts_err(err, "'%s': not a list of this machine's CPUs; give one such as 0,2-3",
			      cpus);
	case -EEXIST:
		return ts_err(err,
			      "%lu: a CPU that is to leave the enclave has an agent; end the agent first",
			      id);
	case -ENODEV:
		if (exists(id))
			return ts_err(err, "%s: a CPU is offline; bring it online or leave it out",
				      cpus);
		break;
	}
	return explain(err, id, "cpulist", true);
}

/* ---- tags ---- */

/* @tag NULL: none. */
static int write_tag(unsigned long id, const __s64 *tag)
{
	struct search s = { .id = id, .bound = true, .tag = tag ? *tag : 0 };
	char text[32] = "none\n";
	int err;

	if (tag)
		snprintf(text, sizeof(text), "%lld\n", (long long)*tag);

	err = write_file(id, "tag", text);
	if (!err)
		return 0;
	if (err == -EINVAL && tag && !*tag)
		return ts_err(err, "0: not a tag to bind, as all tasks without one have it; choose another");
	if (err != -EEXIST)
		return explain(err, id, "tag", true);
	if (tagsched_ghostfs__walk(match, &s) == 1)
		return ts_err(err,
			      "tag %lld is bound to enclave %lu; unbind or destroy that one first",
			      (long long)s.tag, s.found);
	return ts_err(err, "tag %lld is bound to another enclave; try again", (long long)s.tag);
}

int tagsched_ghostfs__bind(unsigned long id, __s64 tag)
{
	return write_tag(id, &tag);
}

int tagsched_ghostfs__unbind(unsigned long id)
{
	return write_tag(id, NULL);
}

/* ---- creating and destroying ---- */

static int explain_create(int err, unsigned long id, unsigned int abi)
{
	switch (err) {
	case -EEXIST:
		return ts_err(err, "%lu: there is such an enclave; choose another number, or none",
			      id);
	case -ESRCH:
		return ts_err(err, "%u: not a version of the ABI that the kernel has; see "
			      TAGSCHED_GHOSTFS "/version", abi);
	case -EACCES:
	case -EPERM:
		return ts_err(err, TAGSCHED_GHOSTFS "/ctl: permission denied; run it as root");
	default:
		return ts_err(err, TAGSCHED_GHOSTFS "/ctl: cannot create an enclave: %s",
			      strerror(-err));
	}
}

static int make_directory(const struct tagsched_ghostfs_opts *opts, unsigned long *id)
{
	unsigned int abi = opts->abi ?: TAGSCHED_GHOST_ABI;
	char text[128], gid[32] = "";
	int err;

	if (opts->set_gid)
		snprintf(gid, sizeof(gid), " gid=%u", opts->gid);
	*id = opts->id ?: 1;
	do {
		snprintf(text, sizeof(text), "create %lu %u%s%s%s", *id, abi, gid,
			 opts->persist ? " persist" : "", opts->ephemeral ? " ephemeral" : "");
		err = write_text(TAGSCHED_GHOSTFS "/ctl", text);
	} while (err == -EEXIST && !opts->id && ++*id);
	return err ? explain_create(err, *id, abi) : 0;
}

static int set_number(unsigned long id, const char *file, const unsigned int *value)
{
	char text[32];
	int err;

	if (!value)
		return 0;
	snprintf(text, sizeof(text), "%u", *value);
	err = write_file(id, file, text);
	return err ? explain(err, id, file, true) : 0;
}

static int set_up(const struct tagsched_ghostfs_opts *opts, unsigned long id)
{
	int err;

	err = set_number(id, "runnable_timeout", opts->timeout_ms);
	if (!err)
		err = set_number(id, "grace_period", opts->grace_ms);
	if (!err)
		err = set_number(id, "dispatch_boost", opts->boost_us);
	if (!err && opts->cpus)
		err = tagsched_ghostfs__set_cpus(id, opts->cpus);
	if (!err && opts->tag)
		err = tagsched_ghostfs__bind(id, *opts->tag);
	return err;
}

int tagsched_ghostfs__create(const struct tagsched_ghostfs_opts *opts, unsigned long *id)
{
	static const struct tagsched_ghostfs_opts none = { .sz = sizeof(none) };
	int err;

	err = TS_CHECK_OPTS(opts, tagsched_ghostfs_opts);
	if (!err)
		err = check_mounted();
	if (!err)
		err = make_directory(opts ?: &none, id);
	if (err)
		return err;
	err = set_up(opts ?: &none, *id);
	/* Nobody knows of it yet; the error is the one to tell. */
	if (err)
		write_file(*id, "ctl", "destroy");
	return err;
}

int tagsched_ghostfs__destroy(unsigned long id)
{
	int err = write_file(id, "ctl", "destroy");

	return err ? explain(err, id, "ctl", true) : 0;
}
