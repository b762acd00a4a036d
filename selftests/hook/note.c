// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/PID/task/TID/sched_tag: whose tag a thread has, and what was decided
 * about it last.
 */
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "harness.h"

static const __s64 tag = 4071;

FIXTURE(note) {
	struct victim v;
	char text[2048];
};

FIXTURE_SETUP(note)
{
	ASSERT_EQ(0, sys_hold_tasks(true));
	ASSERT_EQ(0, victim_start(&self->v, NULL));
	ASSERT_EQ(0, victim_settle(&self->v));
}

FIXTURE_TEARDOWN(note)
{
	victim_stop(&self->v);
	sys_hold_tasks(false);
}

static const char *note(FIXTURE_DATA(note) *self)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/sched_tag", self->v.pid, self->v.pid);
	if (sys_read(path, self->text, sizeof(self->text)) <= 0)
		self->text[0] = '\0';
	return self->text;
}

static bool has(FIXTURE_DATA(note) *self, const char *line)
{
	return strstr(note(self), line);
}

PROVE_F(note, source, "sched_tag says whose the tag is: nobody's, a group's, its parent's, the task's own")
{
	char text[64];

	EXPECT_TRUE(has(self, "tag: 0\nsource: none\n"));
	ASSERT_EQ(0, cg_make("note"));
	ASSERT_EQ(0, cg_make("note/below"));
	ASSERT_EQ(0, cg_write("note", "tag", "5"));
	ASSERT_EQ(0, cg_add("note/below", self->v.pid));
	snprintf(text, sizeof(text), "tag: 5\nsource: group %llu\n", cg_id("note"));
	EXPECT_TRUE(has(self, text));
	ASSERT_EQ(0, cg_write("note/below", "tag", "6"));
	snprintf(text, sizeof(text), "tag: 6\nsource: group %llu\n", cg_id("note/below"));
	EXPECT_TRUE(has(self, text));
	ASSERT_EQ(0, task_set_tag(self->v.pid, 7));
	EXPECT_TRUE(has(self, "tag: 7\nsource: own\n"));
	EXPECT_EQ(0, cg_remove("note/below"));
	EXPECT_EQ(0, cg_remove("note"));
}

PROVE_F(note, class, "sched_tag says the class")
{
	struct sched_param param = { .sched_priority = 1 };

	EXPECT_TRUE(has(self, "\nclass: fair\n"));
	ASSERT_EQ(0, sched_setscheduler(self->v.pid, SCHED_FIFO, &param));
	EXPECT_TRUE(has(self, "\nclass: rt\n"));
}

PROVE_F(note, decision, "sched_tag has each hook's last decision with link, policy, generation, answer and inputs")
{
	const int progs[] = { hook_const("cfs_select_rq", 2), hook_const("cfs_select_rq_exit", 3) };
	const struct hook_policy policy = { .progs = progs, .nr = 2, .name = "noted", .tag = &tag };
	struct hook_policy_info info;
	char line[256];
	int link, i;

	ASSERT_EQ(0, task_set_tag(self->v.pid, tag));
	EXPECT_TRUE(has(self, "\ndecisions: 0\n"));
	EXPECT_FALSE(has(self, "decision:"));
	link = hook_policy_create(&policy);
	ASSERT_LE(0, link);
	for (i = 0; i < 3; i++) {
		ASSERT_LE(0, victim_wake(&self->v));
		ASSERT_EQ(0, victim_settle(&self->v));
	}
	ASSERT_EQ(0, hook_policy_info(link, &info, NULL));
	snprintf(line, sizeof(line),
		 "decision: cfs_select_rq link=%u policy=noted generation=%llu answer=2 in=3,3 cpu=",
		 info.link.id, info.generation);
	EXPECT_TRUE(has(self, line)) TH_LOG("want %s in:\n%s", line, self->text);
	snprintf(line, sizeof(line),
		 "decision: cfs_select_rq_exit link=%u policy=noted generation=%llu answer=3 in=3,2 cpu=",
		 info.link.id, info.generation);
	EXPECT_TRUE(has(self, line)) TH_LOG("want %s in:\n%s", line, self->text);
	close(link);
	/* What was decided stays so; the policy has gone. */
	EXPECT_TRUE(has(self, "policy=- "));

	close(progs[0]);
	close(progs[1]);
}

PROVE_F(note, bystander, "what has no opinion leaves no note")
{
	int link = hook_attach(hook_const("cfs_select_rq", -1)), i;

	ASSERT_LE(0, link);
	for (i = 0; i < 10; i++)
		ASSERT_LE(0, victim_wake(&self->v));
	EXPECT_TRUE(has(self, "\ndecisions: 0\n"));
	close(link);
}

/* What the init of a new pid namespace has in its sched_tag, read from in there. */
static bool inside_has(const char *line)
{
	pid_t reader = fork();
	char text[2048] = "";
	int status;

	if (!reader) {
		/* a private tree, lest the mount shows outside */
		if (unshare(CLONE_NEWNS) ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		    mount("proc", "/proc", "proc", 0, NULL) ||
		    sys_read("/proc/1/sched_tag", text, sizeof(text)) <= 0)
			_exit(2);
		printf("# inside: %s\n", text);
		fflush(stdout);
		_exit(!strstr(text, line));
	}
	return reader > 0 && waitpid(reader, &status, 0) == reader && !status;
}

PROVE(pidns, "sched_tag names other tasks as the pid namespace of its reader does, and none that is not in there")
{
	FIXTURE_DATA(note) self = {};
	char line[64];
	struct hog hog;
	int link, i;

	ASSERT_EQ(0, hog_start(&hog, 1, NULL, NULL));
	ASSERT_EQ(0, unshare(CLONE_NEWPID));
	ASSERT_EQ(0, victim_start(&self.v, &tag));
	ASSERT_EQ(0, task_pin(self.v.pid, 1));
	link = hook_attach(hook_const("cfs_check_preempt_wakeup", BPF_SCHED_PREEMPT));
	ASSERT_LE(0, link);
	snprintf(line, sizeof(line), "answer=%d in=%d,0 ", BPF_SCHED_PREEMPT, hog.pid);
	for (i = 0; i < 1000 && !has(&self, line); i++) {
		ASSERT_LE(0, victim_wake(&self.v));
		ASSERT_EQ(0, victim_settle(&self.v));
	}
	EXPECT_TRUE(has(&self, line)) TH_LOG("want %s in:\n%s", line, self.text);
	snprintf(line, sizeof(line), "answer=%d in=-1,0 ", BPF_SCHED_PREEMPT);
	EXPECT_TRUE(inside_has(line));
	close(link);
	victim_stop(&self.v);
	hog_stop(&hog);
}

TEST_HARNESS_MAIN
