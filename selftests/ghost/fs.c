// SPDX-License-Identifier: GPL-2.0-only
/* ghostfs: what may be written where, what it does, and how it fails. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

#define ID	"4711"	/* no other test counts so far */

static int top(const char *command)
{
	return sys_write(GHOSTFS "/ctl", command);
}

static bool there(const char *id)
{
	char path[128];

	snprintf(path, sizeof(path), GHOSTFS "/enclave_%s", id);
	return !access(path, F_OK);
}

static bool is_there(void *id)
{
	return there(id);
}

static bool not_there(void *id)
{
	return !there(id);
}

static bool destroy(const char *id)
{
	char path[128];

	snprintf(path, sizeof(path), GHOSTFS "/enclave_%s/ctl", id);
	sys_write(path, "destroy");
	return wait_for("an enclave to go", not_there, (void *)id);
}

static const struct {
	const char	*text;
	int		err;
} bad_creates[] = {
	{ "create", -EINVAL },
	{ "create " ID, -EINVAL },
	{ "create x 91", -EINVAL },
	{ "create " ID " 91x", -EINVAL },
	{ "make " ID " 91", -EINVAL },
	{ "", -EINVAL },
	{ "\ncreate " ID " 91", -EINVAL },
	{ "create " ID " 83", -ESRCH },
	{ "create " ID " 92", -ESRCH },
	{ "create " ID " 91 gid=x", -EINVAL },
	{ "create " ID " 91 gid", -EINVAL },
	{ "create " ID " 91 ephemeral=1", -EINVAL },
	{ "create " ID " 91 persist=1", -EINVAL },
	{ "create " ID " 91 unheard_of", -ENOENT },
	{ "create " ID " 91 unheard_of=1", -ENOENT },
};

PROVE(create_errors,
	"create: what does not parse is refused with the ABI's errno, and leaves nothing behind")
{
	unsigned int i;

	ASSERT_EQ(0, ghostfs_mount());
	for (i = 0; i < sizeof(bad_creates) / sizeof(bad_creates[0]); i++) {
		/* A write of no bytes does not say anything. */
		if (!*bad_creates[i].text)
			continue;
		EXPECT_EQ(bad_creates[i].err, top(bad_creates[i].text)) {
			TH_LOG("\"%s\"", bad_creates[i].text);
		}
		EXPECT_FALSE(there(ID));
	}
}

PROVE(create_name,
	"create: the largest id is good, and what follows the first newline is not read")
{
	ASSERT_EQ(0, ghostfs_mount());
	ASSERT_EQ(0, top("create 18446744073709551615 91\nnonsense"));
	EXPECT_TRUE(there("18446744073709551615"));
	EXPECT_EQ(-EEXIST, top("create 18446744073709551615 84"));
	EXPECT_TRUE(destroy("18446744073709551615"));
}

PROVE(create_gid, "create gid=N: the directory and its files have that group")
{
	struct stat st;

	ASSERT_EQ(0, ghostfs_mount());
	ASSERT_EQ(0, top("create " ID " 91 gid=4242"));
	ASSERT_EQ(0, stat(GHOSTFS "/enclave_" ID, &st));
	EXPECT_EQ(4242, st.st_gid);
	ASSERT_EQ(0, stat(GHOSTFS "/enclave_" ID "/ctl", &st));
	EXPECT_EQ(4242, st.st_gid);
	EXPECT_EQ(0, st.st_uid);
	EXPECT_TRUE(destroy(ID));
}

PROVE(create_persist, "create persist: the tunable reads 1")
{
	char text[8];

	ASSERT_EQ(0, ghostfs_mount());
	ASSERT_EQ(0, top("create " ID " 91 persist"));
	EXPECT_EQ(1, sys_read(GHOSTFS "/enclave_" ID "/persist", text, sizeof(text)));
	EXPECT_STREQ("1", text);
	EXPECT_TRUE(destroy(ID));
}

PROVE(create_ephemeral,
	"create ephemeral: the enclave goes with the process, not with its descriptors")
{
	char status[512], line[32];
	int ends[2];
	pid_t pid;

	ASSERT_EQ(0, ghostfs_mount());
	ASSERT_EQ(0, pipe(ends));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		close(ends[1]);
		if (top("create " ID " 91 ephemeral"))
			_exit(1);
		_exit(read(ends[0], line, 1) < 0);
	}
	close(ends[0]);
	/* It has created the enclave, and has no descriptor of it. */
	ASSERT_TRUE(wait_for("an ephemeral enclave", is_there, (void *)ID));
	ASSERT_LT(0, sys_read(GHOSTFS "/enclave_" ID "/status", status, sizeof(status)));
	snprintf(line, sizeof(line), "\nephemeral %d\n", pid);
	EXPECT_NE(NULL, strstr(status, line));
	close(ends[1]);
	waitpid(pid, NULL, 0);
	EXPECT_TRUE(wait_for("an ephemeral enclave to go", not_there, (void *)ID));
}

FIXTURE(fs)
{
	struct enclave	e, other;
};

FIXTURE_SETUP(fs)
{
	ASSERT_EQ(0, enclave_create(&self->e, GHOST_ABI_91, NULL));
	ASSERT_EQ(0, enclave_create(&self->other, GHOST_ABI_84, NULL));
}

FIXTURE_TEARDOWN(fs)
{
	EXPECT_EQ(0, enclave_end(&self->e));
	EXPECT_EQ(0, enclave_end(&self->other));
}

static const char * const flags[] = {
	"commit_at_tick", "deliver_agent_runnability", "deliver_cpu_availability", "deliver_ticks",
	"live_dangerously", "persist", "switchto_disabled", "wake_on_waker_cpu",
};

static void check_flag(struct __test_metadata *_metadata, const struct enclave *e,
		       const char *file, const char *written, const char *reads)
{
	char text[8];

	EXPECT_EQ(0, enclave_write(e, file, written));
	EXPECT_EQ(1, enclave_read(e, file, text, sizeof(text)));
	EXPECT_STREQ(reads, text) {
		TH_LOG("%s after %s", file, written);
	}
}

PROVE_F(fs, flags, "tunables read back as exactly one character, whatever number was written")
{
	unsigned int i;

	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		check_flag(_metadata, &self->e, flags[i], "1", "1");
		check_flag(_metadata, &self->e, flags[i], "0\n", "0");
		check_flag(_metadata, &self->e, flags[i], "0x10", "1");
		check_flag(_metadata, &self->e, flags[i], "00", "0");
		check_flag(_metadata, &self->e, flags[i], "-1", "1");
		EXPECT_EQ(-EINVAL, enclave_write(&self->e, flags[i], "yes"));
		EXPECT_EQ(-EINVAL, enclave_write(&self->e, flags[i], "1 0"));
		EXPECT_EQ(-EINVAL, enclave_write(&self->e, flags[i], "99999999999"));
		check_flag(_metadata, &self->e, flags[i], "0", "0");
	}
}

PROVE_F(fs, numbers, "runnable_timeout, grace_period and dispatch_boost take an unsigned number")
{
	static const char * const files[] = {
		"runnable_timeout", "grace_period", "dispatch_boost",
	};
	char text[32];
	int i;

	for (i = 0; i < 3; i++) {
		EXPECT_EQ(0, enclave_write(&self->e, files[i], "12345\n"));
		ASSERT_LT(0, enclave_read(&self->e, files[i], text, sizeof(text)));
		EXPECT_STREQ("12345", text);
		EXPECT_EQ(-EINVAL, enclave_write(&self->e, files[i], "-1"));
		EXPECT_EQ(-EINVAL, enclave_write(&self->e, files[i], "soon"));
		ASSERT_LT(0, enclave_read(&self->e, files[i], text, sizeof(text)));
		EXPECT_STREQ("12345", text);
		EXPECT_EQ(0, enclave_write(&self->e, files[i], "0"));
	}
}

static void check_cpus(struct __test_metadata *_metadata, const struct enclave *e,
		       const char *list, const char *mask)
{
	char text[256], *p;

	ASSERT_LT(0, enclave_read(e, "cpulist", text, sizeof(text)));
	EXPECT_STREQ(list, text);
	ASSERT_LT(0, enclave_read(e, "cpumask", text, sizeof(text)));
	/* As many digits as the kernel has CPUs. */
	for (p = text; *p == '0' && p[1] != '\n'; p++)
		;
	EXPECT_STREQ(mask, p);
}

PROVE_F(fs, cpus, "[C2] cpulist and cpumask: each is read as the other was written")
{
	EXPECT_EQ(0, enclave_write(&self->e, "cpulist", "1,3\n"));
	check_cpus(_metadata, &self->e, "1,3\n", "a\n");
	EXPECT_EQ(0, enclave_write(&self->e, "cpumask", "6"));
	check_cpus(_metadata, &self->e, "1-2\n", "6\n");
	/* No bytes at all reach the kernel as well. */
	EXPECT_EQ(0, enclave_write(&self->e, "cpulist", ""));
	check_cpus(_metadata, &self->e, "\n", "0\n");
}

static const struct {
	const char	*file;
	const char	*text;
	int		err;
} bad_cpus[] = {
	{ "cpulist", "x", -EINVAL },
	{ "cpulist", "3-1", -EINVAL },
	{ "cpulist", "1-", -EINVAL },
	{ "cpulist", "100000", -ERANGE },
	{ "cpumask", "x", -EINVAL },
	{ "cpumask", "1,00000000,00000000,00000000,00000000,00000000", -EOVERFLOW },
};

PROVE_F(fs, cpu_errors, "cpulist and cpumask: what does not parse changes nothing")
{
	unsigned int i;

	ASSERT_EQ(0, enclave_write(&self->e, "cpulist", "1"));
	for (i = 0; i < sizeof(bad_cpus) / sizeof(bad_cpus[0]); i++) {
		EXPECT_EQ(bad_cpus[i].err,
			  enclave_write(&self->e, bad_cpus[i].file, bad_cpus[i].text)) {
			TH_LOG("%s: %s", bad_cpus[i].file, bad_cpus[i].text);
		}
		check_cpus(_metadata, &self->e, "1\n", "2\n");
	}
}

PROVE_F(fs, cpu_taken, "cpulist: EBUSY for a CPU of another enclave, all or nothing")
{
	ASSERT_EQ(0, enclave_write(&self->e, "cpulist", "1-2"));
	EXPECT_EQ(-EBUSY, enclave_write(&self->other, "cpulist", "2-3"));
	check_cpus(_metadata, &self->other, "\n", "0\n");
	/* One that has been given up can be had. */
	ASSERT_EQ(0, enclave_write(&self->e, "cpulist", "1"));
	EXPECT_EQ(0, enclave_write(&self->other, "cpulist", "2-3"));
}

PROVE_F(fs, cpu_offline, "cpulist: ENODEV for a CPU that is offline")
{
	ASSERT_EQ(0, sys_write("/sys/devices/system/cpu/cpu3/online", "0"));
	EXPECT_EQ(-ENODEV, enclave_write(&self->e, "cpulist", "2-3"));
	check_cpus(_metadata, &self->e, "\n", "0\n");
	ASSERT_EQ(0, sys_write("/sys/devices/system/cpu/cpu3/online", "1"));
	EXPECT_EQ(0, enclave_write(&self->e, "cpulist", "2-3"));
}

PROVE_F(fs, cpu_agent, "cpulist: EEXIST for a CPU that would go and has an agent")
{
	struct queue q;
	struct agent a;

	ASSERT_EQ(0, enclave_write(&self->e, "cpulist", "1-2"));
	ASSERT_EQ(0, queue_create(&self->e, &q, RING, 64));
	ASSERT_EQ(0, agent_start(&a, &self->e, 1, &q));
	EXPECT_EQ(-EEXIST, enclave_write(&self->e, "cpulist", "2"));
	check_cpus(_metadata, &self->e, "1-2\n", "6\n");
	EXPECT_EQ(0, enclave_write(&self->e, "cpulist", "1"));
	agent_stop(&a);
	queue_close(&q);
}

struct cpus {
	struct enclave	*e;
	const char	*list;
	int		err;
};

static bool took_cpus(void *arg)
{
	struct cpus *c = arg;

	c->err = enclave_write(c->e, "cpulist", c->list);
	return c->err != -EBUSY;
}

PROVE_F(fs, busy_clears, "[C2] EBUSY clears: the CPUs of a destroyed enclave can be had soon")
{
	struct cpus c = { &self->other, "1-3", 0 };

	ASSERT_EQ(0, enclave_write(&self->e, "cpulist", "1-3"));
	ASSERT_EQ(0, enclave_ctl(&self->e, "destroy"));
	EXPECT_TRUE(wait_for("CPUs of a destroyed enclave", took_cpus, &c));
	EXPECT_EQ(0, c.err);
}

PROVE_F(fs, transactions, "a CPU that joins has a fresh transaction; others' pages are zero")
{
	struct ghost_txn *txn = txn_of(&self->e, 1);

	EXPECT_EQ(0, txn->cpu);
	EXPECT_EQ(0, txn->state);
	ASSERT_EQ(0, enclave_write(&self->e, "cpulist", "1"));
	EXPECT_EQ(1, txn->cpu);
	EXPECT_EQ(0, txn->version);
	EXPECT_EQ(-1, txn->sync_group_owner);
	EXPECT_EQ(GHOST_TXN_COMPLETE, txn->state);
	EXPECT_EQ(0, txn_of(&self->e, 2)->cpu);
	/* What it held is not held against it when it comes back. */
	txn->gtid = 42;
	txn->state = GHOST_TXN_ABORTED;
	ASSERT_EQ(0, enclave_write(&self->e, "cpulist", "2"));
	ASSERT_EQ(0, enclave_write(&self->e, "cpulist", "1"));
	EXPECT_EQ(0, txn->gtid);
	EXPECT_EQ(GHOST_TXN_COMPLETE, txn->state);
}

static const struct {
	const char	*text;
	int		err;
} commands[] = {
	{ "create sw_region 0 0", -EEXIST },
	{ "create sw_region 1 999", -ENODEV },
	{ "create sw_region 1 -1", -ENODEV },
	{ "create sw_region 1", -EINVAL },
	{ "become agent 1", -EINVAL },
	{ "become agent", -EINVAL },
	{ "discover", -EINVAL },
	{ "Destroy", -EINVAL },
	{ "destroy ", -EINVAL },
	{ "nonsense", -EINVAL },
	{ "discover tasks", 0 },
	{ "discover tasks\nnonsense", 0 },
	{ "create sw_region 1 0\n", 0 },
};

PROVE_F(fs, commands, "ctl: commands that are none, and that fail, say so")
{
	char text[32], id[32];
	unsigned int i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		EXPECT_EQ(commands[i].err, enclave_ctl(&self->e, commands[i].text)) {
			TH_LOG("\"%s\"", commands[i].text);
		}
	}
	EXPECT_EQ(0, faccessat(self->e.dir, "sw_regions/sw_1", F_OK, 0));
	ASSERT_LT(0, enclave_read(&self->e, "ctl", text, sizeof(text)));
	snprintf(id, sizeof(id), "%lu", self->e.id);
	EXPECT_STREQ(id, text);
}

PROVE_F(fs, tasks_errors, "tasks: what is no number, nobody's, or has no status word is refused")
{
	struct enclave bare = { .abi = GHOST_ABI_91, .dir = -1, .ctl = -1 };
	char text[16];
	pid_t pid;

	EXPECT_EQ(-EINVAL, enclave_write(&self->e, "tasks", "me"));
	EXPECT_EQ(-ERANGE, enclave_write(&self->e, "tasks", "99999999999999999999"));
	EXPECT_EQ(-ESRCH, enclave_write(&self->e, "tasks", "4194303"));
	EXPECT_EQ(-ESRCH, enclave_write(&self->e, "tasks", "-5"));
	/* Thread 1, but not its sequence number. */
	EXPECT_EQ(-ESRCH, enclave_write(&self->e, "tasks", "3298534883328"));
	/* A kernel thread. */
	EXPECT_EQ(-EINVAL, enclave_write(&self->e, "tasks", "2"));

	/* An enclave without status words. */
	ASSERT_EQ(0, top("create " ID " 91"));
	bare.id = strtoul(ID, NULL, 10);
	bare.dir = open(GHOSTFS "/enclave_" ID, O_PATH | O_DIRECTORY);
	pid = fork();
	if (!pid) {
		pause();
		_exit(0);
	}
	snprintf(text, sizeof(text), "%d", pid);
	EXPECT_EQ(-ENOMEM, enclave_write(&bare, "tasks", text));
	EXPECT_EQ(SCHED_OTHER, sys_policy(pid));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(bare.dir);
	EXPECT_TRUE(destroy(ID));
}

PROVE_F(fs, tasks, "tasks: a task enters by tid and by gtid, once; another enclave's is refused")
{
	struct subject s;
	char tid[32], text[64];
	struct queue q;

	ASSERT_EQ(0, queue_create(&self->e, &q, RING, 64));
	ASSERT_EQ(0, subject_start(&s));
	/* One that runs is not listed before it has left its CPU. */
	ASSERT_TRUE(subject_wait_blocked(&s));
	snprintf(tid, sizeof(tid), "%d\n", s.pid);
	EXPECT_EQ(0, enclave_write(&self->e, "tasks", tid));
	EXPECT_EQ(0, enclave_write(&self->e, "tasks", tid));
	EXPECT_EQ(0, subject_enter(&self->e, &s));
	EXPECT_EQ(-EPERM, subject_enter(&self->other, &s));
	EXPECT_EQ(SCHED_GHOST, sys_policy(s.pid));
	ASSERT_LT(0, enclave_read(&self->e, "tasks", text, sizeof(text)));
	EXPECT_STREQ(tid, text);
	subject_end(&s);
	queue_close(&q);
}

PROVE_F(fs, policy, "policy 18 is EBADF for whoever is in no enclave, at any priority")
{
	struct sched_param p = {};

	EXPECT_EQ(-1, sched_setscheduler(0, SCHED_GHOST, &p));
	EXPECT_EQ(EBADF, errno);
	p.sched_priority = -7;
	EXPECT_EQ(-1, sched_setscheduler(0, SCHED_GHOST, &p));
	EXPECT_EQ(EBADF, errno);
	p.sched_priority = 50;
	EXPECT_EQ(-1, sched_setscheduler(0, SCHED_GHOST, &p));
	EXPECT_EQ(EBADF, errno);
	EXPECT_EQ(SCHED_OTHER, sys_policy(0));
}

static bool has_edge(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLPRI };

	return poll(&p, 1, 0) == 1 && (p.revents & POLLPRI);
}

PROVE_F(fs, online,
	"[C12] agent_online: one writer at a time, 1 as long as there is one, an edge at both ends")
{
	int reader, writer;
	char text[4];

	reader = enclave_open_file(&self->e, "agent_online", O_RDONLY);
	ASSERT_LE(0, reader);
	ASSERT_EQ(1, pread(reader, text, sizeof(text), 0));
	EXPECT_EQ('0', text[0]);
	EXPECT_FALSE(has_edge(reader));

	writer = enclave_open_file(&self->e, "agent_online", O_RDWR);
	ASSERT_LE(0, writer);
	EXPECT_EQ(-EBUSY, enclave_open_file(&self->e, "agent_online", O_WRONLY));
	EXPECT_TRUE(has_edge(reader));
	ASSERT_EQ(1, pread(reader, text, sizeof(text), 0));
	EXPECT_EQ('1', text[0]);
	EXPECT_FALSE(has_edge(reader));
	EXPECT_EQ(-1, write(writer, "0", 1));
	EXPECT_EQ(EINVAL, errno);

	close(writer);
	EXPECT_TRUE(has_edge(reader));
	ASSERT_EQ(1, pread(reader, text, sizeof(text), 0));
	EXPECT_EQ('0', text[0]);
	close(reader);
}

PROVE_F(fs, extra_open_check, "opening for what a file cannot do is EACCES, for root too")
{
	EXPECT_EQ(-EACCES, enclave_open_file(&self->e, "status", O_WRONLY));
	EXPECT_EQ(-EACCES, enclave_open_file(&self->e, "abi_version", O_RDWR));
	EXPECT_EQ(-EACCES, enclave_open_file(&self->e, "sw_regions/sw_0", O_RDWR));
	EXPECT_EQ(-1, open(GHOSTFS "/ctl", O_RDONLY));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, open(GHOSTFS "/version", O_RDWR));
	EXPECT_EQ(EACCES, errno);
}

PROVE_F(fs, removed, "[C16] after removal: ENOENT by path, ENODEV by descriptor, for every file")
{
	static const char * const names[] = {
		"status", "cpulist", "deliver_ticks", "tasks", "tag",
	};
	int fd[5], i;
	char text[16];

	for (i = 0; i < 5; i++) {
		fd[i] = enclave_open_file(&self->e, names[i], i ? O_RDWR : O_RDONLY);
		ASSERT_LE(0, fd[i]);
	}
	ASSERT_EQ(0, enclave_ctl(&self->e, "destroy"));
	ASSERT_TRUE(enclave_wait_gone(&self->e));
	for (i = 0; i < 5; i++) {
		EXPECT_EQ(-ENOENT, enclave_open_file(&self->e, names[i], O_RDONLY));
		EXPECT_EQ(-1, pread(fd[i], text, sizeof(text), 0));
		EXPECT_EQ(ENODEV, errno);
		if (i) {
			EXPECT_EQ(-1, pwrite(fd[i], "0", 1, 0));
			EXPECT_EQ(ENODEV, errno);
		}
		close(fd[i]);
	}
	EXPECT_EQ(-ENODEV, enclave_ctl(&self->e, "destroy"));
	EXPECT_EQ(-ENODEV, enclave_ioctl(&self->e, GHOST_IOC_NULL, NULL));
}

TEST_HARNESS_MAIN
