// SPDX-License-Identifier: GPL-2.0-only
/* Tag binding: who is delegated because of a tag, when, and when no more. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

#define TAG	"4711"
#define OTHER	"4712"
#define GROUP	"ghost-tag"

FIXTURE(tag)
{
	struct stage	st;
	int		online;
};

FIXTURE_SETUP(tag)
{
	ASSERT_EQ(0, stage_set(&self->st, GHOST_ABI_91, RING));
	self->online = enclave_open_file(&self->st.e, "agent_online", O_RDWR);
	ASSERT_LE(0, self->online);
	ASSERT_EQ(0, cg_make(GROUP));
}

FIXTURE_TEARDOWN(tag)
{
	close(self->online);
	EXPECT_EQ(0, stage_strike(&self->st));
	EXPECT_EQ(0, cg_remove(GROUP));
}

static bool probe_start(struct subject *probe)
{
	return !subject_start(probe) && subject_wait_blocked(probe);
}

/*
 * A task that is where it belongs stays there: after @probe, which is tagged
 * later and goes, whoever was tagged before has been looked at. The probe was
 * started before its parent was tagged: it would have inherited that.
 */
static bool all_looked_at(struct subject *probe)
{
	bool ok = !sys_set_tag(probe->pid, TAG) && sys_becomes(probe->pid, SCHED_GHOST);

	subject_end(probe);
	return ok;
}

PROVE_F(tag, file, "tag: reads none, or what it is bound to; 0 and what is no number are refused")
{
	char text[32];

	EXPECT_EQ(0, enclave_write(&self->st.e, "tag", "-0x10\n"));
	ASSERT_LT(0, enclave_read(&self->st.e, "tag", text, sizeof(text)));
	EXPECT_STREQ("-16\n", text);
	EXPECT_EQ(-EINVAL, enclave_write(&self->st.e, "tag", "0"));
	EXPECT_EQ(-EINVAL, enclave_write(&self->st.e, "tag", "x"));
	EXPECT_EQ(-ERANGE, enclave_write(&self->st.e, "tag", "9223372036854775808"));
	ASSERT_LT(0, enclave_read(&self->st.e, "tag", text, sizeof(text)));
	EXPECT_STREQ("-16\n", text);
	EXPECT_EQ(0, enclave_write(&self->st.e, "tag", "none\n"));
	ASSERT_LT(0, enclave_read(&self->st.e, "tag", text, sizeof(text)));
	EXPECT_STREQ("none\n", text);
	EXPECT_EQ(0, enclave_write(&self->st.e, "tag", "default"));
}

PROVE_F(tag, one_owner, "one tag has one enclave: EEXIST, until the first gives it up")
{
	struct enclave other;

	ASSERT_EQ(0, enclave_create(&other, GHOST_ABI_91, NULL));
	EXPECT_EQ(0, enclave_write(&self->st.e, "tag", TAG));
	EXPECT_EQ(0, enclave_write(&self->st.e, "tag", TAG));
	EXPECT_EQ(-EEXIST, enclave_write(&other, "tag", TAG));
	EXPECT_EQ(0, enclave_write(&other, "tag", OTHER));
	EXPECT_EQ(0, enclave_write(&self->st.e, "tag", "none"));
	EXPECT_EQ(0, enclave_write(&other, "tag", TAG));
	EXPECT_EQ(0, enclave_end(&other));
	EXPECT_EQ(0, enclave_write(&self->st.e, "tag", TAG));
}

PROVE_F(tag, existing,
	"a task that has the tag is delegated when the enclave is bound, and back when it is not")
{
	struct message m;

	ASSERT_EQ(0, sys_set_tag(self->st.s.pid, TAG));
	EXPECT_EQ(SCHED_OTHER, sys_policy(self->st.s.pid));
	ASSERT_EQ(0, enclave_write(&self->st.e, "tag", TAG));
	EXPECT_TRUE(sys_becomes(self->st.s.pid, SCHED_GHOST));
	EXPECT_TRUE(queue_wait(&self->st.q, MSG_TASK_NEW, self->st.s.gtid, &m));
	ASSERT_EQ(0, enclave_write(&self->st.e, "tag", "none"));
	EXPECT_TRUE(sys_becomes(self->st.s.pid, SCHED_OTHER));
	EXPECT_TRUE(queue_wait(&self->st.q, MSG_TASK_DEPARTED, self->st.s.gtid, &m));
}

PROVE_F(tag, retag, "a task is delegated when it gets the tag, and back when it loses it")
{
	ASSERT_EQ(0, enclave_write(&self->st.e, "tag", TAG));
	ASSERT_EQ(0, sys_set_tag(self->st.s.pid, TAG));
	EXPECT_TRUE(sys_becomes(self->st.s.pid, SCHED_GHOST));
	ASSERT_EQ(0, sys_set_tag(self->st.s.pid, OTHER));
	EXPECT_TRUE(sys_becomes(self->st.s.pid, SCHED_OTHER));
	ASSERT_EQ(0, sys_set_tag(self->st.s.pid, TAG));
	EXPECT_TRUE(sys_becomes(self->st.s.pid, SCHED_GHOST));
	ASSERT_EQ(0, sys_set_tag(self->st.s.pid, "default"));
	EXPECT_TRUE(sys_becomes(self->st.s.pid, SCHED_OTHER));
}

PROVE_F(tag, group, "a group's tag delegates who is in it, who comes, and nobody who goes")
{
	pid_t pid = self->st.s.pid;

	ASSERT_EQ(0, enclave_write(&self->st.e, "tag", TAG));
	ASSERT_EQ(0, cg_add(GROUP, pid));
	ASSERT_EQ(0, cg_write(GROUP, "tag", TAG));
	EXPECT_TRUE(sys_becomes(pid, SCHED_GHOST));
	ASSERT_EQ(0, cg_add(".", pid));
	EXPECT_TRUE(sys_becomes(pid, SCHED_OTHER));
	ASSERT_EQ(0, cg_add(GROUP, pid));
	EXPECT_TRUE(sys_becomes(pid, SCHED_GHOST));
	ASSERT_EQ(0, cg_write(GROUP, "tag", "default"));
	EXPECT_TRUE(sys_becomes(pid, SCHED_OTHER));
	/* A tag of its own counts more. */
	ASSERT_EQ(0, cg_write(GROUP, "tag", OTHER));
	ASSERT_EQ(0, sys_set_tag(pid, TAG));
	EXPECT_TRUE(sys_becomes(pid, SCHED_GHOST));
}

PROVE_F(tag, forked,
	"a child of a delegated task is delegated, and one of a task outside whose group is")
{
	struct subject child;
	struct message m;
	struct drive d;

	ASSERT_EQ(0, enclave_write(&self->st.e, "tag", TAG));
	ASSERT_EQ(0, sys_set_tag(self->st.s.pid, TAG));
	ASSERT_TRUE(sys_becomes(self->st.s.pid, SCHED_GHOST));
	drive_init(&d, &self->st, &self->st.s);
	subject_wake(&self->st.s);
	/* The wake-up takes it out of BLOCK, into SPIN: the order comes once it is there. */
	ASSERT_TRUE(drive_until_woken(&d, &self->st.s, 1));
	subject_order(&self->st.s, FORK);
	ASSERT_TRUE(drive_until_counts(&d, &self->st.s));
	ASSERT_TRUE(drive_until_counts(&d, &self->st.s));
	ASSERT_NE(0, self->st.s.shared->child);
	EXPECT_EQ(SCHED_GHOST, sys_policy(self->st.s.shared->child));

	/* From outside. */
	ASSERT_EQ(0, cg_write(GROUP, "tag", TAG));
	ASSERT_EQ(0, subject_start(&child));
	ASSERT_TRUE(subject_wait_blocked(&child));
	ASSERT_EQ(0, cg_add(GROUP, child.pid));
	EXPECT_TRUE(sys_becomes(child.pid, SCHED_GHOST));
	EXPECT_TRUE(queue_wait(&self->st.q, MSG_TASK_NEW, child.gtid, &m));
	subject_end(&child);
}

PROVE_F(tag, online, "only while agent_online is 1 does a tag delegate")
{
	close(self->online);
	ASSERT_EQ(0, enclave_write(&self->st.e, "tag", TAG));
	ASSERT_EQ(0, sys_set_tag(self->st.s.pid, TAG));
	EXPECT_EQ(SCHED_OTHER, sys_policy(self->st.s.pid));
	self->online = enclave_open_file(&self->st.e, "agent_online", O_RDWR);
	ASSERT_LE(0, self->online);
	EXPECT_TRUE(sys_becomes(self->st.s.pid, SCHED_GHOST));
	/* During a hand-over those who are in stay in. */
	close(self->online);
	EXPECT_EQ(SCHED_GHOST, sys_policy(self->st.s.pid));
	self->online = enclave_open_file(&self->st.e, "agent_online", O_RDWR);
}

static bool has_no_tasks(void *arg)
{
	char text[64];

	return !enclave_read(arg, "tasks", text, sizeof(text));
}

PROVE_F(tag, two_enclaves,
	"two enclaves, two tags: each has its own, and a new tag moves a task over")
{
	char text[64], pid[16];
	struct enclave other;
	struct subject s;
	struct queue q;
	int online;

	ASSERT_EQ(0, enclave_create(&other, GHOST_ABI_91, "0"));
	ASSERT_EQ(0, queue_create(&other, &q, RING, 64));
	ASSERT_EQ(0, queue_set_default(&other, &q));
	online = enclave_open_file(&other, "agent_online", O_RDWR);
	ASSERT_EQ(0, subject_start(&s));
	ASSERT_TRUE(subject_wait_blocked(&s));
	ASSERT_EQ(0, enclave_write(&self->st.e, "tag", TAG));
	ASSERT_EQ(0, enclave_write(&other, "tag", OTHER));
	ASSERT_EQ(0, sys_set_tag(self->st.s.pid, TAG));
	ASSERT_EQ(0, sys_set_tag(s.pid, OTHER));
	EXPECT_TRUE(sys_becomes(self->st.s.pid, SCHED_GHOST));
	EXPECT_TRUE(sys_becomes(s.pid, SCHED_GHOST));
	snprintf(pid, sizeof(pid), "%d\n", s.pid);
	ASSERT_LT(0, enclave_read(&other, "tasks", text, sizeof(text)));
	EXPECT_STREQ(pid, text);
	snprintf(pid, sizeof(pid), "%d\n", self->st.s.pid);
	ASSERT_LT(0, enclave_read(&self->st.e, "tasks", text, sizeof(text)));
	EXPECT_STREQ(pid, text);

	ASSERT_EQ(0, sys_set_tag(s.pid, TAG));
	ASSERT_TRUE(wait_for("a task to leave its enclave", has_no_tasks, &other));
	EXPECT_TRUE(sys_becomes(s.pid, SCHED_GHOST));
	close(online);
	subject_end(&s);
	queue_close(&q);
	EXPECT_EQ(0, enclave_end(&other));
}

static pid_t pid_named(const char *name)
{
	char path[64], comm[64];
	pid_t pid;

	for (pid = 1; pid < 1000; pid++) {
		snprintf(path, sizeof(path), "/proc/%d/comm", pid);
		if (sys_read(path, comm, sizeof(comm)) > 0 && !strcmp(comm, name))
			return pid;
	}
	return -ESRCH;
}

PROVE_F(tag, agents,
	"an agent's process is never delegated, whatever its tag, nor a kernel thread")
{
	pid_t kthread = pid_named("ksoftirqd/0\n");
	struct subject probe;

	ASSERT_TRUE(probe_start(&probe));
	ASSERT_EQ(0, enclave_write(&self->st.e, "tag", TAG));
	ASSERT_EQ(0, sys_set_tag(getpid(), TAG));
	ASSERT_EQ(0, sys_set_tag(self->st.a.tid, TAG));
	ASSERT_LT(0, kthread);
	ASSERT_EQ(0, sys_set_tag(kthread, TAG));
	ASSERT_TRUE(all_looked_at(&probe));
	EXPECT_EQ(SCHED_OTHER, sys_policy(getpid()));
	EXPECT_EQ(0x40000012, sys_policy(self->st.a.tid));
	EXPECT_EQ(SCHED_OTHER, sys_policy(kthread));
	ASSERT_EQ(0, sys_set_tag(kthread, "default"));
	ASSERT_EQ(0, sys_set_tag(getpid(), "default"));
}

PROVE_F(tag, realtime, "a task of another policy keeps it")
{
	struct sched_param p = { 1 };
	struct subject probe;

	ASSERT_TRUE(probe_start(&probe));
	ASSERT_EQ(0, enclave_write(&self->st.e, "tag", TAG));
	ASSERT_EQ(0, sched_setscheduler(self->st.s.pid, SCHED_FIFO, &p));
	ASSERT_EQ(0, sys_set_tag(self->st.s.pid, TAG));
	ASSERT_TRUE(all_looked_at(&probe));
	EXPECT_EQ(SCHED_FIFO, sys_policy(self->st.s.pid));
}

PROVE_F(tag, destroyed, "destruction gives all of them back, and frees the tag")
{
	struct enclave next;
	struct herd h;
	int i;

	ASSERT_EQ(0, enclave_write(&self->st.e, "tag", TAG));
	ASSERT_EQ(0, herd_start(&h, 10, NULL));
	for (i = 0; i < h.nr; i++) {
		ASSERT_EQ(0, sys_set_tag(h.pids[i], TAG));
	}
	for (i = 0; i < h.nr; i++) {
		EXPECT_TRUE(sys_becomes(h.pids[i], SCHED_GHOST));
	}
	ASSERT_EQ(0, enclave_create(&next, GHOST_ABI_91, NULL));
	/* Its agents are threads of this process: no more of them from now on. */
	agent_stop(&self->st.a);
	agent_stop(&self->st.b);
	self->st.a.tid = 0;
	self->st.b.tid = 0;
	enclave_ctl(&self->st.e, "destroy");
	ASSERT_TRUE(enclave_wait_gone(&self->st.e));
	EXPECT_EQ(0, herd_with_policy(&h, SCHED_GHOST));
	EXPECT_TRUE(herd_progresses(&h));
	EXPECT_EQ(0, enclave_write(&next, "tag", TAG));
	herd_end(&h);
	EXPECT_EQ(0, enclave_end(&next));
}

static int bind_as_nobody(const struct enclave *e)
{
	int status, fd = enclave_open_file(e, "tag", O_RDWR);
	pid_t pid = fork();

	if (!pid) {
		if (sys_drop_cap(CAP_SYS_NICE))
			_exit(255);
		_exit(write(fd, TAG, strlen(TAG)) < 0 ? errno : 0);
	}
	waitpid(pid, &status, 0);
	close(fd);
	return -WEXITSTATUS(status);
}

PROVE_F(tag, permission, "binding needs CAP_SYS_NICE, as tagging does")
{
	EXPECT_EQ(-EPERM, bind_as_nobody(&self->st.e));
}

TEST_HARNESS_MAIN
