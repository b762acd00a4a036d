// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUs go and come back while policies decide and tasks run, sleep, fork and
 * exec: all tasks keep moving, and the kernel has nothing to complain about.
 */
#include <limits.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "harness.h"
#include "hotplug.skel.h"

#define CYCLES	4	/* each takes every CPU but the first off and on */
#define HOGS	3	/* a tag */
#define MOVERS	2	/* a tag: sleepers that wake, fork and exec */
#define GUARD	600000

/* the tags of the two samples' options below */
static const __s64 tags[2] = { 2, 1 };

/* struct mover - a process that keeps a victim busy, and counts */
struct mover {
	pid_t pid;
	volatile __u64 *rounds;
};

FIXTURE(hotplug) {
	struct hog hogs[2][HOGS];
	struct mover movers[2][MOVERS];
	bool warned;
};

static void move(struct mover *m, const __s64 *tag)
{
	struct victim v;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (task_set_tag(getpid(), *tag) || victim_start(&v, tag))
		_exit(1);
	for (;; (*m->rounds)++) {
		if (victim_wake(&v) < 0)
			_exit(1);
		if (*m->rounds % 8 == 0 && victim_fork(&v) < 0)
			_exit(1);
		if (*m->rounds % 32 == 0 && victim_exec(&v) < 0)
			_exit(1);
	}
}

static int mover_start(struct mover *m, const __s64 *tag)
{
	m->rounds = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (m->rounds == MAP_FAILED)
		return -ENOMEM;
	m->pid = fork();
	if (!m->pid)
		move(m, tag);
	return m->pid < 0 ? -EAGAIN : 0;
}

static bool mover_moves(const struct mover *m)
{
	__u64 until = *m->rounds + 2;
	int guard;

	for (guard = 0; guard < GUARD; guard++) {
		if (*m->rounds >= until)
			return true;
		usleep(1000);
	}
	return false;
}

FIXTURE_SETUP(hotplug)
{
	int t, i;

	ASSERT_EQ(0xf, sys_online());
	self->warned = hook_warned();
	for (t = 0; t < 2; t++) {
		for (i = 0; i < HOGS; i++)
			ASSERT_EQ(0, hog_start(&self->hogs[t][i], -1, &tags[t], NULL));
		for (i = 0; i < MOVERS; i++)
			ASSERT_EQ(0, mover_start(&self->movers[t][i], &tags[t]));
	}
}

FIXTURE_TEARDOWN(hotplug)
{
	int t, i;

	for (t = 0; t < 2; t++) {
		for (i = 0; i < HOGS; i++)
			hog_stop(&self->hogs[t][i]);
		for (i = 0; i < MOVERS; i++) {
			kill(self->movers[t][i].pid, SIGKILL);
			waitpid(self->movers[t][i].pid, NULL, 0);
		}
	}
	for (i = 1; i < 4; i++)
		sys_set_online(i, true);
}

/* Everybody gets on, also who has to make way. */
static void all_move(struct __test_metadata *_metadata, FIXTURE_DATA(hotplug) *self)
{
	int t, i;

	for (t = 0; t < 2; t++) {
		for (i = 0; i < HOGS; i++)
			ASSERT_TRUE(hog_moves(&self->hogs[t][i], 1)) {
				TH_LOG("a hog with tag %lld stands still", (long long)tags[t]);
			}
		for (i = 0; i < MOVERS; i++)
			ASSERT_TRUE(mover_moves(&self->movers[t][i])) {
				TH_LOG("a sleeper with tag %lld stands still", (long long)tags[t]);
			}
	}
}

/* Take CPUs off one by one down to the first, and on again in another order. */
static void cycle(struct __test_metadata *_metadata, FIXTURE_DATA(hotplug) *self, int round)
{
	int i, cpu;

	for (i = 0; i < 3; i++) {
		cpu = 1 + (i + round) % 3;
		ASSERT_EQ(0, sys_set_online(cpu, false));
		EXPECT_EQ(0, sys_online() & (1UL << cpu));
		all_move(_metadata, self);
	}
	EXPECT_EQ(1, sys_online());
	for (i = 0; i < 3; i++) {
		cpu = 1 + (2 * i + round) % 3;
		ASSERT_EQ(0, sys_set_online(cpu, true));
		all_move(_metadata, self);
	}
	EXPECT_EQ(0xf, sys_online());
}

HOOK_SKELETON(hotplug_bpf)

PROVE_F(hotplug, random_policy, "CPU hotplug under a policy that names CPUs at random: all tasks keep moving, no warning")
{
	struct hotplug_bpf *skel = load();
	struct hook_link_info info;
	struct bpf_program *prog;
	int round, link, n = 0;
	int links[6];

	ASSERT_NE(NULL, skel);
	bpf_object__for_each_program(prog, skel->obj) {
		ASSERT_GT(6, n);
		links[n] = hook_attach(bpf_program__fd(prog));
		ASSERT_LE(0, links[n]);
		n++;
	}
	for (round = 0; round < CYCLES; round++)
		cycle(_metadata, self, round);
	for (link = 0; link < n; link++) {
		ASSERT_EQ(0, hook_info(links[link], &info));
		EXPECT_LT(0, info.decided);
		close(links[link]);
	}
	hotplug_bpf__destroy(skel);
	EXPECT_EQ(self->warned, hook_warned());
}

/* Start build/samples/NAME; 0 if it is not built. */
static pid_t sample_start(const char *name, char *const argv[])
{
	char path[PATH_MAX], *build;
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	pid_t pid;

	path[n < 0 ? 0 : n] = '\0';
	build = strstr(path, "/selftests/hook/");
	if (!build || build - path + strlen(name) + sizeof("/samples/") > sizeof(path))
		return 0;
	sprintf(build, "/samples/%s", name);
	if (access(path, X_OK))
		return 0;
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execv(path, argv);
		_exit(127);
	}
	return pid;
}

/* Ask it to stop; its exit status, or -1 if it had died before. */
static int sample_stop(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, WNOHANG))
		return -1;
	kill(pid, SIGINT);
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

/* Number of sched links on the machine. */
static int links_now(void)
{
	struct hook_link_info info;
	__u32 id = 0;
	int fd, n = 0;

	while (!bpf_link_get_next_id(id, &id)) {
		fd = bpf_link_get_fd_by_id(id);
		if (fd < 0)
			continue;
		n += !hook_info(fd, &info) && info.type == HOOK_LINK_TYPE;
		close(fd);
	}
	return n;
}

PROVE_F(hotplug, samples, "CPU hotplug while the samples preempt and select_core run: all tasks keep moving, no warning")
{
	char *const preempt_argv[] = { "preempt", "--online", "2", "--offline", "1",
				       "--max-wait", "100", NULL };
	char *const select_argv[] = { "select_core", "--map", "2=0-1", "--map", "1=2-3", NULL };
	pid_t preempt = sample_start("preempt", preempt_argv);
	pid_t select = preempt ? sample_start("select_core", select_argv) : 0;
	int round, guard;

	if (!select)
		SKIP(return, "build/samples/preempt and select_core are not built");
	ASSERT_LT(0, preempt);
	ASSERT_LT(0, select);
	for (guard = 0; guard < GUARD && links_now() < 2; guard++)
		usleep(1000);
	EXPECT_LE(2, links_now());
	for (round = 0; round < CYCLES; round++)
		cycle(_metadata, self, round);
	EXPECT_EQ(0, sample_stop(preempt));
	EXPECT_EQ(0, sample_stop(select));
	EXPECT_EQ(self->warned, hook_warned());
}

TEST_HARNESS_MAIN
