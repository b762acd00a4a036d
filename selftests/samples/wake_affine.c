// SPDX-License-Identifier: GPL-2.0-only
/*
 * wake_affine: in which of two caches a task is found that somebody wakes from the
 * other one. On a machine whose last CPU has a cache of its own.
 */
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "kselftest_harness.h"

#include "group.h"
#include "policy.h"

#define GROUP		"st-affine"
#define TAG		"1009"
#define WAKER_CPU	0
#define HOME_CPU	3		/* alone in its cache */
#define WAKEUPS		300
#define GUARD		600		/* seconds; ends a test that hangs */

/* It is woken by a pipe, and says in another where it is. */
struct woken {
	pid_t pid;
	int wake, on;
};

FIXTURE(wake_affine) {
	struct policy policy;
	struct woken w;
};

static int pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set);
}

static void be_woken(int wake, int on)
{
	int cpu = 0;
	char c;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (group_join(GROUP))
		_exit(1);
	while (read(wake, &c, 1) == 1) {
		cpu = sched_getcpu();
		if (write(on, &cpu, sizeof(cpu)) != sizeof(cpu))
			_exit(1);
	}
	_exit(0);
}

static int woken_start(struct woken *w)
{
	int wake[2], on[2];

	if (pipe(wake) || pipe(on))
		return -1;
	w->pid = fork();
	if (!w->pid) {
		close(wake[1]);
		be_woken(wake[0], on[1]);
	}
	close(wake[0]);
	close(on[1]);
	w->wake = wake[1];
	w->on = on[0];
	return w->pid < 0 ? -1 : 0;
}

/* Two caches: those of the last CPU and of all others. */
static bool has_two_caches(void)
{
	char line[64] = "";
	FILE *f = fopen("/sys/devices/system/cpu/cpu3/cache/index3/shared_cpu_list", "r");

	if (f && !fgets(line, sizeof(line), f))
		line[0] = '\0';
	if (f)
		fclose(f);
	return !strcmp(line, "3\n");
}

FIXTURE_SETUP(wake_affine)
{
	if (!has_two_caches())
		SKIP(return, "needs a CPU 3 with a cache of its own");
	ASSERT_EQ(0, group_make(GROUP, 1009));
	ASSERT_EQ(0, woken_start(&self->w));
	ASSERT_EQ(0, pin(WAKER_CPU));
}

FIXTURE_TEARDOWN(wake_affine)
{
	if (self->w.pid <= 0)
		return;
	kill(self->w.pid, SIGKILL);
	waitpid(self->w.pid, NULL, 0);
	group_remove(GROUP);
}

/* Where it wakes up once. */
static int wake_once(const struct woken *w)
{
	int cpu;

	if (write(w->wake, "", 1) != 1 || read(w->on, &cpu, sizeof(cpu)) != sizeof(cpu))
		return -1;
	return cpu;
}

/* To the other cache. Who sleeps moves only when it wakes up. */
static int send_home(const struct woken *w)
{
	cpu_set_t all, home;

	CPU_ZERO(&home);
	CPU_SET(HOME_CPU, &home);
	if (sched_getaffinity(w->pid, sizeof(all), &all) ||
	    sched_setaffinity(w->pid, sizeof(home), &home) || wake_once(w) != HOME_CPU)
		return -1;
	usleep(10000);		/* it sleeps */
	return sched_setaffinity(w->pid, sizeof(all), &all);
}

/* Percent of its wake-ups after which it is in the waker's cache. */
static double near(const struct woken *w)
{
	int i, cpu, n = 0;

	for (i = 0; i < WAKEUPS; i++) {
		cpu = wake_once(w);
		if (cpu < 0)
			return -1;
		n += cpu != HOME_CPU;
		usleep(1000);
	}
	printf("# %d of %d times in the waker's cache\n", n, WAKEUPS);
	fflush(stdout);	/* the harness ends a test without */
	return 100.0 * n / WAKEUPS;
}

TEST_F_TIMEOUT(wake_affine, near_is_pulled_home_stays, GUARD)
{
	double stock, pulled, home;
	cJSON *summary;

	ASSERT_EQ(0, send_home(&self->w));
	stock = near(&self->w);
	ASSERT_LE(0, stock);

	ASSERT_EQ(0, send_home(&self->w));
	ASSERT_EQ(0, policy_start(&self->policy, "wake_affine", "--home", TAG, NULL));
	home = near(&self->w);
	summary = policy_stop(&self->policy);
	ASSERT_NE(NULL, summary);
	EXPECT_LT(WAKEUPS / 2, policy_count(summary, "home_stayed"));
	cJSON_Delete(summary);

	ASSERT_EQ(0, send_home(&self->w));
	ASSERT_EQ(0, policy_start(&self->policy, "wake_affine", "--near", TAG, NULL));
	pulled = near(&self->w);
	summary = policy_stop(&self->policy);
	ASSERT_NE(NULL, summary);
	EXPECT_LT(0, policy_count(summary, "near_pulled"));
	EXPECT_EQ(0, policy_links(summary, "refused"));
	cJSON_Delete(summary);

	EXPECT_LE(0, home);
	EXPECT_GT(10, home);
	EXPECT_LT(home + 50, stock);	/* CFS pulls */
	EXPECT_LT(home + 50, pulled);
}

TEST_F_TIMEOUT(wake_affine, other_tags_are_left_alone, GUARD)
{
	cJSON *summary;

	ASSERT_EQ(0, policy_start(&self->policy, "wake_affine", "--near", "77", NULL));
	EXPECT_LE(0, near(&self->w));
	summary = policy_stop(&self->policy);
	ASSERT_NE(NULL, summary);
	EXPECT_EQ(0, policy_links(summary, "calls"));
	cJSON_Delete(summary);
}

TEST_HARNESS_MAIN
