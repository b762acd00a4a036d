// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tag command as far as it goes on any kernel: what it refuses, with which
 * words and exit status; and on a kernel without tags, that it says so.
 */
#include <kselftest_harness.h>

#include "../internal.h"

struct result {
	int status;
	char text[8192];	/* stdout and stderr */
};

static void run(struct result *r, const char *args)
{
	char command[1024];
	size_t len;
	FILE *f;
	int ret;

	/* A group of braces: redirections of @args come first. */
	snprintf(command, sizeof(command), "{ '%s' %s; } 2>&1", TAG, args);
	f = popen(command, "r");
	len = f ? fread(r->text, 1, sizeof(r->text) - 1, f) : 0;
	r->text[len] = '\0';
	ret = f ? pclose(f) : -1;
	r->status = WIFEXITED(ret) ? WEXITSTATUS(ret) : -1;
}

static int lines(const char *text)
{
	int nr = 0;

	for (; *text; text++)
		nr += *text == '\n';
	return nr;
}

struct refusal {
	const char *args;
	const char *says;
	bool hint;	/* argp adds "Try ... --help", and wraps it */
};

/* All found before the kernel is asked. */
static const struct refusal refusals[] = {
	{ "", "which command?", true },
	{ "nosuch", "nosuch: no such command; tag --help", false },
	{ "policy", "which command?", true },
	{ "policy nosuch", "no such command; tag policy --help", false },
	{ "--nosuch", "unrecognized option", true },
	{ "get", "whose tag?", true },
	{ "get x", "'x': not a process id", true },
	{ "get 0", "'0': not a process id", true },
	{ "get -p -1", "'-1': not a process id", true },
	{ "get 12x", "'12x': not a process id", true },
	{ "get 99999999999", "not a process id", true },
	{ "get -t x", "'x': not a thread id", true },
	{ "set", "which tag?", true },
	{ "set 2", "whose tag?", true },
	{ "set x 1", "'x': not a tag", false },
	{ "set '' 1", "'': not a tag", false },
	{ "set 2x 1", "'2x': not a tag", false },
	{ "set 9223372036854775808 1", "out of range", false },
	{ "set -9223372036854775809 1", "out of range", false },
	{ "set -1", "whose tag?", true },
	{ "clear", "whose tag?", true },
	{ "run", "which tag?", true },
	{ "run 2", "which command?", true },
	{ "run 2 --", "which command?", true },
	{ "run x -- true", "'x': not a tag", false },
	{ "ls extra", "takes no operand", true },
	{ "ls --tag=x", "'x': not a tag", true },
	{ "policy load", "which file?", true },
	{ "policy load a b", "one file at a time", true },
	{ "policy load /nonexistent.bpf.o", "/nonexistent.bpf.o: cannot open", false },
	{ "policy load --name=a.b " POLICY, "'a.b': not a name", false },
	{ "policy load --name=x /dev/null", "/dev/null: not a BPF object file", false },
	{ "policy load " OTHER, "no program of a section sched/HOOK", false },
	{ "policy unload", "which policy?", true },
	{ "policy unload ../x", "'../x': not a name", false },
	{ "policy unload nosuch-policy", "no policy 'nosuch-policy' is loaded", false },
	{ "policy load --priority=x a", "--priority: 'x' is not a number", true },
	{ "policy load --priority=2147483648 a", "--priority: '2147483648' is not a", true },
	{ "policy load --tag=any a", "'any': not a tag", true },
	{ "policy load --name=a23456789012345678901234567890ab " POLICY, "up to 31 letters", false },
	{ "policy load " TAGS, "claims 2 tags", false },
	{ "policy load " NAMED, "calls itself 'no good', which is not a name", false },
	{ "policy ls extra", "takes no operand", true },
	{ "policy show", "which policy?", true },
	{ "policy show a b", "one policy at a time", true },
	{ "policy stats a b", "one policy at a time", true },
	{ "policy stats --watch=x", "--watch: 'x' is not a number of seconds", true },
	{ "policy stats --watch=0", "--watch: '0' is not a number of seconds", true },
	{ "policy stats --watch --count=0", "--count: '0' is not a number", true },
	{ "policy stats --count=2", "--count is for --watch", true },
	{ "policy sign", "which file?", true },
	{ "policy sign a", "who signs? give --key and --cert", true },
	{ "policy sign --key=k a", "who signs? give --key and --cert", true },
	{ "policy sign --manifest --key=k a", "--manifest signs nothing", true },
	{ "policy sign --manifest -o s a", "--manifest signs nothing", true },
	{ "policy sign --manifest a b", "one file at a time", true },
	{ "policy sign --manifest --tag=any a", "'any': not a tag", true },
	{ "policy sign --manifest /nonexistent.bpf.o", "/nonexistent.bpf.o: cannot open", false },
	{ "policy sign --manifest --name=a.b " POLICY, "'a.b': not a name", false },
	{ "policy set", "which policy?", true },
	{ "policy set a", "which tunable?", true },
	{ "policy set a b", "'b': not of the form VAR=VALUE", true },
	{ "policy set a =1", "'=1': not of the form VAR=VALUE", true },
	{ "policy swap", "which policy?", true },
	{ "policy swap a", "which file?", true },
	{ "policy swap a b c", "one policy and one file at a time", true },
	{ "policy swap a /nonexistent.bpf.o", "/nonexistent.bpf.o: cannot open", false },
	{ "policy swap a.b " POLICY, "'a.b': not a name", false },
	{ "why", "why what?", true },
	{ "why x", "'x': not a process id", true },
	{ "why -t 0", "'0': not a thread id", true },
	{ "why -g x", "invalid option", true },
	{ "enclave", "which command?", true },
	{ "enclave nosuch", "no such command; tag enclave --help", false },
	{ "enclave ls extra", "takes no operand", true },
	{ "enclave create extra", "takes no operand", true },
	{ "enclave create --id=0", "--id: '0' is not a number", true },
	{ "enclave create --id=1x", "--id: '1x' is not a number", true },
	{ "enclave create --abi=x", "--abi: 'x' is not a number", true },
	{ "enclave create --timeout=-1", "--timeout: '-1' is not a number", true },
	{ "enclave create --boost=4294967296", "--boost: '4294967296' is not a", true },
	{ "enclave create --tag=x", "'x': not a tag", true },
	{ "enclave bind", "which enclave?", true },
	{ "enclave bind 1", "which tag?", true },
	{ "enclave bind x 1", "'x': not the number of an enclave", true },
	{ "enclave bind -1", "which enclave?", true },
	{ "enclave bind 1 2 3", "an enclave has one tag", true },
	{ "enclave bind 1 x", "'x': not a tag", false },
	{ "enclave bind 1 9223372036854775808", "out of range", false },
	{ "enclave bind 1 -9223372036854775809", "out of range", false },
	{ "enclave destroy", "which enclave?", true },
	{ "enclave destroy 1x", "'1x': not the number of an enclave", true },
	{ "rules", "which command?", true },
	{ "rules nosuch", "no such command; tag rules --help", false },
	{ "rules check", "which file?", true },
	{ "rules check a b", "'b': one file at a time", true },
	{ "rules check /nonexistent", "/nonexistent: cannot open: No such file", false },
	{ "rules check -f x", "invalid option", true },
	{ "rules apply", "which file?", true },
	{ "rules apply -f a b", "'b': one file at a time", true },
	{ "rules apply /nonexistent", "/nonexistent: cannot open: No such file", false },
	{ "rules apply -i 5 x", "--interval: needs --follow", true },
	{ "rules apply -f -i x x", "--interval: 'x' is not a number", true },
	{ "rules apply -f --interval=-1 x", "--interval: '-1' is not a number", true },
	{ "rules apply -f --interval=86401 x", "--interval: '86401' is not a number", true },
	{ "agent extra", "takes no operand", true },
};

TEST(refuses_bad_input_with_status_1)
{
	struct result r;
	size_t i;

	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		const struct refusal *c = &refusals[i];

		run(&r, c->args);
		EXPECT_EQ(1, r.status) {
			TH_LOG("tag %s", c->args);
		}
		EXPECT_NE(NULL, strstr(r.text, c->says)) {
			TH_LOG("tag %s: '%s'", c->args, r.text);
		}
		EXPECT_EQ(c->hint, !!strstr(r.text, "\nTry `tag"));
		EXPECT_TRUE(c->hint || lines(r.text) == 1) {
			TH_LOG("tag %s: '%s'", c->args, r.text);
		}
	}
}

TEST(names_missing_processes_and_groups)
{
	struct result r;

	/* Above the largest pid there can be. */
	run(&r, "get 2147483647");
	EXPECT_EQ(1, r.status);
	EXPECT_STREQ("tag: 2147483647: no such process; it may have exited\n", r.text);
	run(&r, "set 1 -t 2147483647");
	EXPECT_EQ(1, r.status);
	EXPECT_STREQ("tag: 2147483647: no such thread; it may have exited\n", r.text);
	run(&r, "get -g no-such-group-of-mine");
	EXPECT_EQ(1, r.status);
	EXPECT_EQ(1, lines(r.text));
	run(&r, "get -g /tmp");
	EXPECT_EQ(1, r.status);
	EXPECT_STREQ("tag: /tmp: not a control group; give a directory of the cpu controller\n",
		     r.text);
}

TEST(helps)
{
	static const char * const commands[] = {
		"", "get", "set", "clear", "run", "ls", "policy", "policy load", "policy ls",
		"policy show", "policy sign", "policy stats", "policy set", "policy swap",
		"policy unload", "why",
		"enclave", "enclave ls", "enclave create", "enclave bind",
		"enclave destroy", "agent", "rules", "rules apply", "rules check",
	};
	char args[64];
	struct result r;
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		snprintf(args, sizeof(args), "%s --help", commands[i]);
		run(&r, args);
		EXPECT_EQ(0, r.status);
		snprintf(args, sizeof(args), "Usage: tag%s%s ", *commands[i] ? " " : "",
			 commands[i]);
		EXPECT_EQ(0, strncmp(r.text, args, strlen(args))) {
			TH_LOG("'%s'", r.text);
		}
		EXPECT_NE(NULL, strstr(r.text, "--json"));
	}
	run(&r, "-h");
	EXPECT_EQ(0, r.status);
	run(&r, "--version");
	EXPECT_EQ(0, r.status);
	EXPECT_NE(NULL, strstr(r.text, "tagsched"));
}

TEST(full_disk_is_an_error)
{
	struct result r;

	if (access("/dev/full", W_OK) || tagsched_kernel__check(TAGSCHED_FEAT_TAG))
		SKIP(return, "needs /dev/full and tags");
	run(&r, "get $$ > /dev/full");
	EXPECT_EQ(1, r.status);
	EXPECT_NE(NULL, strstr(r.text, "No space left"));
}

TEST(unpatched_kernel_is_named_in_one_line)
{
	static const char * const commands[] = {
		"get $$", "-j get $$", "set 2 $$", "set -2 $$", "clear $$", "run 2 -- true", "ls",
		"rules apply /dev/null", "rules apply -f /dev/null",
	};
	struct result r;
	size_t i;

	if (!tagsched_kernel__check(TAGSCHED_FEAT_TAG))
		SKIP(return, "the kernel has SCHED_TAG");
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		run(&r, commands[i]);
		EXPECT_EQ(1, r.status);
		EXPECT_EQ(1, lines(r.text));
		EXPECT_NE(NULL, strstr(r.text, "boot one with CONFIG_SCHED_TAG")) {
			TH_LOG("tag %s: '%s'", commands[i], r.text);
		}
	}
}

TEST(kernel_without_hooks_is_named_in_one_line)
{
	static const char * const commands[] = {
		"policy ls", "policy load " POLICY, "policy show x", "policy stats",
		"policy sign --manifest " POLICY,
		"policy stats --watch", "policy stats x", "policy set x y=1", "policy swap x " POLICY,
		"why $$", "-j why $$",
	};
	struct result r;
	size_t i;

	if (tagsched_kernel__check(TAGSCHED_FEAT_BPF) != -ENOTSUP)
		SKIP(return, "the kernel has BPF_SCHED, or no BTF");
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		run(&r, commands[i]);
		EXPECT_EQ(1, r.status);
		EXPECT_EQ(1, lines(r.text));
		EXPECT_NE(NULL, strstr(r.text, "boot one with CONFIG_BPF_SCHED")) {
			TH_LOG("tag %s: '%s'", commands[i], r.text);
		}
	}
}

TEST(kernel_without_delegation_is_named_in_one_line)
{
	static const char * const commands[] = {
		"enclave ls", "-j enclave ls", "enclave create", "enclave bind 1 -2",
		"-v enclave bind 1 none", "enclave destroy 1", "agent", "agent -j",
	};
	struct result r;
	size_t i;

	if (!tagsched_kernel__check(TAGSCHED_FEAT_GHOST))
		SKIP(return, "the kernel has SCHED_CLASS_GHOST");
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		run(&r, commands[i]);
		EXPECT_EQ(1, r.status);
		EXPECT_EQ(1, lines(r.text));
		EXPECT_NE(NULL, strstr(r.text, "boot one with CONFIG_SCHED_CLASS_GHOST")) {
			TH_LOG("tag %s: '%s'", commands[i], r.text);
		}
	}
}

TEST_HARNESS_MAIN
