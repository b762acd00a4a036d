// SPDX-License-Identifier: GPL-2.0-only
/* Who is delegated by a tag: threads and children too, agents and the kernel's never. */
#include <dirent.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "harness.h"

#define AGENT		"tagsched-fifo --tag 2 --timeout 60000"
#define KTHREAD		0x00200000	/* a flag in /proc/PID/stat */
#define NR_CHILDREN	50
#define NR_EARLY	40		/* the first processes are the kernel's */
#define NR_THREADS	4

FIXTURE(who) {
	char group[NAME_SIZE];
	struct load load;
	pid_t agent;
};

FIXTURE_SETUP(who)
{
	ASSERT_EQ(0, group_make(self->group, "who", "2"));
	ASSERT_EQ(0, load_start(&self->load, LOAD_SLEEPER, self->group));
	self->agent = agent_start(AGENT);
	ASSERT_LT(0, self->agent);
	ASSERT_TRUE(loads_have_policy(&self->load, 1, POLICY_GHOST));
}

FIXTURE_TEARDOWN(who)
{
	agent_end(self->agent, SIGINT);
	load_end(&self->load);
	group_remove(self->group);
}

/* A child in the group, and delegated, that runs fn; its exit status. */
static int served(const char *group, int (*fn)(void))
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (group_add(group, getpid()) ||
		    !WAIT_FOR(task_policy(0) == POLICY_GHOST, "being delegated"))
			_exit(100);
		_exit(fn());
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 100 + WTERMSIG(status);
}

static int forks(void)
{
	int i, status, bad = 0;

	for (i = 0; i < NR_CHILDREN; i++) {
		pid_t pid = fork();

		if (!pid)
			_exit(task_policy(0) != POLICY_GHOST);
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			return 99;
		bad += status != 0;
	}
	return bad;
}

PROVE_F(who, fork, "the children of a delegated task are delegated from their first step")
{
	EXPECT_EQ(0, served(self->group, forks));
}

static int executes(void)
{
	/* 41 is the policy in the words of stat, whose name has no blank here */
	execl("/bin/sh", "sh", "-c", "set -- $(cat /proc/$$/stat); shift 40; [ $1 = 18 ]", NULL);
	return 99;
}

PROVE_F(who, exec, "a delegated task is delegated after an exec")
{
	EXPECT_EQ(0, served(self->group, executes));
}

static void *tell_policy(void *arg)
{
	*(int *)arg = task_policy(0);
	return NULL;
}

static int has_threads(void)
{
	int policies[NR_THREADS] = {}, i, bad = 0;
	pthread_t threads[NR_THREADS];

	for (i = 0; i < NR_THREADS; i++)
		if (pthread_create(&threads[i], NULL, tell_policy, &policies[i]))
			return 99;
	for (i = 0; i < NR_THREADS; i++) {
		pthread_join(threads[i], NULL);
		bad += policies[i] != POLICY_GHOST;
	}
	return bad;
}

PROVE_F(who, new_threads, "the threads that a delegated task makes are delegated")
{
	EXPECT_EQ(0, served(self->group, has_threads));
}

static void *wait_for_policy(void *arg)
{
	*(bool *)arg = WAIT_FOR(task_policy(0) == POLICY_GHOST, "a thread's being delegated") &&
		       WAIT_FOR(task_policy(0) == SCHED_OTHER, "its being given back");
	return NULL;
}

PROVE_F(who, old_threads, "all threads of a process come with it, and leave with it")
{
	bool ok[NR_THREADS] = {};
	pid_t pid = fork();
	int i, status;

	ASSERT_LE(0, pid);
	if (!pid) {
		pthread_t threads[NR_THREADS];

		for (i = 0; i < NR_THREADS; i++)
			pthread_create(&threads[i], NULL, wait_for_policy, &ok[i]);
		if (group_add(self->group, getpid()) ||
		    !WAIT_FOR(task_policy(0) == POLICY_GHOST, "being delegated"))
			_exit(100);
		/* all have seen themselves delegated when they have been for some time */
		for (i = 0; i < NR_THREADS; i++)
			usleep(100000);
		if (sys_write("/sys/fs/cgroup/cgroup.procs", "0"))
			_exit(101);
		for (i = 0; i < NR_THREADS; i++)
			pthread_join(threads[i], NULL);
		for (i = 0; i < NR_THREADS; i++)
			if (!ok[i])
				_exit(1);
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

/* Kernel threads that are delegated; *all: how many there are. */
static int delegated_kthreads(int *all)
{
	DIR *dir = opendir("/proc");
	char path[300], text[512];
	unsigned long flags;
	struct dirent *d;
	int n = 0;

	*all = 0;
	while (dir && (d = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/%s/stat", d->d_name);
		if (atoi(d->d_name) <= 0 || sys_read(path, text, sizeof(text)) ||
		    !strrchr(text, ')'))
			continue;
		if (sscanf(strrchr(text, ')') + 1, " %*c %*d %*d %*d %*d %*d %lu", &flags) != 1)
			continue;
		if (flags & KTHREAD) {
			(*all)++;
			n += task_policy(atoi(d->d_name)) == POLICY_GHOST;
		}
	}
	if (dir)
		closedir(dir);
	return n;
}

/* Some refuse, which is as well. */
static void mark(const char *group, pid_t pid, const char *tag)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/tag", pid);
	group_add(group, pid);
	sys_write(path, tag);
}

PROVE_F(who, kthreads, "a kernel thread is never delegated, whatever its tag or group")
{
	struct load later;
	int all, pid;

	for (pid = 2; pid < NR_EARLY; pid++)
		mark(self->group, pid, "2");
	/* who comes later has been looked at later */
	ASSERT_EQ(0, load_start(&later, LOAD_SLEEPER, self->group));
	EXPECT_TRUE(loads_have_policy(&later, 1, POLICY_GHOST));
	EXPECT_EQ(0, delegated_kthreads(&all));
	EXPECT_LT(5, all);
	load_end(&later);
	for (pid = 2; pid < NR_EARLY; pid++)
		mark(".", pid, "default");
}

PROVE_F(who, refused, "a tag is one enclave's, and 0 is no tag")
{
	ASSERT_EQ(0, system("tag enclave create --id 77 >/dev/null"));
	EXPECT_EQ(-EEXIST, sys_write("/sys/fs/ghost/enclave_77/tag", "2"));
	EXPECT_EQ(-EINVAL, sys_write("/sys/fs/ghost/enclave_77/tag", "0"));
	EXPECT_EQ(0, sys_write("/sys/fs/ghost/enclave_77/tag", "3"));
	EXPECT_EQ(0, system("tag enclave destroy 77"));
	EXPECT_TRUE(WAIT_FOR(enclaves() == 1, "the end of the other enclave"));
	EXPECT_EQ(POLICY_GHOST, task_policy(self->load.pid));
	EXPECT_TRUE(load_goes_on(&self->load));
}

PROVE(agents_own, "an agent whose process has the tag itself is not delegated, and works")
{
	char group[NAME_SIZE], command[256];
	struct load load;
	pid_t agent;

	ASSERT_EQ(0, group_make(group, "own", "2"));
	snprintf(command, sizeof(command),
		 "sh -c 'echo $$ >/sys/fs/cgroup/%s/cgroup.procs; exec " AGENT "'", group);
	agent = agent_start(command);
	ASSERT_LT(0, agent);
	ASSERT_EQ(0, load_start(&load, LOAD_SLEEPER, group));
	EXPECT_TRUE(loads_have_policy(&load, 1, POLICY_GHOST));
	EXPECT_EQ(SCHED_OTHER, task_policy(agent));
	EXPECT_TRUE(enclave_status(1, "nr_tasks 1"));
	EXPECT_TRUE(load_goes_on(&load));
	EXPECT_EQ(0, agent_end(agent, SIGINT));
	EXPECT_TRUE(loads_have_policy(&load, 1, SCHED_OTHER));
	load_end(&load);
	group_remove(group);
}

TEST_HARNESS_MAIN
