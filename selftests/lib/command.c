// SPDX-License-Identifier: GPL-2.0-only
/* tag get, set, clear and run on a kernel with tags. */
#include <cjson/cJSON.h>
#include <kselftest_harness.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <tagsched.h>

#include "run.h"

#define GROUP	"tagsched-command"

FIXTURE(command) {
	struct result r;
	pid_t child;	/* sleeps in no group of ours, without an own tag */
};

FIXTURE_SETUP(command)
{
	/* whoever started the tests may have a tag */
	ASSERT_EQ(0, tagsched_process__clear_tag(0));
	self->child = fork();
	ASSERT_LE(0, self->child);
	if (!self->child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	ASSERT_EQ(0, make_group(GROUP));
}

FIXTURE_TEARDOWN(command)
{
	kill(self->child, SIGKILL);
	waitpid(self->child, NULL, 0);
	remove_group(GROUP);
}

#define EXPECT_RUN(STATUS, TEXT, ...) do {				\
	run(&self->r, __VA_ARGS__);					\
	EXPECT_EQ(STATUS, self->r.status);				\
	EXPECT_STREQ(TEXT, self->r.text);				\
} while (0)

TEST_F_TIMEOUT(command, sets_gets_and_clears_a_process, GUARD)
{
	EXPECT_RUN(0, "0\n", "tag get %d", self->child);
	EXPECT_RUN(0, "", "tag set 2 %d", self->child);
	EXPECT_RUN(0, "2\n", "tag get -p %d", self->child);
	EXPECT_RUN(0, "2\n", "cat /proc/%d/tag", self->child);
	EXPECT_RUN(0, "", "tag set -1 %d", self->child);
	EXPECT_RUN(0, "-1\n", "tag get --pid=%d", self->child);
	EXPECT_RUN(0, "", "tag set -p %d 0x10", self->child);
	EXPECT_RUN(0, "16\n", "tag get %d", self->child);
	EXPECT_RUN(0, "", "tag clear %d", self->child);
	EXPECT_RUN(0, "0\n", "tag get %d", self->child);
	EXPECT_RUN(0, "", "tag set 5 %d && tag set default %d", self->child, self->child);
	EXPECT_RUN(0, "0\n", "tag get %d", self->child);
}

TEST_F_TIMEOUT(command, sets_gets_and_clears_a_group, GUARD)
{
	EXPECT_RUN(0, "", "tag set 7 -g " GROUP);
	EXPECT_RUN(0, "7\n", "tag get -g " GROUP);
	EXPECT_RUN(0, "7\n", "tag get -g /" GROUP);
	EXPECT_RUN(0, "7\n", "tag get -g %s/", group_path(GROUP));
	EXPECT_RUN(0, "7\n", "cat %s/tag", group_path(GROUP));
	EXPECT_RUN(0, "", "tag clear --cgroup " GROUP);
	EXPECT_RUN(0, "0\n", "tag get -g " GROUP);
}

TEST_F_TIMEOUT(command, keeps_all_64_bits, GUARD)
{
	EXPECT_RUN(0, "", "tag set 9223372036854775807 %d", self->child);
	EXPECT_RUN(0, "9223372036854775807\n", "tag get %d", self->child);
	EXPECT_RUN(0, "", "tag set -9223372036854775808 %d", self->child);
	EXPECT_RUN(0, "-9223372036854775808\n", "tag get %d", self->child);
	run(&self->r, "tag --json get %d", self->child);
	EXPECT_NE(NULL, strstr(self->r.text, "-9223372036854775808\n"));
	/* 2^53 + 1 is no double. */
	run(&self->r, "tag -j set 9007199254740993 %d", self->child);
	EXPECT_NE(NULL, strstr(self->r.text, "9007199254740993\n"));
}

TEST_F_TIMEOUT(command, verbose_prints_old_and_new, GUARD)
{
	char text[256];

	snprintf(text, sizeof(text), "pid %d's current tag: 0\npid %d's new tag: 3\n",
		 self->child, self->child);
	EXPECT_RUN(0, text, "tag -v set 3 %d", self->child);
	snprintf(text, sizeof(text), "tid %d's current tag: 3\ntid %d's new tag: 0\n",
		 self->child, self->child);
	EXPECT_RUN(0, text, "tag clear -v -t %d", self->child);
	EXPECT_RUN(0, "cgroup " GROUP "'s current tag: 0\ncgroup " GROUP "'s new tag: 4\n",
		   "tag set -v 4 -g " GROUP);
}

TEST_F_TIMEOUT(command, json_can_be_parsed, GUARD)
{
	cJSON *root, *first, *second;

	run(&self->r, "tag -j set 6 %d -g " GROUP, self->child);
	ASSERT_EQ(0, self->r.status);
	root = cJSON_Parse(self->r.text);
	ASSERT_NE(NULL, root);
	first = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "tags"), 0);
	second = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "tags"), 1);
	/* options come before operands only in the order of the command line */
	EXPECT_EQ(2, cJSON_GetArraySize(cJSON_GetObjectItem(root, "tags")));
	if (!cJSON_HasObjectItem(first, "pid")) {
		cJSON *swap = first;

		first = second;
		second = swap;
	}
	EXPECT_EQ(self->child, cJSON_GetNumberValue(cJSON_GetObjectItem(first, "pid")));
	EXPECT_EQ(0, cJSON_GetNumberValue(cJSON_GetObjectItem(first, "old_tag")));
	EXPECT_EQ(6, cJSON_GetNumberValue(cJSON_GetObjectItem(first, "tag")));
	EXPECT_STREQ(GROUP, cJSON_GetStringValue(cJSON_GetObjectItem(second, "cgroup")));
	cJSON_Delete(root);
}

TEST_F_TIMEOUT(command, several_targets_are_named, GUARD)
{
	char text[256];

	snprintf(text, sizeof(text), "pid %d\t0\ntid %d\t0\ncgroup " GROUP "\t0\n", self->child,
		 self->child);
	EXPECT_RUN(0, text, "tag get -p %d -t %d -g " GROUP, self->child, self->child);
}

TEST_F_TIMEOUT(command, runs_with_a_tag_that_children_inherit, GUARD)
{
	EXPECT_RUN(0, "2\n", "tag run 2 -- cat /proc/self/tag");
	EXPECT_RUN(0, "-2\n", "tag run -2 cat /proc/self/tag");
	EXPECT_RUN(0, "3\n", "tag run 3 sh -c 'cat /proc/self/tag; true'");
	EXPECT_RUN(0, "4\n", "tag run 3 -- '%s' run 4 cat /proc/self/tag", TAG);
	EXPECT_RUN(0, "0\n", "tag run 3 -- '%s' run default cat /proc/self/tag", TAG);
	EXPECT_RUN(0, "-v\n", "tag run 1 echo -v");
}

TEST_F_TIMEOUT(command, exits_as_the_command_or_126_or_127, GUARD)
{
	EXPECT_RUN(42, "", "tag run 2 -- sh -c 'exit 42'");
	EXPECT_RUN(127, "tag: no-such-command: command not found; check its name and PATH\n",
		   "tag run 2 no-such-command");
	EXPECT_RUN(127, "tag: /no/such: command not found; check its name and PATH\n",
		   "tag run 2 /no/such");
	EXPECT_RUN(126, "tag: /etc/passwd: cannot run: Permission denied; is it executable?\n",
		   "tag run 2 /etc/passwd");
}

TEST_F_TIMEOUT(command, own_tag_of_0_differs_from_none, GUARD)
{
	run(&self->r, "tag set 8 -g " GROUP " && echo %d > %s/cgroup.procs", self->child,
	    group_path(GROUP));
	ASSERT_EQ(0, self->r.status);
	EXPECT_RUN(0, "8\n", "tag get %d", self->child);
	EXPECT_RUN(0, "", "tag set 0 %d", self->child);
	EXPECT_RUN(0, "0\n", "tag get %d", self->child);
	EXPECT_RUN(0, "", "tag clear %d", self->child);
	EXPECT_RUN(0, "8\n", "tag get %d", self->child);
}

TEST_F_TIMEOUT(command, must_fail_for_the_root_group, GUARD)
{
	EXPECT_RUN(0, "0\n", "tag get -g /");
	run(&self->r, "tag set 1 -g /");
	EXPECT_EQ(1, self->r.status);
	EXPECT_NE(NULL, strstr(self->r.text, "the root group's tag is always 0"));
}

TEST_F_TIMEOUT(command, must_fail_without_capability_and_name_it, GUARD)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "tag: /proc/%d/tag: not permitted; setting a tag needs CAP_SYS_NICE in the initial user namespace, so run it as root\n",
		 self->child);
	EXPECT_RUN(1, text,
		   "setpriv --inh-caps -sys_nice --bounding-set -sys_nice '%s' set 1 %d", TAG,
		   self->child);
	EXPECT_RUN(1, text, "setpriv --reuid 65534 --clear-groups '%s' clear %d", TAG, self->child);
	/* and reading is for everybody */
	EXPECT_RUN(0, "0\n", "setpriv --reuid 65534 --clear-groups '%s' get %d", TAG, self->child);
	run(&self->r, "setpriv --reuid 65534 --clear-groups '%s' set 1 -g " GROUP, TAG);
	EXPECT_EQ(1, self->r.status);
	EXPECT_NE(NULL, strstr(self->r.text, "permission denied by the file's mode"));
}

TEST_F_TIMEOUT(command, must_fail_when_the_output_is_full, GUARD)
{
	EXPECT_RUN(1, "tag: standard output: cannot write: No space left on device\n",
		   "tag get %d > /dev/full", self->child);
}

TEST_F_TIMEOUT(command, library_knows_self_and_thread, GUARD)
{
	__s64 tag = 1;

	ASSERT_EQ(0, tagsched_thread__set_tag(0, -9));
	EXPECT_EQ(0, tagsched_thread__get_tag(0, &tag));
	EXPECT_EQ(-9, tag);
	EXPECT_EQ(0, tagsched_thread__get_tag(syscall(SYS_gettid), &tag));
	EXPECT_EQ(-9, tag);
	EXPECT_EQ(0, tagsched_process__clear_tag(0));
	EXPECT_EQ(0, tagsched_process__get_tag(getpid(), &tag));
	EXPECT_EQ(0, tag);
	EXPECT_EQ(0, tagsched_kernel__check(TAGSCHED_FEAT_TAG));
	EXPECT_EQ(0, tagsched_kernel__check(TAGSCHED_FEAT_BPF));
}

TEST_HARNESS_MAIN
