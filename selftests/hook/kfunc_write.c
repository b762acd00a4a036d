// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tags written from hooks: what a program may write a moment later is there, as
 * if somebody had written to /proc or to cpu.tag.
 */
#include <errno.h>
#include <limits.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "kfunc_write.skel.h"

#define GUARD	600000
#define GROUP	"hooktest-write"
#define INNER	"hooktest-write/inner"
#define POOL	512	/* writes that can wait, as the documentation says */
#define DEPTH	8	/* writes that lead to each other */
#define CHILDREN 300
#define TRACE	"/sys/kernel/tracing/instances/hooktest/"	/* of refused_open() */
#define EVENT	TRACE "events/sched/sched_tag_change/enable"

HOOK_SKELETON(kfunc_write_bpf)

FIXTURE(write) {
	struct kfunc_write_bpf *skel;
	struct victim victim;
	int link;
};

FIXTURE_SETUP(write)
{
	self->skel = load();
	ASSERT_NE(NULL, self->skel);
	ASSERT_EQ(0, victim_start(&self->victim, NULL));
	ASSERT_EQ(0, task_pin(self->victim.pid, -1));
	self->skel->bss->victim = self->victim.pid;
	self->link = hook_attach(bpf_program__fd(self->skel->progs.write));
	ASSERT_LE(0, self->link);
	ASSERT_EQ(0, cg_make(GROUP));
}

FIXTURE_TEARDOWN(write)
{
	victim_stop(&self->victim);
	cg_remove(INNER);
	EXPECT_EQ(0, cg_remove(GROUP));
	close(self->link);
	kfunc_write_bpf__destroy(self->skel);
}

/* Have a program look at the victim once more. */
static bool look(FIXTURE_DATA(write) *self)
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

static __s64 number_of(const char *text)
{
	return strtoll(text, NULL, 10);
}

static __s64 task_tag(pid_t pid)
{
	char path[64], text[64];

	snprintf(path, sizeof(path), "/proc/%d/tag", pid);
	return sys_read(path, text, sizeof(text)) > 0 ? number_of(text) : LLONG_MIN + 1;
}

static __s64 group_tag(const char *name)
{
	char text[64];

	return cg_read(name, "cpu.tag", text, sizeof(text)) > 0 ? number_of(text) : LLONG_MIN + 1;
}

/* The write is done by a worker: wait for it. */
static bool task_gets(pid_t pid, __s64 tag)
{
	int guard;

	for (guard = 0; guard < GUARD && task_tag(pid) != tag; guard++)
		usleep(1000);
	return task_tag(pid) == tag;
}

static bool group_gets(const char *name, __s64 tag)
{
	int guard;

	for (guard = 0; guard < GUARD && group_tag(name) != tag; guard++)
		usleep(1000);
	return group_tag(name) == tag;
}

PROVE_F(write, task, "bpf_sched_set_task_tag: any tag, that /proc shows a moment later; clear: none, so the group's")
{
	static const __s64 tags[] = { 1, -1, 42, LLONG_MAX, LLONG_MIN, 1LL << 40, 0 };
	struct kfunc_write_bpf__bss *bss = self->skel->bss;
	unsigned int i;

	ASSERT_EQ(0, cg_write(GROUP, "cpu.tag", "77"));
	ASSERT_EQ(0, cg_add(GROUP, self->victim.pid));
	bss->set_task = true;
	for (i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		bss->tag = tags[i];
		ASSERT_TRUE(look(self));
		EXPECT_EQ(0, bss->ret);
		EXPECT_TRUE(task_gets(self->victim.pid, tags[i]));
	}
	/* What it is already is no error. */
	ASSERT_TRUE(look(self));
	EXPECT_EQ(0, bss->ret);
	bss->set_task = false;
	bss->clear_task = true;
	ASSERT_TRUE(look(self));
	EXPECT_EQ(0, bss->ret);
	EXPECT_TRUE(task_gets(self->victim.pid, 77));
	ASSERT_TRUE(look(self));
	EXPECT_EQ(0, bss->ret);
}

PROVE_F(write, group, "bpf_sched_set_group_tag: cpu.tag shows it, groups below have it; clear: that of the group above")
{
	struct kfunc_write_bpf__bss *bss = self->skel->bss;

	ASSERT_EQ(0, cg_make(INNER));
	ASSERT_EQ(0, cg_write(GROUP, "cpu.tag", "-5"));
	ASSERT_EQ(0, cg_add(INNER, self->victim.pid));
	bss->set_group = true;
	bss->tag = 4077;
	ASSERT_TRUE(look(self));
	EXPECT_EQ(0, bss->ret);
	EXPECT_TRUE(group_gets(INNER, 4077));
	EXPECT_EQ(4077, task_tag(self->victim.pid));
	EXPECT_EQ(-5, group_tag(GROUP));
	bss->set_group = false;
	bss->clear_group = true;
	ASSERT_TRUE(look(self));
	EXPECT_EQ(0, bss->ret);
	EXPECT_TRUE(group_gets(INNER, -5));
	EXPECT_EQ(-5, task_tag(self->victim.pid));
}

PROVE_F(write, root, "the tag of the root group is fixed: EINVAL, nothing changes")
{
	struct kfunc_write_bpf__bss *bss = self->skel->bss;

	ASSERT_EQ(0, cg_add(".", self->victim.pid));
	bss->set_group = true;
	bss->tag = 1;
	ASSERT_TRUE(look(self));
	EXPECT_EQ(-EINVAL, bss->ret);
	bss->set_group = false;
	bss->clear_group = true;
	ASSERT_TRUE(look(self));
	EXPECT_EQ(-EINVAL, bss->ret);
	EXPECT_EQ(0, task_tag(self->victim.pid));
}

PROVE_F(write, seen, "a write from a hook is a write: tag_changed programs are told, the tracepoint says it")
{
	int link = hook_attach(bpf_program__fd(self->skel->progs.changed));
	struct kfunc_write_bpf__bss *bss = self->skel->bss;
	static char text[1 << 20];
	char word[64];

	ASSERT_LE(0, link);
	ASSERT_LE(0, refused_open());
	ASSERT_EQ(0, sys_write(EVENT, "1"));
	bss->set_task = true;
	bss->tag = 4078;
	ASSERT_TRUE(look(self));
	bss->set_task = false;
	ASSERT_TRUE(task_gets(self->victim.pid, 4078));
	/* The task's new tag can be read before its notice is out. */
	ASSERT_EQ(0, task_set_tag(self->victim.pid, 4078));
	EXPECT_EQ(1, bss->changes);
	EXPECT_EQ(0, bss->from);
	EXPECT_EQ(4078, bss->to);
	ASSERT_LT(0, sys_read(TRACE "trace", text, sizeof(text)));
	snprintf(word, sizeof(word), "pid=%d cgroup=", self->victim.pid);
	EXPECT_NE(NULL, strstr(text, word));
	EXPECT_NE(NULL, strstr(text, "old_tag=0 new_tag=4078 how=set"));
	refused_close();
	close(link);
}

/* Ask for more writes than there is room for, when all the room is there. */
static bool flooded(FIXTURE_DATA(write) *self)
{
	struct kfunc_write_bpf__bss *bss = self->skel->bss;
	int guard;

	for (guard = 0; guard < 1000; guard++) {
		bss->armed = true;
		if (!look(self) || bss->other || bss->after_refusal || bss->taken > POOL)
			return false;
		if (bss->taken && !task_gets(self->victim.pid, 1000 + bss->taken - 1))
			return false;
		if (bss->taken == POOL)
			return true;
		/* The last entry has not been given back yet. */
		usleep(1000);
	}
	return false;
}

PROVE_F(write, pool, "512 writes can wait, in order; more are refused with ENOSPC, and there is room again when they are done")
{
	struct kfunc_write_bpf__bss *bss = self->skel->bss;
	int link, round;

	/* Without the other program, which answers as well. */
	ASSERT_EQ(0, hook_detach(self->link));
	link = hook_attach(bpf_program__fd(self->skel->progs.flood));
	ASSERT_LE(0, link);
	for (round = 0; round < 5; round++) {
		EXPECT_TRUE(flooded(self));
		EXPECT_EQ(POOL, bss->taken);
		EXPECT_EQ(600 - POOL, bss->refused);
		EXPECT_EQ(0, bss->other);
		EXPECT_EQ(0, bss->after_refusal);
	}
	close(link);
}

PROVE_F(write, loop, "a tag_changed program that asks for the next change ends with ELOOP")
{
	int link = hook_attach(bpf_program__fd(self->skel->progs.again)), guard;
	struct kfunc_write_bpf__bss *bss = self->skel->bss;
	volatile __u64 *loops = &bss->loops;

	ASSERT_LE(0, link);
	bss->group_id = cg_id(GROUP);
	ASSERT_EQ(0, cg_write(GROUP, "cpu.tag", "100"));
	for (guard = 0; guard < GUARD && !*loops; guard++)
		usleep(1000);
	EXPECT_EQ(1, bss->loops);
	/* The write to the file, then those that were asked for. */
	EXPECT_EQ(DEPTH + 1, bss->asked);
	EXPECT_EQ(DEPTH + 2, bss->told);
	EXPECT_EQ(100 + DEPTH + 1, bss->last_told);
	EXPECT_EQ(100 + DEPTH + 1, group_tag(GROUP));
	close(link);
}

/* Children that live for a moment. */
static bool spawn(int n)
{
	pid_t pid;

	for (; n > 0; n--) {
		pid = fork();
		if (pid < 0)
			return false;
		if (!pid)
			_exit(0);
		if (waitpid(pid, NULL, 0) != pid)
			return false;
	}
	return true;
}

PROVE_F(write, dying, "tasks that are exiting and being reaped: written or not, no task is kept, no room is lost")
{
	int bury = hook_attach(bpf_program__fd(self->skel->progs.bury)), flood;
	struct kfunc_write_bpf__bss *bss = self->skel->bss;
	bool warned = hook_warned();

	ASSERT_LE(0, bury);
	bss->tag = 4079;
	ASSERT_TRUE(spawn(CHILDREN));
	EXPECT_LT(0, bss->dying + bss->gone);
	close(bury);
	ASSERT_EQ(0, hook_detach(self->link));
	flood = hook_attach(bpf_program__fd(self->skel->progs.flood));
	ASSERT_LE(0, flood);
	EXPECT_TRUE(flooded(self));
	close(flood);
	EXPECT_EQ(warned, hook_warned());
}

static int dying_groups(void)
{
	char text[256], *at;

	if (cg_read(".", "cgroup.stat", text, sizeof(text)) <= 0)
		return -1;
	at = strstr(text, "nr_dying_descendants ");
	return at ? atoi(at + strlen("nr_dying_descendants ")) : -1;
}

PROVE_F(write, removed, "a group that is removed while its tag is being written goes as ever, and is not kept")
{
	struct kfunc_write_bpf__bss *bss = self->skel->bss;
	int before = dying_groups(), round, guard;

	bss->set_group = true;
	for (round = 0; round < 100; round++) {
		ASSERT_EQ(0, cg_make(INNER));
		ASSERT_EQ(0, cg_add(INNER, self->victim.pid));
		bss->tag = round + 1;
		ASSERT_TRUE(look(self));
		EXPECT_EQ(0, bss->ret);
		ASSERT_EQ(0, cg_remove(INNER));
	}
	for (guard = 0; guard < GUARD && dying_groups() > before; guard++)
		usleep(1000);
	EXPECT_GE(before, dying_groups());
}

PROVE_F(write, storm, "every task of a group gets another tag each time that it is queued, under forks and hogs: nothing stops, nothing warns")
{
	int link = hook_attach(bpf_program__fd(self->skel->progs.storm)), i;
	struct kfunc_write_bpf__bss *bss = self->skel->bss;
	bool warned = hook_warned();
	struct hog hogs[3];

	ASSERT_LE(0, link);
	bss->group_id = cg_id(GROUP);
	/* Its children are born there. */
	ASSERT_EQ(0, cg_add(GROUP, getpid()));
	ASSERT_EQ(0, cg_add(GROUP, self->victim.pid));
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, hog_start(&hogs[i], i + 1, NULL, GROUP));
	ASSERT_TRUE(spawn(CHILDREN));
	for (i = 0; i < 300; i++)
		ASSERT_LE(0, victim_wake(&self->victim));
	for (i = 0; i < 3; i++) {
		EXPECT_TRUE(hog_moves(&hogs[i], 100));
		hog_stop(&hogs[i]);
	}
	close(link);
	EXPECT_LT(0, bss->storm_taken);
	EXPECT_EQ(0, bss->storm_other);
	EXPECT_EQ(warned, hook_warned());
	/* Tags can be written as before. */
	ASSERT_EQ(0, task_set_tag(self->victim.pid, 5));
	bss->set_task = true;
	bss->tag = 6;
	ASSERT_TRUE(look(self));
	EXPECT_TRUE(task_gets(self->victim.pid, 6));
}

TEST_HARNESS_MAIN
