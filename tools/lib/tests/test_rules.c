// SPDX-License-Identifier: GPL-2.0-only
/* Rules that give tags to processes: what is in a file, whom it matches, what is written. */
#include <kselftest_harness.h>

#include "../rules_internal.h"
#include "fake.h"

#define FILE_NAME	"/etc/rules.conf"

FIXTURE(rules) {
	struct fake fake;
	struct tagsched_rules *rules;
};

/* What the function of a walk was shown. */
struct seen {
	int nr;
	struct tagsched_rules_entry e;	/* the last */
	int line;
	char comm[64];
	char error[512];
};

static int see(const struct tagsched_rules_entry *e, void *arg)
{
	struct seen *seen = arg;

	seen->nr++;
	seen->e = *e;
	seen->line = e->rule ? e->rule->line : 0;
	snprintf(seen->comm, sizeof(seen->comm), "%s", e->comm);
	snprintf(seen->error, sizeof(seen->error), "%s", e->err ? tagsched_last_error() : "");
	return 0;
}

static int proc_file(const struct fake *fake, pid_t pid, const char *name, const char *text)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return fake_file(fake, path, text);
}

static void remove_file(const struct fake *fake, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s%s", fake->root, name);
	unlink(path);
}

/*
 * A process of the fake tree: user 1000 with effective user 1001, group 100 with
 * effective group 101, and the supplementary groups 7 and 70.
 */
static int make_process(const struct fake *fake, pid_t pid, const char *stat, const char *exe)
{
	char path[PATH_MAX], text[256];

	snprintf(text, sizeof(text), "%d %s 1 1 1 0 -1 4194560 95 0 0", pid, stat);
	if (proc_file(fake, pid, "stat", text) ||
	    proc_file(fake, pid, "status",
		      "Name:\tx\nUmask:\t0022\nUid:\t1000\t1001\t1000\t1000\n"
		      "Gid:\t100\t101\t100\t100\nFDSize:\t64\nGroups:\t7 70\040\nNStgid:\t9\n") ||
	    proc_file(fake, pid, "cgroup", "0::/system.slice/web.service\n") ||
	    proc_file(fake, pid, "cmdline", "server") || proc_file(fake, pid, "tag", "5\n"))
		return -1;
	snprintf(path, sizeof(path), "%s/proc/%d/exe", fake->root, pid);
	return symlink(exe, path);
}

static const char *tag_of(const struct fake *fake, pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/tag", pid);
	return fake_text(fake, path);
}

FIXTURE_SETUP(rules)
{
	ASSERT_EQ(0, fake_init(&self->fake));
	ASSERT_EQ(0, fake_file(&self->fake, "/proc/self/tag", "0\n"));
	ASSERT_EQ(0, make_process(&self->fake, 12, "(web server) S", "/usr/sbin/server"));
}

FIXTURE_TEARDOWN(rules)
{
	tagsched_rules__close(self->rules);
	fake_destroy(&self->fake);
}

/* The rules in @text, NULL if they are refused. */
static struct tagsched_rules *rules_of(const struct fake *fake, const char *text)
{
	if (fake_file(fake, FILE_NAME, text))
		return NULL;
	return tagsched_rules__open(FILE_NAME);
}

/* ---- the file ---- */

TEST_F(rules, reads_a_file)
{
	const struct tagsched_rule *rule;

	self->rules = rules_of(&self->fake,
			       "# rules\n\n \t\n"
			       "user=root tag=2\n"
			       "  tag=-0x10 cmdline='a b|c' # all day\r\n"
			       "exe=/bin/* comm=\"x y\" cgroup=/a tag=default\n"
			       "group=0 tag=keep");
	ASSERT_NE(NULL, self->rules) {
		TH_LOG("%s", tagsched_last_error());
	}
	ASSERT_EQ(4, tagsched_rules__count(self->rules));
	rule = tagsched_rules__at(self->rules, 0);
	EXPECT_EQ(4, rule->line);
	EXPECT_STREQ("user=root tag=2", rule->text);
	EXPECT_EQ(TAGSCHED_RULE_SET, rule->action);
	EXPECT_EQ(2, rule->tag);
	rule = tagsched_rules__at(self->rules, 1);
	EXPECT_EQ(5, rule->line);
	EXPECT_EQ(-16, rule->tag);
	EXPECT_STREQ("tag=-0x10 cmdline='a b|c' # all day", rule->text);
	EXPECT_EQ(TAGSCHED_RULE_CLEAR, tagsched_rules__at(self->rules, 2)->action);
	EXPECT_EQ(TAGSCHED_RULE_KEEP, tagsched_rules__at(self->rules, 3)->action);
	EXPECT_EQ(7, tagsched_rules__at(self->rules, 3)->line);
	EXPECT_EQ(NULL, tagsched_rules__at(self->rules, 4));
}

TEST_F(rules, file_without_rules_is_one)
{
	self->rules = rules_of(&self->fake, "# nothing yet\n");
	ASSERT_NE(NULL, self->rules);
	EXPECT_EQ(0, tagsched_rules__count(self->rules));
}

/* Each as the second line of a file whose first is in order. */
static const struct {
	const char *line;
	const char *says;
} bad[] = {
	{ "tag", "'tag': not KEY=VALUE" },
	{ "root tag=2", "'root': not KEY=VALUE" },
	{ "=root tag=2", "'=root': not KEY=VALUE" },
	{ "user = root tag=2", "'user': not KEY=VALUE" },
	{ "user= tag=2", "user= without a value" },
	{ "user='' tag=2", "user= without a value" },
	{ "user=root", "no tag; add tag=VALUE" },
	{ "tag=2", "whom is it about? add user=" },
	{ "user=root tag=2 tag=2", "tag= twice" },
	{ "user=root user=bin tag=2", "user= twice; a rule is about all that it says" },
	{ "exe=/a tag=2 exe=/b", "exe= twice" },
	{ "cmdline=a cmdline=b tag=1", "cmdline= twice" },
	{ "User=root tag=2", "'User': no such key; there are user, group," },
	{ "pid=1 tag=2", "'pid': no such key" },
	{ "user==root tag=2", "user '=root': no such user" },
	{ "user=no-such-user-of-mine tag=2", "user 'no-such-user-of-mine': no such user; 'getent passwd'" },
	{ "user=-1 tag=2", "user '-1': no such user" },
	{ "user=4294967295 tag=2", "user '4294967295': no such user" },
	{ "user=99999999999999999999 tag=2", "no such user" },
	{ "user=0x0 tag=2", "user '0x0': no such user" },
	{ "group=no-such-group-of-mine tag=2", "group 'no-such-group-of-mine': no such group; 'getent group'" },
	{ "group=1x tag=2", "group '1x': no such group" },
	{ "exe=sshd tag=2", "'sshd' fits no path, as they begin with '/'; give '*/sshd'" },
	{ "cgroup=online tag=2", "'online' fits no path" },
	{ "comm=0123456789abcdef tag=2", "the kernel keeps 15 characters; give '0123456789abcde'" },
	{ "cmdline='(' tag=2", "'(': not an extended regular expression: " },
	{ "cmdline=[ tag=2", "'[': not an extended regular expression: " },
	{ "cmdline='a{2,1}' tag=2", "not an extended regular expression: " },
	{ "cmdline='abc tag=2", "a ' that is not closed" },
	{ "cmdline=\"abc' tag=2", "a \" that is not closed" },
	{ "user=root tag=", "tag= without a value" },
	{ "user=root tag=x", "'x': not a tag" },
	{ "user=root tag=2x", "'2x': not a tag; give an integer, such as 2, -1 or 0x10; or 'default' or 'keep'" },
	{ "user=root tag=9223372036854775808", "9223372036854775808: out of range" },
	{ "user=root tag=-9223372036854775809", "out of range" },
	{ "user=root tag=Default", "'Default': not a tag" },
	{ "user=root tag=2, exe=/a", "'2,': not a tag" },
};

TEST_F(rules, must_refuse_and_name_the_line)
{
	char text[256];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "user=0 tag=1\n%s\nuser=0 tag=1\n", bad[i].line);
		errno = 0;
		EXPECT_EQ(NULL, rules_of(&self->fake, text)) {
			TH_LOG("%s", bad[i].line);
		}
		EXPECT_EQ(EINVAL, errno);
		EXPECT_EQ(0, strncmp(tagsched_last_error(), FILE_NAME ":2: ",
				     strlen(FILE_NAME ":2: "))) {
			TH_LOG("%s", tagsched_last_error());
		}
		EXPECT_NE(NULL, strstr(tagsched_last_error(), bad[i].says)) {
			TH_LOG("%s: %s", bad[i].line, tagsched_last_error());
		}
		EXPECT_EQ(NULL, strchr(tagsched_last_error(), '\n'));
	}
}

TEST_F(rules, must_refuse_what_is_no_text_and_no_file)
{
	char path[PATH_MAX];
	FILE *f;

	ASSERT_EQ(0, fake_file(&self->fake, FILE_NAME, "user=0 tag=1\n"));
	snprintf(path, sizeof(path), "%s" FILE_NAME, self->fake.root);
	f = fopen(path, "a");
	ASSERT_NE(NULL, f);
	fwrite("user=0\0tag=1\n", 1, 13, f);
	fclose(f);
	EXPECT_EQ(NULL, tagsched_rules__open(FILE_NAME));
	EXPECT_STREQ(FILE_NAME ":2: a NUL byte; rules are text, so is this the right file?",
		     tagsched_last_error());
	EXPECT_EQ(NULL, tagsched_rules__open("/etc/none"));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_STREQ("/etc/none: cannot open: No such file or directory; give a file of rules",
		     tagsched_last_error());
	EXPECT_EQ(NULL, tagsched_rules__open("/etc"));
	EXPECT_EQ(EISDIR, errno);
	EXPECT_STREQ("/etc: cannot read: Is a directory", tagsched_last_error());
}

/* ---- whom it matches ---- */

static const struct {
	const char *rule;
	bool matches;
} cases[] = {
	/* effective ones count */
	{ "user=1001", true },
	{ "user=1000", false },
	{ "user=root", false },
	{ "group=101", true },
	{ "group=100", false },
	{ "group=7", true },
	{ "group=70", true },
	{ "group=0", false },
	/* the number in the line after that of the groups */
	{ "group=9", false },
	{ "comm='web server'", true },
	{ "comm=web*", true },
	{ "comm=web", false },
	{ "comm=Web*", false },
	{ "exe=/usr/sbin/server", true },
	{ "exe=*/server", true },
	{ "exe=/usr/*", true },
	{ "exe=/usr/?bin/serve[a-r]", true },
	{ "exe=/usr/bin/*", false },
	{ "exe=/usr/sbin/serve", false },
	{ "exe=*server-*", false },
	{ "cgroup=/system.slice/web.service", true },
	{ "cgroup=/system.slice/*", true },
	{ "cgroup=*", true },
	{ "cgroup=*.service", true },
	{ "cgroup=/system.slice", false },
	{ "cgroup=/", false },
	{ "cmdline=server", true },
	{ "cmdline=^server$", true },
	{ "cmdline='s(e|x)+rver'", true },
	{ "cmdline=Server", false },
	{ "cmdline='^$'", false },
	/* all of it */
	{ "user=1001 group=7 cgroup=/sys* exe=*/server comm=web* cmdline=er", true },
	{ "user=1001 group=8 cgroup=/sys* exe=*/server comm=web* cmdline=er", false },
	{ "user=1001 group=7 cgroup=/sys* exe=*/other comm=web* cmdline=er", false },
	{ "user=1001 cmdline=x", false },
};

TEST_F(rules, match)
{
	TAGSCHED_OPTS(tagsched_rules_opts, opts, .dry_run = true);
	char text[256];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tagsched_rules *rules;
		struct seen seen = { 0 };

		snprintf(text, sizeof(text), "%s tag=2\n", cases[i].rule);
		rules = rules_of(&self->fake, text);
		ASSERT_NE(NULL, rules) {
			TH_LOG("%s", tagsched_last_error());
		}
		EXPECT_EQ(0, tagsched_rules__apply_to(rules, 12, &opts, see, &seen));
		EXPECT_EQ(cases[i].matches, seen.nr) {
			TH_LOG("%s", cases[i].rule);
		}
		tagsched_rules__close(rules);
	}
	EXPECT_STREQ("5\n", tag_of(&self->fake, 12));
}

TEST_F(rules, first_match_counts)
{
	struct seen seen = { 0 };

	self->rules = rules_of(&self->fake,
			       "exe=/bin/* tag=1\nexe=/usr/* tag=2\ncgroup=* tag=3\n");
	ASSERT_NE(NULL, self->rules);
	EXPECT_EQ(0, tagsched_rules__apply(self->rules, NULL, see, &seen));
	EXPECT_EQ(1, seen.nr);
	EXPECT_EQ(2, seen.line);
	EXPECT_STREQ("2\n", tag_of(&self->fake, 12));
}

TEST_F(rules, arguments_are_joined_by_spaces)
{
	struct seen seen = { 0 };
	char path[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "%s/proc/12/cmdline", self->fake.root);
	f = fopen(path, "w");
	ASSERT_NE(NULL, f);
	fwrite("python3\0train.py\0--fast\0\0", 1, 25, f);
	fclose(f);
	self->rules = rules_of(&self->fake, "cmdline='^python3 (.*/)?train\\.py --fast$' tag=2\n");
	ASSERT_NE(NULL, self->rules);
	EXPECT_EQ(0, tagsched_rules__apply(self->rules, NULL, see, &seen));
	EXPECT_EQ(1, seen.nr);
}

TEST_F(rules, program_that_was_upgraded_is_the_same)
{
	struct seen seen = { 0 };

	ASSERT_EQ(0, make_process(&self->fake, 13, "(old) S", "/usr/bin/old (deleted)"));
	self->rules = rules_of(&self->fake, "exe=/usr/bin/old tag=2\n");
	ASSERT_NE(NULL, self->rules);
	EXPECT_EQ(0, tagsched_rules__apply(self->rules, NULL, see, &seen));
	EXPECT_EQ(1, seen.nr);
	EXPECT_EQ(13, seen.e.pid);
}

/* ---- what is written ---- */

TEST_F(rules, writes_what_differs)
{
	struct seen seen = { 0 };

	self->rules = rules_of(&self->fake, "user=1001 tag=-7\n");
	ASSERT_NE(NULL, self->rules);
	EXPECT_EQ(0, tagsched_rules__apply(self->rules, NULL, see, &seen));
	EXPECT_TRUE(seen.e.changed);
	EXPECT_TRUE(seen.e.tagged);
	EXPECT_EQ(5, seen.e.old_tag);
	EXPECT_EQ(-7, seen.e.tag);
	EXPECT_STREQ("web server", seen.comm);
	EXPECT_STREQ("-7\n", tag_of(&self->fake, 12));
	EXPECT_EQ(0, tagsched_rules__apply(self->rules, NULL, see, &seen));
	EXPECT_EQ(2, seen.nr);
	EXPECT_FALSE(seen.e.changed);
	EXPECT_EQ(-7, seen.e.tag);
}

TEST_F(rules, clears_and_keeps)
{
	struct seen seen = { 0 };

	self->rules = rules_of(&self->fake, "user=1001 tag=keep\ncgroup=* tag=2\n");
	ASSERT_NE(NULL, self->rules);
	EXPECT_EQ(0, tagsched_rules__apply(self->rules, NULL, see, &seen));
	EXPECT_EQ(1, seen.line);
	EXPECT_FALSE(seen.e.changed);
	EXPECT_STREQ("5\n", tag_of(&self->fake, 12));
	tagsched_rules__close(self->rules);

	self->rules = rules_of(&self->fake, "user=1001 tag=default\n");
	ASSERT_NE(NULL, self->rules);
	tagsched_rules__apply(self->rules, NULL, see, &seen);
	EXPECT_STREQ("default\n", tag_of(&self->fake, 12));
}

TEST_F(rules, dry_run_says_what_would_be)
{
	TAGSCHED_OPTS(tagsched_rules_opts, opts, .dry_run = true);
	struct seen seen = { 0 };

	self->rules = rules_of(&self->fake, "user=1001 tag=2\n");
	ASSERT_NE(NULL, self->rules);
	EXPECT_EQ(0, tagsched_rules__apply(self->rules, &opts, see, &seen));
	EXPECT_TRUE(seen.e.changed);
	EXPECT_EQ(5, seen.e.old_tag);
	EXPECT_EQ(2, seen.e.tag);
	EXPECT_STREQ("5\n", tag_of(&self->fake, 12));
	/* a kernel without tags */
	remove_file(&self->fake, "/proc/12/tag");
	EXPECT_EQ(0, tagsched_rules__apply(self->rules, &opts, see, &seen));
	EXPECT_EQ(2, seen.nr);
	EXPECT_FALSE(seen.e.tagged);
}

TEST_F(rules, leaves_kernel_threads_zombies_and_the_caller_alone)
{
	struct seen seen = { 0 };

	ASSERT_EQ(0, make_process(&self->fake, 2, "(k) S 0 0 0 0 -1 2129984 0 ", "/none"));
	ASSERT_EQ(0, make_process(&self->fake, 3, "(z) Z", "/none"));
	ASSERT_EQ(0, make_process(&self->fake, getpid(), "(me) R", "/none"));
	/* a name to take a parser in */
	ASSERT_EQ(0, make_process(&self->fake, 4, "(x) Z 1) S", "/none"));
	self->rules = rules_of(&self->fake, "cgroup=* tag=2\n");
	ASSERT_NE(NULL, self->rules);
	EXPECT_EQ(0, tagsched_rules__apply(self->rules, NULL, see, &seen));
	EXPECT_EQ(2, seen.nr);
	EXPECT_STREQ("5\n", tag_of(&self->fake, 2));
	EXPECT_STREQ("5\n", tag_of(&self->fake, 3));
	EXPECT_STREQ("5\n", tag_of(&self->fake, getpid()));
	EXPECT_STREQ("2\n", tag_of(&self->fake, 4));
	EXPECT_STREQ("2\n", tag_of(&self->fake, 12));
}

TEST_F(rules, who_is_gone_is_no_error)
{
	struct seen seen = { 0 };

	self->rules = rules_of(&self->fake, "cgroup=* tag=2\n");
	ASSERT_NE(NULL, self->rules);
	EXPECT_EQ(0, tagsched_rules__apply_to(self->rules, 99, NULL, see, &seen));
	/* in the middle of it: there is a directory, and nothing in it */
	ASSERT_EQ(0, fake_dir(&self->fake, "/proc/13"));
	EXPECT_EQ(0, tagsched_rules__apply_to(self->rules, 13, NULL, see, &seen));
	ASSERT_EQ(0, fake_file(&self->fake, "/proc/14/stat", "14 (x) S 1 1 1 0 -1 0 0"));
	EXPECT_EQ(0, tagsched_rules__apply_to(self->rules, 14, NULL, see, &seen));
	ASSERT_EQ(0, fake_file(&self->fake, "/proc/14/cgroup", "0::/\n"));
	EXPECT_EQ(0, tagsched_rules__apply_to(self->rules, 14, NULL, see, &seen));
	EXPECT_EQ(0, seen.nr);
}

TEST_F(rules, must_say_whom_it_could_not_look_at)
{
	struct seen seen = { 0 };

	ASSERT_EQ(0, fake_file(&self->fake, "/proc/12/status", "junk\n"));
	self->rules = rules_of(&self->fake, "user=1 tag=2\ncgroup=* tag=3\n");
	ASSERT_NE(NULL, self->rules);
	EXPECT_EQ(0, tagsched_rules__apply(self->rules, NULL, see, &seen));
	/* the second rule is not the first that matches, for all we know */
	EXPECT_EQ(-EBADMSG, seen.e.err);
	EXPECT_EQ(NULL, seen.e.rule);
	EXPECT_NE(NULL, strstr(seen.error, "12 (web server): cannot see what it is"));
	EXPECT_STREQ("5\n", tag_of(&self->fake, 12));
}

TEST_F(rules, must_fail_on_a_kernel_without_tags)
{
	struct seen seen = { 0 };

	remove_file(&self->fake, "/proc/self/tag");
	self->rules = rules_of(&self->fake, "cgroup=* tag=2\n");
	ASSERT_NE(NULL, self->rules);
	EXPECT_EQ(-ENOTSUP, tagsched_rules__apply(self->rules, NULL, see, &seen));
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "CONFIG_SCHED_TAG"));
	EXPECT_EQ(0, seen.nr);
}

TEST_F(rules, walk_ends_when_it_is_told)
{
	TAGSCHED_OPTS(tagsched_rules_opts, bad_opts, .dry_run = true);
	struct seen seen = { 0 };

	self->rules = rules_of(&self->fake, "cgroup=* tag=2\n");
	ASSERT_NE(NULL, self->rules);
	bad_opts.sz = 1;
	EXPECT_EQ(-EINVAL, tagsched_rules__apply(self->rules, &bad_opts, see, &seen));
	EXPECT_EQ(0, seen.nr);
	tagsched_rules__close(NULL);
}

TEST_HARNESS_MAIN
