// SPDX-License-Identifier: GPL-2.0-only
/*
 * [H1] The CPU that a program names is the CPU that the task gets: every CPU,
 * 0 included, on wakeup, on fork and on exec. Without an opinion CFS decides.
 *
 * Two witnesses: the kernel's tracepoints, which allow no exception on wakeup
 * and fork, and the task itself, which a load balancer may have moved before it
 * looks.
 */
#include "harness.h"
#include "obey.skel.h"

#define ROUNDS	20	/* a CPU */
#define GUARD	50	/* tries for one decision, where one is nearly always enough */

static const __s64 tag = 4001;

HOOK_SKELETON(obey_bpf)

FIXTURE(obey) {
	struct obey_bpf *skel;
	struct victim victim;
	unsigned long online;
};

FIXTURE_SETUP(obey)
{
	self->online = sys_online();
	ASSERT_TRUE(self->online & 1);
	self->skel = load();
	ASSERT_NE(NULL, self->skel);
	ASSERT_NE(NULL, bpf_program__attach(self->skel->progs.on_wakeup));
	ASSERT_NE(NULL, bpf_program__attach(self->skel->progs.on_fork));
	ASSERT_NE(NULL, bpf_program__attach(self->skel->progs.on_exec));
	ASSERT_EQ(0, sys_hold_tasks(true));
	ASSERT_EQ(0, victim_start(&self->victim, &tag));
}

FIXTURE_TEARDOWN(obey)
{
	victim_stop(&self->victim);
	sys_hold_tasks(false);
	obey_bpf__destroy(self->skel);
}

/*
 * One decision of the kind that the program answers. A wakeup that finds its
 * task not yet off the CPU asks nobody: try again. Returns the CPU that the
 * task saw, or a negative errno.
 */
static int decision(FIXTURE_DATA(obey) *self)
{
	struct obey_bpf__bss *bss = self->skel->bss;
	__u64 before = bss->asked;
	int cpu, i;

	for (i = 0; i < GUARD; i++) {
		cpu = victim_settle(&self->victim);
		if (cpu < 0)
			return cpu;
		if (bss->kind == HOOK_WF_EXEC)
			cpu = victim_exec(&self->victim);
		else if (bss->kind == HOOK_WF_FORK)
			cpu = victim_fork(&self->victim);
		else
			cpu = victim_wake(&self->victim);
		if (cpu < 0 || bss->asked != before)
			return cpu;
	}
	return -ETIMEDOUT;
}

static void every_cpu(struct __test_metadata *_metadata, FIXTURE_DATA(obey) *self,
		      struct bpf_program *prog, __u32 kind)
{
	struct obey_bpf__bss *bss = self->skel->bss;
	int link, cpu, round, seen, rounds = kind == HOOK_WF_TTWU ? 10 * ROUNDS : ROUNDS;
	struct hook_link_info info;

	bss->kind = kind;
	link = hook_attach_tag(bpf_program__fd(prog), tag);
	ASSERT_LE(0, link);
	for (cpu = 0; cpu < 64; cpu++) {
		if (!(self->online & (1UL << cpu)))
			continue;
		self->skel->data->answer = cpu;
		bss->disobeyed = 0;
		for (seen = 0, round = 0; round < rounds; round++) {
			int at = decision(self);

			ASSERT_LE(0, at);
			seen += at == cpu;
		}
		EXPECT_LE(rounds * 3 / 4, seen) {
			TH_LOG("the task itself saw CPU %d %d times of %d", cpu, seen, rounds);
		}
		EXPECT_EQ(0, bss->disobeyed) {
			TH_LOG("sent to CPU %d, found on %d", cpu, self->skel->data->wrong_cpu);
		}
	}
	EXPECT_LE(rounds * __builtin_popcountl(self->online), bss->asked);
	/* The task's own last wakeup may still be on its way. */
	EXPECT_LE(bss->asked - 1, bss->obeyed);
	ASSERT_EQ(0, hook_info(link, &info));
	EXPECT_LE(bss->asked - 1, info.decided);
	EXPECT_EQ(0, info.refused);
	close(link);
}

PROVE_F(obey, wakeup, "[H1] a wakeup lands on the CPU chosen, for every CPU")
{
	every_cpu(_metadata, self, self->skel->progs.choose, HOOK_WF_TTWU);
}

PROVE_F(obey, fork, "[H1] a new task starts on the CPU chosen, for every CPU")
{
	every_cpu(_metadata, self, self->skel->progs.choose, HOOK_WF_FORK);
}

PROVE_F(obey, exec, "[H1] an exec moves the task to the CPU chosen, for every CPU")
{
	every_cpu(_metadata, self, self->skel->progs.choose, HOOK_WF_EXEC);
}

PROVE_F(obey, exit_wakeup, "[H1] the exit hook corrects the CPU of a wakeup")
{
	every_cpu(_metadata, self, self->skel->progs.correct, HOOK_WF_TTWU);
}

PROVE_F(obey, exit_fork, "[H1] the exit hook corrects the CPU of a new task")
{
	every_cpu(_metadata, self, self->skel->progs.correct, HOOK_WF_FORK);
}

PROVE_F(obey, exit_exec, "[H1] the exit hook corrects the CPU of an exec")
{
	every_cpu(_metadata, self, self->skel->progs.correct, HOOK_WF_EXEC);
}

PROVE_F(obey, exit_sees_choice, "[H1] the exit hook sees the CPU that the first hook chose, and has the last word")
{
	struct obey_bpf__bss *bss = self->skel->bss;
	int first, last, cpu, round;

	bss->kind = HOOK_WF_TTWU;
	for (cpu = 0; cpu < 2; cpu++) {
		int prog = hook_const("cfs_select_rq", cpu);

		ASSERT_LE(0, prog);
		first = hook_attach_tag(prog, tag);
		ASSERT_LE(0, first);
		last = hook_attach_tag(bpf_program__fd(self->skel->progs.correct), tag);
		ASSERT_LE(0, last);
		self->skel->data->answer = !cpu;
		for (round = 0; round < ROUNDS; round++) {
			ASSERT_LE(0, decision(self));
			EXPECT_EQ(cpu, self->skel->data->entry_cpu);
		}
		close(first);
		close(last);
		close(prog);
	}
	EXPECT_EQ(0, bss->disobeyed);
	EXPECT_LE(2 * ROUNDS - 1, bss->obeyed);
}

static void no_opinion(struct __test_metadata *_metadata, FIXTURE_DATA(obey) *self,
		       __u32 kind, int value)
{
	struct obey_bpf__bss *bss = self->skel->bss;
	struct hook_link_info info;
	int prog, link, watch, round;

	bss->kind = kind;
	prog = hook_const("cfs_select_rq", value);
	ASSERT_LE(0, prog);
	link = hook_attach_tag(prog, tag);
	ASSERT_LE(0, link);
	watch = hook_attach_tag(bpf_program__fd(self->skel->progs.watch), tag);
	ASSERT_LE(0, watch);
	for (round = 0; round < ROUNDS; round++)
		ASSERT_LE(0, decision(self));

	EXPECT_EQ(0, bss->disobeyed);
	EXPECT_LE(bss->asked - 1, bss->obeyed);
	ASSERT_EQ(0, hook_info(link, &info));
	EXPECT_LE(ROUNDS, info.calls);
	EXPECT_EQ(0, info.decided);
	EXPECT_EQ(0, info.refused);
	ASSERT_EQ(0, hook_info(watch, &info));
	EXPECT_LE(ROUNDS, info.calls);
	EXPECT_EQ(0, info.decided);
	close(watch);
	close(link);
	close(prog);
}

PROVE_F(obey, none_wakeup, "[H1] without an opinion a wakeup lands where CFS chose")
{
	no_opinion(_metadata, self, HOOK_WF_TTWU, -1);
}

PROVE_F(obey, none_fork, "[H1] without an opinion a new task starts where CFS chose")
{
	no_opinion(_metadata, self, HOOK_WF_FORK, -1);
}

PROVE_F(obey, none_negative, "[H1] every negative number is no opinion, and is not refused")
{
	no_opinion(_metadata, self, HOOK_WF_TTWU, -2);
	no_opinion(_metadata, self, HOOK_WF_TTWU, -4096);
	no_opinion(_metadata, self, HOOK_WF_TTWU, -2147483647 - 1);
}

TEST_HARNESS_MAIN
