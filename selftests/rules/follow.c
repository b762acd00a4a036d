// SPDX-License-Identifier: GPL-2.0-only
/* tag rules apply --follow: rules are kept applied to processes that come, and become others. */
#include <cjson/cJSON.h>
#include <kselftest_harness.h>
#include <tagsched.h>

#include "follower.h"
#include "run.h"
#include "worker.h"

#define GROUP	"tagsched-follow"
#define USER	54321
/* What tagsched-rules.service has. */
#define UNIT	"setpriv --no-new-privs --bounding-set=-all,+sys_nice,+net_admin,+sys_ptrace"

FIXTURE(follow) {
	struct result r;
	pid_t follower;
	pid_t actor;
};

FIXTURE_SETUP(follow)
{
	ASSERT_EQ(0, tagsched_process__clear_tag(0));
	ASSERT_EQ(0, workers_make());
	ASSERT_EQ(0, make_group(GROUP));
	ASSERT_EQ(0, rules_write("exe=" WORKER " tag=11\n"
				 "cgroup=/" GROUP " tag=12\n"
				 "user=54321 tag=13\n"
				 "group=54321 tag=14\n"
				 "comm=actor tag=15\n"));
	self->actor = actor_start();
	ASSERT_LT(0, self->actor);
}

FIXTURE_TEARDOWN(follow)
{
	if (self->follower > 0)
		follower_end(self->follower, SIGKILL);
	worker_end(self->actor);
	remove_group(GROUP);
}

#define START(THROUGH, OPTIONS) do {						\
	self->follower = follower_start(THROUGH, OPTIONS);			\
	ASSERT_LT(0, self->follower) {						\
		run(&self->r, "cat " OUTPUT);					\
		TH_LOG("%s", self->r.text);					\
	}									\
} while (0)

/* Without a look at all processes after the first. */
#define EVENTS_ONLY	"-v --interval=0"

TEST_F_TIMEOUT(follow, what_was_there_and_what_comes, GUARD)
{
	pid_t before = worker_start(WORKER, NULL, NULL, 0), after;
	char line[96];

	START("", EVENTS_ONLY);
	EXPECT_EQ(11, tag_of(before));
	after = worker_start(WORKER, NULL, NULL, 0);
	EXPECT_TRUE(wait_tag(after, 11));
	snprintf(line, sizeof(line), "pid %d (worker): tag 11, was 0, by line 1\n", after);
	EXPECT_TRUE(follower_says(line));
	EXPECT_EQ(0, tag_of(self->actor));
	worker_end(before);
	worker_end(after);
}

TEST_F_TIMEOUT(follow, exec, GUARD)
{
	START("", EVENTS_ONLY);
	ASSERT_EQ(0, actor_exec(self->actor));
	EXPECT_TRUE(wait_tag(self->actor, 11));
}

/* The child is what its parent is: only the fork is told. */
TEST_F_TIMEOUT(follow, fork, GUARD)
{
	pid_t child;

	ASSERT_EQ(0, actor_rename(self->actor, "actor"));
	START("", EVENTS_ONLY);
	EXPECT_EQ(15, tag_of(self->actor));
	ASSERT_EQ(0, tagsched_process__set_tag(self->actor, 99));
	child = actor_fork(self->actor);
	ASSERT_LT(0, child);
	EXPECT_TRUE(wait_tag(child, 15));
	EXPECT_EQ(99, tag_of(self->actor));
}

TEST_F_TIMEOUT(follow, change_of_user, GUARD)
{
	START("", EVENTS_ONLY);
	ASSERT_EQ(0, actor_setuid(self->actor, USER));
	EXPECT_TRUE(wait_tag(self->actor, 13));
}

TEST_F_TIMEOUT(follow, change_of_group, GUARD)
{
	START("", EVENTS_ONLY);
	ASSERT_EQ(0, actor_setgid(self->actor, USER));
	EXPECT_TRUE(wait_tag(self->actor, 14));
}

TEST_F_TIMEOUT(follow, change_of_name, GUARD)
{
	START("", EVENTS_ONLY);
	ASSERT_EQ(0, actor_rename(self->actor, "actor"));
	EXPECT_TRUE(wait_tag(self->actor, 15));
	/* no rule is about it any more: it keeps what it has */
	ASSERT_EQ(0, actor_rename(self->actor, "nobody"));
	ASSERT_EQ(0, actor_setuid(self->actor, USER));
	EXPECT_TRUE(wait_tag(self->actor, 13));
}

TEST_F_TIMEOUT(follow, move_between_groups, GUARD)
{
	FILE *f;

	START("", "-v --interval=1");
	f = fopen(strcat(strcpy((char [PATH_MAX]){ 0 }, group_path(GROUP)), "/cgroup.procs"), "w");
	ASSERT_NE(NULL, f);
	fprintf(f, "%d", self->actor);
	ASSERT_EQ(0, fclose(f));
	EXPECT_TRUE(wait_tag(self->actor, 12));
	/* and what somebody else has written */
	ASSERT_EQ(0, tagsched_process__set_tag(self->actor, 99));
	EXPECT_TRUE(wait_tag(self->actor, 12));
}

TEST_F_TIMEOUT(follow, sighup_reads_the_file_again, GUARD)
{
	pid_t worker = worker_start(WORKER, NULL, NULL, 0), other;

	START("", EVENTS_ONLY);
	EXPECT_EQ(11, tag_of(worker));
	ASSERT_EQ(0, rules_write("exe=" WORKER " tag=21\nexe=" OTHER " tag=22\n"));
	ASSERT_EQ(0, kill(self->follower, SIGHUP));
	EXPECT_TRUE(follower_says("\nrules read again\n"));
	EXPECT_TRUE(wait_tag(worker, 21));
	other = worker_start(OTHER, NULL, NULL, 0);
	EXPECT_TRUE(wait_tag(other, 22));
	worker_end(worker);
	worker_end(other);
}

TEST_F_TIMEOUT(follow, must_keep_the_rules_if_the_new_ones_are_bad, GUARD)
{
	pid_t worker;

	START("", EVENTS_ONLY);
	ASSERT_EQ(0, rules_write("exe=" WORKER " tag=21\nuser=no-such-user-of-mine tag=22\n"));
	ASSERT_EQ(0, kill(self->follower, SIGHUP));
	EXPECT_TRUE(follower_says("tag: " RULES ":2: user 'no-such-user-of-mine': no such user; "
				  "'getent passwd' lists them; the rules as they were stay in force\n"));
	worker = worker_start(WORKER, NULL, NULL, 0);
	EXPECT_TRUE(wait_tag(worker, 11));
	unlink(RULES);
	ASSERT_EQ(0, kill(self->follower, SIGHUP));
	EXPECT_TRUE(follower_says("cannot open: No such file or directory"));
	worker_end(worker);
	worker = worker_start(WORKER, NULL, NULL, 0);
	EXPECT_TRUE(wait_tag(worker, 11));
	worker_end(worker);
}

TEST_F_TIMEOUT(follow, ends_with_status_0, GUARD)
{
	START("", EVENTS_ONLY);
	EXPECT_EQ(0, follower_end(self->follower, SIGTERM));
	START("", EVENTS_ONLY);
	EXPECT_EQ(0, follower_end(self->follower, SIGINT));
	self->follower = 0;
}

TEST_F_TIMEOUT(follow, two_of_them, GUARD)
{
	pid_t first, worker;

	START("", EVENTS_ONLY);
	first = self->follower;
	START("", EVENTS_ONLY);
	/* the end of one is not that of the other's events */
	EXPECT_EQ(0, follower_end(first, SIGTERM));
	worker = worker_start(WORKER, NULL, NULL, 0);
	EXPECT_TRUE(wait_tag(worker, 11));
	worker_end(worker);
}

TEST_F_TIMEOUT(follow, json_is_an_object_a_line, GUARD)
{
	pid_t worker;
	cJSON *root;
	char *line;

	START("", "--json --interval=0");
	worker = worker_start(WORKER, NULL, NULL, 0);
	EXPECT_TRUE(wait_tag(worker, 11));
	EXPECT_TRUE(follower_says("\"comm\":\"worker\",\"old_tag\":0,\"tag\":11,\"line\":1}\n"));
	run(&self->r, "cat " OUTPUT);
	for (line = strtok(self->r.text, "\n"); line; line = strtok(NULL, "\n")) {
		root = cJSON_Parse(line);
		EXPECT_TRUE(cJSON_IsObject(root)) {
			TH_LOG("%s", line);
		}
		cJSON_Delete(root);
	}
	worker_end(worker);
}

/* ---- what it needs ---- */

TEST_F_TIMEOUT(follow, capabilities_of_the_unit_are_enough, GUARD)
{
	pid_t before = worker_start(WORKER, NULL, NULL, USER), after;

	START(UNIT, EVENTS_ONLY);
	EXPECT_EQ(11, tag_of(before));
	after = worker_start(WORKER, NULL, NULL, USER);
	EXPECT_TRUE(wait_tag(after, 11));
	worker_end(before);
	worker_end(after);
}

#define REFUSED(SAYS, THROUGH) do {						\
	run(&self->r, THROUGH " '%s' rules apply -f " RULES, TAG);		\
	EXPECT_EQ(1, self->r.status);						\
	EXPECT_NE(NULL, strstr(self->r.text, SAYS)) {				\
		TH_LOG("%s", self->r.text);					\
	}									\
	EXPECT_EQ(self->r.text + strlen(self->r.text) - 1, strchr(self->r.text, '\n')); \
} while (0)

TEST_F_TIMEOUT(follow, must_fail_where_it_cannot_listen, GUARD)
{
	REFUSED("tag: process connector: not permitted; listening needs CAP_NET_ADMIN",
		"setpriv --bounding-set=-net_admin");
	REFUSED("tag: process connector: not permitted; listening needs CAP_NET_ADMIN",
		"setpriv --reuid 65534 --clear-groups");
	REFUSED("tag: process connector: a container cannot listen",
		"unshare --pid --fork --mount-proc");
	REFUSED("tag: process connector: a container cannot listen", "unshare --user --map-root-user");
	REFUSED("tag: process connector: nobody answers in this network namespace", "unshare --net");
}

TEST_HARNESS_MAIN
