// SPDX-License-Identifier: GPL-2.0-only
/* tag rules apply and check: rules are applied once, to what there is. */
#include <cjson/cJSON.h>
#include <dirent.h>
#include <kselftest_harness.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <tagsched.h>

#include "run.h"
#include "worker.h"

#define GROUP	"tagsched-rules"
#define USER	54321
#define NR	4

FIXTURE(rules) {
	struct result r;
	/* by program, by argument, by group, by user */
	pid_t workers[NR];
};

FIXTURE_SETUP(rules)
{
	int i;

	/* whoever started the tests may have a tag */
	ASSERT_EQ(0, tagsched_process__clear_tag(0));
	ASSERT_EQ(0, workers_make());
	ASSERT_EQ(0, make_group(GROUP));
	ASSERT_EQ(0, rules_write("exe=" WORKER " cmdline=777 tag=12\n"
				 "exe=" WORKER " tag=11\n"
				 "cgroup=/" GROUP " tag=-13\n"
				 "exe=" DIR "/* user=54321 group=54321 tag=0x10\n"));
	self->workers[0] = worker_start(WORKER, NULL, NULL, 0);
	self->workers[1] = worker_start(WORKER, "0.777", NULL, 0);
	self->workers[2] = worker_start(OTHER, NULL, GROUP, 0);
	self->workers[3] = worker_start(OTHER, NULL, NULL, USER);
	for (i = 0; i < NR; i++)
		ASSERT_LT(0, self->workers[i]);
}

FIXTURE_TEARDOWN(rules)
{
	int i;

	for (i = 0; i < NR; i++)
		worker_end(self->workers[i]);
	remove_group(GROUP);
}

#define EXPECT_TAGS(...) do {							\
	const long long tags_[NR] = { __VA_ARGS__ };				\
	int i_;									\
										\
	for (i_ = 0; i_ < NR; i_++)						\
		EXPECT_EQ(tags_[i_], tag_of(self->workers[i_]));		\
} while (0)

#define RUN(STATUS, TEXT, ...) do {						\
	run(&self->r, __VA_ARGS__);						\
	EXPECT_EQ(STATUS, self->r.status);					\
	EXPECT_NE(NULL, strstr(self->r.text, TEXT)) {				\
		TH_LOG("%s", self->r.text);					\
	}									\
} while (0)

TEST_F_TIMEOUT(rules, give_tags_once, GUARD)
{
	char line[128];
	pid_t late;

	RUN(0, "", "tag rules apply " RULES);
	EXPECT_STREQ("", self->r.text);
	EXPECT_TAGS(11, 12, -13, 16);
	EXPECT_EQ(0, tag_of(0));
	EXPECT_EQ(0, tag_of(1));
	/* one that comes later has none */
	late = worker_start(WORKER, NULL, NULL, 0);
	EXPECT_EQ(0, tag_of(late));
	RUN(0, "", "tag rules apply -v " RULES);
	snprintf(line, sizeof(line), "pid %d (worker): tag 11, was 0, by line 2\n", late);
	EXPECT_STREQ(line, self->r.text);
	worker_end(late);
}

TEST_F_TIMEOUT(rules, check_changes_nothing, GUARD)
{
	char line[128];
	cJSON *root, *first;

	RUN(0, "exe=" WORKER " cmdline=777 tag=12", "tag rules check " RULES);
	snprintf(line, sizeof(line), "%7d  %-15s  %20d  %20d  %4d\n", self->workers[0], "worker", 0,
		 11, 2);
	EXPECT_NE(NULL, strstr(self->r.text, line)) {
		TH_LOG("%s", self->r.text);
	}
	EXPECT_TAGS(0, 0, 0, 0);
	RUN(0, "", "tag -j rules check " RULES);
	root = cJSON_Parse(self->r.text);
	ASSERT_NE(NULL, root);
	EXPECT_EQ(4, cJSON_GetArraySize(cJSON_GetObjectItem(root, "rules")));
	EXPECT_EQ(4, cJSON_GetArraySize(cJSON_GetObjectItem(root, "processes")));
	EXPECT_EQ(0, cJSON_GetNumberValue(cJSON_GetObjectItem(root, "left_out")));
	first = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "processes"), 0);
	EXPECT_TRUE(cJSON_IsTrue(cJSON_GetObjectItem(first, "differs")));
	cJSON_Delete(root);
	EXPECT_TAGS(0, 0, 0, 0);
}

TEST_F_TIMEOUT(rules, json_of_what_was_changed, GUARD)
{
	cJSON *root, *array;

	RUN(0, "", "tag -j rules apply " RULES);
	root = cJSON_Parse(self->r.text);
	ASSERT_NE(NULL, root);
	array = cJSON_GetObjectItem(root, "changed");
	EXPECT_EQ(4, cJSON_GetArraySize(array));
	EXPECT_EQ(11, cJSON_GetNumberValue(cJSON_GetObjectItem(cJSON_GetArrayItem(array, 0), "tag")));
	cJSON_Delete(root);
	RUN(0, "\"changed\":\t[]", "tag -j rules apply " RULES);
}

TEST_F_TIMEOUT(rules, must_change_nothing_if_the_file_has_an_error, GUARD)
{
	ASSERT_EQ(0, rules_write("exe=" WORKER " tag=11\nexe=" WORKER " tag=eleven\n"));
	RUN(1, "tag: " RULES ":2: 'eleven': not a tag", "tag rules apply " RULES);
	RUN(1, "tag: " RULES ":2: 'eleven': not a tag", "tag rules apply -f " RULES);
	RUN(1, "tag: " RULES ":2: 'eleven': not a tag", "tag rules check " RULES);
	EXPECT_TAGS(0, 0, 0, 0);
}

TEST_F_TIMEOUT(rules, clear_and_keep, GUARD)
{
	ASSERT_EQ(0, tagsched_cgroup__set_tag(GROUP, 70));
	ASSERT_EQ(0, tagsched_process__set_tag(self->workers[0], 71));
	ASSERT_EQ(0, tagsched_process__set_tag(self->workers[2], 72));
	ASSERT_EQ(0, rules_write("exe=" WORKER " tag=keep\nexe=" DIR "/* tag=default\n"));
	RUN(0, "by line 2", "tag rules apply -v " RULES);
	/* the group's tag is in effect again */
	EXPECT_TAGS(71, 0, 70, 0);
	EXPECT_EQ(NULL, strstr(self->r.text, "by line 1"));
}

/* ---- threads ---- */

static void *be_a_thread(void *arg)
{
	volatile pid_t *tid = arg;

	*tid = syscall(SYS_gettid);
	for (;;)
		pause();
	return NULL;
}

/* A process with two threads; *@tid is the second. */
static pid_t start_threads(volatile pid_t *tid)
{
	pthread_t thread;
	pid_t pid = fork();

	if (pid) {
		while (pid > 0 && !*tid)
			usleep(10000);
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "two threads");
	pthread_create(&thread, NULL, be_a_thread, (void *)tid);
	for (;;)
		pause();
}

TEST_F_TIMEOUT(rules, all_threads_of_a_process, GUARD)
{
	volatile pid_t *tid = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
				   -1, 0);
	pid_t pid = start_threads(tid);
	__s64 tag;

	ASSERT_LT(0, pid);
	ASSERT_EQ(0, rules_write("comm='two threads' tag=21\n"));
	RUN(0, "", "tag rules apply " RULES);
	EXPECT_EQ(21, tag_of(pid));
	EXPECT_EQ(0, tagsched_thread__get_tag(*tid, &tag));
	EXPECT_EQ(21, tag);
	/* one that was given to a thread stays as long as the leader's is right */
	EXPECT_EQ(0, tagsched_thread__set_tag(*tid, 22));
	RUN(0, "", "tag rules apply " RULES);
	EXPECT_EQ(0, tagsched_thread__get_tag(*tid, &tag));
	EXPECT_EQ(22, tag);
	EXPECT_EQ(0, tagsched_thread__set_tag(pid, 23));
	RUN(0, "", "tag rules apply " RULES);
	EXPECT_EQ(0, tagsched_thread__get_tag(*tid, &tag));
	EXPECT_EQ(21, tag);
	worker_end(pid);
	munmap((void *)tid, 4096);
}

/* ---- who is left alone ---- */

TEST_F_TIMEOUT(rules, everybody_but_kernel_threads, GUARD)
{
	ASSERT_EQ(0, rules_write("cgroup=* tag=31\n"));
	RUN(0, "", "tag rules apply " RULES);
	EXPECT_TAGS(31, 31, 31, 31);
	EXPECT_EQ(31, tag_of(1));
	EXPECT_EQ(0, tag_of(2));	/* kthreadd */
	ASSERT_EQ(0, rules_write("cgroup=* tag=default\n"));
	RUN(0, "", "tag rules apply " RULES);
	EXPECT_TAGS(0, 0, 0, 0);
	EXPECT_EQ(0, tag_of(1));
}

static int agent_pid(const struct tagsched_ghostfs_entry *e, void *arg)
{
	if (!e->online || !e->nr_agents || !e->agents[0].pid)
		return 0;
	*(pid_t *)arg = e->agents[0].pid;
	return 1;
}

TEST_F_TIMEOUT(rules, agents_are_left_alone, GUARD)
{
	pid_t agent, found = 0;

	if (tagsched_kernel__check(TAGSCHED_FEAT_GHOST))
		SKIP(return, "needs a kernel with CONFIG_SCHED_CLASS_GHOST");
	agent = fork();
	if (!agent) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl(AGENT, AGENT, "--tag", "41", "--cpus", "3", NULL);
		_exit(1);
	}
	while (tagsched_ghostfs__walk(agent_pid, &found) != 1 && !waitpid(agent, NULL, WNOHANG))
		usleep(50000);
	ASSERT_EQ(agent, found);
	ASSERT_EQ(0, rules_write("exe=" AGENT " tag=42\nexe=" WORKER " tag=11\n"));
	RUN(0, "", "tag rules apply " RULES);
	EXPECT_EQ(0, tag_of(agent));
	EXPECT_TAGS(11, 11, 0, 0);
	worker_end(agent);
}

/* ---- who may not ---- */

TEST_F_TIMEOUT(rules, must_fail_without_the_capability, GUARD)
{
	RUN(1, "tag: /proc/", "setpriv --bounding-set=-sys_nice '%s' rules apply " RULES, TAG);
	EXPECT_NE(NULL, strstr(self->r.text, "/tag: not permitted; setting a tag needs CAP_SYS_NICE"));
	EXPECT_TAGS(0, 0, 0, 0);
}

TEST_F_TIMEOUT(rules, must_not_take_a_later_rule_for_the_first, GUARD)
{
	/* an ordinary user may not see what programs those of others are */
	RUN(1, "cannot see what it is: Permission denied; rules about executables need CAP_SYS_PTRACE",
	    "setpriv --reuid 65534 --clear-groups '%s' rules apply " RULES, TAG);
	EXPECT_TAGS(0, 0, 0, 0);
	RUN(0, "processes were left out", "setpriv --reuid 65534 --clear-groups '%s' rules check " RULES,
	    TAG);
}

TEST_HARNESS_MAIN
