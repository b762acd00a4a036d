// SPDX-License-Identifier: GPL-2.0-only
/*
 * kfuncs about tasks, entities, groups and their CPUs, each against what /proc,
 * /sys and sched_getaffinity() say.
 */
#include <limits.h>

#include "harness.h"
#include "kfunc_tags.skel.h"

#define CPU	1	/* of the hogs */
#define TICKS	50
#define GUARD	600000
#define ONE	"hooktest-one"
#define TWO	"hooktest-two"
#define INNER	"hooktest-one/inner"

HOOK_SKELETON(kfunc_tags_bpf)

FIXTURE(kfunc) {
	struct kfunc_tags_bpf *skel;
	struct victim victim;
};

FIXTURE_SETUP(kfunc)
{
	self->skel = load();
	ASSERT_NE(NULL, self->skel);
	ASSERT_EQ(0, victim_start(&self->victim, NULL));
	self->skel->bss->victim = self->victim.pid;
	ASSERT_LE(0, hook_attach(bpf_program__fd(self->skel->progs.about_task)));
	ASSERT_LE(0, hook_attach(bpf_program__fd(self->skel->progs.about_entity)));
	ASSERT_EQ(0, cg_make(ONE));
	ASSERT_EQ(0, cg_make(TWO));
}

FIXTURE_TEARDOWN(kfunc)
{
	victim_stop(&self->victim);
	cg_remove(INNER);
	EXPECT_EQ(0, cg_remove(ONE));
	EXPECT_EQ(0, cg_remove(TWO));
	kfunc_tags_bpf__destroy(self->skel);
}

/* Have the program look at the victim once more. */
static bool look(FIXTURE_DATA(kfunc) *self)
{
	__u64 before = self->skel->bss->answers;
	int guard;

	for (guard = 0; guard < 1000; guard++) {
		if (victim_settle(&self->victim) || victim_wake(&self->victim) < 0)
			return false;
		if (self->skel->bss->answers != before)
			return !victim_settle(&self->victim);
	}
	return false;
}

static __s64 proc_tag(pid_t pid)
{
	char path[64], text[64];

	snprintf(path, sizeof(path), "/proc/%d/tag", pid);
	return sys_read(path, text, sizeof(text)) > 0 ? strtoll(text, NULL, 10) : LLONG_MIN + 1;
}

PROVE_F(kfunc, task_tag, "bpf_sched_task_tag and bpf_sched_entity_tag say what /proc/PID/tag says")
{
	static const __s64 tags[] = { 0, 1, -1, 42, LLONG_MAX, LLONG_MIN, 1LL << 40 };
	struct kfunc_tags_bpf__bss *bss = self->skel->bss;
	unsigned int i;

	for (i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		ASSERT_EQ(0, task_set_tag(self->victim.pid, tags[i]));
		ASSERT_TRUE(look(self));
		EXPECT_EQ(tags[i], bss->task_tag);
		EXPECT_EQ(tags[i], bss->entity_tag);
		EXPECT_EQ(proc_tag(self->victim.pid), bss->task_tag);
	}
}

PROVE_F(kfunc, group_tag, "bpf_sched_task_group is the task's cgroup, bpf_sched_group_tag its cpu.tag, own or inherited")
{
	struct kfunc_tags_bpf__bss *bss = self->skel->bss;

	ASSERT_EQ(0, cg_write(ONE, "cpu.tag", "77"));
	ASSERT_EQ(0, cg_add(ONE, self->victim.pid));
	ASSERT_TRUE(look(self));
	EXPECT_EQ(cg_id(ONE), bss->group_id);
	EXPECT_EQ(77, bss->group_tag);
	EXPECT_EQ(77, bss->task_tag);
	EXPECT_EQ(77, bss->entity_tag);

	/* A group that hands on controllers has no tasks of its own. */
	ASSERT_EQ(0, cg_add(".", self->victim.pid));
	ASSERT_EQ(0, cg_make(INNER));
	ASSERT_EQ(0, cg_write(INNER, "cpu.tag", "-88"));
	ASSERT_EQ(0, cg_add(INNER, self->victim.pid));
	ASSERT_TRUE(look(self));
	EXPECT_EQ(cg_id(INNER), bss->group_id);
	EXPECT_EQ(-88, bss->group_tag);
	EXPECT_EQ(-88, bss->task_tag);

	ASSERT_EQ(0, cg_write(INNER, "cpu.tag", "default"));
	ASSERT_TRUE(look(self));
	EXPECT_EQ(77, bss->group_tag);
	EXPECT_EQ(77, bss->task_tag);

	/* The task's own tag is not its group's. */
	ASSERT_EQ(0, task_set_tag(self->victim.pid, 5));
	ASSERT_TRUE(look(self));
	EXPECT_EQ(77, bss->group_tag);
	EXPECT_EQ(5, bss->task_tag);
	EXPECT_EQ(5, bss->entity_tag);
}

PROVE_F(kfunc, root_group, "a task of the root cgroup has the root group, with tag 0")
{
	ASSERT_EQ(0, cg_add(".", self->victim.pid));
	ASSERT_TRUE(look(self));
	EXPECT_EQ(cg_id("."), self->skel->bss->group_id);
	EXPECT_EQ(0, self->skel->bss->group_tag);
}

PROVE_F(kfunc, entity_of_task, "a task's entity has that task and stands for no group")
{
	ASSERT_TRUE(look(self));
	EXPECT_EQ(self->victim.pid, self->skel->bss->entity_pid);
	EXPECT_FALSE(self->skel->bss->entity_has_group);
}

PROVE_F(kfunc, allowed, "bpf_sched_task_cpus says what sched_getaffinity says, affinity and cpuset")
{
	struct kfunc_tags_bpf__bss *bss = self->skel->bss;
	unsigned long mask;

	for (mask = 3; mask < 16; mask++) {
		/* A task with one CPU is not asked about. */
		if (__builtin_popcountl(mask) == 1)
			continue;
		ASSERT_EQ(0, task_pin_mask(self->victim.pid, mask));
		ASSERT_TRUE(look(self));
		EXPECT_EQ(mask, bss->allowed.bits[0]);
	}
	ASSERT_EQ(0, task_pin_mask(self->victim.pid, 0xf));
	ASSERT_EQ(0, cg_write(TWO, "cpuset.cpus", "1-2"));
	ASSERT_EQ(0, cg_add(TWO, self->victim.pid));
	ASSERT_TRUE(look(self));
	EXPECT_EQ(0x6, bss->allowed.bits[0]);
	EXPECT_EQ(task_mask(self->victim.pid), bss->allowed.bits[0]);
}

PROVE_F(kfunc, machine, "bpf_sched_online_cpus, active_cpus and nr_cpus say what /sys says, through hotplug")
{
	struct kfunc_tags_bpf__bss *bss = self->skel->bss;
	int last = 63 - __builtin_clzl(sys_online());

	ASSERT_TRUE(look(self));
	EXPECT_EQ(sys_online(), bss->online.bits[0]);
	EXPECT_EQ(sys_online(), bss->active.bits[0]);
	EXPECT_EQ(sys_nr_cpus(), (int)bss->nr_cpus);

	ASSERT_EQ(0, sys_set_online(last, false));
	ASSERT_TRUE(look(self));
	EXPECT_EQ(0, sys_online() & (1UL << last));
	EXPECT_EQ(sys_online(), bss->online.bits[0]);
	EXPECT_EQ(sys_online(), bss->active.bits[0]);
	EXPECT_EQ(sys_nr_cpus(), (int)bss->nr_cpus);
	ASSERT_EQ(0, sys_set_online(last, true));
	ASSERT_TRUE(look(self));
	EXPECT_EQ(sys_online(), bss->online.bits[0]);
}

static bool reaches(const __u64 *count, __u64 goal)
{
	unsigned int guard;

	for (guard = 0; guard < GUARD; guard++) {
		if (__atomic_load_n(count, __ATOMIC_RELAXED) >= goal)
			return true;
		usleep(1000);
	}
	return false;
}

PROVE_F(kfunc, entity_of_group, "a group's entity has that group and its tag, and no task")
{
	struct kfunc_tags_bpf__bss *bss = self->skel->bss;
	struct hog one, two;

	ASSERT_EQ(0, cg_write(ONE, "cpu.tag", "7"));
	ASSERT_EQ(0, cg_write(TWO, "cpu.tag", "-9"));
	bss->group_ids[0] = cg_id(ONE);
	bss->group_ids[1] = cg_id(TWO);
	bss->group_tags[0] = 7;
	bss->group_tags[1] = -9;
	ASSERT_EQ(0, hog_start(&one, CPU, NULL, ONE));
	ASSERT_EQ(0, hog_start(&two, CPU, NULL, TWO));
	self->skel->data->tick_cpu = CPU;
	EXPECT_TRUE(reaches(&bss->seen[0], TICKS));
	EXPECT_TRUE(reaches(&bss->seen[1], TICKS));
	EXPECT_EQ(0, bss->neither);
	EXPECT_EQ(0, bss->wrong_tag);
	/* Groups of the machine's own services may have a task there now and then. */
	EXPECT_LE(bss->wrong_id, bss->groups / 10);
	self->skel->data->tick_cpu = -1;
	hog_stop(&one);
	hog_stop(&two);
}

PROVE_F(kfunc, leftmost, "bpf_sched_entity_leftmost is the one that waits beside the one that runs")
{
	struct kfunc_tags_bpf__bss *bss = self->skel->bss;
	struct hog one, two;

	ASSERT_EQ(0, hog_start(&one, CPU, NULL, ONE));
	ASSERT_EQ(0, hog_start(&two, CPU, NULL, ONE));
	bss->pids[0] = one.pid;
	bss->pids[1] = two.pid;
	self->skel->data->tick_cpu = CPU;
	EXPECT_TRUE(reaches(&bss->leftmost_other, TICKS));
	EXPECT_EQ(0, bss->leftmost_wrong);
	EXPECT_EQ(0, bss->neither);
	EXPECT_EQ(0, bss->wrong_cgroup);
	self->skel->data->tick_cpu = -1;
	hog_stop(&one);
	hog_stop(&two);
}

PROVE_F(kfunc, cgroups, "the cgroup of a task and of its group, and what it is in: the inode numbers of the directories")
{
	struct kfunc_tags_bpf__bss *bss = self->skel->bss;

	ASSERT_EQ(0, cg_make(INNER));
	ASSERT_EQ(0, cg_add(INNER, self->victim.pid));
	bss->ask_id[0] = cg_id(INNER);
	bss->ask_id[1] = cg_id(ONE);
	bss->ask_id[2] = cg_id(TWO);
	ASSERT_TRUE(look(self));
	EXPECT_EQ(1, bss->is_task);
	EXPECT_EQ(cg_id(INNER), bss->task_cgroup);
	EXPECT_EQ(cg_id(INNER), bss->group_cgroup);
	EXPECT_EQ(1, bss->task_in[0]);
	EXPECT_EQ(1, bss->task_in[1]);
	EXPECT_EQ(0, bss->task_in[2]);
	EXPECT_EQ(1, bss->entity_in[0]);
	EXPECT_EQ(1, bss->entity_in[1]);
	EXPECT_EQ(0, bss->entity_in[2]);

	/* Everybody is in the root, and nobody in what is not there. */
	bss->ask_id[0] = cg_id(".");
	bss->ask_id[1] = 0;
	bss->ask_id[2] = ~0ULL;
	ASSERT_TRUE(look(self));
	EXPECT_EQ(1, bss->task_in[0]);
	EXPECT_EQ(0, bss->task_in[1]);
	EXPECT_EQ(0, bss->task_in[2]);
}

PROVE_F(kfunc, below_controller, "a cgroup without the cpu controller: the task's is that one, its group's one above")
{
	struct kfunc_tags_bpf__bss *bss = self->skel->bss;

	ASSERT_EQ(0, cg_make(INNER));
	ASSERT_EQ(0, cg_write(ONE, "cgroup.subtree_control", "-cpu -cpuset"));
	ASSERT_EQ(0, cg_add(INNER, self->victim.pid));
	bss->ask_id[0] = cg_id(INNER);
	bss->ask_id[1] = cg_id(ONE);
	bss->ask_id[2] = cg_id(TWO);
	ASSERT_TRUE(look(self));
	EXPECT_EQ(cg_id(INNER), bss->task_cgroup);
	EXPECT_EQ(cg_id(ONE), bss->group_cgroup);
	EXPECT_EQ(1, bss->task_in[0]);
	EXPECT_EQ(1, bss->task_in[1]);
	EXPECT_EQ(0, bss->task_in[2]);
}

TEST_HARNESS_MAIN
