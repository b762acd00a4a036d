// SPDX-License-Identifier: GPL-2.0-only
/*
 * [H2] A CPU that does not exist, is offline, or is not the task's to use is
 * never acted on: it is counted in the link, told by a tracepoint, and CFS
 * decides as if nobody had spoken.
 */
#include <limits.h>

#include "harness.h"

#define ROUNDS	10
#define EVENTS	1024
#define CGROUP	"hooktest-refuse"

static const __s64 tag = 4002;

static struct refused events[EVENTS];

FIXTURE(refuse) {
	struct victim victim;
	int nr_cpus;
};

FIXTURE_SETUP(refuse)
{
	self->nr_cpus = sys_nr_cpus();
	ASSERT_LE(4, self->nr_cpus);
	ASSERT_EQ(0, refused_open());
	ASSERT_EQ(0, victim_start(&self->victim, &tag));
}

FIXTURE_TEARDOWN(refuse)
{
	victim_stop(&self->victim);
	refused_close();
}

/* Every order of @ask ends on a CPU of @allowed, and every answer is refused. */
static void refused(struct __test_metadata *_metadata, FIXTURE_DATA(refuse) *self,
		    const char *hook, int answer, int (*ask)(struct victim *),
		    unsigned long allowed)
{
	struct hook_link_info info;
	int prog, link, round, i, n, cpu, about_victim = 0, about_others = 0;

	prog = hook_const(hook, answer);
	ASSERT_LE(0, prog);
	ASSERT_EQ(0, refused_clear());
	link = hook_attach_tag(prog, tag);
	ASSERT_LE(0, link);
	for (round = 0; round < ROUNDS; round++) {
		ASSERT_EQ(0, victim_settle(&self->victim));
		cpu = ask(&self->victim);
		ASSERT_LE(0, cpu);
		EXPECT_NE(0, allowed & (1UL << cpu)) {
			TH_LOG("%s answers %d: ran on CPU %d", hook, answer, cpu);
		}
	}
	ASSERT_EQ(0, victim_settle(&self->victim));
	ASSERT_EQ(0, hook_info(link, &info));
	EXPECT_LT(0, info.calls);
	EXPECT_EQ(info.calls, info.refused);
	EXPECT_EQ(0, info.decided);

	n = refused_read(events, EVENTS);
	EXPECT_EQ(info.refused, n);
	for (i = 0; i < n; i++) {
		EXPECT_STREQ(hook, events[i].hook);
		EXPECT_EQ(info.id, events[i].link_id);
		EXPECT_EQ(answer, events[i].answer);
		if (events[i].pid == self->victim.pid)
			about_victim++;
		else
			about_others++;
	}
	if (ask == victim_wake) {
		EXPECT_LT(0, about_victim);
		EXPECT_EQ(0, about_others);
	} else {
		/* its children */
		EXPECT_LE(ROUNDS, about_others);
	}
	close(link);
	close(prog);
}

static void refused_everywhere(struct __test_metadata *_metadata, FIXTURE_DATA(refuse) *self,
			       int answer, unsigned long allowed)
{
	static const char * const hooks[] = { "cfs_select_rq", "cfs_select_rq_exit" };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		refused(_metadata, self, hooks[i], answer, victim_wake, allowed);
		refused(_metadata, self, hooks[i], answer, victim_fork, allowed);
		refused(_metadata, self, hooks[i], answer, victim_exec, allowed);
	}
}

PROVE_F(refuse, out_of_range, "[H2] a number that is no CPU is refused, counted and traced; on wakeup, fork and exec")
{
	unsigned long online = sys_online();

	refused_everywhere(_metadata, self, self->nr_cpus, online);
	refused_everywhere(_metadata, self, INT_MAX, online);
	refused(_metadata, self, "cfs_select_rq", self->nr_cpus + 1, victim_wake, online);
	refused(_metadata, self, "cfs_select_rq", 64, victim_wake, online);
	refused(_metadata, self, "cfs_select_rq", 8192, victim_wake, online);
	refused(_metadata, self, "cfs_select_rq", 1 << 30, victim_wake, online);
}

PROVE_F(refuse, offline, "[H2] an offline CPU is refused, on wakeup, fork and exec")
{
	int cpu = self->nr_cpus - 1;

	ASSERT_EQ(0, sys_set_online(cpu, false));
	refused_everywhere(_metadata, self, cpu, sys_online());
	EXPECT_EQ(0, sys_set_online(cpu, true));
}

PROVE_F(refuse, affinity, "[H2] a CPU outside the task's affinity is refused, on wakeup, fork and exec")
{
	ASSERT_EQ(0, task_pin_mask(self->victim.pid, 0x3));
	refused_everywhere(_metadata, self, 2, 0x3);
	ASSERT_EQ(0, task_pin_mask(self->victim.pid, 0xc));
	refused_everywhere(_metadata, self, 0, 0xc);
}

PROVE_F(refuse, cpuset, "[H2] a CPU outside the task's cpuset is refused, on wakeup, fork and exec")
{
	ASSERT_EQ(0, cg_make(CGROUP));
	ASSERT_EQ(0, cg_write(CGROUP, "cpuset.cpus", "1-2"));
	ASSERT_EQ(0, cg_add(CGROUP, self->victim.pid));
	refused_everywhere(_metadata, self, 0, 0x6);
	refused_everywhere(_metadata, self, 3, 0x6);
	victim_stop(&self->victim);
	EXPECT_EQ(0, cg_remove(CGROUP));
	ASSERT_EQ(0, victim_start(&self->victim, &tag));
}

PROVE_F(refuse, allowed_is_not, "[H2] the same CPU is obeyed once the task may use it")
{
	struct hook_link_info info;
	int prog, link, round;

	prog = hook_const("cfs_select_rq", 2);
	ASSERT_LE(0, prog);
	ASSERT_EQ(0, task_pin_mask(self->victim.pid, 0x3));
	link = hook_attach_tag(prog, tag);
	ASSERT_LE(0, link);
	for (round = 0; round < ROUNDS; round++) {
		ASSERT_EQ(0, victim_settle(&self->victim));
		ASSERT_LE(0, victim_wake(&self->victim));
	}
	ASSERT_EQ(0, hook_info(link, &info));
	EXPECT_LT(0, info.refused);
	EXPECT_EQ(0, info.decided);

	ASSERT_EQ(0, task_pin_mask(self->victim.pid, 0x7));
	for (round = 0; round < ROUNDS; round++) {
		ASSERT_EQ(0, victim_settle(&self->victim));
		ASSERT_LE(0, victim_wake(&self->victim));
	}
	ASSERT_EQ(0, hook_info(link, &info));
	EXPECT_LT(0, info.decided);
}

PROVE_F(refuse, fields, "[H2] the tracepoint's fields are hook, link_id, pid and answer")
{
	char format[4096];

	ASSERT_LT(0, refused_format(format, sizeof(format)));
	EXPECT_NE(NULL, strstr(format, " hook;"));
	EXPECT_NE(NULL, strstr(format, "u32 link_id;"));
	EXPECT_NE(NULL, strstr(format, "pid_t pid;"));
	EXPECT_NE(NULL, strstr(format, "int answer;"));
}

TEST_HARNESS_MAIN
