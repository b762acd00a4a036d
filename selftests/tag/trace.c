// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tracepoint sched:sched_tag_change tells of every change of an effective
 * tag: a task's, with its pid, or a group's, with a pid of 0.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cgroup.h"
#include "events.h"
#include "harness.h"
#include "thread.h"
#include "util.h"

/* Two groups, one in the other, and a task in the inner one. */
FIXTURE(trace) {
	char base[TAG_PATH_MAX];
	char outer[TAG_PATH_MAX];
	char inner[TAG_PATH_MAX];
	pid_t task;
	struct tag_event event[EVENTS_MAX];
};

FIXTURE_SETUP(trace)
{
	ASSERT_EQ(0, cg_base(self->base));
	ASSERT_EQ(0, cg_threaded_child(self->base, "outer", self->outer));
	ASSERT_EQ(0, cg_threaded_child(self->outer, "inner", self->inner));
	self->task = cg_sleeper(self->inner);
	ASSERT_GT(self->task, 0);
	ASSERT_EQ(0, events_start());
}

FIXTURE_TEARDOWN(trace)
{
	EXPECT_EQ(0, events_stop());
	child_kill(self->task);
	EXPECT_EQ(0, cg_destroy(self->base));
}

static bool same_event(const struct tag_event *a, const struct tag_event *b)
{
	return a->pid == b->pid && a->cgroup == b->cgroup &&
	       a->old_tag == b->old_tag && a->new_tag == b->new_tag &&
	       !strcmp(a->how, b->how) && !strcmp(a->comm, b->comm);
}

static void show_event(const char *what, const struct tag_event *e)
{
	fprintf(stderr,
		"# %s comm=%s pid=%d cgroup=%llu old_tag=%lld new_tag=%lld how=%s\n",
		what, e->comm, e->pid, (unsigned long long)e->cgroup,
		(long long)e->old_tag, (long long)e->new_tag, e->how);
}

/* Is @want the one event of the recorded? Says what else there is if not. */
static bool only_event(struct tag_event *events, const struct tag_event *want)
{
	int i, count = events_read(events);

	if (count == 1 && same_event(events, want))
		return true;
	fprintf(stderr, "# %d events\n", count);
	show_event("wanted", want);
	for (i = 0; i < count; i++)
		show_event("got", &events[i]);
	return false;
}

/* The event of a task of the test, whose comm is the program's name. */
static struct tag_event task_event(pid_t pid, const char *dir, __s64 old_tag,
				   __s64 new_tag, const char *how)
{
	struct tag_event event = {
		.pid = pid,
		.cgroup = cg_id(dir),
		.old_tag = old_tag,
		.new_tag = new_tag,
	};
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	file_read(path, event.comm, sizeof(event.comm));
	event.comm[strcspn(event.comm, "\n")] = '\0';
	snprintf(event.how, sizeof(event.how), "%s", how);
	return event;
}

static struct tag_event group_event(const char *dir, __s64 old_tag,
				    __s64 new_tag, const char *how)
{
	struct tag_event event = {
		.cgroup = cg_id(dir),
		.old_tag = old_tag,
		.new_tag = new_tag,
	};

	snprintf(event.how, sizeof(event.how), "%s", how);
	return event;
}

TAG_TEST_F(trace, format,
	   "T2: the tracepoint has its fields: comm, pid, cgroup, old_tag, new_tag, how")
{
	static const char fields[][12] = {
		" comm[", " pid;", " cgroup;", " old_tag;", " new_tag;", " how;",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		EXPECT_NE(NULL, strstr(events_format(), fields[i]))
			TH_LOG("no field '%s'", fields[i]);
	}
}

TAG_TEST_F(trace, task_set, "T2: a write to a task is traced as set")
{
	struct tag_event want;

	ASSERT_EQ(0, task_set(self->task, "5"));
	want = task_event(self->task, self->inner, 0, 5, "set");
	EXPECT_TRUE(only_event(self->event, &want));
	EXPECT_EQ(0, events_clear());
	ASSERT_EQ(0, thread_set(self->task, self->task, "-9223372036854775808"));
	want = task_event(self->task, self->inner, 5, INT64_MIN, "set");
	EXPECT_TRUE(only_event(self->event, &want));
}

TAG_TEST_F(trace, task_default,
	   "T2: clearing a task's tag is traced as default, with the group's tag")
{
	struct tag_event want = task_event(self->task, self->inner, 5, 3,
					   "default");

	ASSERT_EQ(0, cg_set(self->inner, "3"));
	ASSERT_EQ(0, task_set(self->task, "5"));
	EXPECT_EQ(0, events_clear());
	ASSERT_EQ(0, task_set(self->task, "default"));
	EXPECT_TRUE(only_event(self->event, &want));
}

TAG_TEST_F(trace, group_set, "T2: a write to a group is one event, however many tasks it has")
{
	struct tag_event want = group_event(self->inner, 0, 6, "set");
	pid_t more[4];
	int i;

	for (i = 0; i < 4; i++)
		more[i] = cg_sleeper(self->inner);
	ASSERT_EQ(0, cg_set(self->inner, "6"));
	EXPECT_TRUE(only_event(self->event, &want));
	EXPECT_EQ(0, events_clear());
	want = group_event(self->inner, 6, 0, "default");
	ASSERT_EQ(0, tag_write(cg_file(self->inner, "tag"), "default"));
	EXPECT_TRUE(only_event(self->event, &want));
	for (i = 0; i < 4; i++)
		child_kill(more[i]);
}

TAG_TEST_F(trace, descendants,
	   "T2: groups below that take the tag on are traced too, others are not")
{
	struct tag_event outer = group_event(self->outer, 0, 6, "set");
	struct tag_event inner = group_event(self->inner, 0, 6, "set");

	ASSERT_EQ(0, cg_set(self->outer, "6"));
	ASSERT_EQ(2, events_read(self->event));
	EXPECT_TRUE(same_event(&self->event[0], &outer));
	EXPECT_TRUE(same_event(&self->event[1], &inner));

	ASSERT_EQ(0, cg_set(self->inner, "8"));
	EXPECT_EQ(0, events_clear());
	ASSERT_EQ(0, cg_set(self->outer, "7"));
	outer = group_event(self->outer, 6, 7, "set");
	EXPECT_TRUE(only_event(self->event, &outer));
}

TAG_TEST_F(trace, move, "T2: a move that changes the effective tag is traced as move")
{
	struct tag_event want = task_event(self->task, self->outer, 4, 2, "move");

	ASSERT_EQ(0, cg_set(self->outer, "2"));
	ASSERT_EQ(0, cg_set(self->inner, "4"));
	EXPECT_EQ(0, events_clear());
	ASSERT_EQ(0, cg_move(self->outer, self->task));
	EXPECT_TRUE(only_event(self->event, &want));
}

TAG_TEST_F(trace, no_change, "T2: what leaves the effective tag as it was is not traced")
{
	ASSERT_EQ(0, cg_set(self->outer, "2"));
	ASSERT_EQ(0, task_set(self->task, "5"));
	EXPECT_EQ(0, events_clear());
	/* the same tag again */
	EXPECT_EQ(0, cg_set(self->outer, "2"));
	EXPECT_EQ(0, cg_set(self->inner, "2"));
	EXPECT_EQ(0, task_set(self->task, "5"));
	/* a move with an own tag, and one between groups of the same tag */
	EXPECT_EQ(0, cg_move(self->outer, self->task));
	EXPECT_EQ(0, cg_move(self->inner, self->task));
	/* what is refused */
	EXPECT_EQ(-EINVAL, task_set(self->task, "junk"));
	EXPECT_EQ(-ERANGE, cg_set(self->inner, "9223372036854775808"));
	EXPECT_EQ(0, events_read(self->event));
}

TAG_TEST_F(trace, threads, "T2: a write to a process is traced once for each of its threads")
{
	struct sleepers threads;
	int i, count, seen = 0;

	ASSERT_EQ(0, cg_move(self->inner, getpid()));
	ASSERT_EQ(0, sleepers_start(&threads, 3));
	EXPECT_EQ(0, events_clear());
	ASSERT_EQ(0, task_set(getpid(), "5"));
	count = events_read(self->event);
	EXPECT_EQ(4, count);
	for (i = 0; i < count; i++) {
		EXPECT_EQ(5, self->event[i].new_tag);
		EXPECT_STREQ("set", self->event[i].how);
		seen |= self->event[i].pid == getpid() ? 1 : 0;
		seen |= self->event[i].pid == threads.tid[0] ? 2 : 0;
		seen |= self->event[i].pid == threads.tid[1] ? 4 : 0;
		seen |= self->event[i].pid == threads.tid[2] ? 8 : 0;
	}
	EXPECT_EQ(15, seen);
	sleepers_stop(&threads);
}

TEST_HARNESS_MAIN
