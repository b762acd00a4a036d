// SPDX-License-Identifier: GPL-2.0-only
/*
 * [H4] A policy cannot hang the machine: who keeps a runnable task from its CPU
 * for too long is ended, others stay, and the record says why.
 */
#include <sched.h>
#include <errno.h>
#include <sys/resource.h>

#include "harness.h"

#define CPU		1
#define TIMEOUT_MS	1000
#define SYSCTL		"/proc/sys/kernel/"
#define ROUNDS		50

static const __s64 hog_tag = 4051, victim_tag = 4052, other_tag = 4053;

FIXTURE(stall) {
	struct hog hog;
	char timeout[32], refused[32];
};

FIXTURE_SETUP(stall)
{
	ASSERT_EQ(0, task_pin(0, 0));
	ASSERT_LT(0, sys_read(SYSCTL "sched_bpf_timeout_ms", self->timeout, sizeof(self->timeout)));
	ASSERT_LT(0, sys_read(SYSCTL "sched_bpf_refused_max", self->refused, sizeof(self->refused)));
	ASSERT_EQ(0, sys_write(SYSCTL "sched_bpf_timeout_ms", "1000"));
	ASSERT_EQ(0, hog_start(&self->hog, CPU, &hog_tag, NULL));
}

FIXTURE_TEARDOWN(stall)
{
	hog_stop(&self->hog);
	sys_write(SYSCTL "sched_bpf_timeout_ms", self->timeout);
	sys_write(SYSCTL "sched_bpf_refused_max", self->refused);
}

static int policy(const char *name, const __s64 *scope, const int *progs, int nr)
{
	const struct hook_policy p = { .progs = progs, .nr = nr, .name = name, .tag = scope };

	return hook_policy_create(&p);
}

static __u32 reason_of(int link)
{
	struct hook_policy_info info;

	return hook_policy_info(link, &info, NULL) ? ~0U : info.exit.reason;
}

static bool decides(int link)
{
	struct hook_policy_info before, now;
	int guard;

	if (hook_policy_info(link, &before, NULL))
		return false;
	for (guard = 0; guard < 60000; guard++) {
		if (!hook_policy_info(link, &now, NULL) &&
		    now.link.decided != before.link.decided)
			return true;
		usleep(1000);
	}
	return false;
}

PROVE_F(stall, ejected, "[H4] a policy that never lets a tag run is ended in time, and the tag runs; one for another tag stays")
{
	const int keep[] = { hook_const("cfs_check_preempt_tick", BPF_SCHED_KEEP),
			     hook_const("cfs_check_preempt_wakeup", BPF_SCHED_KEEP) };
	int bad, good, tick = hook_const("cfs_check_preempt_tick", BPF_SCHED_PREEMPT);
	struct bpf_sched_exit exit;
	struct hog pair[2], starved;

	/* Two that take turns on another CPU, by a policy of their own. */
	good = policy("good", &other_tag, &tick, 1);
	ASSERT_LE(0, good);
	ASSERT_EQ(0, hog_start(&pair[0], CPU + 1, &other_tag, NULL));
	ASSERT_EQ(0, hog_start(&pair[1], CPU + 1, &other_tag, NULL));
	EXPECT_TRUE(decides(good));

	bad = policy("bad", &hog_tag, keep, 2);
	ASSERT_LE(0, bad);
	ASSERT_EQ(0, hog_start(&starved, CPU, &victim_tag, NULL));
	ASSERT_TRUE(hook_policy_waits(bad, BPF_SCHED_EXIT_STALL, &exit));
	TH_LOG("ended after %llu ms: %s[%d], tag %lld, CPU %d", exit.value, exit.comm, exit.pid,
	       exit.tag, exit.cpu);
	EXPECT_LE(TIMEOUT_MS, exit.value);
	EXPECT_LE(exit.value, TIMEOUT_MS + 1000);
	EXPECT_EQ(CPU, exit.cpu);
	EXPECT_LT(0, exit.time);
	if (exit.pid == starved.pid)
		EXPECT_EQ(victim_tag, exit.tag);
	EXPECT_TRUE(hog_moves(&starved, ROUNDS));
	EXPECT_TRUE(hog_moves(&self->hog, ROUNDS));

	EXPECT_EQ(BPF_SCHED_EXIT_NONE, reason_of(good));
	EXPECT_TRUE(decides(good));
	hog_stop(&starved);
	hog_stop(&pair[0]);
	hog_stop(&pair[1]);
	close(bad); close(good); close(keep[0]); close(keep[1]); close(tick);
}

/*
 * Each of the others has slept, so CFS puts it before the one that waits. It goes
 * to another CPU before it has run, and the next one comes.
 */
PROVE_F(stall, passing, "[H4] a task that is kept from its CPU is found though another one stands before it at each look")
{
	const int keep[] = { hook_const("cfs_check_preempt_tick", BPF_SCHED_KEEP),
			     hook_const("cfs_check_preempt_wakeup", BPF_SCHED_KEEP) };
	struct bpf_sched_exit exit;
	struct hog passing[60], starved;
	int bad, i, nr = sizeof(passing) / sizeof(passing[0]);

	for (i = 0; i < nr; i++) {
		ASSERT_EQ(0, hog_start(&passing[i], CPU, &other_tag, NULL));
		ASSERT_EQ(0, hog_freeze(&passing[i]));
	}
	ASSERT_EQ(0, hog_start(&starved, CPU, &victim_tag, NULL));
	/* Time goes on for those two: whoever has slept is far behind them. */
	for (i = 0; i < 20; i++) {
		ASSERT_TRUE(hog_moves(&starved, ROUNDS));
		ASSERT_TRUE(hog_moves(&self->hog, ROUNDS));
		usleep(20000);
	}
	bad = policy("passing", &hog_tag, keep, 2);
	ASSERT_LE(0, bad);
	for (i = 0; i < nr && reason_of(bad) == BPF_SCHED_EXIT_NONE; i++) {
		ASSERT_EQ(0, kill(passing[i].pid, SIGCONT));
		usleep(100 * TIMEOUT_MS);
		ASSERT_EQ(0, task_pin(passing[i].pid, CPU + 1));
	}
	EXPECT_GT(nr, i);
	EXPECT_TRUE(hook_policy_waits(bad, BPF_SCHED_EXIT_STALL, &exit));
	EXPECT_TRUE(hog_moves(&starved, ROUNDS));
	hog_stop(&starved);
	for (i = 0; i < nr; i++)
		hog_stop(&passing[i]);
	close(bad); close(keep[0]); close(keep[1]);
}

PROVE_F(stall, whole, "[H4] all programs of the policy are ended, not only the one at fault; a link alone as well")
{
	const int progs[] = { hook_const("cfs_check_preempt_tick", BPF_SCHED_KEEP),
			      hook_const("cfs_select_rq", CPU) };
	struct hook_policy_info before, after;
	struct bpf_sched_exit exit;
	struct hog starved;
	struct victim v;
	int link, i;

	ASSERT_EQ(0, victim_start(&v, &hog_tag));
	ASSERT_EQ(0, task_pin(v.pid, -1));
	link = policy("whole", &hog_tag, progs, 2);
	ASSERT_LE(0, link);
	ASSERT_EQ(0, hog_start(&starved, CPU, &victim_tag, NULL));
	ASSERT_TRUE(hook_policy_waits(link, BPF_SCHED_EXIT_STALL, &exit));
	hook_policy_info(link, &before, NULL);
	for (i = 0; i < ROUNDS; i++)
		ASSERT_LE(0, victim_wake(&v));
	hook_policy_info(link, &after, NULL);
	EXPECT_EQ(before.link.calls, after.link.calls);
	EXPECT_EQ(-ENOLINK, hook_update(link, progs[0]));
	close(link);

	link = hook_attach(progs[0]);
	ASSERT_LE(0, link);
	EXPECT_TRUE(hook_policy_waits(link, BPF_SCHED_EXIT_STALL, &exit));
	close(link);
	hog_stop(&starved);
	victim_stop(&v);
	close(progs[0]); close(progs[1]);
}

PROVE_F(stall, rt, "[H4] a real-time task that takes the CPU for longer than the timeout ends nobody")
{
	const int keep[] = { hook_const("cfs_check_preempt_tick", BPF_SCHED_NO_OPINION),
			     hook_const("cfs_check_preempt_wakeup", BPF_SCHED_KEEP) };
	struct sched_param param = { .sched_priority = 10 };
	char runtime[32];
	struct hog waits, rt;
	int link;

	ASSERT_LT(0, sys_read(SYSCTL "sched_rt_runtime_us", runtime, sizeof(runtime)));
	ASSERT_EQ(0, sys_write(SYSCTL "sched_rt_runtime_us", "-1"));
	link = policy("patient", &hog_tag, keep, 2);
	ASSERT_LE(0, link);
	ASSERT_EQ(0, hog_start(&waits, CPU, &hog_tag, NULL));
	EXPECT_TRUE(hog_moves(&waits, ROUNDS));
	ASSERT_EQ(0, hog_start(&rt, CPU, NULL, NULL));
	ASSERT_EQ(0, sched_setscheduler(rt.pid, SCHED_FIFO, &param));
	sleep(2 * TIMEOUT_MS / 1000 + 1);
	EXPECT_EQ(BPF_SCHED_EXIT_NONE, reason_of(link));
	hog_stop(&rt);
	EXPECT_TRUE(hog_moves(&waits, ROUNDS));
	EXPECT_TRUE(hog_moves(&self->hog, ROUNDS));
	EXPECT_EQ(BPF_SCHED_EXIT_NONE, reason_of(link));
	EXPECT_EQ(0, sys_write(SYSCTL "sched_rt_runtime_us", runtime));
	hog_stop(&waits);
	close(link); close(keep[0]); close(keep[1]);
}

PROVE_F(stall, crowd, "[H4] hundreds of tasks on one CPU that wait for their turns end nobody")
{
	int tick = hook_const("cfs_check_preempt_tick", BPF_SCHED_NO_OPINION), link;
	int wakeup = hook_const("cfs_check_preempt_wakeup", BPF_SCHED_KEEP);
	const int progs[] = { wakeup, tick };
	struct hog crowd[100];
	int i;

	link = policy("crowd", NULL, progs, 2);
	ASSERT_LE(0, link);
	for (i = 0; i < 100; i++)
		ASSERT_EQ(0, hog_start(&crowd[i], CPU, &victim_tag, NULL));
	sleep(2 * TIMEOUT_MS / 1000 + 1);
	EXPECT_EQ(BPF_SCHED_EXIT_NONE, reason_of(link));
	for (i = 0; i < 100; i++)
		hog_stop(&crowd[i]);
	close(link); close(tick); close(wakeup);
}

/*
 * A tick of the light one is made good by the heavy one in 6000. The program is
 * asked each time the heavy one's slice is over, and agrees with CFS.
 */
PROVE_F(stall, weight, "[H4] a task of little weight that CFS itself makes wait ends nobody")
{
	int stock = hook_const("cfs_tag_pick_next_entity", BPF_SCHED_PICK_STOCK), link;
	struct hog light;

	ASSERT_EQ(0, setpriority(PRIO_PROCESS, self->hog.pid, -20));
	ASSERT_EQ(0, hog_start(&light, CPU, &victim_tag, NULL));
	ASSERT_EQ(0, setpriority(PRIO_PROCESS, light.pid, 19));
	ASSERT_TRUE(hog_moves(&light, 1));
	link = policy("stock", NULL, &stock, 1);
	ASSERT_LE(0, link);
	EXPECT_TRUE(decides(link));
	sleep(2 * TIMEOUT_MS / 1000 + 1);
	EXPECT_TRUE(decides(link));
	EXPECT_EQ(BPF_SCHED_EXIT_NONE, reason_of(link));
	hog_stop(&light);
	close(link); close(stock);
}

PROVE_F(stall, refused, "[H4] answers that are not valid end a policy above the limit of a second, not below")
{
	int bad = hook_const("cfs_select_rq", 9999), link, i;
	struct hook_policy_info info;
	struct bpf_sched_exit exit;
	struct victim v;

	ASSERT_EQ(0, victim_start(&v, &victim_tag));
	ASSERT_EQ(0, task_pin(v.pid, -1));
	ASSERT_EQ(0, sys_write(SYSCTL "sched_bpf_refused_max", "0"));
	link = policy("wrong", &victim_tag, &bad, 1);
	ASSERT_LE(0, link);
	for (i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(0, victim_settle(&v));
		ASSERT_LE(0, victim_wake(&v));
	}
	EXPECT_EQ(BPF_SCHED_EXIT_NONE, reason_of(link));
	ASSERT_EQ(0, hook_policy_info(link, &info, NULL));
	EXPECT_LE(ROUNDS / 2, info.link.refused);
	ASSERT_EQ(0, sys_write(SYSCTL "sched_bpf_refused_max", "3"));
	for (i = 0; i < 1000 && reason_of(link) == BPF_SCHED_EXIT_NONE; i++) {
		ASSERT_EQ(0, victim_settle(&v));
		ASSERT_LE(0, victim_wake(&v));
	}
	ASSERT_TRUE(hook_policy_waits(link, BPF_SCHED_EXIT_REFUSED, &exit));
	EXPECT_LT(3, exit.value);
	EXPECT_EQ(hook_btf_id("bpf_sched_cfs_select_rq"), (int)exit.attach_btf_id);
	EXPECT_LE(0, victim_wake(&v));
	victim_stop(&v);
	close(link); close(bad);
}

PROVE_F(stall, sysrq, "[H4] SysRq S ends them all")
{
	int tick = hook_const("cfs_check_preempt_tick", BPF_SCHED_KEEP), link, alone;
	struct bpf_sched_exit exit;

	link = policy("sysrq", &other_tag, &tick, 1);
	alone = hook_attach_tag(tick, other_tag);
	ASSERT_LE(0, link);
	ASSERT_LE(0, alone);
	ASSERT_EQ(0, sys_write("/proc/sysrq-trigger", "S"));
	EXPECT_TRUE(hook_policy_waits(link, BPF_SCHED_EXIT_SYSRQ, &exit));
	EXPECT_TRUE(hook_policy_waits(alone, BPF_SCHED_EXIT_SYSRQ, &exit));
	EXPECT_EQ(-ENOLINK, hook_update(link, tick));
	close(link); close(alone);
	/* The key is for those who are there, not for those to come. */
	link = policy("sysrq", &other_tag, &tick, 1);
	EXPECT_LE(0, link);
	EXPECT_EQ(BPF_SCHED_EXIT_NONE, reason_of(link));
	close(link); close(tick);
}

TEST_HARNESS_MAIN
