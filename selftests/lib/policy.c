// SPDX-License-Identifier: GPL-2.0-only
/* tag policy load, ls and unload. */
#include <cjson/cJSON.h>
#include <kselftest_harness.h>
#include <tagsched.h>

#include "run.h"

#define QUIET	OBJECTS "/quiet.bpf.o"

FIXTURE(policy) {
	struct result r;
};

/* Links are freed after a grace period and a work item: wait for the last one. */
static bool none_left(struct result *r)
{
	int tries;

	for (tries = 0; tries < 100; tries++) {
		run(r, "tag policy ls");
		if (!r->status && !*r->text)
			return true;
		usleep(100000);
	}
	return false;
}

FIXTURE_SETUP(policy)
{
	ASSERT_TRUE(none_left(&self->r)) {
		TH_LOG("%s", self->r.text);
	}
}

FIXTURE_TEARDOWN(policy)
{
	run(&self->r, "for n in quiet other; do tag policy unload $n; done");
}

TEST_F_TIMEOUT(policy, loads_a_program_at_each_hook_and_unloads_them, GUARD)
{
	size_t i;

	run(&self->r, "tag -v policy load " QUIET);
	ASSERT_EQ(0, self->r.status) {
		TH_LOG("%s", self->r.text);
	}
	for (i = 0; i < tagsched_hook__count(); i++) {
		char line[128];

		snprintf(line, sizeof(line), "quiet: attached to %s as link ",
			 tagsched_hook__at(i)->name);
		EXPECT_NE(NULL, strstr(self->r.text, line));
		snprintf(line, sizeof(line), TAGSCHED_PIN_DIR "/quiet/%s",
			 tagsched_hook__at(i)->name);
		EXPECT_EQ(0, access(line, F_OK));
	}
	run(&self->r, "tag policy ls");
	EXPECT_EQ(0, self->r.status);
	for (i = 0; i < tagsched_hook__count(); i++)
		EXPECT_NE(NULL, strstr(self->r.text, tagsched_hook__at(i)->name));
	run(&self->r, "tag -v policy unload quiet");
	EXPECT_EQ(0, self->r.status);
	EXPECT_STREQ("quiet: 6 programs unpinned\n", self->r.text);
	EXPECT_NE(0, access(TAGSCHED_PIN_DIR "/quiet", F_OK));
	EXPECT_TRUE(none_left(&self->r));
}

TEST_F_TIMEOUT(policy, json_has_scope_and_counters, GUARD)
{
	cJSON *root, *item;
	int scoped = 0, unscoped = 0, called = 0;

	run(&self->r, "tag policy load " QUIET " && tag policy load --name=other --tag=-9223372036854775808 "
	    QUIET " && tag -j policy ls");
	ASSERT_EQ(0, self->r.status);
	EXPECT_NE(NULL, strstr(self->r.text, "-9223372036854775808"));
	root = cJSON_Parse(self->r.text);
	ASSERT_NE(NULL, root);
	cJSON_ArrayForEach(item, cJSON_GetObjectItem(root, "links")) {
		const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(item, "policy"));

		ASSERT_NE(NULL, name);
		called += cJSON_GetNumberValue(cJSON_GetObjectItem(item, "calls")) > 0;
		EXPECT_EQ(0, cJSON_GetNumberValue(cJSON_GetObjectItem(item, "decided")));
		EXPECT_EQ(0, cJSON_GetNumberValue(cJSON_GetObjectItem(item, "refused")));
		if (cJSON_IsNull(cJSON_GetObjectItem(item, "tag"))) {
			unscoped++;
			EXPECT_STREQ("quiet", name);
		} else {
			scoped++;
			EXPECT_STREQ("other", name);
			/* nobody has that tag */
			EXPECT_EQ(0, cJSON_GetNumberValue(cJSON_GetObjectItem(item, "calls")));
		}
	}
	EXPECT_EQ(tagsched_hook__count(), scoped);
	EXPECT_EQ(tagsched_hook__count(), unscoped);
	EXPECT_LT(0, called);
	cJSON_Delete(root);
}

TEST_F_TIMEOUT(policy, loads_every_kfunc_that_the_header_declares, GUARD)
{
	run(&self->r, "tag policy load --name=other " OBJECTS "/kfuncs.bpf.o && sleep 1 && tag policy ls");
	EXPECT_EQ(0, self->r.status) {
		TH_LOG("%s", self->r.text);
	}
}

TEST_F_TIMEOUT(policy, must_fail_twice_under_one_name, GUARD)
{
	run(&self->r, "tag policy load " QUIET);
	ASSERT_EQ(0, self->r.status);
	run(&self->r, "tag policy load " QUIET);
	EXPECT_EQ(1, self->r.status);
	EXPECT_STREQ("tag: " TAGSCHED_PIN_DIR "/quiet: a policy of this name is loaded; unload it first, or give another name\n",
		     self->r.text);
	run(&self->r, "tag policy ls | wc -l");
	EXPECT_STREQ("7\n", self->r.text);
}

TEST_F_TIMEOUT(policy, must_fail_for_an_unknown_hook_and_list_those_there_are, GUARD)
{
	run(&self->r, "tag policy load " OBJECTS "/unknown.bpf.o");
	EXPECT_EQ(1, self->r.status);
	EXPECT_EQ(0, strncmp(self->r.text, "tag: sched/cfs_nosuch: no such hook in this kernel; it has cfs_select_rq, ",
			     74));
	EXPECT_EQ(self->r.text + strlen(self->r.text) - 1, strchr(self->r.text, '\n'));
}

TEST_F_TIMEOUT(policy, must_fail_when_refused_and_show_the_verifier_s_log, GUARD)
{
	run(&self->r, "tag policy load " OBJECTS "/refused.bpf.o");
	EXPECT_EQ(1, self->r.status);
	EXPECT_NE(NULL, strstr(self->r.text, "BEGIN PROG LOAD LOG"));
	EXPECT_NE(NULL, strstr(self->r.text, "tag: policy 'refused': the kernel refused it"));
	EXPECT_NE(0, access(TAGSCHED_PIN_DIR "/refused", F_OK));
}

TEST_F_TIMEOUT(policy, must_fail_to_pin_outside_bpffs_and_attach_nothing, GUARD)
{
	run(&self->r, "tag policy load --pin-dir=/tmp/pins " QUIET);
	EXPECT_EQ(1, self->r.status);
	EXPECT_NE(NULL, strstr(self->r.text, "not in a BPF file system"));
	EXPECT_NE(0, access("/tmp/pins", F_OK));
	EXPECT_TRUE(none_left(&self->r));
}

TEST_F_TIMEOUT(policy, must_fail_without_capabilities_and_name_them, GUARD)
{
	run(&self->r, "setpriv --inh-caps -sys_nice --bounding-set -sys_nice '%s' policy load " QUIET,
	    TAG);
	EXPECT_EQ(1, self->r.status);
	EXPECT_NE(NULL, strstr(self->r.text, "CAP_SYS_NICE"));
	run(&self->r, "setpriv --reuid 65534 --clear-groups '%s' policy ls", TAG);
	EXPECT_EQ(1, self->r.status);
	EXPECT_NE(NULL, strstr(self->r.text, "CAP_SYS_ADMIN"));
}

TEST_HARNESS_MAIN
