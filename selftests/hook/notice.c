// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hooks that only tell: a task is queued, a task is taken off, a tag has
 * changed. Each is told once, of the right task, in order.
 */
#include "harness.h"
#include "notice.skel.h"

#define ROUNDS	50

static const __s64 tag = 4061;

HOOK_SKELETON(notice_bpf)

FIXTURE(notice) {
	struct notice_bpf *skel;
	struct victim v;
};

FIXTURE_SETUP(notice)
{
	self->skel = load();
	ASSERT_NE(NULL, self->skel);
	ASSERT_EQ(0, victim_start(&self->v, &tag));
	ASSERT_EQ(0, victim_settle(&self->v));
	self->skel->bss->tag = tag;
	self->skel->bss->subject = self->v.pid;
}

FIXTURE_TEARDOWN(notice)
{
	victim_stop(&self->v);
	notice_bpf__destroy(self->skel);
}

PROVE_F(notice, queue, "cfs_enqueue_task and cfs_dequeue_task: one each a wakeup and a sleep, with the CPU; the answer does not count")
{
	int enqueue = hook_attach(bpf_program__fd(self->skel->progs.enqueue)), i;
	int dequeue = hook_attach_tag(bpf_program__fd(self->skel->progs.dequeue), tag);
	struct notice_bpf__bss *bss = self->skel->bss;
	struct hook_link_info info;

	ASSERT_LE(0, enqueue);
	ASSERT_LE(0, dequeue);
	for (i = 0; i < ROUNDS; i++) {
		ASSERT_LE(0, victim_wake(&self->v));
		ASSERT_EQ(0, victim_settle(&self->v));
	}
	EXPECT_LE(ROUNDS, bss->queued);
	EXPECT_EQ(bss->queued, bss->unqueued);
	EXPECT_EQ(0, bss->wrong_cpu);
	EXPECT_EQ(0, bss->wrong_tag);
	ASSERT_EQ(0, hook_info(enqueue, &info));
	EXPECT_LE(ROUNDS, info.calls);
	EXPECT_EQ(0, info.decided);
	EXPECT_EQ(0, info.refused);

	/* Also when somebody else moves it. */
	ASSERT_EQ(0, task_pin(self->v.pid, 1));
	ASSERT_LE(0, victim_wake(&self->v));
	ASSERT_EQ(0, victim_settle(&self->v));
	EXPECT_EQ(bss->queued, bss->unqueued);
	EXPECT_EQ(1, self->skel->data->last_cpu);
	close(enqueue);
	close(dequeue);
}

PROVE_F(notice, scope, "cfs_enqueue_task: a program for another tag is not told")
{
	int link = hook_attach_tag(bpf_program__fd(self->skel->progs.enqueue), tag + 1), i;

	ASSERT_LE(0, link);
	for (i = 0; i < ROUNDS; i++)
		ASSERT_LE(0, victim_wake(&self->v));
	EXPECT_EQ(0, self->skel->bss->queued);
	close(link);
}

PROVE_F(notice, tag, "tag_changed: once a write that changes something, a move that does, a group's write; with old and new")
{
	int link = hook_attach(bpf_program__fd(self->skel->progs.changed));
	struct notice_bpf__bss *bss = self->skel->bss;

	ASSERT_LE(0, link);
	ASSERT_EQ(0, task_set_tag(self->v.pid, 7));
	EXPECT_EQ(1, bss->changes);
	EXPECT_EQ(tag, bss->old_tag);
	EXPECT_EQ(7, bss->new_tag);
	ASSERT_EQ(0, task_set_tag(self->v.pid, 7));
	EXPECT_EQ(1, bss->changes);

	ASSERT_EQ(0, cg_make("notice"));
	ASSERT_EQ(0, cg_write("notice", "tag", "11"));
	EXPECT_EQ(1, bss->group_changes);
	EXPECT_EQ(0, bss->group_old);
	EXPECT_EQ(11, bss->group_new);
	/* With a tag of its own a move changes nothing. */
	ASSERT_EQ(0, cg_add("notice", self->v.pid));
	EXPECT_EQ(1, bss->changes);
	{
		char path[64];

		snprintf(path, sizeof(path), "/proc/%d/tag", self->v.pid);
		ASSERT_EQ(0, sys_write(path, "default"));
	}
	EXPECT_EQ(2, bss->changes);
	EXPECT_EQ(11, bss->new_tag);
	ASSERT_EQ(0, cg_remove("notice"));
	EXPECT_EQ(3, bss->changes);
	EXPECT_EQ(11, bss->old_tag);
	EXPECT_EQ(0, bss->new_tag);
	close(link);
}

TEST_HARNESS_MAIN
