// SPDX-License-Identifier: GPL-2.0-only
/* Tunables of a policy that runs: tag policy set and show, and the library's functions. */
#include <cjson/cJSON.h>
#include <kselftest_harness.h>
#include <tagsched.h>

#include "policies.h"

#define TAG_OF_OBJECT	"61"

FIXTURE(tunables) {
	struct result r;
};

FIXTURE_SETUP(tunables)
{
	ASSERT_TRUE(no_policies(&self->r));
	RUN_OK("tag policy load " TUNED);
}

FIXTURE_TEARDOWN(tunables)
{
	no_policies(&self->r);
}

static const char *value(const char *name)
{
	static char buf[64];

	if (tagsched_policy__get(NULL, "in-tune", name, buf, sizeof(buf)))
		return tagsched_last_error();
	return buf;
}

TEST_F_TIMEOUT(tunables, begin_as_in_the_file, GUARD)
{
	EXPECT_STREQ("TUNED_OFF", value("mode"));
	EXPECT_STREQ("1", value("target_cpu"));
	EXPECT_STREQ("200", value("small"));
	EXPECT_STREQ("-5000000000", value("large"));
	EXPECT_STREQ("false", value("flag"));
	EXPECT_STREQ("", value("list"));
	RUN_OK("tag policy show in-tune | sed -n '/^TUNABLE/,$p' | awk '{ print $1, $(NF - 1), $NF }' | sort");
	EXPECT_STREQ("TUNABLE TYPE VALUE\nflag bool false\nlarge s64 -5000000000\nlist other -\n"
		     "mode tuned_mode TUNED_OFF\nsmall u8 200\ntarget_cpu s32 1\n", self->r.text);
}

/* How often the policy has decided. */
static __u64 decided(void)
{
	struct tagsched_link_info info = { .sz = sizeof(info) };
	int fd = tagsched_policy__open_link(NULL, "in-tune");

	if (fd < 0 || tagsched_link__info(fd, &info))
		info.decided = 0;
	close(fd);
	return info.decided;
}

TEST_F_TIMEOUT(tunables, set_changes_what_the_running_policy_does, GUARD)
{
	__u64 before;
	int cpu;

	RUN_OK("tag run " TAG_OF_OBJECT " -- sh -c 'sleep 0.01; sleep 0.01'");
	EXPECT_EQ(0, decided());
	for (cpu = 1; cpu <= 3; cpu += 2) {
		char text[32];

		before = decided();
		RUN_OK("tag -v policy set in-tune target_cpu=%d mode=TUNED_CPU", cpu);
		snprintf(text, sizeof(text), "in-tune: target_cpu=%d\n", cpu);
		EXPECT_SAYS(text);
		EXPECT_SAYS("in-tune: mode=TUNED_CPU\n");
		/* the exec of cut is the last decision about it, and what it prints is its CPU */
		RUN_OK("tag run " TAG_OF_OBJECT " -- cut -d' ' -f39 /proc/self/stat");
		EXPECT_EQ(cpu, atoi(self->r.text));
		EXPECT_LT(before, decided());
	}
	RUN_OK("tag policy set in-tune mode=0");
	before = decided();
	RUN_OK("tag run " TAG_OF_OBJECT " -- sh -c 'sleep 0.01; sleep 0.01'");
	EXPECT_EQ(before, decided());
}

TEST_F_TIMEOUT(tunables, every_kind_of_value, GUARD)
{
	cJSON *root, *item;
	int seen = 0;

	RUN_OK("tag policy set in-tune small=0xff large=9223372036854775807 flag=true target_cpu=-1 mode=TUNED_PREV");
	EXPECT_STREQ("", self->r.text);
	EXPECT_STREQ("255", value("small"));
	EXPECT_STREQ("9223372036854775807", value("large"));
	EXPECT_STREQ("true", value("flag"));
	EXPECT_STREQ("-1", value("target_cpu"));
	EXPECT_STREQ("TUNED_PREV", value("mode"));
	RUN_OK("tag -j policy show in-tune");
	EXPECT_SAYS("9223372036854775807");
	root = cJSON_Parse(self->r.text);
	ASSERT_NE(NULL, root);
	cJSON_ArrayForEach(item, cJSON_GetObjectItem(root, "tunables")) {
		const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(item, "name"));
		cJSON *v = cJSON_GetObjectItem(item, "value");

		seen++;
		if (!strcmp(name, "flag"))
			EXPECT_TRUE(cJSON_IsTrue(v));
		if (!strcmp(name, "mode"))
			EXPECT_STREQ("TUNED_PREV", cJSON_GetStringValue(v));
		if (!strcmp(name, "target_cpu"))
			EXPECT_EQ(-1, cJSON_GetNumberValue(v));
		if (!strcmp(name, "list"))
			EXPECT_TRUE(cJSON_IsNull(v));
	}
	EXPECT_EQ(6, seen);
	cJSON_Delete(root);
	RUN_OK("tag -j policy set in-tune small=3");
	root = cJSON_Parse(self->r.text);
	ASSERT_NE(NULL, root);
	item = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "tunables"), 0);
	EXPECT_STREQ("small", cJSON_GetStringValue(cJSON_GetObjectItem(item, "name")));
	EXPECT_EQ(3, cJSON_GetNumberValue(cJSON_GetObjectItem(item, "value")));
	cJSON_Delete(root);
}

TEST_F_TIMEOUT(tunables, must_fail_for_what_does_not_fit_and_change_nothing, GUARD)
{
	RUN_FAILS("policy 'in-tune': small: 256 does not fit it; give 0 to 255",
		  "tag policy set in-tune flag=true small=256");
	RUN_FAILS("policy 'in-tune': small: -1 does not fit it", "tag policy set in-tune small=-1");
	RUN_FAILS("mode: 'TUNED' is not one of its values; give one of TUNED_OFF, TUNED_CPU, TUNED_PREV",
		  "tag policy set in-tune flag=true mode=TUNED");
	RUN_FAILS("flag: 'yes' is neither true nor false", "tag policy set in-tune flag=yes");
	RUN_FAILS("target_cpu: 'x' is not an integer", "tag policy set in-tune flag=true target_cpu=x");
	RUN_FAILS("target_cpu: '' is not an integer", "tag policy set in-tune target_cpu=");
	RUN_FAILS("list: neither an integer, a bool nor an enum",
		  "tag policy set in-tune flag=true list=1");
	RUN_FAILS("nosuch: the policy has no such tunable; it has ",
		  "tag policy set in-tune flag=true nosuch=1");
	RUN_FAILS("no policy 'nosuch' is loaded", "tag policy set nosuch flag=true");
	EXPECT_STREQ("false", value("flag"));
	EXPECT_STREQ("200", value("small"));
	EXPECT_EQ(-ENOENT, tagsched_policy__set(NULL, "in-tune", "nosuch", "1"));
	EXPECT_EQ(-ERANGE, tagsched_policy__set(NULL, "in-tune", "small", "256"));
	EXPECT_EQ(0, tagsched_policy__set(NULL, "in-tune", "small", "0"));
	EXPECT_STREQ("0", value("small"));
}

TEST_F_TIMEOUT(tunables, must_fail_without_privilege, GUARD)
{
	RUN_FAILS("run it as root",
		  "setpriv --reuid 65534 --clear-groups '%s' policy set in-tune small=1", TAG);
	EXPECT_STREQ("200", value("small"));
}

TEST_F_TIMEOUT(tunables, live_though_no_program_reads_them, GUARD)
{
	char buf[32] = "";

	RUN_OK("tag policy load " UNTOUCHED " && tag policy set untouched nobody_reads=6");
	EXPECT_EQ(0, tagsched_policy__get(NULL, "untouched", "nobody_reads", buf, sizeof(buf)));
	EXPECT_STREQ("6", buf);
	EXPECT_EQ(-ENAMETOOLONG, tagsched_policy__get(NULL, "untouched", "nobody_reads", buf, 1));
}

TEST_F_TIMEOUT(tunables, bash_completes_them, GUARD)
{
	RUN_OK("PATH=$(dirname '%s'):$PATH bash -c 'source " COMPLETION "; COMP_WORDS=(tag policy set in-tune ta); "
	       "COMP_CWORD=4; _tag 2>/dev/null; echo \"${COMPREPLY[@]}\"; COMP_WORDS=(tag policy show in); COMP_CWORD=3; "
	       "_tag 2>/dev/null; echo \"${COMPREPLY[@]}\"'", TAG);
	EXPECT_STREQ("target_cpu=\nin-tune\n", self->r.text);
}

TEST_F_TIMEOUT(tunables, of_a_policy_without_any, GUARD)
{
	RUN_OK("tag policy load --tag=5 " STAY);
	RUN_FAILS("x: the policy has no tunables; declare variables with TAGSCHED_TUNABLE",
		  "tag policy set stay x=1");
}

TEST_HARNESS_MAIN
