// SPDX-License-Identifier: GPL-2.0-only
/* tag why: where a tag comes from, who is in charge, what was decided last. */
#include <cjson/cJSON.h>
#include <kselftest_harness.h>
#include <signal.h>
#include <sys/prctl.h>
#include <tagsched.h>

#include "policies.h"

#define OUTER	"tagsched-why"
#define INNER	OUTER "/inner"

FIXTURE(why) {
	struct result r;
	pid_t child;	/* sleeps and wakes in INNER */
};

static pid_t start(void)
{
	pid_t pid = fork();
	FILE *f;

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "what for");
	f = fopen(group_path(INNER "/cgroup.procs"), "w");
	if (!f || fprintf(f, "0") < 0 || fclose(f))
		_exit(1);
	for (;;)
		usleep(10000);
}

FIXTURE_SETUP(why)
{
	ASSERT_TRUE(no_policies(&self->r));
	ASSERT_EQ(0, make_group(OUTER));
	ASSERT_EQ(0, make_group(INNER));
	ASSERT_EQ(0, tagsched_process__clear_tag(0));
	self->child = start();
	ASSERT_LT(0, self->child);
	usleep(200000);
}

FIXTURE_TEARDOWN(why)
{
	kill(self->child, SIGKILL);
	waitpid(self->child, NULL, 0);
	remove_group(INNER);
	remove_group(OUTER);
	no_policies(&self->r);
}

TEST_F_TIMEOUT(why, tag_from_nowhere_a_group_and_its_own, GUARD)
{
	char line[PATH_MAX];

	RUN_OK("tag why %d", self->child);
	snprintf(line, sizeof(line), "thread     %d (what for)\n", self->child);
	EXPECT_SAYS(line);
	EXPECT_SAYS("tag        0, as neither it nor a group above it has one\n");
	EXPECT_SAYS("class      fair\n");
	EXPECT_SAYS("policies   none for tag 0: plain CFS\n");
	EXPECT_SAYS("enclave    none is bound to tag 0\n");
	EXPECT_SAYS("decisions  0\n");
	EXPECT_EQ(NULL, strstr(self->r.text, "LAST DECISION"));

	ASSERT_EQ(0, tagsched_cgroup__set_tag(OUTER, 71));
	RUN_OK("tag why %d", self->child);
	snprintf(line, sizeof(line), "tag        71, from group %s\n", group_path(OUTER));
	EXPECT_SAYS(line);

	ASSERT_EQ(0, tagsched_cgroup__set_tag(INNER, -72));
	RUN_OK("tag why -p %d", self->child);
	snprintf(line, sizeof(line), "tag        -72, from group %s\n", group_path(INNER));
	EXPECT_SAYS(line);

	ASSERT_EQ(0, tagsched_process__set_tag(self->child, 73));
	RUN_OK("tag why -t %d", self->child);
	EXPECT_SAYS("tag        73, its own\n");
	/* an own tag of 0 is one too */
	ASSERT_EQ(0, tagsched_process__set_tag(self->child, 0));
	RUN_OK("tag why %d", self->child);
	EXPECT_SAYS("tag        0, its own\n");
}

TEST_F_TIMEOUT(why, other_classes, GUARD)
{
	RUN_OK("chrt -f -p 1 %d && tag why %d", self->child, self->child);
	EXPECT_SAYS("class      rt\n");
}

TEST_F_TIMEOUT(why, policies_in_scope_and_last_decision, GUARD)
{
	cJSON *root, *task, *d, *in;

	RUN_OK("tag policy load --tag=74 --name=mine --priority=2 " STAY
	       " && tag policy load --tag=75 --name=others " STAY
	       " && tag policy load --name=quiet --priority=-1 " QUIET " && tag set 74 %d", self->child);
	usleep(500000);
	RUN_OK("tag why %d", self->child);
	EXPECT_SAYS("policies   mine (tag 74, priority 2, generation ");
	EXPECT_SAYS("\n           quiet (tag all, priority -1, generation ");
	EXPECT_EQ(NULL, strstr(self->r.text, "others"));
	EXPECT_SAYS("LAST DECISION");
	EXPECT_SAYS("cfs_select_rq               mine  ");
	EXPECT_SAYS("prev_cpu ");

	RUN_OK("tag --json why %d", self->child);
	root = cJSON_Parse(self->r.text);
	ASSERT_NE(NULL, root);
	task = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "tasks"), 0);
	EXPECT_EQ(74, cJSON_GetNumberValue(cJSON_GetObjectItem(task, "tag")));
	EXPECT_STREQ("own", cJSON_GetStringValue(cJSON_GetObjectItem(task, "source")));
	EXPECT_LT(10, cJSON_GetNumberValue(cJSON_GetObjectItem(task, "decisions")));
	EXPECT_EQ(2, cJSON_GetArraySize(cJSON_GetObjectItem(task, "policies")));
	EXPECT_TRUE(cJSON_IsNull(cJSON_GetObjectItem(task, "enclave")));
	ASSERT_EQ(1, cJSON_GetArraySize(cJSON_GetObjectItem(task, "last_decisions")));
	d = cJSON_GetArrayItem(cJSON_GetObjectItem(task, "last_decisions"), 0);
	in = cJSON_GetObjectItem(d, "in");
	EXPECT_STREQ("cfs_select_rq", cJSON_GetStringValue(cJSON_GetObjectItem(d, "hook")));
	EXPECT_STREQ("mine", cJSON_GetStringValue(cJSON_GetObjectItem(d, "policy")));
	/* the policy answers where the task ran last */
	EXPECT_EQ(cJSON_GetNumberValue(cJSON_GetObjectItem(in, "prev_cpu")),
		  cJSON_GetNumberValue(cJSON_GetObjectItem(d, "answer")));
	EXPECT_LT(0, cJSON_GetNumberValue(cJSON_GetObjectItem(d, "generation")));
	EXPECT_GT(1e9, cJSON_GetNumberValue(cJSON_GetObjectItem(d, "ago_ns")));
	cJSON_Delete(root);
}

TEST_F_TIMEOUT(why, several, GUARD)
{
	RUN_OK("tag why %d 1 | grep -c ^thread", self->child);
	EXPECT_STREQ("2\n", self->r.text);
}

TEST_F_TIMEOUT(why, enclave_of_its_tag, GUARD)
{
	char line[64];
	unsigned long id;

	if (tagsched_kernel__check(TAGSCHED_FEAT_GHOST))
		SKIP(return, "needs a kernel with CONFIG_SCHED_CLASS_GHOST");
	RUN_OK("tag set 76 %d && tag enclave create --tag=76 --cpus=3", self->child);
	id = strtoul(self->r.text, NULL, 10);
	ASSERT_LT(0, id);
	RUN_OK("tag why %d", self->child);
	snprintf(line, sizeof(line), "enclave    %lu, offline, agent none\n", id);
	EXPECT_SAYS(line);
	RUN_OK("tag enclave destroy %lu", id);
}

TEST_F_TIMEOUT(why, says_what_an_ordinary_user_may_know, GUARD)
{
	ASSERT_EQ(0, tagsched_process__set_tag(self->child, 77));
	RUN_OK("setpriv --reuid 65534 --clear-groups '%s' why %d", TAG, self->child);
	EXPECT_SAYS("tag        77, its own\n");
	EXPECT_SAYS("policies   unknown: listing links: not permitted; it needs CAP_SYS_ADMIN");
	RUN_OK("setpriv --reuid 65534 --clear-groups '%s' -j why %d", TAG, self->child);
	EXPECT_SAYS("\"policies\":\tnull");
}

TEST_F_TIMEOUT(why, must_fail_for_who_is_not_there, GUARD)
{
	RUN_FAILS("2147483647: no such thread; it may have exited", "tag why 2147483647");
	RUN_FAILS("no such thread", "tag -j why %d 2147483647", self->child);
}

TEST_HARNESS_MAIN
