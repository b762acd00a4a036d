// SPDX-License-Identifier: GPL-2.0-only
/* tag policy load, ls, show, stats and unload. */
#include <cjson/cJSON.h>
#include <kselftest_harness.h>
#include <tagsched.h>

#include "policies.h"

FIXTURE(policy) {
	struct result r;
};

FIXTURE_SETUP(policy)
{
	ASSERT_TRUE(no_policies(&self->r)) {
		TH_LOG("%s", self->r.text);
	}
}

FIXTURE_TEARDOWN(policy)
{
	no_policies(&self->r);
}

static double number(const cJSON *item, const char *name)
{
	return cJSON_GetNumberValue(cJSON_GetObjectItem(item, name));
}

static const char *string(const cJSON *item, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItem(item, name)) ?: "(none)";
}

TEST_F_TIMEOUT(policy, loads_a_program_at_each_hook_and_unloads_them, GUARD)
{
	char line[128];
	size_t i;

	RUN_OK("tag -v policy load " QUIET);
	for (i = 0; i < tagsched_hook__count(); i++) {
		snprintf(line, sizeof(line), "quiet: attached to %s, link ",
			 tagsched_hook__at(i)->name);
		EXPECT_SAYS(line);
	}
	RUN_OK("ls " TAGSCHED_PIN_DIR "/quiet");
	EXPECT_STREQ("policy\n", self->r.text);
	RUN_OK("tag policy ls | tail -n +2 | awk '{ print $1, $2, $3, $6, $NF }'");
	snprintf(line, sizeof(line), "quiet all %zu 0 active\n", tagsched_hook__count());
	EXPECT_STREQ(line, self->r.text);
	RUN_OK("tag -v policy unload quiet");
	snprintf(line, sizeof(line), "quiet: %zu programs unloaded\n", tagsched_hook__count());
	EXPECT_STREQ(line, self->r.text);
	EXPECT_NE(0, access(TAGSCHED_PIN_DIR "/quiet", F_OK));
	EXPECT_TRUE(no_policies(&self->r));
	RUN_FAILS("no policy 'quiet' is loaded", "tag policy unload quiet");
}

TEST_F_TIMEOUT(policy, json_has_scope_and_counters, GUARD)
{
	int scoped = 0, unscoped = 0;
	cJSON *root, *item;

	RUN_OK("tag policy load " QUIET " && tag policy load --name=other --tag=-9223372036854775808 --priority=-5 "
	       QUIET " && sleep 0.5 && tag -j policy ls");
	EXPECT_SAYS("-9223372036854775808");
	root = cJSON_Parse(self->r.text);
	ASSERT_NE(NULL, root);
	cJSON_ArrayForEach(item, cJSON_GetObjectItem(root, "policies")) {
		const char *name = string(item, "policy");

		EXPECT_EQ((int)tagsched_hook__count(),
			  cJSON_GetArraySize(cJSON_GetObjectItem(item, "hooks")));
		EXPECT_EQ(0, number(item, "decided"));
		EXPECT_EQ(0, number(item, "refused"));
		EXPECT_STREQ("active", string(item, "state"));
		EXPECT_TRUE(cJSON_IsNull(cJSON_GetObjectItem(item, "exit")));
		EXPECT_LT(0, number(item, "generation"));
		if (cJSON_IsNull(cJSON_GetObjectItem(item, "tag"))) {
			unscoped++;
			EXPECT_STREQ("quiet", name);
			EXPECT_STREQ(TAGSCHED_PIN_DIR "/quiet/policy", string(item, "pin"));
			EXPECT_EQ(0, number(item, "priority"));
			EXPECT_LT(0, number(item, "calls"));
		} else {
			scoped++;
			EXPECT_STREQ("other", name);
			EXPECT_EQ(-5, number(item, "priority"));
			/* nobody has that tag */
			EXPECT_EQ(0, number(item, "calls"));
		}
	}
	EXPECT_EQ(1, scoped);
	EXPECT_EQ(1, unscoped);
	cJSON_Delete(root);
}

TEST_F_TIMEOUT(policy, show_says_all_of_it, GUARD)
{
	cJSON *root, *program;

	RUN_OK("tag policy load --tag=7 --priority=3 --name=near " STAY
	       " && tag run 7 -- sh -c 'for i in 1 2 3 4 5; do sleep 0.01; done' && tag policy show near");
	EXPECT_LINE("policy", "near");
	EXPECT_LINE("state", "active");
	EXPECT_LINE("tag", "7");
	EXPECT_LINE("priority", "3");
	EXPECT_LINE("pin", TAGSCHED_PIN_DIR "/near/policy");
	EXPECT_SAYS("cfs_select_rq               stay     ");
	EXPECT_EQ(NULL, strstr(self->r.text, "TUNABLE"));
	RUN_OK("tag -j policy show near");
	root = cJSON_Parse(self->r.text);
	ASSERT_NE(NULL, root);
	EXPECT_STREQ("near", string(root, "policy"));
	EXPECT_EQ(7, number(root, "tag"));
	program = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "programs"), 0);
	EXPECT_STREQ("stay", string(program, "program"));
	EXPECT_STREQ("cfs_select_rq", string(program, "hook"));
	EXPECT_LT(4, number(program, "calls"));
	EXPECT_LT(4, number(program, "decided"));
	EXPECT_LT(0, number(program, "prog_id"));
	EXPECT_EQ(number(root, "decided"), number(program, "decided"));
	EXPECT_TRUE(cJSON_IsArray(cJSON_GetObjectItem(root, "tunables")));
	cJSON_Delete(root);
	RUN_FAILS("no policy 'far' is loaded; tag policy ls shows those that are",
		  "tag policy show far");
}

TEST_F_TIMEOUT(policy, stats_once_and_as_rates, GUARD)
{
	cJSON *root, *item;

	RUN_OK("tag policy load --tag=7 --name=near " STAY " && tag policy load --name=all --tag=8 " QUIET);
	RUN_OK("tag policy stats | awk '$1 == \"near\"' | wc -l");
	EXPECT_STREQ("1\n", self->r.text);
	RUN_OK("tag policy stats all | tail -n +2 | wc -l");
	EXPECT_EQ((int)tagsched_hook__count(), atoi(self->r.text));
	RUN_OK("'%s' run 7 -- sh -c 'while sleep 0.01; do :; done' & pid=$!; tag policy stats --watch=0.5 --count=2 near; kill $pid",
	       TAG);
	EXPECT_SAYS("DECIDED/S");
	/* Twice a head and a line, with an empty line between. */
	RUN_OK("tag policy stats --watch=0.1 --count=2 near | wc -l");
	EXPECT_STREQ("5\n", self->r.text);
	RUN_OK("'%s' run 7 -- sh -c 'while sleep 0.01; do :; done' & pid=$!; tag -j policy stats --watch=1 --count=1 near; kill $pid",
	       TAG);
	root = cJSON_Parse(self->r.text);
	ASSERT_NE(NULL, root) {
		TH_LOG("%s", self->r.text);
	}
	item = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "programs"), 0);
	EXPECT_LT(1, number(item, "calls_per_s"));
	EXPECT_LT(1, number(item, "decided_per_s"));
	EXPECT_EQ(0, number(item, "refused_per_s"));
	cJSON_Delete(root);
}

TEST_F_TIMEOUT(policy, must_fail_for_the_same_hook_and_tag_and_name_the_holder, GUARD)
{
	RUN_OK("tag policy load --name=first --tag=5 " STAY);
	RUN_FAILS("policy 'second': policy 'first' (link ",
		  "tag policy load --name=second --tag=5 " STAY);
	EXPECT_SAYS(") answers cfs_select_rq for tag 5; unload or swap that, or give another priority than 0\n");
	RUN_FAILS("policy 'first' (link ", "tag policy load --name=second " QUIET);
	RUN_FAILS("with the same priority 0",
		  "tag policy load --name=second --priority=0 --tag=5 " STAY);
	EXPECT_NE(0, access(TAGSCHED_PIN_DIR "/second", F_OK));
	/* another tag, another hook, another priority */
	RUN_OK("tag policy load --name=second --tag=6 " STAY);
	RUN_OK("tag policy load --name=third --tag=5 " STARVE);
	RUN_OK("tag policy load --name=fourth --tag=5 --priority=1 " STAY);
	/* and who is for all tags is in the way of each */
	RUN_OK("tag policy unload first; tag policy unload second; tag policy unload fourth; tag policy load --name=all "
	       STAY);
	RUN_FAILS("policy 'all' (link ", "tag policy load --name=fifth --tag=9 " STAY);
	EXPECT_SAYS("answers cfs_select_rq for all tags, 9 too;");
}

TEST_F_TIMEOUT(policy, higher_priority_is_asked_first, GUARD)
{
	RUN_OK("tag policy load --name=low --tag=5 " STAY
	       " && tag policy load --name=high --priority=1 --tag=5 " STAY
	       " && tag run 5 -- sh -c 'for i in 1 2 3 4 5; do sleep 0.01; done'"
	       " && tag policy ls | awk '$1 == \"low\" || $1 == \"high\" { print $1, ($7 > 0) }' | sort");
	EXPECT_STREQ("high 1\nlow 0\n", self->r.text);
}

TEST_F_TIMEOUT(policy, object_says_its_name_and_tag_unless_the_command_does, GUARD)
{
	RUN_OK("tag policy load " TUNED " && tag policy ls | awk 'NR == 2 { print $1, $2 }'");
	EXPECT_STREQ("in-tune 61\n", self->r.text);
	RUN_OK("tag policy unload in-tune");
	RUN_OK("tag policy load --name=mine --tag=62 " TUNED " && tag policy ls | awk '$1 == \"mine\" { print $2 }'");
	EXPECT_STREQ("62\n", self->r.text);
	RUN_OK("tag policy unload mine");
	RUN_OK("tag policy load --tag=all " TUNED " && tag policy ls | awk '$1 == \"in-tune\" && $NF == \"active\" { print $2 }'");
	EXPECT_STREQ("all\n", self->r.text);
}

TEST_F_TIMEOUT(policy, unload_detaches_what_a_process_holds, GUARD)
{
	struct tagsched_link_info info = { .sz = sizeof(info) };
	int fd;

	RUN_OK("tag policy load --name=held --tag=5 " STAY);
	fd = tagsched_policy__open_link(NULL, "held");
	ASSERT_LE(0, fd);
	RUN_OK("tag policy unload held");
	EXPECT_EQ(0, tagsched_link__info(fd, &info));
	EXPECT_EQ(TAGSCHED_EXIT_DETACHED, info.exit.reason);
	/* so that there is room for another */
	RUN_OK("tag policy load --name=held --tag=5 " STAY);
	close(fd);
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
	RUN_OK("tag policy load " QUIET);
	run(&self->r, "tag policy load " QUIET);
	EXPECT_EQ(1, self->r.status);
	EXPECT_STREQ("tag: " TAGSCHED_PIN_DIR "/quiet: a policy of this name is loaded; unload or swap it, or give another name\n",
		     self->r.text);
	run(&self->r, "tag policy ls | wc -l");
	EXPECT_STREQ("2\n", self->r.text);
}

TEST_F_TIMEOUT(policy, must_fail_for_two_programs_of_one_hook, GUARD)
{
	run(&self->r, "tag policy load " OBJECTS "/twice.bpf.o");
	EXPECT_EQ(1, self->r.status);
	EXPECT_SAYS("tag: policy 'twice': 'first' and 'second' are both of section sched/cfs_select_rq; a policy has one program a hook\n");
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
	EXPECT_TRUE(no_policies(&self->r));
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
	RUN_OK("tag policy load --name=other " QUIET);
	RUN_FAILS("run it as root",
		  "setpriv --reuid 65534 --clear-groups '%s' policy show other", TAG);
	RUN_FAILS("run it as root",
		  "setpriv --reuid 65534 --clear-groups '%s' policy unload other", TAG);
}

TEST_HARNESS_MAIN
