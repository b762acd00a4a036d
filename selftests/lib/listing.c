// SPDX-License-Identifier: GPL-2.0-only
/* tag ls. */
#include <cjson/cJSON.h>
#include <kselftest_harness.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <tagsched.h>

#include "run.h"

#define OUTER	"tagsched-listing"
#define INNER	OUTER "/inner"

FIXTURE(listing) {
	struct result r;
	pid_t plain;	/* in INNER, the group's tag */
	pid_t own;	/* in INNER, a tag of its own */
	pid_t thread;	/* second thread of @own */
};

static void *set_and_sleep(void *arg)
{
	pid_t tid = syscall(SYS_gettid);

	if (!tagsched_thread__set_tag(0, 33))
		write(*(int *)arg, &tid, sizeof(tid));
	for (;;)
		pause();
	return NULL;
}

static pid_t start(__s64 *tag, pid_t *thread)
{
	pthread_t id;
	int pipe_fds[2];
	pid_t pid;
	FILE *f;

	if (pipe(pipe_fds))
		return -1;
	pid = fork();
	if (pid) {
		close(pipe_fds[1]);
		if (read(pipe_fds[0], thread, sizeof(*thread)) != sizeof(*thread))
			*thread = -1;
		close(pipe_fds[0]);
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	f = fopen(group_path(INNER "/cgroup.procs"), "w");
	if (!f || fprintf(f, "0") < 0 || fclose(f))
		_exit(1);
	if (tag && (tagsched_process__set_tag(0, *tag) ||
		    pthread_create(&id, NULL, set_and_sleep, &pipe_fds[1])))
		_exit(1);
	if (!tag)
		write(pipe_fds[1], &pid, sizeof(pid));
	for (;;)
		pause();
}

FIXTURE_SETUP(listing)
{
	__s64 tag = INT64_MIN;
	pid_t none;

	ASSERT_EQ(0, make_group(OUTER));
	ASSERT_EQ(0, make_group(INNER));
	ASSERT_EQ(0, tagsched_cgroup__set_tag(OUTER, 31));
	self->plain = start(NULL, &none);
	self->own = start(&tag, &self->thread);
	ASSERT_LT(0, self->plain);
	ASSERT_LT(0, self->own);
	ASSERT_LT(0, self->thread);
}

FIXTURE_TEARDOWN(listing)
{
	kill(self->plain, SIGKILL);
	kill(self->own, SIGKILL);
	waitpid(self->plain, NULL, 0);
	waitpid(self->own, NULL, 0);
	remove_group(INNER);
	remove_group(OUTER);
}

/* Is there a line of a task, or a group, with these numbers. */
static bool has_task(const struct result *r, const char *tag, pid_t pid, pid_t tid)
{
	char line[128];

	snprintf(line, sizeof(line), "%20s  %7d  %7d  ", tag, pid, tid);
	return strstr(r->text, line);
}

static bool has_group(const struct result *r, const char *tag, const char *name)
{
	char line[128];

	snprintf(line, sizeof(line), "%20s  %s\n", tag, name);
	return strstr(r->text, line);
}

#define MIN "-9223372036854775808"

TEST_F_TIMEOUT(listing, groups_and_tasks, GUARD)
{
	run(&self->r, "tag ls");
	ASSERT_EQ(0, self->r.status);
	EXPECT_TRUE(has_group(&self->r, "31", "/" OUTER));
	EXPECT_TRUE(has_group(&self->r, "31", "/" INNER));
	EXPECT_TRUE(has_task(&self->r, "31", self->plain, self->plain));
	EXPECT_TRUE(has_task(&self->r, MIN, self->own, self->own));
	/* not its leader's */
	EXPECT_TRUE(has_task(&self->r, "33", self->own, self->thread));
	/* what is untagged is not listed */
	EXPECT_FALSE(has_task(&self->r, "0", 1, 1));
}

TEST_F_TIMEOUT(listing, groups_only_and_tasks_only, GUARD)
{
	run(&self->r, "tag ls -g");
	EXPECT_TRUE(has_group(&self->r, "31", "/" INNER));
	EXPECT_EQ(NULL, strstr(self->r.text, "PID"));
	run(&self->r, "tag ls --tasks");
	EXPECT_TRUE(has_task(&self->r, "31", self->plain, self->plain));
	EXPECT_FALSE(has_group(&self->r, "31", "/" INNER));
}

TEST_F_TIMEOUT(listing, own_tags_only, GUARD)
{
	run(&self->r, "tag ls --own");
	EXPECT_TRUE(has_group(&self->r, "31", "/" OUTER));
	EXPECT_FALSE(has_group(&self->r, "31", "/" INNER));
	EXPECT_FALSE(has_task(&self->r, "31", self->plain, self->plain));
	EXPECT_TRUE(has_task(&self->r, MIN, self->own, self->own));
	EXPECT_TRUE(has_task(&self->r, "33", self->own, self->thread));
}

TEST_F_TIMEOUT(listing, one_tag_only, GUARD)
{
	run(&self->r, "tag ls --tag=33");
	EXPECT_FALSE(has_group(&self->r, "31", "/" OUTER));
	EXPECT_FALSE(has_task(&self->r, MIN, self->own, self->own));
	EXPECT_TRUE(has_task(&self->r, "33", self->own, self->thread));
	run(&self->r, "tag ls --tag=-9223372036854775808");
	EXPECT_TRUE(has_task(&self->r, MIN, self->own, self->own));
	run(&self->r, "tag ls --tag=0 -p");
	EXPECT_TRUE(has_task(&self->r, "0", 1, 1));
	EXPECT_FALSE(has_task(&self->r, "31", self->plain, self->plain));
}

TEST_F_TIMEOUT(listing, json_can_be_parsed, GUARD)
{
	cJSON *root, *item;
	int found = 0;

	run(&self->r, "tag ls --json");
	ASSERT_EQ(0, self->r.status);
	EXPECT_NE(NULL, strstr(self->r.text, MIN));
	root = cJSON_Parse(self->r.text);
	ASSERT_NE(NULL, root);
	cJSON_ArrayForEach(item, cJSON_GetObjectItem(root, "groups"))
		found += !strcmp("/" INNER, cJSON_GetStringValue(cJSON_GetObjectItem(item, "cgroup")));
	EXPECT_EQ(1, found);
	cJSON_ArrayForEach(item, cJSON_GetObjectItem(root, "tasks")) {
		if (cJSON_GetNumberValue(cJSON_GetObjectItem(item, "tid")) != self->plain)
			continue;
		found++;
		EXPECT_EQ(31, cJSON_GetNumberValue(cJSON_GetObjectItem(item, "tag")));
		EXPECT_STREQ("/" INNER, cJSON_GetStringValue(cJSON_GetObjectItem(item, "cgroup")));
		EXPECT_TRUE(cJSON_IsFalse(cJSON_GetObjectItem(item, "differs")));
	}
	EXPECT_EQ(2, found);
	cJSON_Delete(root);
}

TEST_HARNESS_MAIN
